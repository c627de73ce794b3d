"""A closed form that a check needs."""

from __future__ import annotations

from typing import TypeVar

Expr = TypeVar("Expr")


def known(expr: Expr | None) -> Expr:
    """`expr`, which a theory has only where a closed form exists.

    Raises:
        ValueError: there is none; the claim is then reported as errored.
    """
    if expr is None:
        raise ValueError("the theory has no closed form of what this claim compares")
    return expr

"""Symbols and functions that occur in normal forms only."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory.arguments.strict import refuse_text

V = sp.Dummy("v", real=True)
"""The real symbol of a normal form."""

W = sp.Dummy("w", positive=True)
"""exp(V)."""


class Atom(sp.Function):
    """A function that takes expressions only: sympy's own would evaluate a string."""

    def __new__(cls, *args: Any, **options: Any) -> Any:
        for arg in args:
            refuse_text(arg, cls.__name__)
        return super().__new__(cls, *args, **options)


class Omega(Atom):
    """Wright's omega function of z: the root of omega + log(omega) = z, which is Lambert's W(exp(z))."""

    nargs = 1
    is_positive = True
    is_real = True


class Erfc(Atom):
    """The complementary error function; sympy's own turns erfc(-z) into 2 - erfc(z), which cancels."""

    nargs = 1
    is_positive = True
    is_real = True


class Select(Atom):
    """Select(x, a, b, c): a where x < 0, b where x = 0, c where x > 0."""

    nargs = 4
    is_real = True


class Bounded(Atom):
    """A sum of powers of w over the larger of its lowest and highest power; made by the compiler only."""

    nargs = 1
    is_real = True

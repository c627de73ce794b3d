"""What sympy or Python raises inside a derivation, as one line of the package's own.

The four functions are the user's, and sympy has limits, comparisons and polynomials that it refuses, each
with an exception of its own. The entries of the derivation, `optimal_score` and the members of `Theory`, let
none of them through.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from sympy.polys.polyerrors import BasePolynomialError

from gantheory.arguments.checks import choice
from gantheory.divergences.kinds import KINDS
from gantheory.errors import GantheoryError
from gantheory.support.deadline import TimeBoundError, within

P = ParamSpec("P")
T = TypeVar("T")

_RAISED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BasePolynomialError,
    LookupError,
    NameError,
    RecursionError,
    NotImplementedError,
    TypeError,
    ValueError,
)


@contextmanager
def explained(name: str, what: str) -> Iterator[None]:
    """Name the objective and what was not found of it; the package's own errors pass.

    Raises:
        GantheoryError: in place of anything that sympy or Python raises.
    """
    try:
        yield
    except (GantheoryError, TimeBoundError):
        raise
    except _RAISED as reason:
        said = " ".join(str(reason).split())[:120] or type(reason).__name__
        raise GantheoryError(
            f"{name}: {what} was not found, as sympy gave up on these A, B, R and S ({said}); write them in "
            "another form"
        ) from reason


def attempted(seconds: float, work: Callable[[], T]) -> T | None:
    """work(); None where sympy refuses it, or it takes longer."""
    try:
        return within(seconds, work)
    except (TimeBoundError, NotImplementedError, ValueError, TypeError):
        return None


_SECONDS = 30.0
"""For one quantity, what it is found from included."""


def finds(what: str, seconds: float = _SECONDS) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A member of `Theory`, with no argument or a `kind`, under `explained`."""

    def decorated(member: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(member)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
            for kind in (*args[1:], *kwargs.values()):
                choice(kind, "kind", KINDS)  # type: ignore[arg-type]
            name = args[0].objective.name  # type: ignore[attr-defined]
            try:
                with explained(name, what):
                    return within(seconds, lambda: member(*args, **kwargs))
            except TimeBoundError:
                raise TimeBoundError(f"{name}: {what} was not found within {seconds:g} s") from None

        return wrapped

    return decorated


__all__ = ["attempted", "explained", "finds"]

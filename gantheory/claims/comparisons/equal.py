"""Equality of two expressions: refuted at a point, or proved, or confirmed to 50 digits."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from gantheory.claims.comparisons.finding import Finding, Method, all_hold, undecided
from gantheory.claims.comparisons.sampling import Sampler, violated
from gantheory.claims.comparisons.values import DIGITS, LARGEST_EXPONENT, Point, compare, enormous
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.algebra.zero import proves_zero
from gantheory.lowering.forms.kinks import KINKED
from gantheory.objectives.parsing import parse_expression
from gantheory.support.multiprecision import mp as mpmath

_POINTS, _FIRST = 12, 3
_U = (sp.Rational(1, 10**3), sp.Rational(1, 10**9), sp.Integer(10**3), sp.Integer(10**9))
"""Values of u beside the random ones: formulas part company in the tails."""


@dataclass(frozen=True)
class Equal:
    """computed = claimed, for all values of their symbols that satisfy the claim's assumptions and `given`.

    Attributes:
        computed: what this package found: a sympy expression or a number.
        claimed: what the statement says; text is read by the whitelist of `objectives.parse_expression`,
            with the symbols of `computed` and u as its names.
        given: further relations on the symbols.

    A few random points first: one with a difference refutes. Then a proof that the difference vanishes
    identically; without it the verdict rests on more points, in the tails and on both sides of kinks too.
    """

    computed: Any
    claimed: Any
    given: tuple[sp.Basic, ...] = ()

    def decide(self, sampler: Sampler) -> Finding:
        computed = as_expr(self.computed)
        claimed = as_expr(self.claimed, computed.free_symbols | {u})
        shown: dict[str, Any] = {"computed": short(computed), "claimed": short(claimed)}
        narrowed = Sampler(sampler.random.randint(0, 2**31), (*sampler.assumptions, *self.given))
        if enormous(computed) or enormous(claimed):
            return undecided(f"an exponent beyond {LARGEST_EXPONENT}: no exact comparison", **shown)
        points = narrowed.points(computed.free_symbols | claimed.free_symbols, _POINTS)
        if not points:
            return undecided("no point satisfied the assumptions", **shown)
        tails = [{**points[0], u: value} for value in _U] if u in points[0] else []
        everywhere = [*points, *tails, *self._kinks(computed, claimed, points[0])]
        inside = [point for point in everywhere if violated(narrowed.assumptions, point) is None]
        apart, compared = _difference(computed, claimed, inside[:_FIRST])
        if apart is None and _proved(computed - claimed):
            return Finding(True, "computer algebra", **shown, detail="the difference vanishes identically")
        if apart is None:
            apart, more = _difference(computed, claimed, inside[_FIRST:])
            compared += more
        if apart is not None:
            return Finding(False, apart[0], **shown, counterexample=apart[1])
        if not compared:
            return undecided("neither side has a real value at the points tried", **shown)
        detail = f"equal to {DIGITS} digits at {compared} point{'s' * (compared != 1)}"
        if computed.free_symbols | claimed.free_symbols:
            detail += ", positive symbols in [1/8, 8] and u in [10^-9, 10^9]"
        return Finding(True, "high precision", **shown, detail=detail)

    def _kinks(self, computed: sp.Expr, claimed: sp.Expr, point: Point) -> list[dict[sp.Symbol, sp.Expr]]:
        """Points on both sides of the numbers that kinks and pieces name."""
        nodes = (computed.atoms(*KINKED) | claimed.atoms(*KINKED)) if point else set()
        numbers = sorted({abs(n) for node in nodes for n in node.atoms(sp.Rational) if n != 0})[:6]
        sides = (sp.Rational(9, 10), sp.Rational(11, 10))
        return [
            {**point, symbol: number * side}
            for symbol in point
            if symbol.is_positive and not symbol.is_integer
            for number in numbers
            for side in sides
        ]


@dataclass(frozen=True)
class SameDivergence:
    """Two generating functions of u give the same divergence: they differ by k (u - 1).

    Attributes:
        computed, claimed: generating functions in u; text as in `Equal`.
        given: further relations on the symbols.
    """

    computed: Any
    claimed: Any
    given: tuple[sp.Basic, ...] = ()

    def decide(self, sampler: Sampler) -> Finding:
        computed = as_expr(self.computed)
        claimed = as_expr(self.claimed, computed.free_symbols | {u})
        if enormous(computed) or enormous(claimed):
            return undecided(f"an exponent beyond {LARGEST_EXPONENT}: no exact comparison", short(computed))
        slope = (claimed - computed).subs(u, 2) - (claimed - computed).subs(u, 1)
        at_one = Equal(claimed.subs(u, 1), computed.subs(u, 1), self.given).decide(sampler)
        rest = Equal(computed + slope * (u - 1), claimed, self.given).decide(sampler)
        found = all_hold([rest, at_one])
        return Finding(
            found.holds,
            found.method,
            short(computed),
            short(claimed),
            found.detail.replace("the difference", "the difference, up to k (u - 1),"),
            found.counterexample and f"up to k (u - 1): {found.counterexample}",
        )


def as_expr(value: Any, names: set[sp.Symbol] | frozenset[sp.Symbol] = frozenset()) -> sp.Expr:
    """A number, an expression, or text read by the whitelist, as an exact sympy expression."""
    if isinstance(value, str):
        return parse_expression(value, {symbol.name: symbol for symbol in names}, "claimed")
    if isinstance(value, Fraction):
        return sp.Rational(value)
    if isinstance(value, sp.Expr):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(
            f"a side of an equality must be an expression, text or an exact number, got {value!r}"
        )
    return sp.Integer(value)


def _difference(
    computed: sp.Expr, claimed: sp.Expr, points: list[dict[sp.Symbol, sp.Expr]]
) -> tuple[tuple[Method, str] | None, int]:
    """How and where the sides differ at the first point of these where they do, and how many had values."""
    compared = 0
    for point in points:
        same, left, right, exact = compare(computed, claimed, point)
        if same is None:
            continue
        compared += 1
        if not same:
            at = ", ".join(f"{symbol} = {value}" for symbol, value in point.items())
            left, right = _apart(left, right)
            text = f"{at + ': ' if at else ''}computed {left}, claimed {right}"
            return ("computer algebra" if exact else "high precision", text), compared
    return None, compared


def _proved(difference: sp.Expr) -> bool:
    if not difference.has(*KINKED):
        return proves_zero(difference) or (not difference.free_symbols and bool(difference.is_zero))
    if u not in difference.free_symbols:
        return False
    # Every kink of a generating function here is at u = 1: on either side the expression is smooth.
    s = sp.Dummy("s", positive=True)
    return all(_smooth_zero(difference, side) for side in (1 + s, 1 / (1 + s)))


def _smooth_zero(difference: sp.Expr, side: sp.Expr) -> bool:
    smooth = sp.piecewise_fold(difference.subs(u, side)).replace(
        sp.Abs, lambda z: z if z.factor().is_nonnegative else -z if z.factor().is_nonpositive else sp.Abs(z)
    )
    return not smooth.has(*KINKED) and proves_zero(smooth)


def _apart(left: Any, right: Any) -> tuple[str, str]:
    """Both with as many digits as it takes to see them differ."""
    texts = ("", "")
    for digits in (17, 50, 100, 400):
        texts = (mpmath.nstr(left, digits), mpmath.nstr(right, digits))
        if texts[0] != texts[1]:
            break
    return texts


def short(expr: Any, width: int = 160) -> str:
    """Text of an expression, cut where it would fill lines."""
    try:
        text = str(expr)
    except ValueError:  # Python prints no integer of more than 4300 digits
        text = "an expression with a number of thousands of digits"
    return text if len(text) <= width else text[: width - 3] + "..."

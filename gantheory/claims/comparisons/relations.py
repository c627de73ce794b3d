"""Comparisons other than equality of expressions: signs, limits, values on random pmfs, intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from gantheory.claims.comparisons.equal import Equal, as_expr, short
from gantheory.claims.comparisons.finding import Finding, Method, undecided
from gantheory.claims.comparisons.sampling import Sampler
from gantheory.claims.comparisons.values import DIGITS, close, value_at
from gantheory.derivation.signs.decision import nonnegative
from gantheory.support.multiprecision import lambdify, to_mp
from gantheory.support.multiprecision import mp as mpmath

Pmf = tuple[Fraction, ...]


@dataclass(frozen=True)
class Decided:
    """A verdict that the check reached itself; see `Finding` for the fields.

    The counterexample counts where it fails; where none is given, the detail is one, or what was computed.
    """

    holds: bool | None
    method: Method
    computed: Any = ""
    claimed: Any = ""
    detail: str = ""
    counterexample: str = ""
    certificates: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if self.holds is not None and (self.method == "none" or not (self.computed or self.detail)):
            raise ValueError("a verdict needs a method, and something computed or a detail that says why")

    def decide(self, sampler: Sampler) -> Finding:
        fails = self.holds is False
        shown = (self.counterexample or self.detail or short(self.computed)) if fails else ""
        computed, claimed = short(self.computed), short(self.claimed)
        return Finding(self.holds, self.method, computed, claimed, self.detail, shown, self.certificates)


def by_algebra(
    holds: bool | None,
    computed: Any,
    claimed: Any = "",
    detail: str = "",
    counterexample: str = "",
    certificates: tuple[dict[str, Any], ...] = (),
) -> Decided:
    """A verdict that the check reached by computer algebra."""
    return Decided(holds, "computer algebra", computed, claimed, detail, counterexample, certificates)


@dataclass(frozen=True)
class NonNegative:
    """expr >= 0 (or > 0 but for isolated points) on an open interval of one symbol, by exact algebra or
    balls."""

    expr: sp.Expr
    symbol: sp.Symbol
    low: Any = 0
    high: Any = sp.oo
    strict: bool = True

    def decide(self, sampler: Sampler) -> Finding:
        from gantheory.derivation.verdicts.certificate import of_sign

        verdict = nonnegative(self.expr, self.symbol, self.low, self.high)
        claimed = f"{'>' if self.strict else '>='} 0 on ({self.low}, {self.high})"
        holds = verdict.holds
        if holds and self.strict:
            holds = verdict.strict
        where = "" if verdict.witness_log_u is None else f"log {self.symbol} = {verdict.witness_log_u:.10g}"
        data = of_sign(self.expr, self.symbol, self.low, self.high) if verdict.method == "symbolic" else None
        method: Method = "symbolic" if data else "ball arithmetic"
        if verdict.method != "ball arithmetic" and not data:
            method = "computer algebra"
        if holds is None:
            return undecided(verdict.reason, short(self.expr), claimed)
        shown = (short(self.expr), claimed, verdict.reason, "" if holds else where)
        return Finding(holds, method, *shown, () if data is None else (data,))


@dataclass(frozen=True)
class Limit:
    """lim of expr as symbol -> to (from above for a finite `to`, or from `side`), at numbers for all else.

    sympy finds the limit; the approach is watched at high precision too, and a contradiction is a failure.
    """

    expr: sp.Expr
    symbol: sp.Symbol
    to: Any
    claimed: Any
    side: str = "+"

    def decide(self, sampler: Sampler) -> Finding:
        claimed = as_expr(self.claimed)
        shown: dict[str, Any] = {
            "computed": f"lim {short(self.expr)} as {self.symbol} -> {self.to}",
            "claimed": short(claimed),
        }
        gaps = [self._gap(claimed, k) for k in (20, 40)]
        if None in gaps:
            return undecided(f"{short(self.expr)} has no real value near {self.symbol} = {self.to}", **shown)
        near, nearer = gaps
        if not (nearer == 0 or nearer < near * mpmath.mpf("0.9")):
            where = (
                f"{self.symbol} {'= 10^40' if self.to in (sp.oo, -sp.oo) else f'within 10^-40 of {self.to}'}"
            )
            return Finding(False, "high precision", **shown, counterexample=f"{where}: {self._shown(40)}")
        try:
            found = sp.limit(self.expr, self.symbol, self.to, self.side)
        except (NotImplementedError, ValueError, TypeError, RecursionError):
            found = None
        same = None if found is None else _same(found, claimed, sampler)
        if same:
            return Finding(True, "computer algebra", **shown, detail=f"sympy: {short(found)}")
        if same is False:
            return Finding(False, "computer algebra", **shown, counterexample=f"the limit is {short(found)}")
        if nearer < mpmath.mpf(10) ** -12:
            return Finding(True, "high precision", **shown, detail=f"within {mpmath.nstr(nearer, 2)} of it")
        return undecided(f"approaches it, but only to {mpmath.nstr(nearer, 2)}", **shown)

    def _value(self, k: int) -> mpmath.mpf | None:
        step = sp.Rational(1, 10**k)
        if self.to in (sp.oo, -sp.oo):
            at = sp.Integer(10) ** k * (1 if self.to is sp.oo else -1)
        else:
            at = as_expr(self.to) + (step if self.side == "+" else -step)
        with mpmath.workdps(4 * k + DIGITS):
            try:
                value = mpmath.mpf(lambdify(self.symbol, self.expr)(to_mp(at)))
            except (TypeError, ValueError, ZeroDivisionError, OverflowError, NotImplementedError):
                return None
            return None if mpmath.isnan(value) else value

    def _gap(self, claimed: sp.Expr, k: int) -> mpmath.mpf | None:
        value = self._value(k)
        if value is None:
            return None
        if claimed.is_infinite:
            if value == 0 or (value > 0) != bool(claimed.is_extended_positive):
                return mpmath.inf
            return 1 / abs(value)
        digits = 4 * k + DIGITS
        with mpmath.workdps(digits):
            return abs(value - value_at(claimed, {}, digits))

    def _shown(self, k: int) -> str:
        value = self._value(k)
        return "no value" if value is None else mpmath.nstr(value, 12)


@dataclass(frozen=True)
class OnPmfs:
    """computed(P, Q) = claimed(P, Q), or another relation, on random exact pmfs and on given ones.

    Attributes:
        computed, claimed: functions of two tuples of Fractions with a value that mpmath takes; they run at 60
            digits of `gantheory.support.multiprecision.mp`.
        relation: "=", "<=" or ">=" (with slack for rounding only).
        count, cells: how many random pairs, and of how many cells; 2 to 6 by default.
        pairs: further pairs.
    """

    computed: Callable[[Any, Any], Any]
    claimed: Callable[[Any, Any], Any]
    relation: str = "="
    count: int = 10
    cells: int | None = None
    pairs: Sequence[tuple[Sequence[Any], Sequence[Any]]] = ()

    def __post_init__(self) -> None:
        if self.relation not in ("=", "<=", ">="):
            raise ValueError(f"relation must be =, <= or >=, got {self.relation!r}")

    def decide(self, sampler: Sampler) -> Finding:
        pairs = [*self.pairs, *(sampler.pair(self.cells) for _ in range(self.count))]
        values: list[tuple[Any, Any]] = []
        for P, Q in pairs:
            with mpmath.workdps(DIGITS + 10):
                left, right = to_mp(self.computed(P, Q)), to_mp(self.claimed(P, Q))
            if mpmath.isnan(left) or mpmath.isnan(right):
                return undecided(f"no value at P = {_row(P)}, Q = {_row(Q)}")
            values.append((left, right))
            if not self._related(left, right):
                numbers = (
                    f"computed {mpmath.nstr(left, 17)}, claimed {self.relation} {mpmath.nstr(right, 17)}"
                )
                text = f"P = {_row(P)}, Q = {_row(Q)}: {numbers}"
                sides = (mpmath.nstr(left, 17), mpmath.nstr(right, 17))
                return Finding(False, "high precision", *sides, counterexample=text)
        if not values:
            return undecided("no pair of pmfs was compared")
        first = [mpmath.nstr(side, 17) for side in values[0]]
        relation = {"=": "equal", "<=": "at most as large", ">=": "at least as large"}[self.relation]
        detail = f"{relation} to {DIGITS - 10} digits on {len(values)} pairs of exact pmfs; the first shown"
        return Finding(True, "high precision", first[0], first[1], detail)

    def _related(self, left: mpmath.mpf, right: mpmath.mpf) -> bool:
        if close(left, right, DIGITS - 12):
            return True
        return {"=": False, "<=": bool(left < right), ">=": bool(left > right)}[self.relation]


@dataclass(frozen=True)
class Within:
    """A measured confidence interval contains the claimed number, and excludes the `control`.

    The control is a number that the measurement must be able to tell apart: an interval that holds
    both decides nothing.
    """

    interval: tuple[float, float]
    claimed: float
    control: float
    level: str = "99.9 %"
    method: Method = "Monte Carlo"

    def __post_init__(self) -> None:
        low, high = self.interval
        if not (math.isfinite(low) and math.isfinite(high) and low <= high):
            raise ValueError(f"interval must be finite with low <= high, got ({low}, {high})")
        for name in ("claimed", "control"):
            if not math.isfinite(getattr(self, name)):
                raise ValueError(f"{name} must be a finite number, got {getattr(self, name)}")

    def decide(self, sampler: Sampler) -> Finding:
        low, high = self.interval
        computed = f"[{low:.6g}, {high:.6g}] at {self.level}"
        if not low <= self.claimed <= high:
            return Finding(False, self.method, computed, f"{self.claimed:.6g}", counterexample=computed)
        if low <= self.control <= high:
            return undecided(
                f"the interval also holds the control {self.control:.6g}", computed, f"{self.claimed:.6g}"
            )
        return Finding(
            True, self.method, computed, f"{self.claimed:.6g}", f"and not the control {self.control:.6g}"
        )


def _same(found: sp.Expr, claimed: sp.Expr, sampler: Sampler) -> bool | None:
    """Whether sympy's limit is the claimed one; None where it found none or equality is not proved."""
    if found.has(sp.Limit, sp.AccumBounds, sp.nan, sp.zoo) or found.free_symbols:
        return None
    if found.is_infinite or claimed.is_infinite:
        return bool(found == claimed)
    verdict = Equal(found, claimed).decide(sampler)
    if verdict.holds and verdict.method != "computer algebra":
        return None
    return verdict.holds


def _row(pmf: Sequence[Any]) -> str:
    return "(" + ", ".join(str(x) for x in pmf) + ")"

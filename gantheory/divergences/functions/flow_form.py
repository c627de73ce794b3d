"""h of the flow divergence as a number, from S and the score alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

import sympy as sp

from gantheory.divergences.functions.flow_integrals import FlowIntegrals, LogCurvature
from gantheory.divergences.functions.interpolated import Interpolated, Side
from gantheory.divergences.functions.marched_side import Marched, MarchedSide
from gantheory.divergences.functions.score_inverse import Part, root_at_one
from gantheory.support.multiprecision import mp as ctx
from gantheory.support.multiprecision import to_mp


class FlowForm(Marched):
    """h with h(u) - u h'(u) = S(v*(u)) - S(v*(1)) and h(1) = h'(1) = 0, by quadrature.

    With t = log u and the log-curvature kappa(t) = u^2 h''(u) = -dS(v*(t))/dt,

        h(e^t) = int_0^t (e^(t - tau) - 1) kappa(tau) dtau,   kappa = -S'(v)/lambda'(v) at v = v*(tau),

    a sum of positive terms where h is convex, so that it holds its relative accuracy for all u. Source: the
    defining equation of the flow divergence (design note, point 3), solved for h.

    Args:
        S: the generator's loss on generated samples, an expression in `v`.
        log_ratio: lambda(v) = log(-B'(v)/A'(v)), the log-likelihood ratio at which v is optimal.
        v: the score symbol.
        score_of_log: v* as an expression of one symbol, t = log u; by default lambda is inverted numerically.
        domain: the open interval of scores.
        at_zero: h(0+) = S(v*(0)) - S(v*(1)); by default the limit is found numerically.
        slope_at_infinity: h'(inf); by default the limit is found numerically.
        breakpoints: values of log u where S(v*) is not smooth.

    Raises:
        ValueError: an argument of the wrong kind.
        ArithmeticError: on evaluation, where lambda cannot be inverted.
    """

    def __init__(
        self,
        S: sp.Expr,
        log_ratio: sp.Expr,
        v: sp.Symbol,
        *,
        score_of_log: sp.Expr | None = None,
        domain: tuple[Any, Any] = (-math.inf, math.inf),
        at_zero: Any = None,
        slope_at_infinity: Any = None,
        breakpoints: tuple[float, ...] = (),
    ) -> None:
        part = Part(math.inf, sp.S.Zero, S, log_ratio, v, score_of_log, domain)
        self._set_up([part], (), at_zero, slope_at_infinity, breakpoints)

    @classmethod
    def in_pieces(
        cls,
        parts: Sequence[Part],
        *,
        jumps: Sequence[tuple[sp.Expr, sp.Expr]] = (),
        at_zero: Any = None,
        slope_at_infinity: Any = None,
    ) -> Self:
        """h whose optimal score is given part by part, in increasing u; its breakpoints are where they meet.

        Args:
            parts: S and the score for log u up to each part's end.
            jumps: (u0, fall), exact numbers: S(v*) falls by so much with rising u, so that h' rises by
                fall/u0 there. At u0 = 1 half of it counts on each side.
            at_zero, slope_at_infinity: as for the class.
        """
        self = cls.__new__(cls)
        options = {"jumps": jumps, "at_zero": at_zero, "slope_at_infinity": slope_at_infinity}
        self.recipe = cls.in_pieces, (tuple(parts),), options
        breakpoints = tuple(part.end for part in parts[:-1])
        self._set_up(parts, jumps, at_zero, slope_at_infinity, breakpoints)
        return self

    def _set_up(
        self,
        parts: Sequence[Part],
        jumps: Sequence[tuple[sp.Expr, sp.Expr]],
        at_zero: Any,
        slope_at_infinity: Any,
        breakpoints: tuple[float, ...],
    ) -> None:
        Interpolated.__init__(self, at_zero, slope_at_infinity, breakpoints)
        self._curvature = LogCurvature(parts)
        self.costly = any(part.score_of_log is None for part in parts)
        self.jumps = tuple(jumps)
        self._tables: dict[tuple[int, int, int], FlowIntegrals] = {}
        self._root_at_one = root_at_one(self._curvature.ends, [score for score, *_ in self._curvature.parts])
        self._find_missing_ends(at_zero, slope_at_infinity, self._limit)

    def mass(self, sign: int, s: float) -> float:
        """The jump of S at |t| = s on one side of u = 1 as a point mass of `weight`."""
        return math.fsum(
            float(fall / (u if sign > 0 else 1)) * (0.5 if u == 1 else 1.0)
            for u, fall in self.jumps
            if math.isclose(abs(_log(u)), s, rel_tol=1e-14) and (u == 1 or (u > 1) == (sign > 0))
        )

    def _of_jumps(self, t: Any) -> Any:
        """What the jumps between u = 1 and u = e^t add to h(e^t) / max(1, e^t)."""
        total = ctx.zero
        for u, fall in self.jumps:
            ratio, share = to_mp(u), to_mp(fall) / (2 if u == 1 else 1)
            far = ctx.exp(t) / ratio
            if t > 0 and u >= 1 and far > 1:
                total += share * (1 - 1 / far) / ratio
            elif t < 0 and u <= 1 and far < 1:
                total += share * (1 - far)
        return total

    def _inside(self, t: Any) -> Any:
        value = self.integrals(t).at(abs(t)).value + self._of_jumps(t)
        return value * ctx.exp(t) if t > 0 else value

    def weight(self, t: Any) -> Any:
        """kappa(t) / max(1, e^t) at the working precision."""
        return self._curvature.weight(ctx.mpf(t))

    def integrals(self, t: Any) -> FlowIntegrals:
        # Near u = 1 the score is known by its distance from v*(1), and log u by that of B' and -A'.
        lost = max(0, -math.floor(ctx.log(abs(t), 10))) if t else 0
        key = (1 if t > 0 else -1, ctx.dps, 0 if lost < 3 else 40 * math.ceil(lost / 20))
        if key not in self._tables:
            self._tables[key] = FlowIntegrals(self._curvature, *key)
        return self._tables[key]

    def _make_side(self, sign: int, order: float) -> Side:
        if self._root_at_one > 1:
            return super()._make_side(sign, order)
        return MarchedSide(self, sign, order)

    def _order_at_one(self, sign: int) -> float:
        if any(u == 1 for u, _ in self.jumps):
            return 1
        return 2 if self._root_at_one == 1 else super()._order_at_one(sign)

    def _limit(self, sign: int) -> float:
        """Limit of the tail; infinite where it has not settled at |log u| = 2^40."""
        before = value = first = math.nan
        for k in range(3, 41):
            before, value = value, float(self.scaled(sign * 2.0**k))
            first = abs(value) if k == 3 else first
            if math.isinf(value) or abs(value - before) <= 4e-15 * abs(value):
                return value
            if abs(value) > max(1e60 * max(1.0, first), 1e10 * abs(before)):
                return math.copysign(math.inf, value)  # exponential growth: no need to see it overflow
        return math.copysign(math.inf, value - before)


def _log(u: sp.Expr) -> float:
    return float(sp.log(u).evalf(20))

"""The integrals of the flow divergence's h from u = 1 outwards, at any number of digits."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from gantheory.divergences.functions.high_precision import ScoreFunction, gauss_legendre, real, settled
from gantheory.divergences.functions.score_inverse import Part, resolution
from gantheory.support.multiprecision import mp as ctx

_DEEPEST = 60


class LogCurvature:
    """kappa(t) = -dS(v*(t))/dt, part by part, without the jumps of S between them.

    Attributes:
        ends: log u at the upper end of each part.
        parts: of each, v*(t), kappa and -S' as functions of the score.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.ends = [part.end for part in parts]
        self.parts = [
            (
                part.score(),
                ScoreFunction(_curvature(part), part.v, part.domain),
                ScoreFunction(-sp.diff(part.S, part.v), part.v, part.domain),
            )
            for part in parts
        ]

    def weight(self, t: Any) -> Any:
        """kappa(t) / max(1, e^t) at the working precision."""
        score, curvature, _ = self.parts[next(k for k, end in enumerate(self.ends) if t <= end)]
        return settled(lambda: curvature(score(t)) * (ctx.exp(-t) if t > 0 else 1), ctx.dps)


def _curvature(part: Part) -> sp.Expr:
    """kappa = -dS(v*)/dt as an expression of the part's coordinate."""
    expr = -sp.diff(part.S, part.v) / sp.diff(part.log_ratio, part.v)
    unknown = ", ".join(sorted(str(symbol) for symbol in expr.free_symbols - {part.v}))
    if unknown:
        raise ValueError(f"S and log_ratio may hold only {part.v}, got also {unknown}")
    return expr


@dataclass(frozen=True)
class State:
    """F, m and the size of what was summed at s = |t|, and the coordinate of the score there."""

    s: Any
    value: Any
    moment: Any
    size: Any
    at: Any


class FlowIntegrals:
    """F without its jumps at high precision, summed from u = 1 outwards by Gauss rules.

    Where v* has no formula the integrals run over a coordinate of the score, w ds = |S'(v) dv| (e^-t times it
    for t > 0): S and lambda are smooth there also where v*(t) is not (lambda' = 0), and nothing is inverted.

    Args:
        curvature: kappa.
        sign: 1 for u > 1, -1 for u < 1.
        dps, guard: digits of the result, and those lost near u = 1.
    """

    def __init__(self, curvature: LogCurvature, sign: int, dps: int, guard: int) -> None:
        self._curvature = curvature
        self._sign = sign
        self._dps = dps + 8 + guard
        self._tolerance = ctx.mpf(10) ** (-dps - 4)
        self._states: list[State] = []
        with ctx.workdps(self._dps):
            self._ends = [ctx.mpf(end) for end in curvature.ends]  # at the digits of a state's s
            self._edges = sorted(abs(end) for end in self._ends if 0 < end * sign < math.inf)
            self._unrounded = {abs(ctx.mpf(end)): end for end in curvature.ends if end * sign > 0}
            self._states.append(State(ctx.zero, ctx.zero, ctx.zero, ctx.zero, self._start(ctx.zero)))
            self._rule = gauss_legendre(max(24, int(1.1 * dps)))

    def at(self, s: Any) -> State:
        """The integrals from u = 1 to |log u| = s, at these digits."""
        with ctx.workdps(self._dps):
            k = bisect.bisect_right([state.s for state in self._states], s)
            state = self._states[k - 1]
            while state.s < s:
                edge = next((edge for edge in self._edges if edge > state.s), math.inf)
                target = min(edge, s)
                path = self._path(state, target)
                if target == edge:  # the next part begins with a score of its own
                    path[-1] = replace(path[-1], at=self._start(edge))
                self._states[k:k] = path
                k += len(path)
                state = path[-1]
            return state

    def _part(self, s: Any) -> int:
        """The part of h just beyond s."""
        t = self._sign * s
        return next(k for k, end in enumerate(self._ends) if (t < end if self._sign > 0 else t <= end))

    def _start(self, s: Any) -> Any:
        return self._coordinate(self._part(s), s)

    def _coordinate(self, part: int, s: Any) -> Any:
        score = self._curvature.parts[part][0]
        if score.has_formula:
            return self._sign * s
        with ctx.workprec(ctx.prec + score.resolution(s)):
            t = self._unrounded.get(s, self._sign * s)
            v = score(t)
            y = score.coordinate(v)
            if ctx.isfinite(y):
                return +y
            if ctx.isfinite(v):  # a kink that ends the scores: from a distance that no digit sees
                return ctx.sign(y) * 4 * ctx.prec
            y = ctx.sign(y)
            while abs(real(score.log_ratio(score.point(y))) - t) > ctx.eps * abs(t):
                y *= 2
            return 2 * y  # S may go on where lambda has settled, to half its digits

    def _path(self, state: State, s: Any) -> list[State]:
        """The states on the way to s within a part, nearer to each other until a rule is resolved."""
        part = self._part(state.s)
        stack, path = [(s, self._coordinate(part, s))], list[State]()
        while stack:
            s, at = stack[-1]
            whole = self._step(part, state, s, at)
            middle = (state.at + at) / 2
            first = self._step(part, state, self._log_ratio(part, middle), middle)
            second = self._step(part, first, s, at)
            if abs(whole.value - second.value) <= self._tolerance * second.size or len(stack) > _DEEPEST:
                path += [first, second]
                state = second
                stack.pop()
            else:
                stack.append((first.s, middle))
        return path

    def _log_ratio(self, part: int, y: Any) -> Any:
        """s = |log u| at a coordinate of the score."""
        score = self._curvature.parts[part][0]
        if score.has_formula:
            return self._sign * y
        with ctx.workprec(ctx.prec + score.resolution(y)):
            return self._sign * real(score.log_ratio(score.point(y)))

    def _mass(self, part: int, y: Any) -> tuple[Any, Any]:
        """s and w ds/dy at a coordinate."""
        score, _, fall = self._curvature.parts[part]
        if score.has_formula:
            return self._sign * y, self._sign * self._curvature.weight(y)
        with ctx.workprec(ctx.prec + (score.resolution(y) if fall.stable else resolution(y))):
            v = score.point(y)
            t = real(score.log_ratio(v))
            density = real(fall(v)) * score.rate(y) * self._sign
            return self._sign * t, density * ctx.exp(-t) if self._sign > 0 else density

    def _step(self, part: int, state: State, s: Any, at: Any) -> State:
        half, middle = (at - state.at) / 2, (at + state.at) / 2
        value = state.value - ctx.expm1(state.s - s) * state.moment
        moment, size = ctx.exp(state.s - s) * state.moment, state.size
        for x, g in self._rule:
            here, mass = self._mass(part, middle + half * x)
            mass *= half * g
            added = -ctx.expm1(here - s) * mass
            value += added
            size += abs(added)
            moment += ctx.exp(here - s) * mass
        return State(s, value, moment, size, at)

"""Quadrature of one-dimensional densities to any number of digits."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.line.crossings import between, with_turns
from gantheory.divergences.engines.line.integrand import Contributions
from gantheory.divergences.engines.line.quadrature import over_segments, unseen
from gantheory.divergences.engines.mass import SlowTailError
from gantheory.divergences.engines.segments import segments
from gantheory.divergences.functions.generating_function import GeneratingFunction, log_quotient
from gantheory.divergences.functions.high_precision import gauss_legendre
from gantheory.divergences.inputs.density import Component, Density
from gantheory.divergences.inputs.families import FAMILIES
from gantheory.divergences.result import DivergenceResult
from gantheory.support.multiprecision import mp as ctx

_PANELS = 40  # of log(distance), each twice the one before: to distances of e^(10^12)


def high_precision(f: GeneratingFunction, p: Density, q: Density, dps: int) -> DivergenceResult:
    """D_f of two densities with formulas, to `dps` digits, by Gauss-Legendre panels halved until they agree.

    Parameters of distributions are taken as the exact values of their floats.

    Raises:
        ValueError: a distribution without a formula in `families`.
    """
    for c in (*p.components, *q.components):
        if c.log_mp is None:
            raise ValueError(
                f"dps needs distributions with a formula ({', '.join(sorted(FAMILIES))}), got {c.name}"
            )
    method = f"quadrature, {dps} digits"
    try:
        rough = over_segments(Contributions(f, p, q), p, q)
    except SlowTailError:
        # What is out of floats' reach is not out of this one's.
        with ctx.workdps(20):
            size = float(_Panels(f, p, q, ctx.mpf(10) ** -6, 6).total())
    else:
        if not math.isfinite(rough.value):
            return DivergenceResult(value=ctx.mpf(rough.value), error=0.0, method=method)
        unseen(f, rough, p, q)
        size = rough.value or rough.size
    with ctx.workdps(dps + 8):
        # Digits of the value, also where contributions of both signs cancel.
        goal = ctx.mpf(10) ** (-dps - 3) * (abs(size) or 1.0)
        value = _Panels(f, p, q, goal, dps).total()
    with ctx.workdps(dps):
        return DivergenceResult(
            value=+value, error=float(abs(value) * ctx.mpf(10) ** (1 - dps)), method=method
        )


class _Panels:
    """The integrand and its panels at one precision."""

    def __init__(self, f: GeneratingFunction, p: Density, q: Density, goal: Any, dps: int) -> None:
        self.f, self.p, self.q, self.goal = f, p, q, goal
        self.rule = gauss_legendre(max(20, int(1.1 * dps)))

    def total(self) -> Any:
        total = ctx.zero
        for low, high, inner in segments(self.p, self.q):
            for a, b in itertools.pairwise(self._edges(inner)):
                total += self._adaptive(self._at(None, 1), a, b)
            span = ctx.mpf(max(float(inner[-1] - inner[0]), 1e-3 * abs(float(inner[0])), 1e-300))
            for end, near, sign in ((low, inner[0], 1), (high, inner[-1], -1)):
                if math.isfinite(end):
                    total += self._tail(self._at(end, sign), abs(ctx.mpf(end) - ctx.mpf(float(near))), 0.5)
                else:
                    start = ctx.mpf(float(near)) + sign * span
                    total += self._tail(self._at(start, -sign), span, 2)
        return total

    def _edges(self, inner: Any) -> list[Any]:
        """Every other inner point, kinks, and the points where log(p/q) crosses a breakpoint of f.

        Halving would chase crossings; a rule of many digits spans more than one of float64's panels.
        """
        kinks = {float(x) for c in (*self.p.components, *self.q.components) for x in c.edges}
        last = len(inner) - 1
        edges = [
            ctx.mpf(float(x)) for k, x in enumerate(inner) if k % 2 == 0 or k == last or float(x) in kinks
        ]
        if not self.f.breakpoints or len(inner) < 2:
            return edges

        def ratio(x: Array) -> Array:
            return log_quotient(self.p.logpdf(x), self.q.logpdf(x))

        grid, t = with_turns(ratio, self.f.breakpoints, between(inner))
        for level, b in zip(self.f.breakpoints, self.f.levels_mp(), strict=True):
            for k in np.nonzero((t[:-1] - level) * (t[1:] - level) < 0)[0]:
                bracket = [ctx.mpf(float(x)) for x in grid[k : k + 2]]
                away = [self._log_ratio(x) - b for x in bracket]
                if away[0] * away[1] >= 0:  # it touches the level, where floats see two crossings
                    edges.append(min(zip(map(abs, away), bracket, strict=True))[1])
                    continue
                edges.append(
                    ctx.findroot(
                        lambda x, b=b: self._log_ratio(x) - b, bracket, solver="ridder", verify=False
                    )
                )
        return sorted(edges)

    def _log_ratio(self, x: Any) -> Any:
        return ctx.log(_mass(self.p, x, None, 1) / _mass(self.q, x, None, 1))

    def _at(self, end: Any, sign: int) -> Callable[[Any], Any]:
        def integrand(x: Any) -> Any:
            return self.f.weighted_mp(_mass(self.p, x, end, sign), _mass(self.q, x, end, sign))

        return integrand

    def _rule_on(self, g: Callable[[Any], Any], a: Any, b: Any) -> tuple[Any, bool]:
        """The integral by the rule, and whether no value could matter beside the goal."""
        half, middle = (b - a) / 2, (a + b) / 2
        values = [g(middle + half * x) for x, _ in self.rule]
        quiet = max(map(abs, values)) * (b - a) <= self.goal / 1000
        return half * ctx.fsum(w * y for (_, w), y in zip(self.rule, values, strict=True)), quiet

    def _adaptive(self, g: Callable[[Any], Any], a: Any, b: Any) -> Any:
        whole, quiet = self._rule_on(g, a, b)
        if quiet:
            return whole
        total, stack = ctx.zero, [(a, b, whole, 0)]
        while stack:
            a, b, whole, depth = stack.pop()
            middle = (a + b) / 2
            (left, _), (right, _) = self._rule_on(g, a, middle), self._rule_on(g, middle, b)
            # Two halves of n nodes are far closer to the integral than they are to the whole.
            if abs(left + right - whole) <= ctx.sqrt(self.goal * abs(whole)) * 1e-3 + self.goal and (
                abs(left + right - whole) <= 1e6 * self.goal or depth > 200
            ):
                total += left + right
            else:
                stack += [(a, middle, left, depth + 1), (middle, b, right, depth + 1)]
        return total

    def _tail(self, g: Callable[[Any], Any], start: Any, step: Any) -> Any:
        """The integral from a distance `start` to 0 (step < 1) or to infinity, over panels of log(distance)
        that double: a power of the distance is an exponential there, however small its exponent."""
        sign, s, width = (1 if step > 1 else -1), ctx.zero, ctx.log(2)
        total, quiet, before = ctx.zero, 0, ctx.inf

        def in_logs(s: Any) -> Any:
            distance = start * ctx.exp(sign * s)
            return g(distance) * distance

        for _ in range(_PANELS):
            part = self._adaptive(in_logs, s, s + width)
            total += part
            s, width = s + width, 2 * width
            quiet = quiet + 1 if abs(part) <= self.goal / 100 and abs(part) <= before else 0
            before = abs(part)
            if quiet >= 2:
                return total
        raise ArithmeticError("the tail of the integrand decays too slowly for the digits asked for")


def _mass(density: Density, x: Any, end: Any, sign: int) -> Any:
    """Density at x, or at end + sign x."""
    return ctx.fsum(
        ctx.mpf(w) * _component_mass(c, x, end, sign)
        for c, w in zip(density.components, density.weights, strict=True)
    )


def _component_mass(c: Component, x: Any, end: Any, sign: int) -> Any:
    assert c.log_mp is not None
    if end is not None:
        if sign < 0 and end == c.high and c.log_mp.below_high is not None:
            return ctx.exp(c.log_mp.below_high(x))
        inside = c.low <= end < c.high if sign > 0 else c.low < end <= c.high
        assert c.log_mp.offset is not None
        return ctx.exp(c.log_mp.offset(end, sign * x)) if inside else ctx.zero
    return ctx.exp(c.log_mp.at(x)) if c.low < x < c.high else ctx.zero

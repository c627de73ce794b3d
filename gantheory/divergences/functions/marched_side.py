"""The tail of a flow divergence's h, integrated panel after panel from u = 1."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import sympy as sp
from numpy.polynomial.polynomial import polyfit, polyval

from gantheory.arguments.arrays import Array
from gantheory.divergences.functions.flow_integrals import FlowIntegrals
from gantheory.divergences.functions.interpolated import Interpolated, Side
from gantheory.divergences.functions.piecewise import DEGREE, NODES, Panel, coefficients, tail
from gantheory.support.multiprecision import mp as ctx

_DIGITS = 18
_RESOLVED = 5e-16
_LARGEST = 1e280
_UNIT = 1e200
"""F at which the unit rises: its weight w, larger by the square of its growth, does not overflow there."""

_SETTLED = 1e-13
_MOST_UNITS = 20
_STEEPEST = 8.0
"""Of log w over a panel: e^x has lost as many units in the last place."""

_NEAR_POLE = 0.1
"""Length of a panel, relative to where it is, from which down nothing at s = 0 is near."""

_SINGULAR = 1e-6
"""Length of a panel, relative to where it is, below which w is taken for singular."""
_GAUSS = np.polynomial.legendre.leggauss(DEGREE)


class Marched(Interpolated):
    """An h by its log-curvature kappa and by jumps of the generator's loss.

    Attributes:
        jumps: (u0, fall) of S(v*), exact numbers.
    """

    jumps: tuple[tuple[sp.Expr, sp.Expr], ...]

    def weight(self, t: Any) -> Any:
        """kappa(t) / max(1, e^t) at the working precision."""
        raise NotImplementedError

    def mass(self, sign: int, s: float) -> float:
        """The jump at |t| = s on one side of u = 1 as a point mass of `weight`."""
        raise NotImplementedError

    def integrals(self, t: Any) -> FlowIntegrals:
        """Those of `weight` over the score that serve at t, at the working precision."""
        raise NotImplementedError


class MarchedSide(Side):
    """A tail F(s) = int_0^s (1 - e^(-(s - tau))) w(tau) dtau, panel after panel from s = 0.

    w = kappa for t < 0 and e^(-t) kappa for t > 0; in both, F + m = int_0^s w with m' = w - m, F' = m.
    """

    owner: Marched

    def __init__(self, owner: Marched, sign: int, order: float) -> None:
        super().__init__(owner, sign, order)
        self.reached = 0.0
        self._step = 0.0
        self._value = 0.0  # F, m and int w at `reached`
        self._moment = 0.0
        self._total = 0.0
        self._log_unit: float | None = 0.0 if owner.jumps else None
        """w, its integrals and F are kept in units of e^_log_unit, which rises where they would overflow."""
        self._rates: list[tuple[float, float]] = []
        self._growth: tuple[float, Array] | None = None  # of F from there on

    def cover(self, s: Array) -> None:
        furthest = float(np.max(s, initial=0.0))
        added: list[Panel] = []
        while self.reached <= furthest:
            a = self.reached
            if abs(self._value) > _UNIT and self._growth is None:
                self._raise_unit(a)
            if a == 0.0 or a in self.breaks:
                self._rates.clear()  # another growth begins
                mass = self.owner.mass(self.sign, a) * math.exp(-(self._log_unit or 0.0))
                self._moment += mass
                self._total += mass
            step = self._step or self._first_step()
            b = min(a + step, *(x for x in self.breaks if x > a), math.inf)
            if self._growth is not None:
                b = 2.0 * a
                added.append(self._beyond(a, b, *self._growth))
            else:
                end = self._advance(a, b, added)
                self._step = (2.0 if end == b else 1.0) * (end - a)
                b = end
            self.reached = b
        self.pieces.add(added)

    def _beyond(self, a: float, b: float, start: float, growth: Array) -> Panel:
        """F goes on from `start` with F'/F = growth[0] + growth[1] (start/s) + growth[2] (start/s)^2 + ..."""
        nodes = a + 0.5 * (b - a) * (NODES + 1.0)

        def logs(s: Any) -> Any:
            falls = sum(c * (1 - (start / s) ** k) / k for k, c in enumerate(growth[2:], 1))
            return start * (growth[1] * np.log(s / start) + falls)

        base, here = math.log(abs(self._value)) + (self._log_unit or 0.0), float(logs(a))
        values = math.copysign(1.0, self._value) * np.exp(logs(nodes) - here)
        values /= (-np.expm1(-0.5 * nodes)) ** self.order
        return Panel(a, b, coefficients(values), base + here, float(growth[0]), start)

    def _raise_unit(self, a: float) -> None:
        """Take the size of F at `a` for the unit, and see by F'/F = m/F whether its growth has settled."""
        self._rates.append((a, self._moment / self._value))
        at, rates = np.array(self._rates).T
        if any(x >= a for x in self.breaks):
            pass  # it settles beyond the last of them
        elif len(rates) > 1 and abs(rates[-1] - rates[-2]) <= _SETTLED * abs(rates[-1]):
            self._growth = a, np.array([self._rate_of_weight(a, float(rates[-1])), 0.0])
        elif len(rates) == _MOST_UNITS:  # powers and logarithms leave a series in 1/s
            late = at >= 0.4 * a
            series = polyfit(a / at[late], rates[late], 4)
            missed = np.abs(polyval(a / at[late], series) / rates[late] - 1).max()
            if late.sum() < 7 or missed > 1e-9:
                raise ArithmeticError(
                    f"h grows faster than powers and exponentials of log u do where |log u| is beyond {a:.4g}"
                )
            self._growth = a, series
        size = abs(self._value)
        self._value, self._moment, self._total = (x / size for x in (self._value, self._moment, self._total))
        self._log_unit = (self._log_unit or 0.0) + math.log(size)

    def _rate_of_weight(self, a: float, marched: float) -> float:
        """The rate of F as w has it, which is known to more digits than F: |log u| = 10^13 takes them all."""
        with ctx.workdps(_DIGITS):
            low, high = (abs(self.owner.weight(self.sign * s * ctx.mpf(a))) for s in (1, 2))
            rate = float(ctx.log(high / low) / a) if low and high else marched
        return rate if math.isclose(rate, marched, rel_tol=10 * _SETTLED) else marched

    def _first_step(self) -> float:
        """The scale of w at 0, which no sample of a longer panel would see (alpha_D = 10^6: 10^-6)."""
        probes = 2.0 ** np.arange(-60.0, 1.0, 2.0)
        w = self._weights(probes)
        steady = np.cumprod((np.abs(w) <= 4 * abs(w[0])) & (np.abs(w) >= abs(w[0]) / 4))
        return float(probes[max(int(steady.sum()) - 1, 0)])

    def _weights(self, nodes: Array) -> Array:
        with ctx.workdps(_DIGITS):
            weights = [self.owner.weight(self.sign * ctx.mpf(s)) for s in nodes]
            if self._log_unit is None:
                # alpha_G = 0.001 has w = 2^999 at s = 0, which leaves no room for what grows from there.
                size = float(ctx.log(abs(weights[0]))) if weights[0] else 0.0
                self._log_unit = size if abs(size) > 200.0 else 0.0
            unit = ctx.exp(-self._log_unit) if self._log_unit else 1
            return np.array([float(w * unit) for w in weights])

    def _advance(self, a: float, b: float, added: list[Panel]) -> float:
        """Take one panel from a, of [a, b] or shorter until w is resolved; return its end."""
        while True:
            nodes = a + 0.5 * (b - a) * (NODES + 1.0)
            w = self._weights(nodes)
            if not (np.abs(w) < _LARGEST).all() and b - a > 1e-14 * max(a, 1e-3):  # room for integrals of w
                b = a + 0.25 * (b - a)
                continue
            rate = _growth(w, nodes)
            trend = w * np.exp(-rate * (nodes - a))
            coef = coefficients(trend)
            left = tail(coef)
            small = left * (b - a) * min(1.0, b - a) <= 1e-17 * abs(self._value)
            steepest = _STEEPEST * (4.0 if self._rates else 1.0)  # beyond any float a digit less does
            steep = abs(rate) * (b - a) > 1.001 * steepest
            resolved = left <= _RESOLVED * float(np.abs(trend).max()) and not steep
            if resolved or (small and not rate) or b - a < 1e-14 * max(a, 1e-3):
                panel, ahead = self._integrate(a, b, coef, rate, nodes)
                # Beyond a jump F does not vanish as at s = 0, and over (1 - e^(-s/2))^k has a pole there.
                smooth = tail(panel.coef) <= 4 * _RESOLVED * float(np.abs(panel.coef).max())
                if smooth or a == 0.0 or b - a <= _NEAR_POLE * a:
                    added.append(panel)
                    self._value, self._moment, self._total = ahead
                    return b
            if self.owner.costly and b - a < _SINGULAR * max(a, 1e-3):
                self._summed(a, b, nodes, added)
                return b
            b = a + (steepest / abs(rate) if steep else 0.5 * (b - a))

    def _integrate(
        self, a: float, b: float, coef: Array, rate: float, nodes: Array
    ) -> tuple[Panel, tuple[float, float, float]]:
        """The panel [a, b], and F, m and int w at b."""
        ends = np.append(nodes, b)
        reach = ends - a
        x, g = _GAUSS

        def weight(s: Array) -> Array:
            x = ((s - a) - (b - s)) / (b - a)
            return np.asarray(np.polynomial.chebyshev.chebval(x, coef) * np.exp(rate * (s - a)))

        with np.errstate(under="ignore", over="ignore"):
            inner = a + 0.5 * reach[:, None] * (x + 1.0)
            w = weight(inner) * (0.5 * reach[:, None] * g)
            total = self._total + w.sum(axis=1)
            if b - a <= 2.0:
                lag = ends[:, None] - inner
                moment = np.exp(-reach) * self._moment + (np.exp(-lag) * w).sum(axis=1)
                value = self._value - np.expm1(-reach) * self._moment - (np.expm1(-lag) * w).sum(axis=1)
            else:
                # m on the scale of its kernel e^(-lag), not on that of the panel.
                moment = np.exp(-reach) * self._moment
                cuts = np.minimum(np.array([0.0, 1.0, 3.0, 7.0, 16.0, 42.0])[:, None], reach)
                for near, far in itertools.pairwise(cuts):
                    half = 0.5 * (far - near)[:, None]
                    lag = near[:, None] + half * (x + 1.0)
                    moment = moment + (np.exp(-lag) * weight(ends[:, None] - lag) * (half * g)).sum(axis=1)
                value = total - moment
        with np.errstate(invalid="ignore"):
            scaled = value[:-1] / (-np.expm1(-0.5 * nodes)) ** self.order * np.exp(-rate * (nodes - a))
            panel = Panel(a, b, coefficients(scaled), self._log_unit or 0.0, rate, a)
        return panel, (float(value[-1]), float(moment[-1]), float(total[-1]))

    def _summed(self, a: float, b: float, nodes: Array, added: list[Panel]) -> None:
        """A panel on which w is singular, v* not being smooth: F, which is, from integrals over the score."""
        places = np.array([a, *nodes, b])
        with ctx.workdps(_DIGITS):
            unit = ctx.exp(-(self._log_unit or 0.0))
            states = [self.owner.integrals(self.sign).at(ctx.mpf(s)) for s in places]
            grown = np.array([float((state.value - states[0].value) * unit) for state in states])
            moments = [float(state.moment * unit) for state in (states[0], states[-1])]
        own = self._moment - moments[0]  # what jumps have put into m, which goes over to F
        values = self._value + grown - np.expm1(a - places) * own
        scaled = values[1:-1] / (-np.expm1(-0.5 * nodes)) ** self.order
        added.append(Panel(a, b, coefficients(scaled), self._log_unit or 0.0))
        self._value, self._moment = float(values[-1]), moments[1] + own * math.exp(a - b)
        self._total = self._value + self._moment


def _growth(w: Array, nodes: Array) -> float:
    """Exponential growth rate of w over a panel; 0 where it does not grow or has no sign."""
    if w[0] == 0.0 or not w[-1] / w[0] > 4.0:
        return 0.0
    return float((math.log(abs(w[-1])) - math.log(abs(w[0]))) / (nodes[-1] - nodes[0]))

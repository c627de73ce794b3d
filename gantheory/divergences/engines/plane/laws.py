"""Divergences of two laws of the plane: normal and t distributions, kernel densities and mixtures of them.

Adaptive cubature in logarithms, in coordinates in which P and Q are least correlated. Cells are no wider than
the components near them, so that no mode of a mixture is missed, and are halved in both directions until a
product Gauss rule of 10 points an axis agrees with one of 7; shells outside the cells go outwards in ratio 2
until their contributions have ended. The masses of P and Q over the same cells must be 1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.extrapolation import beyond, remainder
from gantheory.divergences.engines.mass import Seen
from gantheory.divergences.engines.scaled import LARGEST_LOG, Scaled, in_units_of
from gantheory.divergences.functions.generating_function import GeneratingFunction
from gantheory.divergences.inputs.plane import PlaneDensity, correlations, plane_density, uncorrelated
from gantheory.divergences.result import DivergenceResult

_EPS = float(np.finfo(np.float64).eps)
_AT_ONCE = 2_000_000
_ROUNDS = 14
_MOST = 200_000  # cells of a round
_TOLERANCE = 1e-12
_SHELLS = 60
_HALVINGS = 100
_NEAR = 6.0  # scales of a component within which cells are as narrow as it
_WIDE = 3.0  # scales of a component that a cell may be wide

_COARSE, _FINE = (np.polynomial.legendre.leggauss(n) for n in (7, 10))


def plane_divergence(f: GeneratingFunction, P: Any, Q: Any) -> DivergenceResult:
    """D_f(P||Q) = int int q f(p/q) dx dy of two laws of the plane.

    Relative accuracy about 1e-10; the error estimate is the sum of the differences of two rules, and of what
    P and Q lack of mass 1 over the cells, times the growth of f.

    Raises:
        TypeError, ValueError: an argument of the wrong kind.
        ArithmeticError: contributions that go on outwards without an end; +inf and -inf contributions; mass
            of P or Q that the cells do not see.
    """
    given = plane_density(P, "P"), plane_density(Q, "Q")
    axes = uncorrelated(*given)
    p, q = (side.within(axes) for side in given)
    # Rounding of a covariance moves a law by far more where its coordinates are nearly the same.
    rho = np.concatenate([correlations(side.matrices) for side in given])
    rounding = _EPS * (30 + float((1.0 / (1.0 - rho**2)).max()))
    result = _Cubature(f, p, q, rounding).result()
    if math.isfinite(result.value) or (top := _largest(f, p, q)) is None or top[0] < LARGEST_LOG:
        return result
    shift, place = top
    part = _Cubature(Scaled(f, shift), p, q, rounding, place).result()
    return in_units_of(shift, part) if math.isfinite(part.value) else result


def _largest(f: GeneratingFunction, p: PlaneDensity, q: PlaneDensity) -> tuple[float, Array] | None:
    """(log, place) of the largest contribution; None where they grow without an end.

    Seen on rays out of all centers, at distances that grow eightfold, and then ever nearer to the largest.
    """
    centers = np.concatenate([p.centers, q.centers])
    angles = np.linspace(0.0, 2 * math.pi, 48, endpoint=False)
    rays = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    reach = float(np.concatenate([p.widths, q.widths]).min()) * 8.0 ** np.arange(100)
    some = centers[:: max(1, len(centers) // 64)]
    points = (some[:, None, None] + reach[:, None, None] * rays).reshape(-1, 2)

    def logs_at(points: Array) -> Array:
        return f.log_sizes(*(law.logpdf(points[:, 0], points[:, 1]) for law in (p, q)))

    logs = logs_at(np.concatenate([centers, points]))
    k = int(logs.argmax())
    at = np.concatenate([centers, points])[k]
    step = max(float(np.abs(at - centers).max()), float(reach[0]))
    if step >= 0.5 * reach[-1]:
        return None
    top = float(logs[k])
    for _ in range(200):
        around = at + step * rays
        logs = logs_at(around)
        if logs.max() > top:
            top, at = float(logs.max()), around[int(logs.argmax())]
        else:
            step *= 0.5
        if step < 1e-6 * float(reach[0]):
            break
    return top, at


class _Cubature:
    def __init__(
        self,
        f: GeneratingFunction,
        p: PlaneDensity,
        q: PlaneDensity,
        rounding: float,
        place: Array | None = None,
    ) -> None:
        self.f, self.p, self.q, self.rounding = f, p, q, rounding
        self.value = self.error = self.size = 0.0
        self.seen = Seen()
        self.centers = np.concatenate([p.centers, q.centers])
        self.factors = np.concatenate([p.factors, q.factors])
        self.heavy = np.isfinite(np.concatenate([p.degrees, q.degrees]))
        spreads = np.concatenate([p.spreads, q.spreads])
        if place is not None:  # where the largest contributions lie
            self.centers = np.concatenate([self.centers, place[None]])
            narrowest = spreads.min(axis=0)
            spreads = np.concatenate([spreads, narrowest[None]])
            self.factors = np.concatenate([self.factors, np.diag(1.0 / narrowest)[None]])
            self.heavy = np.append(self.heavy, False)
        self.origin = 0.5 * (self.centers.min(axis=0) + self.centers.max(axis=0))
        self.half = (np.abs(self.centers - self.origin) + 9.0 * spreads).max(axis=0)

    def result(self) -> DivergenceResult:
        self._add(self._cells(np.concatenate([self.origin - self.half, 2 * self.half])[None]))
        if math.isfinite(self.value):
            self._outwards()
        if not math.isfinite(self.value):
            return DivergenceResult(value=self.value, error=0.0, method="cubature")
        lost = self.seen.error(
            self.f,
            instead=": their scales are too far apart for cubature; use method='monte-carlo', a seed",
        )
        error = self.error + self.rounding * self.size + lost
        return DivergenceResult(value=self.value, error=error, method="cubature")

    def _cells(self, boxes: Array) -> Array:
        """Boxes (x, y, width, height) no wider than a few times the components near them.

        A component of heavy tails has at distance d the scale d.
        """
        done: list[Array] = []
        for _ in range(_HALVINGS):
            wide = np.zeros((len(boxes), 2), dtype=bool)
            rows = max(1, _AT_ONCE // (4 * len(self.centers)))
            for k in range(0, len(boxes), rows):
                wide[k : k + rows] = self._too_wide(boxes[k : k + rows])
            split = wide.any(axis=1)
            done.append(boxes[~split])
            boxes = _halved(boxes[split], wide[split])
            if not len(boxes):
                break
            if sum(map(len, done)) + len(boxes) > _MOST:
                raise ValueError(
                    "P and Q have components too narrow beside their distances for cubature: "
                    f"over {_MOST} cells; use method='monte-carlo'"
                )
        return np.concatenate([*done, boxes])

    def _too_wide(self, boxes: Array) -> Array:
        """(box, axis): whether a component near the box is far narrower along the axis."""
        middle = boxes[:, None, :2] + 0.5 * boxes[:, None, 2:] - self.centers
        # In units of the component: the box's distance, and its sides.
        away = np.linalg.norm(np.einsum("kij,bkj->bki", self.factors, middle), axis=2)
        sides = self.factors * boxes[:, None, None, 2:]
        x, y = sides[..., 0], sides[..., 1]
        diagonal = np.maximum(np.linalg.norm(x + y, axis=2), np.linalg.norm(x - y, axis=2))
        nearest = np.maximum(away - 0.5 * diagonal, 0.0)
        allowed = _WIDE * np.where(
            self.heavy, np.maximum(1.0, nearest), np.where(nearest < _NEAR, 1.0, np.inf)
        )
        return np.asarray((np.linalg.norm(sides, axis=2) > allowed[..., None]).any(axis=1))

    def _add(self, boxes: Array) -> tuple[float, float, Array]:
        """Integrate over boxes, quartering what is not resolved; return value, size, masses of this call."""
        value = error = size = 0.0
        masses = np.zeros(2)
        infinite: set[float] = set()
        for round_ in range(_ROUNDS):
            fine, coarse, absolute, mass = self._rules(boxes)
            bad = ~np.isfinite(fine)
            if bad.any():
                infinite |= {float(v) for v in fine[bad]}
                break
            total = self.size + size + float(absolute.sum())
            apart = np.abs(fine - coarse)
            # The finer rule's own error is far below the difference, where the integrand is smooth.
            allowed = np.maximum(1e-9 * absolute, _TOLERANCE * total / math.sqrt(len(boxes) + 1.0))
            ok = (apart <= allowed) | (absolute <= 1e-17 * total)
            if round_ == _ROUNDS - 1 or 4 * int((~ok).sum()) > _MOST:
                ok[:] = True
                error += float(apart[apart > allowed].sum())
            ratio = np.minimum(1.0, apart / np.where(absolute > 0, absolute, 1.0))
            # As QUADPACK's power 3/2, for two rules of near degrees.
            error += float((apart * np.minimum(1.0, 30.0 * ratio**0.35))[ok].sum())
            value += math.fsum(fine[ok])
            size += float(absolute[ok].sum())
            masses += mass[ok].sum(axis=0)
            self.seen.add(absolute[ok], mass[ok].T)
            if ok.all():
                break
            boxes = _halved(boxes[~ok], np.ones((int((~ok).sum()), 2), dtype=bool))
        if infinite:
            self.value = value = sum(infinite)
            return value, math.inf, masses
        self.value, self.error, self.size = self.value + value, self.error + error, self.size + size
        return value, size, masses

    def _rules(self, boxes: Array) -> tuple[Array, Array, Array, Array]:
        """Of each box both rules, the integral of |.| and the masses of P and Q."""
        fine, coarse, absolute = (np.empty(len(boxes)) for _ in range(3))
        mass = np.empty((len(boxes), 2))
        rows = max(1, 400_000 // 149)
        for k in range(0, len(boxes), rows):
            part = boxes[k : k + rows]
            chunk = slice(k, k + rows)
            area = 0.25 * part[:, 2] * part[:, 3]
            for (nodes, weights), out in ((_FINE, fine), (_COARSE, coarse)):

                def over(values: Array, weights: Array = weights, area: Array = area) -> Array:
                    with np.errstate(invalid="ignore", over="ignore"):
                        return np.asarray(area * np.einsum("kij,i,j->k", values, weights, weights))

                t = 0.5 * (nodes + 1.0)
                x = part[:, 0, None, None] + part[:, 2, None, None] * t[:, None]
                y = part[:, 1, None, None] + part[:, 3, None, None] * t[None, :]
                x, y = np.broadcast_arrays(x, y)
                logs = [law.logpdf(x.ravel(), y.ravel()).reshape(x.shape) for law in (self.p, self.q)]
                values = self.f.contributions(*logs)
                if height := self.f.passed(logs[0] - logs[1]):  # p/q is smooth on the whole plane
                    values = np.full(values.shape, height)
                out[chunk] = over(values)
                if out is fine:
                    absolute[chunk] = over(np.abs(values))
                    with np.errstate(under="ignore"):
                        mass[chunk] = np.stack([over(np.exp(log)) for log in logs], axis=1)
        return fine, coarse, absolute, mass

    def _outwards(self) -> None:
        values: list[float] = []
        masses: list[Array] = []
        quiet = growing = 0
        half = self.half
        ring = [(i, j) for i in range(4) for j in range(4) if not (i in (1, 2) and j in (1, 2))]
        for k in range(_SHELLS * 8):
            boxes = np.array([[*(self.origin + (np.array(place) - 2) * half), *half] for place in ring])
            value, size, mass = self._add(self._cells(boxes))
            if not math.isfinite(value):
                return
            values.append(value)
            masses.append(mass)
            half = 2.0 * half
            quiet = quiet + 1 if size <= 1e-17 * self.size and mass.max() <= 1e-17 else 0
            if quiet >= 2:
                return
            growing = growing + 1 if k and abs(value) >= 1.1 * abs(values[-2]) > 0 else 0
            if growing >= 40 and not self.f.bounded:
                self.value = math.copysign(math.inf, value)
                return
            if half.max() > 1e140:
                break
        rest, doubt = remainder(values)
        if not (math.isfinite(rest) and doubt < 0.1 * (self.size + abs(rest))):
            raise ArithmeticError("no divergence by cubature: contributions go on outwards without an end")
        self.value, self.error = self.value + rest, self.error + doubt
        self.seen.outwards(beyond(masses))


def _halved(boxes: Array, wide: Array) -> Array:
    """Boxes cut in two along each axis that is `wide`."""
    for axis in (0, 1):
        cut, width = wide[:, axis], 2 + axis
        lower = boxes.copy()
        lower[cut, width] *= 0.5
        upper = lower[cut]
        upper[:, axis] += upper[:, width]
        boxes, wide = np.concatenate([lower, upper]), np.concatenate([wide, wide[cut]])
    return boxes

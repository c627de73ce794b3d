"""Divergences of two laws of the plane: normal and t distributions, kernel densities and mixtures of them.

Adaptive cubature in logarithms. Cells are no wider than the components near them, so that no mode of a
mixture is missed, and are halved in both directions until a product Gauss rule of 10 points an axis agrees
with one of 7; shells outside the cells go outwards in ratio 2 until their contributions have ended.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.divergences.engines.panels import _remainder
from gantheory.divergences.engines.scaled import LARGEST_LOG, Scaled, in_units_of
from gantheory.divergences.functions.generating_function import GeneratingFunction
from gantheory.divergences.functions.piecewise import Array
from gantheory.divergences.inputs.plane import PlaneDensity, plane_density
from gantheory.divergences.result import DivergenceResult

_EPS = float(np.finfo(np.float64).eps)
_AT_ONCE = 2_000_000
_ROUNDS = 14
_MOST = 200_000  # cells of a round
_TOLERANCE = 1e-12
_SHELLS = 60
_NEAR = 6.0  # scales of a component within which cells are as narrow as it

_COARSE, _FINE = (np.polynomial.legendre.leggauss(n) for n in (7, 10))


def plane_divergence(f: GeneratingFunction, P: Any, Q: Any) -> DivergenceResult:
    """D_f(P||Q) = int int q f(p/q) dx dy of two laws of the plane.

    Relative accuracy about 1e-10; the error estimate is the sum of the differences of two rules.

    Raises:
        TypeError, ValueError: an argument of the wrong kind.
        ArithmeticError: contributions that go on outwards without an end; +inf and -inf contributions.
    """
    p, q = plane_density(P, "P"), plane_density(Q, "Q")
    result = _Cubature(f, p, q).result()
    if math.isfinite(result.value) or (top := _largest(f, p, q)) is None or top[0] < LARGEST_LOG:
        return result
    shift, place = top
    part = _Cubature(Scaled(f, shift), p, q, place).result()
    return in_units_of(shift, part) if math.isfinite(part.value) else result


def _logs(f: GeneratingFunction, p: PlaneDensity, q: PlaneDensity, points: Array) -> Array:
    """log |q f(p/q)| at points (n, 2); -inf where it is infinite."""
    log_p, log_q = p.logpdf(points[:, 0], points[:, 1]), q.logpdf(points[:, 0], points[:, 1])
    with np.errstate(invalid="ignore"):
        logs = f.log_weighted(np.where(log_p == log_q, 0.0, log_p - log_q), np.maximum(log_p, log_q))
    return np.where(np.isfinite(logs), logs, -np.inf)


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
    logs = _logs(f, p, q, np.concatenate([centers, points]))
    k = int(logs.argmax())
    at = np.concatenate([centers, points])[k]
    step = max(float(np.abs(at - centers).max()), float(reach[0]))
    if step >= 0.5 * reach[-1]:
        return None
    top = float(logs[k])
    for _ in range(200):
        around = at + step * rays
        logs = _logs(f, p, q, around)
        if logs.max() > top:
            top, at = float(logs.max()), around[int(logs.argmax())]
        else:
            step *= 0.5
        if step < 1e-6 * float(reach[0]):
            break
    return top, at


class _Cubature:
    def __init__(
        self, f: GeneratingFunction, p: PlaneDensity, q: PlaneDensity, place: Array | None = None
    ) -> None:
        self.f, self.p, self.q = f, p, q
        self.value = self.error = self.size = 0.0
        centers = np.concatenate([p.centers, q.centers])
        widths, spreads = np.concatenate([p.widths, q.widths]), np.concatenate([p.spreads, q.spreads])
        if place is not None:  # where the largest contributions lie
            centers = np.concatenate([centers, place[None]])
            widths, spreads = np.append(widths, widths.min()), np.append(spreads, spreads.min())
        # One scale a coordinate makes cells squares.
        self.origin = 0.5 * (centers.min(axis=0) + centers.max(axis=0))
        self.widths, self.centers, self.spreads = widths, centers, spreads
        reach = np.abs(centers - self.origin).max(axis=1) + 9.0 * self.spreads
        self.half = float(reach.max())

    def result(self) -> DivergenceResult:
        boxes = self._cells(np.array([[*(self.origin - self.half), 2 * self.half]]))
        self._add(boxes)
        if math.isfinite(self.value):
            self._outwards()
        if not math.isfinite(self.value):
            return DivergenceResult(value=self.value, error=0.0, method="cubature")
        return DivergenceResult(value=self.value, error=self.error + 30 * _EPS * self.size, method="cubature")

    def _cells(self, boxes: Array) -> Array:
        """Squares (x, y, side) no wider than twice the components within a few scales of them."""
        done = []
        for _ in range(40):
            reach = boxes[:, 2]
            split = np.zeros(len(boxes), dtype=bool)
            rows = max(1, _AT_ONCE // len(self.centers))
            for k in range(0, len(boxes), rows):
                part = boxes[k : k + rows]
                middle = part[:, None, :2] + 0.5 * part[:, 2, None, None]
                away = np.abs(middle - self.centers).max(axis=2) - 0.5 * part[:, 2, None]
                split[k : k + rows] = (
                    (away < _NEAR * self.spreads) & (part[:, 2, None] > 3.0 * self.spreads)
                ).any(axis=1)
            split &= reach > 0
            done.append(boxes[~split])
            boxes = _quartered(boxes[split])
            if not len(boxes):
                break
            if sum(map(len, done)) + len(boxes) > _MOST:
                raise ValueError(
                    "P and Q have components too narrow beside their distances for cubature: "
                    f"over {_MOST} cells; use method='monte-carlo'"
                )
        return np.concatenate(done)

    def _add(self, boxes: Array) -> tuple[float, float]:
        """Integrate over squares, quartering what is not resolved; return (value, size) of this call."""
        value = error = size = 0.0
        infinite: set[float] = set()
        for round_ in range(_ROUNDS):
            fine, coarse, absolute = self._rules(boxes)
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
            if ok.all():
                break
            boxes = _quartered(boxes[~ok])
        if infinite:
            value = infinite.pop() if len(infinite) == 1 else math.nan
            self.value = value if not math.isnan(value) else math.nan
            return value, math.inf
        self.value, self.error, self.size = self.value + value, self.error + error, self.size + size
        return value, size

    def _rules(self, boxes: Array) -> tuple[Array, Array, Array]:
        fine, coarse, absolute = (np.empty(len(boxes)) for _ in range(3))
        rows = max(1, 400_000 // 149)
        for k in range(0, len(boxes), rows):
            part = boxes[k : k + rows]
            for (nodes, weights), out in ((_FINE, fine), (_COARSE, coarse)):
                t = 0.5 * (nodes + 1.0)
                x = part[:, 0, None, None] + part[:, 2, None, None] * t[:, None]
                y = part[:, 1, None, None] + part[:, 2, None, None] * t[None, :]
                x, y = np.broadcast_arrays(x, y)
                values = self._integrand(x.ravel(), y.ravel()).reshape(x.shape)
                area = 0.25 * part[:, 2] ** 2
                with np.errstate(invalid="ignore", over="ignore"):
                    out[k : k + rows] = area * np.einsum("kij,i,j->k", values, weights, weights)
                    if out is fine:
                        absolute[k : k + rows] = area * np.einsum(
                            "kij,i,j->k", np.abs(values), weights, weights
                        )
        return fine, coarse, absolute

    def _integrand(self, x: Array, y: Array) -> Array:
        log_p, log_q = self.p.logpdf(x, y), self.q.logpdf(x, y)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            t = np.where(log_p == log_q, 0.0, log_p - log_q)
        larger = np.maximum(log_p, log_q)
        return self.f.weighted(t, larger)

    def _outwards(self) -> None:
        values: list[float] = []
        quiet = growing = 0
        half = self.half
        ring = [(i, j) for i in range(4) for j in range(4) if not (i in (1, 2) and j in (1, 2))]
        finite = math.isfinite(self.f.at_zero) and math.isfinite(self.f.slope_at_infinity)
        for k in range(_SHELLS * 8):
            boxes = np.array(
                [[self.origin[0] + (i - 2) * half, self.origin[1] + (j - 2) * half, half] for i, j in ring]
            )
            value, size = self._add(boxes)
            if not math.isfinite(value):
                return
            values.append(value)
            half *= 2.0
            quiet = quiet + 1 if size <= 1e-17 * self.size else 0
            if quiet >= 2:
                return
            growing = growing + 1 if k and abs(value) >= 1.1 * abs(values[-2]) > 0 else 0
            if growing >= 40 and not finite:
                self.value = math.copysign(math.inf, value)
                return
            if half > 1e140:
                break
        rest, doubt = _remainder(values)
        if not (math.isfinite(rest) and doubt < 0.1 * (self.size + abs(rest))):
            raise ArithmeticError("no divergence by cubature: contributions go on outwards without an end")
        self.value, self.error = self.value + rest, self.error + doubt


def _quartered(boxes: Array) -> Array:
    half = 0.5 * boxes[:, 2]
    parts = [
        np.stack([boxes[:, 0] + i * half, boxes[:, 1] + j * half, half], axis=1)
        for i in (0, 1)
        for j in (0, 1)
    ]
    return np.concatenate(parts)

"""The code's own values at scores that no search looks at: what a proposed form must equal."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from gantheory.arguments.arrays import Array
from gantheory.objectives.objective import v
from gantheory.reading.identification.forms.shape import EVERYWHERE, Interval, Slope

TOLERANCE = 1e-6
"""Of a slope or a difference of values, relative, up to which a form is the code's."""

CORE = 2.0
"""Scores up to which clamps and epsilons of usable code do not reach."""

FURTHEST = 25.0
"""Scores that training reaches; sigmoid(-25) = 1.4e-11."""

_SMALL = 1e-9
"""Share of the ordinary slope that counts as none, where a loss saturates."""

_RANGES = {"energies": (0.0, math.inf), "bounded": (-1.0, 1.0)}


@dataclass(frozen=True)
class Evidence:
    """A term of the code as it answers, each by calls of the loss.

    Attributes:
        slope: derivative at scores.
        value: the term at scores, up to a constant.
        inputs: what the loss takes, as `calls.probe.INPUTS` names it.
        scale: of the code's score over the one that this is a function of; -1 for the term in the score -v.
    """

    slope: Slope
    value: Slope
    inputs: str = "scores"
    scale: float = 1.0

    def scaled(self, k: float) -> Evidence:
        """The same term in the score v/k."""
        slope, value = self.slope, self.value
        return Evidence(lambda z: k * slope(k * z), lambda z: value(k * z), self.inputs, k * self.scale)

    @cached_property
    def _fresh(self) -> tuple[Array, Array]:
        """Scores between -300 and 300, most within 25, drawn in strata; and the slopes there."""
        rng = np.random.default_rng(20)
        parts = ((-300, -60, 12), (-60, -25, 24), (-25, 25, 400), (25, 60, 24), (60, 300, 12))
        scores = np.concatenate(
            [low + (high - low) * (np.arange(n) + rng.random(n)) / n for low, high, n in parts]
        )
        scores = scores[self._allowed(scores)]
        return scores, self.slope(scores)

    @cached_property
    def _differences(self) -> tuple[Array, Array]:
        """Scores and the term's values there."""
        rng = np.random.default_rng(21)
        scores = np.sort(np.concatenate([rng.uniform(-CORE, CORE, 8), rng.uniform(-25, 25, 24)]))
        scores = scores[self._allowed(scores)]
        return scores, self.value(scores)

    def _allowed(self, scores: Array) -> NDArray[np.bool_]:
        low, high = _RANGES.get(self.inputs, EVERYWHERE)
        return (self.scale * scores > low) & (self.scale * scores < high)

    def holds(self, expr: sp.Expr, factor: float = 1.0) -> Interval | None:
        """The scores on which the code's term is factor `expr` + constant; None if it is another function.

        Equal means slopes and differences of values within `TOLERANCE`, at scores that no search has seen,
        those around the kinks of `expr` included. It is another function, too, if it differs within `CORE`,
        or further out other than by a gradient that dies, as clamps, epsilons and log(0) let it.
        """
        near = np.array([knot + step for knot in kinks(expr) for step in (-1e-2, -1e-5, 1e-5, 1e-2)])
        near = near[self._allowed(near)]
        scores, found = self._fresh
        if near.size:
            scores, found = np.append(scores, near), np.append(found, self.slope(near))
        with np.errstate(all="ignore"):
            model = factor * np.broadcast_to(derivative(expr)(scores), scores.shape)
        middle = np.abs(scores) < 3 * CORE
        floor = _SMALL * float(np.abs(model[middle]).max(initial=0)) + 1e-14
        with np.errstate(all="ignore"):
            off = ~(np.abs(found - model) <= _relative(scores) * np.abs(model) + floor)
            along = found * np.sign(model)  # a clamp takes from a gradient, and turns none round
            weaker = ~np.isfinite(found) | (
                (along >= -floor) & (along <= np.abs(model) * (1 + TOLERANCE) + floor)
            )
            dead = ~np.isfinite(found) | (np.abs(found) <= 1e-3 * np.abs(model) + floor)
        off &= np.isfinite(model)  # where e^|v| overflows nothing is known
        if off[np.abs(scores) <= CORE].any():
            return None
        ends = []
        for side in (-1, 1):
            distance = side * scores
            outside = off & (distance > 0)
            if not outside.any():
                ends.append(side * math.inf)
                continue
            first = distance[outside].min()
            furthest = np.argmax(np.where(outside, distance, 0))
            beyond = np.isfinite(model) & (distance >= first)
            if not (dead[furthest] and weaker[beyond].all()):
                return None
            ends.append(side * float(distance[distance < first].max()))
        low, high = ends
        return (low, high) if self._same_values(expr, factor, low, high) else None

    def _same_values(self, expr: sp.Expr, factor: float, low: float, high: float) -> bool:
        scores, seen = self._differences
        inside = (scores >= low) & (scores <= high)
        scores, seen = scores[inside], seen[inside]
        with np.errstate(all="ignore"):
            own = factor * np.broadcast_to(_program(expr)(scores), scores.shape)
        middle = len(scores) // 2
        rounding = 1e-12 * np.abs(seen[middle])
        seen, own = seen - seen[middle], own - own[middle]
        scale = np.abs(own) + np.abs(own[np.abs(scores) < 3 * CORE]).max(initial=1e-6)
        return bool((np.abs(seen - own) <= _relative(scores) * scale + rounding).all())


def _relative(scores: Array) -> Array:
    """The tolerance; 1 - sigmoid(v) of the code itself has the relative rounding error 1e-16 e^v."""
    size = np.abs(scores)
    return np.asarray(TOLERANCE + np.where(size < 40, 4e-16 * np.exp(np.minimum(size, 40)), 0))


def kinks(expr: sp.Expr) -> list[float]:
    """Scores at which a Max, Min or Abs of `expr` changes sides, of arguments linear in v."""
    found = set()
    for atom in expr.atoms(sp.Max, sp.Min, sp.Abs):
        inner = atom.args[0] if isinstance(atom, sp.Abs) else atom.args[0] - atom.args[1]
        slope = sp.diff(inner, v)
        if slope.is_number and slope != 0:
            found.add(float(-inner.subs(v, 0) / slope))
    return sorted(found)


@lru_cache(maxsize=512)
def _program(expr: sp.Expr) -> Callable[[Array], Array]:
    from gantheory.lowering import lower

    return lower(expr, v, backend="numpy", dtype="float64")


def of_form(expr: sp.Expr, inputs: str, scale: float) -> Evidence:
    """A form in place of the code that it was found from."""
    return Evidence(derivative(expr), _program(expr), inputs, scale)


def derivative(expr: sp.Expr) -> Slope:
    """Derivative of the expression at scores."""
    return _program(expr).derivative  # type: ignore[attr-defined, no-any-return]

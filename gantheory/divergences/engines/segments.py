"""Where panels begin: between ends of supports and singularities, at the centers and scales of components."""

from __future__ import annotations

import itertools
import math

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.inputs.density import Component, Density

# Distances from a component's center, in its scales, where panels begin.
_LADDER = np.array([0.0, 0.7, 1.6, 2.8, 4.5, 7.0, 11.0, 18.0, 30.0, 60.0, 150.0])

_STEEP = 1e6
"""Ratio of neighbouring panels from which more are put in between."""


def segments(p: Density, q: Density, found: tuple[float, ...] = ()) -> list[tuple[float, float, Array]]:
    """(low, high, inner points) of the intervals between ends of supports and singularities."""
    components: list[Component] = [*p.components, *q.components]
    ends = sorted({end for c in components for end in (c.low, c.high, *c.singular)} | set(found))
    points = _landmarks(components)
    out = []
    for low, high in itertools.pairwise(ends):
        if not any(c.low <= low and high <= c.high for c in components):
            continue
        inner = points[slice(*np.searchsorted(points, (low, high), side="right"))]
        inner = inner[inner < high]
        nearest = min(c.scale for c in components if c.low <= low and high <= c.high)
        if math.isfinite(low) and math.isfinite(high):
            fractions = np.array([0.25, 0.5, 0.75])
            inner = np.concatenate([inner, low + (high - low) * fractions])
            margin = min(0.02 * (high - low), 0.05 * nearest)
            inner = inner[(inner > low + margin) & (inner < high - margin)]
        elif math.isfinite(low) or math.isfinite(high):
            end, sign = (low, 1.0) if math.isfinite(low) else (high, -1.0)
            least = max(0.1 * nearest, 8.0 * float(np.spacing(abs(end))))  # a number other than the end
            inner = np.concatenate([inner[np.abs(inner - end) > 0.5 * least], [end + sign * least]])
        out.append((low, high, _graded(thinned(np.unique(inner)))))
    return out


def _landmarks(components: list[Component]) -> Array:
    """Centers, and distances of a few scales from them, where panels begin; all kinks.

    Of many components' only what is apart by a fraction of their own scales, for bisection does the rest.
    """
    ladder = np.unique(np.concatenate([-_LADDER, _LADDER]))
    edges = np.unique(np.array([e for c in components for e in c.edges]))
    centers = np.array([x for c in components for x in (c.center, *c.images)])
    scales = np.array([c.scale for c in components for _ in (c.center, *c.images)])
    with np.errstate(over="ignore", invalid="ignore"):
        points = (centers[:, None] + scales[:, None] * ladder).ravel()
    if len(components) > 40:
        scale = np.repeat(scales, ladder.size)
        gaps = np.abs(np.concatenate([np.diff(ladder), [ladder[-1] - ladder[-2]]]))
        spacing = 2.0 ** np.floor(
            np.log2(0.7 * np.tile(np.minimum(gaps, np.roll(gaps, 1)), centers.size) * scale)
        )
        # One point of each cell of a lattice as fine as the component needs there.
        kept = [
            points[spacing == h][np.unique(np.floor(points[spacing == h] / h), return_index=True)[1]]
            for h in np.unique(spacing)
        ]
        points = np.concatenate(kept)
    return np.unique(np.concatenate([points[np.isfinite(points)], edges]))


def _graded(points: Array) -> Array:
    """With further points, geometric, where a gap is far wider than its neighbours: bisection does not
    reach scales of P and Q that lie 10^50 apart."""
    gaps = np.diff(points)
    extra = [points]
    for k in range(gaps.size):
        for near, side, beside in ((points[k], 1.0, k - 1), (points[k + 1], -1.0, k + 1)):
            if 0 <= beside < gaps.size and gaps[k] / _STEEP > gaps[beside]:
                steps = np.arange(1.0, math.log(gaps[k] / gaps[beside], 4.0))
                extra.append(near + side * gaps[beside] * 4.0**steps)
    return np.unique(np.concatenate(extra))


def thinned(points: Array) -> Array:
    """Without points that are closer to the one before than rounding can tell."""
    return points[np.diff(points, prepend=-np.inf) > 1e-13 * np.abs(points)]

"""Precision, recall, density and coverage, from balls about samples that reach to their neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.training.metrics.features.arrays import feature_pair

_AT_ONCE = 1 << 24
"""Distances to hold at once."""


def precision_recall(real: ArrayLike, fake: ArrayLike, neighbours: int = 5) -> dict[str, float]:
    """Shares of samples in balls about samples, of radius the distance to the k-th other one of the same set.

        precision: generated samples in some ball of a real one
        recall: real samples in some ball of a generated one
        density: mean number of balls of real samples that hold a generated one, over k; may exceed 1
        coverage: balls of real samples that hold a generated one

    A ball is open, and its own centre does not count as a neighbour. For equal laws and n = m, density is 1
    on average, and coverage 1 - prod_{j=1..k} (n - j)/(2 n - j).

    Args:
        real, fake: features, (n, d) and (m, d).
        neighbours: k.

    Returns:
        "precision", "recall", "density" and "coverage".

    Raises:
        ValueError: no such arrays, or not more than `neighbours` samples of either kind.

    Source: Kynkaanniemi, Karras, Laine, Lehtinen, Aila, Improved precision and recall metric (2019); Naeem,
    Oh, Uh, Choi, Yoo, Reliable fidelity and diversity metrics for generative models (2020), and there the
    averages.
    """
    x, y = feature_pair(real, fake)
    if neighbours < 1 or min(len(x), len(y)) <= neighbours:
        raise ValueError(
            f"neighbours must be from 1 to less than the number of samples, {len(x)} real and {len(y)} fake, "
            f"got {neighbours!r}"
        )
    # Distances do not depend on the origin, but products of coordinates far from it would cancel.
    centre = x.mean(0)
    x, y = x - centre, y - centre
    reach_x, reach_y = (_reach(each, neighbours) for each in (x, y))
    held_by = np.zeros(len(y))
    parts, first = [], 0
    for distances in _squared(x, y):
        inside = distances < reach_x[first : first + len(distances), None]
        held_by += inside.sum(0)
        parts.append((inside.any(1), (distances < reach_y).any(1)))
        first += len(distances)
    covered, recalled = (np.concatenate(each) for each in zip(*parts, strict=True))
    return {
        "precision": float((held_by > 0).mean()),
        "recall": float(recalled.mean()),
        "density": float(held_by.mean() / neighbours),
        "coverage": float(covered.mean()),
    }


def _reach(x: NDArray[Any], neighbours: int) -> NDArray[Any]:
    """Squared distance from each row to its k-th other row."""
    found, first = [], 0
    for distances in _squared(x, x):
        rows = np.arange(len(distances))
        distances[rows, first + rows] = -1  # itself, before all others
        found.append(np.partition(distances, neighbours, axis=1)[:, neighbours])
        first += len(distances)
    return np.concatenate(found)


def _squared(x: NDArray[Any], y: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Squared distances of some rows of x after the other to all of y."""
    rows = max(1, _AT_ONCE // len(y))
    norms = np.square(y).sum(1)
    for first in range(0, len(x), rows):
        part = x[first : first + rows]
        yield np.clip(np.square(part).sum(1)[:, None] + norms - 2 * part @ y.T, 0, None)

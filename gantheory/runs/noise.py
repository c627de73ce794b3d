"""Noise for pictures of a generator: points and paths on great circles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.arrays import as_float64
from gantheory.arguments.checks import nonnegative_integer, positive_integer, whole

_PARALLEL = 1e-7
"""Sines below it tell no direction: the path is then the straight line."""


def great_circle(first: ArrayLike, last: ArrayLike, steps: int) -> NDArray[np.float64]:
    """Points between two vectors along the great circle through their directions, (steps, latent).

        z(t) = (sin((1 - t) w) z_0 + sin(t w) z_1)/sin w,   w the angle between z_0 and z_1,   t from 0 to 1

    A straight line would pass nearer to the origin than normal vectors lie. Of parallel and of opposite
    vectors it is the straight line all the same.

    Args:
        first, last: z_0 and z_1, (latent,).
        steps: points, with both ends; at least 2.

    Raises:
        ValueError: vectors of different lengths, a zero vector, or fewer than 2 steps.

    Source: Shoemake, Animating rotation with quaternion curves (1985); White, Sampling generative networks
    (2016).
    """
    a, b = (as_float64(each, name) for each, name in ((first, "first"), (last, "last")))
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"first and last must be vectors of one length, got shapes {a.shape} and {b.shape}")
    whole(steps, "steps", least=2)
    norms = np.linalg.norm(a) * np.linalg.norm(b)
    if not norms > 0:
        raise ValueError("first and last must not be zero: it has no direction")
    t = np.linspace(0, 1, steps)[:, None]
    angle = np.arccos(np.clip(a @ b / norms, -1, 1))
    if np.sin(angle) < _PARALLEL:
        return (1 - t) * a + t * b
    return np.asarray((np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle))


def paths(latent: int, count: int, steps: int, seed: int) -> NDArray[Any]:
    """`count` great-circle paths between independent normal vectors, (count * steps, latent), float32.

    Raises:
        ValueError: latent or count below 1, steps below 2, or a negative seed.
    """
    latent, count = positive_integer(latent, "latent"), positive_integer(count, "count")
    nonnegative_integer(seed, "seed")
    ends = np.random.default_rng(seed).standard_normal((count, 2, latent))
    return np.concatenate([great_circle(first, last, steps) for first, last in ends]).astype(np.float32)

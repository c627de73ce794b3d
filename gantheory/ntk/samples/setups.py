"""The data of the experiments of GAN(TK)^2, with pictures and point sets of our own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.arguments.checks import choice, positive_integer
from gantheory.datasets import PictureDensity, letters, line_set, mnist_images, ring, smooth_density
from gantheory.support.files import user_path

SHADES = 1.999
"""Pixels are scaled to [-1/2, 1/2] times this, so that they stay inside (-1, 1)."""


@dataclass(frozen=True, eq=False)
class Setup:
    """Samples at the start, real data, and a step size at which IPM flows converge.

    Attributes:
        name: of the setup.
        source, target: (n, d) and (m, d).
        step_size: of `particle_flow`, for an integral probability metric trained for unit time.
    """

    name: str
    source: Array
    target: Array
    step_size: float


def _ring(n: int, seed: int, _: Path | None) -> tuple[Array, Array]:
    """A standard normal distribution, and eight Gaussians of deviation 1/2 on a circle of radius 5."""
    return _normal(n, 2, seed), ring(8, 5.0, 0.25).sample(n, seed=np.random.default_rng([seed, 1]))


def _density(n: int, seed: int, _: Path | None) -> tuple[Array, Array]:
    """Two smooth densities: a winding ridge between two hills, and two crescents."""
    return _pair(smooth_density("waves"), smooth_density("crescents"), n, seed)


def _letters(n: int, seed: int, _: Path | None) -> tuple[Array, Array]:
    """From a filled A to a filled B."""
    return _pair(letters("A"), letters("B"), n, seed)


def _line(name: str) -> Callable[[int, int, Path | None], tuple[Array, Array]]:
    return lambda n, seed, folder: line_set(name)


def _mnist(n: int, seed: int, folder: Path | None) -> tuple[Array, Array]:
    """From white noise to images of digits, padded to 32 x 32."""
    images = mnist_images(folder)
    if n > len(images):
        raise ValueError(f"n must be at most the {len(images)} images of the file, got {n}")
    chosen = np.random.default_rng([seed, 1]).choice(len(images), n, replace=False)
    padded = np.pad(images[chosen], ((0, 0), (2, 2), (2, 2)))
    target = SHADES * (padded.reshape(n, -1) / 255.0 - 0.5)
    return _normal(n, target.shape[1], seed), target


_SETUPS: dict[str, tuple[Callable[[int, int, Path | None], tuple[Array, Array]], float]] = {
    "ring": (_ring, 2.0),
    "density": (_density, 1.0),
    "letters": (_letters, 1.0),
    "separate": (_line("separate"), 0.5),
    "overlap": (_line("overlap"), 0.5),
    "mnist": (_mnist, 100.0),
}

SETUPS = tuple(_SETUPS)
"""Names of the setups."""


def setup(name: str, n: int = 500, seed: int = 0, folder: Path | str | None = None) -> Setup:
    """n samples and n real points of a setup; "separate" and "overlap" have points of their own.

    Args:
        name: "ring", "density", "letters", "separate", "overlap" or "mnist".
        n: points on either side.
        seed: of all draws.
        folder: of MNIST's files, as in `gantheory.datasets.mnist_images`.

    Raises:
        ValueError: an unknown name; n < 1, or more than there are images.
        FileNotFoundError: MNIST's files are not there.
    """
    choice(name, "setup", SETUPS)
    positive_integer(n, "n")
    make, step_size = _SETUPS[name]
    source, target = make(n, seed, user_path(folder, "folder") if folder is not None else None)
    return Setup(name, source, target, step_size)


def _normal(n: int, d: int, seed: int) -> Array:
    return np.random.default_rng([seed, 0]).standard_normal((n, d))


def _pair(source: PictureDensity, target: PictureDensity, n: int, seed: int) -> tuple[Array, Array]:
    first, second = (
        density.sample(n, seed=np.random.default_rng([seed, k])) for k, density in enumerate((source, target))
    )
    return first, second

"""The 2-D mixtures of the literature by name: ring, grid, polar and lattice."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.arguments.checks import choice, is_real, nonnegative_integer, positive_integer, positive_number
from gantheory.datasets.mixtures import GaussianMixture
from gantheory.errors import nearest


def ring(modes: int = 8, radius: float = 1.0, variance: float = 1e-4) -> GaussianMixture:
    """The 2-D ring: `modes` equally weighted Gaussians, evenly spaced on a circle from (radius, 0) on.

    Defaults are those of Welfert et al., ISIT 2023, Section III-A.

    Raises:
        ValueError: modes < 1; radius or variance not in (0, inf).
    """
    means = _circle(modes, radius)
    variance = positive_number(variance, "variance")
    return _mixture("ring", means, modes=int(modes), radius=float(radius), variance=variance)


def grid(side: int = 5, spacing: float = 2.0, variance: float = 0.0025) -> GaussianMixture:
    """The 2-D grid: side x side equally weighted Gaussians, `spacing` apart and centered on the origin.

    Defaults give 25 modes at {-4, -2, 0, 2, 4}^2 with standard deviation 0.05 (the layout of Lin et al.,
    PacGAN, 2018).

    Raises:
        ValueError: side < 1; spacing or variance not in (0, inf).
    """
    means = _square(side, spacing)
    variance = positive_number(variance, "variance")
    return _mixture("grid", means, side=int(side), spacing=float(spacing), variance=variance)


def polar(
    modes: int = 8,
    radius: float = 1.0,
    variance: float = 1e-4,
    minor_share: float = 0.25,
    major_weight: float = 4.0,
    layout_seed: int = 0,
) -> GaussianMixture:
    """The ring with major and minor modes: the same centers, unequal weights.

        w_k = 1/Z for a minor mode,  major_weight/Z for a major one

    round(minor_share * modes) modes are minor; which ones is drawn once from `layout_seed`. Equal weights
    hide a generator that drops what is rare: here the dropped modes can be told from the kept ones
    (`gantheory.training.metrics.modes_covered` for both kinds). The published code draws each mode's kind on
    its own, so that their number varies with the seed; here the number is exact and part of the setting.
    minor_share = 0 or major_weight = 1 is the ring.

    Raises:
        ValueError: modes < 1; radius, variance or major_weight not in (0, inf); minor_share not in [0, 1];
            layout_seed not a nonnegative integer.

    Source: the "polar" data of K. Otstot's code for Welfert et al., ISIT 2023 (layout and meaning of the two
    weights); the defaults of minor_share and major_weight are ours.
    """
    means = _circle(modes, radius)
    variance = positive_number(variance, "variance")
    rng = _layout(layout_seed)
    weights = _major_minor(modes, minor_share, major_weight, rng)
    return _mixture(
        "polar",
        means,
        weights,
        modes=int(modes),
        radius=float(radius),
        variance=variance,
        minor_share=float(minor_share),
        major_weight=float(major_weight),
        layout_seed=int(layout_seed),
    )


def lattice(
    side: int = 5,
    spacing: float = 2.0,
    variance: float = 0.0025,
    minor_share: float = 0.25,
    major_weight: float = 4.0,
    shift: float = 0.1,
    layout_seed: int = 0,
) -> GaussianMixture:
    """The grid with shifted centers, and with major and minor modes.

    Each coordinate of each center moves by a draw from the uniform distribution on [-shift, shift], so that
    a generator cannot gain from the exact symmetry and collinearity of the grid; weights as in `polar`.
    Shifts and kinds are drawn once from `layout_seed`. shift = 0 with minor_share = 0 is the grid.

    Raises:
        ValueError: side < 1; spacing, variance or major_weight not in (0, inf); minor_share not in [0, 1];
            shift not in [0, spacing/2); layout_seed not a nonnegative integer.

    Source: the "lattice" data of K. Otstot's code for Welfert et al., ISIT 2023 (random shifts of the 5 x 5
    grid, two weights); the defaults of shift, minor_share and major_weight are ours.
    """
    means = _square(side, spacing)
    variance = positive_number(variance, "variance")
    if not is_real(shift) or not 0 <= float(shift) < spacing / 2:
        raise ValueError(f"shift must be in [0, spacing/2) = [0, {spacing / 2:g}), got {shift!r}")
    rng = _layout(layout_seed)
    weights = _major_minor(len(means), minor_share, major_weight, rng)
    return _mixture(
        "lattice",
        means + rng.uniform(-shift, shift, means.shape),
        weights,
        side=int(side),
        spacing=float(spacing),
        variance=variance,
        minor_share=float(minor_share),
        major_weight=float(major_weight),
        shift=float(shift),
        layout_seed=int(layout_seed),
    )


NAMED: dict[str, Callable[..., GaussianMixture]] = {
    "ring": ring,
    "grid": grid,
    "lattice": lattice,
    "polar": polar,
}
"""Mixtures that `named_mixture` builds."""


def named_mixture(name: str, **parameters: Any) -> GaussianMixture:
    """The mixture called `name` with its parameters, as in ``named_mixture("ring", modes=12)``.

    Raises:
        ValueError: an unknown name or parameter (the nearest known one is suggested), or a bad value.
    """
    choice(name, "mixture", NAMED)
    known = inspect.signature(NAMED[name]).parameters
    for parameter in parameters:
        if parameter not in known:
            raise ValueError(
                f"mixture {name!r} has no parameter {parameter!r}{nearest(str(parameter), known)}"
            )
    return NAMED[name](**parameters)


def mixture_from_dict(settings: dict[str, Any]) -> GaussianMixture:
    """The mixture that `GaussianMixture.to_dict` describes.

    Raises:
        ValueError: neither a known name with its parameters nor means with variances; an unknown key.
    """
    values = dict(settings)
    name = values.pop("name", None)
    if "means" not in values:
        if name is None:
            raise ValueError('mixture must hold "name", such as "ring", or "means" and "variances"')
        return named_mixture(name, **values)
    known = ("name", "means", "variances", "weights")
    for key in values:
        if key not in known:
            raise ValueError(f"mixture has no entry {key!r}{nearest(str(key), known)}")
    if "variances" not in values:
        raise ValueError('mixture with "means" must also hold "variances"')
    return GaussianMixture(**values, name="mixture" if name is None else name)


def _mixture(recipe: str, means: Array, weights: Array | None = None, **parameters: float) -> GaussianMixture:
    """The mixture that `named_mixture` builds again from these parameters, and whose name holds them."""
    values = ", ".join(f"{each:g}" if isinstance(each, float) else str(each) for each in parameters.values())
    name = f"{recipe}({values})"
    return GaussianMixture(means, parameters["variance"], weights, name=name, recipe=(recipe, parameters))


def _circle(modes: int, radius: float) -> Array:
    positive_integer(modes, "modes")
    positive_number(radius, "radius")
    angle = 2 * np.pi * np.arange(modes) / modes
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _square(side: int, spacing: float) -> Array:
    positive_integer(side, "side")
    positive_number(spacing, "spacing")
    axis = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)


def _major_minor(modes: int, minor_share: float, major_weight: float, rng: np.random.Generator) -> Array:
    if not is_real(minor_share) or not 0 <= float(minor_share) <= 1:
        raise ValueError(f"minor_share must be in [0, 1], got {minor_share!r}")
    positive_number(major_weight, "major_weight")
    weights = np.full(modes, float(major_weight))
    weights[rng.permutation(modes)[: round(float(minor_share) * modes)]] = 1.0
    return weights / weights.sum()


def _layout(seed: int) -> np.random.Generator:
    return np.random.default_rng(nonnegative_integer(seed, "layout_seed"))

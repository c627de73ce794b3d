"""What the landscapes are asked for: objectives, intervals and grids, checked before any work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from gantheory.arguments import whole
from gantheory.arrays import Array, as_float, as_float64

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory


def theories(objectives: Any) -> list[Theory]:
    """The theories of one objective or of several, each an Objective, its text or a Theory.

    Raises:
        ValueError: none, one of them twice, or text that is no objective.
        NoPointwiseTheoryError: an objective without a pointwise optimum, such as an IPM, with the reason.
    """
    from gantheory.derivation.theory import Theory, derive
    from gantheory.objectives import from_spec

    one = isinstance(objectives, str) or not isinstance(objectives, Iterable)
    found: dict[str, Theory] = {}
    for given in [objectives] if one else list(objectives):
        theory = (
            given
            if isinstance(given, Theory)
            else derive(from_spec(given) if isinstance(given, str) else given)
        )
        name = theory.objective.name
        if name in found:
            raise ValueError(f"objectives holds {name} twice")
        found[name] = theory
    if not found:
        raise ValueError('objectives must hold at least one, such as "vanilla", got none')
    return list(found.values())


def grid(values: Any, name: str) -> Array:
    """A one-dimensional increasing array of at least two finite numbers.

    Raises:
        ValueError: anything else.
    """
    array = as_float64(values, name)
    if array.ndim != 1 or array.size < 2:
        raise ValueError(f"{name} must be an array of at least two numbers, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]}")
    if not (np.diff(array) > 0).all():
        where = int(np.argmin(np.diff(array) > 0))
        raise ValueError(f"{name} must increase, got {array[where]:g} before {array[where + 1]:g}")
    return array


def inside(array: Array, low: float, high: float, name: str, what: str) -> None:
    """Refuse values outside [low, high].

    Raises:
        ValueError: naming the first such value.
    """
    bad = ~((array >= low) & (array <= high))
    if bad.any():
        raise ValueError(f"{name} must lie in [{low:g}, {high:g}], {what}; got {array[bad].flat[0]:g}")


def count(points: Any, name: str = "points", least: int = 2) -> int:
    """A number of grid points.

    Raises:
        ValueError: not an integer, or too small.
    """
    return whole(points, name, least)


def open_unit(value: float, name: str) -> float:
    """A number in (0, 1).

    Raises:
        ValueError: anything else.
    """
    number = as_float(value, name)
    if not 0 < number < 1:
        raise ValueError(f"{name} must be in (0, 1), got {value}")
    return number

"""What the landscapes are asked for: objectives, intervals and grids, checked before any work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np

from gantheory.arguments.arrays import Array, as_float64
from gantheory.derivation.theory import Theory, derive
from gantheory.errors import shown
from gantheory.objectives import Objective, Relativistic, from_spec

Item = TypeVar("Item")


def objectives_of(objectives: Any) -> list[Objective]:
    """One objective or several, each an Objective, its text or a Theory.

    Raises:
        TypeError: something else.
        ValueError: none, one of them twice, or text that is no objective.
    """
    one = isinstance(objectives, str) or not isinstance(objectives, Iterable)
    found: dict[str, Any] = {}
    for given in [objectives] if one else objectives:
        game: Any = from_spec(given) if isinstance(given, str) else given
        game = game.objective if isinstance(game, Theory) else game
        if not isinstance(game, Objective | Relativistic):
            raise TypeError(f"objectives must hold gantheory Objectives, got {shown(given)}")
        if game.name in found:
            raise ValueError(f"objectives holds {game.name} twice")
        found[game.name] = game
    if not found:
        raise ValueError('objectives must hold at least one, such as "vanilla", got none')
    return list(found.values())


def announced(items: Iterable[Item], listener: Callable[[int, int], None] | None) -> Iterator[Item]:
    """The items, with a call of the listener, (done, in all), after each."""
    listed = list(items)
    for done, item in enumerate(listed, 1):
        yield item
        if listener is not None:
            listener(done, len(listed))


def theories(objectives: Any) -> list[Theory]:
    """The theories of one objective or of several, given as to `objectives_of`.

    Raises:
        TypeError, ValueError: as there.
        NoPointwiseTheoryError: an objective without a pointwise optimum, such as an IPM, with the reason.
    """
    return [derive(objective) for objective in objectives_of(objectives)]


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

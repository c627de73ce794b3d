"""What draws an ensemble's inputs: a generator for each seed and purpose, and draws made ahead of use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch
from torch import Tensor

from gantheory.training.seeding import torch_generator

States = dict[int, dict[str, Tensor]]
"""Of the generators, by seed and purpose."""

Drawn = TypeVar("Drawn")


class Generators:
    """A generator on the CPU for each seed and purpose.

    Args:
        seeds, purposes: of which there is one each.
        states: what `states` gave, possibly with further seeds; None starts anew.
    """

    def __init__(self, seeds: Sequence[int], purposes: Sequence[str], states: States | None = None) -> None:
        self._all = {seed: {each: torch_generator(seed, each) for each in purposes} for seed in seeds}
        if states is not None:
            for seed, own in self._all.items():
                for purpose, generator in own.items():
                    generator.set_state(states[seed][purpose])

    def of(self, purpose: str) -> list[torch.Generator]:
        """Those of a purpose, by seed."""
        return [own[purpose] for own in self._all.values()]

    def states(self) -> States:
        """The states now."""
        return {
            seed: {purpose: generator.get_state() for purpose, generator in own.items()}
            for seed, own in self._all.items()
        }


def ahead(draws: Iterator[Drawn], device: str) -> Iterator[Drawn]:
    """The draws; on a GPU, which takes its steps in the time that a CPU takes to draw them, each is drawn
    while the one before is in use."""
    if torch.device(device).type != "cuda":
        yield from draws
        return
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, draws, None)
        while (drawn := following.result()) is not None:
            following = pool.submit(next, draws, None)
            yield drawn

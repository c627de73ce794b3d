"""Batches of a `GanConfig`: data, noise and what remedies draw, for every seed its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gantheory.training.checks import torch_dtype
from gantheory.training.seeding import torch_generator
from gantheory.training.settings.gan_config import GanConfig

PURPOSES = ("batch order", "noise", "remedies")
"""Each seed has a generator for each."""

Batch = tuple[Tensor, Tensor, list[Tensor]]
"""Real (members, rows, *shape), noise (members, rows, latent), and a draw of each remedy (members, ...)."""


class Batches:
    """Batches of an ensemble: each seed has its own order of the training set and its own noise.

    All that is random is drawn on the CPU, a seed at a time, so that neither the device nor the other seeds
    matter. Seed k gets the same under every objective. The last batch of an epoch is smaller where the
    training set is not a multiple.

    Args:
        config: the settings.
        seeds: the seed of each member.
        state: what `state` gave, possibly with further seeds; None starts at the first step.
    """

    def __init__(self, config: GanConfig, seeds: Sequence[int], state: dict[str, Any] | None = None) -> None:
        self._config = config
        self._dtype = torch_dtype(config.dtype)
        self._seeds = tuple(dict.fromkeys(seeds))
        self._rows = [self._seeds.index(seed) for seed in seeds]
        self._all = self._rows == list(range(len(self._seeds)))
        self._generators = {
            seed: {purpose: torch_generator(seed, purpose) for purpose in PURPOSES} for seed in self._seeds
        }
        self._epoch_start, self.step = 0, 0
        self._orders_from: dict[int, Tensor] = {}
        if state is not None:
            for seed, generators in self._generators.items():
                for purpose, generator in generators.items():
                    generator.set_state(state["generators"][seed][purpose])
            self._epoch_start, self.step = state["epoch_start"], state["step"]

    def state(self) -> dict[str, Any]:
        """The generators, that of the order at the start of the epoch; the step there, and the steps done."""
        states = {
            seed: {purpose: generator.get_state() for purpose, generator in generators.items()}
            for seed, generators in self._generators.items()
        }
        for seed, start in self._orders_from.items():
            states[seed]["batch order"] = start
        return {"generators": states, "epoch_start": self._epoch_start, "step": self.step}

    def __iter__(self) -> Iterator[Batch]:
        """The batches of each step that is left."""
        config, n = self._config, len(self._config.data)
        while self.step < config.steps:
            self._orders_from = {
                seed: generators["batch order"].get_state() for seed, generators in self._generators.items()
            }
            orders = [self._order(seed) for seed in self._seeds]
            for first in range((self.step - self._epoch_start) * config.batch, n, config.batch):
                if self.step == config.steps:
                    return
                rows = slice(first, min(n, first + config.batch))
                # The count moves before the step: a state saved after the step holds it.
                self.step += 1
                yield self._batch([order[rows] for order in orders])
            self._epoch_start = self.step

    def _order(self, seed: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        return torch.randperm(len(self._config.data), generator=self._generators[seed]["batch order"]).numpy()

    def _batch(self, rows: list[np.ndarray[Any, np.dtype[np.int64]]]) -> Batch:
        config, count = self._config, len(rows[0])
        real = torch.stack([torch.from_numpy(config.data.batch(chosen)) for chosen in rows])
        noise = torch.stack(
            [torch.randn(count, config.latent, generator=self._generators[s]["noise"]) for s in self._seeds]
        )
        draws = [
            torch.stack([remedy.draw(count, self._generators[s]["remedies"]) for s in self._seeds])
            for remedy in config.remedies
        ]
        return self._placed(real), self._placed(noise), [self._placed(draw) for draw in draws]

    def _placed(self, of_seeds: Tensor) -> Tensor:
        of_members = of_seeds if self._all else of_seeds[self._rows]
        return of_members.to(self._config.device, self._dtype)

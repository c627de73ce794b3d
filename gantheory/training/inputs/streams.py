"""The data and the noise of each step, for every seed its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from gantheory.datasets import training_set
from gantheory.training.checks import torch_dtype
from gantheory.training.inputs.generators import Generators, States, ahead
from gantheory.training.seeding import torch_generator
from gantheory.training.settings.ring_config import RingConfig

PURPOSES = ("batch order", "noise")
"""Each seed has a generator for each."""

Epoch = tuple[States, Tensor, Tensor]
"""States before the draw, order (seeds, n), and noise (seeds, n, latent) or its order (seeds, n)."""


def noise_set(config: RingConfig) -> Tensor:
    """The noise that all runs share where it is not fresh: float32 (train_samples, latent), on the CPU."""
    drawn_from = torch_generator(config.data_seed, "noise set")
    return torch.randn(config.train_samples, config.latent, generator=drawn_from)


class Streams:
    """Batches of an ensemble: each seed has its own order of the training set, and of the noise.

    Where noise is fresh each seed has its own noise instead, and no set of it. All that is random is drawn
    on the CPU an epoch at a time, so that neither the device nor the other seeds matter. Seed
    k gets the same under every objective. The last batch of an epoch is smaller where the training set is
    not a multiple.

    Args:
        config: the settings.
        seeds: the seed of each member.
        state: what `state` gave, possibly with further seeds; None starts at the first step.
    """

    def __init__(self, config: RingConfig, seeds: Sequence[int], state: dict[str, Any] | None = None) -> None:
        self._config = config
        self._dtype = torch_dtype(config.dtype)
        points = training_set(config.mixture, config.train_samples, config.data_seed)
        self._data = torch.tensor(points, dtype=self._dtype, device=config.device)
        self._noise = None if config.fresh_noise else noise_set(config).to(config.device, self._dtype)
        self._seeds = tuple(dict.fromkeys(seeds))
        self._rows = torch.tensor([self._seeds.index(seed) for seed in seeds], device=config.device)
        self._generators = Generators(self._seeds, PURPOSES, None if state is None else state["generators"])
        self._drawn_from = self._generators.states()
        self._epoch_start, self.step = 0, 0
        if state is not None:
            self._epoch_start, self.step = state["epoch_start"], state["step"]

    def state(self) -> dict[str, Any]:
        """The generators at the start of the current epoch, the step there and the number of steps done."""
        return {"generators": self._drawn_from, "epoch_start": self._epoch_start, "step": self.step}

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Real points (members, rows, d) and noise (members, rows, latent) of each step that is left."""
        config = self._config
        for states, *drawn in ahead(self._epochs(), config.device):
            self._drawn_from = states
            order, noise = (each.to(config.device) for each in drawn)
            done = self.step - self._epoch_start
            for first in range(done * config.batch, config.train_samples, config.batch):
                if self.step == config.steps:
                    return
                part = slice(first, first + config.batch)
                # The count moves before the step: a state saved after the step holds it.
                self.step += 1
                latent = noise[self._rows, part]
                if self._noise is not None:
                    latent = self._noise[latent]
                yield self._data[order[self._rows, part]], latent
            self._epoch_start = self.step

    def _epochs(self) -> Iterator[Epoch]:
        config, n = self._config, self._config.train_samples
        orders, noises = map(self._generators.of, PURPOSES)
        while self.step < config.steps:
            states = self._generators.states()
            order = torch.stack([torch.randperm(n, generator=each) for each in orders])
            if config.fresh_noise:
                drawn = [torch.randn(n, config.latent, generator=each).to(self._dtype) for each in noises]
            else:
                drawn = [torch.randperm(n, generator=each) for each in noises]
            yield states, order, torch.stack(drawn)

"""The data and the noise of each step, for every seed its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor

from gantheory.datasets import training_set
from gantheory.training.checks import torch_dtype
from gantheory.training.seeding import torch_generator
from gantheory.training.settings.ring_config import RingConfig

PURPOSES = ("batch order", "noise")
"""Each seed has a generator for each."""

States = dict[int, dict[str, Tensor]]
"""Of the generators, by seed and purpose."""

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
        self._generators = {
            (seed, purpose): torch_generator(seed, purpose) for seed in self._seeds for purpose in PURPOSES
        }
        self._epoch_start, self.step = 0, 0
        self._drawn_from = self._states()
        if state is not None:
            for (seed, purpose), generator in self._generators.items():
                generator.set_state(state["generators"][seed][purpose])
            self._epoch_start, self.step = state["epoch_start"], state["step"]

    def state(self) -> dict[str, Any]:
        """The generators at the start of the current epoch, the step there and the number of steps done."""
        return {"generators": self._drawn_from, "epoch_start": self._epoch_start, "step": self.step}

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Real points (members, rows, d) and noise (members, rows, latent) of each step that is left."""
        config = self._config
        n = config.train_samples
        ahead = torch.device(config.device).type == "cuda"
        with ThreadPoolExecutor(1) as pool:
            # A GPU finishes an epoch in the time that a CPU takes to draw one: draw the next meanwhile.
            following = pool.submit(self._draw) if ahead else None
            while self.step < config.steps:
                self._drawn_from, order, noise = self._draw() if following is None else following.result()
                following = pool.submit(self._draw) if ahead else None
                order, noise = order.to(config.device), noise.to(config.device)
                done = self.step - self._epoch_start
                for first in range(done * config.batch, n, config.batch):
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

    def _draw(self) -> Epoch:
        config, n = self._config, self._config.train_samples
        states = self._states()
        orders, noises = ([self._generators[seed, purpose] for seed in self._seeds] for purpose in PURPOSES)
        order = torch.stack([torch.randperm(n, generator=each) for each in orders])
        if config.fresh_noise:
            drawn = [torch.randn(n, config.latent, generator=each).to(self._dtype) for each in noises]
        else:
            drawn = [torch.randperm(n, generator=each) for each in noises]
        return states, order, torch.stack(drawn)

    def _states(self) -> States:
        states: States = {seed: {} for seed in self._seeds}
        for (seed, purpose), generator in self._generators.items():
            states[seed][purpose] = generator.get_state()
        return states

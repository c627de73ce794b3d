"""The data and the noise of each step, for every seed its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor

from gantheory.datasets import training_set
from gantheory.training.checks import torch_dtype
from gantheory.training.config import RingConfig
from gantheory.training.seeding import torch_generator

Epoch = tuple[Tensor, Tensor, Tensor]
"""State of the generators before the draw, order (seeds, n), noise (seeds, n, latent)."""


class Streams:
    """Batches of an ensemble: each seed has its own order of the training set and its own noise.

    Both are drawn on the CPU an epoch at a time, so that neither the device nor the other seeds matter. Seed
    k gets the same under every objective. The last batch of an epoch is smaller where the training set is
    not a multiple.

    Args:
        config: the settings.
        state: what `state` gave; None starts at the first step.
    """

    def __init__(self, config: RingConfig, state: dict[str, Any] | None = None) -> None:
        self._config = config
        self._dtype = torch_dtype(config.dtype)
        points = training_set(config.mixture, config.train_samples, config.data_seed)
        self._data = torch.tensor(points, dtype=self._dtype, device=config.device)
        purposes = ("batch order", "noise")
        self._generators = [torch_generator(seed, purpose) for purpose in purposes for seed in config.seeds]
        self._epoch_start, self.step = 0, 0
        self._drawn_from = self._states()
        if state is not None:
            for generator, row in zip(self._generators, state["generators"], strict=True):
                generator.set_state(row)
            self._epoch_start, self.step = state["epoch_start"], state["step"]

    def state(self) -> dict[str, Any]:
        """The generators at the start of the current epoch, the step there and the number of steps done."""
        return {"generators": self._drawn_from, "epoch_start": self._epoch_start, "step": self.step}

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Real points (members, rows, d) and noise (members, rows, latent) of each step that is left."""
        config = self._config
        copies, n = len(config.objectives), config.train_samples
        ahead = torch.device(config.device).type == "cuda"
        with ThreadPoolExecutor(1) as pool:
            # A GPU finishes an epoch in the time that a CPU takes to draw one: draw the next meanwhile.
            following = pool.submit(self._draw) if ahead else None
            while self.step < config.steps:
                self._drawn_from, order, noise = self._draw() if following is None else following.result()
                following = pool.submit(self._draw) if ahead else None
                order, noise = order.to(config.device), noise.to(config.device, self._dtype)
                done = self.step - self._epoch_start
                for first in range(done * config.batch, n, config.batch):
                    if self.step == config.steps:
                        return
                    part = slice(first, first + config.batch)
                    # The count moves before the step: a state saved after the step holds it.
                    self.step += 1
                    yield self._data[order[:, part]].repeat(copies, 1, 1), noise[:, part].repeat(copies, 1, 1)
                self._epoch_start = self.step

    def _draw(self) -> Epoch:
        config, n = self._config, self._config.train_samples
        states = self._states()
        half = len(self._generators) // 2
        orders, noises = self._generators[:half], self._generators[half:]
        order = torch.stack([torch.randperm(n, generator=each) for each in orders])
        noise = torch.stack([torch.randn(n, config.latent, generator=each) for each in noises])
        return states, order, noise

    def _states(self) -> Tensor:
        return torch.stack([generator.get_state() for generator in self._generators])

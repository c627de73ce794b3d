"""Batches of a `GanConfig`: data, noise and what remedies draw, for every seed its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from gantheory.training.checks import torch_dtype
from gantheory.training.inputs.generators import Generators, States, ahead
from gantheory.training.settings.gan_config import GanConfig

PURPOSES = ("batch order", "noise", "remedies")
"""Each seed has a generator for each."""

BLOCK = 32
"""Steps that are drawn at once, at most."""

Batch = tuple[Any, ...]
"""Real (members, rows, *shape), noise (members, rows, latent), and a list of the draws of each remedy
(members, k, ...), for the k updates of the discriminator that share the rows; the variant's draw is last.
Labels follow where it needs them: zeros with a one, (members, rows, classes)."""


class Block(NamedTuple):
    """What some steps need that is random, on the CPU.

    Attributes:
        states: of the generators before it was drawn, that of the order before the epoch's order was.
        epoch_start, start: steps done before the epoch and before the block.
        rows: of the data, (seeds, n) for each step.
        noise: (seeds, n, latent) for each step.
        draws: of each remedy, for each step.
    """

    states: States
    epoch_start: int
    start: int
    rows: list[Tensor]
    noise: list[Tensor]
    draws: list[list[Tensor]]


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
        rows = [self._seeds.index(seed) for seed in seeds]
        all_seeds = rows == list(range(len(self._seeds)))
        self._rows = None if all_seeds else torch.tensor(rows, device=config.device)
        self._pictures = _reader(config)
        self._generators = Generators(self._seeds, PURPOSES, None if state is None else state["generators"])
        self._states = self._generators.states()
        self._at, self.step = (0, 0), 0
        if state is not None:
            self._at, self.step = (state["epoch_start"], state["start"]), state["step"]

    def state(self) -> dict[str, Any]:
        """The generators before the current block, that of the order before the epoch; the steps done before
        both, and in all."""
        epoch_start, start = self._at
        return {"generators": self._states, "epoch_start": epoch_start, "start": start, "step": self.step}

    def __iter__(self) -> Iterator[Batch]:
        """The batches of each step that is left."""
        for block in ahead(self._blocks(), self._config.device):
            self._states, self._at = block.states, (block.epoch_start, block.start)
            for k in range(self.step - block.start, len(block.rows)):
                # The count moves before the step: a state saved after the step holds it.
                self.step += 1
                real = self._of_members(self._pictures(block.rows[k]))
                draws = [self._placed(draw) for draw in block.draws[k]]
                yield real, self._placed(block.noise[k]), draws, *self._labels(block.rows[k])

    def _blocks(self) -> Iterator[Block]:
        config = self._config
        per_epoch, taken = config.steps_per_epoch, config.batch * config.discriminator_steps
        (epoch_start, start), orders, states = self._at, None, {}
        while start < config.steps:
            now = self._generators.states()
            if orders is None:
                states = {seed: {"batch order": each["batch order"]} for seed, each in now.items()}
                count = len(config.data)
                orders = [torch.randperm(count, generator=g) for g in self._generators.of("batch order")]
            end = min(start + BLOCK, epoch_start + per_epoch, config.steps)
            firsts = [(step - epoch_start) * taken for step in range(start, end)]
            rows = [torch.stack([order[first : first + taken] for order in orders]) for first in firsts]
            noise = [self._noise(each.shape[1]) for each in rows]
            draws = [self._draws(each.shape[1]) for each in rows]
            before = {seed: {**each, **states[seed]} for seed, each in now.items()}
            yield Block(before, epoch_start, start, rows, noise, draws)
            start = end
            if start == epoch_start + per_epoch:
                epoch_start, orders = start, None

    def _noise(self, count: int) -> Tensor:
        latent = self._config.latent
        return torch.stack([torch.randn(count, latent, generator=g) for g in self._generators.of("noise")])

    def _draws(self, count: int) -> list[Tensor]:
        """Of each remedy (seeds, k, ...), for k updates of the discriminator on count/k rows each."""
        config, updates = self._config, self._config.discriminator_steps
        rows, shape = count // updates, config.data.shape

        def of_seed(generator: torch.Generator) -> list[Tensor]:
            drawn = [[each.draw(rows, shape, generator) for each in config.changes] for _ in range(updates)]
            return [torch.stack(of_remedy) for of_remedy in zip(*drawn, strict=True)]

        of_seeds = [of_seed(each) for each in self._generators.of("remedies")]
        return [torch.stack(of_remedy) for of_remedy in zip(*of_seeds, strict=True)]

    def _labels(self, rows: Tensor) -> tuple[Tensor, ...]:
        if self._config.labels is None:
            return ()
        return (self._placed(one_hot(self._config.labels[rows], self._config.classes)),)

    def _placed(self, of_seeds: Tensor) -> Tensor:
        return self._of_members(of_seeds.to(self._config.device, self._dtype))

    def _of_members(self, of_seeds: Tensor) -> Tensor:
        return of_seeds if self._rows is None else of_seeds[self._rows]


def _reader(config: GanConfig) -> Callable[[Tensor], Tensor]:
    """From rows (seeds, n) to data (seeds, n, *shape) on the device: read there if it can live there."""
    data, device, dtype = config.data, torch.device(config.device), torch_dtype(config.dtype)
    if device.type != "cpu" and hasattr(data, "on"):
        reader = data.on(device)
        return lambda rows: reader(rows.to(device)).to(dtype)

    def read(rows: Tensor) -> Tensor:
        found = torch.stack([torch.from_numpy(data.batch(chosen)) for chosen in rows.numpy()])
        return found.to(device, dtype)

    return read

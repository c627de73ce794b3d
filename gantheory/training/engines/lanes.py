"""An ensemble on several CPU threads: each trains some of the members on its own."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import torch
from torch import Tensor

from gantheory.training.engines.ensemble import Ensemble
from gantheory.training.engines.hardware.graphs import GraphedStep
from gantheory.training.inputs.streams import Streams
from gantheory.training.settings.ring_config import RingConfig

_WORTH_A_LANE = 3e8
"""Floating-point operations a step that keep one thread busy for much longer than Python needs to ask."""


class Feed(Protocol):
    """What a lane draws its batches from: `Streams`, `Batches`."""

    step: int

    def state(self) -> dict[str, Any]:
        """The generators by seed, under "generators", and where in the epoch they are."""

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """The arguments of each step that is left."""


class Lanes:
    """The members of a configuration in one ensemble or, on the CPU, one for each thread.

    Members do not depend on each other, so that threads need not meet after every operation as they do inside
    one ensemble: a lane runs many steps before it waits for another. That is faster, and much faster where
    other processes share the processor. Small networks and single members stay in one ensemble, on all
    threads.

    Args:
        config: the settings.
        state: what `state` gave, possibly with another number of threads.
        engine: builds an ensemble of (config, members).
        feed: builds its batches from (config, seeds, state).
        operations: floating-point operations of a member's step.

    Attributes:
        ensembles: one a lane, in the order of `config.members`.
    """

    def __init__(
        self,
        config: Any,
        state: dict[str, Any] | None = None,
        *,
        engine: Callable[[Any, Sequence[Any]], Any] = Ensemble,
        feed: Callable[[Any, Sequence[int], Any], Feed] = Streams,
        operations: float | None = None,
    ) -> None:
        members = config.members
        work = step_operations(config) if operations is None else operations
        threads = torch.get_num_threads() if torch.device(config.device).type == "cpu" else 1
        count = min(threads, len(members))
        if work * len(members) / count < _WORTH_A_LANE:
            count = 1
        bounds = [round(lane * len(members) / count) for lane in range(count + 1)]
        self.parts = [slice(first, last) for first, last in itertools.pairwise(bounds)]
        self.ensembles = [engine(config, members[part]) for part in self.parts]
        self._threads = threads
        self._stop = threading.Event()
        self._streams: list[Feed] = []
        for part, ensemble in zip(self.parts, self.ensembles, strict=True):
            streams = feed(config, [seed for _, seed in members[part]], state and state["streams"])
            self._streams.append(streams)
            if state is not None:
                rows = {name: [each[part] for each in blocks] for name, blocks in state["members"].items()}
                ensemble.load(rows, streams.step)
        self._batches = [iter(streams) for streams in self._streams]
        self._steps = [
            GraphedStep(ensemble) if ensemble.device.type == "cuda" else ensemble.step
            for ensemble in self.ensembles
        ]

    @property
    def step(self) -> int:
        """Steps done."""
        return self._streams[0].step

    def advance(self, steps: int) -> tuple[Tensor, Tensor]:
        """Take so many steps; the losses of both players at the last one, (members,) each."""
        if len(self.ensembles) == 1:
            return self._advance(0, steps)
        self._stop.clear()
        try:
            with ThreadPoolExecutor(len(self.ensembles), initializer=_one_thread) as pool:
                try:
                    lanes = [pool.submit(self._advance, lane, steps) for lane in range(len(self.ensembles))]
                    pairs = [lane.result() for lane in lanes]
                except BaseException:
                    # Ctrl-C and errors must not wait for the other lanes to finish.
                    self._stop.set()
                    raise
        finally:
            # A lane's setting is also the default of threads that start later.
            torch.set_num_threads(self._threads)
        return torch.cat([d for d, _ in pairs]), torch.cat([g for _, g in pairs])

    def state(self) -> dict[str, Any]:
        """All that later steps depend on, the same for any number of lanes."""
        rows = [ensemble.state() for ensemble in self.ensembles]
        joined = {
            name: [torch.cat(blocks) for blocks in zip(*(lane[name] for lane in rows), strict=True)]
            for name in rows[0]
        }
        streams = self._streams[0].state()
        generators = {
            seed: states for each in self._streams for seed, states in each.state()["generators"].items()
        }
        return {"members": joined, "streams": {**streams, "generators": generators}}

    def _advance(self, lane: int, steps: int) -> tuple[Tensor, Tensor]:
        losses: tuple[Tensor, Tensor] | None = None
        # Gradients are switched off a thread at a time.
        with torch.no_grad():
            for batch in itertools.islice(self._batches[lane], steps):
                losses = self._steps[lane](*batch)
                if self._stop.is_set():
                    break
        assert losses is not None
        return losses


def step_operations(config: RingConfig) -> int:
    """Floating-point operations of one member's step that are matrix products (2 a multiplication).

    With P weights, p of them in the first layer: the generator runs forward once and backward once (6 P - 2 p
    a row), the discriminator on 2 n rows forward and backward (12 P - 4 p) and on n rows forward and back to
    its input (4 P).
    """
    g = (config.latent, *config.generator_hidden, config.mixture.dimension)
    d = (config.mixture.dimension, *config.discriminator_hidden, 1)
    g_all, d_all = (sum(a * b for a, b in itertools.pairwise(sizes)) for sizes in (g, d))
    per_row = 6 * g_all - 2 * g[0] * g[1] + 16 * d_all - 4 * d[0] * d[1]
    return config.batch * per_row


def _one_thread() -> None:
    torch.set_num_threads(1)

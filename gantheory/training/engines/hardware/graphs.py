"""The training step as a CUDA graph: one launch in place of a hundred."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

Losses = tuple[Tensor, Tensor]
"""The discriminator's and the generator's, (members,) each."""


class Steps(Protocol):
    """An ensemble whose step needs nothing of the host: it reads inputs and moves buffers in place."""

    device: torch.device

    def step(self, *inputs: Any) -> Losses:
        """One step; the first input is (members, rows, ...)."""


_WARM_UP = 3
"""Steps taken before capture, which allocate the workspaces and compile the update; they count as steps."""


class GraphedStep:
    """An ensemble's `step` replayed from a CUDA graph, one for each number of rows.

    The ensemble's buffers never move, so that the graph needs only the inputs copied in. The first steps with
    a number of rows run as they are, and are steps of the training like all others.
    """

    def __init__(self, ensemble: Steps) -> None:
        self._ensemble = ensemble
        self._taken: dict[int, int] = {}
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, list[Tensor], Losses]] = {}
        self._stream = torch.cuda.Stream(ensemble.device)

    def __call__(self, *inputs: Any) -> Losses:
        """As the ensemble's `step`; the returned tensors are overwritten by the next call."""
        with torch.cuda.device(self._ensemble.device):
            return self._call(inputs)

    def _call(self, inputs: tuple[Any, ...]) -> Losses:
        rows = inputs[0].shape[1]
        if rows not in self._graphs:
            taken = self._taken.get(rows, 0)
            self._taken[rows] = taken + 1
            if taken < _WARM_UP:
                self._stream.wait_stream(torch.cuda.current_stream())
                with torch.cuda.stream(self._stream):
                    losses = self._ensemble.step(*inputs)
                torch.cuda.current_stream().wait_stream(self._stream)
                return losses
            self._capture(rows, inputs)
        graph, kept, losses = self._graphs[rows]
        for place, value in zip(kept, tree_leaves(inputs), strict=True):
            place.copy_(value)
        graph.replay()
        return losses

    def _capture(self, rows: int, inputs: tuple[Any, ...]) -> None:
        kept = tree_map(torch.clone, inputs)
        graph = torch.cuda.CUDAGraph()
        # Capture records the kernels without running them: the state stays as it is.
        with torch.cuda.graph(graph):
            losses = self._ensemble.step(*kept)
        self._graphs[rows] = (graph, tree_leaves(kept), losses)

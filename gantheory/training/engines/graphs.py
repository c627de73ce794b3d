"""The training step as a CUDA graph: one launch in place of a hundred."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from gantheory.training.engines.ensemble import Ensemble

_WARM_UP = 3
"""Steps taken before capture, which allocate the workspaces and compile the update; they count as steps."""


class GraphedStep:
    """`Ensemble.step` replayed from a CUDA graph, one for each number of rows.

    The ensemble's buffers never move, so that the graph needs only the inputs copied in. The first steps with
    a number of rows run as they are, and are steps of the training like all others.
    """

    def __init__(self, ensemble: Ensemble) -> None:
        self._ensemble = ensemble
        self._taken: dict[int, int] = {}
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor, Tensor, tuple[Tensor, Tensor]]] = {}
        self._stream = torch.cuda.Stream(ensemble.device)

    def __call__(self, real: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """As `Ensemble.step`; the returned tensors are overwritten by the next call."""
        with torch.cuda.device(self._ensemble.device):
            return self._call(real, noise)

    def _call(self, real: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        rows = real.shape[1]
        if rows not in self._graphs:
            taken = self._taken.get(rows, 0)
            self._taken[rows] = taken + 1
            if taken < _WARM_UP:
                self._stream.wait_stream(torch.cuda.current_stream())
                with torch.cuda.stream(self._stream):
                    losses = self._ensemble.step(real, noise)
                torch.cuda.current_stream().wait_stream(self._stream)
                return losses
            self._capture(rows, real, noise)
        graph, real_input, noise_input, losses = self._graphs[rows]
        real_input.copy_(real)
        noise_input.copy_(noise)
        graph.replay()
        return losses

    def _capture(self, rows: int, real: Tensor, noise: Tensor) -> None:
        real_input, noise_input = real.clone(), noise.clone()
        graph = torch.cuda.CUDAGraph()
        # Capture records the kernels without running them: the state stays as it is.
        with torch.cuda.graph(graph):
            losses = self._ensemble.step(real_input, noise_input)
        self._graphs[rows] = (graph, real_input, noise_input, losses)

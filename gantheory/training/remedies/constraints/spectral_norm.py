"""Spectral normalisation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from gantheory.training.remedies.remedy import Game, Memory, Play, Remedy

_AT_START = 15
"""Iterations before the first step, as in PyTorch's own."""


@dataclass(frozen=True)
class SpectralNorm(Remedy):
    """Weight matrices of D over their largest singular value.

        W/sigma,   sigma = u' W v,   v = W'u/|W'u|,   u = Wv/|Wv|

    one iteration an update, u remembered; the gradient goes through W and sigma, not through u and v. A
    kernel counts as the matrix (first axis, all others), whose norm is not the convolution's but bounds it up
    to a factor; biases and batch norm stay as they are.

    Source: Miyato, Kataoka, Koyama, Yoshida, Spectral Normalization for GANs (2018), Algorithm 1.
    """

    title = "spectral normalisation"
    papers = ("miyato-2018",)
    constrains = True

    def start(self, parameters: list[Tensor], shape: tuple[int, ...], objective: Game) -> Memory:
        """See `Remedy`."""
        memory = []
        drawn = torch.Generator().manual_seed(0)  # some direction; sixteen steps later it does not matter
        for w in _matrices(parameters):
            u = torch.randn(len(w), generator=drawn).to(w)
            for _ in range(_AT_START):
                u, _ = _iterated(w, u)
            memory.append(u)
        return tuple(memory)

    def reparametrize(self, parameters: list[Tensor], memory: Memory) -> list[Tensor]:
        """See `Remedy`."""
        left, over = iter(memory), []
        for parameter in parameters:
            if parameter.ndim >= 2:
                w = parameter.flatten(1)
                u, v = _iterated(w.detach(), next(left))
                parameter = parameter / (u @ w @ v)
            over.append(parameter)
        return over

    def remember(self, memory: Memory, play: Play, draw: Tensor) -> Memory:
        """See `Remedy`."""
        pairs = zip(_matrices(play.parameters), memory, strict=True)
        return tuple(_iterated(w, u)[0] for w, u in pairs)


def _matrices(parameters: list[Tensor]) -> list[Tensor]:
    return [parameter.flatten(1) for parameter in parameters if parameter.ndim >= 2]


def _iterated(w: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
    """The next u, and the v that led there."""
    v = normalize(w.mT @ u, dim=0)
    return normalize(w @ v, dim=0), v

"""Layers that draw random numbers, each from a key of its own that it keeps as a buffer.

A number is a hash of its place in the layer and of the key, which moves on at each pass in training: a pass
is a function of weights, buffers and input, so that seeds stay apart and a resumed run goes on as it would
have.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from gantheory.training.checks import check_within

_MASK = 0xFFFFFFFF


class _Drawing(nn.Module):
    """A layer with a key, drawn from PyTorch's global generator, which settings seed for each run."""

    key: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("key", torch.randint(1 << 31, ()))

    def uniform(self, x: Tensor, count: int) -> Tensor:
        """`count` numbers in (0, 1) for each of x, (count, *x.shape)."""
        places = torch.arange(count * x.numel(), device=x.device).reshape(count, *x.shape)
        found = (hashed(hashed(places) ^ self.key).to(x.dtype) + 0.5) / (_MASK + 1)
        if self.training:
            self.key.copy_(hashed(self.key + 1))
        # In float32 the last numbers round to 1.
        return found.clamp(max=1 - torch.finfo(x.dtype).eps)


class Noise(_Drawing):
    """x + std n, n standard normal, in training and in evaluation.

    Args:
        std: of the noise.

    Raises:
        ValueError: std negative or not finite.

    Source: trick 13 of How to Train a GAN? (Chintala, Denton, Arjovsky, Mathieu, 2016), noise in the
    generator's layers.
    """

    def __init__(self, std: float) -> None:
        super().__init__()
        check_within(std, "noise", 0)
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        """Of any shape."""
        radius, angle = self.uniform(x, 2)
        return x + self.std * (-2 * radius.log()).sqrt() * (2 * math.pi * angle).cos()


class Dropout(_Drawing):
    """Each number is 0 with probability p, and x/(1 - p) otherwise.

    Args:
        p: in [0, 1).
        always: also in evaluation, where masks are the same in every pass.

    Raises:
        ValueError: p not in [0, 1).

    Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014); for generators in training and in
    tests with p = 1/2 in the list of How to Train a GAN?, after Isola, Zhu, Zhou, Efros (2017).
    """

    def __init__(self, p: float, always: bool = False) -> None:
        super().__init__()
        check_within(p, "dropout", 0, 1)
        if p == 1:
            raise ValueError("dropout must be below 1, where nothing is left, got 1")
        self.p, self.always = p, always

    def forward(self, x: Tensor) -> Tensor:
        """Of any shape."""
        if not (self.training or self.always):
            return x
        return x * (self.uniform(x, 1)[0] >= self.p) / (1 - self.p)


def hashed(x: Tensor) -> Tensor:
    """A bijection of the integers below 2^32, int64, without order.

    Source: Wellons, hash-prospector, the function 15, 2c1b3c6d, 12, 297a2d39, 15.
    """
    x = x & _MASK
    x = x ^ (x >> 15)
    x = (x * 0x2C1B3C6D) & _MASK
    x = x ^ (x >> 12)
    x = (x * 0x297A2D39) & _MASK
    return x ^ (x >> 15)


def between(noise: float = 0, dropout: float = 0, *, always: bool = False) -> list[nn.Module]:
    """What follows a hidden layer: noise and dropout of these strengths, where they are not 0."""
    layers: list[nn.Module] = []
    if noise:
        layers.append(Noise(noise))
    if dropout:
        layers.append(Dropout(dropout, always))
    return layers

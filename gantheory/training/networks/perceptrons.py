"""Perceptrons for data of any shape."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from torch import nn

from gantheory.training.networks.pyramid import check_width
from gantheory.training.networks.random_layers import between


def mlp_pair(
    latent: int,
    shape: tuple[int, ...],
    width: int = 200,
    depth: int = 2,
    noise: float = 0,
    generator_dropout: float = 0,
    discriminator_dropout: float = 0,
    *,
    outputs: int = 1,
) -> tuple[nn.Sequential, nn.Sequential]:
    """Two perceptrons of `depth` hidden layers of one width.

    ReLU in the generator, LeakyReLU of slope 0.2 in the discriminator, PyTorch's initial weights; pictures
    come through tanh, points as they are. The defaults are the widths of the ring's generator. Noise of that
    standard deviation is added behind the generator's hidden layers; its dropout is there in evaluation too,
    the discriminator's is not.

    Raises:
        ValueError: width or depth below 1, noise negative, dropout not in [0, 1).

    Source of the widths: Welfert, Otstot, Kurri, Sankar, ISIT 2023, Section III-A.
    """
    check_width(width)
    check_width(depth, "depth")
    points = math.prod(shape)
    pictures = len(shape) > 1
    up = hidden_layers(
        latent, width, depth, lambda: [nn.ReLU(), *between(noise, generator_dropout, always=True)]
    )
    up += [nn.Linear(width, points), *([nn.Tanh(), nn.Unflatten(1, shape)] if pictures else [])]
    after = lambda: [nn.LeakyReLU(0.2), *between(dropout=discriminator_dropout)]  # noqa: E731
    down: list[nn.Module] = [nn.Flatten()] if pictures else []
    down += [*hidden_layers(points, width, depth, after), nn.Linear(width, outputs)]
    return nn.Sequential(*up), nn.Sequential(*down)


def hidden_layers(
    inputs: int, width: int, depth: int, after: Callable[[], list[nn.Module]]
) -> list[nn.Module]:
    """`depth` linear layers of one width, each followed by the layers of `after`."""
    sizes = [inputs, *[width] * depth]
    layers: list[nn.Module] = []
    for before, beyond in pairwise(sizes):
        layers += [nn.Linear(before, beyond), *after()]
    return layers

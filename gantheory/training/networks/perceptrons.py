"""Perceptrons for data of any shape."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import nn

from gantheory.training.networks.pyramid import check_width


def mlp_pair(
    latent: int, shape: tuple[int, ...], width: int = 200, depth: int = 2, *, outputs: int = 1
) -> tuple[nn.Sequential, nn.Sequential]:
    """Two perceptrons of `depth` hidden layers of one width.

    ReLU in the generator, LeakyReLU of slope 0.2 in the discriminator, PyTorch's initial weights; pictures
    come through tanh, points as they are. The defaults are the widths of the ring's generator.

    Raises:
        ValueError: width or depth below 1.

    Source of the widths: Welfert, Otstot, Kurri, Sankar, ISIT 2023, Section III-A.
    """
    check_width(width)
    check_width(depth, "depth")
    points = math.prod(shape)
    pictures = len(shape) > 1
    up = _hidden(latent, width, depth, nn.ReLU())
    up += [nn.Linear(width, points), *([nn.Tanh(), nn.Unflatten(1, shape)] if pictures else [])]
    down: list[nn.Module] = [nn.Flatten()] if pictures else []
    down += [*_hidden(points, width, depth, nn.LeakyReLU(0.2)), nn.Linear(width, outputs)]
    return nn.Sequential(*up), nn.Sequential(*down)


def _hidden(inputs: int, width: int, depth: int, activation: nn.Module) -> list[nn.Module]:
    sizes = [inputs, *[width] * depth]
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), activation]
    return layers

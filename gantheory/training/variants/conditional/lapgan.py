"""One level of a pyramid of GANs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from gantheory.training.checks import check_count
from gantheory.training.variants.variant import Build, Given, Pair, Variant


@dataclass(frozen=True)
class LAPGAN(Variant):
    """A level of LAPGAN: details for a coarse picture.

        G(z, l) = l + h(z, l),   l = u(d(x)),   against x = l + (x - l)

    with d the mean over 2 x 2 pixels and u their repetition, so that l is the real picture at half the side.
    h is three convolutions over l and a plane of noise. As in the authors' code the discriminator sees the
    sum of l and details, which is the picture. `gantheory.training.laplacian` trains all levels and samples
    through them.

    Args:
        width: channels between the generator's convolutions.

    Raises:
        ValueError: width not a positive integer; data that are no pictures of even sides.

    Source: Denton, Chintala, Szlam, Fergus, Deep Generative Image Models Using a Laplacian Pyramid of
    Adversarial Networks (2015), Section 3.2, and the authors' code (width = 128, noise uniform).
    """

    title = "LAPGAN"
    papers = ("denton-2015",)
    pictures = True

    width: int = 128

    def __post_init__(self) -> None:
        check_count(self.width, "width")

    def networks(self, build: Build, latent: int, shape: tuple[int, ...], classes: int) -> Pair:
        """See `Variant`."""
        _, discriminator = build(latent, shape)
        return Detail(latent, shape, self.width), discriminator

    def given(self, real: Tensor | None, labels: Tensor | None, draw: Tensor) -> Given:
        """See `Variant`."""
        if real is None:
            raise ValueError("a level of LAPGAN adds to coarse pictures, and without data there are none")
        if real.ndim != 4 or real.shape[2] % 2 or real.shape[3] % 2:
            raise ValueError(
                "variant LAPGAN takes pictures (channels, rows, columns) of even sides, got data of shape "
                f"({', '.join(map(str, real.shape[1:]))})"
            )
        return Given((expanded(halved(real)),))


def halved(pictures: Tensor) -> Tensor:
    """d: means over 2 x 2 pixels, (n, channels, rows/2, columns/2)."""
    return avg_pool2d(pictures, 2)


def expanded(pictures: Tensor) -> Tensor:
    """u: each pixel as 2 x 2, (n, channels, 2 rows, 2 columns)."""
    return pictures.repeat_interleave(2, 2).repeat_interleave(2, 3)


class Detail(nn.Module):
    """A coarse picture, and what three convolutions of it and of a plane of noise add.

    Args:
        latent: dimension of the noise, which a linear layer spreads over the plane.
        shape: of a picture.
        width: channels between convolutions.
    """

    def __init__(self, latent: int, shape: tuple[int, ...], width: int) -> None:
        super().__init__()
        channels, *sides = shape
        self.plane = nn.Sequential(nn.Linear(latent, math.prod(sides)), nn.Unflatten(1, (1, *sides)))
        self.add = nn.Sequential(
            nn.Conv2d(channels + 1, width, 7, padding=3),
            nn.ReLU(),
            nn.Conv2d(width, width, 7, padding=3),
            nn.ReLU(),
            nn.Conv2d(width, channels, 5, padding=2),
        )

    def forward(self, noise: Tensor, coarse: Tensor) -> Tensor:
        """(n, *shape)."""
        added: Tensor = self.add(torch.cat([coarse, self.plane(noise)], 1))
        return coarse + added

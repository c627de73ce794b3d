"""The published pair of networks for Stacked MNIST, three channels of 28 x 28 pixels.

Generator: noise (n, 100) -> images (n, 3, 28, 28), 34,888 parameters.

    ConvTranspose 100 -> 32, 32 -> 16, 16 -> 8, 8 -> 3, all 3 x 3 with stride 2, the last two with padding 1
    and output padding 1 (sides 3, 7, 14, 28); batch norm and ReLU between, tanh last, no biases

Discriminator: images -> scores (n,), 6,360 parameters.

    Conv 3 -> 8, 8 -> 16 (padding 1), 16 -> 32, 32 -> 1, all 3 x 3 with stride 2 (sides 14, 7, 3, 1);
    LeakyReLU of slope 0.2 between, batch norm on the second and third, no biases; the score is the last
    convolution

Weights of convolutions are N(0, 0.02^2), scales of batch norm N(1, 0.02^2), its offsets 0.

Source: Welfert, Otstot, Kurri, Sankar, ISIT 2023, Section III-B, Tables IV and V. Table IV prints batch norm
on the first convolution too; the authors' code has none there.
"""

from __future__ import annotations

from torch import nn

from gantheory.training.networks.initialization import normal

LATENT = 100
"""Length of a noise vector."""

SHAPE = (3, 28, 28)
"""Of a picture."""


def generator() -> nn.Sequential:
    """The generator, with fresh weights."""
    return nn.Sequential(
        nn.Unflatten(1, (LATENT, 1, 1)),
        nn.ConvTranspose2d(LATENT, 32, 3, 2, bias=False),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.ConvTranspose2d(32, 16, 3, 2, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.ConvTranspose2d(16, 8, 3, 2, padding=1, output_padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 3, 3, 2, padding=1, output_padding=1, bias=False),
        nn.Tanh(),
    ).apply(normal)


def discriminator(outputs: int = 1) -> nn.Sequential:
    """The discriminator, with fresh weights."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, padding=1, bias=False),
        nn.LeakyReLU(0.2),
        nn.Conv2d(8, 16, 3, 2, padding=1, bias=False),
        nn.BatchNorm2d(16),
        nn.LeakyReLU(0.2),
        nn.Conv2d(16, 32, 3, 2, bias=False),
        nn.BatchNorm2d(32),
        nn.LeakyReLU(0.2),
        nn.Conv2d(32, outputs, 3, 2, bias=False),
        nn.Flatten(),
    ).apply(normal)


def build(
    latent: int = LATENT, shape: tuple[int, ...] = SHAPE, *, outputs: int = 1
) -> tuple[nn.Sequential, nn.Sequential]:
    """Both.

    Raises:
        ValueError: noise of another dimension than 100, or pictures of another shape.
    """
    if (latent, shape) != (LATENT, SHAPE):
        raise ValueError(
            f"networks stacked_mnist take noise of dimension {LATENT} and pictures of shape {SHAPE}, got "
            f"{latent} and data of shape {shape}"
        )
    return generator(), discriminator(outputs)

"""DCGANs for square pictures, and what others made of them.

With side = base * 2^k, base 4 to 7 (7 for 28 pixels, 4 for 32, 64, 128 and 256), and w the width:

    generator: ConvTranspose latent -> 2^(k-1) w with kernel base, then k times ConvTranspose 4 x 4 of stride
    2 that double the side and halve the channels, the last one to the picture's, then tanh
    discriminator: k Conv 4 x 4 of stride 2, picture -> w, then doubling the channels, and Conv -> 1 with
    kernel base; the score is that convolution

No biases. Batch norm and ReLU in the generator but for its last layer; batch norm in the discriminator but
for its first and last, and LeakyReLU of slope 0.2. Weights: `initialization.normal`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, nn

from gantheory.arguments.checks import choice, flag
from gantheory.training.networks.initialization import normal
from gantheory.training.networks.pyramid import Pyramid, check_width, pyramid
from gantheory.training.networks.random_layers import between

Pair = tuple[nn.Module, nn.Module]
Layers = list[nn.Module]

Scaled = Callable[[int, int], Layers]
"""Layers from so many channels to so many at another side."""

UP: dict[str, Scaled] = {
    "transposed": lambda a, b: [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False)],
    "pixel_shuffle": lambda a, b: [nn.Conv2d(a, 4 * b, 3, padding=1, bias=False), nn.PixelShuffle(2)],
    "nearest": lambda a, b: [nn.Upsample(scale_factor=2), nn.Conv2d(a, b, 3, padding=1, bias=False)],
}
"""Ways to twice the side; none has sparse gradients (trick 5 of How to Train a GAN?)."""

DOWN: dict[str, Scaled] = {
    "strided": lambda a, b: [nn.Conv2d(a, b, 4, 2, 1, bias=False)],
    "average": lambda a, b: [nn.Conv2d(a, b, 3, padding=1, bias=False), nn.AvgPool2d(2)],
}
"""Ways to half of it, likewise."""


class Style(NamedTuple):
    """What follows a convolution.

    Attributes:
        layers: from the number of channels that leave them and the network's rectifier.
        factor: channels of the convolution for one that leaves.
    """

    layers: Callable[[int, nn.Module], Layers]
    factor: int = 1


class Gate(nn.Module):
    """sigmoid(a) tanh(b) of the two halves of the channels.

    Source: van den Oord et al., Conditional image generation with PixelCNN decoders (2016), eq. (2); in a
    GAN Gulrajani et al. (2017).
    """

    def forward(self, x: Tensor) -> Tensor:
        """(n, 2 c, rows, columns) to (n, c, rows, columns)."""
        a, b = x.chunk(2, dim=1)
        return a.sigmoid() * b.tanh()


STYLES = {
    "batch_norm": Style(lambda channels, rectifier: [nn.BatchNorm2d(channels), rectifier]),
    "layer_norm": Style(lambda channels, rectifier: [nn.GroupNorm(1, channels), rectifier]),
    "plain": Style(lambda channels, rectifier: [rectifier]),
    "selu": Style(lambda channels, rectifier: [nn.SELU()]),
    "tanh": Style(lambda channels, rectifier: [nn.BatchNorm2d(channels), nn.Tanh()]),
    "gated": Style(lambda channels, rectifier: [nn.BatchNorm2d(2 * channels), Gate()], factor=2),
}
"""A norm and a rectifier, a rectifier alone, SELU alone; and two of Gulrajani et al. (2017), hard to train:
tanh, or a gate, in place of rectifiers."""


def dcgan(
    latent: int,
    shape: tuple[int, ...],
    width: int = 64,
    generator: str = "batch_norm",
    discriminator: str = "batch_norm",
    up: str = "transposed",
    down: str = "strided",
    noise: float = 0,
    generator_dropout: float = 0,
    discriminator_dropout: float = 0,
    constant: bool = False,
    *,
    outputs: int = 1,
) -> Pair:
    """The DCGAN; with width 128 as in the paper's figure, 64 as in the authors' code.

    Styles are those of `STYLES`, for each network. Sides double by `UP`, and halve by `DOWN`. Noise of that
    standard deviation is added behind the generator's hidden layers; its dropout is there in evaluation too,
    the discriminator's is not. With `constant` all layers of the generator have `width` channels.

    Raises:
        ValueError: data that are no such pictures, a width below 1, an unknown style or way up or down, noise
            negative, dropout not in [0, 1).

    Source: Radford, Metz, Chintala (2016).
    """
    sides = pyramid(shape, "dcgan")
    check_width(width)
    of_g = STYLES[choice(generator, "networks dcgan: generator", STYLES)]
    of_d = STYLES[choice(discriminator, "networks dcgan: discriminator", STYLES)]
    flag(constant, "networks dcgan: constant")
    doubled = UP[choice(up, "networks dcgan: up", UP)]
    halved = DOWN[choice(down, "networks dcgan: down", DOWN)]

    def random() -> Layers:
        return between(noise, generator_dropout, always=True)

    widths = [width if constant else sides.width(width, level) for level in range(sides.doublings)]
    g = _generator(latent, sides, widths, doubled, of_g, random)
    d = _discriminator(sides, width, halved, of_d, discriminator_dropout, outputs)
    return g.apply(normal), d.apply(normal)


def meow_dcgan(latent: int, shape: tuple[int, ...], *, outputs: int = 1) -> Pair:
    """Cats of 64 pixels: width 128, batch norm. Rates 5e-5 and, for the generator, 2e-4.

    Source: Jolicoeur-Martineau, Deep learning with cats (2017), as are the three that follow.
    """
    return dcgan(latent, shape, 128, outputs=outputs)


def meow_dcgan_selu(latent: int, shape: tuple[int, ...], *, outputs: int = 1) -> Pair:
    """Cats of 128 pixels, where batch norm failed: width 64, SELU without it. Rates 5e-5 and 2e-4."""
    return dcgan(latent, shape, 64, "selu", "selu", outputs=outputs)


def meow_wgan(latent: int, shape: tuple[int, ...], *, outputs: int = 1) -> Pair:
    """The WGAN for cats: width 64, batch norm. RMSProp of rate 5e-5, clipping at 0.01, 5 critic steps."""
    return dcgan(latent, shape, 64, outputs=outputs)


def meow_wgan_gp(latent: int, shape: tuple[int, ...], *, outputs: int = 1) -> Pair:
    """The WGAN-GP for cats: width 128, no batch norm in the critic. Rate 1e-4, betas (0, 0.9)."""
    return dcgan(latent, shape, 128, "batch_norm", "plain", outputs=outputs)


def dcgan_dense(latent: int, shape: tuple[int, ...], width: int = 64, *, outputs: int = 1) -> Pair:
    """The DCGAN for 28 pixels whose first and last layers are dense.

        generator: Linear latent -> 4w x 7 x 7, batch norm, ReLU; ConvTranspose -> 2w and -> w, 4 x 4 of
        stride 2, batch norm and ReLU; Conv 7 x 7 -> picture, tanh
        discriminator: Conv -> w and -> 2w, 4 x 4 of stride 2, batch norm, LeakyReLU 0.2; Linear -> 1

    With biases; pictures of 32 pixels begin at 8 x 8.

    Raises:
        ValueError: pictures whose side is no multiple of 4; width < 1.

    Source: Brownlee, How to develop a least squares GAN (2019).
    """
    check_width(width)
    if len(shape) != 3 or shape[1] != shape[2] or shape[1] % 4:
        raise ValueError(
            "networks dcgan_dense take pictures (channels, side, side) of side a multiple of 4, got data of "
            f"shape ({', '.join(map(str, shape))})"
        )
    channels, base = shape[0], shape[1] // 4
    up: Layers = [nn.Linear(latent, 4 * width * base**2), nn.BatchNorm1d(4 * width * base**2), nn.ReLU()]
    up.append(nn.Unflatten(1, (4 * width, base, base)))
    for before, after in ((4 * width, 2 * width), (2 * width, width)):
        up += [nn.ConvTranspose2d(before, after, 4, 2, 1), nn.BatchNorm2d(after), nn.ReLU()]
    up += [nn.Conv2d(width, channels, 7, padding=3), nn.Tanh()]
    down: Layers = []
    for before, after in ((channels, width), (width, 2 * width)):
        down += [nn.Conv2d(before, after, 4, 2, 1), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)]
    down += [nn.Flatten(), nn.Linear(2 * width * base**2, outputs)]
    return nn.Sequential(*up).apply(normal), nn.Sequential(*down).apply(normal)


def _generator(
    latent: int,
    sides: Pyramid,
    widths: list[int],
    doubled: Scaled,
    style: Style,
    random: Callable[[], Layers],
) -> nn.Sequential:
    first = nn.ConvTranspose2d(latent, style.factor * widths[0], sides.base, bias=False)
    layers: Layers = [nn.Unflatten(1, (latent, 1, 1)), first]
    for inputs, outputs in pairwise(widths):
        layers += [*style.layers(inputs, nn.ReLU()), *random(), *doubled(inputs, style.factor * outputs)]
    layers += [*style.layers(widths[-1], nn.ReLU()), *random()]
    return nn.Sequential(*layers, *doubled(widths[-1], sides.channels), nn.Tanh())


def _discriminator(
    sides: Pyramid, width: int, halved: Scaled, style: Style, dropout: float, scores: int
) -> nn.Sequential:
    layers: Layers = []
    inputs = sides.channels
    for level in reversed(range(sides.doublings)):
        outputs = sides.width(width, level)
        behind = style.layers(outputs, nn.LeakyReLU(0.2))
        # The first layer is never normalised: its statistics are the pictures' own.
        layers += [*halved(inputs, style.factor * outputs), *(behind if layers else behind[-1:])]
        layers += between(dropout=dropout)
        inputs = outputs
    return nn.Sequential(*layers, nn.Conv2d(inputs, scores, sides.base, bias=False), nn.Flatten())

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

from torch import nn

from gantheory.arguments import choice
from gantheory.training.networks.initialization import normal
from gantheory.training.networks.pyramid import Pyramid, check_width, pyramid

Pair = tuple[nn.Module, nn.Module]
Layers = list[nn.Module]

STYLES = ("batch_norm", "plain", "selu")
"""What follows a convolution: batch norm and a rectifier, a rectifier alone, or SELU alone."""


def dcgan(
    latent: int,
    shape: tuple[int, ...],
    width: int = 64,
    generator: str = "batch_norm",
    discriminator: str = "batch_norm",
    *,
    outputs: int = 1,
) -> Pair:
    """The DCGAN; with width 128 as in the paper's figure, 64 as in the authors' code.

    Raises:
        ValueError: data that are no such pictures, a width below 1, an unknown style.

    Source: Radford, Metz, Chintala (2016).
    """
    sides = pyramid(shape, "dcgan")
    check_width(width)
    up = _style(generator, "generator", nn.ReLU)
    down = _style(discriminator, "discriminator", lambda: nn.LeakyReLU(0.2))
    pair = _generator(latent, sides, width, up), _discriminator(sides, width, down, outputs)
    for network in pair:
        normal(network)
    return pair


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
    pair = nn.Sequential(*up), nn.Sequential(*down)
    for network in pair:
        normal(network)
    return pair


def _generator(latent: int, sides: Pyramid, width: int, after: Callable[[int], Layers]) -> nn.Sequential:
    layers: Layers = [nn.Unflatten(1, (latent, 1, 1))]
    inputs = latent
    for level in range(sides.doublings):
        outputs = sides.width(width, level)
        scale = (4, 2, 1) if level else (sides.base, 1, 0)
        layers += [nn.ConvTranspose2d(inputs, outputs, *scale, bias=False), *after(outputs)]
        inputs = outputs
    layers += [nn.ConvTranspose2d(inputs, sides.channels, 4, 2, 1, bias=False), nn.Tanh()]
    return nn.Sequential(*layers)


def _discriminator(sides: Pyramid, width: int, after: Callable[[int], Layers], scores: int) -> nn.Sequential:
    layers: Layers = []
    inputs = sides.channels
    for level in reversed(range(sides.doublings)):
        outputs = sides.width(width, level)
        behind = after(outputs)
        # The first layer is never normalised: its statistics are the pictures' own.
        layers += [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), *(behind if layers else behind[-1:])]
        inputs = outputs
    return nn.Sequential(*layers, nn.Conv2d(inputs, scores, sides.base, bias=False), nn.Flatten())


def _style(name: str, role: str, rectifier: Callable[[], nn.Module]) -> Callable[[int], Layers]:
    styles: dict[str, Callable[[int], Layers]] = {
        "batch_norm": lambda channels: [nn.BatchNorm2d(channels), rectifier()],
        "plain": lambda channels: [rectifier()],
        "selu": lambda channels: [nn.SELU()],
    }
    return styles[choice(name, f"networks dcgan: {role}", STYLES)]

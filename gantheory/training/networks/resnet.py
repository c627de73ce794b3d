"""Residual networks for pictures: two convolutions a block, or bottlenecks, 101 layers at 64 pixels.

With side = base * 2^k, base 4 to 7, and w the width. Norm is batch norm in the generator and layer norm, with
a scale and an offset a channel, in the discriminator: a gradient penalty sees one picture at a time.

`resnet`: generator Linear latent -> c_0 x base x base, k blocks that double the side, norm, ReLU, Conv 3 x 3,
tanh; discriminator Conv 3 x 3 -> c_k, k blocks that halve the side, Linear. Channels are c_0 = c_1 and
c_i = min(8, 2^(k-i)) w. A block is

    norm, ReLU, Conv 3 x 3, norm, ReLU, Conv 3 x 3, plus the shortcut, a Conv 1 x 1

with nearest neighbours before the first convolution where it doubles the side, and a mean over 2 x 2 pixels
behind the second where it halves it.

`resnet_bottleneck`: n = 6 blocks at each side below the full one, n - 1 there, and one from side to side;
channels c_i = 2^(k-1-i) w at side base * 2^i, and w/2 at the full one. A block is

    ReLU, Conv 1 x 1 to half, ReLU, Conv 3 x 3, ReLU, Conv 1 x 1, norm, times 0.3, plus the shortcut

where from side to side the 3 x 3 convolution has stride 2 or is transposed, and the shortcut is a Conv 1 x 1.
It has 2 + 3 ((n + 1) k + n - 1) layers: 101 at 64 pixels.

Source: Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville, Improved training of Wasserstein GANs (2017), and the
authors' code, gan_64x64.py.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from torch import Tensor, nn

from gantheory.training.networks.initialization import uniform
from gantheory.training.networks.pyramid import Pyramid, check_width, pyramid

Norm = Callable[[int], nn.Module]

_GLOROT, _HE = 2.0, 4.0
_MOST = 8
_SHARE = 0.3
_SCALE = 5.0


def resnet(
    latent: int, shape: tuple[int, ...], width: int = 64, *, outputs: int = 1
) -> tuple[nn.Module, nn.Module]:
    """Generator and discriminator of k blocks each.

    Raises:
        ValueError: data that are no square pictures of such a side, a width below 1.
    """
    sides = pyramid(shape, "resnet")
    check_width(width)
    last = sides.doublings
    channels = [min(_MOST, 1 << (last - max(1, level))) * width for level in range(last + 1)]
    up = [Block(a, b, nn.BatchNorm2d, "up") for a, b in pairwise(channels)]
    generator = nn.Sequential(
        *_seeded(latent, channels[0], sides),
        *up,
        nn.BatchNorm2d(channels[-1]),
        nn.ReLU(),
        _conv(channels[-1], sides.channels, 3),
        nn.Tanh(),
    )
    down = [Block(a, b, layer_norm, "down") for a, b in pairwise(reversed(channels))]
    first = _conv(sides.channels, channels[-1], 3, gain=_GLOROT)
    return generator, nn.Sequential(first, *down, *_scored(channels[0], sides, outputs))


def resnet_bottleneck(
    latent: int, shape: tuple[int, ...], width: int = 64, blocks: int = 6, *, outputs: int = 1
) -> tuple[nn.Module, nn.Module]:
    """Generator and discriminator of bottleneck blocks.

    Raises:
        ValueError: data that are no square pictures of such a side, a width that is no multiple of 4,
            blocks < 1.
    """
    sides = pyramid(shape, "resnet_bottleneck")
    check_width(width)
    check_width(blocks, "blocks")
    if width % 4:
        raise ValueError(f"networks resnet_bottleneck: width must be a multiple of 4, got {width}")
    last = sides.doublings
    channels = [sides.width(width, level) for level in range(last)] + [width // 2]
    up: list[nn.Module] = []
    down: list[nn.Module] = []
    for level, wide in enumerate(channels):
        if level:
            up.append(Bottleneck(channels[level - 1], wide, nn.BatchNorm2d, "up"))
            down.append(Bottleneck(wide, channels[level - 1], layer_norm, "down"))
        count = blocks - (level == last)
        up += [Bottleneck(wide, wide, nn.BatchNorm2d) for _ in range(count)]
        down += [Bottleneck(wide, wide, layer_norm) for _ in range(count)]
    generator = nn.Sequential(
        *_seeded(latent, channels[0], sides),
        *up,
        _conv(channels[-1], sides.channels, 1, gain=_GLOROT),
        Scale(1 / _SCALE),
        nn.Tanh(),
    )
    first = _conv(sides.channels, channels[-1], 1, gain=_GLOROT)
    down.reverse()
    return generator, nn.Sequential(first, *down, *_scored(channels[0], sides, outputs), Scale(1 / _SCALE))


class Block(nn.Module):
    """Two convolutions beside a shortcut; `resample` is "up" or "down"."""

    def __init__(self, inputs: int, outputs: int, norm: Norm, resample: str) -> None:
        super().__init__()
        middle = outputs if resample == "up" else inputs
        double: list[nn.Module] = [nn.Upsample(scale_factor=2)] if resample == "up" else []
        halve: list[nn.Module] = [nn.AvgPool2d(2)] if resample == "down" else []
        self.main = nn.Sequential(
            norm(inputs),
            nn.ReLU(),
            *double,
            _conv(inputs, middle, 3, bias=False),
            norm(middle),
            nn.ReLU(),
            _conv(middle, outputs, 3),
            *halve,
        )
        self.shortcut = nn.Sequential(*double, *halve, _conv(inputs, outputs, 1, gain=_GLOROT))

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, s, s) to (n, outputs, 2 s, 2 s), or s/2."""
        return self.shortcut(x) + self.main(x)


class Bottleneck(nn.Module):
    """Three convolutions beside a shortcut; `resample` is "up", "down" or None."""

    def __init__(self, inputs: int, outputs: int, norm: Norm, resample: str | None = None) -> None:
        super().__init__()
        half, out = inputs // 2, outputs // 2
        if resample == "up":
            middle: nn.Module = _seen(nn.ConvTranspose2d(half, out, 3, 2, 1, output_padding=1), _HE)
            wide = _conv(inputs, 4 * outputs, 1, gain=_GLOROT)
            self.shortcut: nn.Module = nn.Sequential(wide, nn.PixelShuffle(2))
        elif resample == "down":
            middle = _conv(half, out, 3, stride=2)
            self.shortcut = _conv(inputs, outputs, 1, stride=2, gain=_GLOROT)
        else:
            middle = _conv(half, out, 3)
            self.shortcut = nn.Identity()
        last = _conv(out, outputs, 1, bias=False)
        narrow = _conv(inputs, half, 1)
        self.main = nn.Sequential(nn.ReLU(), narrow, nn.ReLU(), middle, nn.ReLU(), last, norm(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, s, s) to (n, outputs, t, t), t = 2 s, s/2 or s."""
        return self.shortcut(x) + _SHARE * self.main(x)


class Scale(nn.Module):
    """x -> factor x."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """Of any shape."""
        return self.factor * x


def layer_norm(channels: int) -> nn.Module:
    """Mean and variance over all channels and pixels of one picture, scale and offset a channel."""
    return nn.GroupNorm(1, channels)


def _seeded(latent: int, channels: int, sides: Pyramid) -> list[nn.Module]:
    linear = _seen(nn.Linear(latent, channels * sides.base**2), _GLOROT)
    return [linear, nn.Unflatten(1, (channels, sides.base, sides.base))]


def _scored(channels: int, sides: Pyramid, outputs: int) -> list[nn.Module]:
    return [nn.Flatten(), _seen(nn.Linear(channels * sides.base**2, outputs), _GLOROT)]


def _conv(
    inputs: int, outputs: int, kernel: int, stride: int = 1, bias: bool = True, gain: float = _HE
) -> nn.Module:
    return _seen(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=bias), gain)


def _seen(layer: nn.Conv2d | nn.ConvTranspose2d | nn.Linear, gain: float) -> nn.Module:
    uniform(layer, gain)
    return layer

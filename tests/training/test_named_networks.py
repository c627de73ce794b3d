"""The networks by name: sizes by hand, initial weights, what they share with each other."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from gantheory.training.networks import NAMED, networks_of

Shape = tuple[int, ...]

OF_ONE_SHAPE = ("stacked_mnist", "lsgan_digits", "lsgan_points")


def built(text: str, shape: Shape, latent: int = 100, seed: int = 0) -> tuple[nn.Module, nn.Module]:
    return networks_of(text).fitted(latent, shape).checked(latent, shape, seed)


def shaped(text: str, shape: Shape, latent: int = 100) -> tuple[nn.Module, nn.Module]:
    """The same without numbers: layers of the full width cost nothing."""
    with torch.device("meta"):
        return built(text, shape, latent)


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def chain(*channels: int, kernel: int = 4) -> int:
    """Weights of convolutions without biases from one number of channels to the next."""
    return kernel**2 * sum(a * b for a, b in pairwise(channels))


def norms(*channels: int) -> int:
    return 2 * sum(channels)


@dataclass
class Sizes:
    """Parameters as one counts them on paper, from what the docstrings say."""

    text: str
    shape: Shape
    generator: int
    discriminator: int


SIZES = [
    Sizes(  # the first and the last kernel of 28 pixels are 7 x 7
        "dcgan",
        (1, 28, 28),
        chain(100, 128, kernel=7) + chain(128, 64, 1) + norms(128, 64),
        chain(1, 64, 128) + chain(128, 1, kernel=7) + norms(128),
    ),
    Sizes(
        "dcgan",
        (3, 32, 32),
        chain(100, 256, 128, 64, 3) + norms(256, 128, 64),
        chain(3, 64, 128, 256, 1) + norms(128, 256),
    ),
    Sizes("dcgan", (3, 64, 64), 3_576_704, 2_765_568),  # those of PyTorch's own example
    Sizes(
        "dcgan",
        (3, 128, 128),
        chain(100, 1024, 512, 256, 128, 64, 3) + norms(1024, 512, 256, 128, 64),
        chain(3, 64, 128, 256, 512, 1024, 1) + norms(128, 256, 512, 1024),
    ),
    Sizes(
        "dcgan(width=16)",
        (3, 256, 256),
        chain(100, 512, 256, 128, 64, 32, 16, 3) + norms(512, 256, 128, 64, 32, 16),
        chain(3, 16, 32, 64, 128, 256, 512, 1) + norms(32, 64, 128, 256, 512),
    ),
    Sizes(
        "meow_dcgan",
        (3, 64, 64),
        chain(100, 1024, 512, 256, 128, 3) + norms(1024, 512, 256, 128),
        chain(3, 128, 256, 512, 1024, 1) + norms(256, 512, 1024),
    ),
    Sizes(
        "meow_dcgan_selu",
        (3, 128, 128),
        chain(100, 1024, 512, 256, 128, 64, 3),
        chain(3, 64, 128, 256, 512, 1024, 1),
    ),
    Sizes("meow_wgan", (3, 64, 64), 3_576_704, 2_765_568),
    Sizes(
        "meow_wgan_gp",
        (3, 64, 64),
        chain(100, 1024, 512, 256, 128, 3) + norms(1024, 512, 256, 128),
        chain(3, 128, 256, 512, 1024, 1),
    ),
    Sizes(
        "dcgan_dense",
        (1, 28, 28),
        (100 + 1) * 256 * 49 + norms(256 * 49)
        + chain(256, 128, 64) + 128 + 64 + norms(128, 64) + 49 * 64 + 1,
        chain(1, 64, 128) + 64 + 128 + norms(64, 128) + 128 * 49 + 1,
    ),
    Sizes(
        "mlp",
        (1, 28, 28),
        101 * 200 + 201 * 200 + 201 * 784,
        785 * 200 + 201 * 200 + 201,
    ),
    Sizes(
        "mlp_dcgan",
        (1, 28, 28),
        101 * 512 + 3 * 513 * 512 + 513 * 784,
        chain(1, 64, 128) + chain(128, 1, kernel=7) + norms(128),
    ),
    Sizes(
        "lsgan_digits",
        (1, 28, 28),
        101 * 8192 + chain(512, 256, kernel=3) + 256 + chain(256, 128, 1) + 129 + norms(8192, 256, 128),
        chain(1, 20, 50, kernel=5) + 70 + 2451 * 500 + 501 + norms(50, 500),
    ),
    Sizes("lsgan_points", (2,), 101 * 128 + 129 * 128 + 129 * 2, 3 * 128 + 129 * 128 + 129),
    Sizes("mlp(width=32, depth=1)", (2,), 101 * 32 + 33 * 2, 3 * 32 + 33),
]  # fmt: skip


@pytest.mark.parametrize("sizes", SIZES, ids=lambda s: f"{s.text} {s.shape[-1]}")
def test_parameters_are_those_counted_by_hand(sizes: Sizes) -> None:
    generator, discriminator = shaped(sizes.text, sizes.shape)
    assert (count(generator), count(discriminator)) == (sizes.generator, sizes.discriminator)


def test_the_documentation_lists_the_sizes() -> None:
    table = (Path(__file__).parents[2] / "docs/training.md").read_text(encoding="utf-8")
    rows = re.findall(r"\| `(\w+)` \| (\d+) x (\d+) x \d+ \| ([\d,]+) \| ([\d,]+) \|", table)
    assert {name for name, *_ in rows} == set(NAMED) - {"lsgan_points"}
    for name, channels, side, *sizes in rows:
        shape = (int(channels), int(side), int(side))
        pair = shaped(name, shape)
        assert [f"{count(network):,}" for network in pair] == sizes, (name, shape)


def block(a: int, b: int, middle: int) -> int:
    """A block of `resnet`: norm a, 3 x 3 without bias, norm, 3 x 3 with bias, 1 x 1 with bias."""
    return 2 * a + 9 * a * middle + 2 * middle + 9 * middle * b + b + a * b + b


def bottleneck(a: int, b: int, shortcut: int = 0) -> int:
    """1 x 1 and 3 x 3 with biases, 1 x 1 without, norm."""
    return (a + 1) * (a // 2) + (9 * (a // 2) + 1) * (b // 2) + (b // 2) * b + 2 * b + shortcut


def test_residual_networks_are_those_counted_by_hand() -> None:
    generator, discriminator = shaped("resnet", (3, 64, 64), latent=128)
    c = [512, 512, 256, 128, 64]
    up = sum(block(a, b, b) for a, b in pairwise(c))
    down = sum(block(b, a, b) for a, b in pairwise(c))
    assert count(generator) == 129 * 512 * 16 + up + 2 * 64 + (9 * 64 + 1) * 3
    assert count(discriminator) == (27 + 1) * 64 + down + 512 * 16 + 1

    generator, discriminator = shaped("resnet_bottleneck", (3, 64, 64), latent=128)
    c = [512, 256, 128, 64, 32]
    pairs = list(pairwise(c))
    same = 6 * sum(bottleneck(a, a) for a in c[:-1]) + 5 * bottleneck(32, 32)
    up = sum(bottleneck(a, b, (a + 1) * 4 * b) for a, b in pairs)
    down = sum(bottleneck(b, a, (b + 1) * a) for a, b in pairs)
    assert count(generator) == 129 * 512 * 16 + same + up + 33 * 3
    assert count(discriminator) == 4 * 32 + same + down + 512 * 16 + 1


def test_the_bottleneck_has_a_hundred_and_one_layers_at_64_pixels() -> None:
    for network in shaped("resnet_bottleneck", (3, 64, 64)):
        main = [
            layer for name, layer in network.named_modules()
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)) and "shortcut" not in name
        ]  # fmt: skip
        assert len(main) == 101


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("shape", [(3, 28, 28), (1, 32, 32)], ids=["28", "32"])
def test_every_pair_fits_28_and_32_pixels(name: str, shape: Shape) -> None:
    if name in OF_ONE_SHAPE and (name, shape) != ("stacked_mnist", (3, 28, 28)):
        pytest.skip("of one shape")
    assert shaped(name, shape)[1].training  # and as they were after their shapes were checked


@pytest.mark.parametrize(
    "text", ["dcgan(4)", "dcgan_dense(2)", "resnet(2)", "resnet_bottleneck(4, 2)", "mlp(8)"]
)
def test_pictures_lie_in_the_range_of_tanh(text: str) -> None:
    generator, _ = built(text, (3, 16, 16))
    with torch.no_grad():
        pictures = generator.eval()(torch.randn(3, 100, generator=torch.Generator().manual_seed(0)))
    assert pictures.abs().max() <= 1 and pictures.std() > 0


def test_text_brings_the_same_networks_back_and_seeds_differ() -> None:
    networks = networks_of("dcgan(width=4)").fitted(5, (1, 16, 16))
    again = networks_of(networks.to_text()).fitted(5, (1, 16, 16))
    for one, same, other in zip(networks.of_seed(1), again.of_seed(1), networks.of_seed(2), strict=True):
        first, second, third = (next(each.parameters()) for each in (one, same, other))
        assert torch.equal(first, second) and not torch.equal(first, third)


@pytest.mark.parametrize("text", ["dcgan(16)", "dcgan_dense(8)", "dcgan(16, 'selu', 'plain')"])
def test_dcgans_begin_normal(text: str) -> None:
    weights, scales = [], []
    for network in built(text, (1, 28, 28)):
        for layer in network.modules():
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
                weights.append(layer.weight.detach().double().flatten())
            elif isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
                scales.append(layer.weight.detach().double())
            if getattr(layer, "bias", None) is not None:
                assert not layer.bias.any()
    for values, mean in ((weights, 0.0), (scales, 1.0)):
        if values:
            drawn = torch.cat(values)
            # Five standard errors.
            assert abs(drawn.mean() - mean) < 5 * 0.02 / len(drawn) ** 0.5
            assert abs(drawn.std() / 0.02 - 1) < 5 / (2 * len(drawn)) ** 0.5


def test_residual_networks_begin_uniform() -> None:
    generator, discriminator = built("resnet(width=16)", (3, 32, 32), latent=128)
    first, last = generator[0], discriminator[-1]
    inner = discriminator[1].main[2]
    assert isinstance(inner, nn.Conv2d) and not any(layer.bias.any() for layer in (first, last))
    # He's variance after ReLU, 4/(fan in + fan out), and Glorot's, 2/(...).
    cases = [(first, 2 / (128 + 64 * 16)), (last, 2 / (64 * 16 + 1)), (inner, 4 / (9 * 16 + 9 * 16))]
    for layer, variance in cases:
        weights = layer.weight.detach().double().numpy().ravel()
        assert np.abs(weights).max() <= math.sqrt(3 * variance) < np.abs(weights).max() * 1.01
        assert weights.var() == pytest.approx(variance, rel=5 * math.sqrt(0.8 / len(weights)))


def test_strides_count_in_the_uniform_weights() -> None:
    generator, discriminator = built("resnet_bottleneck(width=32, blocks=1)", (3, 32, 32))
    down = next(
        each for each in discriminator.modules()
        if isinstance(each, nn.Conv2d) and each.stride == (2, 2) and each.kernel_size == (3, 3)
    )  # fmt: skip
    up = next(each for each in generator.modules() if isinstance(each, nn.ConvTranspose2d))
    a, b = down.in_channels * 9, down.out_channels * 9 / 4
    assert down.weight.abs().max().item() == pytest.approx(math.sqrt(12 / (a + b)), rel=0.02)
    a, b = up.in_channels * 9 / 4, up.out_channels * 9
    assert up.weight.abs().max().item() == pytest.approx(math.sqrt(12 / (a + b)), rel=0.02)

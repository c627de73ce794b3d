"""Architectures that are hard to train: layer by layer what was published."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gantheory.training.networks import networks_of
from gantheory.training.networks.dcgan import Gate


def _pair(text: str, shape: tuple[int, ...] = (3, 64, 64)) -> tuple[nn.Module, nn.Module]:
    return networks_of(text).fitted(100, shape).of_seed(0)


def _channels(network: nn.Module) -> list[int]:
    return [m.out_channels for m in network.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]


def test_constant_width() -> None:
    assert _channels(_pair("dcgan(width=64)")[0]) == [512, 256, 128, 64, 3]
    assert _channels(_pair("dcgan(width=64, constant=True)")[0]) == [64, 64, 64, 64, 3]
    assert _channels(_pair("dcgan(width=64, constant=True)")[1]) == [64, 128, 256, 512, 1]


def test_tanh_everywhere() -> None:
    for network in _pair("dcgan(width=4, generator='tanh', discriminator='tanh')"):
        kinds = {type(m) for m in network.modules()}
        assert nn.Tanh in kinds and not kinds & {nn.ReLU, nn.LeakyReLU}


def test_gates_take_half_of_the_channels() -> None:
    generator, discriminator = _pair("dcgan(width=4, generator='gated', discriminator='gated')")
    assert _channels(generator) == [64, 32, 16, 8, 3]
    assert _channels(discriminator) == [8, 16, 32, 64, 1]
    x = torch.randn(2, 6, 3, 3)
    expected = torch.tanh(x[:, 3:]) / (1 + torch.exp(-x[:, :3]))
    torch.testing.assert_close(Gate()(x), expected)


def test_no_norm_anywhere() -> None:
    for network in _pair("dcgan(width=4, generator='plain', discriminator='plain')"):
        assert not any(isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)) for m in network.modules())


def test_layer_norm_is_of_one_picture() -> None:
    _, discriminator = _pair("dcgan(width=4, discriminator='layer_norm')")
    x = torch.randn(3, 3, 64, 64)
    alone = torch.cat([discriminator(each[None]) for each in x])
    torch.testing.assert_close(discriminator(x), alone)


def test_a_perceptron_against_a_dcgan() -> None:
    generator, discriminator = _pair("mlp_dcgan")
    sizes = [(m.in_features, m.out_features) for m in generator.modules() if isinstance(m, nn.Linear)]
    assert sizes == [(100, 512), (512, 512), (512, 512), (512, 512), (512, 3 * 64 * 64)]
    assert _channels(discriminator) == _channels(_pair("dcgan")[1])


def test_digits_of_small_variance() -> None:
    generator, discriminator = _pair("lsgan_digits", (1, 28, 28))
    sides = []
    x = torch.randn(2, 100)
    for layer in generator.children():  # type: ignore[union-attr]
        x = layer(x)
        if isinstance(layer, (nn.Unflatten, nn.ConvTranspose2d)):
            sides.append(tuple(x.shape[1:]))
    assert sides == [(512, 4, 4), (256, 7, 7), (128, 14, 14), (1, 28, 28)]
    assert _channels(discriminator) == [20, 50]
    assert discriminator(x).shape == (2, 1)
    with pytest.raises(ValueError, match=r"take pictures \(1, 28, 28\), got data of shape \(3, 28, 28\)"):
        _pair("lsgan_digits", (3, 28, 28))


def test_points_with_orthogonal_tanh_layers() -> None:
    for network, ends in zip(_pair("lsgan_points", (2,)), ((100, 2), (2, 1)), strict=True):
        layers = [m for m in network.modules() if isinstance(m, nn.Linear)]
        sizes = [(m.in_features, m.out_features) for m in layers]
        assert sizes == [(ends[0], 128), (128, 128), (128, ends[1])]
        for layer in layers:
            w = layer.weight.double()
            gram = w @ w.T if len(w) <= w.shape[1] else w.T @ w
            torch.testing.assert_close(gram, 1.96 * torch.eye(len(gram)).double(), rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match=r"take points \(d,\), got data of shape \(3, 64, 64\)"):
        _pair("lsgan_points")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dcgan(generator='glu')", "generator must be one of batch_norm, layer_norm, plain"),
        ("dcgan(constant=1)", "constant must be True or False, got 1"),
        ("mlp_dcgan(hidden=0)", "hidden must be a positive integer"),
    ],
)
def test_wrong_settings(text: str, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        _pair(text)

"""Networks of the experiments on LSGAN's stability."""

from __future__ import annotations

import math

from torch import nn

from gantheory.training.networks.dcgan import Pair, dcgan
from gantheory.training.networks.initialization import normal
from gantheory.training.networks.perceptrons import hidden_layers
from gantheory.training.networks.pyramid import check_width


def lsgan_digits(latent: int, shape: tuple[int, ...], *, outputs: int = 1) -> Pair:
    """The pair for digits of small variance, 28 x 28 pixels.

        generator: Linear latent -> 512 x 4 x 4; ConvTranspose -> 256 x 7 x 7 -> 128 x 14 x 14 -> 1 x 28 x 28
        discriminator: Conv 5 x 5 of stride 2 -> 20 and -> 50; Linear -> 500 -> 1

    Batch norm and ReLU in the generator but for its end, which is tanh; batch norm and LeakyReLU of slope 0.2
    in the discriminator but for its first layer, which has no norm, and its end. Channels and norms are
    published; kernels (4 x 4, the first 3 x 3) and strides are ours.

    Raises:
        ValueError: data of another shape.

    Source: Mao, Li, Xie, Lau, Wang, Smolley, On the effectiveness of least squares generative adversarial
    networks (2019), the authors' code.
    """
    if shape != (1, 28, 28):
        raise ValueError(
            f"networks lsgan_digits take pictures (1, 28, 28), got data of shape "
            f"({', '.join(map(str, shape))})"
        )
    up: list[nn.Module] = [nn.Linear(latent, 512 * 16), nn.BatchNorm1d(512 * 16), nn.ReLU()]
    up += [nn.Unflatten(1, (512, 4, 4))]
    up += [nn.ConvTranspose2d(512, 256, 3, 2, 1), nn.BatchNorm2d(256), nn.ReLU()]
    up += [nn.ConvTranspose2d(256, 128, 4, 2, 1), nn.BatchNorm2d(128), nn.ReLU()]
    up += [nn.ConvTranspose2d(128, 1, 4, 2, 1), nn.Tanh()]
    down: list[nn.Module] = [nn.Conv2d(1, 20, 5, 2, 2), nn.LeakyReLU(0.2)]
    down += [nn.Conv2d(20, 50, 5, 2, 2), nn.BatchNorm2d(50), nn.LeakyReLU(0.2), nn.Flatten()]
    down += [nn.Linear(50 * 49, 500), nn.BatchNorm1d(500), nn.LeakyReLU(0.2), nn.Linear(500, outputs)]
    return nn.Sequential(*up).apply(normal), nn.Sequential(*down).apply(normal)


def lsgan_points(latent: int, shape: tuple[int, ...], width: int = 128, *, outputs: int = 1) -> Pair:
    """The pair for mixtures of normals: two hidden layers of tanh each, orthogonal weights of gain 1.4.

    Raises:
        ValueError: data that are no points; width < 1.

    Source: as `lsgan_digits`.
    """
    check_width(width)
    if len(shape) != 1:
        raise ValueError(
            f"networks lsgan_points take points (d,), got data of shape ({', '.join(map(str, shape))})"
        )
    pair = _tanh_layers(latent, width, shape[0]), _tanh_layers(shape[0], width, outputs)
    for network in pair:
        for layer in network:
            if isinstance(layer, nn.Linear):
                nn.init.orthogonal_(layer.weight, gain=1.4)
                nn.init.zeros_(layer.bias)
    return pair


def _tanh_layers(inputs: int, width: int, outputs: int) -> nn.Sequential:
    hidden = hidden_layers(inputs, width, 2, lambda: [nn.Tanh()])
    return nn.Sequential(*hidden, nn.Linear(width, outputs))


def mlp_dcgan(
    latent: int,
    shape: tuple[int, ...],
    width: int = 64,
    hidden: int = 512,
    depth: int = 4,
    discriminator: str = "batch_norm",
    *,
    outputs: int = 1,
) -> Pair:
    """A perceptron, `depth` layers of `hidden` ReLUs, then tanh, against the discriminator of `dcgan`.

    Raises:
        ValueError: as `dcgan`; hidden or depth below 1.

    Source: Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville, Improved training of Wasserstein GANs (2017), one
    of six architectures that are hard to train.
    """
    check_width(hidden, "hidden")
    check_width(depth, "depth")
    layers = hidden_layers(latent, hidden, depth, lambda: [nn.ReLU()])
    layers += [nn.Linear(hidden, math.prod(shape)), nn.Tanh(), nn.Unflatten(1, shape)]
    _, judge = dcgan(latent, shape, width, discriminator=discriminator, outputs=outputs)
    return nn.Sequential(*layers), judge

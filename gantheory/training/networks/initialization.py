"""Initial weights as they were published."""

from __future__ import annotations

import math

from torch import nn

DEVIATION = 0.02


def normal(layer: nn.Module) -> None:
    """Weights of layers N(0, 0.02^2), scales of batch norm N(1, 0.02^2), offsets and biases 0; for
    `network.apply`.

    Source: Radford, Metz, Chintala, Unsupervised representation learning with deep convolutional generative
    adversarial networks (2016), Section 4; scales of batch norm as in the authors' code.
    """
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear, nn.BatchNorm1d, nn.BatchNorm2d)):
        scale = isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d))
        nn.init.normal_(layer.weight, float(scale), DEVIATION)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def uniform(layer: nn.Conv2d | nn.ConvTranspose2d | nn.Linear, gain: float) -> None:
    """Weights uniform of variance gain/(fan in + fan out), biases 0; in place.

    gain 2 is Glorot and Bengio's, 4 its variant after ReLU. A convolution counts kernel^2 times its channels
    as fan, and divides its outputs', a transposed one its inputs', by the square of its stride.

    Source: Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville, Improved training of Wasserstein GANs (2017), the
    authors' code.
    """
    fan_out, fan_in = layer.weight.shape[:2]
    if not isinstance(layer, nn.Linear):
        area, step = math.prod(layer.kernel_size), math.prod(layer.stride)
        # A transposed convolution has its inputs first, and its stride divides theirs: the same two numbers.
        fan_out, fan_in = fan_out * area // step, fan_in * area
    bound = math.sqrt(3 * gain / (fan_in + fan_out))
    nn.init.uniform_(layer.weight, -bound, bound)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)

"""Layers of many members in buffers that are allocated once, each with a forward and a backward pass of its
own.

Tensors are (members, channels, height, width, rows) or (members, features, rows): the rows of a batch are
last, so that a window of a picture is copied in runs of whole batches, and a convolution is one batched
product,

    columns = windows of x,   y = W columns,   dW = dy columns^T,   dcolumns = W^T dy,   dx = sum over windows

with W (channels out, channels in x kernel), as PyTorch stores it. A transposed convolution is the adjoint:
its forward pass is that last line. On narrow layers this is several times faster than grouped convolutions,
whose products have as many columns as one member has channels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from gantheory.training.engines.by_hand.mlp import ACTIVATIONS as BY_NAME
from gantheory.training.engines.by_hand.mlp import Activation

_aten = torch.ops.aten


class Place(NamedTuple):
    """Where a layer stands.

    Attributes:
        x, dx: buffers of its input and of the gradient there.
        blocks, gradients: its parameters and their gradients, (members, *shape) each.
        groups: batches in the rows, whose statistics are apart.
    """

    x: Tensor
    dx: Tensor
    blocks: list[Tensor]
    gradients: list[Tensor]
    groups: int


class Layer:
    """One layer in one pass: `forward` reads `x` and writes `y`; `backward` reads `dy` and writes `dx`."""

    y: Tensor
    dy: Tensor

    def __init__(self, module: Any, place: Place) -> None:
        self.x, self.dx = place.x, place.dx

    def forward(self) -> None:
        """Write y."""

    def backward(self, weights: bool, inputs: bool) -> None:
        """Write the parameters' gradients, and dx."""

    def allocate(self, *shape: int) -> None:
        """The buffers of y and dy, zero."""
        self.y, self.dy = (self.x.new_zeros(shape) for _ in range(2))


class Reshape(Layer):
    """Flatten and Unflatten: other views of the same buffers."""

    def __init__(self, module: Any, place: Place) -> None:
        x, dx = place.x, place.dx
        shape = (
            (math.prod(x.shape[1:-1]),) if isinstance(module, nn.Flatten) else tuple(module.unflattened_size)
        )
        shape = (x.shape[0], *shape, x.shape[-1])
        self.y, self.dy = x.view(shape), dx.view(shape)


class Elementwise(Layer):
    """An activation in place whose derivative is a function of its output."""

    def __init__(self, module: Any, place: Place) -> None:
        self.y, self.dy = place.x, place.dx
        self._kind = _activation(module)

    def forward(self) -> None:
        """See `Layer`."""
        self._kind.apply(self.y, self.y)

    def backward(self, weights: bool, inputs: bool) -> None:
        """See `Layer`."""
        self._kind.pull_back(self.dy, self.y)


class Affine(Layer):
    """A layer with a matrix of weights a member, (members, channels, columns), and perhaps a bias."""

    _bias: Tensor | None
    _bias_slope: Tensor | None

    def __init__(self, module: Any, place: Place) -> None:
        super().__init__(module, place)
        pair = place.blocks, place.gradients
        self._weight, self._slope = (part[0].view(*part[0].shape[:2], -1) for part in pair)
        self._bias, self._bias_slope = (part[1] for part in pair) if module.bias is not None else (None, None)


class Product(Affine):
    """Linear: y = W x + b."""

    def __init__(self, module: Any, place: Place) -> None:
        super().__init__(module, place)
        self.allocate(self.x.shape[0], module.out_features, self.x.shape[-1])

    def forward(self) -> None:
        """See `Layer`."""
        torch.bmm(self._weight, self.x, out=self.y)
        if self._bias is not None:
            self.y.add_(self._bias[:, :, None])

    def backward(self, weights: bool, inputs: bool) -> None:
        """See `Layer`."""
        if weights:
            torch.bmm(self.dy, self.x.mT, out=self._slope)
            if self._bias_slope is not None:
                torch.sum(self.dy, 2, out=self._bias_slope)
        if inputs:
            torch.bmm(self._weight.mT, self.dy, out=self.dx)


class Convolution(Affine):
    """Conv2d and ConvTranspose2d; see the module."""

    def __init__(self, module: Any, place: Place) -> None:
        super().__init__(module, place)
        x, dx = place.x, place.dx
        self._transposed = isinstance(module, nn.ConvTranspose2d)
        members, _, high, wide, rows = x.shape
        kernel, stride = module.kernel_size, module.stride
        padding: tuple[int, ...] = module.padding
        if self._transposed:
            sides = [
                (n - 1) * s - 2 * p + k + e
                for n, k, s, p, e in zip(
                    (high, wide), kernel, stride, padding, module.output_padding, strict=True
                )
            ]
        else:
            sides = [
                (n + 2 * p - k) // s + 1
                for n, k, s, p in zip((high, wide), kernel, stride, padding, strict=True)
            ]
        self.allocate(members, module.out_channels, *sides, rows)
        # A convolution goes from the large picture to the small one, a transposed one back.
        large, small = (self.y, x) if self._transposed else (x, self.y)
        channels = large.shape[1]
        columns = x.new_zeros(members, channels, *kernel, *small.shape[2:])
        taps = _taps(large.shape[2:4], small.shape[2:4], kernel, stride, padding)
        self._d_columns = self.x.new_zeros(columns.shape)
        flat = (members, channels * math.prod(kernel), -1)
        self._columns, self._pulled = columns.view(flat), self._d_columns.view(flat)
        self._x, self._y, self._dy = (each.flatten(2, 4) for each in (x, self.y, self.dy))
        self._dx = dx.flatten(2, 4)
        into = self.dy if self._transposed else x
        self._unfold = [(columns[:, :, i, j, a, b], into[:, :, c, d]) for i, j, a, b, c, d in taps]
        out = self.y if self._transposed else dx
        self._fold = [(self._d_columns[:, :, i, j, a, b], out[:, :, c, d]) for i, j, a, b, c, d in taps]

    def forward(self) -> None:
        """See `Layer`."""
        if self._transposed:
            torch.bmm(self._weight.mT, self._x, out=self._pulled)
            self._fold_into(self.y)
        else:
            self._unfold_all()
            torch.bmm(self._weight, self._columns, out=self._y)
        if self._bias is not None:
            self._y.add_(self._bias[:, :, None])

    def backward(self, weights: bool, inputs: bool) -> None:
        """See `Layer`."""
        if weights and self._bias_slope is not None:
            torch.sum(self._dy, 2, out=self._bias_slope)
        if self._transposed:
            self._unfold_all()
            if weights:
                torch.bmm(self._x, self._columns.mT, out=self._slope)
            if inputs:
                torch.bmm(self._weight, self._columns, out=self._dx)
            return
        if weights:
            torch.bmm(self._dy, self._columns.mT, out=self._slope)
        if inputs:
            torch.bmm(self._weight.mT, self._dy, out=self._pulled)
            self._fold_into(self.dx)

    def _unfold_all(self) -> None:
        # What a window has beyond the picture is never written, and stays zero.
        for column, picture in self._unfold:
            column.copy_(picture)

    def _fold_into(self, target: Tensor) -> None:
        target.zero_()
        for column, picture in self._fold:
            picture.add_(column)


class BatchNorm(Layer):
    """Batch norm by the batch's own statistics, each member and each group of rows apart.

        xhat = (x - mean)/sqrt(var + eps),   y = gamma xhat + beta
        dx = gamma/sqrt(var + eps) (dy - mean dy - xhat mean(dy xhat))

    `track` moves the running statistics, once for each group in order, as a forward pass of PyTorch's does.
    """

    def __init__(self, module: Any, place: Place) -> None:
        super().__init__(module, place)
        x, groups = place.x, place.groups
        self._eps, self._momentum = module.eps, module.momentum or 0.0
        self.allocate(*x.shape)
        self._xhat, self._product = (x.new_zeros(x.shape) for _ in range(2))
        members, channels, rows = x.shape[0], x.shape[1], x.shape[-1] // groups
        apart = (members, channels, -1, groups, rows)
        self._views = [each.view(apart) for each in (x, self._xhat, self.y, place.dx, self.dy, self._product)]
        self._count = x[0, 0].numel() // groups
        self._gamma, self._beta = (block[:, :, None, None, None] for block in place.blocks)
        self._d_gamma, self._d_beta = place.gradients
        self._mean = self._var = self._inverse = x.new_zeros(())

    def forward(self) -> None:
        """See `Layer`."""
        x, xhat, y, _, _, product = self._views
        # Two plain passes: torch.var_mean's single one is not vectorized, and takes three times as long.
        self._mean = x.mean((2, 4), keepdim=True)
        torch.sub(x, self._mean, out=xhat)
        self._var = torch.mul(xhat, xhat, out=product).mean((2, 4), keepdim=True)
        self._inverse = (self._var + self._eps).rsqrt()
        xhat.mul_(self._inverse)
        torch.addcmul(self._beta, xhat, self._gamma, out=y)

    def backward(self, weights: bool, inputs: bool) -> None:
        """See `Layer`."""
        _, xhat, _, dx, dy, product = self._views
        torch.mul(dy, xhat, out=product)
        along, total = (each.sum((2, 4), keepdim=True) for each in (product, dy))
        if weights:
            torch.sum(along.flatten(2), 2, out=self._d_gamma)
            torch.sum(total.flatten(2), 2, out=self._d_beta)
        if inputs:
            size = self._gamma * self._inverse
            torch.addcmul(-size * total / self._count, xhat, -size * along / self._count, out=product)
            torch.addcmul(product, dy, size, out=dx)

    def track(self, buffers: dict[str, Tensor], alive: Tensor) -> None:
        """Move running_mean, running_var and num_batches_tracked of the members that are alive, in place."""
        unbiased = self._var * (self._count / (self._count - 1))
        for group in range(self._mean.shape[3]):
            for name, value in (("running_mean", self._mean), ("running_var", unbiased)):
                running = buffers[name]
                moved = torch.lerp(running, value[:, :, 0, group, 0], self._momentum)
                running.copy_(torch.where(alive[:, None], moved, running))
            buffers["num_batches_tracked"] += alive


LAYERS: dict[type[nn.Module], type[Layer]] = {
    nn.Linear: Product,
    nn.Conv2d: Convolution,
    nn.ConvTranspose2d: Convolution,
    nn.BatchNorm1d: BatchNorm,
    nn.BatchNorm2d: BatchNorm,
    nn.ReLU: Elementwise,
    nn.LeakyReLU: Elementwise,
    nn.Tanh: Elementwise,
    nn.Flatten: Reshape,
    nn.Unflatten: Reshape,
}
"""Which class passes through which module."""


def layers(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """Name and layer in the order in which a sequence applies them; one that it holds twice counts twice."""
    return list(network._modules.items())  # type: ignore[arg-type]


def known(network: nn.Module) -> bool:
    """Whether `network` is a sequence of layers that the classes here pass through as PyTorch does."""
    if type(network) is not nn.Sequential or not len(network):
        return False
    own = sum(len(list(layer.parameters())) for layer in network)
    if own > len(list(network.parameters())):  # layers that share their weights
        return False
    after_activation = True  # the input is not to be overwritten either
    for layer in network:
        activation = LAYERS.get(type(layer)) is Elementwise
        # An activation in place would overwrite the output from which the one before knows its derivative.
        if type(layer) not in LAYERS or (activation and after_activation) or not _plain(layer):
            return False
        after_activation = activation or (after_activation and LAYERS[type(layer)] is Reshape)
    return True


def _plain(layer: nn.Module) -> bool:
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
        plain = layer.groups == 1 and tuple(layer.dilation) == (1, 1) and layer.padding_mode == "zeros"
        return plain and not isinstance(layer.padding, str)
    if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
        return layer.affine and layer.track_running_stats and layer.momentum is not None
    if isinstance(layer, nn.Flatten):
        return layer.start_dim == 1 and layer.end_dim == -1
    if isinstance(layer, nn.Unflatten):
        return layer.dim == 1
    if isinstance(layer, nn.LeakyReLU):
        return layer.negative_slope > 0  # otherwise its output does not tell the side
    return True


def _activation(module: nn.Module) -> Activation:
    if not isinstance(module, nn.LeakyReLU):
        return BY_NAME["relu" if isinstance(module, nn.ReLU) else "tanh"]
    slope = module.negative_slope
    apply: Callable[[Tensor, Tensor], object] = lambda x, y: _aten.leaky_relu.out(x, slope, out=y)  # noqa: E731
    return Activation(
        apply, lambda g, y: _aten.leaky_relu_backward.grad_input(g, y, slope, True, grad_input=g), True
    )


def _taps(
    large: torch.Size,
    small: torch.Size,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
) -> list[tuple[int, int, slice, slice, slice, slice]]:
    """(i, j, rows and columns of the small picture, rows and columns of the large one) of each weight."""
    found = []
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            (a, c), (b, d) = (_tap(*each) for each in zip(large, small, (i, j), stride, padding, strict=True))
            found.append((i, j, a, b, c, d))
    return found


def _tap(large: int, small: int, at: int, stride: int, padding: int) -> tuple[slice, slice]:
    """The o < small with 0 <= stride o + at - padding < large, and these places in the large picture."""
    first = max(0, -((at - padding) // stride))
    last = min(small - 1, (large - 1 - at + padding) // stride)
    start = stride * first + at - padding
    return slice(first, last + 1), slice(start, stride * last + at - padding + 1, stride)

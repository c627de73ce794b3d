"""Stacked multilayer perceptrons in one flat buffer, with a forward and a backward pass of their own.

Autograd would allocate every activation and gradient anew at each step, and build a graph whose shape never
changes. Here both passes write into buffers that are allocated once, the backward pass computes only what is
asked for (weights' gradients, the input's gradient), and all parameters are one vector, which one fused
optimizer call updates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gantheory.training.engines.by_hand.kernels import fused_activation
from gantheory.training.networks import StackedMLP

_aten = torch.ops.aten


@dataclass(frozen=True)
class Activation:
    """An activation in place, and its derivative from its output or, where that does not do, from its input.

    Attributes:
        apply: writes the activation of its first argument to its second.
        pull_back: (gradient, saved) -> gradient times the derivative, in place.
        from_output: whether `saved` is the output.
    """

    apply: Callable[[Tensor, Tensor], object]
    pull_back: Callable[[Tensor, Tensor], object]
    from_output: bool


ACTIVATIONS = {
    "relu": Activation(
        lambda x, y: torch.clamp_min(x, 0, out=y),
        lambda g, y: _aten.threshold_backward.grad_input(g, y, 0, grad_input=g),
        True,
    ),
    "leaky_relu": Activation(
        lambda x, y: _aten.leaky_relu.out(x, 0.2, out=y),
        lambda g, y: _aten.leaky_relu_backward.grad_input(g, y, 0.2, True, grad_input=g),
        True,
    ),
    "tanh": Activation(
        lambda x, y: torch.tanh(x, out=y),
        lambda g, y: _aten.tanh_backward.grad_input(g, y, grad_input=g),
        True,
    ),
    "silu": Activation(
        lambda x, y: _aten.silu.out(x, out=y),
        lambda g, x: _aten.silu_backward.grad_input(g, x, grad_input=g),
        False,
    ),
    "softplus": Activation(
        lambda x, y: _aten.softplus.out(x, 1, 20, out=y),
        lambda g, x: _aten.softplus_backward.grad_input(g, x, 1, 20, grad_input=g),
        False,
    ),
}
"""By the names of `gantheory.training.networks.ACTIVATIONS`."""


@dataclass
class _Workspace:
    """Buffers of one pass with a given number of rows."""

    inputs: Tensor | None = None
    linear: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    deltas: list[Tensor] = field(default_factory=list)


class FlatMLP:
    """S perceptrons of one shape: their parameters and gradients are two vectors.

        a_0 = x,   z_l = a_(l-1) W_l + b_l,   a_l = activation(z_l),   output z_L
        dW_l = a_(l-1)^T d_l,   db_l = sum over rows of d_l,   d_(l-1) = (d_l W_l^T) * activation'(z_(l-1))

    Args:
        network: initial weights.
        rows: which of its networks each member starts from.
        half: whether the factors of matrix products are bfloat16. Their sums are float32 inside a product;
            products, activations and their gradients are rounded to bfloat16, as under torch.autocast;
            parameters and their gradients are kept in the network's dtype.
        fused: whether biases and activations are compiled kernels, as pays on a GPU.

    Attributes:
        parameters, gradients: the vectors.
        weights, biases, weight_gradients, bias_gradients: views of them by layer, (S, inputs, outputs) and
            (S, 1, outputs).
    """

    def __init__(
        self, network: StackedMLP, rows: Sequence[int], half: bool = False, fused: bool = False
    ) -> None:
        self.sizes = network.sizes
        self.activation = ACTIVATIONS[network.activation]
        self.members = len(rows)
        blocks = [block.detach()[list(rows)] for block in (*network.weights, *network.biases)]
        self.shapes = [block.shape for block in blocks]
        self.parameters = torch.cat([block.flatten() for block in blocks])
        self.gradients = torch.zeros_like(self.parameters)
        self.blocks = self.views(self.parameters)
        self.gradient_blocks = self.views(self.gradients)
        depth = len(self.sizes) - 1
        self.weights, self.biases = self.blocks[:depth], self.blocks[depth:]
        self.weight_gradients = self.gradient_blocks[:depth]
        self.bias_gradients = self.gradient_blocks[depth:]
        self._half = half
        if half:
            self._low = self.parameters.to(torch.bfloat16)
            low = self.views(self._low)
            self._factors, self._offsets = low[:depth], low[depth:]
            self._products = [torch.empty_like(weight) for weight in self._factors]
        else:
            self._factors, self._offsets = self.weights, self.biases
            self._products = self.weight_gradients
        self._workspaces: dict[int, _Workspace] = {}
        self._fused = (
            fused_activation(network.activation, self._factors[0], self.gradients.dtype) if fused else None
        )

    def views(self, vector: Tensor) -> list[Tensor]:
        """The blocks of a vector laid out as `parameters`: weights of all layers, then biases."""
        sizes = [shape.numel() for shape in self.shapes]
        return [part.view(shape) for part, shape in zip(torch.split(vector, sizes), self.shapes, strict=True)]

    def refresh(self) -> None:
        """Make the factors of products follow the parameters; to be called after each change of them."""
        if self._half:
            self._low.copy_(self.parameters)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (S, rows, outputs) for x of shape (S, rows, inputs), in a buffer that the next call reuses.

        Calls with different numbers of rows have different buffers.
        """
        work = self._workspace(x.shape[1])
        if self._half:
            assert work.inputs is not None
            x = work.inputs.copy_(x)
        else:
            work.inputs = x
        last = len(self._factors) - 1
        for layer, (weight, bias) in enumerate(zip(self._factors, self._offsets, strict=True)):
            linear, output = work.linear[layer], work.outputs[layer]
            torch.bmm(x, weight, out=linear)
            if layer < last and self._fused is not None:
                self._fused.forward(linear, bias)
            else:
                linear.add_(bias)
                if layer < last:
                    self.activation.apply(linear, output)
            x = output
        return x

    def backward(self, rows: int, delta: Tensor, *, weights: bool, inputs: bool) -> Tensor | None:
        """Pull the gradient `delta` of the outputs back through the last forward pass with `rows` rows.

        Args:
            weights: write the parameters' gradients.
            inputs: return the gradient of x, in a buffer.
        """
        work = self._workspace(rows)
        if self._half:
            delta = delta.to(torch.bfloat16)
        last = len(self._factors) - 1
        for layer in reversed(range(len(self._factors))):
            assert work.inputs is not None
            before = work.inputs if layer == 0 else work.outputs[layer - 1]
            if weights:
                torch.bmm(before.mT, delta, out=self._products[layer])
                if self._half:
                    self.weight_gradients[layer].copy_(self._products[layer])
                if layer == last or self._fused is None:
                    torch.sum(
                        delta, 1, keepdim=True, dtype=self.gradients.dtype, out=self.bias_gradients[layer]
                    )
            if layer == 0 and not inputs:
                return None
            pulled = work.deltas[layer]
            torch.bmm(delta, self._factors[layer].mT, out=pulled)
            if layer > 0:
                saved = before if self.activation.from_output else work.linear[layer - 1]
                if weights and self._fused is not None:
                    self._fused.backward(pulled, saved, self.bias_gradients[layer - 1])
                else:
                    self.activation.pull_back(pulled, saved)
            delta = pulled
        return delta

    def evaluate(self, x: Tensor) -> Tensor:
        """Outputs for x of shape (S, rows, inputs) or (rows, inputs), in the parameters' dtype."""
        x = x.expand(self.members, *x.shape) if x.ndim == 2 else x
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, x, weight)
            if layer < last:
                self.activation.apply(x, x)
        return x

    def _workspace(self, rows: int) -> _Workspace:
        if rows not in self._workspaces:
            like = self._factors[0]

            def buffer(width: int) -> Tensor:
                return torch.empty(self.members, rows, width, dtype=like.dtype, device=like.device)

            linear = [buffer(width) for width in self.sizes[1:]]
            in_place = self.activation.from_output
            outputs = linear if in_place else [*map(buffer, self.sizes[1:-1]), linear[-1]]
            deltas = [buffer(width) for width in self.sizes[:-1]]
            inputs = buffer(self.sizes[0]) if self._half else None
            self._workspaces[rows] = _Workspace(inputs, linear, outputs, deltas)
        return self._workspaces[rows]

"""Multilayer perceptrons, many seeds stacked into one batched computation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from gantheory.arguments.checks import is_whole
from gantheory.training.checks import check_activation
from gantheory.training.seeding import normalized_seeds, torch_generator

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "leaky_relu": lambda x: functional.leaky_relu(x, 0.2),
    "silu": functional.silu,
    "softplus": functional.softplus,
    "tanh": torch.tanh,
}
"""By the names of `gantheory.training.checks.ACTIVATIONS`."""


class StackedMLP(nn.Module):
    """S multilayer perceptrons of one shape, evaluated by batched matrix products.

    Network k has the initial weights that it has alone: PyTorch's default for `torch.nn.Linear`, uniform on
    +-1/sqrt(inputs), drawn from a generator of its own. Weights have shape (S, inputs, outputs), biases
    (S, 1, outputs). Nothing follows the last layer.

    Args:
        seeds: one seed per network.
        sizes: widths from input to output, such as (2, 200, 200, 1).
        activation: a name in `ACTIVATIONS`.
        purpose: names the random stream, so that two networks of the same seed differ.
        dtype, device: of the parameters; weights are drawn in float32 on the CPU for any dtype and device.

    Raises:
        ValueError: unknown activation, fewer than two sizes or one below 1, no seed or a repeated one.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        sizes: Sequence[int],
        activation: str = "relu",
        purpose: str = "network",
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        self.seeds = normalized_seeds(seeds)
        self.sizes = tuple(sizes)
        self.activation = activation
        check_activation(activation)
        if len(self.sizes) < 2 or any(not is_whole(n) or n < 1 for n in self.sizes):
            raise ValueError(f"sizes must be at least two positive integers, got {self.sizes}")
        generators = [torch_generator(seed, purpose) for seed in self.seeds]
        self.weights = nn.ParameterList()
        self.biases = nn.ParameterList()
        for inputs, outputs in zip(self.sizes, self.sizes[1:], strict=False):
            layers = [_linear_init(inputs, outputs, generator) for generator in generators]
            weight = torch.stack([w.T for w, _ in layers]).contiguous()
            bias = torch.stack([b[None] for _, b in layers])
            self.weights.append(nn.Parameter(weight.to(device=device, dtype=dtype)))
            self.biases.append(nn.Parameter(bias.to(device=device, dtype=dtype)))

    def forward(self, x: Tensor) -> Tensor:
        """Map (S, n, inputs), or (n, inputs) given to every network, to (S, n, outputs)."""
        if x.shape[-1] != self.sizes[0] or x.ndim not in (2, 3):
            raise ValueError(
                f"x must have shape (seeds, n, {self.sizes[0]}) or (n, {self.sizes[0]}), got {tuple(x.shape)}"
            )
        if x.ndim == 2:
            x = x.expand(len(self.seeds), *x.shape)
        activation = ACTIVATIONS[self.activation]
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, x, weight)
            if layer < last:
                x = activation(x)
        return x


def mlp(
    seeds: Sequence[int],
    inputs: int,
    hidden: Sequence[int] = (200, 200, 200, 200),
    outputs: int = 1,
    activation: str = "leaky_relu",
    purpose: str = "network",
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> StackedMLP:
    """`StackedMLP` from its hidden widths; the defaults are the published ring discriminator."""
    return StackedMLP(seeds, (inputs, *hidden, outputs), activation, purpose, dtype, device)


def _linear_init(inputs: int, outputs: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Weight (outputs, inputs) and bias (outputs,), in the order in which torch.nn.Linear draws."""
    bound = 1 / math.sqrt(inputs)
    weight = torch.empty(outputs, inputs).uniform_(-bound, bound, generator=generator)
    bias = torch.empty(outputs).uniform_(-bound, bound, generator=generator)
    return weight, bias

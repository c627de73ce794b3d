"""A module as a pure function of one vector of weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

Buffers = dict[str, Tensor]


class FlatModule:
    """`module` as a function (weights, buffers, *inputs) -> (output, buffers after it), in training mode.

    Weights are one vector, so that an optimizer is a few operations whatever the number of layers. Nothing is
    changed in place that the caller can see: batch norm's running statistics come back as new tensors.

    Args:
        module: its parameters give names and shapes, no values.
    """

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.names = [name for name, _ in module.named_parameters()]
        self.shapes = [parameter.shape for parameter in module.parameters()]
        self.sizes = [shape.numel() for shape in self.shapes]

    def views(self, weights: Tensor) -> list[Tensor]:
        """The parameters in their own shapes, in the module's order, from weights (..., P)."""
        lead = weights.shape[:-1]
        parts = torch.split(weights, self.sizes, dim=-1)
        return [part.view(*lead, *shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def __call__(self, weights: Tensor, buffers: Buffers, *inputs: Tensor) -> tuple[Any, Buffers]:
        return self.at(self.views(weights), buffers, *inputs)

    def at(self, parameters: Sequence[Tensor], buffers: Buffers, *inputs: Tensor) -> tuple[Any, Buffers]:
        """The same at parameters in their own shapes."""
        after = {name: value.clone() for name, value in buffers.items()}
        named = dict(zip(self.names, parameters, strict=True))
        return functional_call(self.module, {**named, **after}, inputs), after


def flat_weights(module: nn.Module) -> Tensor:
    """All parameters of a module as one vector, in its order."""
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])

"""Elementwise work as one kernel each, by torch.compile: on a GPU it costs what it reads and writes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

_aten = torch.ops.aten

Kernel = Callable[..., None]
"""Writes its result into its arguments."""


def compiled(function: Kernel, *trial: Any) -> Kernel:
    """`function` by torch.compile, for tensors of any shape; as it is, with a warning, where that fails.

    torch.compile needs Triton and a C compiler at run time, which a GPU node may lack. That shows when it is
    called first, so it is called here, with the arguments `trial`.
    """
    fast: Kernel = torch.compile(function, dynamic=True)
    try:
        with torch.no_grad():
            fast(*trial)
    except Exception as error:  # whatever a compiler tool chain raises
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        warnings.warn(f"torch.compile fails here, training is slower without: {reason}", stacklevel=2)
        return function
    return fast


@dataclass(frozen=True)
class FusedActivation:
    """A hidden layer's elementwise work where the activation's derivative follows from its output.

    Attributes:
        forward: (z, b), in place: z becomes activation(z + b).
        backward: (g, y, db), in place: g becomes g times the derivative at output y, db its sum over rows.
    """

    forward: Kernel
    backward: Kernel


def fused_activation(name: str, like: Tensor, gradient: torch.dtype) -> FusedActivation | None:
    """The compiled kernels of an activation, or None where there are none.

    Args:
        name: as in `gantheory.training.networks.ACTIVATIONS`.
        like: tells device and dtype of activations.
        gradient: dtype of the biases' gradients.
    """
    if name not in _FORWARD:
        return None
    y, g = (torch.zeros(2, 3, 4, dtype=like.dtype, device=like.device) for _ in range(2))
    bias = torch.zeros(2, 1, 4, dtype=like.dtype, device=like.device)
    return FusedActivation(
        compiled(_FORWARD[name], y, bias), compiled(_BACKWARD[name], g, y, bias.to(gradient))
    )


def _relu(z: Tensor, b: Tensor) -> None:
    z.copy_(torch.relu(z + b))


def _relu_back(g: Tensor, y: Tensor, db: Tensor) -> None:
    _pull(g, _aten.threshold_backward(g, y, 0), db)


def _leaky_relu(z: Tensor, b: Tensor) -> None:
    z.copy_(_aten.leaky_relu(z + b, 0.2))


def _leaky_relu_back(g: Tensor, y: Tensor, db: Tensor) -> None:
    _pull(g, _aten.leaky_relu_backward(g, y, 0.2, True), db)


def _tanh(z: Tensor, b: Tensor) -> None:
    z.copy_(torch.tanh(z + b))


def _tanh_back(g: Tensor, y: Tensor, db: Tensor) -> None:
    _pull(g, _aten.tanh_backward(g, y), db)


def _pull(g: Tensor, pulled: Tensor, db: Tensor) -> None:
    g.copy_(pulled)
    db.copy_(torch.sum(pulled, 1, keepdim=True, dtype=db.dtype))


_FORWARD: dict[str, Kernel] = {"relu": _relu, "leaky_relu": _leaky_relu, "tanh": _tanh}
_BACKWARD: dict[str, Kernel] = {"relu": _relu_back, "leaky_relu": _leaky_relu_back, "tanh": _tanh_back}

"""Checks of settings, each an error of one line before any work starts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from gantheory.arguments.checks import (
    choice,
    finite_number,
    is_real,
    is_whole,
    positive_integer,
    positive_number,
)
from gantheory.objectives import Objective, Relativistic

if TYPE_CHECKING:
    import torch

DTYPES = ("float32", "float64")

ACTIVATIONS = ("relu", "leaky_relu", "silu", "softplus", "tanh")
"""Activations by name; "leaky_relu" has slope 0.2, as in the published ring experiments."""

OPTIMIZERS = ("adam", "rmsprop", "sgd")

PRECISIONS = ("float32", "tf32", "bfloat16")
"""Of matrix products: full, TensorFloat-32 (10 bits of mantissa, on CUDA) or bfloat16 (7 bits)."""


def check_dtype(name: str) -> None:
    """Raise ValueError unless `name` is "float32" or "float64"."""
    choice(name, "dtype", DTYPES)


def torch_dtype(name: str) -> torch.dtype:
    """The torch dtype called "float32" or "float64"; ValueError for another."""
    import torch

    check_dtype(name)
    found: torch.dtype = getattr(torch, name)
    return found


def check_activation(name: str) -> None:
    """Raise ValueError, with the nearest known name, unless `name` is in `ACTIVATIONS`."""
    choice(name, "activation", ACTIVATIONS)


def check_device(name: str) -> None:
    """Raise ValueError unless the device exists here."""
    if name == "cpu":  # so that reports of stored runs need no torch
        return
    import torch

    try:
        device = torch.device(name)
    except (RuntimeError, TypeError):
        raise ValueError(f'device must be a PyTorch device such as "cpu" or "cuda", got {name!r}') from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f'device {name!r} was asked for, but PyTorch finds no CUDA device here; use "cpu"')
    try:
        torch.zeros(1, device=device).item()
    except Exception as error:  # RuntimeError, NotImplementedError or AssertionError, as the device likes
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"device {name!r} was asked for, but PyTorch cannot use it here: {reason}") from None


def check_unconstrained(objective: Objective) -> None:
    """Raise ValueError for an objective over a critic class: networks here are under no constraint."""
    if objective.critic is not None:
        raise ValueError(
            f"objective {objective} needs a critic class ({objective.critic}), and networks here have no "
            "such constraint: its supremum is infinite; GanConfig and `gantheory train` take remedies, such "
            "as clipping(0.01)"
        )


def checked_widths(widths: Iterable[int], name: str) -> tuple[int, ...]:
    """The widths as a tuple; ValueError unless they are positive integers."""
    listed = tuple(widths) if isinstance(widths, Iterable) else (widths,)
    if not listed or any(not is_whole(n) or n < 1 for n in listed):
        raise ValueError(f"{name} must be positive integers, one per hidden layer, got {widths!r}")
    return tuple(int(n) for n in listed)


check_count, check_positive, check_number = positive_integer, positive_number, finite_number


def check_within(value: Any, name: str, low: float, high: float = math.inf) -> None:
    """Raise ValueError unless `value` is a finite number in [low, high]."""
    if not is_real(value) or not low <= float(value) <= high or not math.isfinite(value):
        end = f"{high:g}]" if math.isfinite(high) else "inf)"
        raise ValueError(f"{name} must be in [{low:g}, {end}, got {value!r}")


def checked_betas(betas: Any) -> tuple[float, float]:
    """Adam's betas as two floats; ValueError unless they are numbers in [0, 1)."""
    listed = tuple(betas) if isinstance(betas, Iterable) else ()
    if len(listed) != 2 or any(not is_real(beta) or not 0 <= float(beta) < 1 for beta in listed):
        raise ValueError(f"betas must be two numbers in [0, 1), got {betas!r}")
    return float(listed[0]), float(listed[1])


def check_precision(precision: str, dtype: str, device: str) -> None:
    """Raise ValueError unless matrix products of this precision exist for the dtype on the device."""
    choice(precision, "precision", PRECISIONS)
    if precision != "float32" and dtype != "float32":
        raise ValueError(f'precision {precision!r} needs dtype "float32", got dtype {dtype!r}')
    if precision == "tf32" and str(device).partition(":")[0] != "cuda":
        raise ValueError(f'precision "tf32" needs a CUDA device, got device {device!r}; use "float32"')


def normalized_objectives(objective: Any, constrained: bool = False, pairs: bool = False) -> tuple[Any, ...]:
    """One objective or several as a tuple; `constrained` says that training keeps networks in a critic class,
    `pairs` that it can train objectives that couple pairs of scores.

    Raises:
        TypeError: anything else.
        ValueError: none, one twice, or one over a critic class that nothing enforces.
    """
    kinds = (Objective, Relativistic) if pairs else (Objective,)
    objectives = (objective,) if isinstance(objective, kinds) else tuple(objective)
    if not objectives:
        raise ValueError("objective must be an Objective or a sequence of at least one, got none")
    for position, each in enumerate(objectives):
        if each in objectives[:position]:
            raise ValueError(f"objectives must differ, got {each} more than once")
        if not constrained and isinstance(each, Objective):
            check_unconstrained(each)
    return objectives

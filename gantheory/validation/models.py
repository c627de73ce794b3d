"""A user's model as it is used: in evaluation mode, on its own device, one score a sample."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array, as_float64


@contextmanager
def evaluation_mode(model: Any) -> Iterator[None]:
    """Every torch module that the model runs in evaluation mode, and back in the mode that each was in.

    In training mode batch norm would normalize real and generated samples apart, with the statistics of each
    batch, and would change its running statistics; dropout would make scores random. A module is met when it
    is called in this thread, wherever the model holds it; one of which only a method is called, or in another
    thread, where a function or a partial one names it. No gradients are recorded inside.
    """
    torch = sys.modules.get("torch")
    if torch is None:  # then nothing that runs is a module
        yield
        return
    here, modes = threading.get_ident(), dict[int, tuple[Any, bool]]()

    def met(module: Any, _inputs: Any = None) -> None:
        if threading.get_ident() == here and id(module) not in modes:
            for part in module.modules():
                modes.setdefault(id(part), (part, part.training))
            module.eval()

    for one in _named(model):
        if _is_module(one):
            met(one)
    # A compiled model calls it as it is; where nothing has been compiled, Dynamo would take seconds to load.
    seen = torch.compiler.disable(met) if "torch._dynamo" in sys.modules else met
    hook = torch.nn.modules.module.register_module_forward_pre_hook(seen)
    try:
        with torch.no_grad():
            yield
    finally:
        hook.remove()
        for module, mode in modes.values():
            module.training = mode


def _named(model: Any) -> Iterator[Any]:
    """The model, what it is bound to, and what a function or a partial one names."""
    yield model
    yield getattr(model, "__self__", None)
    if isinstance(model, partial):
        for part in (model.func, *model.args, *model.keywords.values()):
            yield from _named(part)
    elif isinstance(model, FunctionType):
        with suppress(ValueError):  # a name of the closure that is not bound yet
            names = inspect.getclosurevars(model)
            yield from (*names.nonlocals.values(), *names.globals.values())


def scores_of(discriminator: Callable[[Any], Any], samples: Any, name: str) -> Array:
    """One finite score for each sample, float64 of shape (n,).

    Args:
        discriminator: samples -> scores (n,) or (n, 1), an array or tensor; a tuple or dict is refused, since
            nobody but the user knows which part of it is the score.
        samples: (n, ...).
        name: of the samples, for error messages.

    Raises:
        TypeError: the answer is not an array of real numbers.
        ValueError: another number of scores, scores that are not finite, or the discriminator raised.
    """
    answer = answer_of(discriminator, samples, "discriminator", name)
    if isinstance(answer, (tuple, dict)):
        raise TypeError(
            f"discriminator must return one array of scores, got a {type(answer).__name__} of {len(answer)}; "
            "wrap it in a function that picks the scores"
        )
    scores = as_float64(answer, "discriminator's scores")
    if scores.size != len(samples) or (scores.ndim and len(scores) != len(samples)):
        raise ValueError(
            f"discriminator must give one score a sample: {len(samples)} {name} samples, "
            f"got shape {scores.shape}"
        )
    if not np.isfinite(scores).all():
        raise ValueError(f"discriminator gives scores that are not finite on {name} samples")
    return scores.reshape(-1)


def answer_of(model: Callable[[Any], Any], samples: Any, role: str, name: str) -> Any:
    """model(samples) in evaluation mode. A torch module gets a tensor on the device of its parameters, real
    numbers in their floating type (integers may be indices, and stay); any other callable what was given.

    Raises:
        TypeError: samples for a torch module that are not real numbers.
        ValueError: the model raised; says what, on one line, with `role`.
    """
    given = _as_tensor_for(model, samples, name) if _is_module(model) else samples
    with evaluation_mode(model):
        try:
            return model(given)
        except Exception as error:
            text = " ".join(str(error).split())
            raise ValueError(f"{role} raised {type(error).__name__} on {name} samples: {text}") from error


def _is_module(model: Any) -> bool:
    return all(callable(getattr(model, name, None)) for name in ("modules", "eval", "named_parameters"))


def _as_tensor_for(module: Any, samples: Any, name: str) -> Any:
    import torch

    held = [*module.parameters(), *module.buffers()]
    if not isinstance(samples, torch.Tensor):
        numbers = as_float64(samples, name)
        whole = getattr(samples, "dtype", None) in (np.int32, np.int64)
        samples = torch.tensor(np.ascontiguousarray(samples if whole else numbers))
    if held:
        samples = samples.to(held[0].device)
    floating = next((one.dtype for one in held if one.is_floating_point()), None)
    return samples.to(floating) if floating and samples.is_floating_point() else samples

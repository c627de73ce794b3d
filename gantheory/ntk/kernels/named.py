"""Kernels by name, and from text."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from gantheory.errors import nearest
from gantheory.ntk.kernels.kernel import Kernel
from gantheory.ntk.kernels.mlp import mlp
from gantheory.ntk.kernels.rbf import rbf

NAMED: dict[str, Callable[[], Kernel]] = {
    "relu": lambda: mlp(3, "relu", 1.0, 1.0, readout_b_std=0.0),
    "relu_no_bias": lambda: mlp(3, "relu", 1.0, 0.0),
    "sigmoid": lambda: mlp(3, "sigmoid_like", 1.0, 0.2, readout_b_std=0.0),
    "rbf": lambda: rbf(0.25),
}
"""The kernels of the experiments in GAN(TK)^2: three hidden layers, no bias in the readout; or a Gaussian."""

_CONSTRUCTORS: dict[str, Callable[..., Kernel]] = {"mlp": mlp, "rbf": rbf}


def canonical_name(text: str, known: Iterable[str]) -> str:
    """The name of `known` that `text` spells with hyphens or underscores; another text as it is."""
    plain = text.replace("-", "_")
    return next((name for name in known if name == plain), text)


def kernel_from_spec(text: str) -> Kernel:
    """A kernel from its name in `NAMED`, or from a call such as ``"mlp(depth=2, activation='erf')"``.

    Arguments are numbers, quoted text and None. The text is parsed, never executed.

    Raises:
        ValueError: an unknown name (the nearest is suggested), or a call that the constructor refuses.
    """
    wrong = f"kernel {text!r} is not a name or a call such as mlp(depth=2, b_std=0.5)"
    try:
        node = ast.parse(canonical_name(str(text).strip(), NAMED), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(wrong) from None
    match node:
        case ast.Name(id=name) if name in NAMED:
            return NAMED[name]()
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in _CONSTRUCTORS:
            pass
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
            known = [*NAMED, *(f"{constructor}(...)" for constructor in _CONSTRUCTORS)]
            raise ValueError(f"unknown kernel {name!r}{nearest(name, known)}")
        case _:
            raise ValueError(wrong)
    constructor = _CONSTRUCTORS[name]
    positional = [_literal(arg, text) for arg in args]
    by_name = {str(keyword.arg): _literal(keyword.value, text) for keyword in keywords}
    try:
        inspect.signature(constructor).bind(*positional, **by_name)
    except TypeError as error:
        raise ValueError(f"kernel {text!r}: {error}") from None
    return constructor(*positional, **by_name)


def _literal(node: ast.expr, text: str) -> Any:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        raise ValueError(f"kernel {text!r}: arguments are numbers and quoted text") from None
    if not isinstance(value, int | float | str | None):
        raise ValueError(f"kernel {text!r}: arguments are numbers and quoted text, got {value!r}")
    return value

"""torch interpreter of programs: an autograd function whose backward is the lowered symbolic derivative."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from gantheory.lowering.backends.floats import nearest_float, omega, rounding_rest
from gantheory.lowering.programs.program import Program

_FLOATS = {None: None, "float32": torch.float32, "float64": torch.float64}


def _power(x: Any, y: Any) -> Any:
    return torch.pow(x, y) if isinstance(x, torch.Tensor) or isinstance(y, torch.Tensor) else x**y


def _lift(function: Any) -> Any:
    """Apply a torch function of tensors to arguments of which some are Python numbers."""

    def call(*args: Any) -> Any:
        like = next((a for a in args if isinstance(a, torch.Tensor)), None)
        dtype = like.dtype if like is not None and like.dtype.is_floating_point else torch.float64
        device = like.device if like is not None else None
        return function(*[a if isinstance(a, torch.Tensor) else _constant(a, dtype, device) for a in args])

    return call


def _minimum(x: Any, y: Any) -> Any:
    return torch.clamp(x, max=y) if isinstance(y, float) else _lift(torch.minimum)(x, y)


def _maximum(x: Any, y: Any) -> Any:
    return torch.clamp(x, min=y) if isinstance(y, float) else _lift(torch.maximum)(x, y)


def _where(condition: torch.Tensor, x: Any, y: Any) -> Any:
    if isinstance(x, torch.Tensor) or isinstance(y, torch.Tensor):
        return torch.where(condition, x, y)
    # Of two numbers torch would make its default type, float32.
    wide = _wide(condition.device)
    return torch.where(condition, *(_constant(z, wide, condition.device) for z in (x, y)))


def _constant(value: float, dtype: torch.dtype, device: torch.device | None) -> torch.Tensor:
    # torch.tensor would copy from the host, which a CUDA graph cannot hold.
    return torch.full((), value, dtype=dtype, device=device)


def _wide(device: torch.device) -> torch.dtype:
    return torch.float32 if device.type == "mps" else torch.float64


OPERATIONS = {
    "const": nearest_float, "rounding": rounding_rest, "neg": lambda x: -x, "abs": abs,
    "sign": _lift(torch.sign), "exp": _lift(torch.exp), "expm1": _lift(torch.expm1), "log": _lift(torch.log),
    "log1p": _lift(torch.log1p), "sqrt": _lift(torch.sqrt), "atan": _lift(torch.atan),
    "sin": _lift(torch.sin),
    "cos": _lift(torch.cos), "erf": _lift(torch.erf), "erfc": _lift(torch.erfc),
    "omega": _lift(partial(omega, library=torch)), "erfcx": _lift(torch.special.erfcx),
    "damp": lambda x, y: torch.where((x == 0) & torch.isinf(y), torch.zeros_like(x), x * y),
    "tiny": lambda x: x.abs() < 1e-17,
    "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "min": _minimum, "max": _maximum, "lt": lambda x, y: x < y, "or": lambda x, y: x | y,
    "pow": _power, "where": _where,
}  # fmt: skip


def evaluate(program: Program, x: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
    """Evaluate in float64, or in float32 where the device has nothing wider, and round once."""
    out = dtype or x.dtype
    wide = _wide(x.device)
    result: torch.Tensor = program.run(OPERATIONS, x.detach().to(wide))
    return result.to(out)


def make(function: Any) -> Any:
    """Return fn(x) for tensors or numbers; differentiable to any order, also under torch.func."""
    dtype = _FLOATS[function.dtype]

    class Elementwise(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x: Any) -> Any:
            return evaluate(function.program, x, dtype)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> Any:
            ctx.save_for_backward(*inputs)
            ctx.save_for_forward(*inputs)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            (x,) = ctx.saved_tensors
            return (gradient * function.derivative(x)).to(x.dtype)

        @staticmethod
        def jvp(ctx: Any, tangent: Any) -> Any:
            (x,) = ctx.saved_tensors
            return tangent * function.derivative(x)

    def call(x: Any) -> Any:
        if not isinstance(x, torch.Tensor):
            x = torch.as_tensor(x, dtype=dtype or torch.get_default_dtype())
        elif not x.dtype.is_floating_point:
            x = x.to(dtype or torch.get_default_dtype())
        return Elementwise.apply(x)

    # Dynamo traces no autograd function that has a jvp: the whole call stands in its graph.
    return torch.compiler.allow_in_graph(call)

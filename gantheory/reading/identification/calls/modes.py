"""Number formats in which a user's loss runs: float64 throughout, and float16 as under autocast."""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import TorchFunctionMode


class Double(TorchFunctionMode):
    """Labels that user code makes in float32 meet scores in float64, and stay exact: the wider type wins.

    A cast of scores to float32 is left out. In-place calls keep their target, since that is what they change.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        formats = {x.dtype for x in args if isinstance(x, torch.Tensor)}
        if torch.float64 in formats:
            name = getattr(func, "__name__", "")
            if name == "float" or (name in ("to", "type") and any(x is torch.float32 for x in args)):
                return args[0]
            mixed = len(formats) > 1 or kwargs
            if mixed and (not name.endswith("_") or name.endswith("__")):
                args = tuple(_widened(x) for x in args)
                kwargs = {key: _widened(x) for key, x in kwargs.items()}
        return func(*args, **kwargs)


def _widened(value: Any) -> Any:
    narrow = isinstance(value, torch.Tensor) and value.dtype in (torch.float32, torch.float16)
    return value.double() if narrow else value


_TO_FLOAT32 = {
    *("exp", "expm1", "log", "log1p", "log2", "log10", "pow", "softplus", "logsigmoid", "sum", "cumsum"),
    *("mse_loss", "smooth_l1_loss", "l1_loss", "huber_loss", "binary_cross_entropy_with_logits"),
    *("tan", "sinh", "cosh", "acos", "asin", "logsumexp", "softmax"),
}


class Autocast(TorchFunctionMode):
    """What PyTorch's autocast on CUDA takes to float32, on any device."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "").strip("_").removeprefix("r")
        if name == "binary_cross_entropy":
            raise RuntimeError("PyTorch refuses it under autocast")
        if name in _TO_FLOAT32:
            args = tuple(x.float() if _is_half(x) else x for x in args)
        return func(*args, **(kwargs or {}))


def _is_half(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dtype == torch.float16


MODES = {torch.float64: Double, torch.float16: Autocast}
"""Mode of each format; in others a loss runs as it is."""

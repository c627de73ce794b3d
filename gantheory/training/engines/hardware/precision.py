"""Precision of matrix products, and which of PyTorch's CPU kernels compute them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import torch


@contextmanager
def product_precision(precision: str, device: torch.device | str) -> Iterator[None]:
    """Context in which float32 products have the given precision; PyTorch's settings return after it.

    On CUDA "float32" turns TensorFloat-32 off and "tf32" turns it on, in matrix products and convolutions. On
    the CPU float32 products go to oneDNN where it computes them in full precision, twice as fast as PyTorch's
    default on processors whose AVX-512 units MKL leaves idle. "bfloat16" needs no setting: the factors are
    bfloat16 tensors.
    """
    if torch.device(device).type == "cuda":
        with _tensor_float(precision == "tf32"):
            yield
        return
    if precision != "float32" or not onednn_is_exact():
        yield
        return
    with _onednn():
        yield


@contextmanager
def _tensor_float(allowed: bool) -> Iterator[None]:
    products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
    older: list[Any] = [products, convolutions]
    # Who has set a newer switch cannot read the older one any more: it raises. Writing the older one sets
    # both, which torch.compile needs, since it reads both.
    newer: list[Any] = (
        [products, convolutions.conv, convolutions.rnn] if hasattr(convolutions, "conv") else []
    )
    before = [each.fp32_precision for each in newer] or [each.allow_tf32 for each in older]
    for each in older:
        each.allow_tf32 = allowed
    try:
        yield
    finally:
        for each, value in zip(older, before, strict=False):
            each.allow_tf32 = value in ("tf32", True)
        for each, value in zip(newer, before, strict=False):
            each.fp32_precision = value


@lru_cache(maxsize=1)
def onednn_is_exact() -> bool:
    """Whether oneDNN's path for float32 products computes them in float32 on this processor.

    PyTorch reaches that path only by the setting that permits bfloat16 products, which oneDNN uses on
    processors with AMX and ignores elsewhere. So ask: the product of 1 + 2^-20 and 1 is exact in float32, and
    1 in bfloat16 or TensorFloat-32.
    """
    if not hasattr(torch.backends.mkldnn, "matmul") or not torch.backends.mkldnn.is_available():
        return False
    if not hasattr(torch.backends.mkldnn.matmul, "fp32_precision"):
        return False
    # As large as the products in training, so that the same kernel is asked.
    fine = torch.full((2, 128, 256), 1 + 2.0**-20)
    with _onednn():
        product = torch.bmm(fine, torch.eye(256).expand(2, 256, 256).contiguous())
        transposed = torch.bmm(fine.mT, torch.eye(128).expand(2, 128, 128).contiguous())
    return bool((product == fine).all() and (transposed == fine.mT).all())


@contextmanager
def _onednn() -> Iterator[None]:
    settings: Any = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = settings.fp32_precision
    settings.fp32_precision = "bf16"
    try:
        yield
    finally:
        settings.fp32_precision = before

"""Files of tensors, read as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch


def read_tensors(path: Path) -> dict[str, Any]:
    """The table that `torch.save` wrote, on the CPU, read without executing anything that the file says.

    Raises:
        ValueError: the reason why it cannot be read.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from None
    # A truncated file may end anywhere, in zip, pickle or a tensor, and PyTorch speaks of its own classes.
    except Exception:
        raise ValueError(f"{path.stat().st_size} bytes, cut short or damaged") from None
    if not isinstance(found, dict):
        raise ValueError(f"it holds {type(found).__name__} and no table of tensors")
    return found

"""Members that do not fit into a GPU's memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from gantheory.errors import GantheoryError

_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


@contextmanager
def fitting(config: Any) -> Iterator[None]:
    """Training of a configuration, in which running out of memory becomes one line that says what would fit.

    Raises:
        GantheoryError: the GPU has too little memory.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        device = torch.device(config.device)
        held = torch.cuda.max_memory_allocated(device)
        total = torch.cuda.mem_get_info(device)[1]
        needed = held + asked(str(error))
        told = advice(len(config.members), config.batch, needed, total)
        raise GantheoryError(told) from None


def asked(message: str) -> int:
    """Bytes that PyTorch tried to allocate, as its error says; 0 where it does not say."""
    found = re.search(r"Tried to allocate ([\d.]+) (\w+)", message)
    return round(float(found[1]) * _UNITS.get(found[2], 0)) if found else 0


def advice(members: int, batch: int, needed: int, total: int) -> str:
    """What would fit where at least `needed` bytes are wanted of `total`: memory is about proportional to the
    members and, for one member, at most to the batch."""
    share = min(total / max(needed, 1), 0.99)
    head = (
        f"out of memory: {members} member{'s' * (members > 1)} of batch {batch} need more than "
        f"{needed / 2**30:.3g} GiB of {total / 2**30:.3g}; "
    )
    fewer, smaller = int(members * share), int(batch * share)
    if fewer:
        return head + f"at most {fewer} fit: give fewer seeds or objectives at once, or a smaller batch"
    return head + f"give a batch of at most {max(smaller, 1)}, or smaller networks"

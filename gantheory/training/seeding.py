"""Random streams: one per seed and purpose, none of them global."""

from __future__ import annotations

import itertools
import zlib
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from gantheory.arguments.checks import is_whole

if TYPE_CHECKING:
    import torch

_MOST = 1_000_000
"""Seeds of one run or sweep; more are a slip that would take the machine's memory."""


def generator(seed: int, purpose: str) -> np.random.Generator:
    """NumPy generator of seed `seed` for `purpose`; streams of different purposes are independent."""
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(purpose.encode())]))


def torch_generator(seed: int, purpose: str) -> torch.Generator:
    """The same for PyTorch, on the CPU: draws do not depend on the device that trains."""
    import torch

    state = np.random.SeedSequence([seed, zlib.crc32(purpose.encode())]).generate_state(1, np.uint64)
    # manual_seed takes 64 bits but refuses the upper half of uint64 on some versions.
    return torch.Generator().manual_seed(int(state[0] >> np.uint64(1)))


def normalized_seeds(seeds: Iterable[int]) -> tuple[int, ...]:
    """Check and freeze a collection of seeds.

    Raises:
        ValueError: empty, more than a million, with a duplicate, or with anything but nonnegative integers.
        TypeError: not a collection.
    """
    if isinstance(seeds, (str, bytes)) or not isinstance(seeds, Iterable):
        raise TypeError(f"seeds must be a collection of nonnegative integers such as range(8), got {seeds!r}")
    listed = tuple(itertools.islice(seeds, _MOST + 1))
    if len(listed) > _MOST:
        raise ValueError(f"seeds must be at most {_MOST:,} seeds, got more")
    if not listed:
        raise ValueError("seeds must hold at least one seed, got none")
    for seed in listed:
        if not is_whole(seed) or seed < 0:
            raise ValueError(f"seeds must be nonnegative integers, got {seed!r}")
    whole = tuple(int(seed) for seed in listed)
    if len(set(whole)) < len(whole):
        repeated = min(seed for seed, count in Counter(whole).items() if count > 1)
        raise ValueError(f"seeds must differ, got {repeated} more than once")
    return whole

"""Running out of a GPU's memory, without a GPU."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from gantheory.errors import GantheoryError
from gantheory.objectives import vanilla
from gantheory.training import RingConfig, train
from gantheory.training.engines.hardware import memory
from gantheory.training.engines.lanes import Lanes

GIB = 2**30
SAYS = "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 8.00 GiB of which 1"


def test_what_was_asked_for_is_read_from_the_error() -> None:
    assert memory.asked(SAYS) == 2.5 * GIB
    assert memory.asked("Tried to allocate 20.00 MiB (GPU 0)") == 20 * 2**20
    assert memory.asked("out of memory") == 0


@pytest.mark.parametrize(
    ("members", "batch", "needed", "says"),
    [
        (16, 64, 32, "16 members of batch 64 need more than 32 GiB of 8; at most 4 fit: give fewer seeds"),
        (3, 64, 8.1, "3 members of batch 64 need more than 8.1 GiB of 8; at most 2 fit"),
        (4, 64, 7.9, "at most 3 fit"),  # in pieces that are too small
        (
            1,
            64,
            16,
            "1 member of batch 64 need more than 16 GiB of 8; give a batch of at most 32,",
        ),
        (1, 1, 80, "give a batch of at most 1, or smaller networks"),
    ],
)
def test_what_would_fit(members: int, batch: int, needed: float, says: str) -> None:
    assert says in memory.advice(members, batch, round(needed * GIB), 8 * GIB)


def test_training_says_it_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError(SAYS)

    monkeypatch.setattr(Lanes, "advance", full)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: round(7.5 * GIB))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (0, 8 * GIB))
    with pytest.raises(GantheoryError, match="5 members of batch 128 need more than 10 GiB of 8; at most 4"):
        train(RingConfig(objective=vanilla(), seeds=range(5), train_samples=500), progress=False)

"""A step with any remedy holds nothing that a CUDA graph cannot: no number read, no constant copied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from gantheory.training import GanConfig
from gantheory.training.engines.choice import engine
from gantheory.training.inputs.batches import Batches
from gantheory.training.remedies import REMEDIES

FORBIDDEN = ("_local_scalar_dense", "lift_fresh", "nonzero", "masked_select", "is_nonzero", "equal")


class Calls(TorchDispatchMode):
    """Names of all operations, and those that make a tensor where nobody said on which device."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.add(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", REMEDIES)
def test_the_step_reads_no_number(game: Callable[..., GanConfig], name: str) -> None:
    config = game(remedies=[name], discriminator_steps=2)
    ensemble = engine(config, config.members)
    batch = next(iter(Batches(config, list(config.seeds))))
    with torch.no_grad(), Calls() as calls:
        ensemble.step(*batch)
    assert "copy_" in calls.names  # the mode sees the operations of a lifted step
    assert not calls.names & set(FORBIDDEN)

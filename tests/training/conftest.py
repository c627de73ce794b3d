"""A small game on the ring, in which remedies and variants are tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from gantheory.datasets import ring
from gantheory.objectives import vanilla
from gantheory.training import GanConfig
from gantheory.training.engines.choice import engine
from gantheory.training.inputs.batches import Batches

FORBIDDEN = {"_local_scalar_dense", "lift_fresh", "nonzero", "masked_select", "is_nonzero", "equal"}


class Calls(TorchDispatchMode):
    """Names of all operations, and those that make a tensor where nobody said on which device."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.add(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


@pytest.fixture
def forbidden_calls() -> Callable[[GanConfig], set[str]]:
    """What a step calls that a CUDA graph cannot hold: numbers read, constants copied."""

    def of(config: GanConfig) -> set[str]:
        ensemble = engine(config, config.members)
        batch = next(iter(Batches(config, list(config.seeds))))
        with torch.no_grad(), Calls() as calls:
            ensemble.step(*batch)
        assert "copy_" in calls.names  # the mode sees the operations of a lifted step
        return calls.names & FORBIDDEN

    return of


@pytest.fixture
def game() -> Callable[..., GanConfig]:
    """A configuration of five steps of two small perceptrons, in double precision."""

    def of(**changes: Any) -> GanConfig:
        given: dict[str, Any] = {
            "objective": vanilla(saturating=False),
            "data": ring(),
            "networks": "mlp(width=8, depth=2)",
            "train_samples": 20,
            "latent": 3,
            "seeds": range(3),
            "epochs": 3,
            "batch": 8,
            "test_samples": 4,
            "log_every": 1,
            "learning_rate": 2e-3,
            "dtype": "float64",
            "max_steps": 5,
            "engine": "lifted",
        }
        return GanConfig(**{**given, **changes})

    return of

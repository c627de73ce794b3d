"""A small game on the ring, in which remedies and variants are tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gantheory.datasets import ring
from gantheory.objectives import vanilla
from gantheory.training import GanConfig


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

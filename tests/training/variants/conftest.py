"""The first step of a game taken apart, for losses by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from torch import Tensor, nn

from gantheory.training import GanConfig, train_run
from gantheory.training.inputs.batches import Batches

STILL = 1e-12
"""A learning rate at which the generator's half of a step sees the discriminator of its first."""


class Step(NamedTuple):
    """The networks before it, in double precision, the batch, and both losses that the trainer reports."""

    generator: nn.Module
    discriminator: nn.Module
    real: Tensor
    noise: Tensor
    draw: Tensor
    labels: Tensor
    losses: tuple[float, float]


@pytest.fixture
def first_step(game: Callable[..., GanConfig]) -> Callable[..., Step]:
    """Of seed 0, of a game with these changes; `labels` are empty where there are none."""

    def of(**changes: Any) -> Step:
        config = game(**{"learning_rate": STILL, "seeds": [0], "max_steps": 1, "epochs": 1, **changes})
        history = train_run(config, progress=False).history.iloc[0]
        generator, discriminator = (each.double() for each in config.networks.of_seed(0))
        real, noise, draws, *labels = next(iter(Batches(config, [0])))
        code = labels[0][0] if labels else real.new_zeros(len(real[0]), 0)
        losses = history["discriminator_loss"], history["generator_loss"]
        return Step(generator, discriminator, real[0], noise[0], draws[-1][0, 0], code, losses)

    return of

"""Which engine trains the members of a `GanConfig`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from gantheory.training.engines.by_hand.networks import FlatEnsemble, applies
from gantheory.training.engines.lanes import Lanes
from gantheory.training.engines.lifted import LiftedEnsemble
from gantheory.training.engines.members import OneMember
from gantheory.training.inputs.batches import Batches
from gantheory.training.networks.named import TRIED
from gantheory.training.settings.gan_config import GanConfig


def gan_lanes(config: GanConfig, state: dict[str, Any] | None = None) -> Lanes:
    """The members of a configuration on the CPU's threads, at the start or where `state` was saved."""
    return Lanes(config, state, engine=engine, feed=Batches, operations=operations(config))


def engine(config: GanConfig, members: Sequence[OneMember]) -> LiftedEnsemble | FlatEnsemble:
    """The ensemble that trains these members."""
    kind = FlatEnsemble if applies(config, *config.networks.of_seed(members[0][1])) else LiftedEnsemble
    return kind(config, members)


def operations(config: GanConfig) -> float:
    """Floating-point operations of one member's step in products and convolutions, but for first layers.

    The generator runs forward once and backward once, three times its forward pass; the discriminator on 2 n
    rows forward and backward, and on n rows forward and back to its input, eight times.
    """
    generator, discriminator = config.networks.of_seed(config.members[0][1])
    with torch.no_grad(), FlopCounterMode(display=False) as one:
        generator(torch.zeros(TRIED, config.latent), *config.tried.generator)
    with torch.no_grad(), FlopCounterMode(display=False) as other:
        discriminator(torch.zeros(TRIED, *config.data.shape), *config.tried.discriminator)
    return config.batch / TRIED * (3 * one.get_total_flops() + 8 * other.get_total_flops())

"""Which engine trains the members of a `GanConfig`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode

from gantheory.training.batches import Batches
from gantheory.training.checks import torch_dtype
from gantheory.training.flat import FlatEnsemble, applies
from gantheory.training.gan_config import GanConfig
from gantheory.training.lanes import Lanes
from gantheory.training.lifted import LiftedEnsemble
from gantheory.training.members import Members, OneMember
from gantheory.training.seeding import torch_generator

_NUMBERS_AT_ONCE = 1 << 24
"""Largest number of generated coordinates to hold at once, of all members."""


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
        generator(torch.zeros(2, config.latent))
    with torch.no_grad(), FlopCounterMode(display=False) as other:
        discriminator(torch.zeros(2, *config.data.shape))
    return config.batch / 2 * (3 * one.get_total_flops() + 8 * other.get_total_flops())


def generated(config: GanConfig, ensemble: Members) -> NDArray[np.float64]:
    """Generated samples (members, test_samples, *shape): float64 for points, the dtype for pictures."""
    streams = [torch_generator(seed, "test noise") for _, seed in ensemble.members]
    size = len(streams) * int(np.prod(config.data.shape))
    at_once = max(1, _NUMBERS_AT_ONCE // size)
    parts = []
    for first in range(0, config.test_samples, at_once):
        rows = min(at_once, config.test_samples - first)
        noise = torch.stack([torch.randn(rows, config.latent, generator=stream) for stream in streams])
        parts.append(ensemble.generate(noise.to(ensemble.device, torch_dtype(config.dtype))).cpu())
    samples = torch.cat(parts, dim=1)
    return (samples.double() if len(config.data.shape) == 1 else samples).numpy()

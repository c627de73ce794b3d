"""An ensemble of any two networks: the step of one member, lifted over all by `torch.func.vmap`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor
from torch.func import vmap
from torch.utils._pytree import tree_map

from gantheory.objectives.torch_loss import training_losses
from gantheory.training.engines.members import Members, OneMember
from gantheory.training.settings.gan_config import GanConfig
from gantheory.training.step import Game, Member, step
from gantheory.training.updates import UPDATES


class LiftedEnsemble(Members):
    """GANs of some members of a `GanConfig`, trained side by side by `gantheory.training.step.step`.

    Members share nothing, so that each one's step is what it is alone.

    Args:
        config: the settings.
        members: which of them.
    """

    def __init__(self, config: GanConfig, members: Sequence[OneMember]) -> None:
        super().__init__(config, members)
        rates = (config.generator_rate, config.learning_rate)
        self._groups: list[tuple[slice, Game]] = []
        first = 0
        for objective, part in groupby(self.members, key=lambda member: member[0]):
            count = len(list(part))
            game = Game(
                *self.networks,
                losses=training_losses(objective, config.numerics),
                rates=rates,
                betas=config.betas,
                remedies=config.changes,
                discriminator_steps=config.discriminator_steps,
                updates=(UPDATES[config.generator_optimizer], UPDATES[config.discriminator_optimizer]),
            )
            self._groups.append((slice(first, first + count), game))
            first += count

    def step(
        self, real: Tensor, noise: Tensor, draws: Sequence[Tensor], *labels: Tensor
    ) -> tuple[Tensor, Tensor]:
        """One step of both players on real (S, n, *shape) and noise (S, n, latent); their losses, (S,) each.

        Where the variant needs labels, they follow. A member's losses are NaN from the step on at which it
        diverged.
        """
        self.time += 1
        done = []
        for part, game in self._groups:

            def of_one(member: Member, *batch: Any) -> Any:
                return step(game, member, self.time, *batch)  # noqa: B023

            batch = _rows((real, noise, list(draws), *labels), part)
            done.append(vmap(of_one)(_rows(self.current, part), *batch))
        moved, d_loss, g_loss = _joined(done)
        # In place: a CUDA graph reads and writes the same tensors at every step.
        tree_map(lambda kept, new: kept.copy_(new), self._current, moved)
        return d_loss, g_loss


def _rows(tree: Any, part: slice) -> Any:
    return tree_map(lambda leaf: leaf[part], tree)


def _joined(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else tree_map(lambda *leaves: torch.cat(leaves), *parts)

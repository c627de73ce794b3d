"""Which members of an ensemble still train: one that diverged is not updated any more."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gantheory.training.engines.by_hand.adam import Flat, FusedAdam, MaskedAdam


class Survivors:
    """Updates of the members whose losses and gradients have been finite.

    Args:
        diverged_at: (members,), int64: the step at which a member diverged, 0 for none; moved in place.
    """

    def __init__(self, diverged_at: Tensor) -> None:
        self.diverged_at = diverged_at
        self._dead: list[int] = diverged_at.nonzero().flatten().tolist()

    @property
    def alive(self) -> Tensor:
        """(members,), bool."""
        return self.diverged_at == 0

    def update(self, adam: FusedAdam | MaskedAdam, loss: Tensor, time: Tensor) -> None:
        """A step of Adam at that time, but for members that diverged now or before."""
        network = adam.network
        if isinstance(adam, MaskedAdam):
            self._record(network, loss, time)
            adam.step(self.alive)
            return
        for member in self._dead:
            _zero(network, member)
        # One sum over everything finds out that nothing happened; only otherwise look closer.
        if not (math.isfinite(network.gradients.sum().item()) and math.isfinite(loss.sum().item())):
            self._record(network, loss, time)
            self._dead = self.diverged_at.nonzero().flatten().tolist()
            for member in self._dead:
                _zero(network, member)
        for member in self._dead:
            adam.freeze(member)
        adam.step()

    def _record(self, network: Flat, loss: Tensor, time: Tensor) -> None:
        # A sum is finite only if all terms are, but for an overflow, which is no gradient to follow either.
        sums = torch.stack([block.flatten(1).sum(1) for block in network.gradient_blocks])
        bad = ~(sums.isfinite().all(0) & loss.isfinite())
        self.diverged_at.copy_(torch.where(bad & self.alive, time, self.diverged_at))


def _zero(network: Flat, member: int) -> None:
    for block in network.gradient_blocks:
        block[member].zero_()

"""One training step of one GAN, as a function; engines lift it over the members of an ensemble.

The step is pure: a member (its networks' weights, batch-norm statistics and Adam's moments) and a batch go
in, the member after the step and both losses come out. `torch.func.vmap` of it trains all members at once
(`gantheory.training.engines.lifted`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.func import grad_and_value, vjp
from torch.utils._pytree import tree_map

from gantheory.objectives.torch_loss import BatchLosses, onto_domain
from gantheory.training.networks.flat_module import Buffers, FlatModule
from gantheory.training.remedies import Remedy

EPSILON = 1e-8
"""Of Adam: PyTorch's default, in every engine."""


class Player(NamedTuple):
    """One network of one member.

    Attributes:
        weights: (P,), all parameters in the order of the module.
        m, v: Adam's moments, (P,).
        buffers: batch norm's running statistics and whatever else the module keeps, by name.
    """

    weights: Tensor
    m: Tensor
    v: Tensor
    buffers: Buffers


class Member(NamedTuple):
    """One GAN in training.

    Attributes:
        generator, discriminator: the players.
        diverged_at: the step whose loss or gradient was not finite, 0 for none; int64, ().
    """

    generator: Player
    discriminator: Player
    diverged_at: Tensor


@dataclass(frozen=True, eq=False)
class Game:
    """What is the same for every member and at every step.

    Attributes:
        generator, discriminator: the networks.
        losses: the objective's.
        rates: Adam's learning rates, the generator's and the discriminator's.
        betas: Adam's.
        remedies: in the order in which they are applied.
    """

    generator: FlatModule
    discriminator: FlatModule
    losses: BatchLosses
    rates: tuple[float, float]
    betas: tuple[float, float]
    remedies: tuple[Remedy, ...] = ()

    def scores(self, weights: Tensor, buffers: Buffers, x: Tensor) -> tuple[Tensor, Buffers]:
        """The discriminator's scores (n,) and its buffers after them."""
        raw, buffers = self.discriminator(weights, buffers, x)
        return onto_domain(self.losses.objective, raw.reshape(len(x))), buffers


def step(
    game: Game, member: Member, time: Tensor, real: Tensor, noise: Tensor, draws: Sequence[Tensor]
) -> tuple[Member, Tensor, Tensor]:
    """One step of one member: D on its loss, then G on its loss at the new D, with the same noise.

    Args:
        game: networks, losses, rates and remedies.
        member: as the last step left it.
        time: the number of this step, from 1 on; ().
        real: (n, *shape). noise: (n, latent).
        draws: one of each remedy, for this step.

    Returns:
        The member after the step, and both losses. A member that diverged stays as it was, with losses NaN.
    """
    g, d, losses = member.generator, member.discriminator, game.losses

    # The generator runs once: `pull` takes a gradient in its output to the one in its weights.
    fake, pull, g_buffers = vjp(lambda w: game.generator(w, g.buffers, noise), g.weights, has_aux=True)  # type: ignore[misc]

    def d_loss(weights: Tensor) -> tuple[Tensor, Buffers]:
        # Real and generated batches apart: batch norm's statistics are each batch's own.
        on_real, buffers = game.scores(weights, d.buffers, real)
        on_fake, buffers = game.scores(weights, buffers, fake)
        loss = losses.discriminator(on_real, on_fake)
        for remedy, draw in zip(game.remedies, draws, strict=True):
            loss = loss + remedy.penalty(lambda x: game.scores(weights, d.buffers, x)[0], real, fake, draw)
        return loss, buffers

    d_gradient, (d_value, buffers) = grad_and_value(d_loss, has_aux=True)(d.weights)
    alive = (member.diverged_at == 0) & _finite(d_value, d_gradient)
    d = _chosen(alive, Player(*adam(d, d_gradient, time, game.rates[1], game.betas), buffers), d)
    for remedy in game.remedies:
        d = d._replace(weights=remedy.project(d.weights))

    def g_loss(points: Tensor) -> tuple[Tensor, Buffers]:
        on_real = game.scores(d.weights, d.buffers, real)[0] if losses.objective.outer is not None else None
        on_fake, buffers = game.scores(d.weights, d.buffers, points)
        return losses.generator(on_real, on_fake), buffers

    slope, (g_value, buffers) = grad_and_value(g_loss, has_aux=True)(fake)
    (g_gradient,) = pull(slope)
    alive = alive & _finite(g_value, g_gradient)
    g = _chosen(alive, Player(*adam(g, g_gradient, time, game.rates[0], game.betas), g_buffers), g)
    d = d._replace(buffers=_chosen(alive, buffers, d.buffers))

    diverged_at = torch.where(alive | (member.diverged_at > 0), member.diverged_at, time)
    lost = diverged_at > 0
    return Member(g, d, diverged_at), d_value.masked_fill(lost, math.nan), g_value.masked_fill(lost, math.nan)


def adam(
    player: Player, gradient: Tensor, time: Tensor, rate: float, betas: tuple[float, float]
) -> tuple[Tensor, Tensor, Tensor]:
    """Weights and moments after a step of Adam (Kingma and Ba 2015, Algorithm 1); see `FusedAdam`."""
    b1, b2 = betas
    m = b1 * player.m + (1 - b1) * gradient
    v = b2 * player.v + (1 - b2) * gradient.square()
    # In float32 the powers of the betas would lose six digits in the first steps.
    size = (rate / (1 - b1 ** time.double())).to(m.dtype)
    correction = (1 - b2 ** time.double()).to(m.dtype)
    return player.weights - size * m / ((v / correction).sqrt() + EPSILON), m, v


def _finite(value: Tensor, gradient: Tensor) -> Tensor:
    return value.isfinite() & gradient.isfinite().all()


def _chosen(condition: Tensor, new: Any, old: Any) -> Any:
    """`new` where the condition holds, else `old`, in every tensor of two like structures."""
    return tree_map(lambda a, b: torch.where(condition, a, b), new, old)

"""One training step of one GAN, as a function; engines lift it over the members of an ensemble.

The step is pure: a member (its networks' weights, batch-norm statistics and moments, and what its remedies
remember) and a batch go in, the member after the step and both losses come out. `torch.func.vmap` of it
trains all members at once (`gantheory.training.engines.lifted`).
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

from gantheory.objectives.torch_loss import BatchLosses, PairLosses
from gantheory.training.networks.flat_module import Buffers, FlatModule
from gantheory.training.networks.named import listed
from gantheory.training.remedies import FAKE, GENERATED, REAL, Memory, Play, Remedy, Score
from gantheory.training.updates import Player, Update, adam
from gantheory.training.variants import Given, Seen, Variant


class Member(NamedTuple):
    """One GAN in training.

    Attributes:
        generator, discriminator: the players.
        memory: what each remedy keeps, the variant last.
        diverged_at: the step whose loss or gradient was not finite, 0 for none; int64, ().
    """

    generator: Player
    discriminator: Player
    memory: tuple[Memory, ...]
    diverged_at: Tensor


@dataclass(frozen=True, eq=False)
class Game:
    """What is the same for every member and at every step.

    Attributes:
        generator, discriminator: the networks.
        losses: the objective's.
        rates: learning rates, the generator's and the discriminator's.
        betas: Adam's.
        remedies: in the order in which they are applied; the last is the variant, which is one too.
        discriminator_steps: updates of the discriminator in a step, each on a batch of its own.
        updates: of the generator and the discriminator.
    """

    generator: FlatModule
    discriminator: FlatModule
    losses: BatchLosses | PairLosses
    rates: tuple[float, float]
    betas: tuple[float, float]
    remedies: tuple[Remedy, ...] = (Variant(),)
    discriminator_steps: int = 1
    updates: tuple[Update, Update] = (adam, adam)

    @property
    def variant(self) -> Variant:
        """What the networks are given and return, and what else they lose."""
        found = self.remedies[-1]
        assert isinstance(found, Variant)
        return found

    def made(
        self, weights: Tensor, buffers: Buffers, noise: Tensor, given: Given
    ) -> tuple[tuple[Tensor, ...], Buffers]:
        """The generator's points (n, *shape), what it returns after them, and its buffers."""
        output, buffers = self.generator(weights, buffers, noise, *given.generator)
        return listed(output), buffers

    def seen(
        self, weights: Tensor, buffers: Buffers, x: Tensor, given: Given, memory: tuple[Memory, ...]
    ) -> tuple[Seen, Buffers]:
        """What the discriminator says of points, and its buffers after it."""
        parameters = reparametrized(self.remedies, self.discriminator.views(weights), memory)
        output, buffers = self.discriminator.at(parameters, buffers, x, *given.discriminator)
        raw, *more = listed(output)
        score = self.variant.score(self.losses.objective, raw.reshape(len(x)))
        return Seen(x, score, tuple(more)), buffers

    def score(self, weights: Tensor, buffers: Buffers, given: Given, memory: tuple[Memory, ...]) -> Score:
        """The discriminator as a function from points to scores."""
        return lambda x: self.seen(weights, buffers, x, given, memory)[0].score

    def shown(self, points: Tensor, draws: Sequence[Tensor], time: Tensor, whose: int) -> Tensor:
        """What the discriminator gets to see of points."""
        for remedy, draw in zip(self.remedies, draws, strict=True):
            points = remedy.view(points, draw, time, whose)
        return points


def reparametrized(
    remedies: Sequence[Remedy], parameters: list[Tensor], memory: tuple[Memory, ...]
) -> list[Tensor]:
    """The parameters that the discriminator computes with, from those that are trained."""
    for remedy, kept in zip(remedies, memory, strict=True):
        parameters = remedy.reparametrize(parameters, kept)
    return parameters


def step(
    game: Game,
    member: Member,
    time: Tensor,
    real: Tensor,
    noise: Tensor,
    draws: Sequence[Tensor],
    labels: Tensor | None = None,
) -> tuple[Member, Tensor, Tensor]:
    """One step of one member: D on its loss, then G on its loss at the new D, with the same noise.

    Args:
        game: networks, losses, rates and remedies.
        member: as the last step left it.
        time: the number of this step, from 1 on; ().
        real: (k n, *shape). noise: (k n, latent). With k updates of the discriminator, a batch for each; the
            generator's update is on the last.
        draws: of each remedy, (k, ...).
        labels: of the data, zeros with a one, (k n, classes), where the variant needs them.

    Returns:
        The member after the step, and both losses. A member that diverged stays as it was, with losses NaN.
    """
    g, d, memory = member.generator, member.discriminator, member.memory
    alive = member.diverged_at == 0
    count = game.discriminator_steps
    of_updates = [None] * count if labels is None else labels.chunk(count)
    *early, (x, z, y) = zip(real.chunk(count), noise.chunk(count), of_updates, strict=True)
    for k, (x_k, z_k, y_k) in enumerate(early):
        drawn = [draw[k] for draw in draws]
        given = game.variant.given(x_k, y_k, drawn[-1])
        (fake, *_), buffers = game.made(g.weights, g.buffers, z_k, given)
        g = g._replace(buffers=_chosen(alive, buffers, g.buffers))
        d, memory, _, _, alive = _discriminator_update(game, d, memory, time, x_k, fake, given, drawn, alive)

    # The generator runs once: `pull` takes a gradient in its output to the one in its weights.
    drawn = [draw[-1] for draw in draws]
    given = game.variant.given(x, y, drawn[-1])
    made, pull, g_buffers = vjp(lambda w: game.made(w, g.buffers, z, given), g.weights, has_aux=True)  # type: ignore[misc]
    d, memory, d_value, pace, alive = _discriminator_update(
        game, d, memory, time, x, made[0], given, drawn, alive
    )

    def g_loss(made: tuple[Tensor, ...]) -> tuple[Tensor, Buffers]:
        points, *more = made
        score = game.score(d.weights, d.buffers, given, memory)
        on_real = score(game.shown(x, drawn, time, REAL)) if game.losses.needs_real else None
        seen = game.shown(points, drawn, time, GENERATED)
        on_fake, buffers = game.seen(d.weights, d.buffers, seen, given, memory)
        loss = game.losses.generator(on_real, on_fake.score)
        loss = game.variant.generator_loss(loss, on_fake, tuple(more), given)
        for remedy, draw in zip(game.remedies, drawn, strict=True):
            loss = loss + remedy.generator_penalty(score, points, draw)
        return loss, buffers

    slope, (g_value, buffers) = grad_and_value(g_loss, has_aux=True)(made)
    (g_gradient,) = pull(slope)
    alive = alive & _finite(g_value, g_gradient)
    g = g._replace(buffers=_chosen(alive, g_buffers, g.buffers))
    g = _paced(game.updates[0], g, g_gradient, game.rates[0], pace[1], game.betas, alive)
    d = d._replace(buffers=_chosen(alive, buffers, d.buffers))

    diverged_at = torch.where(alive | (member.diverged_at > 0), member.diverged_at, time)
    lost = diverged_at > 0
    after = Member(g, d, memory, diverged_at)
    return after, d_value.masked_fill(lost, math.nan), g_value.masked_fill(lost, math.nan)


def _discriminator_update(
    game: Game,
    d: Player,
    memory: tuple[Memory, ...],
    time: Tensor,
    real: Tensor,
    fake: Tensor,
    given: Given,
    draws: list[Tensor],
    alive: Tensor,
) -> tuple[Player, tuple[Memory, ...], Tensor, tuple[Any, Any], Tensor]:
    """The discriminator and the memory after an update, its loss, the pace of both players, who is alive."""
    shown = fake
    for remedy, kept, draw in zip(game.remedies, memory, draws, strict=True):
        shown = remedy.mix(shown, kept, draw)
    x, y = game.shown(real, draws, time, REAL), game.shown(shown, draws, time, FAKE)

    def d_loss(weights: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor, Buffers]]:
        # Real and generated batches apart: batch norm's statistics are each batch's own.
        on_real, buffers = game.seen(weights, d.buffers, x, given, memory)
        on_fake, buffers = game.seen(weights, buffers, y, given, memory)
        loss = _labelled(game, on_real.score, on_fake.score, draws)
        total = game.variant.discriminator_loss(loss, on_real, on_fake, given, memory[-1])
        parameters, score = game.discriminator.views(weights), game.score(weights, d.buffers, given, memory)
        for remedy, kept, draw in zip(game.remedies, memory, draws, strict=True):
            total = total + remedy.penalty(score, x, y, draw) + remedy.weight_penalty(parameters, kept)
        return total, (loss, on_real.score, on_fake.score, buffers)

    gradient, (value, (loss, on_real, on_fake, buffers)) = grad_and_value(d_loss, has_aux=True)(d.weights)
    alive = alive & _finite(value, gradient)
    play = Play(loss, game.losses, on_real, on_fake, fake, game.discriminator.views(d.weights))
    remembered = tuple(
        remedy.remember(kept, play, draw)
        for remedy, kept, draw in zip(game.remedies, memory, draws, strict=True)
    )
    memory = _chosen(alive, remembered, memory)
    pace: tuple[Any, Any] = (1.0, 1.0)
    for remedy, kept in zip(game.remedies, memory, strict=True):
        pace = tuple(a * b for a, b in zip(pace, remedy.pace(kept), strict=True))  # type: ignore[assignment]
    d = d._replace(buffers=_chosen(alive, buffers, d.buffers))
    d = _paced(game.updates[1], d, gradient, game.rates[1], pace[0], game.betas, alive)
    for remedy in game.remedies:
        d = d._replace(weights=remedy.project(d.weights))
    return d, memory, value, pace, alive


def _labelled(game: Game, on_real: Tensor, on_fake: Tensor, draws: list[Tensor]) -> Tensor:
    """The discriminator's loss with the labels that remedies give to points."""
    asked = [
        (remedy, draw)
        for remedy, draw in zip(game.remedies, draws, strict=True)
        if type(remedy).labels is not Remedy.labels
    ]
    if not asked:
        return game.losses.discriminator(on_real, on_fake)
    real, fake = torch.ones_like(on_real), torch.zeros_like(on_fake)
    for remedy, draw in asked:
        real, fake = remedy.labels(real, fake, draw)
    return game.losses.labelled(on_real, real) + game.losses.labelled(on_fake, fake)


def _paced(
    update: Update,
    player: Player,
    gradient: Tensor,
    rate: float,
    factor: Tensor | float,
    betas: tuple[float, float],
    alive: Tensor,
) -> Player:
    """The player after an update, unless it diverged or its pace is 0."""
    moved = update(player, gradient, rate * factor, betas)
    return _chosen(alive & (factor > 0), moved, player)  # type: ignore[no-any-return]


def _finite(value: Tensor, gradient: Tensor) -> Tensor:
    return value.isfinite() & gradient.isfinite().all()


def _chosen(condition: Tensor, new: Any, old: Any) -> Any:
    """`new` where the condition holds, else `old`, in every tensor of two like structures."""
    return tree_map(lambda a, b: torch.where(condition, a, b), new, old)

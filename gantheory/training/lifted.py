"""An ensemble of any two networks: the step of one member, lifted over all by `torch.func.vmap`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import vmap
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

from gantheory.objectives import Objective
from gantheory.objectives.torch_loss import batch_losses, onto_domain
from gantheory.training.checks import torch_dtype
from gantheory.training.gan_config import GanConfig
from gantheory.training.networks.flat_module import FlatModule, flat_weights
from gantheory.training.step import Game, Member, Player, step

OneMember = tuple[Objective, int]
"""An objective with a seed."""


class LiftedEnsemble:
    """GANs of some members of a `GanConfig`, trained side by side by `gantheory.training.step.step`.

    Members share nothing, so that each one's step is what it is alone.

    Args:
        config: the settings.
        members: which of them.

    Attributes:
        diverged_at: (members,): the step at which a member diverged, 0 for none.
    """

    def __init__(self, config: GanConfig, members: Sequence[OneMember]) -> None:
        self.members = tuple(members)
        self.device = torch.device(config.device)
        self._dtype = torch_dtype(config.dtype)
        seeds = tuple(dict.fromkeys(seed for _, seed in members))
        pairs = {seed: config.networks.of_seed(seed) for seed in seeds}
        rates = (config.generator_rate, config.learning_rate)
        self._groups: list[tuple[slice, Game]] = []
        first = 0
        for objective, part in groupby(self.members, key=lambda member: member[0]):
            count = len(list(part))
            g_module, d_module = (FlatModule(module) for module in pairs[seeds[0]])
            game = Game(
                g_module,
                d_module,
                batch_losses(objective, config.numerics),
                rates,
                config.betas,
                tuple(config.remedies),
            )
            self._groups.append((slice(first, first + count), game))
            first += count
        g, d = (self._stacked([pairs[seed][role] for _, seed in members]) for role in (0, 1))
        never = torch.zeros(len(members), dtype=torch.int64, device=self.device)
        self._state = Member(g, d, never)
        self._time = torch.zeros((), dtype=torch.int64, device=self.device)

    @property
    def diverged_at(self) -> Tensor:
        """See the class."""
        return self._state.diverged_at

    def players(self) -> tuple[Player, Player]:
        """Generators and discriminators, with an axis of members first."""
        return self._state.generator, self._state.discriminator

    def step(self, real: Tensor, noise: Tensor, draws: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """One step of both players on real (S, n, *shape) and noise (S, n, latent); their losses, (S,) each.

        A member's losses are NaN from the step on at which it diverged.
        """
        self._time = self._time + 1
        done = []
        for part, game in self._groups:

            def of_one(member: Member, real: Tensor, noise: Tensor, *draws: Tensor) -> Any:
                return step(game, member, self._time, real, noise, draws)  # noqa: B023

            batch = (real[part], noise[part], *(draw[part] for draw in draws))
            done.append(vmap(of_one)(_rows(self._state, part), *batch))
        self._state, d_loss, g_loss = _joined(done)
        return d_loss, g_loss

    def generate(self, noise: Tensor) -> Tensor:
        """Outputs (S, n, *shape) for noise (S, n, latent); batch norm by its running statistics."""
        return self._evaluate(0, noise)

    def scores(self, points: Tensor) -> Tensor:
        """The trained discriminators' scores (S, n) of points (n, *shape); batch norm likewise."""
        raw = self._evaluate(1, points.to(self.device, self._dtype).expand(len(self.members), *points.shape))
        rows = zip(self.members, raw.flatten(1), strict=True)
        return torch.stack([onto_domain(objective, row) for (objective, _), row in rows])

    def state(self) -> dict[str, list[Tensor]]:
        """All that a step depends on but the count of steps, on the CPU: tensors whose rows are members."""
        leaves, _ = tree_flatten(self._state)
        return {"members": [leaf.cpu().clone() for leaf in leaves]}

    def load(self, state: dict[str, list[Tensor]], step: int) -> None:
        """Go on from the rows that `state` gave, after so many steps."""
        leaves, form = tree_flatten(self._state)
        moved = [value.to(leaf) for value, leaf in zip(state["members"], leaves, strict=True)]
        self._state = tree_unflatten(moved, form)
        self._time.fill_(step)

    def _stacked(self, modules: list[nn.Module]) -> Player:
        weights = torch.stack([flat_weights(module) for module in modules]).to(self.device, self._dtype)
        named = [dict(module.named_buffers()) for module in modules]
        buffers = {name: torch.stack([each[name] for each in named]).to(self.device) for name in named[0]}
        buffers = {
            name: value.to(self._dtype) if value.is_floating_point() else value
            for name, value in buffers.items()
        }
        return Player(weights, torch.zeros_like(weights), torch.zeros_like(weights), buffers)

    def _evaluate(self, role: int, x: Tensor) -> Tensor:
        network = (self._groups[0][1].generator, self._groups[0][1].discriminator)[role]
        player = self.players()[role]
        network.module.eval()
        try:
            with torch.no_grad():
                return vmap(lambda w, b, x: network(w, b, x)[0])(player.weights, player.buffers, x)
        finally:
            network.module.train()


def _rows(tree: Any, part: slice) -> Any:
    return tree_map(lambda leaf: leaf[part], tree)


def _joined(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else tree_map(lambda *leaves: torch.cat(leaves), *parts)

"""Members of a `GanConfig` as an engine keeps them: a stacked `Member`, evaluated, saved and loaded."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import vmap
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

from gantheory.objectives import Objective, Relativistic
from gantheory.training.checks import torch_dtype
from gantheory.training.networks.flat_module import FlatModule, flat_weights
from gantheory.training.networks.named import first
from gantheory.training.remedies import Memory
from gantheory.training.settings.gan_config import GanConfig
from gantheory.training.step import Member, reparametrized
from gantheory.training.updates import Player

OneMember = tuple[Objective | Relativistic, int]
"""An objective with a seed."""


class Members:
    """GANs of some members of a `GanConfig`; engines derive from this and add `step`.

    Args:
        config: the settings.
        members: which of them.

    Attributes:
        networks: generator and discriminator as functions of their weights.
        time: steps done, int64 ().
    """

    def __init__(self, config: GanConfig, members: Sequence[OneMember]) -> None:
        self.config = config
        self.members = tuple(members)
        self.device = torch.device(config.device)
        self.dtype = torch_dtype(config.dtype)
        seeds = tuple(dict.fromkeys(seed for _, seed in members))
        pairs = {seed: config.networks.of_seed(seed) for seed in seeds}
        generator, discriminator = pairs[seeds[0]]
        self.networks = FlatModule(generator), FlatModule(discriminator)
        g, d = (self._stacked([pairs[seed][role] for _, seed in members]) for role in (0, 1))
        never = torch.zeros(len(members), dtype=torch.int64, device=self.device)
        self._start(Member(g, d, self._memories(d), never), 0)

    def _memories(self, discriminators: Player) -> tuple[Memory, ...]:
        """What the remedies of all members remember before the first step."""
        started = [
            tuple(
                remedy.start(self.networks[1].views(weights), self.config.data.shape, objective)
                for remedy in self.config.changes
            )
            for (objective, _), weights in zip(self.members, discriminators.weights, strict=True)
        ]
        joined: tuple[Memory, ...] = tree_map(lambda *each: self._placed(torch.stack(each)), *started)
        return joined

    def _placed(self, value: Tensor) -> Tensor:
        return value.to(self.device, self.dtype if value.is_floating_point() else value.dtype)

    def _start(self, members: Member, step: int) -> None:
        """Go on from these members, after so many steps."""
        self._current = members
        self.time = torch.tensor(step, dtype=torch.int64, device=self.device)

    @property
    def current(self) -> Member:
        """The members after the last step; tensors have an axis of members first."""
        return self._current

    @property
    def diverged_at(self) -> Tensor:
        """(members,): the step at which a member diverged, 0 for none."""
        return self.current.diverged_at

    def players(self) -> tuple[Player, Player]:
        """Generators and discriminators."""
        return self.current.generator, self.current.discriminator

    def generate(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Outputs (S, n, *shape) for noise (S, n, latent) and what else generators are given, (S, n, ...), or
        all of them (n, ...), the same for all members; batch norm by running means."""
        if noise.ndim == 2:
            return self._evaluate(0, *map(self._for_all, (noise, *given)))
        return self._evaluate(0, noise, *given)

    def scores(self, points: Tensor, *given: Tensor) -> Tensor:
        """The trained discriminators' scores (S, n) of points (n, *shape), and what else they are given, (n,
        ...); batch norm likewise."""
        raw = self._evaluate(1, *map(self._for_all, (points, *given)))
        rows = zip(self.members, raw.flatten(1), strict=True)
        return torch.stack([self.config.played.score(objective, row) for (objective, _), row in rows])

    def modules(self, row: int) -> tuple[nn.Module, nn.Module]:
        """The generator and the discriminator of one member as modules of their own, in evaluation mode."""
        pair = self.config.networks.of_seed(self.members[row][1])
        for role, (module, player) in enumerate(zip(pair, self.players(), strict=True)):
            network = self.networks[role]
            parameters = [each[row] for each in self._parameters(role)]
            weights = dict(zip(network.names, parameters, strict=True))
            buffers = {name: value[row] for name, value in player.buffers.items()}
            # Weights that two layers share are there by one name, and buffers that are not saved by theirs.
            module.to(self.dtype).eval().load_state_dict({**weights, **buffers}, strict=False)
        return pair

    def state(self) -> dict[str, list[Tensor]]:
        """All that a step depends on but the count of steps, on the CPU: tensors whose rows are members."""
        leaves, _ = tree_flatten(self.current)
        return {"members": [leaf.cpu().clone() for leaf in leaves]}

    def load(self, state: dict[str, list[Tensor]], step: int) -> None:
        """Go on from the rows that `state` gave, after so many steps."""
        leaves, form = tree_flatten(self.current)
        moved = [value.to(leaf) for value, leaf in zip(state["members"], leaves, strict=True)]
        self._start(tree_unflatten(moved, form), step)

    def _stacked(self, modules: list[nn.Module]) -> Player:
        weights = torch.stack([flat_weights(module) for module in modules]).to(self.device, self.dtype)
        named = [dict(module.named_buffers()) for module in modules]
        buffers = {name: self._placed(torch.stack([each[name] for each in named])) for name in named[0]}
        zero = torch.zeros_like(weights)
        none = torch.zeros(len(weights), dtype=torch.int64, device=self.device)
        return Player(weights, zero, zero.clone(), none, buffers)

    def _for_all(self, value: Tensor) -> Tensor:
        return value.expand(len(self.members), *value.shape)

    def _evaluate(self, role: int, *inputs: Tensor) -> Tensor:
        network, player = self.networks[role], self.players()[role]
        network.module.eval()
        try:
            with torch.no_grad():
                parameters = self._parameters(role)
                inputs = tuple(each.to(self.device, self.dtype) for each in inputs)
                return vmap(lambda p, b, *x: first(network.at(p, b, *x)[0]))(
                    parameters, player.buffers, *inputs
                )
        finally:
            network.module.train()

    def _parameters(self, role: int) -> list[Tensor]:
        """(S, *shape) each: those that the networks compute with, which remedies may make of others."""
        trained = self.networks[role].views(self.players()[role].weights)
        if role == 0 or not self.config.remedies:
            return trained
        remedies = self.config.changes
        return vmap(lambda p, m: reparametrized(remedies, p, m))(trained, self.current.memory)

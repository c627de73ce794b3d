"""An ensemble of networks whose layers are known, by hand-written passes: the step of `lifted`, faster."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gantheory.objectives import Objective
from gantheory.training.engines.by_hand.adam import FusedAdam, MaskedAdam
from gantheory.training.engines.by_hand.heads import Heads
from gantheory.training.engines.by_hand.layers import LAYERS, BatchNorm, Layer, Place, known, layers
from gantheory.training.engines.by_hand.survivors import Survivors
from gantheory.training.engines.members import Members, OneMember
from gantheory.training.settings.gan_config import GanConfig
from gantheory.training.step import Member
from gantheory.training.updates import Player


def applies(config: GanConfig, generator: nn.Module, discriminator: nn.Module) -> bool:
    """Whether these passes can train the networks as the settings ask."""
    plain = not config.remedies and config.variant is None and config.discriminator_steps == 1
    plain = plain and config.generator_optimizer == config.discriminator_optimizer == "adam"
    plain = plain and all(isinstance(each, Objective) for each in config.objectives)
    return config.engine == "auto" and plain and known(generator) and known(discriminator)


class FlatNetwork:
    """A sequence of layers of S members: parameters and gradients are two vectors, passes write into buffers.

    Args:
        module: an `nn.Sequential` that `known` accepts.
        player: the members' weights (S, P) and buffers, from which it starts.

    Attributes:
        parameters, gradients: the vectors, a block (S, *shape) for each parameter after the other.
        blocks, gradient_blocks: views of them.
        buffers: by name, (S, ...), moved in place.
    """

    def __init__(self, module: nn.Module, player: Player) -> None:
        self.module = module
        self.members = len(player.weights)
        self.shapes = [torch.Size((self.members, *each.shape)) for each in module.parameters()]
        self._sizes = [shape[1:].numel() for shape in self.shapes]
        self.parameters = self.vector(player.weights)
        self.gradients = torch.zeros_like(self.parameters)
        self.blocks, self.gradient_blocks = self.views(self.parameters), self.views(self.gradients)
        self.buffers = {name: value.clone() for name, value in player.buffers.items()}
        self._passes: dict[tuple[int, int], Pass] = {}

    def vector(self, weights: Tensor) -> Tensor:
        """(S, P) laid out as `parameters`."""
        return torch.cat([part.flatten() for part in weights.split(self._sizes, 1)])

    def rows(self, vector: Tensor) -> Tensor:
        """Inverse of `vector`."""
        return torch.cat([block.flatten(1) for block in self.views(vector)], 1)

    def views(self, vector: Tensor) -> list[Tensor]:
        """The blocks of a vector laid out as `parameters`."""
        sizes = [shape.numel() for shape in self.shapes]
        return [part.view(shape) for part, shape in zip(vector.split(sizes), self.shapes, strict=True)]

    def refresh(self) -> None:
        """Nothing is derived from the parameters."""

    def through(self, shape: tuple[int, ...], rows: int, groups: int = 1) -> Pass:
        """The pass for inputs of that shape, with so many rows in all; its buffers are used again."""
        if (rows, groups) not in self._passes:
            self._passes[rows, groups] = Pass(self, shape, rows, groups)
        return self._passes[rows, groups]


class Pass:
    """One way through a network with fixed buffers.

    Attributes:
        x, dx: the input and the gradient there, (S, *shape, rows).
        y, dy: the output and the gradient there; `backward` works on dy in place.
    """

    def __init__(self, network: FlatNetwork, shape: tuple[int, ...], rows: int, groups: int) -> None:
        like = network.parameters
        self.x, self.dx = (like.new_zeros(network.members, *shape, rows) for _ in range(2))
        self._network = network
        self._layers: list[Layer] = []
        self._norms: list[tuple[str, BatchNorm]] = []
        x, dx, first = self.x, self.dx, 0
        for name, module in layers(network.module):
            last = first + len(list(module.parameters()))
            part = slice(first, last)
            place = Place(x, dx, network.blocks[part], network.gradient_blocks[part], groups)
            layer = LAYERS[type(module)](module, place)
            self._layers.append(layer)
            if isinstance(layer, BatchNorm):
                self._norms.append((name, layer))
            x, dx, first = layer.y, layer.dy, last
        self.y, self.dy = x, dx
        # The gradient of the first layer that has parameters is the last that anybody asks for.
        weighted = [bool(list(each.parameters())) for _, each in layers(network.module)]
        self._lowest = weighted.index(True)

    def forward(self) -> Tensor:
        """Write y, from x."""
        for layer in self._layers:
            layer.forward()
        return self.y

    def backward(self, *, weights: bool, inputs: bool) -> None:
        """From dy: write the parameters' gradients, and dx."""
        for k in reversed(range(len(self._layers))):
            if not inputs and k < self._lowest:
                return
            self._layers[k].backward(weights, inputs or k > self._lowest)

    def track(self, alive: Tensor) -> None:
        """Move batch norm's running statistics of the members that are alive, by the last forward pass."""
        for name, norm in self._norms:
            prefix = f"{name}."
            buffers = {
                key.removeprefix(prefix): value
                for key, value in self._network.buffers.items()
                if key.startswith(prefix)
            }
            norm.track(buffers, alive)


class FlatEnsemble(Members):
    """GANs of some members of a `GanConfig`: `gantheory.training.step.step` in passes over buffers.

    Real and generated rows go through the discriminator as one batch, whose two halves have batch-norm
    statistics of their own. Which layers are known is in `gantheory.training.engines.by_hand.layers`.

    Args:
        config: the settings.
        members: which of them.
    """

    def __init__(self, config: GanConfig, members: Sequence[OneMember]) -> None:
        super().__init__(config, members)
        games = [game for game, _ in members if isinstance(game, Objective)]  # all are, or `applies` is False
        self._heads = Heads(games, config.numerics, self.dtype, self.device)

    def _start(self, members: Member, step: int) -> None:
        self.time = torch.tensor(step, dtype=torch.int64, device=self.device)
        self._survivors = Survivors(members.diverged_at.clone())
        rates = (self.config.generator_rate, self.config.learning_rate)
        self._g, self._d = (
            FlatNetwork(network.module, player)
            for network, player in zip(self.networks, members[:2], strict=True)
        )
        # Under a CUDA graph no kernel may depend on which members are alive.
        kind: type[FusedAdam | MaskedAdam] = MaskedAdam if self.device.type == "cuda" else FusedAdam
        self._g_adam, self._d_adam = (
            kind(network, rate, self.config.betas)
            for network, rate in zip((self._g, self._d), rates, strict=True)
        )
        for adam, network, player in zip(self._adams, (self._g, self._d), members[:2], strict=True):
            state = adam.state()
            state["step"].fill_(step)
            state["exp_avg"].copy_(network.vector(player.m))
            state["exp_avg_sq"].copy_(network.vector(player.v))

    @property
    def _adams(self) -> tuple[FusedAdam | MaskedAdam, FusedAdam | MaskedAdam]:
        return self._g_adam, self._d_adam

    @property
    def current(self) -> Member:
        """See `Members`."""
        g, d = (
            Player(
                network.rows(network.parameters),
                network.rows(adam.state()["exp_avg"]),
                network.rows(adam.state()["exp_avg_sq"]),
                self.time.expand(len(self.members)),
                network.buffers,
            )
            for adam, network in zip(self._adams, (self._g, self._d), strict=True)
        )
        return Member(g, d, ((),), self._survivors.diverged_at)

    def step(self, real: Tensor, noise: Tensor, draws: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """As `LiftedEnsemble.step`; there is nothing to draw."""
        self.time += 1
        n, shape = real.shape[1], tuple(real.shape[2:])
        generator = self._g.through((self.config.latent,), n)
        both = self._d.through(shape, 2 * n, groups=2)
        one = self._d.through(shape, n)

        generator.x.copy_(noise.movedim(1, -1))
        fake = generator.forward().view(one.x.shape)
        both.x[..., :n].copy_(real.movedim(1, -1))
        both.x[..., n:].copy_(fake)
        raw = both.forward()
        d_loss, slope = self._heads.discriminator(raw.flatten(1), n)
        both.dy.copy_(slope.view(both.dy.shape))
        both.backward(weights=True, inputs=False)
        self._survivors.update(self._d_adam, d_loss, self.time)
        both.track(self._survivors.alive)

        on_real = None
        if self._heads.needs_real:
            one.x.copy_(both.x[..., :n])
            on_real = one.forward().flatten(1).clone()
        one.x.copy_(fake)
        g_loss, slope = self._heads.generator(one.forward().flatten(1), on_real)
        one.dy.copy_(slope.view(one.dy.shape))
        one.backward(weights=False, inputs=True)
        generator.dy.copy_(one.dx.view(generator.dy.shape))
        generator.backward(weights=True, inputs=False)
        self._survivors.update(self._g_adam, g_loss, self.time)
        alive = self._survivors.alive
        one.track(alive)
        generator.track(alive)
        return d_loss.masked_fill(~alive, math.nan), g_loss.masked_fill(~alive, math.nan)

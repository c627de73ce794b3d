"""All members of an ensemble as one batched computation: networks, optimizers and the training step."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from gantheory.objectives import Objective
from gantheory.objectives.torch_loss import onto_domain
from gantheory.training.checks import torch_dtype
from gantheory.training.engines.by_hand.adam import FusedAdam, MaskedAdam
from gantheory.training.engines.by_hand.heads import Heads
from gantheory.training.engines.by_hand.mlp import FlatMLP
from gantheory.training.engines.by_hand.survivors import Survivors
from gantheory.training.networks import StackedMLP
from gantheory.training.settings.ring_config import RingConfig

Member = tuple[Objective, int]
"""An objective with a seed."""


class Ensemble:
    """GANs of some members of a `RingConfig`, trained side by side.

    Members share no parameter, so that each one's gradient is what it has alone. One step is

        fake = G(z),   an Adam step of D on its loss at (real, fake),   one of G on its loss at the new D

    as published: the same noise in both halves. The generator runs once, its output not changing between the
    halves; the discriminator's half leaves out the generator's gradients, the generator's half those of the
    discriminator's weights. With n rows and P_G, P_D weights that is 2 n (3 P_G + 8 P_D) floating-point
    operations (and a little less for first layers): 618 million at the published sizes.

    A member whose loss or gradient is not finite diverged: it is not updated by that gradient nor by any
    later one, so that its weights stay the last finite ones, and the others go on.

    Args:
        config: the settings.
        members: which of them.

    Attributes:
        generator, discriminator: `FlatMLP`.
    """

    def __init__(self, config: RingConfig, members: Sequence[Member]) -> None:
        dtype = torch_dtype(config.dtype)
        self.members = tuple(members)
        self.device = torch.device(config.device)
        dimension = config.mixture.dimension
        half = config.precision == "bfloat16"
        g_sizes = (config.latent, *config.generator_hidden, dimension)
        d_sizes = (dimension, *config.discriminator_hidden, 1)
        seeds = tuple(dict.fromkeys(seed for _, seed in members))
        rows = [seeds.index(seed) for _, seed in members]
        g_kind, d_kind = config.generator_activation, config.discriminator_activation
        g_initial = StackedMLP(seeds, g_sizes, g_kind, "generator", dtype, self.device)
        d_initial = StackedMLP(seeds, d_sizes, d_kind, "discriminator", dtype, self.device)
        on_gpu = self.device.type == "cuda"
        self.generator = FlatMLP(g_initial, rows, half, fused=on_gpu)
        self.discriminator = FlatMLP(d_initial, rows, half, fused=on_gpu)
        objectives = [objective for objective, _ in members]
        self.heads = Heads(objectives, config.numerics, dtype, self.device)
        # Under a CUDA graph no kernel may depend on which members are alive.
        adam: type[FusedAdam | MaskedAdam] = MaskedAdam if on_gpu else FusedAdam
        self._g_adam = adam(self.generator, config.generator_rate, config.betas)
        self._d_adam = adam(self.discriminator, config.learning_rate, config.betas)
        self._survivors = Survivors(torch.zeros(len(members), dtype=torch.int64, device=self.device))
        self._step = torch.zeros((), dtype=torch.int64, device=self.device)
        self._inputs: dict[int, Tensor] = {}

    @property
    def diverged_at(self) -> Tensor:
        """(members,): the step at which a member diverged, 0 for none."""
        return self._survivors.diverged_at

    def step(self, real: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """One step of both players on real (S, n, d) and noise (S, n, latent); their losses, (S,) each.

        A frozen member's losses are NaN from the step on at which it diverged.
        """
        self._step += 1
        n = real.shape[1]
        fake = self.generator.forward(noise)
        both = self._both(real, fake)
        raw = self.discriminator.forward(both).squeeze(-1)
        d_loss, slope = self.heads.discriminator(raw, n)
        self.discriminator.backward(2 * n, slope[..., None], weights=True, inputs=False)
        self._survivors.update(self._d_adam, d_loss, self._step)

        # The generator's half runs the discriminator on real data only for a loss that is no sum.
        real_raw = None
        if self.heads.needs_real:
            real_raw = self.discriminator.forward(real).squeeze(-1).clone()
        fake_raw = self.discriminator.forward(both[:, n:]).squeeze(-1)
        g_loss, slope = self.heads.generator(fake_raw, real_raw)
        pulled = self.discriminator.backward(n, slope[..., None], weights=False, inputs=True)
        assert pulled is not None
        self.generator.backward(n, pulled, weights=True, inputs=False)
        self._survivors.update(self._g_adam, g_loss, self._step)
        dead = ~self._survivors.alive
        return d_loss.masked_fill(dead, math.nan), g_loss.masked_fill(dead, math.nan)

    def scores(self, points: Tensor) -> Tensor:
        """The discriminators' scores (S, n) of points (n, d)."""
        raw = self.discriminator.evaluate(points.to(self.discriminator.parameters)).squeeze(-1)
        rows = zip(self.members, raw, strict=True)
        return torch.stack([onto_domain(objective, row) for (objective, _), row in rows])

    def generate(self, noise: Tensor) -> Tensor:
        """Outputs (S, n, d) for noise (n, latent) or (S, n, latent)."""
        return self.generator.evaluate(noise.to(self.generator.parameters))

    def state(self) -> dict[str, list[Tensor]]:
        """All that a step depends on but the count of steps, on the CPU: tensors whose rows are members."""
        tensors = {"diverged_at": [self.diverged_at]}
        for name, adam in (("generator", self._g_adam), ("discriminator", self._d_adam)):
            tensors[name] = adam.network.blocks
            for moment in ("exp_avg", "exp_avg_sq"):
                tensors[f"{name}_{moment}"] = adam.network.views(adam.state()[moment])
        # Copies: the state may be written while training goes on.
        return {name: [each.cpu().clone() for each in listed] for name, listed in tensors.items()}

    def load(self, state: dict[str, list[Tensor]], step: int) -> None:
        """Go on from the rows that `state` gave, after so many steps."""
        for name, adam in (("generator", self._g_adam), ("discriminator", self._d_adam)):
            _copy(adam.network.blocks, state[name])
            adam.network.refresh()
            moments = adam.state()
            for moment in ("exp_avg", "exp_avg_sq"):
                _copy(adam.network.views(moments[moment]), state[f"{name}_{moment}"])
            moments["step"].fill_(step)
        self._survivors = Survivors(state["diverged_at"][0].to(self.device))
        self._step.fill_(step)

    def _both(self, real: Tensor, fake: Tensor) -> Tensor:
        n = real.shape[1]
        if n not in self._inputs:
            shape = (real.shape[0], 2 * n, real.shape[2])
            self._inputs[n] = torch.empty(shape, dtype=real.dtype, device=real.device)
        both = self._inputs[n]
        both[:, :n].copy_(real)
        both[:, n:].copy_(fake)
        return both


def _copy(blocks: list[Tensor], values: list[Tensor]) -> None:
    for block, value in zip(blocks, values, strict=True):
        block.copy_(value)

"""All members of an ensemble as one batched computation: networks, optimizers and the training step."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from gantheory.objectives import Objective
from gantheory.objectives.torch_loss import onto_domain
from gantheory.training.checks import torch_dtype
from gantheory.training.engines.flat_mlp import FlatMLP
from gantheory.training.engines.fused_adam import Flat, FusedAdam, MaskedAdam
from gantheory.training.engines.heads import Heads
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
        diverged_at: shape (members,): the step at which a member diverged, 0 for none.
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
        self._g_adam, self._d_adam = (
            adam(self.generator, config.generator_rate, config.betas),
            adam(self.discriminator, config.learning_rate, config.betas),
        )
        self.diverged_at = torch.zeros(len(members), dtype=torch.int64, device=self.device)
        self._frozen: list[int] = []
        self._step = torch.zeros((), dtype=torch.int64, device=self.device)
        self._inputs: dict[int, Tensor] = {}

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
        self._update(self._d_adam, d_loss)

        # The generator's half runs the discriminator on real data only for a loss that is no sum.
        real_raw = None
        if self.heads.needs_real:
            real_raw = self.discriminator.forward(real).squeeze(-1).clone()
        fake_raw = self.discriminator.forward(both[:, n:]).squeeze(-1)
        g_loss, slope = self.heads.generator(fake_raw, real_raw)
        pulled = self.discriminator.backward(n, slope[..., None], weights=False, inputs=True)
        assert pulled is not None
        self.generator.backward(n, pulled, weights=True, inputs=False)
        self._update(self._g_adam, g_loss)
        dead = self.diverged_at > 0
        return d_loss.masked_fill(dead, math.nan), g_loss.masked_fill(dead, math.nan)

    def scores(self, points: Tensor) -> Tensor:
        """The discriminators' scores (S, n) of points (n, d)."""
        raw = self.discriminator.evaluate(points.to(self.discriminator.parameters)).squeeze(-1)
        rows = zip(self.members, raw, strict=True)
        return torch.stack([onto_domain(objective, row) for (objective, _), row in rows])

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
        self.diverged_at.copy_(state["diverged_at"][0])
        self._step.fill_(step)
        self._frozen = [member for member, at in enumerate(self.diverged_at.tolist()) if at > 0]

    def _both(self, real: Tensor, fake: Tensor) -> Tensor:
        n = real.shape[1]
        if n not in self._inputs:
            shape = (real.shape[0], 2 * n, real.shape[2])
            self._inputs[n] = torch.empty(shape, dtype=real.dtype, device=real.device)
        both = self._inputs[n]
        both[:, :n].copy_(real)
        both[:, n:].copy_(fake)
        return both

    def _update(self, adam: FusedAdam | MaskedAdam, loss: Tensor) -> None:
        network = adam.network
        if isinstance(adam, MaskedAdam):
            self._record(~(_finite(network) & torch.isfinite(loss)))
            adam.step(self.diverged_at == 0)
            return
        for member in self._frozen:
            _zero(network, member)
        # One sum over everything finds out that nothing happened; only otherwise look closer.
        if not (math.isfinite(network.gradients.sum().item()) and math.isfinite(loss.sum().item())):
            bad = ~(_finite(network) & torch.isfinite(loss)) & (self.diverged_at == 0)
            self._record(bad)
            for member in bad.nonzero().flatten().tolist():
                self._frozen.append(member)
                for each in (self._g_adam, self._d_adam):
                    each.freeze(member)
                _zero(network, member)
        adam.step()

    def _record(self, bad: Tensor) -> None:
        self.diverged_at.copy_(torch.where(bad & (self.diverged_at == 0), self._step, self.diverged_at))


def _finite(network: Flat) -> Tensor:
    """Which members have finite gradients, (members,)."""
    # A sum is finite only if all terms are, but for an overflow, which is no gradient to follow either.
    sums = torch.stack([block.sum((1, 2)) for block in network.gradient_blocks])
    return torch.isfinite(sums).all(0)


def _zero(network: Flat, member: int) -> None:
    for block in network.gradient_blocks:
        block[member].zero_()


def _copy(blocks: list[Tensor], values: list[Tensor]) -> None:
    for block, value in zip(blocks, values, strict=True):
        block.copy_(value)

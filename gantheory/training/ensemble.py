"""All members of an ensemble as one batched computation: networks, optimizers and the training step."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from gantheory.training.adam import FusedAdam, MaskedAdam
from gantheory.training.checks import torch_dtype
from gantheory.training.config import RingConfig
from gantheory.training.flat_mlp import FlatMLP
from gantheory.training.heads import Heads
from gantheory.training.networks import StackedMLP


class Ensemble:
    """GANs of the members of a `RingConfig`, trained side by side.

    Members share no parameter, so that each one's gradient is what it has alone. One step is

        fake = G(z),   an Adam step of D on its loss at (real, fake),   one of G on its loss at the new D

    as published: the same noise in both halves. The generator runs once, its output not changing between the
    halves; the discriminator's half leaves out the generator's gradients, the generator's half those of the
    discriminator's weights. With n rows and P_G, P_D weights that is 2 n (3 P_G + 8 P_D) floating-point
    operations (and a little less for first layers): 618 million at the published sizes.

    A member whose loss or gradient is not finite diverged: it is not updated by that gradient nor by any
    later one, so that its weights stay the last finite ones, and the others go on.

    Attributes:
        generator, discriminator: `FlatMLP`.
        diverged_at: shape (members,): the step at which a member diverged, 0 for none.
    """

    def __init__(self, config: RingConfig) -> None:
        dtype = torch_dtype(config.dtype)
        self.device = torch.device(config.device)
        dimension, copies = config.mixture.dimension, len(config.objectives)
        half = config.precision == "bfloat16"
        g_sizes = (config.latent, *config.generator_hidden, dimension)
        d_sizes = (dimension, *config.discriminator_hidden, 1)
        seeds, g_kind, d_kind = (
            tuple(config.seeds),
            config.generator_activation,
            config.discriminator_activation,
        )
        g_initial = StackedMLP(seeds, g_sizes, g_kind, "generator", dtype, self.device)
        d_initial = StackedMLP(seeds, d_sizes, d_kind, "discriminator", dtype, self.device)
        self.generator = FlatMLP(g_initial, copies, half)
        self.discriminator = FlatMLP(d_initial, copies, half)
        members = [objective for objective, _ in config.members]
        self.heads = Heads(members, config.numerics, dtype, self.device)
        d_rate = config.learning_rate
        g_rate = d_rate if config.generator_learning_rate is None else config.generator_learning_rate
        # Under a CUDA graph no kernel may depend on which members are alive.
        adam: type[FusedAdam | MaskedAdam] = MaskedAdam if self.device.type == "cuda" else FusedAdam
        self._g_adam, self._d_adam = (
            adam(self.generator, g_rate, config.betas),
            adam(self.discriminator, d_rate, config.betas),
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

    def state(self) -> dict[str, Any]:
        """All that a step depends on, as tensors and dictionaries of tensors on the CPU."""
        tensors: dict[str, Any] = {
            "generator": self.generator.parameters,
            "discriminator": self.discriminator.parameters,
            "generator_adam": self._g_adam.state(),
            "discriminator_adam": self._d_adam.state(),
            "diverged_at": self.diverged_at,
            "step": self._step,
        }
        return {
            name: {key: entry.cpu() for key, entry in value.items()}
            if isinstance(value, dict)
            else value.cpu()
            for name, value in tensors.items()
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        for network, name in ((self.generator, "generator"), (self.discriminator, "discriminator")):
            network.parameters.copy_(state[name])
            network.refresh()
        self._g_adam.load(state["generator_adam"])
        self._d_adam.load(state["discriminator_adam"])
        self.diverged_at.copy_(state["diverged_at"])
        self._step.copy_(state["step"])
        self._frozen = [member for member, step in enumerate(self.diverged_at.tolist()) if step > 0]

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


def _finite(network: FlatMLP) -> Tensor:
    """Which members have finite gradients, (members,)."""
    # A sum is finite only if all terms are, but for an overflow, which is no gradient to follow either.
    sums = torch.stack([block.sum((1, 2)) for block in network.gradient_blocks])
    return torch.isfinite(sums).all(0)


def _zero(network: FlatMLP, member: int) -> None:
    for block in network.gradient_blocks:
        block[member].zero_()

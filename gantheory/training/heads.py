"""The players' losses and their derivatives in the scores, for members with different objectives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from gantheory.objectives import Objective
from gantheory.objectives.torch_loss import LOGIT_LIMIT, BatchLosses, batch_losses, onto_domain

Pair = tuple[Tensor, Tensor]
"""Losses of shape (members,) and their gradient in the raw outputs, (members, rows)."""


class Head(Protocol):
    """The losses of some members, from the discriminator's raw outputs."""

    def discriminator(self, raw: Tensor, real: int) -> Pair:
        """From raw outputs (members, rows), of which the first `real` are on real data."""

    def generator(self, fake: Tensor, real: Tensor | None) -> Pair:
        """From raw outputs on generated data, and on real data where the loss is no sum."""


@dataclass(frozen=True, eq=False)
class AlphaHead:
    """(alpha_D, alpha_G)-GANs: each member has its own pair, and all are one computation.

        l(z) = -expm1(c log sigmoid(z))/c,   c = (alpha - 1)/alpha,   l(z) = -log sigmoid(z) at c = 0
        l'(z) = -exp(c log sigmoid(z) + log sigmoid(-z))

    with z the logit of the true label. The derivative is computed so and not by autograd of expm1, which is
    zero where the true gradient is 1e-9. The discriminator's loss is mean l(v_real) + mean l(-v_fake); the
    generator's is mean l(v_fake), or minus mean l(-v_fake) where it saturates (its real term is constant).

    Attributes:
        c_d, c_g: shape (members, 1).
        sign: 1 for a non-saturating generator, -1 for a saturating one, shape (members, 1).
        clamped: D is clamped to [1e-7, 1 - 1e-7]: beyond, the derivative is zero.
    """

    c_d: Tensor
    c_g: Tensor
    sign: Tensor
    clamped: bool

    def discriminator(self, raw: Tensor, real: int) -> Pair:
        """See `Head`."""
        logits = torch.cat([raw[:, :real], -raw[:, real:]], dim=1)
        loss, slope = self._loss(logits, self.c_d)
        fake = raw.shape[1] - real
        slope[:, :real] /= real
        slope[:, real:] /= -fake
        return loss[:, :real].mean(1) + loss[:, real:].mean(1), slope

    def generator(self, fake: Tensor, real: Tensor | None) -> Pair:
        """See `Head`."""
        loss, slope = self._loss(fake * self.sign, self.c_g)
        return (loss * self.sign).mean(1), slope.div_(fake.shape[1])

    def _loss(self, logits: Tensor, c: Tensor) -> Pair:
        z = logits.clamp(-LOGIT_LIMIT, LOGIT_LIMIT) if self.clamped else logits
        log_right = functional.logsigmoid(z)
        power = c * log_right
        divisor = torch.where(c == 0, 1.0, c)
        loss = torch.where(c == 0, -log_right, -torch.expm1(power) / divisor)
        # log sigmoid(-z) = log sigmoid(z) - z, but for z << 0, where it is -exp(z) and cancels.
        slope = -torch.exp(power + functional.logsigmoid(-z))
        if self.clamped:
            slope = slope * (logits.abs() <= LOGIT_LIMIT)
        return loss, slope


@dataclass(frozen=True, eq=False)
class LoweredHead:
    """Any objective: its lowered functions, whose autograd rule is the lowered symbolic derivative."""

    losses: BatchLosses

    def discriminator(self, raw: Tensor, real: int) -> Pair:
        """See `Head`."""
        leaf = raw.detach().requires_grad_()
        with torch.enable_grad():
            scores = onto_domain(self.losses.objective, leaf)
            loss = self.losses.discriminator(scores[:, :real], scores[:, real:])
            (slope,) = torch.autograd.grad(loss.sum(), leaf)
        return loss.detach(), slope

    def generator(self, fake: Tensor, real: Tensor | None) -> Pair:
        """See `Head`."""
        objective = self.losses.objective
        leaf = fake.detach().requires_grad_()
        with torch.enable_grad():
            real_scores = None if real is None else onto_domain(objective, real.detach())
            loss = self.losses.generator(real_scores, onto_domain(objective, leaf))
            (slope,) = torch.autograd.grad(loss.sum(), leaf)
        return loss.detach(), slope


class Heads:
    """The losses of all members: neighbors with alpha-losses are one `AlphaHead`.

    Args:
        objectives: one per member.
        numerics: "stable" or "clamped".
        dtype, device: of the scores.
    """

    def __init__(
        self,
        objectives: Sequence[Objective],
        numerics: str,
        dtype: torch.dtype,
        device: torch.device | str,
    ) -> None:
        self.parts: list[tuple[slice, Head]] = []
        self.needs_real = any(objective.outer is not None for objective in objectives)
        known = {objective: alpha_exponents(objective) for objective in dict.fromkeys(objectives)}
        kinds = [objective if known[objective] is None else None for objective in objectives]
        for kind, run in groupby(range(len(objectives)), key=lambda member: kinds[member]):
            members = list(run)
            part = slice(members[0], members[-1] + 1)
            head: Head
            if kind is not None:
                head = LoweredHead(batch_losses(kind, numerics))
            else:
                exponents = torch.tensor([known[each] for each in objectives[part]], dtype=dtype)
                c_d, c_g, sign = (column[:, None].to(device) for column in exponents.unbind(1))
                head = AlphaHead(c_d, c_g, sign, numerics == "clamped")
            self.parts.append((part, head))

    @property
    def graphable(self) -> bool:
        """Whether a CUDA graph can hold the losses: lowered functions copy constants from the host."""
        return all(isinstance(head, AlphaHead) for _, head in self.parts)

    def discriminator(self, raw: Tensor, real: int) -> Pair:
        """Losses (members,) and their gradient in the raw outputs (members, rows)."""
        return _joined([head.discriminator(raw[part], real) for part, head in self.parts])

    def generator(self, fake: Tensor, real: Tensor | None) -> Pair:
        """The same for the generators; `real` is needed where `needs_real`."""
        pairs = []
        for part, head in self.parts:
            outer = isinstance(head, LoweredHead) and head.losses.objective.outer is not None
            pairs.append(head.generator(fake[part], real[part] if outer and real is not None else None))
        return _joined(pairs)


def alpha_exponents(objective: Objective) -> tuple[float, float, float] | None:
    """(c_D, c_G, sign) of `AlphaHead` for what `alpha_gan` and `vanilla` build; None for the others."""
    from gantheory.objectives import alpha_gan, vanilla

    given = dict(objective.parameters)
    saturating = given.get("saturating")
    if "alpha_d" in given and "alpha_g" in given:
        alpha_d, alpha_g = given["alpha_d"], given["alpha_g"]
        same = alpha_gan(alpha_d, alpha_g, saturating=bool(saturating))
    elif objective.name.startswith("vanilla"):
        alpha_d = alpha_g = 1
        same = vanilla(bool(saturating))
    else:
        return None
    # Not by name: a user may call anything vanilla.
    if any(
        getattr(same, role) != getattr(objective, role) for role in ("A", "B", "R", "S", "domain", "outer")
    ):
        return None
    return _exponent(alpha_d), _exponent(alpha_g), -1.0 if saturating else 1.0


def _exponent(alpha: object) -> float:
    import sympy as sp

    exact = sp.sympify(alpha)
    return 1.0 if exact is sp.oo else float((exact - 1) / exact)


def _joined(pairs: list[Pair]) -> Pair:
    if len(pairs) == 1:
        return pairs[0]
    return torch.cat([loss for loss, _ in pairs]), torch.cat([slope for _, slope in pairs])

"""The players' losses and their derivatives in the scores, for members with different objectives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from gantheory.objectives import Objective, alpha_gan, vanilla
from gantheory.objectives.torch_loss import LOGIT_LIMIT, BatchLosses, batch_losses, onto_domain

Pair = tuple[Tensor, Tensor]
"""Losses of shape (members,) and their gradient in the raw outputs, (members, rows)."""


class Head(Protocol):
    """The losses of some members, from the discriminator's raw outputs."""

    def discriminator(self, raw: Tensor, real: int) -> Pair:
        """From raw outputs (members, rows), of which the first `real` are on real data."""

    def generator(self, fake: Tensor, real: Tensor | None) -> Pair:
        """From raw outputs on generated data, and on real data where the loss is no sum."""


class Exponents:
    """c = (alpha - 1)/alpha of one player of each member, with what a step would derive from it anew.

    Args:
        c: shape (members, 1).
    """

    def __init__(self, c: Tensor) -> None:
        self.c = c
        self.is_log = c == 0
        self.any_log = bool(self.is_log.any())
        self.divisor = c.masked_fill(self.is_log, 1)


@dataclass(frozen=True, eq=False)
class AlphaHead:
    """(alpha_D, alpha_G)-GANs: each member has its own pair, and all are one computation.

        l(z) = -expm1(c log sigmoid(z))/c,   c = (alpha - 1)/alpha,   l(z) = -log sigmoid(z) at c = 0
        l'(z) = -exp(c log sigmoid(z) + log sigmoid(-z))

    with z the logit of the true label. The derivative is computed so and not by autograd of expm1, which is
    zero where the true gradient is 1e-9. The discriminator's loss is mean l(v_real) + mean l(-v_fake); the
    generator's is mean l(v_fake), or minus mean l(-v_fake) where it saturates (its real term is constant).

    With numerics "clamped" l is what the published code computes: D is clamped to [1e-7, 1 - 1e-7], beyond
    which the derivative is zero; but at alpha = 1 it is binary cross entropy of D = sigmoid(v) and label t,

        l = -max(log p, -100),  p = D or 1 - D,     dl/dv = (D - t) D (1 - D)/max(D (1 - D), 1e-12)

    as in PyTorch (ATen's binary_cross_entropy and its backward), with all that rounding does to it.

    Attributes:
        d, g: the players' exponents.
        sign: 1 for a non-saturating generator, -1 for a saturating one, shape (members, 1).
        clamped: see above.
    """

    d: Exponents
    g: Exponents
    sign: Tensor
    clamped: bool

    def discriminator(self, raw: Tensor, real: int) -> Pair:
        """See `Head`."""
        sign = raw.new_ones(raw.shape[1])
        sign[real:].fill_(-1)
        loss, slope = self._loss(raw, sign, self.d)
        fake = raw.shape[1] - real
        slope[:, :real] /= real
        slope[:, real:] /= -fake
        return loss[:, :real].mean(1) + loss[:, real:].mean(1), slope

    def generator(self, fake: Tensor, real: Tensor | None) -> Pair:
        """See `Head`."""
        loss, slope = self._loss(fake, self.sign, self.g)
        return (loss * self.sign).mean(1), slope.div_(fake.shape[1])

    def _loss(self, raw: Tensor, sign: Tensor, exponents: Exponents) -> Pair:
        """l(z) and l'(z) at z = sign raw."""
        logits = raw * sign
        z = logits.clamp(-LOGIT_LIMIT, LOGIT_LIMIT) if self.clamped else logits
        log_right = functional.logsigmoid(z)
        power = exponents.c * log_right
        loss = torch.where(exponents.is_log, -log_right, -torch.expm1(power) / exponents.divisor)
        # log sigmoid(-z) = log sigmoid(z) - z, but for z << 0, where it is -exp(z) and cancels.
        slope = -torch.exp(power + functional.logsigmoid(-z))
        if self.clamped:
            slope = slope * (logits.abs() <= LOGIT_LIMIT)
            if exponents.any_log:
                loss_1, slope_1 = _cross_entropy(raw, sign)
                loss = torch.where(exponents.is_log, loss_1, loss)
                slope = torch.where(exponents.is_log, slope_1, slope)
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
                head = AlphaHead(Exponents(c_d), Exponents(c_g), sign, numerics == "clamped")
            self.parts.append((part, head))

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


def _cross_entropy(raw: Tensor, sign: Tensor) -> Pair:
    """Binary cross entropy of sigmoid(raw), label 1 where sign is 1 and 0 where it is -1; see `AlphaHead`."""
    d = torch.sigmoid(raw)
    loss = -torch.where(sign > 0, d.log(), torch.log1p(-d)).clamp_min(-100)
    both = (1 - d) * d
    # In raw it is (d - 1) times the ratio for label 1 and d times it for label 0; in z = sign raw:
    wrong = torch.where(sign > 0, d - 1, -d)
    return loss, wrong / both.clamp_min(1e-12) * both


def _exponent(alpha: object) -> float:
    import sympy as sp

    exact = sp.sympify(alpha, strict=True)
    return 1.0 if exact is sp.oo else float((exact - 1) / exact)


def _joined(pairs: list[Pair]) -> Pair:
    if len(pairs) == 1:
        return pairs[0]
    return torch.cat([loss for loss, _ in pairs]), torch.cat([slope for _, slope in pairs])

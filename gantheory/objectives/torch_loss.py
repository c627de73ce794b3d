"""PyTorch losses of an objective: discriminator and generator, stable or with the published clamp."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import sympy as sp
import torch
from torch import Tensor

from gantheory.objectives.numerics import Numerics, check_numerics, same_function
from gantheory.objectives.objective import Objective, cosigmoid, sigmoid, x, y

if TYPE_CHECKING:
    from gantheory.objectives.objective import TorchLoss
    from gantheory.objectives.relativistic import Relativistic

CLAMP = 1e-7
"""The published ring code clamps D = sigmoid(v) to [CLAMP, 1 - CLAMP], but not for log D and log(1 - D)."""

LOGIT_LIMIT = math.log1p(-CLAMP) - math.log(CLAMP)


@dataclass(frozen=True)
class BatchLosses:
    """Losses reduced over the last axis only, so that the scores of many networks can be stacked.

        discriminator(real, fake) = -mean A(real) - mean B(fake)
        generator(real, fake)     = Phi(mean R(real), mean S(fake))

    Both map (..., n) and (..., m) to (...). The two batches may differ in size.
    """

    objective: Objective
    A: Callable[[Tensor], Tensor]
    B: Callable[[Tensor], Tensor]
    R: Callable[[Tensor], Tensor]
    S: Callable[[Tensor], Tensor]

    @property
    def needs_real(self) -> bool:
        """Whether the generator's gradient depends on the real scores."""
        return self.objective.outer is not None

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """The discriminator's loss, to minimize."""
        return -self.A(real).mean(-1) - self.B(fake).mean(-1)

    def labelled(self, scores: Tensor, labels: Tensor) -> Tensor:
        """The discriminator's loss on points that count as real by so much: -mean [t A(v) + (1 - t) B(v)]."""
        return -(labels * self.A(scores) + (1 - labels) * self.B(scores)).mean(-1)

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """The generator's loss, to minimize.

        `real` may be None where Phi is the sum: E_r R(v) does not depend on the generator, and is left out.
        """
        fake_mean = self.S(fake).mean(-1)
        outer = self.objective.outer
        if real is None:
            if outer is not None:
                raise ValueError(
                    f"real scores are needed: the generator's loss of {self.objective} is not a sum"
                )
            return fake_mean
        real_mean = self.R(real).mean(-1)
        return real_mean + fake_mean if outer is None else _evaluate(outer, real_mean, fake_mean)


@dataclass(frozen=True)
class PairLosses:
    """Losses of a relativistic objective, for the scores (n,) of one network, and as many real as generated
    ones."""

    objective: Relativistic
    phi: Callable[[Tensor], Tensor]

    needs_real = True

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """The discriminator's loss, to minimize."""
        return cast("Tensor", self.objective.mean(real, fake, self.phi))

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """The generator's loss, to minimize."""
        return cast("Tensor", self.objective.mean(fake, real, self.phi))

    def labelled(self, scores: Tensor, labels: Tensor) -> Tensor:
        """Refused: a pair has no label.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            f"{self.objective.name} couples pairs of scores: labels of points mean nothing there"
        )


def training_losses(
    objective: Objective | Relativistic, numerics: str = "stable"
) -> BatchLosses | PairLosses:
    """What a training step needs of an objective of either kind; errors as in `batch_losses`."""
    from gantheory.lowering import lower
    from gantheory.objectives.relativistic import Relativistic, t

    if isinstance(objective, Relativistic):
        return PairLosses(objective, lower(objective.phi, t, backend="torch", dtype=None))
    return batch_losses(objective, numerics)


def batch_losses(objective: Objective, numerics: str = "stable") -> BatchLosses:
    """`BatchLosses` of an objective; `numerics` and errors as in `losses`, but scores are not checked."""
    if not isinstance(objective, Objective):
        raise TypeError(f"objective must be a gantheory Objective, got {objective!r}")
    check_numerics(numerics, objective)
    functions = objective.functions(backend="torch", dtype=None)
    roles = {role: cast("Callable[[Tensor], Tensor]", getattr(functions, role)) for role in "ABRS"}
    if numerics == "clamped":
        roles = {role: _as_published(getattr(objective, role), function) for role, function in roles.items()}
    return BatchLosses(objective, **roles)


def losses(objective: Objective, numerics: Numerics = "stable") -> tuple[TorchLoss, TorchLoss]:
    """Discriminator's and generator's loss, each (real scores, fake scores) -> scalar mean to minimize.

    Scores are floating-point tensors of any shape, real and fake not necessarily the same.

    "stable" goes through the lowered symbolic expressions. "clamped" does what the code of the published
    ring experiments did. It evaluates the same functions at the score clamped to +-log((1 - 1e-7)/1e-7)
    = +-16.118, that is at D clamped to [1e-7, 1 - 1e-7]: the values are the same inside, and the gradient is
    exactly zero beyond. Where a function is log D or log(1 - D) up to its sign, as at alpha = 1, there was no
    such clamp: D = sigmoid(v) went through `torch.nn.BCELoss`, whose logarithm ends at -100 and whose
    gradient fades where D(1 - D) < 1e-12, and is exactly zero where D rounds to 1 (float32: v > 17.3).

    Losses work under autograd of any order, torch.func (grad, jvp, vmap) and torch.compile, with
    ``fullgraph=True`` too. Scores in float16 and bfloat16 are taken to float32, and the loss comes back in
    their type; under autocast it stays float32, as PyTorch's own losses do, which gradient scaling needs.

    The returned functions raise TypeError for anything but floating-point tensors, and ValueError for an
    empty tensor, tensors on different devices, and for scores outside a domain that has a finite end (EBGAN:
    v >= 0), where A, B, R and S mean nothing: end the network with a function onto the domain, such as
    softplus. Where values cannot be looked at (torch.compile, vmap, the meta device), such a score gives a
    NaN loss. NaN scores give a NaN loss, as everywhere in PyTorch; to find out would cost a device
    synchronization at every step.

    Raises:
        TypeError: `objective` is not an Objective.
        ValueError: unknown `numerics`, or "clamped" for an objective whose link is not the sigmoid.
    """
    batch = batch_losses(objective, numerics)
    return Loss("discriminator", batch, numerics), Loss("generator", batch, numerics)


class Loss:
    """One of the two losses of a game: (real scores, fake scores) -> scalar mean. It pickles."""

    def __init__(self, player: str, batch: BatchLosses | PairLosses, numerics: str = "stable") -> None:
        self.player, self.batch, self.numerics = player, batch, numerics
        self._name = batch.objective.name
        self._ends = (float(batch.objective.domain[0]), float(batch.objective.domain[1]))
        # Python that Dynamo cannot trace, and need not: it stands in the graph as one call.
        self._mean = torch.compiler.allow_in_graph(getattr(batch, player))

    def __repr__(self) -> str:
        return f"Loss({self.player} of {self._name}, {self.numerics})"

    def __call__(self, real_scores: Tensor, fake_scores: Tensor) -> Tensor:
        real, fake, dtype = prepared(real_scores, fake_scores)
        # A pair is made of scores at the same place, in tensors of any one shape.
        in_pairs = isinstance(self.batch, PairLosses) and not self.batch.objective.average
        if in_pairs and real_scores.shape != fake_scores.shape:
            shapes = f"{tuple(real_scores.shape)} and {tuple(fake_scores.shape)}"
            raise ValueError(f"paired scores must have equal shapes, got {shapes}")
        if math.isfinite(self._ends[0]) or math.isfinite(self._ends[1]):
            real = self._inside(real, "real_scores")
            fake = self._inside(fake, "fake_scores")
        return self._mean(real, fake).to(dtype)

    def _inside(self, scores: Tensor, name: str) -> Tensor:
        """`scores`, none of which is outside the domain: refused, or NaN where nobody can look."""
        low, high = self._ends
        outside = (scores < low) | (scores > high)
        if not torch.compiler.is_compiling():
            try:
                found = bool(outside.any())
            except RuntimeError:  # under vmap, on the meta device, while a graph is traced
                found = False
            else:
                if not found:
                    return scores
            if found:
                least, most = scores.detach().amin().item(), scores.detach().amax().item()
                side, end, got = ("least", low, least) if least < low else ("most", high, most)
                where = "starts" if least < low else "ends"
                raise ValueError(
                    f"{name} must be at {side} {end:g}, the domain of {self._name} {where} there, got {got:g}"
                )
        return torch.where(outside, math.nan, scores)

    def __reduce__(self) -> tuple[Any, ...]:
        return _loss, (self.player, self.batch.objective, self.numerics)


def _loss(player: str, objective: Objective | Relativistic, numerics: str) -> Loss:
    return Loss(player, training_losses(objective, numerics), numerics)


def prepared(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor, torch.dtype]:
    """Real and fake scores as vectors of at least float32, and the type in which their loss is due.

    Raises:
        TypeError: not floating-point tensors.
        ValueError: an empty tensor, or two devices.
    """
    for name, scores in (("real_scores", real), ("fake_scores", fake)):
        if not isinstance(scores, Tensor):
            raise TypeError(f"{name} must be a torch.Tensor of scores, got {type(scores).__name__}")
        if not scores.is_floating_point():
            raise TypeError(f"{name} must be a floating-point tensor, got {scores.dtype}")
        if scores.numel() == 0:
            raise ValueError(f"{name} must hold at least one score, got shape {tuple(scores.shape)}")
    if real.device != fake.device:
        raise ValueError(
            f"fake_scores must be on the device of real_scores, {real.device}, got {fake.device}"
        )
    due = torch.promote_types(real.dtype, fake.dtype)
    wide = torch.promote_types(due, torch.float32)
    if torch.is_autocast_enabled(real.device.type if real.device.type != "meta" else "cpu"):
        due = wide
    return real.to(wide).reshape(-1), fake.to(wide).reshape(-1), due


def onto_domain(objective: Objective | Relativistic, raw: Tensor) -> Tensor:
    """Map a network's unbounded output into the objective's domain, smoothly and increasingly.

    The identity on (-inf, inf); low + softplus or high - softplus where one end is finite; a scaled tanh
    where both are.
    """
    low, high = (float(end) for end in objective.domain)
    if math.isinf(low) and math.isinf(high):
        return raw
    if math.isinf(high):
        return low + torch.nn.functional.softplus(raw)
    if math.isinf(low):
        return high - torch.nn.functional.softplus(-raw)
    return (low + high) / 2 + (high - low) / 2 * torch.tanh(raw)


def _as_published(expr: sp.Expr, function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """What the published code computes for a function of the score."""
    for label, probability in ((1.0, sigmoid), (0.0, cosigmoid)):
        for sign in (1, -1):
            if same_function(expr, sign * sp.log(probability)):
                return partial(_log_by_bce, sign, label)
    return partial(_clamped, function)


def _log_by_bce(sign: int, label: float, scores: Tensor) -> Tensor:
    """sign log D for label 1 and sign log(1 - D) for label 0, by PyTorch's binary cross entropy."""
    d = torch.sigmoid(scores)
    # It raises for NaN, on a GPU in a way that ends the process; a member that diverged must not do that.
    bad = d.isnan()
    safe = d.masked_fill(bad, 0.5)
    loss = torch.nn.functional.binary_cross_entropy(safe, torch.full_like(safe, label), reduction="none")
    return (-sign * loss).masked_fill(bad, math.nan)


def _clamped(function: Callable[[Tensor], Tensor], scores: Tensor) -> Tensor:
    return function(scores.clamp(-LOGIT_LIMIT, LOGIT_LIMIT))


def _evaluate(expr: sp.Expr, real_mean: Tensor, fake_mean: Tensor) -> Tensor:
    """Value of an outer function Phi(x, y) on tensors, by its expression tree."""
    if expr == x:
        return real_mean
    if expr == y:
        return fake_mean
    if expr.is_number:
        return torch.full_like(fake_mean, float(expr))
    arguments = [_evaluate(part, real_mean, fake_mean) for part in expr.args]
    if expr.is_Add:
        return torch.stack(arguments).sum(0)
    if expr.is_Mul:
        return torch.stack(arguments).prod(0)
    if expr.is_Pow:
        return arguments[0] ** arguments[1]
    if isinstance(expr, sp.exp):
        return torch.exp(arguments[0])
    if isinstance(expr, sp.log):
        return torch.log(arguments[0])
    raise ValueError(f"outer may use +, *, powers, exp and log of x and y, got {expr}")

"""A user's loss as it answers: called with chosen scores, its value and gradient, and what it refuses."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from gantheory.arguments.arrays import Array
from gantheory.reading.identification.calls.modes import MODES

_SHAPES: tuple[Callable[[int], tuple[int, ...]], ...] = (
    lambda n: (n,),
    lambda n: (n, 1),
    lambda n: (n, 1, 1, 1),
)
"""Shapes of a batch of scores, in the order in which they are tried."""

_ORDINARY = np.array([[0.3129, -0.7041, 1.1273, -1.9067], [-0.4177, 0.8093, -1.3461, 1.7219]])
"""Real and fake scores off the kinks that losses have."""

_IN_RANGE = {"energies": np.abs(_ORDINARY), "bounded": _ORDINARY / 2}


def _clipped(low: float, high: float) -> Callable[[torch.Tensor], torch.Tensor]:
    """Scores no further than the ends, whose gradient counts as that of the score itself."""
    return lambda v: v + (v.detach().clamp(low, high) - v.detach())


INPUTS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "scores": lambda v: v * 1,
    "energies": _clipped(1e-9, math.inf),
    "bounded": _clipped(-1.0, 1.0),
    "probabilities": torch.sigmoid,
}
"""What a loss may take, in the order in which it is tried, as functions of the score."""


@dataclass(frozen=True)
class Answer:
    """A loss and its gradient in every score of the two batches."""

    value: float
    real: Array
    fake: Array

    @property
    def finite(self) -> bool:
        """Whether everything in it is."""
        return bool(
            math.isfinite(self.value) and np.isfinite(self.real).all() and np.isfinite(self.fake).all()
        )


@dataclass
class Probe:
    """One of the two losses of a game, called with batches of scores.

    Attributes:
        loss: the callable.
        name: "d_loss" or "g_loss", for messages.
        inputs: what the callable is given: "scores" v, "energies" max(v, 0) or "bounded" v within
            [-1, 1], whose gradients count as those of v, or "probabilities" sigmoid(v).
        reductions: of the real and of the fake scores, "mean" or "sum".
    """

    loss: Callable[..., Any]
    name: str
    inputs: str = "scores"
    reductions: dict[str, str] = field(default_factory=lambda: {"real": "mean", "fake": "mean"})
    _shape: Callable[[int], tuple[int, ...]] = field(default=_SHAPES[0])

    def __post_init__(self) -> None:
        self.fake_only = _takes(self.loss, self.name) == 1

    @classmethod
    def settled(cls, loss: Callable[..., Any], name: str, inputs: str) -> Probe:
        """The probe of a loss, with the shape and the kind of inputs that it takes; raises as `settle`."""
        probe = cls(loss, name)
        probe.settle(inputs)
        return probe

    def settle(self, inputs: str) -> None:
        """Find the shape that the loss takes.

        Raises:
            RefusedError: no shape is taken, or the answer is not finite.
            ValueError: the answer is no scalar, changes from call to call, or does not depend on scores that
                it should.
        """
        refusals: list[str] = []
        self.inputs = inputs
        real, fake = _IN_RANGE.get(inputs, _ORDINARY)
        for self._shape in _SHAPES:
            try:
                first = self(real, fake)
            except RefusedError as refusal:
                refusals.append(str(refusal))
                continue
            if first.finite:
                self._check_steady(first.value, self(real, fake).value)
                self._check_gradient(real, fake, first)
                self._find_reductions(real, fake, first)
                return
            refusals.append(f"{self.name} is {first.value} at scores such as 0.3 and -0.7")
        raise RefusedError(refusals[0])

    def _check_steady(self, first: float, again: float) -> None:
        if not math.isclose(first, again, rel_tol=1e-12, abs_tol=1e-12):
            raise ValueError(
                f"{self.name} changes its answer from call to call ({first:.6g}, then {again:.6g}): fix what "
                "is random or remembered in it, such as noisy labels, dropout or a running mean"
            )

    def _check_gradient(self, real: Array, fake: Array, at: Answer) -> None:
        """What the value does where scores move must be what the gradient says, or part of it is detached."""
        step, uneven = 1e-5, np.array([1.0, 0.7, -0.6, 1.3])
        for side, gradient in (("real", at.real), ("fake", at.fake)):
            ends = [
                self(real + (side == "real") * h * uneven, fake + (side == "fake") * h * uneven).value
                for h in (step, -step)
            ]
            seen, told = (ends[0] - ends[1]) / (2 * step), float(gradient @ uneven)
            if abs(seen - told) > 1e-4 * max(1e-3, abs(seen), abs(told)):
                raise ValueError(
                    f"{self.name} detaches its input: moving the {side} scores changes it at the rate "
                    f"{seen:.4g}, and its gradient says {told:.4g}"
                )

    def _find_reductions(self, real: Array, fake: Array, at: Answer) -> None:
        """A mean passes half the gradient to each score when the batch holds every score twice, a sum all."""
        twice = self(np.tile(real, 2), np.tile(fake, 2))
        for side, once, doubled in (("real", at.real, twice.real), ("fake", at.fake, twice.fake)):
            n = len(once)
            if np.allclose(doubled[:n], once, rtol=1e-9, atol=1e-15) and once.any():
                self.reductions[side] = "sum"

    def __call__(self, real: Any, fake: Any, dtype: torch.dtype = torch.float64) -> Answer:
        """The loss and its gradient at batches of scores v, in `dtype`."""
        out, leaves = self._called(real, fake, dtype)
        gradients = torch.autograd.grad(out, leaves, allow_unused=True)
        real_, fake_ = (
            np.zeros(leaf.numel()) if g is None else g.detach().double().numpy().reshape(-1)
            for g, leaf in zip(gradients, leaves, strict=True)
        )
        return Answer(float(out.detach().double()), real_, fake_)

    def _called(
        self, real: Any, fake: Any, dtype: torch.dtype = torch.float64
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """The loss at batches of scores v, and the tensors of these."""
        leaves = [
            torch.tensor(np.asarray(scores), dtype=dtype).reshape(self._shape(len(scores))).requires_grad_()
            for scores in (real, fake)
        ]
        given = [INPUTS[self.inputs](leaf) for leaf in leaves]
        with warnings.catch_warnings(action="ignore"), torch.enable_grad(), MODES.get(dtype, nullcontext)():
            try:
                out = self.loss(given[1]) if self.fake_only else self.loss(*given)
            except Exception as error:
                text = " ".join(str(error).split()) or "no message"
                if isinstance(error, TypeError) and "torch.Tensor" in text:  # JAX, TensorFlow
                    raise ValueError(
                        f"{self.name} takes no torch tensors, and losses are read in PyTorch: give it with "
                        "torch's functions"
                    ) from None
                raise RefusedError(
                    f"{self.name} raised {type(error).__name__} at scores of shape "
                    f"{tuple(leaves[0].shape)}: {text}"
                ) from None
        out = scalar(out, self.name)
        if dtype is torch.float64 and out.dtype is not dtype:
            raise ValueError(
                f"{self.name} returns {str(out.dtype).removeprefix('torch.')} of scores in float64, too few "
                "digits to tell which loss it is: leave out .float(), .half() and autocast here"
            )
        if not out.requires_grad:
            raise ValueError(
                f"{self.name} returns a tensor without gradient: it detaches its input, or works under "
                "no_grad"
            )
        return out, leaves

    def slope(self, side: str, scores: Array, other: float = 0.3) -> Array:
        """Derivative of one side's term at each of `scores`, where the loss is a sum of single terms."""
        rest = np.full(len(scores), other)
        gradient = self(scores, rest).real if side == "real" else self(rest, scores).fake
        return gradient * (len(scores) if self.reductions[side] == "mean" else 1)

    def term(self, side: str, scores: Array, other: float = 0.3) -> Array:
        """One side's term at each of `scores` up to a constant: the loss of batches of one score."""
        rest = np.array([other])
        batches = ((np.array([s]), rest) if side == "real" else (rest, np.array([s])) for s in scores)
        return np.array([self._called(*batch)[0].item() for batch in batches])


class RefusedError(ValueError):
    """The loss raised an error, or is not finite: another shape, or other inputs, may suit it."""


def parameters_of(call: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """Of a function, or of a module's forward; None of built-in functions, which have no signature."""
    try:
        called = call.forward if isinstance(call, torch.nn.Module) else call
        return list(inspect.signature(called).parameters.values())
    except (TypeError, ValueError):
        return None


def _takes(loss: Callable[..., Any], name: str) -> int:
    """How many arguments the loss is given: (real, fake), or fake alone where it takes one."""
    parameters = parameters_of(loss)
    if parameters is None:
        return 2
    if isinstance(loss, type):
        raise ValueError(f"{name} is the class {loss.__name__}; give an instance, or its method")
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    first, second = [p.name.lower() for p in positional[:2]] + [""] * (2 - len(positional[:2]))
    if "real" in second and ("fake" in first or "gen" in first) and "real" not in first:
        raise ValueError(
            f"{name} is called with (real scores, fake scores) and names them ({first}, {second}): give "
            "lambda real, fake: loss(fake, real)"
        )
    needed = [p.name for p in positional if p.default is p.empty]
    needed += [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    if len(needed) > 2:
        raise ValueError(
            f"{name} needs more than the scores (real, fake): it also takes {', '.join(needed[2:])}; give a "
            "function of scores that fixes these, and a penalty on gradients or codes to identify_penalty"
        )
    many = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if not many and len(positional) < 2:
        if name == "d_loss" or not positional:
            raise ValueError(
                f"{name} must take (real scores, fake scores) by position, got a function of "
                f"{len(positional)} such argument{'' if len(positional) == 1 else 's'}"
            )
        return 1
    return 2


def scalar(out: Any, name: str) -> torch.Tensor:
    """What a loss or a penalty returned, if it is a tensor of one number."""
    if isinstance(out, (int, float, np.generic, np.ndarray)):
        raise ValueError(
            f"{name} returns a {type(out).__name__}, through which no gradient reaches the scores: it "
            "detaches its input (.item(), .numpy()); return the tensor"
        )
    if not isinstance(out, torch.Tensor):
        raise ValueError(f"{name} must return one scalar tensor, got {type(out).__name__}: return it alone")
    if out.numel() != 1:
        raise ValueError(
            f"{name} must return a scalar, got a tensor of shape {tuple(out.shape)}; take its mean"
        )
    return out.reshape(())

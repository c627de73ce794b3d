"""What a penalty on gradients or codes is, found by a discriminator that remembers what it was asked."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch

from gantheory.arguments.checks import positive_integer, several
from gantheory.reading.identification.calls.probe import parameters_of
from gantheory.reading.identification.finding import Finding
from gantheory.reading.identification.forms.shape import number
from gantheory.reading.identification.penalties.of_codes import of_codes
from gantheory.reading.identification.penalties.of_gradients import of_gradients
from gantheory.support.lines import wrapped


@dataclass(frozen=True)
class IdentifiedPenalty:
    """What a penalty is.

    Attributes:
        name: "gradient penalty" or "pulling-away term".
        where: points of a gradient penalty: "real" (R1), "fake" (R2), "real and fake" (both), "between"
            (WGAN-GP), "around real" (DRAGAN), "around fake", "elsewhere"; "" for the pulling-away term.
        weight: lambda in lambda E (|grad v| - target)^2, of each kind of points; R1 and R2 of systems with
            gamma/2 have gamma = 2 lambda.
        target: of the norm, 1 or 0.
        one_sided: whether norms below the target are free.
        findings: what is wrong.
        shape: of the samples with which it was read; empty for the pulling-away term.
    """

    name: str
    where: str
    weight: float
    target: float
    one_sided: bool
    findings: tuple[Finding, ...]
    shape: tuple[int, ...] = ()

    def __str__(self) -> str:
        where = f" at {self.where} points" if self.where else ""
        sided = ", one-sided" if self.one_sided else ""
        lines = [f"penalty     {self.name}{where}, weight {self.weight:g}, target {self.target:g}{sided}"]
        if self.shape:
            lines.append(f"read with samples of shape {self.shape}")
        lines += [str(each) for each in self.findings] or ["nothing found wrong"]
        return "\n".join(wrapped(line) for line in lines)

    def to_json(self) -> dict[str, Any]:
        """Everything as text and numbers."""
        return asdict(self)


def identify_penalty(
    penalty: Callable[..., Any], *, shape: tuple[int, ...] | None = None
) -> IdentifiedPenalty:
    """Find what a penalty in PyTorch code is, and what is wrong with it.

    Args:
        penalty: (discriminator, real samples, fake samples) -> scalar tensor, a gradient penalty; or a
            function of codes (n, d) alone, a pulling-away term. Fake samples may come first where the
            arguments' names say so, and an argument `device` is given the CPU. It is called with
            discriminators whose scores are linear in a sample, and which keep the points at which they were
            asked. Weight and target come from its values at 14 norms of the gradient; three directions of
            one norm, unequal norms, twice the batch and twice the length of each axis tell what else it
            depends on.
        shape: of a sample; by default the first of (3, 4, 5), (60,), (3, 20) and (1, 3, 4, 5) that it takes:
            a norm that is whole for a vector or a sequence may be one over a part of a picture.

    Raises:
        TypeError: not callable.
        ValueError: other arguments; an error inside; or neither of the two.

    Source: Gulrajani et al. 2017, Section 4; Mescheder et al. 2018, eq. (9); Kodali et al. 2017, Algorithm
    1; Petzka et al. 2018, eq. (8), one-sided; Zhao et al. 2017, eq. (4).
    """
    needed = _needed(penalty)
    names = [name for name in needed if name != "device"]
    if len(needed) == 1:
        weight, findings = of_codes(penalty)
        return _identified("pulling-away term", "", weight, 0.0, False, findings)
    if len(names) != 3:
        raise ValueError(
            "penalty must take (discriminator, real samples, fake samples), or codes alone, got a function "
            f"of ({', '.join(needed)})"
        )
    swapped = _is_fake(names[1]) and not _is_fake(names[2])

    def call(discriminator: Any, real: Any, fake: Any) -> Any:
        given = iter((discriminator, fake, real) if swapped else (discriminator, real, fake))
        return penalty(*(torch.device("cpu") if name == "device" else next(given) for name in needed))

    if shape is not None:
        shape = tuple(
            positive_integer(length, "shape") for length in several(shape, "shape", "whole numbers")
        )
    where, form, findings, read = of_gradients(call, shape)
    return _identified("gradient penalty", where, form.weight, form.target, form.one_sided, findings, read)


def _needed(penalty: Callable[..., Any]) -> list[str]:
    """Names of the arguments without a default."""
    parameters = parameters_of(penalty)
    if parameters is None:
        raise ValueError("penalty has no signature to read; wrap it in a lambda")
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind in positional]


def _is_fake(name: str) -> bool:
    words = name.lower().split("_")
    return any(word.startswith(("fake", "synth")) or word in ("gen", "generated") for word in words)


def _identified(
    name: str,
    where: str,
    weight: float,
    target: float,
    one_sided: bool,
    findings: list[Finding],
    shape: tuple[int, ...] = (),
) -> IdentifiedPenalty:
    weight, target = (
        float(number(x)) if x > 1e-3 else x for x in (float(f"{y:.5g}") for y in (weight, target))
    )
    return IdentifiedPenalty(name, where, weight, target, one_sided, tuple(findings), shape)

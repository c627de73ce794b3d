"""What a penalty on gradients or codes is, found by a discriminator that remembers what it was asked."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from gantheory.lines import wrapped
from gantheory.reading.identification.finding import Finding
from gantheory.reading.identification.forms.shape import number

_BATCH, _SHAPE = 6, (3, 4, 5)


@dataclass(frozen=True)
class IdentifiedPenalty:
    """What a penalty is.

    Attributes:
        name: "gradient penalty" or "pulling-away term".
        where: points of a gradient penalty: "real" (R1), "fake" (R2), "between" (WGAN-GP), "around real"
            (DRAGAN); "" for the pulling-away term.
        weight: lambda in lambda E (|grad v| - target)^2; R1 and R2 of systems with gamma/2 have gamma = 2
        lambda.
        target: of the norm, 1 or 0.
        one_sided: whether norms below the target are free.
        findings: what is wrong.
    """

    name: str
    where: str
    weight: float
    target: float
    one_sided: bool
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        where = f" at {self.where} points" if self.where else ""
        sided = ", one-sided" if self.one_sided else ""
        lines = [f"penalty     {self.name}{where}, weight {self.weight:g}, target {self.target:g}{sided}"]
        lines += [str(each) for each in self.findings] or ["nothing found wrong"]
        return "\n".join(wrapped(line) for line in lines)

    def to_json(self) -> dict[str, Any]:
        """Everything as text and numbers."""
        return asdict(self)


def identify_penalty(penalty: Callable[..., Any]) -> IdentifiedPenalty:
    """Find what a penalty in PyTorch code is, and what is wrong with it.

    Args:
        penalty: (discriminator, real samples, fake samples) -> scalar tensor, a gradient penalty; or a
            function of codes (n, d) alone, a pulling-away term. It is called with a discriminator whose
            score is linear in pictures of shape (3, 4, 5), and which keeps the points at which it was asked.

    Raises:
        TypeError: not callable.
        ValueError: other arguments; an error inside; or neither of the two.

    Source: Gulrajani et al. 2017, Section 4; Mescheder et al. 2018, eq. (9); Kodali et al. 2017, Algorithm
    1; Zhao et al. 2017, eq. (4).
    """
    if not callable(penalty):
        raise TypeError(f"penalty must be callable, got {type(penalty).__name__}")
    needed = [
        p.name for p in inspect.signature(penalty).parameters.values() if p.default is p.empty and p.kind < 2
    ]
    if len(needed) == 1:
        return _pulling_away(penalty)
    if len(needed) != 3:
        raise ValueError(
            "penalty must take (discriminator, real samples, fake samples), or codes alone, got a function "
            f"of ({', '.join(needed)})"
        )
    return _of_gradients(penalty)


class _Spy(nn.Module):
    """v(x) = <w, x>, with w of unequal size in every pixel; keeps what it is given."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        size = int(np.prod(_SHAPE))
        w = torch.linspace(0.1, 1.0, size, dtype=torch.float64)
        self.weight = nn.Parameter(scale * w / w.norm())
        self.seen: list[torch.Tensor] = []

    def forward(self, x: torch.Tensor, *_: Any) -> torch.Tensor:
        self.seen.append(x.detach().double().reshape(len(x), -1))
        return (x.double().reshape(len(x), -1) @ self.weight).reshape(-1, 1)


def _of_gradients(penalty: Callable[..., Any]) -> IdentifiedPenalty:
    generator = torch.Generator().manual_seed(0)
    real, fake = (
        torch.randn(_BATCH, *_SHAPE, generator=generator, dtype=torch.float64) + shift for shift in (3, -3)
    )
    norms = np.array([0.25, 0.5, 0.75, 1.5, 2.0, 3.0, 4.0])
    spies = [_Spy(float(norm)) for norm in norms]
    values = [_value(penalty, spy, real.clone(), fake.clone()) for spy in spies]
    seen = spies[-1].seen
    if not seen:
        raise ValueError("penalty never asks the discriminator, so it is no penalty on its gradients")
    high = norms > 1
    c2, c1, c0 = np.polyfit(norms[high], np.array(values)[high], 2).tolist()
    if c2 <= 0:
        raise ValueError("penalty does not grow with the square of the gradient's norm")
    where, findings = _place(seen[-1], real.reshape(_BATCH, -1), fake.reshape(_BATCH, -1))
    # For lambda (g - t)^2 of one norm g, c1^2 = 4 c0 c2; a mean over partial norms has less.
    centered = abs(c1) < 1e-6 * c2
    whole = centered or c1**2 >= (1 - 1e-3) * 4 * c0 * c2
    target = 0.0 if centered else (-c1 / (2 * c2) if whole else 1.0)
    weight = c2 if whole or not target else c0
    if not whole:
        findings.append(
            Finding(
                "norm over a part",
                "the norm runs over one axis of a picture (such as dim=1) and not over all of it, so that "
                "every pixel's gradient is drawn to norm 1: flatten to (n, -1) before norm(2, dim=1)",
            )
        )
    model = weight * (norms[~high] - target) ** 2
    one_sided = bool(target and whole and np.abs(values[0]) < 0.1 * model[0])
    weight, target = (float(number(round(x, 6))) for x in (weight, target))
    return IdentifiedPenalty("gradient penalty", where, weight, target, one_sided, tuple(findings))


def _value(penalty: Callable[..., Any], *args: Any) -> float:
    try:
        out = penalty(*args)
    except Exception as error:
        text = " ".join(str(error).split())
        raise ValueError(f"penalty raised {type(error).__name__}: {text}") from None
    if not isinstance(out, torch.Tensor) or out.numel() != 1:
        raise ValueError(f"penalty must return a scalar tensor, got {type(out).__name__}")
    return float(out.detach())


def _place(points: torch.Tensor, real: torch.Tensor, fake: torch.Tensor) -> tuple[str, list[Finding]]:
    """Where the discriminator was asked, and whether e of e real + (1 - e) fake is drawn once a sample."""
    if points.shape != real.shape:
        return "elsewhere", []
    for name, samples in (("real", real), ("fake", fake)):
        if torch.allclose(points, samples, atol=1e-5):
            return name, []
    share = (points - fake) / (real - fake)
    if bool(((share < -1e-4) | (share > 1 + 1e-4)).any()):
        return "around real", []
    spread = (share.amax(1) - share.amin(1)).max().item()
    if spread > 1e-3:
        text = (
            f"the share e of x = e real + (1 - e) fake differs by up to {spread:.2g} between pixels of a "
            "sample, so that points leave the line between the two: draw e of shape (n, 1, 1, 1)"
        )
        return "between", [Finding("epsilon per pixel", text)]
    if (share.amax() - share.amin()).item() < 1e-4:
        return "between", [Finding("epsilon per batch", "all samples share one e: draw n of them")]
    return "between", []


def _pulling_away(penalty: Callable[..., Any]) -> IdentifiedPenalty:
    """Two codes at an angle t give cos^2 t times the weight; without the square they give cos t."""
    angles = np.deg2rad([0.0, 60.0, 120.0])
    values = [
        _value(penalty, torch.tensor([[2.0, 0.0], [3 * np.cos(t), 3 * np.sin(t)]], dtype=torch.float64))
        for t in angles
    ]
    weight = values[0]
    if weight > 0 and np.allclose(values, weight * np.cos(angles) ** 2, rtol=1e-5, atol=1e-8):
        findings: tuple[Finding, ...] = ()
    elif weight > 0 and np.allclose(values, weight * np.cos(angles), rtol=1e-5, atol=1e-8):
        findings = (
            Finding(
                "pulling-away term without square",
                "codes at 60 degrees cost half of what equal ones do, and opposite ones are rewarded: "
                "square the cosine before the mean",
            ),
        )
    else:
        raise ValueError(
            "penalty of codes is no pulling-away term: two codes at 0, 60 and 120 degrees give "
            + ", ".join(f"{value:.4g}" for value in values)
        )
    return IdentifiedPenalty("pulling-away term", "", float(number(round(weight, 6))), 0.0, False, findings)

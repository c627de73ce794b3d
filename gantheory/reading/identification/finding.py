"""What does harm in a loss: the Finding type, and the rules that read it from shapes and slopes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gantheory.reading.identification.calls.probe import Probe
from gantheory.reading.identification.forms.coupled import Pairing
from gantheory.reading.identification.forms.matching import Match
from gantheory.reading.identification.forms.roles import Roles
from gantheory.reading.identification.forms.shape import Shape

_TERMS = {"A": "d_loss on real", "B": "d_loss on fake", "R": "g_loss on real", "S": "g_loss on fake"}


@dataclass(frozen=True)
class Finding:
    """Something in a loss that does harm.

    Attributes:
        kind: short name of the fault, such as "clamped gradient".
        text: one sentence with numbers, and what would be right.
    """

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def of_means(roles: Roles, match: Match | None) -> Iterator[Finding]:
    """A nonlinear function of a mean where the mean of the function was meant.

    A margin on the mean energy of a batch, as EBGAN code has it, is one on purpose, and so is the Renyi
    generator.
    """
    on_purpose = match is not None and (match.objective.outer is not None or "ebgan" in match.objective.name)
    if roles.means and not on_purpose:
        yield Finding(
            "mean in the wrong place",
            f"{', '.join(_TERMS[role] for role in roles.means)} scores: a function of a mean, such as (E v "
            "- c)^2, where the mean of a function, E (v - c)^2, is meant; single scores are not told apart: "
            "take .mean() last",
        )


def of_reductions(d: Probe) -> Iterator[Finding]:
    """A sum over one batch beside a mean over the other."""
    if len(set(d.reductions.values())) > 1:
        summed = next(side for side, kind in d.reductions.items() if kind == "sum")
        yield Finding(
            "unequal weights",
            f"d_loss sums over the {summed} scores and averages over the others, so that a side's weight "
            "grows with the batch: use one reduction",
        )


def of_shapes(roles: Roles) -> Iterator[Finding]:
    """Faults that the form of single terms shows."""
    shapes = {role: shape for role, shape in roles.shapes.items() if shape is not None}
    twice = [_TERMS[role] for role, shape in shapes.items() if shape.kind == "twice"]
    squared = [_TERMS[role] for role, shape in shapes.items() if "sigmoid squared" in shape.parameters]
    if twice:
        yield Finding(
            "sigmoid twice",
            f"{', '.join(twice)} scores: the sigmoid of a sigmoid stays in [1/2, 0.731]; give the raw "
            "score to binary_cross_entropy_with_logits, or the probability to binary_cross_entropy",
        )
    if squared:
        yield Finding(
            "sigmoid before least squares",
            f"{', '.join(squared)} scores: the square of sigmoid(v) less a label has a gradient with the "
            "factor D(1 - D), which vanishes where D is sure; least squares takes the raw score",
        )


def of_players(roles: Roles, match: Match | None, at_one: float) -> Iterator[Finding]:
    """Faults of the losses taken together, at the score v*(1) where P_r = P_g."""
    scores = np.sort(np.append(np.linspace(-4, 4, 41) + 0.0137, at_one))
    real, fake = roles.slopes["A"](scores), roles.slopes["B"](scores)
    if not (real * fake < 0).any() and (real * fake > 0).any():
        yield Finding(
            "both pushed the same way",
            "d_loss moves real and fake scores in the same direction at every score, so that it cannot "
            "tell them apart: the sign of one of its two terms is wrong",
        )
        return
    bend = np.diff(real + fake)
    if (bend > 1e-9).any() and (bend >= -1e-12).all():
        yield Finding(
            "sign of d_loss",
            "d_loss has a maximum where P_r = P_g and no lower bound: its sign is reversed",
        )
        return
    yield from _of_weights(roles)
    toward_real, of_generator = (float(roles.slopes[role](np.array([at_one]))[0]) for role in "AS")
    if toward_real * of_generator > 1e-9:
        yield _away(roles)
    elif match is not None and not match.complete and _of_a_family(roles.shapes["S"]):
        yield Finding(
            "losses that do not belong together",
            f"d_loss is that of {match.objective.name}, but g_loss is of another family: both read the "
            "same score, which stands for the density ratio as d_loss says",
        )
    paper = match is not None and match.complete and match.objective.name.startswith("lsgan(-1, 1, 0")
    if paper and abs((match.factor_d or 1) - 2) < 1e-6:  # type: ignore[union-attr]
        yield Finding(
            "missing 1/2",
            "d_loss has the labels (-1, 1, 0) of Mao et al. without their factor 1/2: its ideal value "
            "is 2 and not the 1 of the paper, and gradients are twice as large",
        )


def _of_a_family(shape: Shape | None) -> bool:
    """Whether a generator's term is one that goes with another discriminator, and none made for this one."""
    if shape is None:
        return False
    known = {"softplus", "square", "linear", "sigmoid squared"}
    return shape.kind in ("piecewise", "logarithm") or not known.isdisjoint(shape.parameters)


def _away(roles: Roles) -> Finding:
    labels = _labels(roles)
    if labels is not None and min(labels[:2]) <= labels[2] <= max(labels[:2]):
        a, b, c = labels
        return Finding(
            "labels that leave the data",
            f"labels (a, b, c) = ({a:g}, {b:g}, {c:g}): at P_g = P_r the score is {(a + b) / 2:g}, from "
            f"where the generator's target {c:g} lies toward the fake label {a:g}, so that samples leave "
            f"the data; take c = {b:g}",
        )
    return Finding(
        "swapped",
        "g_loss moves fake scores away from where d_loss moves real ones, so that samples leave the data: "
        "real and fake, or a sign, are swapped in one of the two losses",
    )


def _of_weights(roles: Roles) -> Iterator[Finding]:
    a, b = (roles.shapes[role] for role in "AB")
    for term in ("softplus", "square"):
        if a is not None and b is not None and term in a.parameters and term in b.parameters:
            ratio = a.parameters[term] / b.parameters[term]
            if ratio > 0 and abs(ratio - 1) > 1e-6:
                yield Finding(
                    "unequal weights",
                    f"d_loss weighs real scores {ratio:.4g} times as much as fake ones, so that its score "
                    f"stands for {ratio:.4g} p_r/p_g; give both terms one factor",
                )


def _labels(roles: Roles) -> tuple[float, float, float] | None:
    """(a, b, c) of least squares: of fake data, of real data, and of the generator's target."""
    found = []
    for role in "BAS":
        shape = roles.shapes[role]
        if shape is None or not {"square"} <= set(shape.parameters) <= {"square", "linear"}:
            return None
        found.append(-shape.parameters.get("linear", 0.0) / shape.parameters["square"])
    return found[0], found[1], found[2]


def of_pairing(pairing: Pairing) -> Iterator[Finding]:
    """What is wrong between losses of pairs of scores."""
    for name in pairing.duplicated:
        yield Finding(
            "relativistic term duplicated",
            f"{name} compares one batch with the other's mean, twice or in its only term, and never the "
            "other way round: the second term needs the fake scores against the mean of the real ones",
        )
    for name in pairing.cut:
        yield Finding(
            "clamped gradient",
            f"{name} leaves the formula where scores are far apart, as by clipped scores or an epsilon "
            "inside a logarithm, and so does its gradient",
        )
    if len(set(pairing.raised.values())) < len(pairing.raised):
        yield Finding(
            "swapped",
            f"both losses make {pairing.raised['d_loss']} scores rise over the others, so that the players "
            "do not oppose each other: real and fake are swapped in one of them",
        )
    if "g_loss" not in pairing.factors:
        yield Finding(
            "losses that do not belong together",
            f"d_loss is that of {pairing.objective.name}, and g_loss is not: it needs real and fake scores "
            "exchanged, and the gradient through both",
        )

"""A, B, R and S as the code has them: derivatives from calls of the losses, and their closed forms."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array
from gantheory.reading.identification.calls.probe import Probe
from gantheory.reading.identification.calls.structure import Structure
from gantheory.reading.identification.forms.evidence import Evidence
from gantheory.reading.identification.forms.shape import Shape, Slope, number
from gantheory.reading.identification.forms.shapes import shape_of

_DOUBLINGS = 2.0 ** np.arange(-2.0, 9.0)
_NEXT = 1.125


@dataclass(frozen=True)
class Roles:
    """The four functions as the code has them.

    Attributes:
        terms: the functions by calls of the losses, signed as A, B, R and S are.
        shapes: closed forms, None where none is known.
        inputs: what the losses take, as `calls.probe.INPUTS` names it.
        means: roles whose scores reach the loss through a mean, no single one of which has a slope.
    """

    terms: dict[str, Evidence]
    shapes: dict[str, Shape | None]
    inputs: str = "scores"
    means: str = ""

    @property
    def slopes(self) -> dict[str, Slope]:
        """Derivatives of the four."""
        return {role: term.slope for role, term in self.terms.items()}

    @property
    def known(self) -> bool:
        """Whether all four have a closed form."""
        return all(shape is not None for shape in self.shapes.values())

    def scaled(self, k: float) -> Roles:
        """The same in the score v/k."""
        turned = {role: term.scaled(k) for role, term in self.terms.items()}
        return Roles(turned, {role: shape_of(term) for role, term in turned.items()}, self.inputs, self.means)


def roles_of(d: Probe, g: Probe, structures: tuple[Structure, Structure]) -> Roles:
    """The four functions of two losses that are sums over single scores, or functions of means of batches.

    Raises:
        ValueError: d_loss does not depend on real or on fake scores, or g_loss not on fake ones.
    """
    terms: dict[str, Evidence] = {}
    means = ""
    for role, probe, structure, side, sign in (
        ("A", d, structures[0], "real", -1.0),
        ("B", d, structures[0], "fake", -1.0),
        ("R", g, structures[1], "real", 1.0),
        ("S", g, structures[1], "fake", 1.0),
    ):
        of_mean = structure.kind == "mean" and side in structure.sides
        if of_mean or _margin_of_mean(probe, side):
            means += role
            slope = partial(_of_constant_batches, probe, side)
        else:
            slope = partial(probe.slope, side)
        terms[role] = Evidence(_signed(sign, slope), _signed(sign, partial(probe.term, side)), d.inputs)
    shapes = {role: shape_of(term) for role, term in terms.items()}
    for role, name, side in (("A", "d_loss", "real"), ("B", "d_loss", "fake"), ("S", "g_loss", "fake")):
        shape = shapes[role]
        if shape is not None and shape.kind == "zero":
            raise ValueError(f"{name} does not depend on the {side} scores")
    return Roles(terms, shapes, d.inputs, means)


def _signed(sign: float, slope: Slope) -> Slope:
    return lambda scores: sign * slope(scores)


def _margin_of_mean(probe: Probe, side: str) -> bool:
    """Whether batches that are far off as a whole get another gradient than such scores among others do."""
    far = np.array([-400.0, 400.0])
    spread = probe.slope(side, np.linspace(-400, 400, 9))[[0, -1]]
    if np.ptp(spread) != 0:  # or NaN
        return False
    whole = _of_constant_batches(probe, side, far)
    return not np.allclose(whole, spread, rtol=1e-9, atol=0)


def _of_constant_batches(probe: Probe, side: str, scores: Array) -> Array:
    """Derivative in a score that all of a batch share: what the code means by a function of the mean."""
    rest = np.full(2, 0.3)
    answers = [
        probe(np.full(2, each), rest).real if side == "real" else probe(rest, np.full(2, each)).fake
        for each in scores
    ]
    total = np.array([gradient.sum() for gradient in answers])
    return total / 2 if probe.reductions[side] == "sum" else total


def temperatures(roles: Roles) -> list[sp.Rational]:
    """T != 1 of terms whose slopes fall or grow as e^(v/T) far out, as those of a loss of v/T do; the three
    of the least denominators."""
    found: set[sp.Rational] = set()
    for role, side in (("A", 1.0), ("B", -1.0), ("A", -1.0), ("B", 1.0)):
        at = side * _DOUBLINGS
        with np.errstate(all="ignore"):
            logs = np.log(np.abs(roles.slopes[role](np.append(at, _NEXT * at)))).reshape(2, -1)
            rate = np.abs(logs[1] - logs[0]) / ((_NEXT - 1.0) * _DOUBLINGS)
        # Powers have a rate of 1/|v|; beside a constant what falls by more than half its digits is rounding.
        seen = np.isfinite(logs).all(axis=0) & (np.abs(logs[0]) < 600.0) & (rate * _DOUBLINGS > 12.0)
        for T in (1.0 / rate[seen]).tolist():
            short = sp.Rational(Fraction(T).limit_denominator(100))
            found.add(short if abs(float(short) / T - 1.0) < 1e-6 else number(T))
    return sorted(found - {sp.S.One}, key=lambda T: (T.q, T.p))[:3]

"""Region claims: a boundary moved by a millionth, or a region given another label, must make them fail."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

import gantheory as gt
from gantheory.claims import decide, registry
from gantheory.claims.papers import welfert_2023_regions as regions
from gantheory.derivation.regions.alphas import NONE, STRICT, UNIQUE

MILLIONTH = Fraction(1, 10**6)

# name of the region that the boundary belongs to, a point on it, saturating, step that leaves it, strictly
# convex beyond?
BOUNDARIES = [
    ("boundary of R1", ("1/2", "1/3"), True, (0, 1), True),
    ("boundary of R1", ("1/2", "1/3"), True, (0, -1), False),
    ("lower boundary of R2", ("3", "3/2"), True, (0, 1), True),
    ("lower boundary of R2", ("3", "3/2"), True, (0, -1), False),
    ("R2", ("3", "3"), True, (0, 1), False),
    ("R2", ("3", "3"), True, (0, -1), True),
    ("boundary of Theorem 2", ("3/2", "3"), False, (0, 1), False),
    ("boundary of Theorem 2", ("3/2", "3"), False, (0, -1), True),
    ("boundary of Theorem 2", ("2", "2"), False, (1, 0), False),
    ("boundary of Theorem 2", ("2", "2"), False, (-1, 0), True),
]


@pytest.mark.parametrize(("name", "pair", "saturating", "step", "convex"), BOUNDARIES)
def test_a_millionth_beside_a_boundary_is_told_apart(name, pair, saturating, step, convex):
    on = [Fraction(text) for text in pair]
    assert regions._inside(name, saturating, [pair]) == [tuple(on)]
    beside = [value + k * MILLIONTH for value, k in zip(on, step, strict=True)]
    theory = gt.derive(gt.objectives.alpha_gan(*beside, saturating=saturating))
    verdict = theory.convexity()
    assert verdict.holds is convex
    assert verdict.method in ("symbolic", "computer algebra", "ball arithmetic")
    if not convex:
        assert verdict.witness_log_u is not None
    if (name, step) != ("R2", (0, -1)):
        with pytest.raises(ValueError, match="lies in"):
            regions._inside(name, saturating, [tuple(map(str, beside))])


@pytest.mark.parametrize(("label", "saturating"), [(STRICT, True), (NONE, True), (UNIQUE, False)])
def test_a_region_with_another_label_fails(label, saturating):
    for theorem in regions.region_theorems(saturating):
        verdict = regions._region(theorem.name, label, saturating)
        assert verdict.holds is (theorem.label == label)


def test_a_region_whose_step_has_another_sign_fails(monkeypatch):
    theorems = regions.region_theorems(True)
    first = theorems[0]
    wrong = {"> 0": "< 0", "< 0": "> 0", "= 0": "> 0", ">= 0": "< 0"}
    for k, step in enumerate(first.steps):
        steps = (*first.steps[:k], replace(step, sign=wrong[step.sign]), *first.steps[k + 1 :])
        broken = (replace(first, steps=steps), *theorems[1:])
        monkeypatch.setattr(regions, "region_theorems", lambda saturating, broken=broken: broken)
        assert decide(registry()["R1-suff"]).verdict == "fails"


def test_the_first_violation_at_two_and_2001_thousandths():
    """K1 cosh(p t) + K2 cosh(q t) = 0 far out: e^((p - q) t) = -K2/K1 = 4003/2001, (p - q) = 1/2001."""
    import math

    decades = 2001 * math.log(4003 / 2001) / math.log(10)
    assert 602.5 < decades < 602.6
    assert decide(registry()["R2-upper"]).verdict == "holds"

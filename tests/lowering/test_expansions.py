"""Expansions on a ray, beside the enclosure of the function itself."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

flint = pytest.importorskip("flint")
from gantheory.lowering.balls.enclosure import enclosure, number  # noqa: E402
from gantheory.lowering.balls.expansion import NoExpansionError, dominant, expand, supremum  # noqa: E402

t = sp.Symbol("t", real=True)
X = sp.exp(t)
R = sp.Rational
EXPANDED = [
    (1 + X) ** R(-1, 6) * X,
    (1 + 2 * X**2) ** R(5, 3) - sp.sqrt(2 + X),
    (1 + X) ** R(-9, 2),
    sp.log(1 + X) * (1 + X) - t * X,
    sp.log(3 + X + X ** R(1, 2)),
    (X - 1) ** 3 / (X + 1) ** 2,
    1 / (3 - X) + t * X / (2 + X) + (1 - X) ** -2,
    sp.exp(1 / (1 + X) + t / 2) + sp.exp(X / (2 + X)),
    sp.log(2 + 3 * X) ** 2 - X,
    (t**2 + sp.log(3 * X)) / t**3,
    sp.betainc(R(-7, 3), R(10, 3), sp.S.Half, X / (1 + X)),
    sp.betainc(0, R(3, 2), sp.S.Half, X / (1 + X)),
    sp.betainc(R(1, 3), 0, sp.S.Half, X / (1 + X)),
    sp.betainc(R(1, 2), R(-3, 2), sp.S.Half, X**2 / (1 + X**2)),
]


@pytest.mark.parametrize("expr", EXPANDED, ids=str)
@pytest.mark.parametrize("side", [1, -1])
def test_an_expansion_holds_on_its_ray(expr, side):
    with flint.ctx.workprec(1500):
        for start in (8, 30):
            terms = expand(expr, t, side, Fraction(start))
            for s in (start, start + 0.5, 2 * start, 9 * start):
                s = flint.arb(s)
                parts = [number(c) * (number(k) * s).exp() * s**j for (k, j), c in terms.items()]
                total = sum(parts, flint.arb(0))
                truth = enclosure(expr, t)(side * s)
                assert truth.is_finite() and total.overlaps(truth)
                # Narrow, so that a wrong coefficient shows.
                assert total.rad() <= (abs(truth) + 1) * 0.1


@pytest.mark.parametrize(("a", "b"), [(R(3, 2), 0), (R(1, 2), R(1, 2)), (R(5, 2), R(3, 4))])
def test_an_incomplete_beta_is_as_narrow_as_its_integrand_beyond_the_start(a, b):
    """r^(a-1) is known there up to e^-start, and int (1-r)^(b-1) is of the order of e^(-b s)."""
    expr = sp.betainc(a, b, sp.S.Half, X / (1 + X))
    with flint.ctx.workprec(400):
        terms = expand(expr, t, 1, Fraction(8))
        for s in (8, 12, 40):
            s = flint.arb(s)
            total = sum(
                (number(c) * (number(k) * s).exp() * s**j for (k, j), c in terms.items()), flint.arb(0)
            )
            assert total.overlaps(enclosure(expr, t)(s))
            assert total.rad() <= 8 * (-8 - float(b) * s).exp()


def test_what_has_no_expansion_is_refused():
    for expr in (sp.erf(X), sp.exp(X), sp.log(t), sp.LambertW(X), sp.exp(sp.sqrt(2) * t), sp.sqrt(1 - X)):
        with pytest.raises(NoExpansionError):
            expand(expr, t, 1, Fraction(8))


def test_a_term_dominates_only_where_it_outweighs_the_others():
    expr = X**2 - 100 * X
    assert dominant(expand(expr, t, 1, Fraction(5)), Fraction(5)) == ((2, 0), 1)  # e^5 > 100
    with pytest.raises(NoExpansionError, match="dominates"):
        dominant(expand(expr, t, 1, Fraction(4)), Fraction(4))
    with pytest.raises(NoExpansionError, match="cancel"):
        dominant(expand(sp.Add(X, -X, evaluate=False), t, 1, Fraction(4)), Fraction(4))


@pytest.mark.parametrize(
    ("k", "j", "start", "place"),
    [
        (R(1, 4), 2, 1, 8),
        (R(1, 4), 2, 20, 20),
        (3, 6, 1, 2),
        (R(1, 2), -1, 3, 3),
        (2, 0, 3, 3),
        (0, 0, 2, 2),
        (0, -2, 4, 4),
    ],
)
def test_the_supremum_of_a_term_is_at_its_peak_or_at_the_start(k, j, start, place):
    # e^(-k s) s^j rises up to s = j/k.
    found = supremum(Fraction(int(sp.numer(k)), int(sp.denom(k))), j, Fraction(start))
    assert float(found.mid()) == pytest.approx(float(sp.exp(-k * place) * sp.Integer(place) ** j), rel=1e-14)

"""What sympy would take minutes or all memory for is given up, done otherwise, or refused in one line."""

import itertools
import math

import pytest
import sympy as sp

import gantheory as gt
from gantheory.derivation.algebra import expressions
from gantheory.derivation.optimum.candidates import _order
from gantheory.support.deadline import TimeBoundError

P, Q = [0.5, 0.5], [0.9, 0.1]


def derived(**losses):
    return gt.derive(gt.objectives.parse(**losses))


def test_a_power_too_high_for_a_polynomial_is_left_to_inversion():
    """D* = u^n/(1 + u^n) at n = 10^8, of which sympy would write out all coefficients."""
    theory = gt.derive(gt.objectives.from_spec("alpha_gan(1e8, 1)"))

    def term(p, q):
        t = 1e8 * math.log(p / q)  # log D = -log(1 + e^-t), which is -|t| or 0
        return p * min(t, 0.0) + q * min(-t, 0.0)

    expected = sum(map(term, P, Q)) + 2 * math.log(2)
    assert theory.divergence(P, Q).value == pytest.approx(expected, rel=1e-13)
    assert theory.score is None


@pytest.mark.parametrize("size", [1, sp.Float(10) ** -30, 10**30])
def test_the_order_of_a_zero_does_not_depend_on_units(size):
    y = sp.Symbol("y", real=True)
    assert _order(size * (y - 2) ** 3 * sp.exp(y), y, sp.Integer(2)) == 3
    assert _order(size * sp.log(y - 1), y, sp.Integer(2)) == 1
    assert _order(size * (y - 1), y, sp.Integer(2)) == 0
    assert _order(sp.S.Zero, y, sp.Integer(2)) == math.inf


def test_f_that_vanishes_up_to_a_break_is_sampled_there_once():
    """v* = log(1.5 u) up to 2/3, 0 up to 2, log(u/2) beyond: f_D is flat between, and grows as a square."""
    theory = derived(real="v - abs(v)/2", fake="-exp(v)", generator="-abs(v)")

    def supremum(u):
        slope = 1.5 if u < 2 / 3 else 0.5
        return slope * u * (math.log(slope * u) - 1) if not 2 / 3 <= u <= 2 else -1.0

    expected = sum(q * (supremum(p / q) + 1.0) for p, q in zip(P, Q, strict=True))
    found = theory.divergence(P, Q, "discriminator", seconds=5)
    assert found.value == pytest.approx(expected, rel=1e-14)


def test_hyperbolic_functions_of_a_logarithm_are_written_out():
    theory = derived(real="v", fake="-cosh(v)", generator="-v")
    assert not theory.f_D.has(sp.cosh)
    u = 3.7
    expected = u * math.asinh(u) - math.sqrt(1 + u * u)
    at_one = math.asinh(1) - math.sqrt(2)
    value = theory.f_D.subs(theory.u, u) + (u - 1) * math.asinh(1)  # f_D'(1) = 0
    assert float(value) == pytest.approx(expected - at_one, rel=1e-12)


def test_a_simplification_that_takes_too_long_or_fails_keeps_the_form_that_there_is(monkeypatch):
    w = sp.Symbol("w", positive=True)
    form = 1 - 1 / (1 + w)
    assert expressions.tidy(form, w) != form
    with monkeypatch.context() as patch:
        patch.setattr(expressions, "SECONDS", 1e-9)
        patch.setattr(expressions, "_tidy", lambda *_: next(k for k in itertools.count() if k < 0))
        assert expressions.tidy(form, w) == form

    def refused():
        raise TypeError("Invalid comparison of non-real I")

    assert expressions.bounded(refused, form) == form


@pytest.mark.parametrize("options", [{}, {"dps": 30}, {"method": "monte-carlo", "seed": 0}])
def test_every_way_to_a_divergence_ends_in_time(options):
    from scipy import stats

    theory = gt.derive(gt.objectives.vanilla())
    late = r"^vanilla.*flow divergence was not found within 1e-05 s.*`seconds`"
    with pytest.raises(TimeBoundError, match=late):
        theory.divergence(stats.norm(), stats.norm(1), "flow", seconds=1e-5, **options)
    f = theory.generating_function()
    with pytest.raises(TimeBoundError, match=r"^the divergence was not found within 1e-05 s"):
        gt.divergences.compute(f, stats.norm(), stats.norm(1), seconds=1e-5, **options)
    assert theory.divergence(P, Q, seconds=math.inf).value == theory.divergence(P, Q).value


def test_every_quantity_ends_in_time(monkeypatch):
    from gantheory.derivation import failures

    theory = derived(real="log(D)", fake="log(1-D)", generator="-log(D)", link="sigmoid(v)")

    @failures.finds("the sum", 1e-3)
    def slow(theory):
        return next(k for k in itertools.count() if k < 0)

    with pytest.raises(TimeBoundError, match=r"^parsed: the sum was not found within 0\.001 s$"):
        slow(theory)

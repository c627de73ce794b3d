"""Comparison of a user's formula with the derived one."""

import math
import re

import pytest
import sympy as sp

from gantheory import objectives as go
from gantheory.derivation import derive
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.verdicts.equality import KNOWN, compare
from gantheory.errors import ExpressionError
from gantheory.objectives.parsing import parse_expression


def test_scale_line_and_constant_are_named():
    th = derive(go.vanilla())
    answer = th.equals("2*(u*log(u) - (u + 1)*log((u + 1)/2)) + 3*(u - 1) + 5")
    assert answer.holds and answer.scale == 2 and answer.slope == 3 and answer.constant == 5
    assert str(answer).startswith("equal up to scale 2, 3 (u - 1), constant 5")


def test_the_published_alpha_formula_is_confirmed():
    th = derive(go.alpha_gan(0.5, 1.2))
    answer = th.equals("6*((u**(1/12 + 1) + 1)/(sqrt(u) + 1)**(1/6) - 2**(5/6))")
    assert answer.holds and answer.scale == 1


@pytest.mark.parametrize(
    "wrong",
    [
        "u*log(u) - (u + 1)*log(u + 1.000001)",
        "u*log(u) + (u + 1)*log((u + 1)/2)",
        "u**1.000001*log(u) - (u + 1)*log((u + 1)/2)",
        "-(u*log(u) - (u + 1)*log((u + 1)/2))",
        "u - 1",
        "log(u - 3)",
    ],
)
def test_a_subtly_wrong_formula_is_refused(wrong):
    answer = derive(go.vanilla()).equals(wrong)
    assert not answer.holds and answer.scale is None


def test_the_discriminator_is_compared_exactly():
    th = derive(go.alpha_gan(2, 1))
    assert th.equals("u**2/(1 + u**2)", "D").holds
    assert not th.equals("2*u**2/(1 + u**2)", "D").holds


def test_h_with_incomplete_betas_can_be_compared():
    th = derive(go.alpha_gan(2, 2, saturating=False))
    # The same integral in another form: h' = arcsinh(u) - ..., by hand for alpha = (2, 2).
    u = th.u
    x = u**2 / (1 + u**2)
    by_hand = u * (sp.log((1 + sp.sqrt(1 - x)) / sp.sqrt(x)) * -2 + 2 * sp.sqrt(1 - x)) - 2 * sp.sqrt(x)
    answer = th.equals(by_hand, "h")
    assert answer.holds is None and "not proved" in str(answer)


def test_bad_questions():
    th = derive(go.vanilla())
    with pytest.raises(ExpressionError, match="unknown name 'p'"):
        th.equals("p*log(p)")
    with pytest.raises(ValueError, match="quantity must be one of f, h, f_D, D, got 'g'"):
        th.equals("u", "g")
    with pytest.raises(ValueError, match="no closed form"):
        derive(go.renyi(2)).equals("u")


def test_a_kink_far_out_refutes_and_is_named():
    f = "u*log(u) - (u + 1)*log((u + 1)/2)"
    th = derive(go.vanilla())
    for at in (100, 1e-6, 1e20):
        answer = th.equals(f"{f} + max(0, u - {at!r})" if at > 1 else f"{f} + max(0, {at!r} - u)")
        assert answer.holds is False and "u = " in str(answer)
        assert (answer.witness_u > at) == (at > 1)


def test_a_clamped_discriminator_is_not_the_optimal_one():
    answer = derive(go.vanilla()).equals("min(max(u/(1 + u), 1e-7), 1 - 1e-7)", "D")
    assert answer.holds is False and not 1e-7 < answer.witness_u < 1e7
    u_and_log = re.search(r"at u = (\S+), log u = (\S+)\)", str(answer))
    assert math.log(float(u_and_log[1])) == pytest.approx(float(u_and_log[2]), rel=1e-5)


def test_kinks_that_cancel_are_proved_away():
    answer = derive(go.hinge()).equals("max(u, 1) - min(u, 1)")
    assert answer.holds and answer.method == "proved by algebra"


F = "u*log(u) - (u + 1)*log((u + 1)/2)"


@pytest.mark.parametrize(
    ("spec", "formula", "quantity"),
    [
        ("vanilla", f"{F} + max(0, 0.001 - abs(u - 7.123))", "f"),
        ("vanilla", f"{F} + max(0, 10**(-30) - abs(u - 7))", "f"),
        ("vanilla", f"{F} + max(0, 10**(-199) - (u - 7)**2)", "f"),
        ("vanilla", f"{F} + max(0, log(u) - 350)", "f"),
        ("vanilla", f"{F} + max(0, 10**(-200) - u)", "f"),
        ("vanilla", "min(u/(1 + u), 1 - 10**(-60))", "D"),
        ("hinge", "sign(u - 1.0000000001)", "D"),
        ("hinge", "sign(u - 1 - 10**(-50))", "D"),
        ("hinge", "max(u - 1, 1 - u, 10**(-50))", "f"),
        ('fgan("tv")', "(u - 1)*tanh(10**9*(u - 1))", "f"),
        ('fgan("tv")', "sqrt((u - 1)**2 + 10**(-90))", "f"),
        ('fgan("kl")', "u*log(u) + max(0, min(u - 2, 3 - u))*10**(-60)", "f"),
        ('fgan("kl")', "u*log(u) + exp(-u**2)*10**(-45)", "f"),
    ],
)
def test_what_differs_in_few_places_or_by_little_is_refuted_and_the_place_is_named(spec, formula, quantity):
    """A tooth between two points of any grid was once "proved" not to be there."""
    answer = derive(go.from_spec(spec)).equals(formula, quantity)
    assert answer.holds is False and answer.witness_u is not None and "u = " in str(answer)


@pytest.mark.parametrize(
    ("spec", "formula", "quantity"),
    [
        ("vanilla", "(1 + tanh(log(u)/2))/2", "D"),
        ("vanilla", f"abs({F})", "f"),
        ("vanilla", "-log((1 + u)**(1 + u)/(u**u))", "f"),
        ("hinge", "sign(log(u))", "D"),
        ("hinge", "sqrt((u - 1)**2)", "f"),
        ('fgan("kl")', "u*log(u) + max(0, u - 1)**2 - max(0, 1 - u)**2 - (u - 1)*abs(u - 1)", "f"),
        ('fgan("kl")', "pi*u*log(u)", "f"),
        ("alpha_gan(150, 1)", "1 - 1/(1 + u**150)", "D"),
    ],
)
def test_the_same_in_other_words_is_proved(spec, formula, quantity):
    """The last: 1 - 1/(1 + x) is 0 to any number of digits for small u, which refutes nothing."""
    answer = derive(go.from_spec(spec)).equals(formula, quantity)
    assert answer.holds and answer.method == "proved by algebra"


def test_a_reference_that_bends_far_out_only_keeps_its_scale():
    from gantheory.derivation.verdicts.equality import compare

    u = derive(go.vanilla()).u
    bent = sp.Max(0, u - 1000)
    answer = compare(3 * bent + u, bent)
    assert answer.holds and (answer.scale, answer.slope, answer.constant) == (3, 1, 1)
    assert compare(sp.Max(0, u - 1001), bent).holds is False


def test_what_is_never_real_or_infinite_is_said():
    th = derive(go.vanilla())
    answer = th.equals("log(u - 1)")
    assert answer.holds is False and answer.witness_u < 1 and "not real at u = " in str(answer)
    with pytest.raises(ExpressionError, match="infinite or undefined"):
        th.equals("log(0) + u")


def test_kinks_of_unknown_place_are_compared_by_values_only():
    kinked = sp.Abs(sp.log(u) + u - 2)
    answer = compare(2 * kinked + 3 * (u - 1), kinked)
    assert answer.holds is None and (answer.scale, answer.slope, answer.constant) == (2, 3, 0)
    assert compare(2 * kinked + (u - 1) ** 2 / 10**9, kinked).holds is False


def test_all_kinks_of_nested_maxima_are_found_exactly():
    from gantheory.derivation.signs.kinks import pieces

    u = derive(go.vanilla()).u
    expr = sp.Max(u, 3, sp.Abs(u - 10) - 5) + sp.sign(sp.log(u) - 2) + sp.Min(sp.sqrt(u), u**2)
    ends = [end for _, end, _ in pieces(expr, sp.S.Zero, sp.oo)]
    assert {1, 2, 3, sp.exp(2), sp.oo} <= set(ends) and ends == sorted(ends)
    for start, end, part in pieces(expr, sp.S.Zero, sp.oo):
        for k in (1, 2, 3):
            at = start + k * (end - start) / 4 if end.is_finite else start + k
            assert abs(sp.N((part - expr).subs(u, at), 30)) < 1e-25
    assert pieces(sp.Max(0, u - 2 - sp.erf(u)), sp.S.Zero, sp.oo)[0][2] is None


@pytest.mark.parametrize(("other", "name"), [(sp.Function("g")(sp.Symbol("u")), "g"), (sp.Symbol("x"), "x")])
def test_what_has_no_value_is_refused(other, name):
    with pytest.raises(
        ValueError, match=rf"formula must hold u and functions with a meaning only, got .*{name}"
    ):
        derive(go.vanilla()).equals(other)


def test_a_discriminator_that_mpmath_has_no_name_for():
    probit = {"real": "log(erfc(-v)/2)", "fake": "log(erfc(v)/2)", "generator": "-log(erfc(-v)/2)"}
    theory = derive(go.parse(**probit))  # its D, the score, holds erfcinv
    assert theory.equals("log(u)", "D").holds is False
    assert theory.equals(theory.discriminator, "D").holds is True


def test_linear_functions_differ_by_a_line():
    """Both divergences vanish."""
    found = compare(3 * u - 1, 5 - 2 * u)
    assert (found.scale, found.slope, found.constant) == (1, 5, -1) and found.holds is not False
    assert compare(3 * u - 1 + (u - 1) ** 2 / 10**6, 5 - 2 * u).holds is False


@pytest.mark.parametrize(
    ("extra", "where"),
    [("log((u - 1000)**2)/2 - log(1000 - u)", 1024), ("log((u - 0.01)**2)/2 - log(u - 0.01)", 2.0**-10)],
)
def test_what_is_real_on_a_stretch_only_is_no_other_form(extra, where):
    """The logarithms cancel on one side of 1000, or of 1/100, and one has no real value on the other."""
    answer = compare(KNOWN["KL(P_r||P_g)"] + parse_expression(extra, {"u": u}), KNOWN["KL(P_r||P_g)"])
    assert answer.holds is False and "not real at u =" in str(answer)
    assert (answer.witness_u > 1000) if where > 1 else (answer.witness_u < 0.01)


def test_values_too_large_for_any_number_are_counted_and_soon_left():
    same = sp.gamma(sp.exp(u) + 1) / sp.gamma(sp.exp(u)) / sp.exp(u)
    answer = compare(KNOWN["KL(P_r||P_g)"] * same, KNOWN["KL(P_r||P_g)"])
    assert answer.holds is None and "23 values of u, 7 more could not be compared" in str(answer)


def test_a_logarithm_of_zero_inside_a_power_hides_no_difference():
    """exp(2 log max(0, 1 - u)) is 0 beyond u = 1, where it has no enclosure."""
    reference = KNOWN["KL(P_r||P_g)"] + sp.Max(0, 1 - u) ** 2
    other = reference.rewrite(sp.exp)
    assert other.has(sp.exp) and compare(other, reference).holds is not False
    answer = compare(other + sp.Max(0, u - 40) / 10**7, reference)
    assert answer.holds is False and answer.witness_u > 40

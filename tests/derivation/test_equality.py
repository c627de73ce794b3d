"""Comparison of a user's formula with the derived one."""

import pytest
import sympy as sp

from gantheory import objectives as go
from gantheory.derivation import derive
from gantheory.errors import ExpressionError


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


def test_kinks_that_cancel_are_proved_away():
    answer = derive(go.hinge()).equals("max(u, 1) - min(u, 1)")
    assert answer.holds and answer.method == "proved by algebra"

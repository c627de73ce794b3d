"""Convexity verdicts against the exact region, and witnesses checked by evaluating f''."""

import math

import mpmath as mp
import pytest
import sympy as sp

from gantheory import objectives as go
from gantheory.derivation import derive
from gantheory.derivation.properties import second_derivative


def saturating_region(a, b):
    """claims R1, R2 and their boundaries: where f_S is strictly convex on (0, inf)."""
    if a < 1:
        return b >= a / (a + 1)
    return b > 0.5 if a == 1 else a / 2 <= b <= a


def assert_witness(th, verdict, kind="equilibrium"):
    second = sp.lambdify(th.u, second_derivative(th, kind), "mpmath")
    with mp.workdps(60 + int(2 * abs(verdict.witness_log_u))):
        assert second(mp.exp(mp.mpf(verdict.witness_log_u))) < 0


@pytest.mark.parametrize("a", [sp.Rational(1, 5), sp.Rational(1, 2), 1, sp.Rational(3, 2), 2, 4])
@pytest.mark.parametrize(
    "b", [sp.Rational(1, 6), sp.Rational(1, 3), sp.Rational(1, 2), 1, sp.Rational(5, 4), 2, 3, math.inf]
)
def test_saturating_region(a, b):
    th = derive(go.alpha_gan(a, b))
    verdict = th.convexity()
    if (a, b) == (1, sp.Rational(1, 2)):  # f is linear: convex, but it separates nothing
        assert verdict.holds and verdict.strict is False
        return
    assert verdict.holds is bool(saturating_region(a, b)), verdict
    if not verdict.holds:
        assert_witness(th, verdict)


@pytest.mark.parametrize(
    ("a", "b"), [(2, 2), (1.5, 3), (1, math.inf), (0.5, 4), (2, 2.01), (4, 4), (1.01, math.inf)]
)
def test_non_saturating_region(a, b):
    # f_NS is convex iff alpha_D + alpha_G >= alpha_D alpha_G, boundary included (claim RNS-boundary).
    th = derive(go.alpha_gan(a, b, saturating=False))
    verdict = th.convexity()
    c = 1 if b == math.inf else 1 - 1 / b
    assert verdict.holds is (a * c <= 1 + 1e-12)
    if not verdict.holds:
        assert_witness(th, verdict)


def test_a_violation_far_out_is_found_in_log_u():
    th = derive(go.alpha_gan(2, 2.001))
    verdict = th.convexity()
    assert verdict.holds is False
    assert 1380 < abs(verdict.witness_log_u) < 1450  # u ~ 10^600
    assert_witness(th, verdict)


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.3), (2, 0.9), (2, 50), (0.3, 1)])
@pytest.mark.parametrize("saturating", [True, False])
def test_flow_divergence_of_alpha_gan_is_always_convex(a, b, saturating):
    assert derive(go.alpha_gan(a, b, saturating=saturating)).convexity("flow").holds is True


@pytest.mark.parametrize(
    ("labels", "equilibrium", "flow"),
    [
        ((0, 1, 1), True, True),
        ((0, 1, 0), False, False),
        ((-1, 1, 0), False, False),
        ((1, 0, 1), False, False),
    ],
)
def test_lsgan_codings(labels, equilibrium, flow):
    th = derive(go.lsgan(*labels))
    for kind, holds in (("equilibrium", equilibrium), ("flow", flow)):
        verdict = th.convexity(kind)
        assert verdict.holds is holds
        if not holds:
            assert_witness(th, verdict, kind)


def test_step_functions():
    assert derive(go.hinge()).convexity().holds is True
    assert derive(go.ebgan()).convexity().holds is False  # f jumps down at u = 1
    assert derive(go.ebgan()).convexity("flow").holds is True


def test_a_verdict_without_a_proof_is_none():
    verdict = derive(go.lkgan(2.5)).convexity()
    assert verdict.holds is None and not verdict
    assert "no proof" in verdict.reason


def test_lkgan_is_convex_off_its_kink():
    # Bhatia et al. 2021: |u - 1|^k/(u + 1)^(k-1) is convex; k = 1 is total variation.
    third, first = derive(go.lkgan(3)), derive(go.lkgan(1))
    assert third.convexity().holds and third.convexity().strict
    assert first.name() == "TV"
    assert first.convexity().holds and first.convexity().strict is False

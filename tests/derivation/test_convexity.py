"""Convexity verdicts against the exact region, and witnesses checked by evaluating f''."""

import json
import math
import random
import time
from fractions import Fraction

import mpmath as mp
import pytest
import sympy as sp

from gantheory import objectives as go
from gantheory.derivation import derive
from gantheory.derivation.regions.alpha_signs import non_saturating_form, saturating_form
from gantheory.derivation.regions.proofs import flow_curvature_identity
from gantheory.derivation.signs.hyperbolic import Hyperbolic
from gantheory.derivation.verdicts.convexity import convexity
from gantheory.derivation.verdicts.properties import second_derivative


def saturating_region(a, b):
    """claims R1, R2 and their boundaries: where f_S is strictly convex on (0, inf)."""
    if a < 1:
        return b >= a / (a + 1)
    return b > 0.5 if a == 1 else a / 2 <= b <= a


def assert_witness(th, verdict, kind="equilibrium"):
    second = sp.lambdify(th.u, second_derivative(th, kind), "mpmath")
    with mp.workdps(60 + int(2 * abs(verdict.witness_log_u))):
        assert second(mp.exp(mp.mpf(verdict.witness_log_u))) < 0


ORDERS_D = [sp.Rational(1, 5), sp.Rational(1, 2), 1, sp.Rational(3, 2), 2, 4]
ORDERS_G = [
    sp.Rational(1, 6),
    sp.Rational(1, 3),
    sp.Rational(1, 2),
    1,
    sp.Rational(5, 4),
    2,
    3,
    math.inf,
]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        # A chessboard: half of the grid, with every order of each player.
        pytest.param(a, b, marks=pytest.mark.slow if (row + column) % 2 else ())
        for row, a in enumerate(ORDERS_D)
        for column, b in enumerate(ORDERS_G)
    ],
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
    generator = "softplus(-v) + 1 - erf(v)"
    verdict = derive(go.parse(real="-softplus(-v)", fake="-softplus(v)", generator=generator)).convexity()
    assert verdict.holds is None and not verdict
    assert "exponential" in verdict.reason  # of erf', which has no expansion in powers of u and log u


def test_lkgan_is_convex_off_its_kink():
    # Bhatia et al. 2021: |u - 1|^k/(u + 1)^(k-1) is convex; k = 1 is total variation.
    third, first = derive(go.lkgan(3)), derive(go.lkgan(1))
    assert third.convexity().holds and third.convexity().strict
    assert derive(go.lkgan(1.5)).convexity().strict  # a power of |u - 1| that is no integer
    assert first.name() == "TV"
    assert first.convexity().holds and first.convexity().strict is False


def printed_second_derivative(a, b, saturating):
    """f'' by mpmath's differences from f as printed in eqs. (7) and (12) of the ISIT paper."""
    a, c = mp.mpf(a.numerator) / a.denominator, 1 - mp.mpf(b.denominator) / b.numerator

    def f(u):
        x = u**a
        return ((u ** (a * c + 1) + 1) / (1 + x) ** c if saturating else -((x / (1 + x)) ** c)) / c

    return lambda u: mp.diff(f, u, 2, relative=True)


@pytest.mark.parametrize("saturating", [True, False])
def test_certificate_matches_numerical_second_derivatives(saturating):
    # The certified form and f'' differ by a positive factor: same sign at random points.
    rng = random.Random(3)
    for _ in range(25):
        a, b = Fraction(rng.randint(1, 40), 10), Fraction(rng.randint(1, 40), 10)
        if b == 1:
            continue
        form = (saturating_form if saturating else non_saturating_form)(a, b)
        with mp.workdps(80):
            second = printed_second_derivative(a, b, saturating)
            for t in (-3, -1, mp.mpf(1) / 7, 2):
                value = evaluate(form, t)
                if abs(value) > 1e-12:
                    assert mp.sign(second(mp.exp(t))) == mp.sign(value), (a, b, t)


def evaluate(form, t):
    def real(q):
        return mp.mpf(q.numerator) / q.denominator

    if isinstance(form, Hyperbolic):
        return real(form.K1) * mp.cosh(real(form.p) * t) + real(form.K2) * mp.cosh(real(form.q) * t)
    return real(form.c0) + real(form.c1) * mp.exp(real(form.k) * t)


@pytest.mark.parametrize(("a", "b"), [("1/2", "1/3"), ("1/5", "1/6"), ("9/10", "9/19")])
def test_the_boundary_of_r1_is_strictly_convex(a, b):
    verdict = derive(go.alpha_gan(Fraction(a), Fraction(b))).convexity()
    assert verdict.holds and verdict.strict and verdict.method == "symbolic"
    below = derive(go.alpha_gan(Fraction(a), Fraction(b) - Fraction(1, 10**6))).convexity()
    assert below.holds is False and abs(below.witness_log_u) > 5


@pytest.mark.parametrize("a", ["6/5", "3/2", "2", "5"])
def test_the_lower_boundary_of_r2_is_strictly_convex_with_a_flat_point(a):
    th = derive(go.alpha_gan(Fraction(a), Fraction(a) / 2))
    assert th.convexity().strict and th.curvature_at_one() == 0
    assert not derive(go.alpha_gan(Fraction(a), Fraction(a) / 2 - Fraction(1, 10**9))).convexity()


def test_extreme_parameters_take_milliseconds_not_minutes():
    for a, b, holds in (
        (2, 2 + Fraction(1, 10**9), False),
        (1000, 1000, True),
        (Fraction(1000, 1001), 3, True),
    ):
        th = derive(go.alpha_gan(a, b))
        second = second_derivative(th, "equilibrium")
        start = time.perf_counter()
        verdict = convexity(second)
        assert time.perf_counter() - start < 1.0
        assert verdict.holds is holds, (a, b)
    # (2, 2 + 1e-9): f'' < 0 from log u = 1.386e9 on.
    far = derive(go.alpha_gan(2, 2 + Fraction(1, 10**9))).convexity().witness_log_u
    assert 1.386e9 < abs(far) < 1.45e9


def test_the_flow_divergence_is_convex_for_symbolic_alphas():
    assert flow_curvature_identity(True) and flow_curvature_identity(False)


def test_certificates_survive_json():
    for spec in ("alpha_gan(2, 2.001)", "lsgan(0, 1, 0)", "alpha_gan(3, 3, saturating=False)", "lkgan(2.5)"):
        verdict = derive(go.from_spec(spec)).convexity()
        assert json.loads(json.dumps(verdict.certificate)) == verdict.certificate


def test_logarithms_are_certified_by_balls():
    # S = softplus(-v) + v^2/10: f'' has log u in it and is negative far out, but f > 0 off u = 1.
    th = derive(go.parse(real="-softplus(-v)", fake="-softplus(v)", generator="softplus(-v) + v**2/10"))
    verdict = th.convexity()
    assert verdict.holds is False and verdict.method == "ball arithmetic"
    assert_witness(th, verdict)


def test_kinks_off_one_are_not_taken_for_smooth_points():
    # f'' >= 0 off u = 2, but a slope may fall there.
    second = sp.diff(-(sp.Abs(sp.Symbol("u", positive=True) - 2) ** 3), sp.Symbol("u", positive=True), 2)
    assert convexity(-second).holds is None


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["equilibrium", "flow"])
def test_a_zero_sum_game_is_convex_whatever_its_pieces(kind):
    # The signs of f'' on the short piece near u = 6.7 are not decided, but f = h = f_D.
    real, fake = "sigmoid(v)", "min(max(1-2*v,-1),1)/3-max(0,v)"
    theory = derive(go.parse(real=real, fake=fake, generator=fake, generator_real=real))
    assert theory.convexity(kind).holds is True

"""Divergences of pmfs against sums in high precision and by hand."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import gantheory as gt
from gantheory.divergences import ClosedForm, compute
from gantheory.divergences.engines.discrete import pmf
from gantheory.support.multiprecision import mp as mp_private

u = sp.Symbol("u", positive=True)


def kl_by_hand(p, q) -> mp.mpf:
    """KL + sum q - sum p in 60 digits: u log u - u + 1 takes the pmfs as they are."""
    with mp.workdps(60):
        p, q = [mp.mpf(float(x)) for x in p], [mp.mpf(float(x)) for x in q]
        return mp.fsum(a * mp.log(a / b) - a + b if a else b for a, b in zip(p, q, strict=True))


def test_kl_by_hand(f):
    p, q = [0.5, 0.3, 0.2], [0.2, 0.3, 0.5]
    result = compute(f.kl, p, q)
    assert result.value == pytest.approx(0.3 * math.log(2.5), rel=1e-14)
    assert result.method == "pmf"
    assert float(result) == result.value


@pytest.mark.parametrize("gap", [1e-12, 1e-9, 1e-5, 1e-2])
def test_close_pmfs_keep_relative_accuracy(f, gap):
    # Not powers of 2, by which p/q would be exact.
    p = np.array([0.3 + gap, 0.3 - gap, 0.4])
    q = np.array([0.3, 0.3, 0.4])
    truth = kl_by_hand(p, q)
    result = compute(f.kl, p, q)
    assert abs(result.value / truth - 1) < 1e-12
    assert abs(result.value - truth) <= result.error + 1e-30


@given(st.lists(st.floats(1e-300, 1.0), min_size=2, max_size=8), st.integers(0, 2**32 - 1))
def test_random_pmfs(f, weights, seed):
    p = np.array(weights) / math.fsum(weights)
    q = np.random.default_rng(seed).permutation(p)
    truth = kl_by_hand(p, q)
    result = compute(f.kl, p, q)
    assert abs(result.value - truth) <= max(1e-12 * truth, 0)
    assert abs(result.value - truth) <= result.error


def test_zeros_on_either_side(f):
    p, q = [0.5, 0.5, 0.0], [0.5, 0.0, 0.5]
    assert compute(f.kl, p, q).value == math.inf
    assert compute(f.reverse_kl, p, q).value == math.inf
    assert compute(f.hellinger, p, q).value == pytest.approx(1.0, rel=1e-14)
    assert compute(f.tv, p, q).value == pytest.approx(0.5, rel=1e-14)
    assert compute(f.kl, [0.5, 0.5, 0.0], [0.25, 0.25, 0.5]).value == pytest.approx(math.log(2), rel=1e-14)


def test_disjoint_supports(f):
    p, q = [1.0, 0.0], [0.0, 1.0]
    assert compute(f.js, p, q).value == pytest.approx(math.log(2), rel=1e-15)
    assert compute(f.tv, p, q).value == 1.0
    assert compute(f.kl, p, q).value == math.inf


def test_equal_pmfs_and_common_zeros(f):
    assert compute(f.kl, [0.3, 0.0, 0.7], [0.3, 0.0, 0.7]).value == 0.0


def test_minus_infinity_is_reported(f):
    assert compute(f.unbounded, [0.5, 0.5], [1.0, 0.0]).value == -math.inf


def test_infinities_of_both_signs_are_refused(f):
    with pytest.raises(ArithmeticError, match=r"holds both \+inf and -inf"):
        compute(f.torn, [1.0, 0.0], [0.0, 1.0])
    with pytest.raises(ArithmeticError, match=r"holds both \+inf and -inf"):
        compute(f.torn, [1.0, 0.0], [0.0, 1.0], dps=20)


def test_subnormal_masses(f):
    p, q = [1.0, 5e-324], [1.0, 1e-310]
    assert compute(f.kl, p, q).value == pytest.approx(float(kl_by_hand(p, q)), rel=1e-12, abs=0)


def test_many_cells(f):
    rng = np.random.default_rng(3)
    p, q = rng.dirichlet(np.full(100_000, 0.3)), rng.dirichlet(np.full(100_000, 0.3))
    with np.errstate(divide="ignore"):
        direct = math.fsum(np.where(p > 0, p * (np.log(p) - np.log(q)), 0.0)) + math.fsum(q) - math.fsum(p)
    result = compute(f.kl, p, q)
    assert result.value == pytest.approx(direct, rel=1e-12)
    assert result.error < 1e-13 * result.value


def test_cancellation_falls_back_on_digits(f):
    # f = -u log u - log u: terms of both signs that nearly cancel.
    p, q = [0.5, 0.5], [0.5 + 1e-7, 0.5 - 1e-7]
    with mp.workdps(60):
        a, b = [mp.mpf(x) for x in p], [mp.mpf(x) for x in q]
        truth = mp.fsum(-(x + y) * mp.log(x / y) for x, y in zip(a, b, strict=True))
    assert abs(compute(f.torn, p, q).value / truth - 1) < 1e-12


def test_thirty_digits(f):
    p, q = [Fraction(1, 2), Fraction(1, 2)], [Fraction(1, 4), Fraction(3, 4)]
    result = compute(f.js, p, q, dps=30)
    with mp.workdps(40):
        half, m = mp.mpf(1) / 2, [mp.mpf(3) / 8, mp.mpf(5) / 8]
        kl = lambda a, b: mp.fsum(x * mp.log(x / y) for x, y in zip(a, b, strict=True))  # noqa: E731
        truth = (kl([half, half], m) + kl([mp.mpf(1) / 4, mp.mpf(3) / 4], m)) / 2
        assert abs(result.value / truth - 1) < mp.mpf(10) ** -29
    # The exact entries count for a float result too.
    assert compute(f.js, p, q).value == pytest.approx(float(truth), rel=1e-15)


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ([0.5, 0.6], [0.5, 0.5], "P must sum to 1, got sum 1.1"),
        ([0.5, 0.5], [0.5, 0.5 + 2e-9], r"Q must sum to 1, got sum 1\.000000002"),
        ([0.5, -0.5, 1.0], [0.5, 0.5, 0.0], "P must be nonnegative, got -0.5 at index 1"),
        ([0.5, 0.5], [0.5, math.nan], "Q must not hold NaN, got one at index 1"),
        ([0.5, 0.5], [0.2, 0.3, 0.5], "P and Q must have equal length, got 2 and 3"),
        ([[0.5, 0.5]], [0.5, 0.5], r"P must be a 1-D pmf, got shape \(1, 2\)"),
        ([], [], "P must have at least one entry"),
        ([math.inf, 0.5], [0.5, 0.5], "P must sum to 1, got sum inf"),
        (0.5, [0.5, 0.5], r"P must be a 1-D pmf, got shape \(\)"),
        ([[0.5], [0.2, 0.3]], [0.5, 0.5], "P must be a 1-D pmf"),
    ],
)
def test_bad_pmfs(f, p, q, message):
    with pytest.raises(ValueError, match=message) as caught:
        compute(f.kl, p, q)
    assert "\n" not in str(caught.value)


def test_a_sum_off_by_rounding_is_accepted(f):
    p = np.array([0.1] * 10)
    assert compute(f.kl, p, p[::-1]).value == 0.0


def test_bad_options(f):
    pmf = [0.5, 0.5]
    with pytest.raises(ValueError, match="dps must be a whole number of digits from 1 to 1000, got 0"):
        compute(f.kl, pmf, pmf, dps=0)
    with pytest.raises(ValueError, match="method must be one of pmf, quadrature"):
        compute(f.kl, pmf, pmf, method="magic")
    with pytest.raises(ValueError, match="method must be 'pmf' for pmf arrays"):
        compute(f.kl, pmf, pmf, method="quadrature")
    with pytest.raises(TypeError, match="generating_function must be a GeneratingFunction, got 'kl'"):
        compute("kl", pmf, pmf)
    with pytest.raises(TypeError, match="P must hold real numbers"):
        compute(f.kl, ["a", "b"], pmf)
    for law, kind in (
        (stats.poisson(2), "discrete distributions"),
        (stats.multivariate_normal([0, 0]), "laws"),
    ):
        with pytest.raises(ValueError, match=f"dps must .* {kind}.*, got 20"):
            compute(f.kl, law, law, dps=20)


def test_what_no_float_holds_is_no_infinity():
    theory = gt.derive(gt.objectives.alpha_gan(1000, 0.5, saturating=False))
    P, Q = [0.1, 0.25, 0.65], [0.5, 0.3, 0.2]
    with pytest.raises(OverflowError, match=r"4.66632e\+698, beyond the largest float"):
        theory.divergence(P, Q)
    found = theory.divergence(P, Q, dps=20)
    # c = 1 - 1/alpha_G = -1: f = D^-1 less its value at 1, D = 1/(1 + u^-1000): the largest term is u^-1000.
    largest = mp.mpf("0.5") * (mp.mpf("0.5") / mp.mpf("0.1")) ** 1000
    assert mp.almosteq(found.value, largest, 1e-12) and found.error < found.value * mp.mpf("1e-15")


def test_types_of_numpy_sum_to_one_as_well_as_they_can(f):
    P = np.array([0.1, 0.2, 0.7], dtype=np.float16)
    assert compute(f.js, P, [0.1, 0.2, 0.7]).value < 1e-7
    assert compute(f.js, np.array([1, 0], dtype=np.int32), [0.5, 0.5]).value > 0


def test_bfloat16_sums_to_one_as_well_as_it_can():
    torch = pytest.importorskip("torch")
    P = torch.tensor([0.1, 0.2, 0.7], dtype=torch.bfloat16)
    rounded = P.double().numpy()
    theory = gt.derive(gt.objectives.vanilla())
    Q = [0.3, 0.3, 0.4]
    assert theory.divergence(P, Q).value == pytest.approx(theory.divergence(rounded / rounded.sum(), Q).value)


@pytest.mark.parametrize("k", [25, 35, 400])
def test_a_probability_far_below_the_working_precision_is_not_rounded_away(f, monkeypatch, k):
    """Reverse KL of (p, 1 - p) and (1/2, 1/2) is -(log 2p + log 2(1 - p))/2, however small p is."""
    p = Fraction(1, 10**k)
    pair = [p, 1 - p], [Fraction(1, 2)] * 2
    with mp.workdps(k + 40):
        truth = -(mp.log(2 * mp.mpf(10) ** -k) + mp.log1p(-(mp.mpf(10) ** -k)) + mp.log(2)) / 2
    assert compute(f.reverse_kl, *pair).value == pytest.approx(float(truth), rel=1e-14)
    decimals = [Decimal(f"1e-{k}"), 1 - Decimal(f"1e-{k}")], [Decimal("0.5")] * 2
    assert compute(f.reverse_kl, *decimals).value == pytest.approx(float(truth), rel=1e-14)
    for dps in (1, 20, 60):
        result = compute(f.reverse_kl, *pair, dps=dps)
        assert abs(result.value / truth - 1) < mp.mpf(10) ** -dps
        assert abs(result.value - truth) <= result.error
    # More atoms than those that are summed in high precision, one of them below all floats.
    monkeypatch.setattr(pmf, "_FEW", 1)
    assert compute(f.reverse_kl, *pair).value == pytest.approx(float(truth), rel=1e-14)


def test_fractions_closer_than_the_working_precision(f):
    """(1/2 + e, 1/2 - e) and (1/2, 1/2): the squared Hellinger distance is e^2 + O(e^4)."""
    e = Fraction(1, 10**60)
    half = Fraction(1, 2)
    assert compute(f.hellinger, [half + e, half - e], [half, half]).value == pytest.approx(1e-120, rel=1e-12)
    assert compute(f.hellinger, [half + e, half - e], [0.5, 0.5]).value == pytest.approx(1e-120, rel=1e-12)


@pytest.mark.parametrize("library, name", [("flint", "fmpq"), ("gmpy2", "mpq"), ("sympy", "Rational")])
def test_rational_numbers_of_any_library_stay_exact(f, library, name):
    """KL((1/3, 2/3) || (1, 1)/2) = log 2 - log 3 + (2/3) log 2, to digits that no float has."""
    rational = getattr(pytest.importorskip(library), name)
    half = rational(1, 2)
    found = compute(f.kl, [rational(1, 3), rational(2, 3)], [half, half], dps=40)
    with mp.workdps(45):
        assert abs(found.value - (mp.log(2) * 5 / 3 - mp.log(3))) < mp.mpf(10) ** -39
    assert compute(f.kl, [rational(1, 1), rational(0, 1)], [half, half]).value == pytest.approx(math.log(2))


class Cancelling(ClosedForm):
    """-log((1 + u) - 1) + (u - 1): below the unit of rounding the argument is 0, and f seems infinite."""

    def __init__(self, lost: bool = False) -> None:
        super().__init__(-sp.log(u) + u - 1, u, at_zero=sp.oo, slope_at_infinity=1)
        self.lost = lost

    def _inside(self, t):
        ratio = mp_private.exp(t)
        seen = (1 + ratio) - 1 if not self.lost else mp_private.zero
        return (mp_private.inf if seen == 0 else -mp_private.log(seen)) + ratio - 1

    def scaled_parts(self, t):
        t = np.asarray(t)
        with np.errstate(divide="ignore"):
            value = -np.log((1.0 + np.exp(t)) - 1.0) + np.exp(t) - 1.0
        return value / np.maximum(1.0, np.exp(t)), np.zeros(t.shape)


def test_infinite_by_rounding_is_no_value(f):
    P, Q = [1e-40, 1 - 1e-40], [0.5, 0.5]
    truth = -math.log(2e-40) / 2 - math.log(2) / 2
    for dps in (None, 20):
        assert float(compute(Cancelling(), P, Q, dps=dps).value) == pytest.approx(truth, rel=1e-13)
        assert compute(Cancelling(), [0.0, 1.0], Q, dps=dps).value == math.inf
    # No number of digits makes this one finite.
    lost = compute(Cancelling(lost=True), P, Q)
    assert lost.value == math.inf


def test_sparse_and_traced_arrays(f):
    import jax
    import torch

    sparse = torch.tensor([0.5, 0.5], dtype=torch.float64).to_sparse()
    assert compute(f.kl, sparse, [0.9, 0.1]).value == compute(f.kl, [0.5, 0.5], [0.9, 0.1]).value
    theory = gt.derive(gt.objectives.vanilla())
    half = jax.numpy.array([0.5, 0.5])
    calls = [
        ("P", lambda x: compute(f.kl, x, [0.9, 0.1])),
        ("P", lambda x: compute(f.kl, [x[0], x[1]], [0.9, 0.1])),
        ("P", lambda x: compute(f.kl, stats.norm(x[0]), stats.norm())),
        ("p", lambda x: theory.score_at(x, [0.9, 0.1])),
        ("t", theory.score_at_log_ratio),
        ("D", theory.saturation_at),
        ("x", lambda x: theory.divergence_of_samples(x, x)),
        ("alpha_d", lambda x: gt.divergences.alpha_grid(x, 1.0, [0.5, 0.5], [0.9, 0.1])),
    ]
    for name, call in calls:
        with pytest.raises(
            TypeError, match=f"{name}.* must be known numbers here, got numbers traced by JAX"
        ):
            jax.jit(call)(half)


@pytest.mark.parametrize("k", [10, 40, 150])
def test_the_claimed_error_holds_where_f_is_steep(k):
    """Rounding of t = log(p/q) by an ulp, 1e-14 at 1e-40, is 2 t ulps of f = u^-2 - 1 + 2 (u - 1)."""
    steep = ClosedForm(u**-2 + 2 * u - 3, u, at_zero=sp.oo, slope_at_infinity=2)
    for c in np.linspace(1.0, 3.0, 15):
        p = c * 10.0**-k
        P, Q = [p, 1 - p], [0.5, 0.5]
        with mp.workdps(400):
            ratios = [2 * mp.mpf(x) for x in P]
            truth = mp.fsum(r**-2 + 2 * r - 3 for r in ratios) / 2
        result = compute(steep, P, Q)
        assert abs(result.value - truth) <= result.error <= 1e-12 * truth


def test_tensors_that_torch_traces_and_text_are_refused(f):
    torch = pytest.importorskip("torch")
    half = torch.tensor([0.5, 0.5])
    for run in (torch.func.grad, torch.func.vmap):
        with pytest.raises(TypeError, match="P must be known numbers here, got a tensor traced by torch"):
            run(lambda p: compute(f.kl, p, [0.5, 0.5]).value)(half if run is torch.func.grad else half[None])
    for text in (np.array(["0.5", "0.5"]), ["0.5", "0.5"]):
        with pytest.raises(TypeError, match="P must hold real numbers, got "):
            compute(f.kl, text, [0.5, 0.5])


def test_atoms_at_a_jump_count_by_its_value_and_no_others():
    jump = sp.Piecewise((0, u < 2), (sp.Rational(1, 4), sp.Eq(u, 2)), (1, True))
    f = ClosedForm(jump, u, at_zero=0, slope_at_infinity=0, breakpoints=(math.log(2),))
    third = Fraction(1, 3), Fraction(2, 3), Fraction(1, 6), Fraction(5, 6)
    for p, other, q, beside in ((0.5, 0.5, 0.25, 0.75), (0.6, 0.4, 0.3, 0.7), third):
        assert compute(f, [p, other], [q, beside]).value == pytest.approx(float(q) / 4, rel=1e-15)
        assert compute(f, [p, other], [q, beside], dps=20).value == pytest.approx(float(q) / 4, rel=1e-15)
    little = Fraction(1, 10**15)
    for sign, height in ((1, 1), (-1, 0)):
        P = [Fraction(1, 3) + sign * little, Fraction(2, 3) - sign * little]
        assert compute(f, P, list(third[2:]), dps=20).value == pytest.approx(height / 6, rel=1e-15)


def test_a_formula_that_is_0_over_0_at_one_is_taken_at_its_limit():
    f = ClosedForm(u * sp.log(u) / (u - 1) - 1, u, at_zero=-1, slope_at_infinity=0)
    P, Q = [0.1, 0.2, 0.7], [0.3, 0.3, 0.4]
    truth = math.fsum(q * (p / q * math.log(p / q) / (p / q - 1) - 1) for p, q in zip(P, Q, strict=True))
    assert compute(f, P, Q).value == pytest.approx(truth, rel=1e-13)
    with pytest.raises(ValueError, match=r"f\(1\) must be 0, got 1"):
        ClosedForm(u * sp.log(u) / (u - 1), u, at_zero=0, slope_at_infinity=0)


@pytest.mark.parametrize("alpha", [1e3, 1e6, 1e9])
def test_sums_that_are_not_quite_one_enter_the_error(alpha):
    # f of steep D* has a slope of alpha/4 at u = 1, and 0.2 + 0.1 + 0.7 is 1 - 3e-17 as floats.
    theory = gt.derive(gt.objectives.alpha_gan(alpha, 7, saturating=False))
    right = 49 / 60 - 7 / 6 * (1 - 2 ** (-6 / 7))
    found = theory.divergence([0.3, 0.5, 0.2], [0.2, 0.1, 0.7])
    assert abs(found.value - right) <= found.error < 1e-16 * alpha
    exact = theory.divergence(*([Fraction(x, 10) for x in masses] for masses in ((3, 5, 2), (2, 1, 7))))
    assert exact.value == pytest.approx(right, rel=1e-14) and exact.error < 1e-15


def test_masses_rounded_to_ten_digits_leave_as_many():
    theory = gt.derive(gt.objectives.fgan("kl"))
    thirds, others = [Fraction(1, 3)] * 3, [Fraction(1, 5), Fraction(3, 10), Fraction(1, 2)]
    for P, Q in ((thirds, others), (others, thirds)):
        right = theory.divergence(P, Q).value
        found = theory.divergence(*([round(float(x), 10) for x in masses] for masses in (P, Q)))
        assert abs(found.value - right) <= found.error < 1e-9
        assert found.error > 1e-11


@pytest.mark.parametrize(("k", "m"), [(4, 1016), (30, 1070)])
def test_ratios_about_the_largest_float(f, k, m):
    """p^2/q is 2^(m - 2k) where p/q is 2^(m - k)."""
    P, Q = [2.0**-k, 1 - 2.0**-k], [2.0**-m, 1.0]
    assert compute(f.chi2, P, Q).value == pytest.approx(2.0 ** (m - 2 * k), rel=1e-12)

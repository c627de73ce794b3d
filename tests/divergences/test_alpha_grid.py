"""alpha_grid against the theory of one objective at a time, closed forms and limits."""

import functools
import math

import mpmath
import numpy as np
import pytest
from scipy import integrate, stats

import gantheory as gt
from gantheory import objectives as go

alpha_grid = gt.divergences.alpha_grid
P, Q = stats.norm(0, 1), stats.norm(1, 1.5)


@functools.cache
def theory_of(alpha_d, alpha_g, saturating=True):
    return gt.derive(go.alpha_gan(alpha_d, alpha_g, saturating=saturating))


@pytest.mark.slow_cases("False-flow", "False-discriminator")
@pytest.mark.parametrize("kind", ["equilibrium", "flow", "discriminator"])
@pytest.mark.parametrize("saturating", [True, False])
def test_each_pair_is_the_divergence_of_its_objective(kind, saturating):
    a = np.array([0.1, 0.5, 1.0, 2.0, 7.3])
    b = np.array([3.0, 1.2, 1.0, 0.9, math.inf])
    values = alpha_grid(a, b, P, Q, saturating=saturating, kind=kind)
    assert values.shape == (5,)
    for x, y, value in zip(a, b, values, strict=True):
        want = theory_of(x, y, saturating).divergence(P, Q, kind=kind)
        assert value == pytest.approx(want.value, rel=1e-10)


def test_special_cases_in_closed_form():
    # (1/2, 1/2) squared Hellinger, (inf, inf) TV, alpha_D = inf flow TV alpha_G/(alpha_G - 1).
    same = stats.norm(1, 1)
    tv = 2 * stats.norm.cdf(0.5) - 1
    values = alpha_grid([0.5, math.inf], [0.5, math.inf], P, same)
    np.testing.assert_allclose(values, [2 - 2 * math.exp(-1 / 8), tv], rtol=1e-12)
    flows = alpha_grid([math.inf, math.inf], [3.0, 0.9], P, same, kind="flow")
    assert flows[0] == pytest.approx(1.5 * tv, rel=1e-12)
    assert flows[1] == math.inf


def test_pmfs_and_broadcasting():
    p, q = [0.5, 0.3, 0.2, 0.0], [0.2, 0.3, 0.1, 0.4]
    a, b = np.array([[0.5], [2.0]]), np.array([0.8, 1.5, 4.0])
    values = alpha_grid(a, b, p, q)
    assert values.shape == (2, 3)
    for i in range(2):
        for j in range(3):
            want = gt.derive(go.alpha_gan(a[i, 0], b[j])).divergence(p, q).value
            assert values[i, j] == pytest.approx(want, rel=1e-11)


@pytest.mark.slow
def test_extreme_alphas_against_the_theory():
    for a, b in ((0.01, 3), (1e6, 2), (0.5, 1e6)):
        want = gt.derive(go.alpha_gan(a, b)).divergence(P, Q).value
        assert float(alpha_grid(a, b, P, Q)) == pytest.approx(want, rel=1e-8)


@pytest.mark.parametrize("pairs", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_many_pairs_are_finite_and_smooth(pairs):
    a, b = np.exp(np.random.default_rng(0).uniform(np.log(0.1), np.log(10), (2, pairs)))
    values = alpha_grid(a, b, P, Q, kind="flow")
    assert np.isfinite(values).all() and (values > 0).all()
    moved = alpha_grid(a * (1 + 1e-9), b, P, Q, kind="flow")
    assert np.max(np.abs(moved / values - 1)) < 1e-7


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([0.0], [1.0], r"alpha_d must be in \(0, inf\]"),
        ([1.0], [-1.0], r"alpha_g must be in \(0, inf\]"),
        ([1.0], [math.nan], "alpha_g"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], "broadcast"),
    ],
)
def test_bad_alphas(a, b, message):
    with pytest.raises(ValueError, match=message):
        alpha_grid(a, b, P, Q)


def test_bad_kind():
    with pytest.raises(ValueError, match="kind"):
        alpha_grid(1.0, 1.0, P, Q, kind="flows")


MIXTURE = gt.mixture([stats.norm(-1, 0.5), stats.norm(1.5, 0.3)], [0.4, 0.6])
PAIRS = {
    "equal variances": (stats.norm(0, 1), stats.norm(1, 1)),
    "close": (stats.norm(0, 1), stats.norm(1e-3, 1)),
    "far": (stats.norm(0, 1), stats.norm(8, 1)),
    "plateaus of log(p/q)": (stats.laplace(0, 1), stats.laplace(1, 1)),
    "mixture": (MIXTURE, stats.norm(0, 1.5)),
    "half-lines": (stats.expon(), stats.expon(scale=1.5)),
    "overlap": (stats.uniform(0, 1), stats.uniform(0.5, 1)),
    "bounded log(p/q)": (stats.cauchy(), stats.cauchy(1)),
    "pmf": ([0.5, 0.3, 0.2, 0.0], [0.2, 0.3, 0.1, 0.4]),
}


SETTINGS = {"equilibrium": (True, 30, 0.9), "flow": (False, 0.3, 0.8)}


@pytest.mark.slow_cases("equal variances-flow")
@pytest.mark.parametrize(
    ("pair", "kind"),
    [
        # Fast: each kind of pair once, and both divergences of a third of them.
        pytest.param(pair, kind, marks=pytest.mark.slow if pair == "far" or (k + j) % 3 == 2 else ())
        for k, pair in enumerate(PAIRS)
        for j, kind in enumerate(SETTINGS)
    ],
)
def test_level_sets_of_all_kinds_of_pairs(pair, kind):
    real, fake = PAIRS[pair]
    saturating, a, b = SETTINGS[kind]
    want = theory_of(a, b, saturating).divergence(real, fake, kind=kind).value
    value = float(alpha_grid(a, b, real, fake, saturating=saturating, kind=kind))
    assert value == pytest.approx(want, rel=1e-8)


class Torn(stats.rv_continuous):
    """Density (1 + x)/5 on (0, 1) and (2, 3)."""

    def _pdf(self, x):
        return np.where((x < 1) | (x > 2), (1 + x) / 5, 0.0)

    def _cdf(self, x):
        rest = np.where(x < 1.5, np.minimum(x, 1), np.maximum(x, 2))
        return (rest + rest**2 / 2) / 5 - np.where(x < 1.5, 0, 0.5)

    def _logpdf(self, x):
        with np.errstate(divide="ignore"):
            return np.log(self._pdf(x))


@pytest.mark.parametrize("turned", [False, True])
def test_a_law_that_is_zero_inside_its_support(turned):
    """Squared Hellinger, 2 - 2 int sqrt(p q); what the other law has in the gap was not counted."""
    torn, whole = Torn(a=0, b=3)(), stats.norm(1.2, 1.1)
    overlap = sum(
        integrate.quad(lambda x: math.sqrt((1 + x) / 5 * whole.pdf(x)), *ends, epsabs=1e-13)[0]
        for ends in ((0, 1), (2, 3))
    )
    pair = (whole, torn) if turned else (torn, whole)
    assert float(alpha_grid(0.5, 0.5, *pair)) == pytest.approx(2 - 2 * overlap, rel=1e-10)


def test_infinite_alpha_d_against_the_theory():
    p, q = [0.5, 0.3, 0.1, 0.1], [0.2, 0.3, 0.5, 0.0]
    for b in (2.0, 0.5, math.inf):
        for saturating in (True, False):
            for kind in ("equilibrium", "flow", "discriminator"):
                want = theory_of(math.inf, b, saturating).divergence(p, q, kind=kind).value
                value = float(alpha_grid(math.inf, b, p, q, saturating=saturating, kind=kind))
                assert value == pytest.approx(want, rel=1e-12), (b, saturating, kind)


def test_mass_without_counterpart_counts_the_slope_at_infinity():
    # s grows like u^(alpha_D (1/alpha_G - 1)): beyond u it makes f'(inf) = f(0) = -inf.
    p, q = [0.5, 0.5, 0.0], [0.0, 0.5, 0.5]
    values = alpha_grid([2.0, 1.0, 0.5], [0.5, 0.5, 0.5], p, q)
    assert values[0] == -math.inf
    # alpha_D (1/alpha_G - 1) = 1: lim s/u = -1 joins r(inf) - r(1) = (2^-c - 1)/|c| with c = -1.
    assert values[1] == pytest.approx(1.0 * (2 - 1) - 1.0, abs=1e-14)
    want = gt.derive(go.alpha_gan(0.5, 0.5)).divergence(p, q).value
    assert values[2] == pytest.approx(want, rel=1e-12)


def test_a_mass_of_p_alone_is_infinite_where_its_integral_has_no_end():
    # int e^(-r z) (1 + e^-z)^(-1 - c) dz of r = c + 1/alpha_D: -1/3 and 0 of c = -1, 7/4 and 1/4 of c = -1/4.
    p, q = [0.5, 0.5, 0.0], [0.0, 0.5, 0.5]
    a, b = [1.5, 1.0, 0.5, 2.0], [0.5, 0.5, 0.8, 0.8]
    want = [theory_of(*pair).divergence(p, q, kind="flow").value for pair in zip(a[2:], b[2:], strict=True)]
    found = alpha_grid(a, b, p, q, kind="flow")
    assert found.tolist() == [math.inf, math.inf, *(pytest.approx(x, rel=1e-11) for x in want)]


def test_p_above_q_by_rounding_alone_at_infinite_alpha_d():
    p, q = [0.5 + 1e-10, 0.5], [0.5, 0.5]
    for b in (1.0, 0.5):
        want = theory_of(math.inf, b, False).divergence(p, q).value
        assert float(alpha_grid(math.inf, b, p, q, saturating=False)) == pytest.approx(want, rel=1e-12)


def test_equal_distributions_have_no_divergence():
    assert alpha_grid([0.5, math.inf], [1.2, 0.5], P, P, kind="flow").tolist() == [0.0, 0.0]
    assert alpha_grid(0.5, 1.2, [0.5, 0.5], [0.5, 0.5]) == 0.0


def test_exact_alphas_and_wrong_distributions():
    from fractions import Fraction

    exact = alpha_grid([Fraction(1, 2)], [Fraction(6, 5)], P, Q)
    assert exact == pytest.approx(alpha_grid([0.5], [1.2], P, Q), rel=1e-13)
    with pytest.raises(TypeError, match="P and Q must both be pmf arrays or both be distributions"):
        alpha_grid(1.0, 1.0, [0.5, 0.5], Q)
    with pytest.raises(TypeError, match=r"P must be a pmf array, a frozen scipy\.stats distribution"):
        alpha_grid(1.0, 1.0, P.pdf, Q.pdf)
    with pytest.raises(ValueError, match=r"Q must sum to 1, got sum 0\.9"):
        alpha_grid(1.0, 1.0, [0.5, 0.5], [0.5, 0.4])
    with pytest.raises(TypeError, match="alpha_d must hold real numbers"):
        alpha_grid("many", 1.0, P, Q)


@pytest.mark.parametrize(
    ("alpha_g", "finite"), [(1e-3, False), (0.00124, False), (0.00126, True), (0.0013, True)]
)
def test_a_tail_that_grows_only_beyond_the_scale_of_d(alpha_g, finite):
    # (1 + e^-z)^999, z = |t|/1000, hides for z < 1 that the integrand of q (q/p)^(alpha_D/alpha_G - alpha_D)
    # grows: infinite where the exponent of x^2, -(1 + k)/4.5 + k/2, is positive, so from k = 0.8 on.
    value = float(alpha_grid(1e-3, alpha_g, P, Q, saturating=False))
    if not finite:
        assert value == math.inf
        return
    # E_q[D^c - 2^-c]/|c| by the trapezoidal rule, which is exact to rounding for analytic integrands.
    a, c = 1e-3, 1 - 1 / alpha_g
    x = np.arange(-2000.0, 2000.0, 0.02)
    z = a * (Q.logpdf(x) - P.logpdf(x))
    mean = np.exp(Q.logpdf(x) - c * (np.logaddexp(0.0, z) - math.log(2.0))).sum() * 0.02
    assert value == pytest.approx((mean - 1.0) * 2.0**-c / -c, rel=1e-9)


def test_near_alpha_g_of_one_from_both_sides():
    # E_q[2^-c - D^c]/c with D = u/(1 + u): 2/3, 1/2 and 0 of mass 1/4, 1/2, 1/4. 0^c is 0 for c > 0, so that
    # the value grows as 1/(4 c); for c <= 0 it is infinite.
    p, q = [0.5, 0.5, 0.0], [0.25, 0.5, 0.25]
    mp = mpmath.MPContext()
    mp.dps = 40
    for text in ("1.001", "1.000001", "1.000000001", "1.000000000001"):
        c = 1 - 1 / mp.mpf(text)
        half = mp.mpf(2) ** -c
        truth = (half - (mp.mpf(2) / 3) ** c / 4 - half / 2) / c
        assert float(alpha_grid(1.0, float(text), p, q, saturating=False)) == pytest.approx(
            float(truth), rel=1e-13
        )
    for below in (1.0, 1 - 1e-9, 1 - 1e-3):
        assert float(alpha_grid(1.0, below, p, q, saturating=False)) == math.inf
    # With nothing alone both sides go on into E_q[-log 2 - log D] at alpha_G = 1.
    p, q = [0.5, 0.25, 0.25], [0.25, 0.5, 0.25]
    D = [mp.mpf(2) / 3, mp.mpf(1) / 3, mp.mpf(1) / 2]
    for text in ("0.999", "0.999999", "0.999999999", "1.000000001", "1.000001", "1.001"):
        c = 1 - 1 / mp.mpf(text)
        truth = mp.fsum(w * (mp.mpf(2) ** -c - d**c) / c for w, d in zip(q, D, strict=True))
        assert float(alpha_grid(1.0, float(text), p, q, saturating=False)) == pytest.approx(
            float(truth), rel=1e-12
        )
    flat = mp.fsum(-w * (mp.log(2) + mp.log(d)) for w, d in zip(q, D, strict=True))
    assert float(alpha_grid(1.0, 1.0, p, q, saturating=False)) == pytest.approx(float(flat), rel=1e-13)


@pytest.mark.parametrize("alpha_g", [0.01, 1e-3, 1e-4])
@pytest.mark.parametrize("saturating", [True, False])
@pytest.mark.parametrize("kind", ["equilibrium", "flow"])
def test_a_finite_value_beyond_floats_is_no_infinity(alpha_g, saturating, kind):
    # E_q[u^k] = e^(k(k - 1)/2) of two unit normal laws at distance 1 is finite for every k, here about 50,
    # 500 and 5000: where the last one's integrand begins to fall, u^k has a mass of e^-12500000.
    P, Q = stats.norm(), stats.norm(1)
    with pytest.raises(OverflowError, match=f"alpha_d = 0.5, alpha_g = {alpha_g:g} is finite and beyond"):
        alpha_grid(0.5, [1.2, alpha_g], P, Q, saturating=saturating, kind=kind)


def test_the_value_of_pmfs_is_finite_whatever_its_size():
    with pytest.raises(OverflowError, match=r"alpha_g = 0\.0001 is finite"):
        alpha_grid(1.0, 1e-4, [0.5, 0.5], [0.25, 0.75])


@pytest.mark.parametrize("alphas", [(2, 0.2), (0.5, 0.05)])
def test_infinite_tails_of_p_and_of_q_are_both_negative(alphas):
    # -f goes as u^(alpha_D |c|), here 8 and 9.5, and E_q[u^k] is infinite from k = 4/3 on.
    assert float(alpha_grid(*alphas, stats.norm(0, 2), stats.norm())) == -math.inf


def test_an_infinity_beside_values_stays_one():
    values = alpha_grid(0.5, [1.2, 0.05], stats.norm(0, 2), stats.norm(), saturating=False, kind="flow")
    assert math.isfinite(values[0])
    values = alpha_grid(0.5, [1.2, 0.05], stats.norm(), stats.norm(0, 2), saturating=False, kind="flow")
    assert math.isfinite(values[0]) and values[1] == math.inf


@pytest.mark.parametrize("rate", ["0.01", pytest.param("1e-6", marks=pytest.mark.slow)])
def test_what_lies_beyond_the_last_node_is_counted_once(rate):
    # Laplace laws of scales 1 and 2: u = 2 y with y uniform on (0, 1) under Q, and with m = -c, a = alpha_D,
    # E_q[D^c] = int_0^2 (1 + w^-a)^m dw/2 is a hypergeometric function; as e^(-r t), r = 1 - a m, falls the
    # integrand.
    mp = mpmath.MPContext()
    mp.dps = 30
    a = mp.mpf("0.5")
    alpha_g = float(1 / (1 + (1 - mp.mpf(rate)) / a))
    m = 1 / mp.mpf(alpha_g) - 1
    b, end = 1 / a - m, mp.mpf(2) ** a
    mean = end**b / b * mp.hyp2f1(-m, b, b + 1, -end) / (2 * a)
    value = alpha_grid(float(a), alpha_g, stats.laplace(), stats.laplace(scale=2), saturating=False)
    assert float(value) == pytest.approx(float((mean - 2**m) / m), rel=1e-9)


def test_half_of_the_value_beyond_the_last_node():
    # E_q[D^-k - 2^k]/k of normal laws, whose integrand goes as e^(-r x^2) with r = (1 - 5k/4)/4.5 near 3e-9.
    alpha_g = 1 / (1.8 - 1e-8)
    k = 1 / alpha_g - 1
    r, h = (1 - 1.25 * k) / 4.5, 0.1
    x = np.arange(0.0, math.sqrt(40 / r), h)
    z = x * x / 3.6 - math.log(1.5)
    terms = np.exp(k * np.logaddexp(0.0, -z) - r * x * x) / (1.5 ** (1 + k) * math.sqrt(2 * math.pi))
    want = (h * (2 * terms.sum() - terms[0]) - 2**k) / k
    value = float(alpha_grid(1, alpha_g, stats.norm(), stats.norm(0, 1.5), saturating=False))
    assert value == pytest.approx(want, rel=1e-6)


# (1, 1/2), saturating, is f = 0; at (1, 1/2) in the others and below, tails of powers in log(p/q) decide.
A, B = [1, 1, 0.5, 2, 8, 1], [1, 0.5, 1, 4, 1, math.inf]
ENDLESS = {
    ("t", True): [False] * 6,
    ("t", False): [False, True, False, False, False, False],
    ("cauchy", False): [True, True, True, False, True, False],
}


@pytest.mark.slow_cases("flow-t-True", "flow-cauchy-False", "equilibrium-cauchy-False")
@pytest.mark.parametrize(
    ("law", "saturating"), [("t", True), pytest.param("t", False, marks=pytest.mark.slow), ("cauchy", False)]
)
@pytest.mark.parametrize("kind", ["equilibrium", "flow"])
def test_tails_of_powers_beside_a_density_that_underflows(law, saturating, kind):
    """P has e^-700 where Q still has a tail of powers in log p/q."""
    P, Q = stats.norm(), stats.t(5) if law == "t" else stats.cauchy()
    values = alpha_grid(A, B, P, Q, saturating=saturating, kind=kind)
    assert np.isinf(values).tolist() == ENDLESS[law, saturating]
    if kind == "flow":
        for k in (3, 5):
            want = theory_of(A[k], B[k], saturating).divergence(P, Q, kind="flow").value
            assert values[k] == pytest.approx(want, rel=1e-12)
        return
    mp = mpmath.MPContext()
    mp.dps = 20
    nu = mp.mpf(5 if law == "t" else 1)
    constant = mp.log(mp.gamma((nu + 1) / 2) / mp.gamma(nu / 2) / mp.sqrt(nu * mp.pi))

    def truth(a, c):
        """2 int_0^inf q f(p/q) dx, beyond x = 2^10 in log x."""

        def at(x):
            log_q = constant - (nu + 1) / 2 * mp.log1p(x * x / nu)
            z = a * (-x * x / 2 - mp.log(2 * mp.pi) / 2 - log_q)
            d = mp.exp(-mp.log1p(mp.exp(-z)) if z > 0 else z - mp.log1p(mp.exp(z)))
            if not saturating:
                log_d = -mp.log1p(mp.exp(-z)) if z > 0 else z - mp.log1p(mp.exp(z))
                return mp.exp(log_q) * ((-mp.expm1(c * log_d) if c else -log_d) - half(c)) / (c or 1)
            p = mp.exp(z / a + log_q)
            if c == 0:
                return p * mp.log(d) + mp.exp(log_q) * mp.log1p(-d) + (p + mp.exp(log_q)) * mp.log(2)
            parts = p * d**c + mp.exp(log_q) * (1 - d) ** c - 2**-c * (p + mp.exp(log_q))
            return parts / c

        def half(c):
            return 1 - mp.mpf(2) ** -c if c else mp.log(2)

        near = mp.quad(at, [0, 0.5, 1, 1.5, 2, 3, 5, 8, 16, 64, 256, 1024])
        return 2 * (
            near + mp.quad(lambda s: at(mp.exp(s)) * mp.exp(s), [mp.log(1024), 10, 16, 24, 40, 70, 120])
        )

    for k in (0, 2, 3, 5):
        if math.isfinite(values[k]):
            c = 1 - 1 / mp.mpf(B[k]) if B[k] < math.inf else mp.mpf(1)
            assert values[k] == pytest.approx(float(truth(mp.mpf(A[k]), c)), rel=1e-12)
    if saturating:
        assert abs(values[1]) < 1e-15


@pytest.mark.parametrize("nu", [2.01, pytest.param(2.1, marks=pytest.mark.slow)])
def test_a_tail_that_falls_as_a_power_of_log_p_over_q_just_above_one(nu):
    # E_q[log(1 + 1/u) - log 2]: Q(T < t) falls as t^(-nu/2). In x = sinh(s) the midpoint rule is exact, and
    # from s = 100 on the integrand is 2 q x^2/2 dx with q = A x^(-nu - 1).
    s: np.ndarray = np.arange(0.005, 100.0, 0.01)
    x = np.sinh(s)
    log_a = math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) + 0.5 * (nu * math.log(nu) - math.log(math.pi))
    log_q = log_a - (nu + 1) / 2 * np.logaddexp(2 * np.log(x), math.log(nu))
    loss = np.logaddexp(0.0, log_q + 0.5 * x * x + 0.5 * math.log(2 * math.pi)) - math.log(2)
    want = 0.02 * (np.exp(log_q + np.log(np.cosh(s))) * loss).sum()
    want += math.exp(log_a - (nu - 2) * (100 - math.log(2))) / (nu - 2)
    value = float(alpha_grid(1, 1, stats.norm(), stats.t(nu), saturating=False))
    assert value == pytest.approx(want, rel=1e-9)


def test_a_tail_that_falls_as_a_power_of_log_p_over_q_just_below_one():
    assert float(alpha_grid(1, 1, stats.norm(), stats.t(1.9), saturating=False)) == math.inf


def test_an_inflection_of_log_p_over_q_is_resolved():
    # T = x^2/2 - x - e^-x + const of gumbel_r against norm has T' = T'' = 0 at x = 0: the masses go like
    # (t - t0)^(1/3) there.
    P, Q = stats.gumbel_r(), stats.norm()
    for a, b in ((1, math.inf), (8, 1)):
        want = theory_of(a, b).divergence(P, Q).value
        assert float(alpha_grid(a, b, P, Q)) == pytest.approx(want, rel=1e-12)


def test_poles_and_histograms():
    beta = float(alpha_grid(1, 0.5, stats.beta(0.5, 0.5), stats.beta(2, 2)))
    assert abs(beta) < 1e-14  # f = 0: 2.9e-9 where mass near the pole at 1 is lost
    bins = stats.rv_histogram((np.array([1, 0, 2]), np.array([0.0, 1.0, 2.0, 3.0])))
    want = theory_of(2.0, 4.0).divergence(bins, stats.norm()).value
    assert float(alpha_grid(2, 4, bins, stats.norm())) == pytest.approx(want, rel=1e-13)
    assert theory_of(1, 1, False).divergence(bins, stats.norm()).value == math.inf


def test_alphas_at_the_ends_of_float64():
    """As alpha_D -> inf, f_S is (max(u, 1) - (1 + u)/sqrt(2))/c at alpha_G = 2, where c = 1/2."""
    P, Q = np.array([0.5, 0.5]), np.array([0.2, 0.8])
    expected = 2 * (np.maximum(P, Q).sum() - math.sqrt(2))
    assert alpha_grid(1e308, 2.0, P, Q) == pytest.approx(expected, rel=1e-12)
    for alpha_d, alpha_g in ((1e300, 0.5), (1e308, 0.5)):  # e^(alpha_D t) integrated
        with pytest.raises(OverflowError, match="beyond the largest float"):
            alpha_grid(alpha_d, alpha_g, stats.norm(0, 1), stats.norm(1, 1))
    with pytest.raises(ValueError, match=r"alpha_g = .* has an inverse"):
        alpha_grid(1.0, 5e-324, P, Q)

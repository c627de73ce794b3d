"""Quadrature of densities: closed forms, honest errors, tails, infinite values and digits."""

from __future__ import annotations

import math
import warnings

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from scipy import stats

from gantheory.divergences import ClosedForm, compute, log_density, mixture
from gantheory.divergences.engines.line.quadrature_mp import _component_mass, _Panels
from gantheory.divergences.inputs.densities import densities, density
from gantheory.support.multiprecision import mp as ctx

norm, m = stats.norm, mp.mpf
INF = math.inf


def gaussians(f, rng):
    a, b = rng.normal(0, 2, 2).tolist()
    s, t = np.exp(rng.uniform(-1.5, 1.5, 2)).tolist()
    P, Q = norm(a, s), norm(b, t)
    a, b, s, t = map(m, (a, b, s, t))
    d = (a - b) ** 2
    match int(rng.integers(3)):
        case 0:
            return f.kl, P, Q, mp.log(t / s) + (s * s + d) / (2 * t * t) - m(1) / 2
        case 1:
            return f.reverse_kl, P, Q, mp.log(s / t) + (t * t + d) / (2 * s * s) - m(1) / 2
        case _:
            v = s * s + t * t
            return f.hellinger, P, Q, 2 - 2 * mp.sqrt(2 * s * t / v) * mp.exp(-d / (4 * v))


def gammas(f, rng):
    a, b = np.exp(rng.uniform(-0.5, 2, 2)).tolist()
    s, t = np.exp(rng.uniform(-1, 1, 2)).tolist()
    P, Q = stats.gamma(a, scale=s), stats.gamma(b, scale=t)
    a, b, s, t = map(m, (a, b, s, t))
    kl = (a - b) * mp.psi(0, a) - mp.loggamma(a) + mp.loggamma(b) + b * mp.log(t / s) + a * (s - t) / t
    return f.kl, P, Q, kl


def betas(f, rng):
    a, b, c, d = np.exp(rng.uniform(-1, 2, 4)).tolist()
    P, Q = stats.beta(a, b), stats.beta(c, d)
    a, b, c, d = map(m, (a, b, c, d))
    if rng.integers(2):
        kl = mp.log(mp.beta(c, d) / mp.beta(a, b)) + (a - c) * mp.psi(0, a) + (b - d) * mp.psi(0, b)
        return f.kl, P, Q, kl + (c - a + d - b) * mp.psi(0, a + b)
    affinity = mp.beta((a + c) / 2, (b + d) / 2) / mp.sqrt(mp.beta(a, b) * mp.beta(c, d))
    return f.hellinger, P, Q, 2 - 2 * affinity


def exponentials(f, rng):
    s, t = np.exp(rng.uniform(-1, 1, 2)).tolist()
    t = max(t, 0.55 * s)
    return f.chi2, stats.expon(scale=s), stats.expon(scale=t), m(t) / m(s) ** 2 / (2 / m(s) - 1 / m(t)) - 1


def cauchys(f, rng):
    a, b = rng.normal(0, 2, 2).tolist()
    s, t = np.exp(rng.uniform(-1.5, 1.5, 2)).tolist()
    kl = mp.log(((m(s) + m(t)) ** 2 + (m(a) - m(b)) ** 2) / (4 * m(s) * m(t)))
    return f.kl, stats.cauchy(a, s), stats.cauchy(b, t), kl


def close(f, rng):
    a, gap = float(rng.normal()), 10 ** rng.uniform(-5, -1)
    return f.kl, norm(a, 1), norm(a + gap, 1), (m(a + gap) - m(a)) ** 2 / 2


def honesty(f, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    families = (gaussians, gaussians, gammas, betas, exponentials, cauchys, close)
    below = above = 0
    with mp.workdps(40):
        for k in range(count):
            function, P, Q, truth = families[k % len(families)](f, rng)
            result = compute(function, P, Q)
            error = float(abs(result.value - truth))
            assert error <= 1e-9 * float(truth)
            below += result.error < error
            # A value can be right by luck beyond what a float resolves.
            above += result.error > 1000 * max(error, math.ulp(result.value) / 2)
    assert below <= 0.01 * count
    assert above <= 0.01 * count


def test_error_estimates_of_random_cases(f):
    honesty(f, seed=11, count=25)


@pytest.mark.slow
def test_error_estimates_of_500_random_cases(f):
    honesty(f, seed=5, count=504)


def close_to(result, truth: float, rel: float = 1e-12) -> bool:
    assert abs(result.value - truth) <= max(result.error, 4e-16 * abs(truth))
    return abs(result.value - truth) <= rel * abs(truth)


@pytest.mark.parametrize(("s", "t"), [(1, 10), (10, 1), (1, 1000)])
def test_tails_of_the_integrand_and_not_of_p_or_q(f, s, t):
    # Reverse KL of N(0, s), N(0, t): far out in the tails of P.
    truth = math.log(s / t) + t * t / (2 * s * s) - 0.5
    assert close_to(compute(f.reverse_kl, norm(0, s), norm(0, t)), truth)


def test_far_apart(f):
    assert close_to(compute(f.kl, norm(0, 1), norm(30, 1)), 450.0)
    assert close_to(compute(f.kl, norm(0, 1), norm(1e4, 1)), 5e7)
    assert close_to(compute(f.js, norm(0, 1), norm(300, 1)), math.log(2))


def test_chi2_lives_where_neither_density_does(f):
    # p^2/q of N(0, 1) and N(3, v) with v just above 1/2 peaks at -75 with a height of e^225.
    v = 0.52
    with mp.workdps(30):
        s = m(math.sqrt(v))
        truth = float(mp.quad(lambda x: mp.npdf(x, 0, 1) ** 2 / mp.npdf(x, 3, s), [-150, -110, -75, -40, 0]))
    assert close_to(compute(f.chi2, norm(0, 1), norm(3, math.sqrt(v))), truth, 1e-10)


def test_narrow_components(f):
    P = mixture([norm(0, 1), norm(3, 1e-3)], [0.7, 0.3])
    Q = mixture([norm(0, 1), norm(3, 1e-3)], [0.3, 0.7])
    with mp.workdps(20):

        def gap(x):
            wide, narrow = mp.npdf(x, 0, 1), mp.npdf(x, 3, m(1e-3))
            p, q = m(0.7) * wide + m(0.3) * narrow, m(0.3) * wide + m(0.7) * narrow
            return (mp.sqrt(p) - mp.sqrt(q)) ** 2

        steps = [3 + k * m(1e-3) for k in (-30, -9, -6, -3, 0, 3, 6, 9, 30)]
        truth = mp.quad(gap, [-14, -4, 0, 2, *steps, 4, 8, 14], method="gauss-legendre")
    assert close_to(compute(f.hellinger, P, Q), float(truth))


def test_supports_that_differ(f):
    assert close_to(compute(f.kl, stats.uniform(), stats.expon()), 0.5)
    assert compute(f.kl, stats.expon(), stats.uniform()).value == INF
    inside = norm.cdf(1) - norm.cdf(-1)
    assert close_to(compute(f.tv, stats.uniform(-1, 2), norm()), 1 - inside)
    assert close_to(compute(f.js, stats.uniform(0, 1), stats.uniform(5, 1)), math.log(2))
    two = mixture([stats.uniform(0, 1), stats.uniform(2, 1)], [0.5, 0.5])
    assert compute(f.kl, stats.uniform(0, 3), two).value == INF
    assert close_to(compute(f.kl, two, stats.uniform(0, 3)), math.log(1.5))


def test_f_that_jumps_at_one():
    # f = 1 for u < 1 and 0 above: Q(p < q), as for EBGAN and alpha_D = inf without the real term.
    u = sp.Symbol("u", positive=True)
    step = ClosedForm(
        sp.Piecewise((1, u < 1), (0, True)), u, at_zero=1, slope_at_infinity=0, breakpoints=(0.0,)
    )
    assert close_to(compute(step, norm(0, 1), norm(1, 1)), norm.cdf(0.5))


def test_singular_ends_keep_their_digits(f):
    # The arcsine density at 1 is lost to x = 1 - 10^-17; distances from the end are not.
    P, Q = stats.beta(0.5, 0.5, loc=7, scale=2), stats.beta(2, 3, loc=7, scale=2)
    with mp.workdps(30):
        h = m(1) / 2
        truth = mp.log(mp.beta(2, 3) / mp.pi) - 4 * mp.psi(0, h) + 4 * mp.psi(0, 1)
    assert close_to(compute(f.kl, P, Q), float(truth))


def test_singular_ends_away_from_zero(f):
    # x = 7 + 10^-17 is 7, and a share of 1e-8 of the mass lies nearer: distances from 7 are what counts.
    P, Q = stats.arcsine(loc=7), stats.uniform(7, 1)
    # 2 - 2 E_Q[sqrt p] with sqrt p = (x (1 - x))^(-1/4)/sqrt(pi).
    truth = float(2 - 2 * mp.gamma(0.75) ** 2 / mp.gamma(1.5) / mp.sqrt(mp.pi))
    result = compute(f.hellinger, P, Q)
    assert result.value == pytest.approx(truth, rel=1e-13)
    assert abs(result.value - truth) <= result.error


def test_laplace_jensen_shannon_by_mpmath(f):
    with mp.workdps(25):

        def integrand(x):
            p, q = mp.exp(-abs(x)) / 2, mp.exp(-abs(x - 1)) / 2
            return (p * mp.log(2 * p / (p + q)) + q * mp.log(2 * q / (p + q))) / 2

        truth = mp.quad(integrand, [-80, -20, -5, 0, 1, 6, 21, 81], method="gauss-legendre")
    assert close_to(compute(f.js, stats.laplace(0, 1), stats.laplace(1, 1)), float(truth))


def test_t_beside_laplace_does_not_underflow(f):
    # scipy's log density of Laplace is -inf beyond 745, where the t distribution still has mass.
    with mp.workdps(25):
        constant = mp.log(mp.gamma(2) / (mp.sqrt(3 * mp.pi) * mp.gamma(m(3) / 2)))

        def integrand(x):
            log_p = constant - 2 * mp.log1p(x * x / 3)
            return 2 * mp.exp(log_p) * (log_p + x + mp.log(2))

        truth = mp.quad(integrand, [0, 1, 4, 16, 100, 1e4, mp.inf])
    assert close_to(compute(f.kl, stats.t(3), stats.laplace()), float(truth), 1e-10)


@pytest.mark.parametrize(
    ("name", "P", "Q", "value"),
    [
        ("kl", stats.cauchy(), norm(), INF),
        ("reverse_kl", norm(), stats.cauchy(), INF),
        ("chi2", norm(0, 1), norm(0, 0.5), INF),
        ("chi2", stats.expon(scale=1), stats.expon(scale=0.5), INF),
        ("chi2", stats.beta(0.5, 1), stats.beta(1, 1), INF),
        pytest.param("kl", stats.pareto(1), stats.expon(), INF, marks=pytest.mark.slow),
        ("unbounded", norm(0, 1), norm(0, 0.5), -INF),
        ("unbounded", stats.expon(), stats.uniform(), -INF),
    ],
)
def test_infinite_divergences(f, name, P, Q, value):
    result = compute(getattr(f, name), P, Q)
    assert (result.value, result.error) == (value, 0.0)


def test_infinities_of_both_signs_are_refused(f):
    with pytest.raises(ArithmeticError, match=r"both \+inf and -inf"):
        compute(f.torn, stats.uniform(0, 1), stats.uniform(0.5, 1))


# digits


@pytest.mark.parametrize(
    ("name", "P", "Q", "truth"),
    [
        ("kl", norm(0, 1), norm(1, 2), lambda: mp.log(2) - m(1) / 4),
        ("tv", norm(0, 1), norm(1, 1), lambda: mp.erf(1 / (2 * mp.sqrt(2)))),
        ("hellinger", stats.gamma(2), stats.gamma(3), lambda: 2 - 2 * mp.gamma(m(5) / 2) / mp.sqrt(2)),
    ],
    ids=["kl", "tv", "hellinger"],
)
def test_thirty_digits(f, name, P, Q, truth):
    with mp.workdps(35):
        result = compute(getattr(f, name), P, Q, dps=30)
        assert abs(result.value / truth() - 1) < mp.mpf(10) ** -29
        assert result.error < 1e-28


def test_every_family_with_a_formula_integrates_to_one_and_agrees_with_scipy(f):
    from gantheory.divergences.inputs.families import FAMILIES, log_density_of, mp_log_density_of, parameters

    shapes = {
        "beta": (2.5, 1.5),
        "burr": (2.5, 1.3),
        "burr12": (2.5, 0.6),
        "chi2": (3,),
        "dgamma": (0.7,),
        "dweibull": (0.7,),
        "fisk": (1.7,),
        "foldnorm": (1.2,),
        "genhyperbolic": (0.7, 2, -1.5),
        "gamma": (2.5,),
        "gompertz": (1.2,),
        "invgauss": (1.4,),
        "invweibull": (2.5,),
        "laplace_asymmetric": (1.6,),
        "loggamma": (2.3,),
        "loglaplace": (2.3,),
        "norminvgauss": (2, 1),
        "powerlaw": (0.4,),
        "weibull_max": (1.7,),
        "invgamma": (3,),
        "lognorm": (0.7,),
        "pareto": (2.5,),
        "skewnorm": (3,),
        "t": (4,),
        "triang": (0.3,),
        "truncnorm": (1, 4),
        "weibull_min": (1.7,),
    }
    for family in FAMILIES:
        frozen = getattr(stats, family)(*shapes.get(family, ()), loc=0.3, scale=1.7)
        x = frozen.ppf(np.array([0.01, 0.2, 0.45, 0.7, 0.99]))
        truth = np.log(frozen.pdf(x))
        assert log_density_of(*parameters(frozen)).at(x) == pytest.approx(truth, rel=1e-12, abs=1e-13), family
        exact = [float(mp_log_density_of(*parameters(frozen)).at(mp.mpf(float(y)))) for y in x]
        assert exact == pytest.approx(truth, rel=1e-12, abs=1e-13), family


def test_digits_need_a_formula(f):
    with pytest.raises(ValueError, match=r"dps needs distributions with a formula .*, got genextreme"):
        compute(f.kl, norm(), stats.genextreme(0.1), dps=30)
    with pytest.raises(ValueError, match="got a density callable"):
        compute(f.kl, norm().pdf, norm().pdf, support=(-INF, INF), dps=30)


# callables


def test_a_callable_of_numbers_only(f):
    def density(x: float) -> float:
        return math.exp(-x) if x > 0 else 0.0

    result = compute(f.kl, density, stats.expon(scale=3).pdf, support=(0, INF))
    assert result.value == pytest.approx(math.log(3) - 2 / 3, rel=1e-11)


def test_a_narrow_callable_far_from_zero(f):
    P, Q = norm(100, 0.1), norm(100.2, 0.2)
    truth = math.log(2) + (0.01 + 0.04) / 0.08 - 0.5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compute(f.kl, P.pdf, Q.pdf, support=(-INF, INF)).value == pytest.approx(truth, rel=1e-9)


def test_a_density_that_does_not_integrate_to_one(f):
    with pytest.warns(UserWarning, match=r"Q integrates to 0\.6 over its support, not to 1"):
        compute(f.js, norm().pdf, lambda x: 0.6 * norm().pdf(x), support=(-INF, INF))


def gaussian_2d(mx: float, my: float, s: float):
    def density(x, y):
        return np.exp(-0.5 * ((x - mx) ** 2 + (y - my) ** 2) / s**2) / (2 * math.pi * s * s)

    return density


def test_two_dimensions(f):
    plane = ((-INF, INF), (-INF, INF))
    result = compute(f.kl, gaussian_2d(0, 0, 1), gaussian_2d(1, -2, 1.5), support=plane)
    truth = 2 * math.log(1.5) + (2 + 5) / (2 * 1.5**2) - 1
    assert result.method == "cubature"
    assert result.value == pytest.approx(truth, rel=1e-11)
    assert abs(result.value - truth) <= result.error
    far = compute(f.js, gaussian_2d(0, 0, 0.1), gaussian_2d(5, 5, 0.1), support=((-10, 10), (-10, 10)))
    assert far.value == pytest.approx(math.log(2), rel=1e-10)


def rates(a, b):
    return log_density(lambda x, y: math.log(a * b) - a * x + b * y, ((0, INF), (-INF, 0)))


def test_products_of_exponentials_on_a_quadrant(f):
    """1 + chi^2 of each axis is a^2/(b (2a - b)), infinite from b = 2a on; the laws know their quadrant."""
    result = compute(f.chi2, rates(1, 2), rates(1.5, 1))
    truth = 1 / (1.5 * 0.5) * 4 / 3 - 1
    assert result.value == pytest.approx(truth, rel=1e-10)
    assert abs(result.value - truth) <= result.error
    with pytest.raises(
        ArithmeticError, match=r"contributions overflow at \(.*infinite or beyond the largest"
    ):
        compute(f.chi2, rates(1, 1), rates(3, 1))


def test_mass_that_one_law_of_two_dimensions_lacks(f):
    def half(x, y):
        return np.where(x < 0.5, 2.0, 0.0)

    box = ((0, 1), (0, 1))
    wide = lambda x, y: np.ones_like(x)  # noqa: E731
    assert compute(f.kl, half, wide, support=box).value == pytest.approx(math.log(2), rel=1e-12)
    for function, P, Q, end in ((f.kl, wide, half, INF), (f.reverse_kl, half, wide, INF)):
        result = compute(function, P, Q, support=box)
        assert (result.value, result.error) == (end, 0.0)
    assert compute(f.torn, wide, half, support=box).value == -INF


def test_two_dimensions_with_wrong_mass_or_support(f):
    box = ((-8, 8), (-8, 8))
    with pytest.warns(UserWarning, match=r"P integrates to 2\.?0*\d* over"):
        compute(f.js, lambda x, y: 2 * gaussian_2d(0, 0, 1)(x, y), gaussian_2d(0, 0, 1), support=box)
    with pytest.raises(ValueError, match="dps must be None in two dimensions"):
        compute(f.js, gaussian_2d(0, 0, 1), gaussian_2d(0, 0, 1), support=box, dps=20)
    with pytest.raises(ValueError, match=r"support must have a < b, got \(1, 0\)"):
        compute(f.js, gaussian_2d(0, 0, 1), gaussian_2d(0, 0, 1), support=((1, 0), (0, 1)))


@pytest.mark.parametrize(
    ("P", "Q", "support", "message"),
    [
        (norm().pdf, norm(), None, "support must be given for the density callable P"),
        (norm().pdf, norm().pdf, (1, 1), r"support must have a < b, got \(1, 1\)"),
        (norm().pdf, norm().pdf, 3, r"support must be \(a, b\)"),
        (lambda x: -norm().pdf(x), norm(), (-9, 9), "P must be nonnegative, got -"),
        (lambda x: x * math.nan, norm(), (-9, 9), "P is NaN at"),
        (lambda x: 0 * x, norm(), (-9, 9), "P is zero at all of"),
        (stats.poisson(-3), stats.poisson(2), None, r"P .* poisson's mu must be in \[0, inf\), got -3"),
        (stats.zipf(2), stats.zipf(0.9), None, r"Q .* zipf's a must be in \(1, inf\), got 0.9"),
        (stats.zipf(1.001), stats.zipf(2), None, "P has the quartiles .* its tail is too heavy"),
        (stats.binom(5.5, 0.3), stats.binom(5, 0.3), None, "n must be an integer in .*, got 5.5"),
        (stats.beta(math.nan, 2), norm(), None, r"beta's a must be in \(0, inf\), got nan"),
        (stats.wrapcauchy(1.5), stats.wrapcauchy(0.5), None, r"c must be in \(0, 1\), got 1.5"),
        (stats.truncnorm(2, 1), norm(), None, r"scipy takes no truncnorm\(2, 1\)"),
        (stats.Uniform(a=2, b=1), norm(), None, r"Uniform takes a in \(-inf, inf\), b in \(a, inf\)"),
        (norm(0, -1), norm(), None, "P .* norm's scale must be a number above 0, got -1"),
        (norm(), norm(math.inf), None, "Q .* norm's loc must be finite, got inf"),
    ],
)
def test_bad_densities(f, P, Q, support, message):
    with pytest.raises(ValueError, match=message) as caught:
        compute(f.kl, P, Q, support=support)
    assert "\n" not in str(caught.value)


def test_wrong_kinds(f):
    with pytest.raises(TypeError, match="P and Q must both be pmf arrays or both be densities"):
        compute(f.kl, [0.5, 0.5], norm())
    with pytest.raises(ValueError, match="use method='monte-carlo'"):
        normal = stats.multivariate_normal([0, 0, 0])
        compute(f.kl, normal, normal)


def test_what_no_float_holds_is_no_infinity():
    import gantheory as gt

    # c = -1: E_q[1/D] - 2 with 1/D = 1 + u^-50, and E_q[u^-50] = exp(50 51/2) for unit normals one apart.
    theory = gt.derive(gt.objectives.alpha_gan(50, 0.5, saturating=False))
    P, Q = stats.norm(0, 1), stats.norm(1, 1)
    with pytest.raises(OverflowError, match=r"5\.31452e\+553, beyond the largest float"):
        theory.divergence(P, Q)
    with mp.workdps(40):
        truth = mp.exp(mp.mpf(50 * 51) / 2)
        for options in ({"dps": 15}, {"certified": True}):
            found = theory.divergence(P, Q, **options)
            assert abs(found.value / truth - 1) < 1e-11 and abs(found.value - truth) <= found.error
    with pytest.raises(OverflowError, match="dps must be at most 15, got 20; certified=True"):
        theory.divergence(P, Q, dps=20)


def test_digits_where_one_density_is_far_below_the_other(f):
    """KL(N(3, 1) || N(0, 1)) = 9/2: p/q is far below the working precision in the tail."""
    result = compute(f.reverse_kl, stats.norm(0, 1), stats.norm(3, 1), dps=10)
    assert abs(result.value / mp.mpf(4.5) - 1) < 1e-10


_POWERS = [
    (0.1, 15, {}),
    (0.05, None, {"loc": 1.0, "scale": 1e-9}),  # thinner than numbers near 1 are apart
    pytest.param(0.01, 30, {}, marks=pytest.mark.slow),
    pytest.param(0.001, 15, {}, marks=pytest.mark.slow),
]


@pytest.mark.slow_cases("0.1-15-where0")
@pytest.mark.parametrize(("a", "dps", "where"), _POWERS)
def test_a_pole_of_a_power_near_minus_one(js, a, dps, where):
    # Beta(a, 1) beside Beta(2a, 1): x^2a is uniform under the second, and u = U^(-1/2)/2 for every a; most of
    # the mass lies within 10^-60 of the pole at a = 0.01, and beyond all floats at 0.001.
    ctx = mp.MPContext()
    ctx.dps = 40

    def f(u):
        return u * ctx.log(u) - (u + 1) * ctx.log((u + 1) / 2)

    truth = ctx.quad(lambda w: 2 * w * f(1 / (2 * w)), [0, 0.01, 0.5, 1])
    result = compute(js, stats.beta(a, 1, **where), stats.beta(2 * a, 1, **where), dps=dps)
    assert abs(ctx.mpf(result.value) / truth - 1) < ctx.mpf(10) ** (-(dps or 14))


NEAR_ENDS = [
    (stats.beta(0.5, 2.5, 1, 3), (1.0, 4.0)),
    (stats.arcsine(-2, 0.5), (-2.0, -1.5)),
    (stats.powerlaw(0.3, -1, 2), (-1.0, 1.0)),
    (stats.uniform(0.25, 0.5), (0.25, 0.75)),
    (stats.gamma(0.4, 2, 3), (2.0,)),
    (stats.weibull_max(0.5, 2, 3), (2.0,)),
    (stats.laplace(0.5, 2), (0.5,)),
]


@pytest.mark.parametrize(
    ("law", "ends"), NEAR_ENDS, ids=lambda x: getattr(getattr(x, "dist", None), "name", "")
)
def test_a_density_at_a_distance_from_an_end_is_that_at_the_place(law, ends):
    """In floats and in mpmath, on either side, alone and of a mixture."""
    one, (both, _) = density(law, "P"), densities(mixture([law, stats.norm()], [0.25, 0.75]), law)
    part = one.components[0]
    for end in ends:
        for sign in (1, -1):
            distances = np.array([0.125, 2.0**-10, 2.0**-20])
            at = end + sign * distances
            with np.errstate(divide="ignore"):
                truth = law.pdf(at)
            assert np.exp(one.logpdf_near(end, sign, distances)) == pytest.approx(truth, rel=1e-9)
            mixed = 0.25 * truth + 0.75 * stats.norm.pdf(at)
            assert np.exp(both.logpdf_near(end, sign, distances)) == pytest.approx(mixed, rel=1e-9)
            exact = [float(_component_mass(part, ctx.mpf(d), ctx.mpf(end), sign)) for d in distances]
            assert exact == pytest.approx(truth, rel=1e-9)
            plain = [float(_component_mass(part, ctx.mpf(float(x)), None, 1)) for x in at]
            assert plain == pytest.approx(truth, rel=1e-9)


def test_small_values_of_many_digits_are_halved_until_they_reach_the_goal(f):
    """1e-20 is much beside a goal of 1e-30, and one rule on a root leaves 1e-25."""
    with ctx.workdps(40):
        panels = _Panels(f.kl, *densities(norm(0, 1), norm(1, 2)), ctx.mpf(10) ** -30, 30)
        found = panels._adaptive(lambda x: ctx.mpf(10) ** -20 * ctx.sqrt(x), ctx.zero, ctx.one)
        assert abs(found - ctx.mpf(10) ** -20 * 2 / 3) < ctx.mpf(10) ** -29
        quiet = panels._adaptive(lambda x: ctx.mpf(10) ** -34 * ctx.sqrt(x), ctx.zero, ctx.one)
        assert abs(quiet - ctx.mpf(10) ** -34 * 2 / 3) < ctx.mpf(10) ** -35


def test_panels_of_many_digits_begin_where_p_over_q_crosses_a_kink(f):
    """Laplace laws at 0 and at 1 cross at 1/2, and p = q nowhere else."""
    p, q = densities(stats.laplace(), stats.laplace(1))
    inner = np.array([-2.0, -1.0, 0.1, 1.0, 2.0, 3.0])
    with ctx.workdps(40):
        panels = _Panels(f.tv, p, q, ctx.mpf(10) ** -30, 30)
        edges = panels._edges(inner)
        assert len(edges) == 6 and edges == sorted(edges)
        assert abs(edges[2] - ctx.mpf(0.5)) < ctx.mpf(10) ** -30
        # Of points in a row every other stays, and the last, and the kink at 1.
        assert _Panels(f.kl, p, q, ctx.mpf(10) ** -30, 30)._edges(inner) == [-2.0, 0.1, 1.0, 2.0, 3.0]

"""Mass of P or Q that an engine does not see: in the error, or refused; long sums against closed forms."""

from __future__ import annotations

import math
import warnings

import mpmath
import numpy as np
import pytest
from scipy import stats

import gantheory as gt
from gantheory.divergences import compute
from gantheory.divergences.engines.discrete import runs
from gantheory.divergences.engines.discrete.laws import _by_cdf
from gantheory.divergences.engines.mass import Seen
from gantheory.divergences.inputs.lattice_families import harmonic, log_pmf_of

INF = math.inf
mp = mpmath.MPContext()
mp.dps = 40


def held(result, truth, rel=1e-11):
    off = abs(result.value - float(truth))
    assert off <= result.error + 4e-16 * abs(float(truth)), (result, truth)
    assert result.error <= rel * abs(float(truth)), (result, truth)


class Spiked(stats.rv_continuous):
    """A fifth of the mass in a peak that no quartile shows."""

    def _pdf(self, x):
        return 0.8 * stats.norm.pdf(x) + 0.2 * stats.norm.pdf(x, 37.123456, 1e-7)

    def _cdf(self, x):
        return 0.8 * stats.norm.cdf(x) + 0.2 * stats.norm.cdf(x, 37.123456, 1e-7)


class Times(stats.rv_continuous):
    """c times the density of N(0, 1)."""

    def __init__(self, c, **options):
        super().__init__(**options)
        self.c = c

    def _updated_ctor_param(self):
        return super()._updated_ctor_param() | {"c": self.c}

    def _pdf(self, x):
        return self.c * stats.norm.pdf(x)

    def _cdf(self, x):
        return stats.norm.cdf(x)

    def _ppf(self, x):
        return stats.norm.ppf(x)


class Lone(stats.rv_discrete):
    """A fifth of the mass at 10^9."""

    def _pmf(self, k):
        return np.where(k == 10**9, 0.2, 0.8 * stats.poisson.pmf(k, 30))


@pytest.mark.parametrize(
    ("P", "Q", "mass"),
    [
        (Spiked()(), stats.norm(1), "0.8"),
        (Times(0.9)(), stats.norm(1), "0.9"),
        (stats.norm(1), Times(1.1)(), "1.1"),
        (Lone()(), stats.poisson(30), "0.8"),
    ],
)
def test_mass_that_is_not_seen_is_refused(js, P, Q, mass):
    with pytest.raises(ArithmeticError, match=rf"^[PQ] has mass {mass} where .*, and not 1; ") as caught:
        compute(js, P, Q)
    assert "\n" not in str(caught.value)


def test_a_small_lack_of_mass_is_in_the_error(js, kl):
    for f in (js, kl):
        truth = compute(f, stats.norm(), stats.norm(1))
        for c in (1 + 1e-6, 1 - 1e-8):
            result = compute(f, Times(c)(), stats.norm(1))
            off = abs(result.value - truth.value)
            assert off <= result.error <= 100 * abs(c - 1)


def test_what_a_callable_lacks_is_in_the_error(js, kl):
    truth = compute(js, stats.norm(), stats.norm(1)).value
    line, plane = (-INF, INF), ((-9, 10), (-9, 9))
    n, m = stats.norm().pdf, stats.norm(1).pdf
    for P, Q, support in (
        (lambda x: 0.8 * n(x), m, line),
        (n, lambda x: 0.8 * m(x), line),
        (lambda x, y: 0.8 * n(x) * n(y), lambda x, y: m(x) * n(y), plane),
    ):
        with pytest.warns(UserWarning, match=r"[PQ] integrates to 0\.8 over its support, not to 1"):
            result = compute(js, P, Q, support=support)
        assert abs(result.value - truth) <= result.error <= 0.5
    # P may count without bound where Q has none, Q where P has none may not.
    with pytest.warns(UserWarning), pytest.raises(ArithmeticError, match=r"^P has mass 0\.8 where"):
        compute(kl, lambda x: 0.8 * n(x), m, support=line)
    with pytest.warns(UserWarning):
        result = compute(kl, n, lambda x: 0.8 * m(x), support=line)
    assert abs(result.value - 0.5) <= result.error <= 0.5
    # Off by 2e-3 with 7e-4 of the mass.
    with (
        pytest.warns(UserWarning),
        pytest.raises(ArithmeticError, match=r"^P has mass 0\.99931"),
    ):
        compute(kl, lambda x, y: n(x) * n(y), lambda x, y: m(x) * n(y), support=((-3.2, 10), (-9, 9)))
    with pytest.warns(UserWarning, match="P integrates to 2 .* it is used as it is"):
        compute(js, lambda x: 2 * n(x), m, support=line)


@pytest.mark.parametrize("c", [0.0, 0.4, 0.5])
def test_a_callable_half_of_which_is_not_seen_is_refused(js, kl, c):
    half = -0.5 * math.log(2 * math.pi)
    # A peak so far out that no node meets it.
    at, log_c = (1e8, 0.0) if c == 0.0 else (0.0, math.log(c))
    P = gt.divergences.log_density(lambda x: log_c + half - 0.5 * (x - at) ** 2, (-INF, INF))
    Q = gt.divergences.log_density(lambda x: half - 0.5 * (x - at - 1) ** 2, (-INF, INF))
    for f in (js, kl):
        with pytest.raises(ArithmeticError, match=rf"^P integrates to {c:g} over its support, not to 1: "):
            compute(f, P, Q)
    with pytest.raises(ArithmeticError, match=r"^P integrates to 0\.4 over its support, not to 1: give"):
        n = stats.norm().pdf
        compute(js, lambda x, y: 0.4 * n(x) * n(y), lambda x, y: n(x) * n(y), support=((-9, 9), (-9, 9)))


def test_mass_beside_atoms_is_less_than_one(kl):
    P = gt.mixture([stats.poisson(3), stats.norm()], [0.25, 0.75])
    Q = gt.mixture([stats.poisson(3), stats.norm(1)], [0.25, 0.75])
    held(compute(kl, P, Q), mp.mpf("0.375"))


def test_mass_that_no_panel_reaches_is_none_that_is_lost():
    # f = max(0, u - 3): the panels end where P does, and Q's tail goes on without counting.
    game = {"real": "min(max(v, 0), 1)", "fake": "-3*min(max(v, 0), 1)"}
    theory = gt.derive(gt.objectives.parse(**game, generator=game["fake"]))
    P, Q = stats.norm(0, 0.1), stats.cauchy()
    b = mp.findroot(lambda x: mp.npdf(x, 0, 0.1) - 3 / (mp.pi * (1 + x * x)), (0.1, 0.25), solver="ridder")
    truth = mp.erf(b / (mp.mpf(0.1) * mp.sqrt(2))) - 6 * mp.atan(b) / mp.pi
    held(theory.divergence(P, Q, kind="discriminator"), truth)


def test_masses_that_do_not_end_say_nothing(js):
    seen = Seen()
    seen.add([1.0], [[0.5], [0.5]])
    with pytest.raises(ArithmeticError, match=r"^P has mass 0\.5 where"):
        seen.error(js)
    seen.outwards([(0.5, 0.0), (INF, INF)])
    assert seen.error(js) == 0.0


def test_sums_of_zipf_laws_have_their_closed_form(kl, js):
    # KL = log(zeta(b)/zeta(a)) + (b - a) E log n, and E log n = -zeta'(a)/zeta(a).
    for a, b in ((1.1, 1.2), (1.5, 2.0)):
        s, r = mp.mpf(a), mp.mpf(b)
        truth = mp.log(mp.zeta(r) / mp.zeta(s)) - (r - s) * mp.zeta(s, derivative=1) / mp.zeta(s)
        held(compute(kl, stats.zipf(a), stats.zipf(b)), truth, 1e-8)
    # By Euler-Maclaurin at 40 digits.
    held(compute(js, stats.zipf(1.1), stats.zipf(1.2)), mp.mpf("0.10717386617065230186"))
    held(compute(js, stats.zipf(1.01), stats.zipf(1.02)), mp.mpf("0.10755970043136079424"), 1e-6)


def mean_log(a):
    """E log n under zipf(a)."""
    return -mp.zeta(a, derivative=1) / mp.zeta(a)


_SLOW = [
    pytest.param(*ab, marks=pytest.mark.slow)
    for ab in ((1.005, 3), (1.02, 1.5), (1.02, 1.021), (1.003, 1.02))
]


@pytest.mark.parametrize(("a", "b"), [(1.01, 3), (3, 1.01), *_SLOW])
def test_slow_tails_go_on_where_probabilities_underflow(kl, a, b):
    s, r = mp.mpf(a), mp.mpf(b)
    truth = (r - s) * mean_log(s) + mp.log(mp.zeta(r) / mp.zeta(s))
    held(compute(kl, stats.zipf(a, loc=7), stats.zipf(b, loc=7)), truth, 1e-5)


def kl_from_geom(a):
    """KL(zipf(a) || geom(1/2))."""
    s = mp.mpf(a)
    return mp.zeta(s - 1) / mp.zeta(s) * mp.log(2) - s * mean_log(s) - mp.log(mp.zeta(s))


@pytest.mark.parametrize(
    ("a", "rel"),
    [(2.2, 1e-12), *(pytest.param(*each, marks=pytest.mark.slow) for each in ((2.05, 1e-12), (2.001, 1e-8)))],
)
def test_ratios_that_grow_with_the_atom_under_a_slow_tail(kl, a, rel):
    held(compute(kl, stats.zipf(a), stats.geom(0.5)), kl_from_geom(a), rel)


def log_skellam(k, a, b):
    return mp.log(mp.besseli(abs(k), 2 * mp.sqrt(a * b))) - a - b + mp.mpf(k) / 2 * mp.log(a / b)


@pytest.mark.parametrize(("a", "b"), [(1, 2), (1e-8, 3), (50, 60), (1e-12, 1e-12)])
def test_log_probabilities_of_skellam_far_out(a, b):
    k = [-3000, -700, -90, -20, -1, 0, 2, 30, 48, 49, 50, 51, 1500, 100000]
    found = log_pmf_of(stats.skellam(a, b))(np.array(k, dtype=np.float64))
    want = [float(log_skellam(x, mp.mpf(a), mp.mpf(b))) for x in k]
    np.testing.assert_allclose(found, want, rtol=1e-13, atol=1e-15)


def test_a_ratio_that_grows_faster_than_any_power(kl):
    # scipy's log probabilities of these end where the pmf underflows; geom(0.3) weighs skellam far beyond.
    p = mp.mpf("0.3")
    mean, entropy = 1 / p, -(mp.log(p) + (1 / p - 1) * mp.log(1 - p))
    cross = mp.fsum(p * (1 - p) ** (k - 1) * log_skellam(k, mp.mpf(2), mp.mpf(1)) for k in range(1, 160))
    held(compute(kl, stats.geom(0.3), stats.skellam(2, 1)), -entropy - cross)
    rate = mp.mpf("0.7")
    held(
        compute(kl, stats.geom(0.3), stats.dlaplace(0.7)), -entropy - mp.log(mp.tanh(rate / 2)) + rate * mean
    )
    held(
        compute(kl, stats.geom(0.3), stats.planck(2, loc=1)),
        -entropy - mp.log(1 - mp.exp(-2)) + 2 * (mean - 1),
    )
    # Listed atoms, of which most underflow.
    truth = -mp.log(1000) - mp.log((1 - mp.exp(-2)) / (1 - mp.exp(-2000))) + 999
    held(compute(kl, stats.randint(0, 1000), stats.boltzmann(2, 1000)), truth)


@pytest.mark.slow
def test_ratios_that_grow_faster_than_the_tail_falls(kl):
    assert compute(kl, stats.zipf(1.9), stats.geom(0.5)).value == INF


class Logless(stats.rv_discrete):
    """zipf with a pmf alone."""

    def _pmf(self, k, s):
        return stats.zipf._pmf(np.asarray(k, dtype=np.float64), s)


@pytest.mark.slow
def test_what_lies_beyond_an_underflow_is_in_the_error(kl):
    result = compute(kl, Logless(a=1, name="logless")(2.05), stats.geom(0.5))
    assert 1e-9 < abs(result.value - float(kl_from_geom(2.05))) <= result.error < 1e-6


@pytest.mark.slow
def test_an_underflow_under_a_slow_tail_is_refused(kl):
    family = Logless(a=1, name="logless")
    with pytest.raises(ArithmeticError, match=r"^the probability of Q underflows to 0 at [\d.e+]+, where"):
        # From 10^60 on, where an atom of P has 10^-62 and all of them a quarter.
        compute(kl, family(1.01), family(5.4))

    class Pareto(stats.rv_continuous):
        def _pdf(self, x, b):
            return b * x ** (-b - 1)

        def _ppf(self, level, b):
            return (1 - level) ** (-1 / b)

    with pytest.raises(ArithmeticError, match=r"^the density Q underflows to 0 at [\d.e+]+, where P still"):
        compute(kl, stats.pareto(0.01), Pareto(a=1, name="logless")(4))


def test_zipfian_laws_against_their_terms(js):
    k = np.arange(1.0, 1e6 + 1)
    p, q = (k**-a / math.fsum(k**-a) for a in (1.0, 1.1))
    truth = math.fsum(p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q)))
    result = compute(js, stats.zipfian(1.0, 10**6), stats.zipfian(1.1, 10**6))
    assert result.value == pytest.approx(truth, rel=1e-11)


@pytest.mark.parametrize("a", [0.0, 0.7, 1.0, 1.0 + 1e-9, 2.5])
@pytest.mark.parametrize("n", [3, 100_001, 10**12])
def test_harmonic_numbers(a, n):
    s = mp.mpf(a)
    truth = mp.harmonic(n) if a == 1.0 else mp.zeta(s) - mp.zeta(s, n + 1)
    assert harmonic(float(n), a) == pytest.approx(float(truth), rel=1e-13)


def test_long_sums_of_other_laws(kl, js):
    p, q = mp.mpf(1e-9), mp.mpf(2e-9)
    truth = mp.log(p / q) + (1 / p - 1) * (mp.log1p(-p) - mp.log1p(-q))
    held(compute(kl, stats.geom(1e-9), stats.geom(2e-9)), truth)
    # Integrals of the summands at 40 digits; scipy's log Gamma holds 9 digits of these probabilities.
    held(compute(js, stats.poisson(1e6), stats.poisson(1.001e6)), mp.mpf("0.22274352604983394685"), 1e-8)
    held(compute(js, stats.nbinom(3, 1e-7), stats.nbinom(2, 1e-7)), mp.mpf("0.115931501792274582"), 1e-6)
    # Two atoms far apart on the lattice of the other law: all of them count.
    zipf, two = stats.zipf(1.5), stats.rv_discrete(values=([7, 10**9], [0.5, 0.5]))
    c = mp.zeta(mp.mpf(3) / 2)
    parts = [n ** (-mp.mpf(3) / 2) / c for n in (mp.mpf(7), mp.mpf(10) ** 9)]
    half = lambda p, q: p * mp.log(2 * p / (p + q)) + q * mp.log(2 * q / (p + q))  # noqa: E731
    rest = half(mp.mpf("0.5"), mp.mpf(1)) * (1 - sum(parts))
    truth = rest + sum(half((z + mp.mpf("0.5")) / 2, z) for z in parts)
    held(compute(js, gt.mixture([zipf, two], [0.5, 0.5]), zipf), truth)


def test_what_is_no_smooth_function_is_summed_atom_by_atom(js):
    class Even(stats.rv_discrete):
        def _pmf(self, k):
            return np.where(k % 2 == 0, 0.5 * 1e-4 * (1 - 1e-4) ** (k // 2) * 2, 0.0)

        def _ppf(self, level):
            return 2 * np.floor(np.log1p(-level) / math.log1p(-1e-4))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = compute(js, Even()(), stats.geom(1e-4, loc=-1))
    held(result, compute(js, Even(name="again")(), stats.geom(1e-4, loc=-1)).value)
    k = np.arange(600_000.0)
    p, q = Even()().pmf(k), stats.geom(1e-4, loc=-1).pmf(k)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * np.log(2 * p / (p + q)), 0.0) + q * np.log(2 * q / (p + q))
    assert result.value == pytest.approx(math.fsum(terms), rel=1e-10)


@pytest.mark.parametrize(("a", "b"), [(1.0, 5000.0), (4096.0, 8191.0), (-3e9, -1e9), (1e40, 2e40)])
def test_a_run_sums_polynomials_exactly(a, b):
    z = lambda x: (x - a) / (b - a)  # noqa: E731
    x = runs.points(a, b)
    assert x[0] >= a and x[-1] <= b and (np.diff(x) > 0).all()
    weights, last = runs.rule(a, b)
    for n in (0, 1, 5, 12):
        # Faulhaber's formula for 0^n + ... + m^n, over m^n.
        m = mp.mpf(b) - mp.mpf(a)
        terms = (mp.binomial(n, k) * mp.bernoulli(k) for k in range(n + 1))
        truth = mp.fsum((-1) ** k * term * m ** (1 - k) / (n + 1 - k) for k, term in enumerate(terms)) + (
            n == 0
        )
        assert float(weights @ z(x) ** n) == pytest.approx(float(truth), rel=1e-13)
    assert np.abs(last @ z(x) ** 12).max() < 1e-13


@pytest.mark.parametrize("n", [8, 16, 20])
def test_a_run_corrects_by_slopes_at_its_ends(n):
    # What the formula leaves out of T_n is about 10^-9 of a short run, the last correction 10^-6.
    x = np.arange(401.0)
    weights, _ = runs.rule(0.0, 400.0)
    chebyshev = np.polynomial.Chebyshev.basis(n, domain=[0, 400])
    assert weights @ chebyshev(runs.points(0.0, 400.0)) == pytest.approx(math.fsum(chebyshev(x)), abs=1e-8)


def test_runs_go_both_ways_and_from_both_ends(kl):
    # A lattice without an end to the left: minus a zipf law.
    class Mirrored(stats.rv_discrete):
        def _pmf(self, k, s):
            return stats.zipf.pmf(-k, s)

        def _cdf(self, k, s):
            return stats.zipf.sf(-k - 1, s)

    family = Mirrored(a=-INF, b=-1, name="mirrored")
    laws = family(2.5), family(3.0)
    held(compute(kl, *laws), compute(kl, stats.zipf(2.5), stats.zipf(3.0)).value, 1e-9)
    a, b = mp.mpf("1e-4"), mp.mpf("2e-4")
    # p(k) = tanh(a/2) e^(-a |k|): KL = log(tanh(a/2)/tanh(b/2)) + (b - a) E|k|, E|k| = 1/sinh(a).
    truth = mp.log(mp.tanh(a / 2) / mp.tanh(b / 2)) + (b - a) / mp.sinh(a)
    held(compute(kl, stats.dlaplace(1e-4), stats.dlaplace(2e-4)), truth)


def test_quartiles_of_laws_that_scipy_searches_in_steps():
    from gantheory.divergences.engines.discrete.laws import part_of

    for law, median in (
        (stats.yulesimon(0.05), 2.0**20),
        (stats.zipf(1.05), 2.0**19),
        (stats.logser(0.999999), 4e3),
    ):
        part = part_of(law, "P")
        assert 0.05 * median < part.center < 20 * median
        assert part.center <= 20 * part.scale


def test_narrow_components_beside_the_ends_of_a_wide_support(js):
    """101 of width 10^-6 against a uniform law: each alone, as they do not meet, and what lies outside."""
    n, width = 101, mp.mpf("1e-6")

    def density(z):
        p = mp.npdf(z) / (n * width)
        return (p * mp.log(2 * p / (p + 1)) + mp.log(2 / (p + 1))) * width

    half = mp.quad(density, [0, 1, 2, 4, 8, 40])
    expected = 2 * (n - 1) * half + (1 - 2 * (n - 1) * 40 * width + mp.one / n) * mp.log(2)
    parts = gt.mixture([stats.norm(k / (n - 1), float(width)) for k in range(n)], [1 / n] * n)
    result = compute(js, parts, stats.uniform())
    held(result, expected, rel=1e-10)


@pytest.mark.parametrize(
    "law",
    [
        stats.zipf(2.5), stats.zipfian(1.5, 40), stats.logser(0.6), stats.dlaplace(0.7),
        stats.planck(0.4), stats.boltzmann(0.3, 12), stats.skellam(3, 1.5),
    ],
    ids=lambda law: law.dist.name,
)  # fmt: skip
def test_log_probabilities_are_those_of_scipy_where_it_has_them(law):
    k = np.arange(max(law.support()[0], -9), min(law.support()[1], 12) + 1)
    np.testing.assert_allclose(log_pmf_of(law)(k), np.log(law.pmf(k)), rtol=1e-11)
    shifted = type(law)(law.dist, *law.args, loc=5)
    np.testing.assert_allclose(log_pmf_of(shifted)(k + 5), log_pmf_of(law)(k), rtol=1e-14)


@pytest.mark.parametrize("k", [0, 1])
def test_a_lack_is_judged_beside_what_is_expected_and_counts_in_proportion(kl, js, k):
    """More than a thousandth of what should be there is refused; less counts by the size of the rest, and by
    f'(inf) or f(0) for what may lie where the other law is not."""
    for whole in (1.0, 0.25):
        expected = (whole, 1.0) if k == 0 else (1.0, whole)
        for share, fine in ((0.9e-3, True), (1.1e-3, False)):
            seen = Seen()
            masses = [[expected[j] * (1 - share * (j == k))] for j in (0, 1)]
            seen.add([3.0], masses)
            if not fine:
                with pytest.raises(ArithmeticError, match=f"{'PQ'[k]} has mass .*, and not {whole:g}"):
                    seen.error(js, expected)
                continue
            off, end = share * whole, (js.slope_at_infinity, js.at_zero)[k]
            growth = max(3.0 / max(m[0] for m in masses), end)
            assert seen.error(js, expected) == pytest.approx(off * 3.0 + (off - 1e-11) * growth, rel=1e-9)
    lacking = Seen(doubt=np.array([0.0, 0.0]))
    lacking.add([1.0], [[0.9], [1.0]])
    assert lacking.error(js, lacking=(True, False)) > 0.1
    for f, may in ((js, (False, True)), (kl, (True, True))):  # KL grows without bound where Q is not
        with pytest.raises(ArithmeticError, match=r"P has mass 0\.9 "):
            lacking.error(f, lacking=may)
    lacking.outwards([(0.1, 1e-3), (0.0, 0.0)])
    assert lacking.error(kl) == 0.0
    assert lacking.masses.tolist() == [1.0, 1.0]


def test_a_quartile_where_floats_are_not_whole_numbers_apart():
    place = 1e17 + 64  # floats are 16 apart there
    assert _by_cdf(lambda x: x >= place, 0.5, 0.0, INF) == place
    assert _by_cdf(lambda x: x >= -place, 0.5, -INF, 0.0) == -place


def test_an_atom_that_q_lacks_inside_a_run_is_found(kl):
    assert compute(kl, stats.geom(1e-7), stats.randint(1, 10**9)).value == INF


def test_contributions_that_sink_into_rounding_before_they_end(js):
    # p/q = s^b from s on, where Q alone has mass before: log u is 10^-12, and the tail goes on to 10^308.
    b, scale = 0.02, 1 + 1e-10
    r = mp.mpf(scale) ** mp.mpf(b)
    f = r * mp.log(r) - (r + 1) * mp.log((r + 1) / 2)
    held(compute(js, stats.pareto(b, scale=scale), stats.pareto(b)), (1 - 1 / r) * mp.log(2) + f / r, 1e-12)

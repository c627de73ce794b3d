"""`Theory.divergence` against closed forms from the literature and mpmath sums, for all kinds of P and Q."""

import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

import gantheory as gt
from gantheory import objectives as go

norm = stats.norm


def theory(spec):
    return gt.derive(go.from_spec(spec))


def exact_sum(f, P, Q):
    """E_Q f(p/q) at 60 digits, with mass where q = 0 left out."""
    with mp.workdps(60):
        return mp.fsum(mp.mpf(q) * f(mp.mpf(p) / mp.mpf(q)) for p, q in zip(P, Q, strict=True) if q > 0)


def jsd(u):
    return u * mp.log(u) - (u + 1) * mp.log((u + 1) / 2) if u > 0 else mp.log(2)


# pmfs


@pytest.mark.parametrize("eps", [0.2, 1e-3, 1e-6, 1e-9])
def test_close_pmfs_keep_their_relative_accuracy(eps):
    P, Q = [0.5 + eps, 0.5 - eps], [0.5, 0.5]
    result = theory("vanilla").divergence(P, Q)
    want = exact_sum(jsd, P, Q)
    assert abs(result.value / want - 1) < 1e-12
    assert abs(result.value - want) <= result.error
    want = exact_sum(lambda u: u * mp.log(u) - u + 1, P, Q)
    assert abs(theory('fgan("kl")').divergence(P, Q).value / want - 1) < 1e-12


def test_random_pmfs_of_alpha_gan_at_all_kinds():
    rng = np.random.default_rng(0)
    for a, b in ((0.5, 1.2), (2, 0.9), (0.3, 3)):
        th = gt.derive(go.alpha_gan(a, b))
        P, Q = rng.dirichlet(np.full(7, 0.3), 2)
        with mp.workdps(40):
            al, c = mp.mpf(str(a)), 1 - 1 / mp.mpf(str(b))

            def f(u, al=al, c=c):  # ISIT 2023, eq. (7), with f'(1) = 0
                return ((u ** (al * c + 1) + 1) / (1 + u**al) ** c - 2**-c * (1 + u)) / c

            want = exact_sum(f, P, Q)
            assert abs(th.divergence(P, Q).value / want - 1) < 1e-12

            def h(u, al=al, c=c):
                s = -(1 - (1 / (1 + u**al)) ** c) / c
                d = u**al / (1 + u**al)
                slope = mp.quad(lambda x: x ** (-1 / al) * (1 - x) ** (1 / al - 1 + c), [mp.mpf("0.5"), d])
                return u * slope + s + (1 - 2**-c) / c

            want = exact_sum(h, P, Q)
            assert abs(th.divergence(P, Q, kind="flow").value / want - 1) < 1e-11


def test_mass_where_one_pmf_vanishes():
    P, Q = [0.5, 0.5, 0.0], [0.0, 0.5, 0.5]
    # shared toy: JS = log(2)/2, TV = 1/2.
    assert theory("vanilla").divergence(P, Q).value == pytest.approx(math.log(2), rel=1e-14)
    assert theory("hinge").divergence(P, Q).value == pytest.approx(1.0, rel=1e-14)
    assert theory('fgan("kl")').divergence(P, Q).value == math.inf
    assert theory('fgan("reverse_kl")').divergence(P, Q).value == math.inf
    assert theory('fgan("kl")').divergence([0.0, 1.0], [0.5, 0.5]).value == pytest.approx(
        math.log(2), rel=1e-14
    )
    assert theory("alpha_gan(2, 2, saturating=False)").divergence([1, 0], [0, 1]).value == pytest.approx(
        math.sqrt(2), rel=1e-14
    )


def test_an_f_unbounded_below_gives_minus_infinity():
    # hybrid f-GAN with f_G = KL: h = -u log(u)^2/2, and lim h/u = -inf.
    th = theory('hybrid_fgan(generator="kl", discriminator="gan")')
    assert th.divergence([1.0, 0.0], [0.0, 1.0], kind="flow").value == -math.inf
    assert theory("alpha_gan(inf, 0.5)").divergence([0.5, 0.5], [0.9, 0.1]).value == -math.inf
    assert theory("alpha_gan(inf, 0.5)").divergence([0.5, 0.5], [0.9, 0.1], kind="flow").value == math.inf
    assert theory("alpha_gan(inf, 0.5)").divergence([0.5, 0.5], [0.5, 0.5], kind="flow").value == 0


def test_digits():
    result = theory("vanilla").divergence(
        [Fraction(1, 3), Fraction(2, 3)], [Fraction(1, 2), Fraction(1, 2)], dps=40
    )
    with mp.workdps(50):
        want = (jsd(mp.mpf(2) / 3) + jsd(mp.mpf(4) / 3)) / 2
        assert abs(result.value / want - 1) < mp.mpf(10) ** -38


@pytest.mark.parametrize(
    ("P", "Q", "message"),
    [
        ([0.5, 0.6], [0.5, 0.5], "P must sum to 1, got sum 1.1"),
        ([0.5, 0.5], [1.5, -0.5], "Q must be nonnegative, got -0.5"),
        ([0.5, 0.5], [0.2, 0.3, 0.5], "equal length, got 2 and 3"),
        ([0.5, math.nan], [0.5, 0.5], "NaN"),
        ([[0.5, 0.5]], [0.5, 0.5], "1-D"),
        ([], [], "."),
    ],
)
def test_bad_pmfs(P, Q, message):
    with pytest.raises(ValueError, match=message) as caught:
        theory("vanilla").divergence(P, Q)
    assert len(str(caught.value).splitlines()) == 1


# densities


def test_gaussians_in_closed_form():
    m1, s1, m2, s2 = 0.3, 1.0, 1.5, 2.0
    P, Q = norm(m1, s1), norm(m2, s2)
    kl = math.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - 0.5
    assert theory('fgan("kl")').divergence(P, Q).value == pytest.approx(kl, rel=1e-12)
    hellinger = 2 - 2 * math.sqrt(2 * s1 * s2 / (s1**2 + s2**2)) * math.exp(
        -((m1 - m2) ** 2) / (4 * (s1**2 + s2**2))
    )
    assert theory("alpha_gan(0.5, 0.5)").divergence(P, Q).value == pytest.approx(hellinger, rel=1e-12)
    same = norm(m2, s1)
    tv = 2 * norm.cdf(abs(m1 - m2) / (2 * s1)) - 1
    assert theory("hinge").divergence(P, same).value == pytest.approx(2 * tv, rel=1e-12)
    pearson = math.exp((m1 - m2) ** 2 / s1**2) - 1
    assert theory('fgan("pearson")').divergence(P, same).value == pytest.approx(pearson, rel=1e-10)


def test_half_line_supports_and_endpoint_singularities():
    # KL(Exp(1) || Exp(mean 3)) = log 3 + 1/3 - 1; chi^2 of exponentials; uniform inside exponential.
    P, Q = stats.expon(), stats.expon(scale=3)
    assert theory('fgan("kl")').divergence(P, Q).value == pytest.approx(math.log(3) + 1 / 3 - 1, rel=1e-12)
    assert theory('fgan("pearson")').divergence(P, Q).value == pytest.approx(
        3 * 3 / (2 * 3 - 1) - 1, rel=1e-11
    )
    assert theory("hinge").divergence(stats.uniform(0, 1), stats.uniform(0.25, 1)).value == pytest.approx(
        0.5, rel=1e-12
    )
    assert theory('fgan("kl")').divergence(stats.uniform(0, 1), P).value == pytest.approx(0.5, rel=1e-12)
    assert theory('fgan("kl")').divergence(P, stats.uniform(0, 1)).value == math.inf
    a, b = stats.beta(0.5, 0.5), stats.beta(2, 3)
    from scipy.special import betaln, psi

    kl = betaln(0.5, 0.5) - betaln(2, 3) + (2 - 0.5) * psi(2) + (3 - 0.5) * psi(3) + (1 - 5) * psi(5)
    assert theory('fgan("kl")').divergence(b, a).value == pytest.approx(kl, rel=1e-10)


def test_heavy_and_far_tails():
    assert theory('fgan("kl")').divergence(stats.cauchy(), norm()).value == math.inf
    # KL of Cauchy: log((2 (1 + 9) + 2 ... )/..): Chyzak and Nielsen 2019, log(((s1 + s2)^2 + d^2)/(4 s1 s2)).
    kl = theory('fgan("kl")').divergence(stats.cauchy(0, 1), stats.cauchy(3, 2)).value
    assert kl == pytest.approx(math.log((9 + 9) / 8), rel=1e-9)
    far = theory('fgan("reverse_kl")').divergence(norm(0, 1), norm(30, 1)).value
    assert far == pytest.approx(450, rel=1e-11)
    assert theory("vanilla").divergence(norm(0, 1), norm(60, 1)).value == pytest.approx(
        2 * math.log(2), rel=1e-12
    )


def test_mixtures_with_narrow_components():
    P = gt.mixture([norm(-3, 1), norm(2, 1e-3)], [0.7, 0.3])
    Q = norm(0, 2)
    value = theory("vanilla").divergence(P, Q).value
    with mp.workdps(20):

        def integrand(x):
            p = mp.mpf("0.7") * mp.npdf(x, -3, 1) + mp.mpf("0.3") * mp.npdf(x, 2, mp.mpf("1e-3"))
            q = mp.npdf(x, 0, 2)
            return p * mp.log(2 * p / (p + q)) + q * mp.log(2 * q / (p + q))

        w = mp.mpf("1e-3")
        cuts = [
            -20,
            -6,
            -3,
            0,
            2 - 40 * w,
            2 - 8 * w,
            2 - 3 * w,
            2,
            2 + 3 * w,
            2 + 8 * w,
            2 + 40 * w,
            4,
            9,
            20,
        ]
        want = mp.quad(integrand, cuts)
    assert value == pytest.approx(float(want), rel=1e-11)


def test_callables_in_one_and_two_dimensions():
    P, Q = norm(0, 1), norm(1, 1)
    want = theory("vanilla").divergence(P, Q).value
    line = theory("vanilla").divergence(P.pdf, Q.pdf, support=(-math.inf, math.inf))
    assert line.value == pytest.approx(want, rel=1e-9)
    plane = theory("vanilla").divergence(
        lambda x, y: P.pdf(x) * P.pdf(y), lambda x, y: Q.pdf(x) * P.pdf(y), support=((-9, 10), (-9, 9))
    )
    assert plane.value == pytest.approx(want, rel=1e-8)
    with pytest.warns(UserWarning, match="integrates to 2"):
        theory("vanilla").divergence(lambda x: 2 * P.pdf(x), Q.pdf, support=(-9, 9))
    with pytest.raises(ValueError, match="support"):
        theory("vanilla").divergence(P.pdf, Q.pdf)


@pytest.mark.parametrize(
    "spec",
    [
        "vanilla",
        *(
            pytest.param(s, marks=pytest.mark.slow)
            for s in ('fgan("kl")', "alpha_gan(0.5, 1.2)", "lsgan(0, 1, 1)")
        ),
    ],
)
def test_error_estimates_are_honest(spec):
    """At least the true error, taken from 25 digits, and not wildly above it."""
    rng = np.random.default_rng(3)
    th = theory(spec)
    covered, total = 0, 0
    for _ in range(2):
        P = norm(rng.normal(), math.exp(rng.normal(0, 0.5)))
        Q = norm(rng.normal(), math.exp(rng.normal(0, 0.5)))
        result, exact = th.divergence(P, Q), th.divergence(P, Q, dps=22)
        true = abs(float(result.value - exact.value))
        assert true <= 1e-9 * abs(float(exact.value)) + 1e-300
        assert result.error <= 1000 * max(true, 1e-16 * abs(float(exact.value)))
        covered += result.error >= true
        total += 1
    assert covered == total


# an outer function


def test_renyi_gan_is_twice_the_jensen_renyi_divergence():
    # Bhatia et al. 2021: V_G(D*) = R_a(P||M) + R_a(Q||M) - 2 log 2, and -log 4 at P = Q.
    P, Q = np.array([0.2, 0.5, 0.3]), np.array([0.6, 0.1, 0.3])
    M = (P + Q) / 2
    for a in (0.5, 2, 3):
        want = sum(math.log(np.sum(X**a * M ** (1 - a))) / (a - 1) for X in (P, Q))
        result = gt.derive(go.renyi(a)).divergence(P, Q)
        assert result.value == pytest.approx(want, rel=1e-12)
        assert abs(result.value - want) <= result.error + 4e-16
    with pytest.raises(ValueError, match=r"renyi\(2\) has no flow f"):
        gt.derive(go.renyi(2)).divergence(P, Q, kind="flow")


def test_unknown_kind():
    with pytest.raises(ValueError, match="kind must be one of equilibrium, flow, discriminator, got 'f'"):
        theory("vanilla").divergence([1.0], [1.0], kind="f")

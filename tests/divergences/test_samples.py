"""Monte Carlo estimates: unbiased, with intervals that cover, in any dimension."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from scipy import special, stats

from gantheory.divergences import compute, compute_from_samples
from gantheory.divergences.functions.generating_function import GeneratingFunction
from gantheory.divergences.sampling.pareto import tail_of

P, Q = stats.norm(0, 1), stats.norm(1, 1)


def draw(n: int, seed: int):
    rng = np.random.default_rng(seed)
    return P.rvs(n, random_state=rng), Q.rvs(n, random_state=rng)


@pytest.mark.parametrize("which", ["both", "fake", "real"])
def test_intervals_cover_as_often_as_they_say(f, which):
    truth = compute(f.js, P, Q).value
    hits, runs = 0, 200
    for seed in range(runs):
        real, fake = draw(1500, seed)
        result = compute_from_samples(
            f.js, None if which == "fake" else real, None if which == "real" else fake, P.logpdf, Q.logpdf
        )
        low, high = result.interval
        assert result.value - low == pytest.approx(result.error)
        hits += low <= truth <= high
    # 95 % of 200 is 190 with a standard deviation of 3.1; one-sided means are skewed.
    assert 178 <= hits <= 199


def test_the_estimate_is_the_sum_of_both_parts(f):
    # p/q = 1.05 where p > 0: real samples give F(log 1.05) each, fake ones f(0) = 1/2 outside and
    # nothing inside.
    real, fake = np.array([0.2, 0.5, 0.9]), np.array([0.1, 1.01, 0.3, 1.04])
    p, q = stats.uniform(0, 1), stats.uniform(0, 1.05)
    result = compute_from_samples(f.tv, real, fake, p.logpdf, q.logpdf)
    assert result.value == pytest.approx(0.5 * (1 - 1 / 1.05) + 0.5 * 0.5, rel=1e-14)
    assert "np." not in repr(result)
    alone = [compute_from_samples(f.tv, *given, p.logpdf, q.logpdf) for given in ((None, fake), (real, None))]
    assert [each.value for each in alone] == pytest.approx([0.5 * 0.025 + 0.5 * 0.5, 0.025 / 1.05], rel=1e-14)


def test_infinite_values_are_reported(f):
    real, fake = np.array([0.5, 2.0, 3.0]), np.array([0.1, 0.2, 0.9])
    uniform, expon = stats.uniform(), stats.expon()
    result = compute_from_samples(f.kl, real, fake, expon.logpdf, uniform.logpdf)
    assert (result.value, result.error, result.interval) == (math.inf, 0.0, (math.inf, math.inf))


def test_compute_draws_its_own_samples_in_two_dimensions(f):
    real, fake = stats.multivariate_normal([0, 0]), stats.multivariate_normal([1, 1])
    result = compute(f.hellinger, real, fake, method="monte-carlo", seed=7, samples=20_000)
    truth = 2 - 2 * math.exp(-2 / 8)
    assert abs(result.value - truth) < 2 * result.error < 0.05 * truth
    again = compute(f.hellinger, real, fake, method="monte-carlo", seed=7, samples=20_000)
    assert again == result
    # By streams of their own, so that the two means are independent.
    streams = map(np.random.default_rng, np.random.SeedSequence(7).spawn(2))
    drawn = [law.rvs(20_000, random_state=rng) for law, rng in zip((real, fake), streams, strict=True)]
    assert compute_from_samples(f.hellinger, *drawn, real.logpdf, fake.logpdf) == result


def test_confidence_widens_the_interval(f):
    real, fake = draw(100, 0)
    wide, narrow = (
        compute_from_samples(f.js, real, fake, P.logpdf, Q.logpdf, confidence=c).error for c in (0.99, 0.5)
    )
    assert wide / narrow == pytest.approx(stats.t.ppf(0.995, 99) / stats.t.ppf(0.75, 99))


@pytest.mark.parametrize(
    ("real", "fake", "options", "message"),
    [
        (None, None, {}, "must not both be None"),
        (
            [0.0],
            [0.0, 1.0],
            {},
            r"real_samples must have shape \(n,\) or \(n, d\) with n >= 2, got shape \(1,\)",
        ),
        ([0.0, math.nan], [0.0, 1.0], {}, "real_samples must be finite, got nan"),
        *(
            ([0.0, 1.0], [0.0, 1.0], {"confidence": c}, rf"confidence must be in \(0, 1\), got {c}")
            for c in (0, 1, 95)
        ),
        ([0.0, 1.0], [-1.0, 1.0], {"log_q": stats.expon().logpdf}, "log_q is -inf at one of fake_samples"),
        ([0.0, 1.0], [0.0, 1.0], {"log_p": lambda x: 0.0}, "log_p must return one value per sample"),
        *(
            ([1.0, 2.0], [0.5, 1.0], {"log_p": lambda x, c=c: x * c}, f"log_p must be a log density, got {c}")
            for c in (math.nan, math.inf)
        ),
    ],
)
def test_bad_samples(f, real, fake, options, message):
    arguments = {"log_p": P.logpdf, "log_q": Q.logpdf, **options}
    with pytest.raises(ValueError, match=message):
        compute_from_samples(f.js, real, fake, **arguments)


def test_bad_options(f):
    with pytest.raises(ValueError, match="seed must be given for Monte Carlo"):
        compute(f.js, P, Q, method="monte-carlo")
    with pytest.raises(ValueError, match="samples must be a whole number of at least 2, got 1"):
        compute(f.js, P, Q, method="monte-carlo", seed=0, samples=1)
    with pytest.raises(ValueError, match="dps must be None for Monte Carlo, got 30"):
        compute(f.js, P, Q, method="monte-carlo", seed=0, dps=30)
    with pytest.raises(TypeError, match="P must have rvs and logpdf"):
        compute(f.js, P.pdf, Q.pdf, method="monte-carlo", seed=0)
    with pytest.raises(TypeError, match="Q must have rvs and logpdf for Monte Carlo, got rv_discrete_frozen"):
        compute(f.js, P, stats.poisson(3), method="monte-carlo", seed=0)


SINGULAR = stats.multivariate_normal([0, 0], np.ones((2, 2)), allow_singular=True)
PLANE = stats.multivariate_normal([0, 0])


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (SINGULAR, PLANE, "one space, got a subspace of 1 of 2 dimensions and all of it"),
        (PLANE, SINGULAR, "one space, got all of it and a subspace of 1 of 2 dimensions"),
        (stats.dirichlet([1, 2]), PLANE, "one space, got a simplex and all of it"),
        (stats.vonmises_fisher([1, 0], 2), PLANE, "one space, got a sphere and all of it"),
        (stats.vonmises(1), P, "P is vonmises, periodic on the whole line"),
        (stats.vonmises(1, scale=2), stats.vonmises(1), "two circular laws of one period have divergences"),
        (P, PLANE, "the same dimension, got 1 and 2"),
        (stats.matrix_normal(np.zeros((2, 3))),) * 2 + (r"samples have shape \(2, 3\)",),
    ],
)
def test_densities_that_have_no_ratio(f, real, fake, message):
    """A normal law on a line had KL = 1.47 +- .004 to one of the plane, where it is infinite."""
    with pytest.raises(ValueError, match=message):
        compute(f.kl, real, fake, method="monte-carlo", seed=0, samples=100)


def test_laws_of_simplex_and_circle_are_sampled(f):
    alpha = np.array([2.0, 3.0, 4.0])
    exact = special.gammaln(9) - special.gammaln(alpha).sum() - special.gammaln(3)
    exact += ((alpha - 1) * (special.psi(alpha) - special.psi(9))).sum()
    uniform = stats.dirichlet([1, 1, 1])
    result = compute(f.kl, stats.dirichlet(alpha), uniform, method="monte-carlo", seed=0, samples=20_000)
    assert result.value == pytest.approx(exact, abs=2 * result.error)
    wrapped = stats.wrapcauchy(0.5), stats.wrapcauchy(0.2, loc=1.0)  # on [0, 2 pi] and [1, 2 pi + 1]
    result = compute(f.kl, *wrapped, method="monte-carlo", seed=0, samples=20_000)
    assert result.value == pytest.approx(compute(f.kl, *wrapped).value, abs=2 * result.error)


@pytest.mark.parametrize("k", [0.2, 0.8, 1.5])
def test_the_index_of_a_pareto_tail(k):
    terms = np.random.default_rng(1).pareto(1 / k, 20_000)
    found, (fitted, *_) = tail_of(terms).k, stats.genpareto.fit(_beyond(terms, 424), floc=0)
    assert found == pytest.approx(fitted, abs=0.05)
    assert found == pytest.approx(k, abs=2 * (1 + k) / 424**0.5)  # two of its standard deviations
    for unit in (-7.0, 1e300, 1e-308):
        assert tail_of(unit * terms).k == pytest.approx(found, rel=1e-9)


def _beyond(terms, count):
    size = np.sort(terms)
    return size[-count:] - size[-count - 1]


@pytest.mark.parametrize("k", [-0.4, 0.7])
def test_the_index_is_the_published_posterior_mean(k):
    """Zhang and Stephens 2009, and a prior of 1/2 with the weight of 10 terms (Vehtari et al.), by loops."""
    terms = stats.genpareto(k).rvs(150, random_state=3)
    x = [float(y) for y in _beyond(terms, 30)]
    n, m = 30, 35
    thetas = [1 / x[-1] + (1 - math.sqrt(m / (j - 0.5))) / (3 * x[7]) for j in range(1, m + 1)]  # x[7]: n/4

    def shape(theta):
        return sum(math.log1p(-theta * y) for y in x) / n

    weights = [math.exp(n * (math.log(-theta / shape(theta)) - shape(theta) - 1)) for theta in thetas]
    fitted = shape(sum(t * w for t, w in zip(thetas, weights, strict=True)) / sum(weights))
    found = tail_of(terms)
    assert found.k == pytest.approx((n * fitted + 5) / (n + 10), rel=1e-10)
    assert found.error == pytest.approx((1 + found.k) / math.sqrt(n), rel=1e-14)


def test_bounded_terms_have_no_heavy_tail():
    assert tail_of(np.random.default_rng(0).random(2000)).k < 0
    assert tail_of(np.ones(100)).k == -math.inf == tail_of(np.arange(9.0)).k == tail_of(np.arange(4.0)).k


def test_terms_of_all_sizes_have_the_heaviest_of_tails():
    """Of 1e-16 and 1e305 the index was nan, which no limit refuses."""
    for largest in (1e200, 1e305, 1.7e308):
        terms = np.concatenate([np.zeros(80), 1e-16 * np.arange(1, 11), np.geomspace(1.0, largest, 10)])
        assert tail_of(terms).above(30.0)


def test_heavy_tails_are_named_and_an_infinite_mean_is_refused(f):
    """p/q of N(0, s^2) and N(0, 1) is e^(z^2 (s^2 - 1)/2)/s at x = s z, which has k = s^2 - 1 under P."""

    def chi2(variance):
        return compute(f.chi2, stats.norm(0, variance**0.5), stats.norm(), method="monte-carlo", seed=0)

    light, heavy = map(chi2, (1.2, 1.65))
    assert light.method == "Monte Carlo"
    assert re.fullmatch(r"Monte Carlo, heavy tails \(Pareto k = 0\.[56]\d?\)", heavy.method)
    with pytest.raises(ArithmeticError, match=r"the Pareto index k = [12]\.\d, from 1 on no mean"):
        chi2(3.0)


def test_terms_of_a_bounded_f_have_a_mean_whatever_their_largest_say(f):
    """t^2/8 of t = 1e-7 x, x of a Pareto law of index 1: 2 for the terms, up to where f is bounded."""
    x = stats.pareto(1.0).rvs(size=5000, random_state=0)
    logs = (lambda x: 1e-7 * x), np.zeros_like
    assert tail_of(x**2).above(1.0)
    assert compute_from_samples(f.js, x, x[:2], *logs).method == "Monte Carlo"
    with pytest.raises(ArithmeticError, match=r"the Pareto index k = [12]"):
        compute_from_samples(f.chi2, x, x[:2], *logs)


@pytest.mark.parametrize("inside", [False, True])
def test_terms_near_a_pole_of_a_bounded_f_may_have_heavy_tails(inside):
    """|t - .7|^-.75 of a uniform t has the index .75."""

    class Pole(GeneratingFunction):
        infinite_inside = inside

        def scaled_parts(self, t):
            return np.abs(t - 0.7) ** -0.75, np.zeros_like(t)

        def _inside(self, t):
            raise NotImplementedError

    f = Pole(0.0, 0.0)
    x = np.random.default_rng(0).uniform(0.6, 0.8, 5000)
    method = compute_from_samples(f, x, x[:2], lambda x: x, np.zeros_like).method
    assert (
        re.fullmatch(r"Monte Carlo, heavy tails \(Pareto k = 0\.[678]\d?\)", method)
        if inside
        else (method == "Monte Carlo")
    )


def test_laws_of_the_new_infrastructure_are_sampled(f):
    truth = compute(f.kl, P, Q).value
    new = [stats.Normal(mu=0, sigma=1), stats.Mixture([stats.Normal(mu=1, sigma=1)])]
    low, high = compute(f.kl, *new, method="monte-carlo", seed=0).interval
    assert low < truth < high < truth + 0.02

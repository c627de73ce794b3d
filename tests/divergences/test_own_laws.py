"""Users' own subclasses of scipy's distributions, against closed forms and laws of scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

import gantheory as gt
from gantheory.divergences import compute
from gantheory.divergences.inputs.prepared import prepared

LOG2 = math.log(2)
KL = gt.derive(gt.objectives.fgan("kl"))
OF_LAPLACE_AND_NORMAL = 0.5 * math.log(2 * math.pi) - LOG2
"""KL(Laplace || N(0, 1)) = -log 2 - 1 + log(2 pi)/2 + E x^2/2, and E x^2 = 2."""


class OnlyLog(stats.rv_continuous):
    """Exponential of rate 2."""

    def _logpdf(self, x):
        return LOG2 - 2 * x


class OfNumbers(stats.rv_continuous):
    """2x on [0, 1]."""

    def _pdf(self, x):
        return 2 * math.sqrt(x) ** 2 if x > 0 else 0.0


class LogOfNumbers(stats.rv_continuous):
    def _logpdf(self, x, rate):
        return math.log(rate) - rate * x


class LaplaceByPdf(type(stats.norm)):
    def _pdf(self, x):
        return np.exp(-np.abs(x)) / 2


class LaplaceByLogpdf(type(stats.norm)):
    def _logpdf(self, x):
        return -np.abs(x) - LOG2


class Lower(LaplaceByPdf):
    """What its parent is."""


class NormalAgain(LaplaceByPdf):
    def _logpdf(self, x):
        return -0.5 * x * x - 0.5 * math.log(2 * math.pi)


class QuickNormal(type(stats.norm)):
    """A cdf of the same law, to the digits of a table."""

    def _cdf(self, x):
        return 0.5 * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3)))


class Geometric(type(stats.poisson)):
    def _pmf(self, k, mu):
        return np.where(k >= 0, (1 - 1 / (1 + mu)) ** k / (1 + mu), 0.0)


class OnAllIntegers(stats.rv_discrete):
    def _pmf(self, k, a):
        return np.tanh(a / 2) * np.exp(-a * np.abs(k))


class GeometricByLogpmf(stats.rv_discrete):
    def _logpmf(self, k):
        return -(k + 1.0) * LOG2


class GeometricOfNumbers(stats.rv_discrete):
    def _pmf(self, k):
        return math.pow(0.5, k + 1)


GEOMETRIC = stats.geom(0.5, loc=-1)


@pytest.mark.parametrize(
    ("P", "Q", "truth"),
    [
        (OnlyLog(a=0.0)(), stats.expon(), LOG2 - 0.5),
        (OnlyLog(a=0.0)(scale=2.0), stats.expon(scale=2.0), LOG2 - 0.5),
        (OnlyLog(a=0.0, name="triang")(), stats.expon(), LOG2 - 0.5),
        (LogOfNumbers(a=0.0, shapes="rate")(2.0), stats.expon(), LOG2 - 0.5),
        (OfNumbers(a=0.0, b=1.0)(), stats.uniform(), LOG2 - 0.5),
        (LaplaceByPdf()(), stats.norm(), OF_LAPLACE_AND_NORMAL),
        (LaplaceByPdf(name="norm")(), stats.laplace(), 0.0),
        (LaplaceByLogpdf(name="norm")(1.0, 2.0), stats.norm(1.0, 2.0), OF_LAPLACE_AND_NORMAL),
        (Lower()(), stats.norm(), OF_LAPLACE_AND_NORMAL),
        (QuickNormal()(), stats.norm(1.0), 0.5),
        (NormalAgain()(), stats.norm(1.0), 0.5),
        (Geometric(name="poisson")(1.0), GEOMETRIC, 0.0),
        (GeometricByLogpmf()(), stats.geom(0.25, loc=-1), 2 * LOG2 - math.log(3)),
        (GeometricOfNumbers()(), stats.geom(0.25, loc=-1), 2 * LOG2 - math.log(3)),
        (stats.norm([1.0], [[1.0]]), stats.norm(), 0.5),
        (stats.poisson([3.0]), stats.poisson(5.0), 3 * math.log(3 / 5) + 2),
    ],
)
def test_the_lowest_density_of_a_class_is_the_law(kl, P, Q, truth):
    result = compute(kl, P, Q)
    assert result.value == pytest.approx(truth, rel=1e-12, abs=1e-29)
    assert abs(result.value - truth) <= result.error + 4e-16 * truth


def test_the_other_methods_are_of_the_same_law():
    law = prepared(LaplaceByPdf()(), "P")[1]
    x = np.array([-2.0, 0.3, 4.0])
    for method in ("pdf", "logpdf", "cdf", "sf"):
        assert getattr(law, method)(x) == pytest.approx(getattr(stats.laplace, method)(x), rel=1e-9)
    assert law.ppf(0.9) == pytest.approx(stats.laplace.ppf(0.9), rel=1e-9)
    assert prepared(law, "P")[1] is law
    # Frozen anew, as families of laws are.
    assert law.dist(3.0, 2.0).cdf(4.0) == pytest.approx(stats.laplace(3.0, 2.0).cdf(4.0), rel=1e-9)


def test_alpha_grid_and_samples_are_of_the_density():
    grids = [
        gt.divergences.alpha_grid(2.0, 0.7, P, stats.norm()) for P in (LaplaceByPdf()(), stats.laplace())
    ]
    assert grids[0] == pytest.approx(grids[1], rel=1e-7)
    drawn = prepared(LaplaceByPdf()(), "P")[1].rvs(1, random_state=0)
    level = np.random.RandomState(0).uniform(size=1)
    assert drawn == pytest.approx(stats.laplace.ppf(level), rel=1e-6)


class OnlyCdf(stats.rv_continuous):
    def _cdf(self, x):
        return -np.expm1(-2 * x)


class NormalWithOtherCdf(type(stats.norm)):
    def _cdf(self, x):
        return stats.laplace.cdf(x)


class Raises(stats.rv_continuous):
    def _pdf(self, x):
        raise KeyError("rate")


class GeometricWithItsCdf(Geometric):
    def _cdf(self, k, mu):
        return 1 - (1 - 1 / (1 + mu)) ** (np.floor(k) + 1)


class GeometricWithOtherCdf(Geometric):
    def _cdf(self, k, mu):
        return stats.poisson.cdf(k, mu)


def test_atoms_and_a_cdf_are_of_one_law(kl):
    truth = compute(kl, stats.geom(0.25, -1), stats.geom(0.5, -1)).value
    own = [GeometricWithItsCdf(name="own")(mu) for mu in (3.0, 1.0)]
    assert compute(kl, *own).value == pytest.approx(truth, rel=1e-12)
    with pytest.raises(TypeError, match="GeometricWithOtherCdf must define _pmf or _logpmf beside its _cdf"):
        compute(kl, GeometricWithOtherCdf(name="other")(3.0), own[1])


@pytest.mark.parametrize(
    ("P", "error", "message"),
    [
        (
            OnlyCdf(a=0.0)(),
            TypeError,
            "P's class OnlyCdf must define a density, _pdf or _logpdf; its _cdf alone",
        ),
        (
            NormalWithOtherCdf()(),
            TypeError,
            "P's class NormalWithOtherCdf must define _pdf or _logpdf beside its _cdf, which is of another",
        ),
        (Raises()(), ValueError, "P's class Raises._pdf must return a density, it raised KeyError: 'rate'"),
        (
            stats.Normal(mu=[0.0]),
            ValueError,
            r"P must be one distribution, got an array of them with shape \(1,\)",
        ),
        (stats.norm([0.0, 1.0]), ValueError, "P must be one distribution, got an array of them"),
    ],
)
def test_what_is_no_law(kl, P, error, message):
    for options in (
        ({}, {"method": "monte-carlo", "seed": 0}) if isinstance(getattr(P, "dist", None), OnlyCdf) else ({},)
    ):
        with pytest.raises(error, match=message):
            compute(kl, P, stats.norm(), **options)


class WithItsOwnInit(stats.rv_continuous):
    """scipy freezes a law by making it anew from its own parameters, which this class does not take."""

    def __init__(self, center, width):
        super().__init__(name="norm")
        self.center, self.width = center, width

    def _pdf(self, x):
        return stats.norm.pdf(x, self.center, self.width)


def test_an_instance_that_scipy_cannot_freeze_is_its_law():
    got = KL.divergence(WithItsOwnInit(1.0, 2.0), stats.norm(0, 1)).value
    assert got == pytest.approx(2 - math.log(2), rel=1e-12)


class PoissonAsInBooks(stats.rv_discrete):
    def _pmf(self, k, mu):
        return np.exp(-mu) * mu**k / special.factorial(k)  # inf/inf from k = 647 on


def test_a_probability_that_overflows_far_out_is_not_met():
    got = KL.divergence(PoissonAsInBooks(name="poisson")(3.0), stats.poisson(4)).value
    assert got == pytest.approx(3 * math.log(3 / 4) + 1, rel=1e-12)


def test_a_law_without_a_first_atom_needs_its_cdf():
    law = OnAllIntegers(a=-math.inf, name="on_all_integers")
    with pytest.raises(
        ValueError, match="P has no first atom, so that its class OnAllIntegers must define _cdf"
    ):
        KL.divergence(law(1.0), stats.dlaplace(0.5))


class NoNumber(stats.rv_continuous):
    def _pdf(self, x):
        return np.where(x > 0, np.exp(-x), np.nan)


@pytest.mark.filterwarnings("ignore")  # scipy's, of its integral
def test_a_density_that_has_no_quartiles_is_named():
    """scipy's own words were all: "The function value at x=-10.0 is NaN; solver cannot continue."."""
    with pytest.raises(ValueError, match=r"^P has no quartiles: .* check that its density is finite"):
        KL.divergence(NoNumber()(), stats.norm())
    with pytest.raises(ValueError, match=r"^P cannot be sampled by its rvs: "):
        KL.divergence(NoNumber()(), stats.norm(), method="monte-carlo", seed=0, samples=100)

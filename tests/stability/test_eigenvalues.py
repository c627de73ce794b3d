"""Eigenvalues of the data beside closed forms, a finer grid of another method, and sums over coordinates."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy import stats
from scipy.integrate import solve_ivp
from scipy.linalg import eigh, eigh_tridiagonal
from scipy.optimize import brentq
from scipy.special import eval_jacobi, roots_jacobi

import gantheory as gt
from gantheory.stability import eigenvalues, operator_spectrum, sample_laplacian

DOUBLE_WELL = gt.mixture([stats.norm(-1.5, 0.6), stats.norm(1.5, 0.6)], [0.4, 0.6])


def finite_volumes(law, low: float, high: float, cells: int, count: int) -> np.ndarray:
    """Cells with fluxes between neighbours: second order."""
    x = np.linspace(low, high, cells + 1)
    dx = x[1] - x[0]
    mass, edge = law.pdf(0.5 * (x[1:] + x[:-1])) * dx, law.pdf(x[1:-1]) / dx
    diagonal = np.zeros(cells)
    diagonal[:-1] += edge
    diagonal[1:] += edge
    off = -edge / np.sqrt(mass[1:] * mass[:-1])
    return eigh_tridiagonal(diagonal / mass, off, select="i", select_range=(0, count - 1))[0]


def test_a_gaussian_of_any_dimension():
    np.testing.assert_allclose(eigenvalues(stats.norm(3, 2), 5), np.arange(5) / 4)
    found = eigenvalues(stats.multivariate_normal([0, 0, 0], np.diag([1, 4, 0.25])), 9)
    np.testing.assert_allclose(found, [0, 0.25, 0.5, 0.75, 1, 1, 1.25, 1.25, 1.5])
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    turned = stats.multivariate_normal([1, 2], turn @ np.diag([1, 4]) @ turn.T)
    np.testing.assert_allclose(eigenvalues(turned, 6), [0, 0.25, 0.5, 0.75, 1, 1])


@pytest.mark.parametrize(
    ("law", "wanted"),
    [
        (gt.mixture([stats.norm(1, 0.5)], [1]), 4.0 * np.arange(8)),
        (gt.mixture([stats.uniform(2, 3)], [1]), (np.pi * np.arange(8) / 3) ** 2),
        (stats.uniform(2, 3), (np.pi * np.arange(8) / 3) ** 2),
        # p = exp(-x) on (0, l): phi = exp(x/2) times sines and cosines
        (stats.truncexpon(3), np.r_[0, 0.25 + (np.pi * np.arange(1, 8) / 3) ** 2]),
        # two intervals without contact
        (
            gt.mixture([stats.uniform(0, 1), stats.uniform(3, 1)], [0.5, 0.5]),
            np.repeat((np.pi * np.arange(4)) ** 2, 2),
        ),
        # |x| of a Gaussian: the even Hermite polynomials
        (stats.halfnorm(0, 1), 2.0 * np.arange(8)),
    ],
    ids=["normal", "mixture of one", "uniform", "exponential", "two intervals", "half normal"],
)  # fmt: skip
def test_closed_forms_on_the_line(law, wanted):
    np.testing.assert_allclose(eigenvalues(law, 8), wanted, rtol=2e-7, atol=1e-7)


@pytest.mark.parametrize("power", [1.5, 2, 3])
def test_below_an_exponential_tail_there_are_eigenvalues(power):
    # Laguerre: gamma(a) has (1 - s^2)/4, s = (a - 1)/(a - 1 + 2 k), and the continuum from 1/4 on
    k = np.arange(5)
    found = eigenvalues(stats.gamma(power, scale=0.5), 5)
    np.testing.assert_allclose(found, 1 - ((power - 1) / (power - 1 + 2 * k)) ** 2, rtol=2e-7, atol=1e-9)


def jacobi_numbers(a: float, b: float, count: int) -> np.ndarray:
    """Of p = x^(a - 1) (1 - x)^(b - 1) by polynomials, Gauss-Jacobi quadrature on the whole interval."""
    n, points = 40, 60
    t, w = roots_jacobi(points, b - 1, a - 1)
    values = np.stack([eval_jacobi(k, b - 1, a - 1, t) for k in range(n)], axis=1)
    slopes = np.stack(
        [0.5 * (k + a + b - 1) * eval_jacobi(k - 1, b, a, t) if k else 0 * t for k in range(n)], axis=1
    )
    norm = np.sqrt((w[:, None] * values**2).sum(axis=0))
    values, slopes = values / norm, slopes / norm
    return 4 * eigh((slopes.T * w) @ slopes, eigvals_only=True, subset_by_index=[0, count - 1])


@pytest.mark.parametrize(
    ("a", "b"), [(1, 3), (5, 1), (0.9, 0.9), (0.5, 0.5), (0.1, 0.1), (0.2, 2.7), (0.5, 6)]
)
def test_powers_at_the_ends_of_the_support(a, b):
    np.testing.assert_allclose(
        eigenvalues(stats.beta(a, b), 5), jacobi_numbers(a, b, 5), rtol=1e-6, atol=1e-6
    )


def test_powers_in_closed_form():
    # p = x^(a - 1) on (0, 1): J_(a/2)(sqrt(lambda)) = 0, and for a = 3, tan(k) = k
    for a in (0.3, 1.4, 3.0):
        zeros = [mpmath.besseljzero(a / 2, k) ** 2 for k in (1, 2, 3)]
        np.testing.assert_allclose(
            eigenvalues(stats.powerlaw(a), 4), np.array([0, *zeros], dtype=float), rtol=3e-7, atol=1e-7
        )
    assert eigenvalues(stats.beta(1, 3), 2)[1] == pytest.approx(20.190728556426, rel=1e-7)


def test_noise_on_a_pole_at_the_end_of_the_support():
    # x = sin(y)^2 makes equal masses of it; T on polynomials that are orthonormal in the noisy law
    noise, x = 0.3, np.sin((np.arange(400) + 0.5) * np.pi / 800) ** 2
    y, dy = np.linspace(-2, 3, 1001, retstep=True)
    normal = stats.norm.pdf(y[:, None], x, noise) * dy
    t, cheb = (y - 0.5) / 2.5, np.polynomial.chebyshev
    slopes = np.stack([cheb.chebval(t, cheb.chebder(e)) for e in np.eye(24)], axis=1) / 2.5
    upper = np.linalg.qr(cheb.chebvander(t, 23) * np.sqrt(normal.mean(axis=1))[:, None])[1]
    through = normal.T @ slopes @ np.linalg.inv(upper)
    wanted = np.linalg.eigvalsh(through.T @ through / x.size)[::-1][:2]
    np.testing.assert_allclose(eigenvalues(stats.beta(0.5, 0.5), 2, noise=noise), wanted, rtol=2e-6)


def test_tails_without_eigenvalues_through_noise():
    for law in (stats.t(9), stats.gamma(3)):
        with pytest.raises(ValueError, match="continuous spectrum through noise too"):
            eigenvalues(law, 3, noise=0.5)


def test_a_narrow_part_beside_a_wide_one():
    # two zeros, as nothing passes between them, and those of the wide part
    law = gt.mixture([stats.norm(0, 0.01), stats.norm(10, 1)], [0.5, 0.5])
    np.testing.assert_allclose(eigenvalues(law, 5), [0, 0, 1, 2, 3], atol=1e-6)


def test_a_double_well_beside_a_finer_grid():
    coarse, fine = (finite_volumes(DOUBLE_WELL, -7, 7, n, 6) for n in (4000, 8000))
    wanted = fine + (fine - coarse) / 3  # the error falls as the square of the cell
    found = eigenvalues(DOUBLE_WELL, 6)
    np.testing.assert_allclose(found[1:], wanted[1:], rtol=1e-6)
    assert found[0] == pytest.approx(0, abs=1e-10)
    # a rare passage: the least eigenvalue alone depends on the barrier
    deep = eigenvalues(gt.mixture([stats.norm(-2, 0.5), stats.norm(2, 0.5)], [0.5, 0.5]), 2)[1]
    assert 0 < deep < found[1] / 10


def test_the_plane_is_a_sum_over_independent_coordinates():
    parts = [stats.multivariate_normal([x, 0], np.diag([0.36, 0.25])) for x in (-1.5, 1.5)]
    found = eigenvalues(gt.mixture(parts, [0.4, 0.6]), 6)
    across, up = eigenvalues(DOUBLE_WELL, 9), 4.0 * np.arange(9)
    np.testing.assert_allclose(found, np.sort((across[:, None] + up).ravel())[:6], rtol=1e-5, atol=1e-8)


@pytest.mark.slow
def test_samples_come_near_the_law_that_they_are_from():
    rng = np.random.default_rng(1)
    plane = stats.multivariate_normal([0, 0], np.diag([1, 0.25]))
    # the exponential's density varies much, where the wrong normalization has another limit
    for law in (stats.norm(0, 2), DOUBLE_WELL, plane, stats.truncexpon(3)):
        found = eigenvalues(law.rvs(size=2000, random_state=rng), 3)
        wanted = eigenvalues(law, 3)
        assert found[0] == pytest.approx(0, abs=1e-10)
        np.testing.assert_allclose(found[1], wanted[1], rtol=0.15)
        np.testing.assert_allclose(found[2], wanted[2], rtol=0.35)


def test_the_matrix_of_samples():
    import torch

    x = np.random.default_rng(2).standard_normal((150, 2))
    L = sample_laplacian(x)
    np.testing.assert_allclose(L @ np.ones(150), 0, atol=1e-9)
    found = np.sort(np.linalg.eigvals(L).real)[:4]
    np.testing.assert_allclose(found, eigenvalues(torch.tensor(x), 4), atol=1e-8)
    # a wide kernel on the samples sees little of fine modes: they are damped less
    objective = gt.objectives.vanilla()
    K = np.exp(-((x[:, None] - x) ** 2).sum(axis=-1) / 2) / 150
    narrow, wide = (operator_spectrum(objective, L, kernel=k) for k in (np.eye(150), K))
    assert (wide.real < 1e-7).all() and np.median(wide.real) > 0.1 * np.median(narrow.real)


def test_noise():
    # one operator, by Mehler's formula and by quadrature, which knows nothing of Hermite polynomials
    for sigma, noise in ((1.0, 1.0), (2.0, 0.9), (2.0, 0.5)):
        closed = eigenvalues(stats.norm(0, sigma), 6, noise=noise)
        computed = eigenvalues(gt.mixture([stats.norm(0, sigma)], [1]), 6, noise=noise)
        np.testing.assert_allclose(computed, closed, rtol=1e-6)
    factors = np.array([[k, 4 * m] for k in range(60) for m in range(60)])
    rho = np.log1p(0.25 / np.array([1, 0.25]))
    wanted = factors.sum(axis=1) * np.exp(-(factors[:, 0] * rho[0] + factors[:, 1] / 4 * rho[1]))
    found = eigenvalues(stats.multivariate_normal([0, 0], np.diag([1, 0.25])), 8, noise=0.5)
    np.testing.assert_allclose(found, np.sort(wanted)[::-1][:8])
    # of N(0, 1): never above 1/noise^2, near it for wide noise, 1/e of it for narrow
    for noise, least in ((0.05, 0.367), (1.0, 0.49), (10.0, 0.98)):
        assert least < eigenvalues(stats.norm(), 2, noise=noise)[0] * noise**2 < 1
    # and the flat density of the docstring of local_spectrum, beside two modes that sit at its ends
    flat = eigenvalues(stats.uniform(0, 40), 3, noise=0.3)
    assert flat[0] == pytest.approx(flat[1], rel=1e-6)
    np.testing.assert_allclose(flat[2], np.exp(-1) / 0.09, rtol=0.005)


class Unfound(type(stats.laplace)):
    """laplace, with far quantiles that scipy does not find, as norminvgauss has them."""

    def _ppf(self, q):
        if (np.abs(q - 0.5) > 0.49999).any():
            raise ValueError("f(a) and f(b) must have different signs")
        return super()._ppf(q)


@pytest.mark.parametrize(
    ("law", "message"),
    [
        (stats.laplace(), "no eigenvalue number 1 .*continuous spectrum, here from 0.25 on"),
        (stats.invgauss(0.2), "continuous spectrum, here from 39.06 on"),  # (rate 25/2)^2/4
        (Unfound(name="unfound")(), "no eigenvalue number 1 .*continuous spectrum, here from 0.25 on"),
        pytest.param(
            stats.norminvgauss(3, 1),
            "continuous spectrum, here from 1.01 on",  # rate 3 - 1
            marks=pytest.mark.slow,
        ),
        (stats.expon(0, 1e5), "continuous spectrum, here from 2.5e-11 on"),
        *((stats.t(n), "heavy tails") for n in (3, 9, 10, 12, 200, 500)),
        *((stats.lognorm(s), "heavy tails") for s in (0.1, 1)),
        (stats.weibull_min(0.5), "heavy tails"),
        (gt.mixture([stats.norm(), stats.t(30)], [0.999, 0.001]), "heavy tails"),
        (stats.norm(0, 1e200), "variance in .*got inf"),
        (stats.norm(0, 1e-200), "variance in .*got 0"),
        (stats.uniform(0, 1e-200), "variance in .*got 0"),
        (stats.logistic(0, 1e-200), "out of range"),
        (stats.poisson(3), "must have a density"),
        ([0.0, np.nan, 1.0, 2.0, 3.0], "samples must be finite"),
        (np.ones(20), "samples must differ"),
        (np.arange(3.0), "samples must be at least count=4, got 3"),
        (np.array(["a", "b"]), "samples must hold real numbers"),
        (stats.norm(0, -1), "out of range"),
    ],
)
def test_what_has_no_eigenvalues(law, message):
    with pytest.raises((ValueError, TypeError), match=message):
        eigenvalues(law, 4)


def test_arguments():
    with pytest.raises(ValueError, match="count must be a whole number of at least 1, got 0"):
        eigenvalues(stats.norm(), 0)
    with pytest.raises(ValueError, match="noise must be finite and at least 0, got -1"):
        eigenvalues(stats.norm(), 2, noise=-1)
    with pytest.raises(ValueError, match="bandwidth goes with samples"):
        eigenvalues(stats.norm(), 2, bandwidth=0.1)
    with pytest.raises(ValueError, match="noise serves"):
        eigenvalues(np.arange(9.0), 2, noise=0.1)


def test_a_kernel_density_is_the_mixture_of_normals_that_it_is():
    rng = np.random.default_rng(0)
    for points in (rng.standard_normal(4), rng.standard_normal((2, 4))):
        kernel = stats.gaussian_kde(points, weights=[1, 2, 3, 4])
        normals = [stats.multivariate_normal(p, kernel.covariance) for p in kernel.dataset.T]
        np.testing.assert_allclose(
            eigenvalues(kernel, 4), eigenvalues(gt.mixture(normals, kernel.weights), 4), rtol=1e-6, atol=1e-9
        )


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_law_on_the_circle_is_none_on_the_line(noise):
    for law in (stats.vonmises(2), gt.mixture([stats.norm(), stats.vonmises(2)], [0.5, 0.5])):
        with pytest.raises(ValueError, match="vonmises, periodic on the whole line; vonmises_line is"):
            eigenvalues(law, 4, noise)


def test_vonmises_line_has_the_eigenvalues_of_its_interval():
    """The first odd mode of f'' - 2 sin(x) f' + lambda f = 0, f'(pi) = 0, by shooting."""

    def slope_at_the_end(rate):
        steps = solve_ivp(
            lambda x, y: [y[1], 2 * np.sin(x) * y[1] - rate * y[0]],
            (0, np.pi),
            [0, 1],
            rtol=1e-11,
            atol=1e-12,
        )
        return steps.y[1, -1]

    first = brentq(slope_at_the_end, 0.5, 1.5, xtol=1e-12)
    assert eigenvalues(stats.vonmises_line(2), 2)[1] == pytest.approx(first, rel=1e-8)
    assert eigenvalues(stats.vonmises_line(2, 4, 0.5), 2)[1] == pytest.approx(4 * first, rel=1e-8)

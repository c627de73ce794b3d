"""The three estimates of log(p/q) from samples, against what they say they are."""

import math

import numpy as np
import pytest
from scipy import optimize, special

from gantheory.divergences.sampling import ratios

RNG = np.random.default_rng(7)
X, Y = RNG.normal(0.0, 1.0, (40, 2)), RNG.normal(0.5, 1.3, (55, 2))


def distances(one, other):
    return np.sqrt(((one[:, None] - other[None]) ** 2).sum(axis=2))


def test_log_loss_counts_both_samples_alike():
    at_x, at_y = np.array([-1.0, 3.0]), np.array([0.5, -2.0, 0.0])
    right = 0.5 * np.log(special.expit(at_x)).mean() + 0.5 * np.log(special.expit(-at_y)).mean()
    assert ratios._log_loss(at_x, at_y) == pytest.approx(-right, rel=1e-14)


def test_kernel_densities_leave_their_own_point_out():
    widths = np.array([0.3, 1.0])
    for own in (False, True):
        found = ratios._log_kernel(X, X if own else Y, widths, own)
        for j, width in enumerate(widths):
            terms = np.exp(-0.5 * (distances(X, X if own else Y) / width) ** 2)
            count = len(X) - 1 if own else len(Y)
            total = terms.sum(axis=1) - (1.0 if own else 0.0)  # exp(0) is that of the point itself
            assert found[j] == pytest.approx(np.log(total / count), rel=1e-9)


def test_nearest_neighbours_give_the_ratio_of_their_densities():
    """p ~ k/(n - 1) over the volume to the k-th of its own kind, q ~ k/m over that of the other: of all k
    the one of least loss is taken."""
    n, m = len(X), len(Y)
    own_x, other_x = np.sort(distances(X, X))[:, 1:], np.sort(distances(X, Y))
    own_y, other_y = np.sort(distances(Y, Y))[:, 1:], np.sort(distances(Y, X))
    candidates = []
    for k in sorted({max(3, round(n**power)) for power in (0.33, 0.5, 0.6, 0.7)}):
        at_x = np.log((k / (n - 1) / own_x[:, k - 1] ** 2) / (k / m / other_x[:, k - 1] ** 2))
        at_y = np.log((k / n / other_y[:, k - 1] ** 2) / (k / (m - 1) / own_y[:, k - 1] ** 2))
        candidates.append(tuple(np.clip(t, -math.log(n), math.log(n)) for t in (at_x, at_y)))
    best = min(candidates, key=lambda pair: ratios._log_loss(*pair))
    for found, wanted in zip(ratios._nearest(X, Y), best, strict=True):
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("start", "pull"), [(None, 0.3), (None, 100.0), (np.array([40.0, -60.0, 90.0]), 0.3)]
)
def test_logistic_regression_is_the_minimum(start, pull):
    """By another minimizer; the far start overshoots, so that steps are halved."""
    z = np.concatenate([np.ones((95, 1)), np.concatenate([X, Y])], axis=1)
    label = np.concatenate([np.ones(40), np.zeros(55)])
    weight, ridge = np.where(label == 1.0, 1.2, 0.9), np.array([1e-9, pull, pull])

    def cost(beta):
        v = z @ beta
        return weight @ (np.logaddexp(0.0, v) - label * v) + 0.5 * ridge @ beta**2

    wanted = optimize.minimize(cost, np.zeros(3), method="BFGS", options={"gtol": 1e-9}).x
    assert ratios._logistic(z, label, weight, pull, start) == pytest.approx(wanted, abs=1e-5)


def test_the_constant_of_a_regression_is_not_pulled_to_zero():
    """Where nothing else tells x from y, it is the logarithm of the ratio of their weights."""
    z, label = np.ones((6, 1)), np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    weight = np.array([2.0, 3.0, 4.0, 0.1, 0.1, 0.25])
    found = ratios._logistic(z, label, weight, 10.0, None)
    assert found == pytest.approx([math.log(9.0 / 0.45)], rel=1e-7)


def test_estimates_stay_within_the_logarithm_of_the_smaller_sample():
    given = np.array([-math.inf, -9.0, 0.5, math.nan, 9.0, math.inf])
    assert ratios._clipped(given, 2.0).tolist() == [-2.0, -2.0, 0.5, 0.0, 2.0, 2.0]
    for method in (ratios._kernels, ratios._nearest):
        at_x, at_y = method(X, Y + 1e6)
        assert at_x == pytest.approx(math.log(40), rel=1e-12) and at_y == pytest.approx(
            -math.log(40), rel=1e-12
        )


def test_kernels_are_of_one_width_in_whitened_coordinates():
    """Of .6, 1 and 1.6 times n^(-1/(d + 4)), n the smaller sample, the width of least loss."""
    n, m = len(X), len(Y)
    root = np.linalg.inv(np.linalg.cholesky(np.cov(np.concatenate([X, Y]).T)))
    x, y = X @ root.T, Y @ root.T
    candidates = []
    for width in np.array([0.6, 1.0, 1.6]) * n ** (-1 / 6):
        near = [
            np.exp(-0.5 * (distances(one, other) / width) ** 2).sum(1) for one in (x, y) for other in (x, y)
        ]
        at_x = np.log((near[0] - 1) / (n - 1) / (near[1] / m))
        at_y = np.log(near[2] / n / ((near[3] - 1) / (m - 1)))
        candidates.append(tuple(np.clip(t, -math.log(n), math.log(n)) for t in (at_x, at_y)))
    best = min(candidates, key=lambda pair: ratios._log_loss(*pair))
    for found, wanted in zip(ratios._kernels(X, Y), best, strict=True):
        assert found == pytest.approx(wanted, rel=1e-6, abs=1e-6)


def test_radial_features_are_gaussians_about_samples():
    """The last columns of the last set, of the median distance's width, in standard units."""
    z = np.concatenate([X, Y])
    found = ratios._feature_sets(z, np.random.default_rng(3))[-1]
    centers = z[np.random.default_rng(3).choice(95, 19, replace=False)]
    away = distances(z, centers)
    radial = np.exp(-0.5 * (away / np.median(away)) ** 2)
    assert found[:, -19:] == pytest.approx((radial - radial.mean(0)) / radial.std(0), rel=1e-9, abs=1e-9)


def test_a_column_that_does_not_vary_says_nothing():
    wide = [np.concatenate([z[:, :1], np.full((len(z), 1), 7.0), z[:, 1:]], axis=1) / 64 for z in (X, Y)]
    found, plain = ratios.log_ratios(*wide, method="knn"), ratios.log_ratios(X, Y, method="knn")
    assert found.at_x == pytest.approx(plain.at_x, rel=1e-9) and found.at_y == pytest.approx(
        plain.at_y, rel=1e-9
    )
    assert [note[:20] for note in plain.notes] == ["knn in 2 dimensions "]
    (note,) = ratios.log_ratios(X[:, 0], Y[:, 0], method="knn").notes
    assert note.startswith("knn is biased downwards by about a standard error")

"""The three estimates of log(p/q) from samples, against what they say they are."""

import math

import numpy as np
import pytest
from scipy import optimize, special

from gantheory.divergences.sampling import ratios

RNG = np.random.default_rng(7)
X, Z = RNG.normal(0.0, 1.0, (40, 2)), RNG.normal(0.0, 1.0, (55, 2))
Y = 0.5 + 1.3 * Z


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


@pytest.mark.parametrize(("y", "which"), [(0.3 * Z, 0), (0.6 * Z, 1), (0.3 + 1.3 * Z, 2), (0.8 * Z, 3)])
def test_nearest_neighbours_give_the_ratio_of_their_densities(y, which):
    """p ~ k/(n - 1) over the volume to the k-th of its own kind, q ~ k/m over that of the other: of all k
    the one of least loss is taken, which is another one for each of these y."""
    n, m = len(X), len(y)
    own_x, other_x = np.sort(distances(X, X))[:, 1:], np.sort(distances(X, y))
    own_y, other_y = np.sort(distances(y, y))[:, 1:], np.sort(distances(y, X))
    candidates = []
    for k in (3, 6, 9, 13):  # n^.33, n^.5, n^.6 and n^.7
        at_x = np.log((k / (n - 1) / own_x[:, k - 1] ** 2) / (k / m / other_x[:, k - 1] ** 2))
        at_y = np.log((k / n / other_y[:, k - 1] ** 2) / (k / (m - 1) / own_y[:, k - 1] ** 2))
        candidates.append(tuple(np.clip(t, -math.log(n), math.log(n)) for t in (at_x, at_y)))
    best = min(candidates, key=lambda pair: ratios._log_loss(*pair))
    assert best is candidates[which]
    for found, wanted in zip(ratios._nearest(X, y), best, strict=True):
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
    for x, y in ((X, Y[:20]), (Y[:20], X)):
        found = ratios.log_ratios(x, y + 9.0, "classifier")
        assert found.at_x.max() == -found.at_y.min() == math.log(20)


@pytest.mark.parametrize(
    ("x", "y", "which"), [(X, 0.3 * Z, 0), (X, 0.6 * Z, 1), (X, 0.8 * Z, 2), (X[:, :1], 0.8 * Z[:, :1], 2)]
)
def test_kernels_are_of_one_width_in_whitened_coordinates(x, y, which):
    """Of .6, 1 and 1.6 times n^(-1/(d + 4)), n the smaller sample, the width of least loss."""
    n, m, d, given = len(x), len(y), x.shape[1], (x, y)
    if d > 1:
        root = np.linalg.inv(np.linalg.cholesky(np.cov(np.concatenate([x, y]).T)))
        x, y = x @ root.T, y @ root.T
    candidates = []
    for width in np.array([0.6, 1.0, 1.6]) * n ** (-1 / (d + 4)):
        near = [
            np.exp(-0.5 * (distances(one, other) / width) ** 2).sum(1) for one in (x, y) for other in (x, y)
        ]
        at_x = np.log((near[0] - 1) / (n - 1) / (near[1] / m))
        at_y = np.log(near[2] / n / ((near[3] - 1) / (m - 1)))
        candidates.append(tuple(np.clip(t, -math.log(n), math.log(n)) for t in (at_x, at_y)))
    best = min(candidates, key=lambda pair: ratios._log_loss(*pair))
    assert best is candidates[which]
    for found, wanted in zip(ratios._kernels(*given), best, strict=True):
        assert found == pytest.approx(wanted, rel=1e-6, abs=1e-6)


def standard(features):
    return (features - features.mean(0)) / features.std(0)


@pytest.mark.parametrize("d", [2, 3, 12, 13])
def test_features_of_the_classifier(d):
    """1, x, products, and Gaussians about a fifth of the samples, of the median distance and .35 of it, in
    standard units; products only where they are fewer than a fifth of the samples, and not of 13 columns."""
    z = np.random.default_rng(2).normal(size=(30 if d == 3 else 480 if d > 3 else 95, d))
    z[0, 0] = 1e9
    near = np.clip(z, -8.0, 8.0)
    linear = [near[:, i] for i in range(d)]
    pairs = [(i, j) for i in range(d) for j in range(i, d) if d < 13 or i == j]
    quadratic = [*linear, *(near[:, i] * near[:, j] for i, j in pairs)]
    sets = [linear] if d == 3 else [linear, quadratic]
    count = min(80, len(z) // 5)
    centers = near[np.random.default_rng(3).choice(len(z), count, replace=False)]
    away = distances(near, centers)
    typical = np.median(away)
    sets += [[*sets[-1], *np.exp(-0.5 * (away / w) ** 2).T] for w in (0.35 * typical, typical)]
    found = ratios._feature_sets(z, np.random.default_rng(3))
    assert [each.shape[1] for each in found] == [1 + len(each) for each in sets]
    for each, wanted in zip(found, sets, strict=True):
        assert (each[:, 0] == 1.0).all()
        np.testing.assert_allclose(each[:, 1:], standard(np.transpose(wanted)), rtol=1e-9, atol=1e-9)


def test_the_classifier_is_fitted_to_the_other_folds(monkeypatch):
    """Logits of a fifth of each kind by a regression on the rest, x and y of equal weight; of two ridges and
    two sets of features those of least loss."""
    monkeypatch.setattr(ratios, "_RIDGES", (30.0, 0.5))
    sets = [np.concatenate([np.ones((95, 1)), np.concatenate([X, Y])[:, :d]], axis=1) for d in (1, 2)]
    monkeypatch.setattr(ratios, "_feature_sets", lambda z, rng: sets)
    rng = np.random.default_rng(4)
    fold = np.concatenate([rng.permutation(np.arange(count) % 5) for count in (40, 55)])
    label = np.arange(95) < 40
    weight = np.where(label, 95 / 80, 95 / 110)
    candidates = []
    for features in sets:
        for pull in (30.0, 0.5):
            ridge, logit = np.r_[1e-9, np.full(features.shape[1] - 1, pull)], np.empty(95)
            for k in range(5):
                z, v, w = (each[fold != k] for each in (features, label, weight))
                beta = np.zeros(len(ridge))
                for _ in range(30):
                    p = special.expit(z @ beta)
                    gradient = z.T @ (w * (p - v)) + ridge * beta
                    beta = beta - np.linalg.solve((z.T * (w * p * (1 - p))) @ z + np.diag(ridge), gradient)
                logit[fold == k] = features[fold == k] @ beta
            candidates.append((logit[:40], logit[40:]))
    best = min(candidates, key=lambda pair: ratios._log_loss(*pair))
    for found, wanted in zip(ratios._classified(X, Y, np.random.default_rng(4)), best, strict=True):
        assert found == pytest.approx(wanted, abs=1e-5)


def test_of_many_samples_so_many_are_used(monkeypatch):
    monkeypatch.setattr(ratios, "_FITTED", 30)
    found, turned = (ratios.log_ratios(*pair, "kde", seed=5) for pair in ((X, Y[:25]), (Y[:25], X)))
    assert (found.at_x.size, found.at_y.size) == (turned.at_y.size, turned.at_x.size) == (30, 25)
    assert found.notes == turned.notes == ("at most 30 samples of each are used",)
    chosen = np.random.default_rng(5).permutation(X)[:30]
    assert ratios.log_ratios(chosen, Y[:25], "kde").at_x == pytest.approx(found.at_x, rel=1e-9)
    monkeypatch.setattr(ratios, "_FITTED", 31)
    assert ratios.log_ratios(X[:30], Y[:20], "kde").notes == ()


def test_a_column_of_one_value_but_for_a_few_is_scaled_by_its_deviation():
    """Its quartiles are one and the same."""
    x, y = X.copy(), Y.copy()
    x[:35, 1] = y[:50, 1] = 0.25
    both = np.concatenate([x, y])
    scale = np.diff(np.quantile(both[:, 0], [0.25, 0.75]))[0] / 1.35, both[:, 1].std()
    found, plain = ratios.log_ratios(x, y, "knn"), ratios._nearest(x / scale, y / scale)
    assert found.at_x == pytest.approx(plain[0], rel=1e-9) and found.at_y == pytest.approx(plain[1], rel=1e-9)


def test_auto_compares_in_three_dimensions_and_not_in_four(monkeypatch):
    monkeypatch.setattr(ratios, "_classified", lambda x, y, rng: (np.zeros(len(x)), np.zeros(len(y))))
    monkeypatch.setattr(ratios, "_nearest", lambda x, y: (np.ones(len(x)), -np.ones(len(y))))
    wide = [np.concatenate([z, z**2], axis=1) for z in (X, Y)]
    assert [ratios.log_ratios(*(z[:, :d] for z in wide)).method for d in (3, 4)] == ["knn", "classifier"]


def test_extreme_values_are_named():
    for x, y in ((X, Y), (Y, X)):
        far = np.concatenate([x, [[0.0, 1e3]]])
        for pair in ((far, y), (y, far)):
            assert any("heavy tails" in note for note in ratios.log_ratios(*pair, "kde").notes)


def test_a_column_that_does_not_vary_says_nothing():
    wide = [np.concatenate([z[:, :1], np.full((len(z), 1), 7.0), z[:, 1:]], axis=1) / 64 for z in (X, Y)]
    found, plain = ratios.log_ratios(*wide, method="knn"), ratios.log_ratios(X, Y, method="knn")
    assert found.at_x == pytest.approx(plain.at_x, rel=1e-9) and found.at_y == pytest.approx(
        plain.at_y, rel=1e-9
    )
    assert [note[:20] for note in plain.notes] == ["knn in 2 dimensions "]
    (note,) = ratios.log_ratios(X[:, 0], Y[:, 0], method="knn").notes
    assert note.startswith("knn is biased downwards by about a standard error")

"""MMD with a kernel, and metrics of flows, against sums written out and exact transport."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from gantheory.errors import MissingPackageError
from gantheory.ntk import flow_metrics
from gantheory.ntk.kernels import as_kernel, mlp, rbf
from gantheory.ntk.samples.mmd import mmd_squared


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(8)
    return rng.normal(size=(70, 2)), rng.normal(size=(45, 2)) + 1


def test_mmd_is_the_sum_over_pairs(data):
    x, y = data
    k = [np.exp(-0.3 * cdist(a, b) ** 2) for a, b in ((x, x), (x, y), (y, y))]
    assert mmd_squared(rbf(0.3), x, y) == pytest.approx(
        k[0].mean() - 2 * k[1].mean() + k[2].mean(), rel=1e-10
    )
    own = [(m.sum() - np.trace(m)) / (len(m) * (len(m) - 1)) for m in (k[0], k[2])]
    expected = own[0] + own[1] - 2 * k[1].mean()
    assert mmd_squared(rbf(0.3), x, y, unbiased=True) == pytest.approx(expected, rel=1e-9)
    assert mmd_squared(rbf(0.3), x, y, block=7) == pytest.approx(mmd_squared(rbf(0.3), x, y), rel=1e-12)


def test_mmd_with_a_linear_kernel_is_the_distance_of_means(data):
    x, y = data
    expected = ((x.mean(0) - y.mean(0)) ** 2).sum()
    assert mmd_squared(lambda a, b: a @ b.T, x, y) == pytest.approx(expected, rel=1e-10)


def test_unbiased_mmd_is_right_on_average():
    """For the kernel x y the distance of distributions is the squared difference of means, here 1."""
    rng = np.random.default_rng(2)
    linear = as_kernel(lambda a, b: a @ b.T)
    found = [
        mmd_squared(linear, rng.normal(1, 1, (6, 1)), rng.normal(0, 1, (5, 1)), unbiased=True)
        for _ in range(200)
    ]
    assert abs(np.mean(found) - 1) < 4 * np.std(found) / np.sqrt(200)


def test_mmd_of_a_sample_with_itself_is_zero(data):
    assert mmd_squared(mlp(), data[0], data[0][::-1]) < 1e-12
    with pytest.raises(ValueError, match="at least two points each"):
        mmd_squared(rbf(), [[0.0]], [[1.0], [2.0]], unbiased=True)


def test_sinkhorn_tends_to_half_the_squared_wasserstein_distance(data):
    pytest.importorskip("geomloss")
    x, y = data[0][:40], data[1][:40]
    cost = cdist(x, y) ** 2 / 2
    exact = cost[linear_sum_assignment(cost)].mean()
    assert flow_metrics.Sinkhorn(blur=0.01, scaling=0.98)(x, y) == pytest.approx(exact, rel=5e-3)
    # Two samples of one ring, whose distance is noise: the annealing ends early, and a slower one does not.
    rng = np.random.default_rng(0)
    ring = [np.stack([np.cos(k), np.sin(k)], 1) for k in np.pi / 4 * rng.integers(8, size=(2, 40))]
    x, y = (points + 0.02 * rng.normal(size=points.shape) for points in ring)
    cost = cdist(x, y) ** 2 / 2
    exact = cost[linear_sum_assignment(cost)].mean()
    assert flow_metrics.Sinkhorn(scaling=0.999)(x, y) == pytest.approx(exact, rel=1e-3)
    assert 0.5 < flow_metrics.Sinkhorn()(x, y) / exact < 0.95
    assert flow_metrics.Sinkhorn(blur=0.5, scaling=0.5)(x, x) == pytest.approx(0, abs=1e-6)


def test_a_missing_geomloss_is_named_with_the_command(monkeypatch, data):
    monkeypatch.setitem(__import__("sys").modules, "geomloss", None)
    with pytest.raises(MissingPackageError, match="pip install 'gantheory"):
        flow_metrics.Sinkhorn()(*data)


@pytest.mark.parametrize("exponent", [-500, 490])
def test_sinkhorn_in_any_unit(exponent):
    """S of points and blur times c is c^2 S, where squares of c leave floats' range as well."""
    x, y, unit = np.array([[0.0], [1.0]]), np.array([[0.3], [2.5]]), 2.0**exponent
    value = flow_metrics.Sinkhorn(blur=0.1 * unit)(x * unit, y * unit)
    assert value / unit / unit == pytest.approx(flow_metrics.Sinkhorn(blur=0.1)(x, y), rel=1e-12)
    assert value / unit / unit == pytest.approx((0.3**2 + 1.5**2) / 4, rel=0.05)


@pytest.mark.parametrize("unit", [1e-150, 1e-30, 1e-9])
def test_sinkhorn_below_its_blur_is_of_the_means(unit):
    x, y = np.array([[0.0, 0.0], [1.0, 3.0]]) * unit, np.array([[0.5, 1.0]]) * unit
    assert flow_metrics.Sinkhorn()(x, y) / unit / unit == pytest.approx(0.125, rel=1e-12)


def test_sinkhorn_far_from_zero():
    x, y = np.array([[0.0], [1.0]]), np.array([[0.25], [2.5]])
    near = flow_metrics.Sinkhorn(blur=0.1)(x, y)
    assert flow_metrics.Sinkhorn(blur=0.1)(x + 2.0**30, y + 2.0**30) == pytest.approx(near, rel=1e-9)


def test_sinkhorn_at_the_ends_of_floats():
    sinkhorn = flow_metrics.Sinkhorn()
    assert sinkhorn([[0.0]], [[1e-170]]) == 0.0  # 5e-341
    assert sinkhorn([[0.1]] * 3, [[0.1]]) == 0.0
    for far in (1e200, 1.7e308):
        with pytest.raises(
            OverflowError, match=r"the Sinkhorn divergence of points .* apart is above the largest"
        ):
            flow_metrics.Sinkhorn(blur=0.1 * far)([[-far]], [[far]])
        assert flow_metrics.Sinkhorn(blur=0.1 * far)([[-far], [far]], [[far], [-far]]) == 0.0


@pytest.mark.parametrize(("arguments", "message"), [((0.0, 0.5), "blur"), ((0.1, 1.0), "scaling")])
def test_bad_settings_of_sinkhorn(arguments, message):
    with pytest.raises(ValueError, match=f"{message} must be in"):
        flow_metrics.Sinkhorn(*arguments)

"""alpha_grid against the theory of one objective at a time, closed forms and limits."""

import math

import numpy as np
import pytest
from scipy import stats

import gantheory as gt
from gantheory import objectives as go

alpha_grid = gt.divergences.alpha_grid
P, Q = stats.norm(0, 1), stats.norm(1, 1.5)


@pytest.mark.parametrize("kind", ["equilibrium", "flow", "discriminator"])
@pytest.mark.parametrize("saturating", [True, False])
def test_each_pair_is_the_divergence_of_its_objective(kind, saturating):
    a = np.array([0.1, 0.5, 1.0, 2.0, 7.3])
    b = np.array([3.0, 1.2, 1.0, 0.9, math.inf])
    values = alpha_grid(a, b, P, Q, saturating=saturating, kind=kind)
    assert values.shape == (5,)
    for x, y, value in zip(a, b, values, strict=True):
        want = gt.derive(go.alpha_gan(x, y, saturating=saturating)).divergence(P, Q, kind=kind)
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


def test_extreme_alphas_against_the_theory():
    for a, b in ((0.01, 3), (1e6, 2), (0.5, 1e6)):
        want = gt.derive(go.alpha_gan(a, b)).divergence(P, Q).value
        assert float(alpha_grid(a, b, P, Q)) == pytest.approx(want, rel=1e-8)


def test_ten_thousand_pairs_are_finite_and_smooth():
    a, b = np.exp(np.random.default_rng(0).uniform(np.log(0.1), np.log(10), (2, 10_000)))
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

"""The NTK landscape against its definition: differences of the scores, and the linear flow in closed form."""

import numpy as np
import pytest
from scipy import stats

pytest.importorskip("jax")

import gantheory as gt
from gantheory import landscape
from gantheory.landscape import over_kernels
from gantheory.ntk import kernels

REAL, FAKE = np.array([-1.5, -1.0, -0.4]), np.array([0.6, 1.1])


def test_the_flow_of_an_ipm_is_linear_in_time():
    """A = v, B = -v: v_t(x) = t (mean k(x, real) - mean k(x, fake)); S = -v."""
    x = np.linspace(-2, 2, 9)
    table = landscape.kernels("wgan", ["rbf"], [0.5, 2.0], REAL, FAKE, x)
    kernel = lambda points: np.exp(-((x[:, None] - points[None, :]) ** 2)).mean(1)  # noqa: E731
    slope = lambda points: (  # noqa: E731
        -2 * (x[:, None] - points[None, :]) * np.exp(-((x[:, None] - points[None, :]) ** 2))
    ).mean(1)
    for t, rows in table.groupby("t"):
        np.testing.assert_allclose(rows["score"], t * (kernel(REAL) - kernel(FAKE)), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(rows["gradient"], -t * (slope(REAL) - slope(FAKE)), rtol=1e-9, atol=1e-12)


def test_the_gradient_is_the_derivative_of_the_loss_of_the_scores():
    x = np.sort(np.concatenate([[c - 1e-3, c, c + 1e-3] for c in (-1.2, 0.1, 0.9)]))
    table = landscape.kernels("lsgan(0, 1, 1)", ["erf"], 3.0, REAL, FAKE, x)
    loss = gt.objectives.lsgan(0, 1, 1).functions().S(table["score"].to_numpy())
    numeric = (loss[2::3] - loss[0::3]) / 2e-3
    np.testing.assert_allclose(table["gradient"][1::3], numeric, rtol=1e-5)


def test_without_bias_the_kernel_knows_only_the_side_of_zero():
    """A ReLU network without bias is positively homogeneous: on either side of 0 its score is linear in x."""
    x = np.array([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])
    score = landscape.kernels("lsgan(0, 1, 1)", "relu-no-bias", 2.0, REAL, FAKE, x)["score"].to_numpy()
    np.testing.assert_allclose(score[:3] / x[:3], score[0] / x[0], rtol=1e-8)
    np.testing.assert_allclose(score[3:] / x[3:], score[3] / x[3], rtol=1e-8)
    assert score[0] / x[0] != pytest.approx(score[3] / x[3], rel=0.1)


def test_over_a_shift_it_is_the_size_of_the_field_at_the_moved_points():
    table = landscape.kernel_shift("lsgan(0, 1, 1)", [-1.0, 2.0], ["rbf"], [1.0], REAL, FAKE)
    for row in table.itertuples():
        at = np.sort(FAKE + row.shift)
        gradient = landscape.kernels("lsgan(0, 1, 1)", ["rbf"], 1.0, REAL, FAKE + row.shift, at)["gradient"]
        assert row.gradient == pytest.approx(np.sqrt((gradient**2).mean()), rel=1e-9)
        assert row.total_gradient == pytest.approx(gradient.mean(), rel=1e-9)


def test_over_the_alphas_it_is_the_size_of_the_field_of_each_pair():
    seen = []
    listener = lambda *counts: seen.append(counts)  # noqa: E731
    table = landscape.kernel_alpha([0.5, 1.0], [0.6, 1.0], ["rbf"], [1.0], REAL, FAKE, listener=listener)
    assert seen[-1] == (3, 3) and len(table) == 8
    at = np.sort(FAKE)
    pairs = table[(table["alpha_d"] == 0.5) & (table["alpha_g"] == 0.6)]
    assert sorted(pairs["saturating"]) == [False, True]
    for row in pairs.itertuples():
        spec = gt.objectives.alpha_gan(row.alpha_d, row.alpha_g, saturating=row.saturating)
        gradient = landscape.kernels(spec, ["rbf"], 1.0, REAL, FAKE, at)["gradient"]
        assert row.gradient == pytest.approx(np.sqrt((gradient**2).mean()), rel=1e-6)
    vanilla = table[(table["alpha_d"] == 1) & (table["alpha_g"] == 1)]
    np.testing.assert_allclose(vanilla["relative"], 1, rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("rbf", kernels.rbf(1.0)),
        ("erf", kernels.mlp(depth=3, activation="erf", w_std=1.0, b_std=1.0)),
        ("relu", kernels.mlp(depth=3, activation="relu", w_std=1.0, b_std=1.0)),
        ("relu_no_bias", kernels.mlp(depth=3, activation="relu", w_std=1.0, b_std=0.0)),
    ],
)
def test_kernels_that_go_by_name(name, same):
    assert repr(over_kernels.named_kernel(name)) == repr(same) and "object at" not in repr(same)


class Still:
    """A flow of scores 0 with slope 1; the points that it was asked for are kept."""

    def __init__(self, objective, kernel, real, fake):
        ASKED.append((real, fake))

    def scores(self, x, times):
        return np.zeros((len(times), len(x)))

    def field(self, x, times):
        return np.ones((len(times), len(x), 1))


ASKED = []


def test_what_is_drawn_where_nothing_is_said(monkeypatch):
    monkeypatch.setattr(over_kernels, "_flow", Still)
    quantiles = stats.norm.ppf((np.arange(48) + 0.5) / 48) / 2
    centers = {}
    for call in (landscape.kernels, landscape.kernel_shift, landscape.kernel_alpha):
        ASKED.clear()
        table = call(of=["rbf"]) if call is landscape.kernel_alpha else call("vanilla", of=["rbf"])
        for points in ASKED[0]:
            np.testing.assert_allclose(points - points.mean(), quantiles, atol=1e-14)
        centers[call.__name__] = [round(points.mean(), 9) for points in ASKED[0]]
        if call is landscape.kernels:
            assert list(table["t"].unique()) == [0.1, 1, 10]
            reach = 1 + quantiles[-1]
            np.testing.assert_allclose(
                table["x"][:200], np.linspace(-1.5 * reach, 1.5 * reach, 200), rtol=1e-12
            )
        elif call is landscape.kernel_shift:
            np.testing.assert_allclose(table["shift"].unique(), np.linspace(-4, 4, 13), atol=1e-14)
            assert (table["gradient"] == 1).all() and (table["total_gradient"] == -1).all()
        else:
            np.testing.assert_allclose(table["alpha_d"].unique(), np.geomspace(0.2, 5, 9), rtol=1e-14)
            np.testing.assert_allclose(table["alpha_g"].unique(), np.geomspace(0.2, 5, 61), rtol=1e-14)
            assert list(table["t"].unique()) == [1] and (table["D"] == 0.5).all()
    assert centers == {"kernels": [-1, 1], "kernel_shift": [0, -4], "kernel_alpha": [-1, 1]}


def test_the_range_of_data_in_one_place_is_one_to_each_side(monkeypatch):
    monkeypatch.setattr(over_kernels, "_flow", Still)
    one = np.full((1, 1), 3.0)
    for points, x in ((3, [2, 3, 4]), (2, [2, 4])):
        assert list(landscape.kernels("vanilla", "rbf", 1.0, one, one, points=points)["x"]) == x
    with pytest.raises(ValueError, match="points must be"):
        landscape.kernels("vanilla", "rbf", 1.0, one, one, points=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("vanilla", ["relU"]), "did you mean 'relu'"),
        (("vanilla", ["relu", "relu"]), "kernels must be different"),
        (("vanilla", ["rbf"], [0.0, 1.0]), "times must be positive"),
        (("vanilla", ["rbf"], [2.0, 1.0]), "times must increase"),
        (("vanilla", ["rbf"], 1.0, np.ones((2, 2))), "real must hold finite points on the line"),
        (("vanilla", []), "at least one of relu"),
        (("vanilla", ["rbf"], 1.0, REAL, FAKE, [1.0, 0.0]), "x must increase"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        landscape.kernels(*arguments)

"""Gradient penalties of scores whose slopes are known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.func import grad, vmap

from gantheory.training import GanConfig, train_run
from gantheory.training.inputs.batches import Batches
from gantheory.training.remedies import R1, R2, Dragan, GradientPenalty, LsganPenalty, PullingAway, ReverseKL

W = torch.linspace(-1, 2, 12, dtype=torch.float64).reshape(3, 2, 2)


def linear(x: Tensor) -> Tensor:
    """Slope W everywhere."""
    return (x * W).flatten(1).sum(1)


def bowl(x: Tensor) -> Tensor:
    """Slope x."""
    return x.square().flatten(1).sum(1) / 2


def points(seed: int) -> Tensor:
    return torch.randn(5, 3, 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def draw(remedy: Any) -> Tensor:
    drawn: Tensor = remedy.draw(5, (3, 2, 2), torch.Generator().manual_seed(3))
    return drawn.double()


@pytest.mark.parametrize(
    ("remedy", "factor"), [(GradientPenalty(10), 10), (Dragan(7), 7), (LsganPenalty(3), 3)]
)
def test_one_centred_penalties_of_a_linear_score(remedy: Any, factor: float) -> None:
    found = remedy.penalty(linear, points(0), points(1), draw(remedy))
    torch.testing.assert_close(found, factor * (W.norm() - 1) ** 2)  # the norm over all twelve coordinates


@pytest.mark.parametrize("remedy", [R1(0.3), R2(0.3)])
def test_zero_centred_penalties_have_a_half(remedy: Any) -> None:
    real, fake = points(0), points(1)
    where = real if isinstance(remedy, R1) else fake
    torch.testing.assert_close(remedy.penalty(linear, real, fake, draw(remedy)), 0.15 * W.square().sum())
    by_hand = 0.15 * sum(float(row.square().sum()) for row in where) / 5
    assert float(remedy.penalty(bowl, real, fake, draw(remedy))) == pytest.approx(by_hand, rel=1e-12)


def test_where_the_slopes_are_taken() -> None:
    real, fake = points(0), points(1)

    def expected(x: Tensor) -> Tensor:
        return (x.flatten(1).norm(dim=1) - 1).square().mean()

    for remedy, at in (
        (GradientPenalty(1), lambda e: e.view(-1, 1, 1, 1) * real + (1 - e).view(-1, 1, 1, 1) * fake),
        (Dragan(1, 0.5), lambda u: real + 0.5 * math.sqrt(((real - real.mean()) ** 2).mean()) * u),
        (LsganPenalty(1, 30), lambda u: real + 30 * u),
    ):
        drawn = draw(remedy)
        found = remedy.penalty(bowl, real, fake, drawn)
        torch.testing.assert_close(found, expected(at(drawn)), rtol=1e-10, atol=0)


def test_displacements_are_one_sided_with_one_length_a_row() -> None:
    drawn = Dragan().draw(4000, (6,), torch.Generator().manual_seed(0)).double()
    # The product of two uniforms: mean 1/4, second moment 1/9; two coordinates share a: E a^2/4 = 1/12.
    assert drawn.min() >= 0 and drawn.mean() == pytest.approx(1 / 4, abs=0.012)
    assert drawn.square().mean() == pytest.approx(1 / 9, abs=0.01)
    assert (drawn[:, 0] * drawn[:, 1]).mean() == pytest.approx(1 / 12, abs=0.01)


def test_the_wgan_critic_of_two_points() -> None:
    """Real at 0, fake at theta, D(x) = w x: w = -sign(theta)(1 + |theta|/(2 weight)) maximises
    E_r v - E_g v - penalty."""
    weight, theta = 10.0, 3.0
    real, fake = torch.zeros(1, 1, dtype=torch.float64), torch.full((1, 1), theta, dtype=torch.float64)

    def loss(w: Tensor) -> Tensor:
        score = lambda x: (x * w).sum(1)  # noqa: E731
        penalty = GradientPenalty(weight).penalty(score, real, fake, torch.tensor([0.4], dtype=torch.float64))
        return score(fake).mean() - score(real).mean() + penalty

    best = torch.tensor(-(1 + theta / (2 * weight)), dtype=torch.float64)
    assert abs(float(grad(loss)(best))) < 1e-6
    assert float(-loss(best)) == pytest.approx(theta + theta**2 / (4 * weight), rel=1e-9)


def test_pulling_away_of_known_angles() -> None:
    """1 for one direction, 0 for orthogonal ones, 1/4 at 60 degrees, 1 for opposite ones: squares."""
    half, nothing = math.sqrt(3) / 2, torch.empty(0)
    for pair, expected in (
        ([[1, 2], [2, 4]], 1),
        ([[1, 0], [0, 3]], 0),
        ([[1, 0], [0.5, half]], 0.25),
        ([[1, 0], [-2, 0]], 1),
    ):
        x = torch.tensor(pair, dtype=torch.float64)
        found = PullingAway(0.1).generator_penalty(bowl, x, nothing)
        assert float(found) == pytest.approx(0.1 * expected, abs=1e-12)
    three = torch.tensor([[1.0, 0], [0, 1], [1, 1]])  # of three pairs, two at 45 degrees
    assert float(PullingAway(1).generator_penalty(bowl, three, nothing)) == pytest.approx(1 / 3)
    assert float(PullingAway(1).generator_penalty(bowl, three[:1], nothing)) == 0


@pytest.mark.parametrize(("dtype", "rounding"), [(torch.float32, 5e-5), (torch.float64, 1e-13)])
@pytest.mark.parametrize("size", [1.0, 1e-3, 1e-6])
def test_the_gradient_of_pulling_away_is_exact_to_rounding_about_the_origin(
    dtype: torch.dtype, rounding: float, size: float
) -> None:
    """At x_i = r_i (cos a_i, sin a_i) it is -2/(n (n - 1)) sum_j sin 2(a_i - a_j)/r_i along the angle,
    a sum of 63 terms of either sign that keeps a fiftieth of them."""
    drawn = np.random.default_rng(0)
    angles, radii = drawn.uniform(0, 2 * np.pi, 64), size * drawn.uniform(0.01, 2, 64)
    x = torch.tensor(radii * np.array([np.cos(angles), np.sin(angles)])).mT.to(dtype)
    found = grad(lambda points: PullingAway(1).generator_penalty(bowl, points, torch.empty(0)))(x).numpy()
    angles, radii = np.arctan2(*x.double().numpy().T[::-1]), np.linalg.norm(x.double().numpy(), axis=1)
    turn = -2 * np.sin(2 * (angles[:, None] - angles)).sum(1) / (64 * 63) / radii
    expected = turn * np.array([-np.sin(angles), np.cos(angles)])
    off, whole = (np.linalg.norm(x, axis=0) * radii for x in (found.T - expected, expected))
    assert off.max() < rounding * whole.max()


def test_pulling_away_is_in_the_generators_loss(game: Callable[..., GanConfig]) -> None:
    settings = {"discriminator_optimizer": "sgd", "max_steps": 1, "seeds": [0], "learning_rate": 1e-9}
    plain, pulled = (
        train_run(game(**settings, remedies=each), progress=False) for each in ([], ["pulling_away(3)"])
    )
    config = game(**settings)
    _, noise, _ = next(iter(Batches(config, [0])))
    points = config.networks.of_seed(0)[0].double()(noise[0]).detach()
    directions = points / points.norm(dim=1, keepdim=True)
    pairs = [float(directions[i] @ directions[j]) ** 2 for i in range(8) for j in range(8) if i != j]
    added = pulled.history["generator_loss"].iloc[0] - plain.history["generator_loss"].iloc[0]
    assert added == pytest.approx(3 * sum(pairs) / 56, rel=1e-6)


def test_a_flat_score_has_a_finite_slope_of_its_penalty() -> None:
    def loss(w: Tensor) -> Tensor:
        score = lambda x: (x * w).sum(1)  # noqa: E731
        x = torch.ones(3, 2)
        return GradientPenalty(1).penalty(score, x, x, torch.zeros(3))  # type: ignore[return-value]

    slopes = vmap(grad(loss))(torch.zeros(2, 2))
    assert bool(slopes.isfinite().all())


@pytest.mark.parametrize("kind", [R1, R2, GradientPenalty, Dragan, LsganPenalty])
@pytest.mark.parametrize("value", [-1, math.inf, math.nan, "1", True])
def test_weights_are_checked(kind: Any, value: Any) -> None:
    with pytest.raises(ValueError, match=r"(gamma|weight) must be (in \[0, inf\)|a real number), got "):
        kind(value)


def test_the_reverse_divergence_of_two_normal_laws() -> None:
    """N(0, 1) is real and N(m, 1) generated: at v = log(p_r/p_g) it is KL = m^2/2."""
    m = 0.7
    nodes = torch.linspace(-8, 8, 4001, dtype=torch.float64) + m
    share = torch.exp(-((nodes - m) ** 2) / 2) / math.sqrt(2 * math.pi) * 16 / 4000
    mean_of_weighted = lambda x: (((x - m) ** 2 - x**2) / 2)[:, 0] * share * 4001  # noqa: E731
    found = ReverseKL(2).generator_penalty(mean_of_weighted, nodes[:, None], torch.empty(0))
    assert float(found) == pytest.approx(2 * m**2 / 2, rel=1e-6)

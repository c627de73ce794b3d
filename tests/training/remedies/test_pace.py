"""Remedies of the pace: the gap-aware rate, margin skip, balance by losses."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from gantheory.objectives import hinge, lsgan, relativistic, vanilla, wgan
from gantheory.objectives.torch_loss import batch_losses
from gantheory.training import GanConfig, train_run
from gantheory.training.remedies import GapAware, LossBalance, MarginSkip, Play, ideal_loss

NONE = torch.empty(0)


def play(loss: float = 0.0, real: float = 0.0, fake: float = 0.0) -> Play:
    scores = [torch.full((4,), value, dtype=torch.float64) for value in (real, fake)]
    losses = batch_losses(vanilla(saturating=False))
    return Play(torch.tensor(loss, dtype=torch.float64), losses, *scores, torch.zeros(4, 2), [])


PARAMETERS = [torch.zeros(2, dtype=torch.float64)]


@pytest.mark.parametrize(
    ("share", "factor"),
    [(0, 1), (0.05, math.sqrt(2)), (0.2, 2), (-0.05, 10**-0.5), (-0.2, 0.1), (5, 2), (-1, 0.1)],
)
def test_gap_aware_factors_as_published(share: float, factor: float) -> None:
    """f_max^(x/x_max) and h_min^(x/x_min), with x_max = x_min = V*/10."""
    ideal = torch.tensor(math.log(4), dtype=torch.float64)
    d, g = GapAware().pace((ideal * (1 + share), ideal))
    assert float(d) == pytest.approx(factor, rel=1e-12) and g == 1


def test_gap_aware_remembers_a_running_mean_from_the_ideal_loss() -> None:
    remedy = GapAware()
    memory = remedy.start(PARAMETERS, (2,), vanilla(saturating=False))
    assert [float(each) for each in memory] == pytest.approx([math.log(4)] * 2, rel=1e-12)
    by_hand = math.log(4)
    for loss in (1.0, 2.0, 0.3):
        memory = remedy.remember(memory, play(loss), NONE)
        by_hand = 0.95 * by_hand + 0.05 * loss
        assert float(memory[0]) == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize(
    ("objective", "ideal"),
    [
        (vanilla(), math.log(4)),
        (hinge(), 2),
        (lsgan(0, 1, 1), 1 / 4),
        (wgan(), 0),
        (relativistic(average=False), math.log(2)),
        (relativistic(), 2 * math.log(2)),
        (relativistic("least_squares"), 2),
    ],
    ids=lambda each: getattr(each, "name", None),
)
def test_ideal_losses(objective: Any, ideal: float) -> None:
    assert ideal_loss(objective) == pytest.approx(ideal, abs=1e-12)


def test_the_step_takes_the_rate_of_its_own_batch(game: Callable[..., GanConfig]) -> None:
    """One plain step of descent, scaled: the loss of that batch counts before its update is made."""
    settings = {"discriminator_optimizer": "sgd", "max_steps": 1, "seeds": [0]}
    remedy = GapAware(scale=0.1)
    before = game(**settings).networks.of_seed(0)[1]
    start = torch.cat([each.detach().flatten() for each in before.parameters()]).double()
    runs = [train_run(game(**settings, remedies=each), progress=False) for each in ([], [remedy])]
    plain, scaled = (run._ensembles[0].players()[1].weights[0] - start for run in runs)
    loss = runs[0].history["discriminator_loss"].iloc[0]
    gap = 0.05 * (loss - math.log(4))
    assert abs(gap) > 1e-4
    factor = 2 ** min(gap / 0.1, 1) if gap > 0 else 0.1 ** min(-gap / 0.1, 1)
    torch.testing.assert_close(scaled, factor * plain, rtol=1e-8, atol=1e-15)


def score_of_error(error: float) -> float:
    """v with softplus(v) = error."""
    return math.log(math.expm1(error))


@pytest.mark.parametrize("on_real", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("on_fake", [0.1, 0.5, 0.9])
def test_margin_skip_has_the_published_truth_table(on_real: float, on_fake: float) -> None:
    errors = (on_real, on_fake)
    low, high = any(each < 0.3 for each in errors), any(each > 0.7 for each in errors)
    expected = {(False, False): (1, 1), (True, False): (0, 1), (False, True): (1, 0), (True, True): (1, 1)}
    seen = play(real=-score_of_error(on_real), fake=score_of_error(on_fake))
    memory = MarginSkip(0.3).remember(MarginSkip().start(PARAMETERS, (2,), vanilla()), seen, NONE)
    assert tuple(float(each) for each in MarginSkip().pace(memory)) == expected[low, high]


@pytest.mark.parametrize(
    ("d_bound", "g_bound", "expected"), [(1, 0.5, (1, 1)), (2, 0.5, (0, 1)), (1, 1, (1, 0)), (2, 1, (1, 1))]
)
def test_loss_balance_compares_each_player_with_its_bound(
    d_bound: float, g_bound: float, expected: tuple[int, int]
) -> None:
    # At scores of 0 the non-saturating generator's loss is log 2.
    memory = LossBalance(d_bound, g_bound).remember((), play(loss=1.5), NONE)
    assert tuple(float(each) for each in LossBalance().pace(memory)) == expected


@pytest.mark.parametrize(("remedy", "paused"), [(MarginSkip(0.5), 0), (LossBalance(100, -100), 1)])
def test_a_player_that_pauses_keeps_weights_and_moments(
    game: Callable[..., GanConfig], remedy: Any, paused: int
) -> None:
    """At the start both errors are about log 2 > 1 - 1/2: the generator pauses."""
    config = game(remedies=[remedy], max_steps=1)
    players = train_run(config, progress=False)._ensembles[0].players()
    assert players[1 - paused].updates.tolist() == [1, 1, 1]
    assert players[paused].updates.tolist() == [0, 0, 0]
    assert not players[paused].m.any() and not players[paused].v.any()
    for k in range(3):
        module = config.networks.of_seed(k)[paused]
        start = torch.cat([each.detach().flatten() for each in module.parameters()])
        kept: Tensor = players[paused].weights[k]
        torch.testing.assert_close(kept, start.double(), rtol=0, atol=0)

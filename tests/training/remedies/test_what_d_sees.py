"""Labels, noise and old points: what the discriminator is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from gantheory.objectives import relativistic, vanilla
from gantheory.objectives.torch_loss import batch_losses
from gantheory.training import GanConfig, train_run
from gantheory.training.inputs.batches import Batches
from gantheory.training.remedies import (
    FAKE,
    GENERATED,
    REAL,
    ExperienceReplay,
    FlippedLabels,
    InstanceNoise,
    LabelSmoothing,
    NoisyLabels,
    Play,
)


def first_losses(config: GanConfig, of: Callable[..., Any]) -> tuple[float, float]:
    """D's loss in the first step of seed 0, and what `of` makes of the modules and the batch."""
    run = train_run(config, progress=False)
    g, d = (network.double() for network in config.networks.of_seed(0))
    real, noise, draws = next(iter(Batches(config, [0])))
    expected = of(g, d, real[0], g(noise[0]), [draw[0, 0] for draw in draws[:-1]])
    return run.history["discriminator_loss"].iloc[0], expected.item()


def test_smoothed_labels_are_cross_entropy_with_soft_targets(game: Callable[..., GanConfig]) -> None:
    def by_hand(g: Any, d: Any, x: Any, y: Any, draws: Any) -> Any:
        scores = d(x).flatten(), d(y).flatten()
        targets = torch.full_like(scores[0], 0.9), torch.full_like(scores[1], 0.1)
        return sum(map(binary_cross_entropy_with_logits, scores, targets))

    found, expected = first_losses(game(seeds=[0], remedies=["label_smoothing(0.9, 0.1)"]), by_hand)
    assert found == pytest.approx(expected, rel=1e-10)


def test_a_label_becomes_the_same_share_of_the_two_soft_ones() -> None:
    given = torch.tensor([0.0, 0.25, 1.0], dtype=torch.float64)
    for labels in LabelSmoothing(0.8, 0.1).labels(given, given, torch.empty(0)):
        torch.testing.assert_close(labels, torch.tensor([0.1, 0.275, 0.8], dtype=torch.float64))


def test_noisy_labels_above_one_and_flips_in_their_order(game: Callable[..., GanConfig]) -> None:
    def by_hand(g: Any, d: Any, x: Any, y: Any, draws: Any) -> Any:
        flips, noise = draws
        real = torch.where(flips[0] < 0.4, 0.0 + 0.3 * noise[0], 0.7 + 0.5 * noise[0])
        fake = torch.where(flips[1] < 0.4, 0.7 + 0.5 * noise[1], 0.0 + 0.3 * noise[1])
        assert (flips < 0.4).any() and not (flips < 0.4).all()
        return binary_cross_entropy_with_logits(d(x).flatten(), real) + binary_cross_entropy_with_logits(
            d(y).flatten(), fake
        )

    config = game(seeds=[0], remedies=[FlippedLabels(0.4), NoisyLabels(0.7, 1.2, 0, 0.3)])
    found, expected = first_losses(config, by_hand)
    assert found == pytest.approx(expected, rel=1e-6)


def test_flips_have_their_rate() -> None:
    drawn = FlippedLabels(0.05).draw(20_000, (2,), torch.Generator().manual_seed(0))
    real, fake = FlippedLabels(0.05).labels(torch.ones(20_000), torch.zeros(20_000), drawn)
    # Five standard errors of a share.
    assert float(real.mean()) == pytest.approx(0.95, abs=0.008)
    assert float(fake.mean()) == pytest.approx(0.05, abs=0.008)
    assert abs(float(torch.corrcoef(torch.stack([real, fake]))[0, 1])) < 0.04


def test_r3gan_is_a_pair_loss_with_both_penalties(game: Callable[..., GanConfig]) -> None:
    def by_hand(g: Any, d: Any, x: Any, y: Any, draws: Any) -> Any:
        x, y = x.clone().requires_grad_(), y.detach().requires_grad_()
        loss = torch.nn.functional.softplus(d(y).flatten() - d(x).flatten()).mean()
        for points in (x, y):
            (slope,) = torch.autograd.grad(d(points).sum(), points, create_graph=True)
            loss = loss + 0.7 / 2 * (slope**2).sum(1).mean()
        return loss

    config = game(
        seeds=[0], objective=relativistic("standard", average=False), remedies=["r1(0.7)", "r2(0.7)"]
    )
    found, expected = first_losses(config, by_hand)
    assert found == pytest.approx(expected, rel=1e-10)


def test_instance_noise_falls_linearly_and_differs_between_whose_points() -> None:
    remedy = InstanceNoise(0.2, decay_steps=4)
    drawn = remedy.draw(5000, (2,), torch.Generator().manual_seed(0))
    points = torch.zeros(5000, 2)
    for step, std in ((1, 0.2), (2, 0.15), (3, 0.1), (4, 0.05), (5, 0.0), (9, 0.0)):
        seen = remedy.view(points, drawn, torch.tensor(step), REAL)
        assert float(seen.std()) == pytest.approx(std, rel=0.05)
    always = [
        InstanceNoise(0.2).view(points, drawn, torch.tensor(99), whose) for whose in (REAL, FAKE, GENERATED)
    ]
    assert all(float(each.std()) == pytest.approx(0.2, rel=0.05) for each in always)
    together = torch.corrcoef(torch.stack([each.flatten() for each in always]))
    assert float((together - torch.eye(3)).abs().max()) < 0.05


def seen_of(points: torch.Tensor) -> Play:
    return Play(torch.tensor(0.0), batch_losses(vanilla()), points[:, 0], points[:, 0], points, [])


def test_replay_keeps_the_last_points_and_shows_them() -> None:
    remedy = ExperienceReplay(size=5, rate=1)
    batches = [torch.full((3, 2), float(k)) + torch.arange(3)[:, None] / 10 for k in range(1, 4)]
    memory = remedy.start([torch.zeros(1)], (2,), vanilla())
    draw = torch.tensor([[0.3, 0.9, 0.0], [0.0, 0.5, 0.999]])
    torch.testing.assert_close(remedy.mix(batches[0], memory, draw), batches[0])  # nothing to show yet
    memory = remedy.remember(memory, seen_of(batches[0]), draw)
    # Three kept: slots floor(3 u) = 0, 1, 2.
    torch.testing.assert_close(remedy.mix(batches[1], memory, draw), batches[0])
    half = ExperienceReplay(size=5, rate=0.5).mix(batches[1], memory, draw)
    torch.testing.assert_close(half[:, 0], torch.tensor([1.0, 2.1, 1.2]))
    for batch in batches[1:]:
        memory = remedy.remember(memory, seen_of(batch), draw)
    kept = memory[0][:, 0].tolist()
    assert sorted(kept) == pytest.approx([2.1, 2.2, 3.0, 3.1, 3.2])  # the last five of nine
    assert int(memory[1]) == 9


def test_more_points_than_are_kept() -> None:
    remedy = ExperienceReplay(size=2)
    memory = remedy.start([torch.zeros(1)], (2,), vanilla())
    points = torch.arange(6.0).reshape(3, 2)
    memory = remedy.remember(memory, seen_of(points), torch.empty(0))
    torch.testing.assert_close(memory[0], points[:2])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: LabelSmoothing(1.1), r"real must be in \[0, 1\], got 1.1"),
        (lambda: LabelSmoothing(0.5, 0.5), "fake must be below real = 0.5, got 0.5"),
        (lambda: NoisyLabels(0.9, 1.3), r"their middle in \[0, 1\], got 0.9 and 1.3"),
        (lambda: NoisyLabels(0.9, 0.8), "must be in order"),
        (lambda: FlippedLabels(0.5), "rate must be below 1/2"),
        (lambda: InstanceNoise(-1), r"std must be in \[0, inf\), got -1"),
        (lambda: ExperienceReplay(0), "size must be a positive integer, got 0"),
        (lambda: ExperienceReplay(3, 2), r"rate must be in \[0, 1\], got 2"),
    ],
)
def test_bad_values_are_one_line(make: Callable[[], Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make()

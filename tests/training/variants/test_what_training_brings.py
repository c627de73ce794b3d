"""Short runs that show what a variant is for, each beside a control."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from gantheory.datasets import ring
from gantheory.objectives import ebgan, wgan
from gantheory.training import GanConfig, train_run

SHORT: dict[str, Any] = {
    "latent": 8, "batch": 64, "epochs": 1000, "train_samples": 2000, "test_samples": 500, "seeds": range(2),
    "dtype": "float32", "learning_rate": 1e-3, "betas": (0.5, 0.999), "networks": "mlp(64, 2)",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["cgan", "acgan"])
def test_points_lie_in_the_mode_that_is_asked_for(game: Callable[..., GanConfig], variant: str) -> None:
    """Of eight modes: one in eight points would by chance."""
    run = train_run(game(**SHORT, variant=variant, max_steps=500), progress=False)
    labels = torch.arange(8).repeat(50)
    for k in range(2):
        noise = torch.randn(400, 8, generator=torch.Generator().manual_seed(k))
        with torch.no_grad():
            points = run.networks(k)[0](noise, torch.eye(8)[labels])
        assert np.mean(ring().component(points.numpy()) == labels.numpy()) > 0.9
    assert (run.table["modes"] == 8).all()


@pytest.mark.slow
def test_codes_can_be_read_off_the_points(game: Callable[..., GanConfig]) -> None:
    """Nearly all log 8 = 2.08 nats of the category; without weight nothing is learned of it."""
    known = []
    for weight in (1, 0):
        config = game(**SHORT, variant=f"infogan(8, 0, weight={weight})", max_steps=500)
        generator, discriminator = train_run(config, progress=False).networks(0)
        code = torch.eye(8).repeat(50, 1)
        with torch.no_grad():
            points = generator(torch.randn(400, 8, generator=torch.Generator().manual_seed(0)), code)
            known.append(float(config.variant.information(discriminator(points)[1], code)))
    assert 0.9 * math.log(8) < known[0] < math.log(8) and known[1] < 0.2


@pytest.mark.slow
def test_the_loss_of_an_ebgan_goes_to_its_margin(game: Callable[..., GanConfig]) -> None:
    """The ideal loss of the objective, whatever the energies of both."""
    settings = {**SHORT, "networks": "mlp(128, 1)", "data": "digits", "objective": ebgan(3), "seeds": [0]}
    run = train_run(game(**settings, variant="ebgan", max_steps=1000), progress=False)
    assert run.history["discriminator_loss"].tail(50).mean() == pytest.approx(3, rel=0.25)
    assert run.table["energy_distance"][0] < 0.6  # 2.6 at the start


@pytest.mark.slow
@pytest.mark.parametrize("diversity", [0.3, 0.8])
def test_the_balance_of_errors_is_the_asked_diversity(
    game: Callable[..., GanConfig], diversity: float
) -> None:
    settings = {**SHORT, "objective": wgan(), "data": "digits", "max_steps": 600, "seeds": [0]}
    run = train_run(game(**settings, variant=f"began({diversity}, 0.1, 16)"), progress=False)
    real = run.config.data.batch(np.arange(1000))
    assert run.scores(run.samples[0]).mean() / run.scores(real).mean() == pytest.approx(diversity, rel=0.3)

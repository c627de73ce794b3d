"""CGAN, ACGAN and InfoGAN against losses by hand, PyTorch's own and closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gantheory.datasets import Labelled
from gantheory.objectives import vanilla
from gantheory.training import GanConfig, train_run
from gantheory.training.variants import InfoGAN
from gantheory.training.variants.conditional.acgan import cross_entropy
from gantheory.training.variants.conditional.modules import BesidePoints, Headed, beside


def non_saturating(real: Tensor, fake: Tensor) -> tuple[float, float]:
    ones, zeros = torch.ones_like(real), torch.zeros_like(fake)
    bce = F.binary_cross_entropy_with_logits
    return (bce(real, ones) + bce(fake, zeros)).item(), bce(fake, ones).item()


def test_both_players_of_a_cgan_know_the_label(first_step: Callable[..., Any]) -> None:
    step = first_step(variant="cgan(3)")
    assert step.labels.shape == (8, 8) and bool((step.labels.sum(1) == 1).all())
    at_data = torch.tensor([[math.cos(k * math.pi / 4), math.sin(k * math.pi / 4)] for k in range(8)])
    assert float((step.labels @ at_data.double() - step.real).abs().max()) < 0.06  # the modes are the labels
    fake = step.generator(step.noise, step.labels)
    scores = [step.discriminator(x, step.labels).flatten() for x in (step.real, fake)]
    assert step.losses == pytest.approx(non_saturating(*scores), rel=1e-6)
    exchanged = step.discriminator(step.real, step.labels.flip(0)).flatten()
    assert not torch.allclose(exchanged, scores[0], rtol=1e-3)


def test_the_label_is_one_more_channel_of_pictures(first_step: Callable[..., Any]) -> None:
    step = first_step(variant="cgan", data="digits", networks="dcgan(4)")
    x = step.real
    assert step.discriminator(x, step.labels).shape == (8, 1)
    assert step.discriminator.network[0].in_channels == 2  # type: ignore[union-attr,index]
    plane = step.discriminator.embed(step.labels).view(8, 1, 8, 8)  # type: ignore[operator]
    found = step.discriminator.network(torch.cat([x, plane], 1))  # type: ignore[operator]
    torch.testing.assert_close(found, step.discriminator(x, step.labels))


class Table(nn.Module):
    """Any function of one of three states and of one of two labels."""

    def __init__(self) -> None:
        super().__init__()
        self.scores = nn.Parameter(torch.zeros(3, 2))

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """(n,)."""
        told = torch.full_like(x[:, :2], 0.5) if label is None else label
        return ((x @ self.scores) * told).sum(1)


class Swapped(nn.Module):
    """The states of the other label."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(1))

    def forward(self, noise: Tensor, label: Tensor | None = None) -> Tensor:
        """One-hot (n, 3): the middle state or that at one end."""
        if label is None:
            label = torch.stack([noise[:, 1] > 0, noise[:, 1] <= 0], 1).to(noise)
        end = torch.stack([label[:, 1], 0 * label[:, 1], label[:, 0]], 1)
        middle = torch.zeros_like(end) + torch.tensor([0.0, 1.0, 0.0])
        return torch.where(noise[:, :1] > 0, end, middle) + 0 * self.nothing


@pytest.mark.slow_cases("None-1.3862943611198906")
@pytest.mark.parametrize(("variant", "expected"), [("cgan", math.log(2)), (None, 2 * math.log(2))])
def test_a_conditional_discriminator_sees_laws_that_differ_by_label(
    game: Callable[..., GanConfig], variant: str | None, expected: float
) -> None:
    """P(. | 0) = (1/2, 1/2, 0), P(. | 1) = (0, 1/2, 1/2), and Q with labels exchanged: JS is log 2/2 for each
    label, and 0 for the two marginal laws. The best discriminator's loss is 2 log 2 - 2 E JS."""
    states = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]], dtype=float)
    data = Labelled(np.repeat(states, 250, axis=0), np.repeat([0, 0, 1, 1], 250))
    config = game(
        objective=vanilla(saturating=False), data=data, networks=(Swapped, Table), variant=variant, latent=2,
        batch=250, epochs=1000, max_steps=90, seeds=[0], learning_rate=0.3,
    )  # fmt: skip
    run = train_run(config, progress=False)
    assert run.history["discriminator_loss"].tail(40).mean() == pytest.approx(expected, abs=0.05)
    if variant:
        with pytest.raises(ValueError, match="labels must be 4 integers from 0 to 1, one a point, got None"):
            run.scores(states)
        found = run.scores(states, [0, 0, 1, 1])[0]
        assert found[0] > 2 and found[3] > 2 and abs(found[1]) < 1 and abs(found[2]) < 1


def test_the_classifier_of_an_acgan(first_step: Callable[..., Any]) -> None:
    step = first_step(variant="acgan(0.3, 2)")
    fake = step.generator(step.noise, step.labels)
    (on_real, says), (on_fake, of_fake) = (step.discriminator(x) for x in (step.real, fake))
    named = [F.cross_entropy(each, step.labels.argmax(1)).item() for each in (says, of_fake)]
    d_loss, g_loss = non_saturating(on_real, on_fake)
    assert step.losses == pytest.approx([d_loss + 0.3 * sum(named), g_loss + 0.3 * named[1]], rel=1e-6)
    without = first_step(variant="acgan(0, 2)")
    assert without.losses == pytest.approx([d_loss, g_loss], rel=1e-6)


def test_the_score_is_the_first_output_and_others_are_the_head() -> None:
    score, head = Headed(nn.Identity())(torch.arange(12.0).reshape(3, 4))
    assert score.tolist() == [0, 4, 8] and head[1].tolist() == [5, 6, 7]
    assert InfoGAN(2, 2).continuous == 2  # as many of both


@pytest.mark.parametrize("classes", [1, 2, 10])
def test_a_classifier_that_knows_nothing_costs_log_k(classes: int) -> None:
    labels = torch.eye(classes)
    assert float(cross_entropy(torch.zeros(classes, classes), labels)) == pytest.approx(math.log(classes))
    assert float(cross_entropy(50 * labels, labels)) == pytest.approx(0, abs=1e-6)


def test_what_infogan_knows_of_its_codes() -> None:
    """0 for the prior, the entropy for a perfect reader: log 10; normal densities as PyTorch has them."""
    code = torch.cat([torch.eye(10), torch.linspace(-1, 1, 20).view(10, 2)], 1).double()
    categories = InfoGAN(10, 0)
    assert float(categories.information(torch.zeros(10, 10).double(), code[:, :10])) == pytest.approx(
        0, abs=1e-12
    )
    assert float(categories.information(60 * code[:, :10], code[:, :10])) == pytest.approx(math.log(10))
    read = torch.randn(10, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    normal = torch.distributions.Normal(read[:, 10:], 1.0).log_prob(code[:, 10:]).sum(1).mean()
    named = -F.cross_entropy(read[:, :10], torch.arange(10))
    entropy = math.log(10) + 2 * math.log(2)
    assert float(InfoGAN().information(read, code)) == pytest.approx(
        float(normal + named) + entropy, rel=1e-12
    )


def test_the_codes_of_infogan_have_their_law(first_step: Callable[..., Any]) -> None:
    variant = InfoGAN(4, 2)
    drawn = variant.draw(20_000, (2,), torch.Generator().manual_seed(0))
    (code,) = variant.given(None, None, drawn).generator
    assert bool((code[:, :4].sum(1) == 1).all())
    np.testing.assert_allclose(code[:, :4].mean(0), 0.25, atol=0.02)
    assert float(code[:, 4:].min()) > -1 and float(code[:, 4:].max()) < 1
    np.testing.assert_allclose(code[:, 4:].var(0), 1 / 3, rtol=0.03)
    step = first_step(variant="infogan(4, 2, weight=0.5)")
    (code,) = variant.given(None, None, step.draw).generator
    fake = step.generator(step.noise, code)
    (on_real, _), (on_fake, read) = (step.discriminator(x) for x in (step.real, fake))
    known = 0.5 * variant.information(read, code).item()
    d_loss, g_loss = non_saturating(on_real, on_fake)
    assert step.losses == pytest.approx([d_loss - known, g_loss - known], rel=1e-6)


@pytest.mark.parametrize("labels", [[0, 1], [0.5] * 4, [-1, 0, 1, 2], [[0]] * 4])
def test_labels_are_one_integer_a_row(labels: Any) -> None:
    with pytest.raises(ValueError, match="labels must be 4 integers of at least 0, one a row, got"):
        Labelled(np.zeros((4, 2)), labels)


@pytest.mark.parametrize("shape", [(3,), (2, 4), (3, 4, 5)])
def test_a_code_beside_points_is_coordinates_or_a_channel(shape: tuple[int, ...]) -> None:
    network = BesidePoints(nn.Identity(), 6, 2, shape).double()
    points, code = torch.randn(5, *shape, dtype=torch.float64), torch.randn(5, 2, dtype=torch.float64)
    seen = network(points, code)
    assert seen.shape[1:] == beside(shape, 6) == (shape[0] + (6 if len(shape) == 1 else 1), *shape[1:])
    torch.testing.assert_close(seen[:, : shape[0]], points)
    layers = [network.embed] if len(shape) == 1 else list(network.embed)
    told = code @ layers[0].weight.T
    for layer in layers[1:]:
        told = told @ layer.weight.T + layer.bias
    torch.testing.assert_close(seen[:, shape[0] :].flatten(1), told)

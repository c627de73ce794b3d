"""Layers that draw, and the ways up and down of a DCGAN."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn
from torch.func import functional_call, vmap

from gantheory.training import GanConfig, train_run
from gantheory.training.networks import networks_of
from gantheory.training.networks.dcgan import DOWN, UP
from gantheory.training.networks.random_layers import Dropout, Noise, hashed


def test_the_hash_is_a_bijection_without_order() -> None:
    found = hashed(torch.arange(1 << 16))
    assert len(found.unique()) == 1 << 16 and int(found.min()) >= 0 and int(found.max()) < 1 << 32
    assert stats.kstest(found.numpy() / 2**32, "uniform").pvalue > 0.01
    # One bit more changes half of the others.
    changed = hashed(torch.arange(1 << 12)) ^ hashed(torch.arange(1 << 12) ^ 256)
    bits = sum(int((changed >> k & 1).sum()) for k in range(32)) / (32 << 12)
    assert bits == pytest.approx(0.5, abs=0.02)


def test_noise_is_standard_normal_and_new_in_each_pass() -> None:
    torch.manual_seed(3)
    layer, zero = Noise(2.0), torch.zeros(200, 100)
    first, second = layer(zero).flatten().numpy() / 2, layer(zero).flatten().numpy() / 2
    for drawn in (first, second):
        assert stats.kstest(drawn, "norm").pvalue > 0.01
        assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.03
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03
    layer.eval()
    torch.testing.assert_close(layer(zero), layer(zero))


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_dropout_keeps_the_mean(p: float) -> None:
    torch.manual_seed(1)
    layer, ones = Dropout(p), torch.ones(300, 100)
    found = layer(ones)
    kept = found > 0
    assert float(kept.float().mean()) == pytest.approx(1 - p, abs=4 * math.sqrt(p * (1 - p) / 30_000))
    torch.testing.assert_close(found[kept], torch.full_like(found[kept], 1 / (1 - p)))
    assert not torch.equal(found, layer(ones))
    assert torch.equal(layer.eval()(ones), ones)
    always = Dropout(p, always=True).eval()
    assert float((always(ones) > 0).float().mean()) == pytest.approx(1 - p, abs=0.02)


def test_members_draw_apart() -> None:
    layer, x = Noise(1.0), torch.zeros(2, 500)
    keys = torch.tensor([5, 6])
    both = vmap(lambda key, x: functional_call(layer, {"key": key.clone()}, (x,)))(keys, x)
    alone = functional_call(layer, {"key": keys[1].clone()}, (x[1],))
    torch.testing.assert_close(both[1], alone)
    assert abs(np.corrcoef(both.numpy())[0, 1]) < 0.2


TEXT = "mlp(8, 2, noise=0.1, generator_dropout=0.5, discriminator_dropout=0.3)"


def test_a_seed_with_noise_and_dropout_beside_others_is_that_seed_alone(
    game: Callable[..., GanConfig],
) -> None:
    config = game(networks=TEXT, remedies=["r1(0.1)"], discriminator_steps=2, max_steps=3, seeds=range(2))
    together, alone = (train_run(each, progress=False) for each in (config, replace(config, seeds=[1])))
    np.testing.assert_allclose(together.samples[1], alone.samples[0], rtol=1e-9, atol=1e-12)
    plain = train_run(replace(config, networks="mlp(8, 2)"), progress=False)
    assert not np.allclose(plain.samples[1], alone.samples[0], rtol=1e-3)


def test_a_step_that_draws_reads_no_number(
    game: Callable[..., GanConfig], forbidden_calls: Callable[[GanConfig], set[str]]
) -> None:
    assert not forbidden_calls(game(networks=TEXT))


def test_a_resumed_run_draws_as_one_that_was_not(game: Callable[..., GanConfig], tmp_path: Path) -> None:
    config = game(networks=TEXT, dtype="float32", epochs=4, max_steps=9)
    whole = train_run(config, progress=False)

    def stop(done: int, _: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_run(config, progress=stop, checkpoint=tmp_path / "state", checkpoint_seconds=1e-9)
    resumed = train_run(config, progress=False, checkpoint=tmp_path / "state")
    np.testing.assert_array_equal(resumed.samples, whole.samples)


@pytest.mark.parametrize("up", UP)
@pytest.mark.parametrize("down", DOWN)
def test_ways_up_and_down(up: str, down: str) -> None:
    text = f"dcgan(4, up='{up}', down='{down}', noise=0.1, discriminator_dropout=0.2)"
    networks = networks_of(text).fitted(6, (3, 28, 28))
    generator, discriminator = networks.checked(6, (3, 28, 28), 0)
    kinds = {"transposed": nn.ConvTranspose2d, "pixel_shuffle": nn.PixelShuffle, "nearest": nn.Upsample}
    count = sum(isinstance(layer, kinds[up]) for layer in generator)
    assert count == 2 + (up == "transposed")  # two doublings; the first layer is transposed always
    assert sum(isinstance(layer, nn.AvgPool2d) for layer in discriminator) == (2 if down == "average" else 0)
    assert sum(isinstance(layer, Noise) for layer in generator) == 2
    assert sum(isinstance(layer, Dropout) for layer in discriminator) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("dcgan(up='bilinear')", "networks dcgan: up must be one of transposed, pixel_shuffle, nearest"),
        ("dcgan(down='max')", "networks dcgan: down must be one of strided, average"),
        ("mlp(generator_dropout=1)", "dropout must be below 1"),
        ("mlp(noise=-1)", r"noise must be in \[0, inf\)"),
    ],
)
def test_bad_settings(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        networks_of(text).fitted(6, (1, 28, 28)).of_seed(0)

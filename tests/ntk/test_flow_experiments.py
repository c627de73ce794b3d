"""The verb ntk, its data, and predictions about flows."""

from __future__ import annotations

import gzip
import json
import struct

import numpy as np
import pandas as pd
import pytest

from gantheory.datasets import PictureDensity, letters, line_set, mnist_images, smooth_density
from gantheory.ntk.kernels import mlp, rbf
from gantheory.ntk.kernels.named import NAMED, kernel_from_spec
from gantheory.ntk.samples.setups import setup
from gantheory.validation.experiments.ntk import linear_in_time, mmd_rate, saturation_slope


def test_a_picture_is_sampled_in_proportion_to_its_weights():
    picture = PictureDensity(np.array([[1.0, 0.0], [3.0, 4.0]]))
    x = picture.sample(20_000, seed=1)
    # Row 0 is the top: the upper left quadrant has x < 0 < y.
    shares = [np.mean((x[:, 0] * a > 0) & (x[:, 1] * b > 0)) for a, b in ((-1, 1), (1, 1), (-1, -1), (1, -1))]
    np.testing.assert_allclose(shares, [1 / 8, 0, 3 / 8, 4 / 8], atol=4 * np.sqrt(0.25 / 20_000))
    np.testing.assert_allclose(
        picture.density([[-0.5, 0.5], [0.5, 0.5], [-0.5, -0.5], [0.5, -0.5], [2, 0]]),
        [1 / 8, 0, 3 / 8, 0.5, 0],
    )


def test_our_pictures_are_densities_and_letters_have_holes():
    grid = -1 + (2 * np.arange(200) + 1) / 200
    points = np.stack(np.meshgrid(grid, grid), axis=-1)
    for density in (letters("A"), letters("B"), smooth_density("crescents"), smooth_density("waves")):
        # The means over cells of another grid than the picture's own.
        assert density.density(points).mean() * 4 == pytest.approx(1, rel=0.02)
        assert (density.density(density.sample(50, seed=2)) > 0).all()
    assert letters("A").density([0.0, 0.0]) == 0 < letters("A").density([0.0, -0.25])
    assert np.abs(letters("B").sample(500)).max() < 0.92


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: letters(" "), "at least one visible character"),
        (lambda: smooth_density("waves", side=2), "at least 8 pixels"),
        (lambda: smooth_density("wave"), "did you mean 'waves'"),
        (lambda: PictureDensity(np.zeros((2, 2))), "must not all be 0"),
        (lambda: PictureDensity(-np.ones((2, 2))), "nonnegative"),
        (lambda: letters("A").sample(0), "n must be a positive integer"),
        (lambda: line_set("overlaps"), "did you mean 'overlap'"),
        (lambda: setup("rng"), "did you mean 'ring'"),
        (lambda: setup("ring", 0), "n must be a positive integer"),
        (lambda: kernel_from_spec("rleu"), "did you mean 'relu'"),
        (lambda: kernel_from_spec("rbf(gama=1)"), "gama"),
        (lambda: kernel_from_spec("rbf(__import__('os'))"), "arguments are numbers"),
        (lambda: kernel_from_spec("1 +"), "is not a name or a call"),
        (lambda: mnist_images(split="all"), "split must be one of"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_kernels_from_text():
    assert kernel_from_spec("mlp(2, activation='erf', b_std=0.5)") == mlp(2, "erf", b_std=0.5)
    assert kernel_from_spec("rbf(0.5)") == rbf(0.5)
    assert kernel_from_spec("relu") == NAMED["relu"]()


@pytest.fixture
def digits(tmp_path):
    """A folder with a tiny file of images in MNIST's format."""
    images = np.random.default_rng(0).integers(0, 256, (12, 28, 28), dtype=np.uint8)
    content = struct.pack(">IIII", 2051, 12, 28, 28) + images.tobytes()
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(content))
    return tmp_path, images


def test_images_are_read_from_a_folder(digits, tmp_path, monkeypatch):
    folder, images = digits
    assert np.array_equal(mnist_images(folder), images)
    monkeypatch.setenv("GANTHEORY_MNIST", str(folder))
    assert np.array_equal(mnist_images(), images)
    target = setup("mnist", 10).target
    assert target.shape == (10, 32 * 32) and np.abs(target).max() < 1
    assert (target.reshape(10, 32, 32)[:, :2] == target.min()).all()
    with pytest.raises(ValueError, match="n must be at most the 12 images"):
        setup("mnist", 13)
    with pytest.raises(FileNotFoundError, match="environment variable GANTHEORY_MNIST"):
        mnist_images(folder, "test")
    (folder / "train-images-idx3-ubyte.gz").write_bytes(b"no")
    with pytest.raises(ValueError, match="is not an idx file of images"):
        mnist_images(folder)


def test_a_download_with_another_hash_is_not_kept(tmp_path, monkeypatch):
    import io

    monkeypatch.delenv("GANTHEORY_MNIST", raising=False)
    monkeypatch.setattr("urllib.request.urlopen", lambda url, timeout: io.BytesIO(b"forged"))
    with pytest.raises(ValueError, match="nothing was kept"):
        mnist_images(tmp_path / "new", download=True)
    assert not list(tmp_path.glob("new/*"))


def test_the_rate_at_which_mmd_falls():
    found = mmd_rate("rbf", rbf(0.3), 0)
    assert found.verdict == "agrees" and found.control.verdict == "contradicts"
    assert found.measured == pytest.approx(1, rel=3e-3)


@pytest.mark.slow
def test_predictions_for_networks_and_saturation():
    for found in (linear_in_time(1), saturation_slope("rbf", rbf(0.3), 0.5, 3.0, 1)):
        assert found.verdict == "agrees", found
    assert found.measured == pytest.approx(1 / 3, rel=1e-6)


def test_a_flow_on_the_command_line_writes_data_and_pictures_and_goes_on(cli, tmp_path, digits):
    line = ["ntk", "flow", "mnist", "--mnist", str(digits[0]), "--n", "8", "--kernel", "rbf(0.01)", "--json"]
    line += ["--out", str(tmp_path / "run"), "--step-size", "1"]
    first = cli(*line, "--steps", "2")
    assert (first.status, first.err) == (0, "")
    again = json.loads(cli(*line, "--steps", "2").out)
    assert json.loads(first.out)["end"] == again["end"]
    table = pd.read_csv(tmp_path / "run" / "metrics.csv")
    assert table.step.tolist() == [0, 1, 2] and table.mmd.iloc[-1] == pytest.approx(again["end"]["mmd"])
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"images.png", "images.pdf", "metrics.png", "state.npz", "samples.npz", "settings.json"} <= names


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("flwo",), "did you mean 'flow'"),
        (("flow", "ring", "--times", "1,2"), "--times must be one number"),
        (("flow", "ring", "--times", "a"), "--times must be numbers separated by commas"),
        (("field", "separate"), "has 1 coordinates"),
        (("adequation", "overlap", "--kernel", "rbf"), "--kernel must be one of networks"),
        (("flow", "ring", "--metrics", "sinkorn"), "did you mean 'sinkhorn'"),
    ],
)
def test_a_bad_command_is_one_line(cli, args, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    done = cli("ntk", *args)
    assert done.status == 2 and message in done.err and done.err.count("\n") == 1

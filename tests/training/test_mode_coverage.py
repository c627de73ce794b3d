"""Mode coverage against counts by hand, and the classifier that names modes."""

from __future__ import annotations

import gzip
import math
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from gantheory.datasets import StackedMnist
from gantheory.objectives import vanilla
from gantheory.support.files import CACHE_VARIABLE
from gantheory.training import GanConfig, train_run
from gantheory.training.metrics.digit_classifier import (
    DigitClassifier,
    digit_classifier,
    lenet5,
)
from gantheory.training.metrics.mode_coverage import mode_coverage

LABELS = np.array([0, 0, 0, 1, 1, 4, 4, 4, 4])
CERTAIN = np.array([1, 0.9, 0.3, 0.1, 0.6, 0.2, 0.5, 0.95, 0.91])


def test_coverage_is_what_one_counts_by_hand() -> None:
    found = mode_coverage(LABELS, CERTAIN, modes=5)
    assert (found["modes"], found["modes_at_0.2"], found["modes_at_0.5"], found["modes_at_0.9"]) == (
        3,
        3,
        3,
        2,
    )
    assert (found["modes_3"], found["modes_3_at_0.2"], found["modes_3_at_0.5"]) == (2, 2, 1)
    assert found["modes_3_at_0.9"] == 0
    shares = (3 / 9, 2 / 9, 4 / 9)
    assert math.isclose(found["kl_uniform"], sum(q * math.log(q / 0.2) for q in shares), rel_tol=1e-12)


def test_all_modes_alike_have_no_divergence_and_one_mode_log_k() -> None:
    everything, one = np.repeat(np.arange(1000), 3), np.full(50, 7)
    assert abs(mode_coverage(everything, np.ones(3000))["kl_uniform"]) < 1e-12
    assert mode_coverage(everything, np.ones(3000))["modes_3"] == 1000
    assert math.isclose(mode_coverage(one, np.ones(50))["kl_uniform"], math.log(1000), rel_tol=1e-12)


@pytest.mark.parametrize(
    ("labels", "certain", "says"),
    [
        ([], [], "labels must be at least one integer"),
        ([0.5], [1], "labels must be at least one integer"),
        ([5], [1], "labels must be from 0 to 4, got 5 to 5"),
        ([0, 1], [1], r"confidences must be 2 numbers in \[0, 1\], got shape \(1,\)"),
        ([0], [1.5], r"confidences must be 1 numbers in \[0, 1\]"),
    ],
)
def test_labels_that_mean_nothing_are_refused(labels: Any, certain: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        mode_coverage(labels, certain, modes=5)


@pytest.fixture(scope="module")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small MNIST: digit k is a bright square at a place of its own, on noise."""
    folder = tmp_path_factory.mktemp("mnist")
    rng = np.random.default_rng(0)
    for split, n in (("train", 1200), ("t10k", 200)):
        labels = rng.integers(10, size=n).astype(np.uint8)
        images = rng.integers(0, 60, (n, 28, 28), dtype=np.uint8)
        for image, label in zip(images, labels, strict=True):
            row, column = divmod(int(label), 4)
            image[2 + 8 * row : 9 + 8 * row, 1 + 7 * column : 7 + 7 * column] = 230
        for kind, code, array in (("images-idx3", 3, images), ("labels-idx1", 1, labels)):
            content = struct.pack(f">4B{array.ndim}I", 0, 0, 8, code, *array.shape) + array.tobytes()
            (folder / f"{split}-{kind}-ubyte.gz").write_bytes(gzip.compress(content))
    return folder


def test_the_classifier_learns_is_kept_and_names_modes(
    mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    before = torch.get_rng_state()
    trained = digit_classifier(mnist, progress=False)
    assert torch.equal(before, torch.get_rng_state())
    assert trained.accuracy >= 0.99
    (kept,) = tmp_path.iterdir()
    stamp = kept.stat().st_mtime_ns
    again = digit_classifier(mnist, progress=False)
    assert kept.stat().st_mtime_ns == stamp and again.accuracy == trained.accuracy
    data = StackedMnist(300, folder=mnist)
    labels, certain = again.modes(torch.from_numpy(data.batch(np.arange(300))))
    assert (labels == data.labels()).mean() > 0.97 and ((certain > 0.1) & (certain <= 1)).all()
    with pytest.raises(ValueError, match=r"stacks must have shape \(n, 3, 28, 28\), got \(2, 28, 28\)"):
        again.modes(torch.zeros(2, 28, 28))

    # A run on the same data measures its modes.
    config = GanConfig(
        objective=vanilla(saturating=False),
        data=data,
        seeds=range(2),
        max_steps=2,
        test_samples=40,
        log_every=1,
    )
    run = train_run(config, progress=False)
    for k in range(2):
        labels, certain = again.modes(torch.from_numpy(run.samples[k]))
        for name, value in mode_coverage(labels, certain).items():
            assert run.table[name][k] == pytest.approx(value, rel=1e-12)

    saved = torch.load(kept, weights_only=True)
    torch.save({**saved, "data": "0" * 64}, kept)
    with pytest.raises(ValueError, match="was trained on other data than this MNIST; delete it") as caught:
        digit_classifier(mnist, progress=False)
    assert str(kept) in str(caught.value)
    kept.write_bytes(kept.read_bytes()[:1000])
    with pytest.raises(ValueError, match="cannot be read, delete it"):
        digit_classifier(mnist, progress=False)


def test_modes_count_channels_and_the_least_certain_one() -> None:
    class Fake(nn.Module):
        """The digit of a picture stands in its first pixel, how certain in its second."""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            digit, certain = x[:, 0, 0, 0].long(), x[:, 0, 0, 1]
            rest = ((1 - certain) / 9).log()[:, None].expand(-1, 10).clone()
            return rest.scatter(1, digit[:, None], certain.log()[:, None])

    stacks = torch.zeros(2, 3, 28, 28)
    stacks[:, :, 0, 0] = torch.tensor([[7.0, 0, 2], [1, 9, 0]])
    stacks[:, :, 0, 1] = torch.tensor([[0.5, 0.9, 0.8], [0.9, 0.7, 0.95]])
    labels, certain = DigitClassifier(Fake(), 1.0, "", 0.0).modes(stacks)
    assert labels.tolist() == [207, 91]
    np.testing.assert_allclose(certain, [0.5, 0.7], rtol=1e-6)


def test_the_classifier_has_the_size_of_lenet5() -> None:
    assert sum(parameter.numel() for parameter in lenet5().parameters()) == 61_706


@pytest.mark.slow
@pytest.mark.skipif("GANTHEORY_MNIST" not in os.environ, reason="needs the real MNIST: GANTHEORY_MNIST")
def test_on_the_real_mnist_it_is_99_percent_right(tmp_path: Path) -> None:
    assert digit_classifier(cache=tmp_path, progress=False).accuracy >= 0.99

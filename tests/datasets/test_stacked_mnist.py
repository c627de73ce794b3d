"""Stacked MNIST and what trainers draw from, on small idx files."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gantheory.datasets import ArrayData, StackedMnist, TrainingData, mnist_labels

IMAGES = np.random.default_rng(0).integers(0, 256, (30, 28, 28), dtype=np.uint8)
LABELS = np.arange(30, dtype=np.uint8) % 10


def idx(array: np.ndarray[Any, Any]) -> bytes:
    """An idx file's content, as its description gives it."""
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(IMAGES)))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(LABELS))
    return tmp_path


def test_a_stack_is_three_digits_scaled_to_one(folder: Path) -> None:
    data = StackedMnist(50, seed=4, folder=folder)
    assert isinstance(data, TrainingData) and len(data) == 50 and data.shape == (3, 28, 28)
    rows = np.array([3, 49, 3])
    pictures = data.batch(rows)
    assert pictures.dtype == np.float32
    np.testing.assert_allclose(pictures, IMAGES[data.digits[rows]] / 127.5 - 1, rtol=0, atol=3e-7)
    for mode, digits in zip(data.labels(), data.digits, strict=True):
        assert mode == int("".join(str(LABELS[k]) for k in reversed(digits)))


def test_the_draw_depends_on_the_seed_alone(folder: Path) -> None:
    one, same, other = (StackedMnist(50, seed=seed, folder=folder) for seed in (4, 4, 5))
    np.testing.assert_array_equal(one.digits, same.digits)
    assert (one.digits != other.digits).any()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (idx(LABELS)[:-2], "is cut short at byte 36: 38 bytes are due for shape .30,., got 36"),
        (idx(LABELS) + b"x", "holds more than it says: 38 bytes are due for shape .30,., got 39"),
        (idx(IMAGES), "is not an idx file of labels: bytes 0 to 3 must be 00 00 08 01, got 00 00 08 03"),
        (b"", "is not an idx file of labels: bytes 0 to 3 must be 00 00 08 01, got none"),
    ],
)
def test_a_wrong_file_is_named_with_the_place(folder: Path, content: bytes, says: str) -> None:
    (folder / "train-labels-idx1-ubyte").write_bytes(content)
    with pytest.raises(ValueError, match=says) as caught:
        mnist_labels(folder)
    assert "train-labels" in str(caught.value) and "\n" not in str(caught.value)


def test_a_damaged_gz_file_is_named(folder: Path) -> None:
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte\.gz is not an idx file of images"):
        StackedMnist(5, folder=folder).batch(np.arange(2))


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.zeros(3), "data must be an array .n, .shape. with n >= 1, got shape .3,."),
        (np.zeros((0, 2)), "data must be an array .n, .shape. with n >= 1, got shape .0, 2."),
        ([["a"]], "data must be an array of numbers"),
        ([[1.0], [float("inf")]], "data must be finite, 1 numbers are not"),
    ],
)
def test_an_array_that_holds_no_points_is_refused(array: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ArrayData(array)

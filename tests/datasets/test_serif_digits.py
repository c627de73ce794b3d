"""Rendered digits: what they are told to be, drawn once from their seed, and of small variance."""

from __future__ import annotations

import numpy as np
import pytest

from gantheory.datasets.images.digits import digits
from gantheory.datasets.images.serif_digits import SHIFT, serif_digits
from gantheory.datasets.training_data import training_data


def test_the_seed_draws_them_all() -> None:
    one, again, other = (serif_digits(200, seed) for seed in (0, 0, 1))
    assert one.shape == (1, 28, 28) and len(one) == 200 and one.spec == "serif_digits"
    np.testing.assert_array_equal(one.pictures, again.pictures)
    np.testing.assert_array_equal(one.labels(), again.labels())
    assert (one.labels() != other.labels()).any()
    assert training_data("serif_digits", 200, 0).batch(np.arange(3)).min() == -1


def test_pictures_show_their_labels() -> None:
    """Nearest mean of half of them names the other half, and centres of mass move by the shifts alone."""
    data = serif_digits(3000, 3)
    x, labels = data.pictures.reshape(3000, -1).astype(float), data.labels()
    means = np.stack([x[:1500][labels[:1500] == digit].mean(0) for digit in range(10)])
    found = np.stack([((x[1500:] - mean) ** 2).sum(-1) for mean in means]).argmin(0)
    assert (found == labels[1500:]).mean() > 0.97
    rows, columns = np.mgrid[:28, :28]
    ones = data.pictures[labels == 0, 0].astype(float)
    for place in (rows, columns):
        centres = (ones * place).sum((1, 2)) / ones.sum((1, 2))
        assert centres.mean() == pytest.approx(13.5, abs=0.4)
        # Uniform within SHIFT; the glyph of 0 is symmetric, so that turning does not move its centre.
        assert centres.std() == pytest.approx(SHIFT / np.sqrt(3), rel=0.1)


def test_classes_vary_less_than_handwriting() -> None:
    """Variance within classes over the whole: what makes them easy for a discriminator."""

    def within(x: np.ndarray, labels: np.ndarray) -> float:
        parts = [x[labels == digit] for digit in range(10)]
        return float(sum(part.var(0).sum() * len(part) for part in parts) / len(x) / x.var(0).sum())

    data = serif_digits(1000, 0)
    # To 7 x 7 pixels, about the side of the handwritten ones.
    x = data.pictures.reshape(1000, 7, 4, 7, 4).mean((2, 4)).reshape(1000, -1)
    written = digits()
    labels = written.labels()
    assert labels is not None
    assert within(x, data.labels()) < 0.5 * within(written.pictures.reshape(len(written), -1) / 16, labels)

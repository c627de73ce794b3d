"""Sheets, films and great circles."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from gantheory.runs import film, great_circle, paths, png, scatter, sheet
from gantheory.runs.recorder import tiles
from gantheory.runs.sheets import over

RNG = np.random.default_rng(2)


def test_a_great_circle_keeps_the_norm_and_turns_evenly() -> None:
    turn = np.linalg.qr(RNG.standard_normal((5, 5)))[0]
    a, b = turn[0], math.cos(0.7) * turn[0] + math.sin(0.7) * turn[1]
    path = great_circle(a, b, 8)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose((path[:-1] * path[1:]).sum(1), math.cos(0.7 / 7), rtol=1e-13)
    np.testing.assert_allclose(path[[0, -1]], [a, b], rtol=0, atol=1e-15)
    # The line between orthogonal unit vectors passes at 2^-1/2; the circle does not.
    assert np.linalg.norm(great_circle([1, 0], [0, 1], 3)[1]) == pytest.approx(1, rel=1e-15)
    # Of vectors of unequal length the ends stay what they are.
    np.testing.assert_allclose(great_circle([2, 0], [0, 5], 2), [[2, 0], [0, 5]], atol=1e-15)


def test_parallel_and_opposite_vectors_are_joined_by_a_line() -> None:
    np.testing.assert_allclose(great_circle([1, 1], [3, 3], 3), [[1, 1], [2, 2], [3, 3]])
    np.testing.assert_allclose(great_circle([1.0], [-1.0], 3), [[1], [0], [-1]], atol=1e-15)


def test_paths_are_one_after_the_other() -> None:
    found = paths(6, count=3, steps=4, seed=9)
    assert found.shape == (12, 6) and found.dtype == np.float32
    ends = np.random.default_rng(9).standard_normal((3, 2, 6))
    np.testing.assert_allclose(found.reshape(3, 4, 6)[:, [0, -1]], ends, rtol=1e-6)


@pytest.mark.parametrize(
    ("first", "last", "steps", "says"),
    [
        ([1, 0], [1, 0, 0], 3, "vectors of one length, got shapes"),
        ([0, 0], [1, 0], 3, "must not be zero"),
        ([0, 1], [1, 0], 1, "steps must be a whole number of at least 2, got 1"),
    ],
)
def test_a_bad_path_is_one_line(first: list[int], last: list[int], steps: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        great_circle(first, last, steps)


def test_a_sheet_holds_the_pictures_by_rows() -> None:
    pictures = RNG.uniform(-1.2, 1.2, (5, 3, 30, 30))
    page = sheet(pictures, columns=2)
    assert page.shape == (3 * 32 + 2, 2 * 32 + 2, 3) and page.dtype == np.uint8
    fourth = page[34:64, 34:64]
    expected = np.clip(np.rint((pictures[3] + 1) * 127.5), 0, 255)
    np.testing.assert_array_equal(np.moveaxis(fourth, -1, 0), expected)
    assert (page[66:, 34:] == 255).all()  # no sixth
    assert sheet(pictures).shape[1] == 3 * 32 + 2  # about square


def test_small_pictures_are_enlarged_and_grey_and_bad_ones_shown() -> None:
    page = sheet([[[[-1, 1], [np.nan, 0]]]])
    assert page.shape == (32, 32, 3)
    assert page[2, 2].tolist() == [0, 0, 0] and page[2, 29].tolist() == [255, 255, 255]
    assert page[29, 2].tolist() == [0, 0, 0] and page[29, 29].tolist() == [128, 128, 128]
    with pytest.raises(ValueError, match=r"pictures must have shape .* got \(2, 2, 4, 4\)"):
        sheet(np.zeros((2, 2, 4, 4)))


def test_files_are_what_they_say() -> None:
    pages = [sheet(np.full((4, 1, 28, 28), value)) for value in (-1.0, 0.0, 1.0)]
    with Image.open(io.BytesIO(png(pages[1], "how it was made"))) as picture:
        assert picture.format == "PNG" and picture.text["Description"] == "how it was made"
        np.testing.assert_array_equal(np.asarray(picture), pages[1])
    with Image.open(io.BytesIO(film([io.BytesIO(png(pages[0])), *pages[1:]]))) as moving:
        assert (moving.format, moving.n_frames) == ("GIF", 3)
        assert moving.size == pages[0].shape[1::-1]
    drawn = scatter(RNG.standard_normal((50, 2)), RNG.standard_normal((80, 2)))
    assert drawn.shape == (400, 400, 3) and len(np.unique(drawn.reshape(-1, 3), axis=0)) > 10


@pytest.mark.parametrize(("side", "count"), [(8, 64), (64, 64), (128, 64), (200, 25), (256, 16), (512, 16)])
def test_a_sheet_of_large_pictures_has_fewer(side: int, count: int) -> None:
    assert tiles((3, side, side)) == count


def test_a_frame_does_not_depend_on_those_before():
    real, frames = (
        RNG.standard_normal((80, 2)),
        [scale * RNG.standard_normal((50, 2)) for scale in (1, 9, 0.1)],
    )
    picture = over(real)
    for points in frames:
        np.testing.assert_array_equal(picture(points), scatter(points, real))

"""The region map's picture against the certificates of single pairs."""

from fractions import Fraction

import pandas as pd
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from gantheory import plotting
from gantheory.derivation.regions.alphas import NONE, STRICT, UNIQUE, alpha_region
from gantheory.plotting.theory.regions import FILL, write_regions

COLORS = {FILL[label].lower(): label for label in (STRICT, UNIQUE, NONE)}


def painted(axes, x, y):
    """The color of the last area drawn over a point, read off the picture's paths."""
    color = to_hex(axes.get_facecolor())
    for area in axes.collections:
        if any(path.contains_point((x, y)) for path in area.get_paths()):
            color = to_hex(area.get_facecolor()[0])
    return COLORS[color]


@pytest.mark.parametrize("saturating", [True, False])
def test_areas_are_the_certified_regions(saturating):
    with plotting.style():
        _, axes = plotting.canvas()
        plotting.alpha_regions(axes, saturating)
    for i in range(1, 27):
        for j in range(1, 27):
            # Off the boundaries, which a picture cannot show.
            a, b = Fraction(3 * i, 20) + Fraction(1, 97), Fraction(3 * j, 20) + Fraction(1, 89)
            assert painted(axes, float(a), float(b)) == alpha_region(a, b, saturating).label, (a, b)


def test_csv_and_png_are_written(tmp_path):
    table, picture = write_regions(tmp_path / "map", step=Fraction(1, 2))
    rows = pd.read_csv(table, dtype=str)
    assert len(rows) == 2 * 9 * 9 and (rows.alpha_d == "inf").sum() == 18
    for row in rows.sample(20, random_state=1).itertuples():
        pair = [float(x) if x == "inf" else Fraction(x) for x in (row.alpha_d, row.alpha_g)]
        assert alpha_region(*pair, row.saturating == "True").label == row.region
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_the_same_picture_twice(tmp_path):
    first, second = (write_regions(tmp_path / name, step=Fraction(2))[1] for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_a_bad_step_is_refused(tmp_path):
    with pytest.raises(ValueError, match="step must be in"):
        write_regions(tmp_path, step=Fraction(0))


def test_the_picture_says_what_made_it(tmp_path):
    about = {"version": "9", "command": "gantheory check --regions", "P": "every one", "Q": "every one"}
    with Image.open(write_regions(tmp_path, step=Fraction(2), about=about)[1]) as picture:
        assert picture.text == {"Software": "gantheory 9", **about}

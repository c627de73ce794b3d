"""Small sets of points on the line, on which a discriminator can be drawn whole."""

from __future__ import annotations

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.arguments.checks import choice

_SETS = {
    "separate": ((-2.1, -1.7, -1.4, -1.1, -0.5), (0.4, 0.9, 1.5, 1.8, 2.2)),
    "overlap": ((-2.2, -1.6, -1.3, -0.6, 0.3), (-2.6, -1.9, -0.2, 0.8, 1.4, 1.9)),
}

LINE_SETS = tuple(_SETS)
"""Names of the sets."""


def line_set(name: str) -> tuple[Array, Array]:
    """(fake, real) points on the line, shapes (n, 1) and (m, 1).

    "separate": all fake points are left of all real ones. "overlap": real points lie on both sides of the
    fake ones, so that neighbors are pulled in different directions.

    Raises:
        ValueError: an unknown name.
    """
    choice(name, "set", _SETS)
    fake, real = _SETS[name]
    return np.array(fake)[:, None], np.array(real)[:, None]

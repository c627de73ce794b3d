"""The slope of a log density on the line, for distributions that come without one."""

from __future__ import annotations

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.inputs.density import Density


def log_density_slope(one: Density, x: Array) -> Array:
    """d/dx log p by adaptive central differences that stay within the support and on one side of a kink; NaN
    outside the one and at the other."""
    from scipy.differentiate import derivative

    scale = min(component.scale for component in one.components)
    room = np.minimum(x - one.low, one.high - x)
    for kink in {at for component in one.components for at in (*component.edges, *component.singular)}:
        room = np.where(room > 0, np.minimum(room, np.abs(x - kink)), room)
    out = np.full_like(x, np.nan)
    within = room > 0
    if not within.any():
        return out
    with np.errstate(all="ignore"):
        found = derivative(
            one.logpdf,
            x[within],
            initial_step=np.minimum(0.1 * scale, 0.4 * room[within]),
            order=8,
            maxiter=14,
            tolerances={"rtol": 1e-10, "atol": 1e-12},
        )
    out[within] = np.where(found.error <= 1e-3 * (1 + np.abs(found.df)), found.df, np.nan)
    return out

"""Whether a loss that is finite at raw scores is one of probabilities all the same."""

from __future__ import annotations

import numpy as np

from gantheory.reading.identification.calls.probe import Probe

_STEEPER = 20.0


def wants_probabilities(probe: Probe) -> bool:
    """Whether the slope in real or fake scores grows toward an end of [0, 1], as of log p, 1/p and 1 - p^c.

    It then is not finite, or over 20 times its size in the middle; the terms of losses of raw scores change
    less on an interval of length 1.
    """
    near = np.geomspace(1e-6, 0.25, 40)
    ends, middle = np.concatenate([near, 1 - near]), np.linspace(0.25, 0.75, 20) + 0.0137
    for side in ("real", "fake"):
        steepest = np.abs(probe.slope(side, ends)).max()
        if not steepest <= _STEEPER * np.abs(probe.slope(side, middle)).mean():
            return True
    return False

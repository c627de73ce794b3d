"""Training reaches the stated discriminator, and no other one."""

from __future__ import annotations

import numpy as np
import pytest

from gantheory.claims.papers.kurri_2021 import FAKE, REAL, TRAINED, ascent, reached


def stated(alpha):
    p, q = np.array(REAL) ** alpha, np.array(FAKE) ** alpha
    return p / (p + q)


@pytest.mark.parametrize("alpha", TRAINED)
def test_a_wrong_exponent_is_not_reached(alpha):
    assert reached(alpha, stated(float(alpha))).holds
    assert reached(alpha, stated(float(alpha) + 1e-6)).holds is False


def test_training_starts_elsewhere():
    assert abs(ascent(TRAINED[0], steps=0) - stated(0.3)).max() > 0.05

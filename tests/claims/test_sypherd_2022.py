"""Convexity of the margin loss changes at alpha = 1 and nowhere near it."""

from __future__ import annotations

import mpmath
import pytest


@pytest.mark.parametrize("shift, convex", [(-1e-6, True), (0.0, True), (1e-6, False)])
def test_margin_loss_by_its_values(shift, convex):
    """Second differences of the loss itself, where the claim has a formula."""
    with mpmath.workdps(60):
        alpha = 1 + mpmath.mpf(shift)
        c = (alpha - 1) / alpha

        def loss(v):
            log_p = -mpmath.log1p(mpmath.exp(-v))
            return -log_p if c == 0 else -mpmath.expm1(c * log_p) / c

        step = mpmath.mpf("0.01")
        seconds = [loss(v + step) - 2 * loss(v) + loss(v - step) for v in range(-40, 41)]
        assert all(second > 0 for second in seconds) == convex

"""f of a large power against its definition in 60 digits."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.numbers.power_form import PowerForm
from gantheory.support.multiprecision import mp as ctx


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize(
    ("base", "power"), [((1 + u) / 2, 80), ((1 + u) / 2, -80), (2 / (1 + u), -300), (2 * u / (1 + u), 60)]
)
def test_a_power_less_its_tangent_over_the_larger_of_1_and_u(base, power, weighted):
    f = PowerForm(base, sp.Integer(power), weighted)
    t = np.array(
        [-300.0, -40.0, -5.0, -1.0, -0.6, -1e-3, -1e-6, 0.0, 1e-6, 1e-3, 0.4, 1.0, 1.5, 7.0, 40.0, 300.0]
    )
    with mp.workdps(60), ctx.workdps(60):
        r = sp.lambdify(u, base, "mpmath")
        slope = power * mp.diff(r, 1) + (1 if weighted else 0)

        def exact(z):
            return (z if weighted else 1) * r(z) ** power - 1 - slope * (z - 1)

        assert abs(power * mp.log(r(mp.exp(f.finest())))) == pytest.approx(2, rel=0.1)
        for place, series, exponent in zip(t, *f.scaled_parts(t), strict=True):
            z = mp.exp(mp.mpf(place))
            true, found = exact(z) / max(1, z), mp.mpf(series) * mp.exp(mp.mpf(exponent))
            assert abs(found - true) <= 1e-11 * abs(true), place
            inside = mp.make_mpf(f._inside(ctx.mpf(place))._mpf_)
            assert abs(inside - exact(z)) <= mp.mpf(10) ** -40 * abs(exact(z)), place
        near, far = mp.mpf(10) ** -50, mp.mpf(10) ** 50
        for end, at, true in (
            (f.at_zero, -np.inf, exact(near)),
            (f.slope_at_infinity, np.inf, exact(far) / far),
        ):
            if abs(true) < 1e30:
                assert float(end) == pytest.approx(float(true), rel=1e-12) == f.scaled([at])[0]
            else:
                assert float(end) == np.inf == f.scaled([at])[0]

"""Normal forms and limits of functions of one positive symbol, against evaluation and known limits."""

import pytest
import sympy as sp

from gantheory.derivation.algebra.expressions import power_product, tidy
from gantheory.derivation.algebra.limits import at_infinity, at_zero
from gantheory.derivation.algebra.symbols import u, w

R = sp.Rational
PRODUCTS = [
    2 * w**2 - 5 * w + 3,
    1 - 1 / (1 + w),
    w**-2 - 3 / w + 2,
    3 + sp.sqrt(2) * w,
    5 - 2 * w**sp.pi + 3 * w ** sp.sqrt(2),
    7 + 3 * w**61 + 2 * w**62,
    3 * w ** R(1, 3) - 2 * w ** R(-3, 2),
    (2 + w) ** 50 * w + 3 * (2 + w) ** 49,
    2 * (1 + w**2) ** 3 / sp.sqrt(w) - 4 * (1 + w**2) ** 2,
    (1 + w) ** R(-1, 2) - 3 * (1 + w) ** R(1, 2),
    ((1 + w) ** 2 * (3 + 2 * w) / w) ** R(2, 3) * (1 - 2 * w) ** -2,
    (w - 4) ** 3 * (2 * w - 8) - (w - 4) ** 2,
]


@pytest.mark.parametrize("expr", PRODUCTS, ids=str)
def test_a_product_of_powers_is_what_it_was_made_of(expr):
    product = power_product(expr, w)
    for form in (product.expr(), tidy(expr, w), tidy(sp.log(2 + w) * expr, w) / sp.log(2 + w)):
        for point in (R(3, 7), R(11, 5), 31):
            assert abs(sp.N((form / expr - 1).subs(w, point), 30)) < 1e-25
    assert all(k != 0 and base.has(w) for base, k in product.powers.items())


SUMS = [
    sp.log(1 + w) / (1 + w) + w * sp.log(1 + w) / (1 + w) + 3 * sp.log(2 + w),
    w * sp.log(w) - 2 * sp.log(1 + w) * w - 2 * sp.log(1 + w) + 5 * sp.log(3) * w,
    sp.log(7 * w**2 / (1 + w) ** 3) / (1 - 1 / (1 + w)),
    sp.log((2 - sp.sqrt(3)) * w) + sp.sqrt(1 + sp.log(2 + w)) - sp.atan(1 - 1 / (1 + w)),
]


@pytest.mark.parametrize("expr", SUMS, ids=str)
def test_a_tidy_sum_has_the_same_values(expr):
    form = tidy(expr, w)
    for point in (R(3, 7), R(11, 5), 31):
        assert abs(sp.N((form - expr).subs(w, point), 30)) < 1e-25


LIMITS = [  # at 0 and at infinity
    ((u**2 + 3 * u) / (2 * u**2 + 1), 0, R(1, 2)),
    ((u - 1) / u**2, -sp.oo, 0),
    (sp.log(1 + u) / u, 1, 0),
    (u * sp.log(1 + 1 / u), 0, 1),
    (3 - 2 * u ** R(1, 3) / (1 + u) ** R(1, 3), 3, 1),
    (sp.log(u) - sp.log(2 + 3 * u), -sp.oo, -sp.log(3)),
    (u * sp.log(u) - (1 + u) * sp.log(1 + u), 0, -sp.oo),
]


@pytest.mark.parametrize(("expr", "low", "high"), LIMITS, ids=str)
def test_limits(expr, low, high):
    assert sp.expand_log(at_zero(expr), force=True) == low
    assert sp.expand_log(at_infinity(expr), force=True) == high

"""The calculus behind f and h: derivatives, and antiderivatives, elementary where Chebyshev says so."""

import mpmath
import pytest
import sympy as sp

from gantheory.derivation.algebra.expressions import derivative
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.induced.flow import antiderivative, is_constant

R = sp.Rational
ELEMENTARY = [  # a, m, b of u^a (1 + u^m)^b: with A = (a + 1)/m one of b, A and n = -A - b - 1 is whole
    (R(1, 2), R(1, 3), 0),
    (R(-5, 3), R(2, 3), 2),
    (R(-3), R(2), 1),
    (R(0), R(1), R(1, 2)),
    (R(2), R(1), R(-7, 3)),
    (R(1, 2), R(1, 2), R(-2)),
    (R(-1, 2), R(1), R(-3, 2)),
    (R(-1, 2), R(1), R(-7, 2)),
    (R(2, 3), R(-2), R(-1, 6)),
    (R(-3), R(1), R(-2)),
    (R(-1), R(1), R(-1)),
    (R(-3), R(1), R(-1)),
    (R(-1), R(3), R(-1)),
]
BETA = [
    (R(1, 3), R(1), R(1, 2)),
    (R(-1, 2), R(2), R(-1)),
    (R(-1), R(1), R(1, 2)),
    (R(-4, 3), R(1, 2), R(5, 7)),
]


def off(form, integrand):
    """Relative error of the derivative, at ratios on both sides of 1."""
    return max(
        abs(sp.N((sp.diff(form, u) / integrand - 1).subs(u, x), 30))
        for x in (R(1, 7), R(9, 5), sp.Integer(20))
    )


@pytest.mark.parametrize(("a", "m", "b"), ELEMENTARY + BETA, ids=str)
def test_of_a_power_of_a_binomial(a, m, b):
    integrand = -R(5, 3) * u**a * (1 + u**m) ** b
    form = antiderivative(integrand)
    assert off(form, integrand) < 1e-25
    assert form.has(sp.betainc) is ((a, m, b) in BETA)
    if form.has(sp.betainc):
        assert sp.N(form.subs(u, 1)) == 0


@pytest.mark.parametrize(("a", "n"), [(R(-1), 1), (R(-1), 2), (R(1, 2), 1), (R(-3), 2), (R(0), 3)])
def test_of_a_power_and_a_logarithm(a, n):
    integrand = 3 * u**a * sp.log(u) ** n
    assert off(antiderivative(integrand), integrand) < 1e-25
    both = integrand + u ** R(1, 3)
    form = antiderivative(both)
    assert off(form, both) < 1e-25 and sp.simplify(form.subs(u, 1)) == 0


@pytest.mark.parametrize(
    "integrand",
    [
        sp.exp(u) * sp.log(u),
        u ** sp.log(2) * sp.log(1 + u),
        sp.exp(-(u**2)),
        u ** R(1, 3) * sp.sqrt(1 + 2 * u),
        sp.sqrt(1 + u) * (1 + u**2) ** R(1, 3),
    ],
)
def test_of_what_is_no_sum_of_such(integrand):
    assert antiderivative(integrand) is None


@pytest.mark.parametrize(
    "expr",
    [
        sp.exp(3 * u**2) * sp.log(2 + u**3) * u ** sp.sqrt(2),
        (1 + 2 * u) ** (u / 3) / (5 - sp.atan(2 * u)),
        sp.log(sp.exp(2 * u) + 7) ** R(5, 2),
    ],
    ids=str,
)
def test_derivatives_are_difference_quotients(expr):
    with mpmath.workdps(40):
        plain, slope = (sp.lambdify(u, f, "mpmath") for f in (expr, derivative(expr, u)))
        for x in (mpmath.mpf(1) / 3, mpmath.mpf("1.75")):
            assert abs(slope(x) / mpmath.diff(plain, x) - 1) < 1e-18


@pytest.mark.parametrize(
    ("expr", "constant"),
    [
        (sp.log(2 * u) - sp.log(u), True),
        (sp.log(1 + u) - sp.log(u) - sp.log(1 + 1 / u) + 3, True),
        (sp.log(1 + u), False),
        (sp.log(2 * u) - sp.log(u) + u / 10**9, False),
        (u**2 / (1 + u) - u + u / (1 + u), True),
        (u / (1 + u), False),
        (sp.sqrt(2), True),
    ],
    ids=str,
)
def test_what_is_constant(expr, constant):
    assert is_constant(expr) is constant

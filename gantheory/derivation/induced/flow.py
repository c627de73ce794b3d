"""The flow divergence D_h: what a training step descends when the discriminator is held fixed.

    h(u) - u h'(u) = S(v*(u)) - S(v*(1)),   h'' = -(d/du) S(v*(u)) / u,   h(1) = h'(1) = 0

The gradient of E_g[S(v)] at fixed v = v* is that of D_h, not of D_f; the two agree modulo (u - 1) iff
u r' + s' = C/u with r = R(v*), s = S(v*), which zero-sum games satisfy with C = 0 (envelope theorem).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import sympy as sp

from gantheory.derivation.algebra.expressions import (
    SECONDS,
    PowerProduct,
    bounded,
    derivative,
    expanded,
    power_product,
    simplified,
    tidy,
)
from gantheory.derivation.algebra.points import exact_value, holds_infinity, same, value_at
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.induced.equilibrium import Induced, Segment, joined, of_pieces, shortest
from gantheory.derivation.optimum.poles import ratios_at_poles
from gantheory.derivation.optimum.solution import OptimalScore
from gantheory.support.deadline import TimeBoundError, within

_z = sp.Symbol("z", positive=True)


def flow(solution: OptimalScore, equilibrium: Induced) -> Induced:
    """h(u) in closed form where the integral of h'' has one (elementary or an incomplete beta function)."""
    for pole in ratios_at_poles(solution.pieces, flow=True):
        return Induced(None, None, f"S(v*) is infinite at u = {pole}, and h is not derived beyond a pole")
    if solution.numeric:
        return Induced(None, None, "v*(u) has no closed form")
    try:
        return within(SECONDS, lambda: _flow(solution, equilibrium))
    except TimeBoundError:
        one = solution.one
        offset = None if one is None else exact_value(tidy(one.of(one.game.S), u), sp.S.One)
        return Induced(None, offset, f"no closed form of h within {SECONDS:g} s")


def _flow(solution: OptimalScore, equilibrium: Induced) -> Induced:
    one = solution.one
    if one is None:
        return _flow_in_pieces(solution)
    s = tidy(one.of(one.game.S), u)
    s_prime = derivative(s, u)
    r_prime = derivative(tidy(one.of(one.game.R), u), u)
    offset = exact_value(s, sp.S.One)
    if not offset.is_finite:
        return Induced(None, None, f"S(v*) at P_g = P_r is {offset}")
    if equilibrium.expr is not None and is_constant(u * (u * r_prime + s_prime)):
        return replace(equilibrium, offset=offset)
    slope = antiderivative(-s_prime / u)
    if slope is None:
        return Induced(None, offset, "the integral of h'' has no closed form here")
    h_prime = slope - exact_value(slope, sp.S.One) if not slope.has(sp.betainc) else slope
    h = _sum_of(u * h_prime, s - offset)
    return Induced(h, offset, segments=(Segment(sp.S.Zero, sp.oo, h),))


def _flow_in_pieces(solution: OptimalScore) -> Induced:
    """u dh' = -ds as measures: a jump of s from s1 to s2 at u0 adds (s1 - s2)/u0 to h'.

    From u = 1, where h = 0 and the slopes on both sides are opposite, piece by piece outwards; h = u h' + s +
    const is continuous, for what s falls by at u0 is what u0 h' rises by.
    """
    s = of_pieces(solution, "S")
    infinite = [value for value in s if holds_infinity(value)]
    if infinite:
        ends = {value for value in s if not value.is_finite}
        jump = s[0] - s[-1] if len(solution.pieces) == 2 else sp.nan
        if jump.is_infinite and same(solution.pieces[0].end, sp.S.One):
            return Induced(None, None, f"S jumps by {jump}: D_h is {jump} unless P_g = P_r", infinite=jump)
        return Induced(None, None, f"S(v*) is {', '.join(map(str, ends))} for some u")
    slopes = [antiderivative(-derivative(value, u) / u) if value.has(u) else sp.S.Zero for value in s]
    if any(slope is None for slope in slopes):
        return Induced(None, None, "the integral of h'' has no closed form on all pieces")
    below, above = solution.around_one
    left, right = exact_value(s[below], sp.S.One), exact_value(s[above], sp.S.One)
    middle = simplified((left + right) / 2)
    if not middle.is_finite:
        return Induced(None, None, f"S(v*) at P_g = P_r is {middle}")
    bend = simplified(left - right) if below != above else sp.S.Zero
    h: dict[int, sp.Expr] = {}
    for direction, outwards in ((-1, range(below, -1, -1)), (1, range(above, len(s)))):
        at: sp.Expr = sp.S.One
        h_prime = direction * bend / 2
        for k in outwards:
            slope = slopes[k]
            assert slope is not None
            here = slope - value_at(slope, at) + h_prime
            form = u * here + s[k] - middle
            h[k] = bounded(partial(_shortest_open, form), form)
            at = solution.pieces[k].end if direction > 0 else solution.pieces[k].start
            if k != outwards[-1]:
                jump = (value_at(s[k], at) - value_at(s[k + direction], at)) / at
                h_prime = value_at(here, at) + jump
    segments = tuple(Segment(p.start, p.end, h[k]) for k, p in enumerate(solution.pieces))
    return Induced(joined(segments), None, segments=segments)


def _shortest_open(form: sp.Expr) -> sp.Expr:
    return shortest(expanded(form))


def _sum_of(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    if first.has(sp.betainc):
        return first + tidy(expanded(second), u)
    return shortest(expanded(first + second))


def is_constant(expr: sp.Expr) -> bool:
    """Whether an expression in u is constant, by its normal form or else by 40 digits at six points."""
    product = power_product(expr, u)
    if product is not None:
        return not product.powers
    values = [
        expr.subs(u, sp.Rational(*q)).evalf(40) for q in ((1, 9), (4, 7), (13, 11), (5, 2), (17, 1), (101, 1))
    ]
    return all(abs(value - values[0]) <= sp.Float(10) ** -30 * (1 + abs(values[0])) for value in values)


def antiderivative(integrand: sp.Expr) -> sp.Expr | None:
    """An antiderivative in u of a sum of products of powers; it vanishes at u = 1 where incomplete betas
    occur."""
    product = power_product(integrand, u)
    if product is not None:
        form = _power_integral(product)
        if form is not None:
            return form
    if integrand.is_rational_function(u):
        return sp.integrate(sp.apart(sp.together(integrand), u), u)
    terms = sp.Add.make_args(expanded(integrand))
    if len(terms) == 1:
        return _power_log_integral(integrand)
    parts = [antiderivative(term) for term in terms]
    total = sp.S.Zero
    for part in parts:
        if part is None:
            return None
        total += part if part.has(sp.betainc) else part - exact_value(part, sp.S.One)
    return total


def _power_log_integral(term: sp.Expr) -> sp.Expr | None:
    """int c u^a log(u)^n du, n times by parts: sympy gives Meijer's functions by cases for a fraction a."""
    coefficient, rest = term.as_independent(u)
    log = sp.log(u)
    if not rest.is_polynomial(log):
        return None
    a, n = rest.subs(log, 1).as_coeff_exponent(u)[1], int(sp.degree(rest, log))
    if not a.is_number or simplified(rest / (u**a * log**n)) != 1:
        return None
    if a == -1:
        return coefficient * log ** (n + 1) / (n + 1)
    terms = [(-1) ** k * sp.ff(n, k) * log ** (n - k) / (a + 1) ** (k + 1) for k in range(n + 1)]
    return coefficient * u ** (a + 1) * sp.Add(*terms)


def _power_integral(product: PowerProduct) -> sp.Expr | None:
    """int K u^a (1 + u^m)^b du with numbers a, m, b."""
    powers = dict(product.powers)
    a = powers.pop(u, sp.S.Zero)
    if not powers:
        return product.coefficient * (sp.log(u) if a == -1 else u ** (a + 1) / (a + 1))
    if len(powers) > 1:
        return None
    ((base, b),) = powers.items()
    if not (base.is_Add and len(base.args) == 2 and base.subs(u, 0) == 1):
        return None
    monomial = base - 1
    coefficient, m = monomial.as_coeff_exponent(u)
    if coefficient != 1 or m.has(u) or not b.is_number:
        return None
    # y = u^m turns the integral into (1/m) int y^(A-1) (1+y)^b dy.
    A = (a + 1) / m
    form = _elementary(A, b)
    if form is not None:
        return product.coefficient / m * expanded(form.subs(_z, u**m))
    # x = y/(1+y) gives int x^(A-1) (1-x)^(-A-b-1) dx, from x = 1/2 at u = 1.
    x = tidy(u**m / (1 + u**m), u)
    return product.coefficient / m * sp.betainc(A, -A - b, sp.Rational(1, 2), x)


def _elementary(A: sp.Expr, b: sp.Expr) -> sp.Expr | None:
    """int z^(A-1) (1+z)^b dz where Chebyshev's criterion makes it elementary and short."""
    small = sp.Integer(12)
    if b.is_Integer and 0 <= b <= small:
        terms = sp.Poly((1 + _z) ** b, _z).terms()
        return sp.Add(*(c * _monomial(_z, A - 1 + k) for (k,), c in terms))
    if A.is_Integer and 1 <= A <= small:
        terms = sp.Poly((_z - 1) ** (A - 1), _z).terms()
        return sp.Add(*(c * _monomial(1 + _z, b + k) for (k,), c in terms))
    n = -A - b - 1
    if n.is_Integer and 0 <= n <= small and not A.is_Integer:
        x = sp.Symbol("x", positive=True)
        terms = sp.Poly((1 - x) ** n, x).terms()
        return sp.Add(*(c * _monomial(x, A - 1 + k) for (k,), c in terms)).subs(x, _z / (1 + _z))
    if A.is_Integer and b.is_Integer and abs(A) <= small and abs(b) <= small:
        return sp.integrate(sp.apart(_z ** (A - 1) * (1 + _z) ** b, _z), _z)
    return None


def _monomial(base: sp.Expr, power: sp.Expr) -> sp.Expr:
    return sp.log(base) if power == -1 else base ** (power + 1) / (power + 1)

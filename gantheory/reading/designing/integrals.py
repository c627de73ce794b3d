"""Antiderivatives of saturations in elementary functions, which losses can be computed with."""

from __future__ import annotations

import sympy as sp

from gantheory.derivation.algebra.expressions import tidy
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.induced.flow import antiderivative

_y = sp.Symbol("y", positive=True)


def elementary(slope: sp.Expr) -> sp.Expr | None:
    """An antiderivative in u, or None.

    Roots of u, of D = u/(1 + u) or of 1 - D with a denominator q go through y, the q-th root.
    """
    found = antiderivative(tidy(slope, u))
    if found is not None and not found.has(sp.betainc):
        return found
    for of_y, power, rest in (
        (_y, u, None),
        (_y / (1 - _y), u / (1 + u), 1 / (1 + u)),
        ((1 - _y) / _y, 1 / (1 + u), u / (1 + u)),
    ):
        for q in range(1, 7):
            at = of_y.subs(_y, _y**q)
            integrand = sp.cancel(sp.powdenest(sp.simplify(slope.subs(u, at) * sp.diff(at, _y)), force=True))
            if integrand.is_rational_function(_y):
                form = sp.integrate(sp.apart(integrand, _y), _y)
                return None if form.has(sp.RootSum) else _of_root(form, power, rest, q)
    return None


def _of_root(form: sp.Expr, power: sp.Expr, rest: sp.Expr | None, q: int) -> sp.Expr:
    """`form` at y = power^(1/q), its logarithms real: log(1 - y) as log(1 - y^q) - log(1 + y + ...)."""
    logs = {}
    for each in form.atoms(sp.log):
        inner = each.args[0]
        if rest is not None and sp.simplify(inner**2 - (1 - _y) ** 2) == 0:
            logs[each] = sp.log(rest) - sp.log(sum(_y**j for j in range(q)))
        elif inner.subs(_y, sp.Rational(1, 2)) < 0:
            logs[each] = sp.log(-inner)
    return form.subs(logs).subs(_y, power ** sp.Rational(1, q))

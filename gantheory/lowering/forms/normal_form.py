"""Normal form of an expression in one real symbol v: powers of w = exp(v) and of sums in w, and logarithms.

Every exponential of a linear function becomes a power of w with an exact rational exponent, and every
quotient is brought to a product of powers where that is possible. Cancellation that would cost digits in
floating point, such as 2 - 2 w/(1 + w) = 2/(1 + w), is then carried out exactly, and :mod:`.compile` takes
what is left.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from gantheory.lowering.forms.atoms import Erfc, Omega, Select, V, W
from gantheory.lowering.forms.parameter import Parameter
from gantheory.lowering.forms.products import combine, is_positive, multiply, split_powers

_HYPERBOLIC = (sp.tanh, sp.sinh, sp.cosh, sp.coth, sp.sech, sp.csch)
_PLAIN = (sp.atan, sp.erf, sp.sin, sp.cos)


def exact_numbers(expr: sp.Expr) -> sp.Expr:
    """Replace every Float by the short rational that prints the same, so that exponents combine exactly."""
    floats = expr.atoms(sp.Float)
    return expr.xreplace({f: sp.Rational(repr(float(f))) for f in floats}) if floats else expr


def normal_form(expr: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    """Return the normal form of ``expr`` in the symbols V and W = exp(V).

    Raises ValueError, naming it, for a node that has no lowering and for a second free symbol.
    """
    expr = exact_numbers(sp.sympify(expr, strict=True))
    extra = expr.free_symbols - {symbol}
    if extra:
        names = ", ".join(sorted(map(str, extra)))
        raise ValueError(
            f"expr must be a function of {symbol} alone, but also contains {names}; substitute numbers first"
        )
    if expr.has(sp.zoo, sp.nan):
        raise ValueError(f"expr must be finite, got {expr}")
    if expr.atoms(Parameter):
        # sympy distributes a rational over a sum, but no other number: (1 - P)/c is to become 1/c - P/c
        # here too.
        expr = sp.expand_mul(expr)
    return combine(_normalize(expr.xreplace({symbol: V})))


@lru_cache(maxsize=4096)
def _normalize(expr: sp.Expr) -> sp.Expr:
    if not expr.has(V):
        if expr.is_extended_real is False:
            raise ValueError(f"expr must be real, but contains {expr}")
        return expr
    if expr is V:
        return expr
    if expr.is_Add:
        return _rationalized(_joined_tails(sp.Add(*[_normalize(a) for a in expr.args])))
    if expr.is_Mul:
        return multiply([combine(_normalize(a)) for a in expr.args])
    if isinstance(expr, sp.exp):
        return exponential(_normalize(expr.args[0]))
    if expr.is_Pow:
        return _power(expr)
    if isinstance(expr, sp.log):
        return logarithm(combine(_normalize(expr.args[0])))
    if isinstance(expr, _HYPERBOLIC):
        return _normalize(expr.rewrite(sp.exp))
    if isinstance(expr, _PLAIN):
        return expr.func(combine(_normalize(expr.args[0])))
    return _special(expr)


def _joined_tails(total: sp.Expr) -> sp.Expr:
    """Write 2 - erfc(z), 1 + erf(z) and 1 - erf(z), up to a factor, as one erfc."""
    number, rest = total.as_independent(V, W, as_Add=True)
    coefficient, function = rest.as_independent(V, W, as_Add=False)
    if isinstance(function, Erfc) and number == -2 * coefficient:
        return -coefficient * Erfc(-function.args[0])
    if isinstance(function, sp.erf) and number == coefficient:
        return coefficient * Erfc(-function.args[0])
    if isinstance(function, sp.erf) and number == -coefficient:
        return number * Erfc(function.args[0])
    return total


def _rationalized(total: sp.Expr) -> sp.Expr:
    """X + Y sqrt(c) as (X^2 - c Y^2)/(X - Y sqrt(c)) where X and Y have opposite signs, as v - sqrt(1 + v^2)
    and 1 - v/sqrt(1 + v^2) lose their digits far out. Two terms without v are a difference that keeps them.
    """
    bases = {p.base for p in total.atoms(sp.Pow) if p.base.is_Add and p.base.has(V, W) and 2 * p.exp % 2 == 1}
    if len(bases) != 1 or not total.is_Add or not (total.has(V) or len(total.args) > 2):
        return total
    (c,) = bases
    X, Y = [], []
    for term in total.args:
        root = next(
            (f for f in sp.Mul.make_args(term) if f.is_Pow and f.base == c and 2 * f.exp % 2 == 1), None
        )
        if root is None:
            X.append(term)
        else:
            Y.append(term / root * c ** (root.exp - sp.S.Half))
    if not X or not Y or any(p.base == c and not p.exp.is_Integer for x in (*X, *Y) for p in x.atoms(sp.Pow)):
        return total
    squares = [a * b for a in X for b in X] + [-c * a * b for a in Y for b in Y]
    difference = combine(sp.Add(*squares))
    if difference.is_Add and len(difference.args) > len(total.args):
        return total
    conjugate = multiply([difference, sp.Add(*X, *[-term * sp.sqrt(c) for term in Y]) ** -1])
    return select(multiply([combine(sp.Add(*X)), combine(sp.Add(*Y))]), conjugate, total, total)


def _power(expr: sp.Expr) -> sp.Expr:
    base, exponent = expr.args
    if exponent.has(V):
        if base is sp.E or not base.has(V):
            return exponential(sp.expand_mul(_normalize(exponent) * sp.log(base)))
        normal = combine(_normalize(base))
        if is_positive(normal):
            return exponential(sp.expand_mul(_normalize(exponent) * logarithm(normal)))
        raise ValueError(
            f"no lowering for the power {expr}: its base may be negative and its exponent varies"
        )
    return power(combine(_normalize(base)), exponent)


def power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """``base**exponent`` with the exponent distributed over the factors where that is valid."""
    if exponent.is_Integer:
        return multiply([b ** (e * exponent) for b, e in split_powers(base)])
    outside, inside = [], []
    for b, e in split_powers(base):
        if is_positive(b):
            outside.append(b ** (e * exponent))
        else:
            inside.append(b**e)
    rest = multiply(inside)
    return multiply([*outside, rest**exponent])


def exponential(arg: sp.Expr) -> sp.Expr:
    """exp of a normal form: linear terms become powers of w. (sympy takes multiples of logarithms out.)"""
    factors, rest = [], []
    for term in sp.Add.make_args(sp.expand_mul(arg)):
        coefficient, other = term.as_independent(V, W, as_Add=False)
        if other is V:
            factors.append(W**coefficient)
        elif other is sp.S.One:
            factors.append(sp.exp(coefficient))
        else:
            rest.append(term)
    if rest:
        factors.append(sp.exp(sp.Add(*rest), evaluate=False))
    return multiply(factors)


def logarithm(arg: sp.Expr) -> sp.Expr:
    """log of a normal form, as a sum over the factors that are known to be positive."""
    terms, rest = [], []
    for base, exponent in split_powers(arg):
        if base is W:
            terms.append(exponent * V)
        elif isinstance(base, sp.exp):
            terms.append(exponent * base.args[0])
        elif isinstance(base, Omega):
            terms.append(exponent * (base.args[0] - base))
        elif is_positive(base):
            terms.append(exponent * sp.log(base))
        else:
            rest.append((base, exponent))
    if rest:
        if len(rest) == 1 and rest[0][1].is_even:
            terms.append(rest[0][1] * sp.log(sp.Abs(rest[0][0])))
        else:
            inside = multiply([b**e for b, e in rest])
            if not inside.has(V, W):
                raise ValueError(f"log of {arg}, which is nowhere positive")
            if inside.is_Mul:
                inside = sp.expand_mul(inside)
            terms.append(sp.log(inside))
    return sp.Add(*terms)


def _special(expr: sp.Expr) -> sp.Expr:
    """Kinked functions, Lambert's W and the complementary error function."""
    if isinstance(expr, (sp.Abs, sp.sign)):
        normal = combine(_normalize(expr.args[0]))
        if is_positive(normal):
            return normal if isinstance(expr, sp.Abs) else sp.S.One
        return expr.func(normal)
    if isinstance(expr, (sp.Min, sp.Max)):
        return _extremum([combine(_normalize(a)) for a in expr.args], isinstance(expr, sp.Min))
    if isinstance(expr, sp.Heaviside):
        return select(combine(_normalize(expr.args[0])), sp.S.Zero, expr.args[1], sp.S.One)
    if isinstance(expr, sp.Piecewise):
        return _piecewise(list(expr.args))
    if isinstance(expr, sp.LambertW):
        normal = combine(_normalize(expr.args[0]))
        if len(expr.args) == 1 and is_positive(normal):
            return Omega(combine(logarithm(normal)))
        raise ValueError(f"no lowering for {expr}: LambertW needs an argument that is positive for every {V}")
    if isinstance(expr, sp.erfc):
        return Erfc(combine(_normalize(expr.args[0])))
    raise ValueError(f"no lowering for the node {expr.func.__name__} in {expr}")


def _extremum(args: list[sp.Expr], smallest: bool) -> sp.Expr:
    result = args[0]
    for other in args[1:]:
        low, high = (result, other) if smallest else (other, result)
        # The tie carries the mean of both branches: its derivative is the midpoint of the subdifferential.
        result = select(combine(result - other), low, (result + other) / 2, high)
    return result


def select(arg: sp.Expr, negative: sp.Expr, zero: sp.Expr, positive: sp.Expr) -> sp.Expr:
    if negative == zero == positive:
        return zero
    if not arg.has(V, W):
        return negative if arg.is_negative else zero if arg.is_zero else positive
    return Select(arg, negative, zero, positive)


def _piecewise(branches: list) -> sp.Expr:
    if not branches:
        return sp.nan
    value, condition = branches[0]
    if condition == sp.true:
        return combine(_normalize(value))
    return _condition(condition, combine(_normalize(value)), _piecewise(branches[1:]))


def _condition(condition: Any, yes: sp.Expr, no: sp.Expr) -> sp.Expr:
    if isinstance(condition, sp.And):
        for part in condition.args:
            yes = _condition(part, yes, no)
        return yes
    if isinstance(condition, sp.Or):
        for part in condition.args:
            no = _condition(part, yes, no)
        return no
    if isinstance(condition, sp.Not):
        return _condition(condition.args[0], no, yes)
    if not isinstance(condition, sp.core.relational.Relational):
        raise ValueError(f"no lowering for the condition {condition}")
    truth = {
        sp.StrictLessThan: (yes, no, no),
        sp.LessThan: (yes, yes, no),
        sp.StrictGreaterThan: (no, no, yes),
        sp.GreaterThan: (no, yes, yes),
        sp.Equality: (no, yes, no),
        sp.Unequality: (yes, no, yes),
    }
    if condition.lhs.is_infinite or condition.rhs.is_infinite:
        raise ValueError(f"no lowering for the condition {condition}: compare with a finite number")
    return select(combine(_normalize(condition.lhs - condition.rhs)), *truth[type(condition)])

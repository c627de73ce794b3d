"""Canonical forms for functions of one positive symbol: products of powers, and tidy sums of them.

sympy's general `simplify` takes seconds on these expressions and often misses the form wanted. GAN
objectives are made of few pieces, powers of w = e^v and of polynomials in it, and logarithms of those,
so a direct normal form is both faster and predictable.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

from gantheory.derivation.algebra.zero import proves_zero
from gantheory.support.deadline import within

SECONDS = 2.0
"""For one simplification; past it the longer form is kept."""

_LARGEST_DEGREE = 60
"""Degree up to which a sum of powers is factored as a polynomial in a root of the symbol."""

_HIGHEST_POWER = 40
"""Power up to which a sum is multiplied out."""

_LARGEST_SIMPLIFIED = 10_000
"""Numerators and denominators up to which a constant is simplified."""

_LARGEST_WRITTEN = 4000
"""Bits of a number up to which it is written out: Python refuses more than 4300 digits."""


_sign_of = sp.Wild("z")


@dataclass(frozen=True)
class PowerProduct:
    """coefficient * prod base^exponent; exponents are numbers, each base is the symbol or a sum of its
    powers."""

    coefficient: sp.Expr
    powers: dict[sp.Expr, sp.Expr]

    def expr(self) -> sp.Expr:
        return sp.Mul(self.coefficient, *(base**exponent for base, exponent in self.powers.items()))

    def times(self, other: PowerProduct) -> PowerProduct:
        powers = dict(self.powers)
        for base, exponent in other.powers.items():
            total = powers.get(base, sp.S.Zero) + exponent
            if total == 0:
                powers.pop(base, None)
            else:
                powers[base] = total
        return PowerProduct(self.coefficient * other.coefficient, powers)

    def to_the(self, exponent: sp.Expr) -> PowerProduct | None:
        # (x^2)^(1/2) is |x|: a power that is no integer distributes over positive factors only.
        positive = is_positive(self.coefficient) and all(map(is_positive, self.powers))
        if not exponent.is_Integer and not positive:
            return None
        return PowerProduct(self.coefficient**exponent, {b: k * exponent for b, k in self.powers.items()})


def power_product(expr: sp.Expr, w: sp.Symbol) -> PowerProduct | None:
    """Write `expr` in the positive symbol w as one product of powers, or return None.

    Sums are brought over their common powers first, so 1 - 1/(1 + w) gives w (1 + w)^-1.
    """
    if not expr.has(w):
        return PowerProduct(expr, {})
    if expr == w:
        return PowerProduct(sp.S.One, {w: sp.S.One})
    if isinstance(expr, sp.Pow) and not expr.exp.has(w):
        base = power_product(expr.base, w)
        return None if base is None else base.to_the(expr.exp)
    if isinstance(expr, sp.Mul):
        product = PowerProduct(sp.S.One, {})
        for factor in expr.args:
            part = power_product(factor, w)
            if part is None:
                return None
            product = product.times(part)
        return product
    return _sum(expr, w) if isinstance(expr, sp.Add) else None


def _sum(expr: sp.Expr, w: sp.Symbol) -> PowerProduct | None:
    terms: list[PowerProduct] = []
    for arg in expr.args:
        part = power_product(arg, w)
        if part is None:
            return None
        terms.append(part)
    bases = {base for term in terms for base in term.powers}
    common = {base: min((t.powers.get(base, sp.S.Zero) for t in terms), key=float) for base in bases}
    rest: dict[sp.Expr, sp.Expr] = {}
    for term in terms:
        remainder = term.coefficient
        shift = term.powers.get(w, sp.S.Zero) - common.get(w, sp.S.Zero)
        for base in bases - {w}:
            exponent = term.powers.get(base, sp.S.Zero) - common[base]
            if not exponent.is_Integer or exponent > _HIGHEST_POWER:
                return None
            remainder *= base**exponent
        for power, coefficient in as_powers(expanded(remainder), w).items():
            rest[power + shift] = rest.get(power + shift, sp.S.Zero) + coefficient
    rest = {k: c for k, c in ((k, _number(c)) for k, c in rest.items()) if c != 0}
    outside = PowerProduct(sp.S.One, {b: k for b, k in common.items() if k != 0})
    if not rest:
        return PowerProduct(sp.S.Zero, {})
    inside = _factored(frozenset(rest.items()), w)
    return outside.times(inside)


def as_powers(expr: sp.Expr, w: sp.Symbol) -> dict[sp.Expr, sp.Expr]:
    """Coefficients of sum c_k w^k by their k; what is no power of w is left in a c_k."""
    terms: dict[sp.Expr, sp.Expr] = {}
    for arg in sp.Add.make_args(expr):
        coefficient, power = arg.as_coeff_exponent(w)
        terms[power] = terms.get(power, sp.S.Zero) + coefficient
    return terms


@lru_cache(maxsize=4096)
def _factored(sum_of_powers: frozenset[tuple[sp.Expr, sp.Expr]], w: sp.Symbol) -> PowerProduct:
    """Factor a sum of c w^k, given as pairs (k, c): as a polynomial in a root of w if k are rational and that
    is small.

    Remembered, as one derivation comes to the same few sums again and again.
    """
    terms = dict(sorted(sum_of_powers, key=lambda term: float(term[0])))
    lowest = min(terms, key=float)
    shifted = {k - lowest: c for k, c in terms.items()}
    monomial = PowerProduct(sp.S.One, {w: lowest} if lowest != 0 else {})
    if len(shifted) == 1:
        return PowerProduct(shifted[sp.S.Zero], monomial.powers)
    lead = shifted[sp.S.Zero]
    atom = sp.Add(*(c / lead * w**k for k, c in shifted.items()))
    whole = PowerProduct(lead, {**monomial.powers, atom: sp.S.One})
    # The coarsest root keeps 1 + w^(3/10) whole, where a finer one would split it.
    root = common_divisor([k for k in shifted if k != 0])
    degree = max(shifted, key=float) / root if root is not None else sp.oo
    if root is None or degree > _LARGEST_DEGREE or not all(c.is_Rational for c in shifted.values()):
        return whole
    z = sp.Dummy("z", positive=True)
    content, factors = sp.factor_list(sp.Add(*(c * z ** (k / root) for k, c in shifted.items())), z)
    if sum(len(sp.Add.make_args(factor)) for factor, _ in factors) > len(shifted):
        return whole  # 1 + w^13 reads better, and shows its sign better, than its two factors
    product = PowerProduct(content, monomial.powers)
    for factor, multiplicity in factors:
        product = product.times(PowerProduct(sp.S.One, {factor.subs(z, w**root): sp.Integer(multiplicity)}))
    return product


def common_divisor(exponents: Collection[sp.Expr]) -> sp.Rational | None:
    """The largest number of which all are integer multiples; None where one is not rational."""
    if not all(k.is_Rational for k in exponents):
        return None
    return sp.Rational(math.gcd(*(int(k.p) for k in exponents)), math.lcm(*(int(k.q) for k in exponents)))


def expanded(expr: sp.Expr) -> sp.Expr:
    """`sp.expand`, but for high powers of sums: (1 + u^a)^1000000 stays one factor."""
    powers = [node for node in expr.atoms(sp.Pow) if node.base.is_Add and node.exp.is_Rational]
    high = [node for node in powers if abs(node.exp) > _HIGHEST_POWER]
    if not high:
        return sp.expand(expr)
    # The outermost high powers first: xreplace does not look into what it replaced.
    held = {node: sp.Dummy(positive=is_positive(node.base) or None) for node in high}
    return sp.expand(expr.xreplace(held)).xreplace({symbol: node for node, symbol in held.items()})


def derivative(expr: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    """`sp.diff`, but by rules alone: for a positive symbol sympy asks whether each part of the result
    vanishes, and isolates the roots of 1 - 3 u^1000000 to find out.
    """
    if expr.has(sp.Abs, sp.sign, sp.Max, sp.Min, sp.Piecewise, sp.Heaviside):
        # Of a complex symbol these have other derivatives. What is derived is smooth: a sign jumps only
        # where its factor vanishes, as in sign(z) |z|^(1/3).
        slope = sp.diff(expr, symbol).replace(sp.DiracDelta, lambda *_: sp.S.Zero)
        return slope.replace(sp.sign(_sign_of) ** 2, sp.S.One)
    z = sp.Dummy()
    return _by_rules(expr.xreplace({symbol: z}), z).xreplace({z: symbol})


def _by_rules(expr: sp.Expr, z: sp.Symbol) -> sp.Expr:
    """`sp.diff`, term for term, without the objects that it makes for each part of each product."""
    if not expr.has(z):
        return sp.S.Zero
    if isinstance(expr, sp.Add):
        return sp.Add(*(_by_rules(arg, z) for arg in expr.args))
    if isinstance(expr, sp.Mul):
        slopes = [_by_rules(arg, z) for arg in expr.args]
        return sp.Add(
            *(sp.Mul(*expr.args[:k], d, *expr.args[k + 1 :]) for k, d in enumerate(slopes) if d != 0)
        )
    if isinstance(expr, sp.Pow):
        base, exponent = expr.args
        slope = _by_rules(exponent, z) * sp.log(base) + _by_rules(base, z) * exponent / base
        return expr * slope
    if isinstance(expr, sp.exp | sp.log):
        return expr.fdiff() * _by_rules(expr.args[0], z)
    return sp.diff(expr, z)


def is_positive(base: sp.Expr) -> bool:
    """Whether a base is seen to be positive, without isolating the roots of a polynomial of high degree."""
    if not base.is_Add:
        return bool(base.is_positive)
    if all(is_positive(arg) for arg in base.args):
        return True
    high = any(power.exp.is_Integer and abs(power.exp) > _LARGEST_DEGREE for power in base.atoms(sp.Pow))
    return not high and bool(base.is_positive)


def has_huge(expr: sp.Expr) -> bool:
    """Whether a number such as 2^1000000 occurs, which sympy takes seconds to handle."""
    return any(map(_is_huge, expr.atoms(sp.Rational)))


def without_huge(expr: sp.Expr) -> tuple[sp.Expr, dict[sp.Symbol, sp.Rational]]:
    """`expr` with huge numbers as symbols, and their values: sympy would divide 2^1000000 by 2 a million
    times to know its sign."""
    huge = {number: sp.Dummy(positive=True) for number in expr.atoms(sp.Rational) if _is_huge(number)}
    signed = {number: symbol if number.p > 0 else -symbol for number, symbol in huge.items()}
    values = {symbol: sp.Rational(abs(number.p), number.q) for number, symbol in huge.items()}
    return (expr.xreplace(signed) if huge else expr), values


def _is_huge(number: sp.Rational) -> bool:
    return bool(max(number.p.bit_length(), number.q.bit_length()) > _LARGEST_WRITTEN)


def in_exponential(expr: sp.Expr, y: sp.Symbol, w: sp.Symbol) -> sp.Expr:
    """Rewrite a function of the score y as one of w = e^y."""
    return expr.rewrite(sp.exp).subs(y, sp.log(w))


def without_hyperbolic(expr: sp.Expr) -> sp.Expr:
    """In exponentials: sympy looks for values of hyperbolic functions in caches by hashes, which of Floats
    that agree in float64 are the same, so that many digits of a zero take it seconds."""
    return expr.rewrite(HyperbolicFunction, sp.exp)


def tidy(expr: sp.Expr, w: sp.Symbol) -> sp.Expr:
    """A short equal form of `expr` in the positive symbol w: products factored, logarithms of products
    expanded; `expr` itself where that takes too long."""
    return bounded(lambda: _tidy(expr, w), expr) if expr.has(w) else expr


def _tidy(expr: sp.Expr, w: sp.Symbol) -> sp.Expr:
    held, huge = without_huge(expr)
    if huge:
        return _tidy(held, w).xreplace(huge)
    product = power_product(expr, w)
    if product is not None:
        return min((product.expr(), expr), key=sp.count_ops)
    if isinstance(expr, sp.log):
        return _expanded_log(expr.args[0], w)
    if isinstance(expr, sp.Add | sp.Mul | sp.Pow):
        expr = expr.func(*(_tidy(arg, w) if arg.has(w) else arg for arg in expr.args))
        open_form = expanded(expr) if expr.has(sp.log) else expr
        return min((expr, open_form, _collected(open_form, w)), key=sp.count_ops)
    if expr.args:
        return expr.func(
            *(_tidy(arg, w) if isinstance(arg, sp.Expr) and arg.has(w) else arg for arg in expr.args)
        )
    return expr


def _expanded_log(argument: sp.Expr, w: sp.Symbol) -> sp.Expr:
    product = power_product(argument, w)
    if product is None or not is_positive(product.coefficient):
        return sp.log(_tidy(argument, w))
    return sp.expand_log(sp.log(product.coefficient)) + _log_of(list(product.powers.items()))


def expanded_logs(expr: sp.Expr) -> sp.Expr:
    """Logarithms of products as sums, where these are real."""
    return expr.replace(sp.log, lambda z: _log_of([part.as_base_exp() for part in sp.Mul.make_args(z)]))


def _log_of(powers: list[tuple[sp.Expr, sp.Expr]]) -> sp.Expr:
    """log prod base^k > 0. Of bases whose signs are not seen only the product is known to be positive, and
    the base of one odd power alone."""
    unseen = [(base, k) for base, k in powers if not is_positive(base)]
    if len(unseen) == 1 and not unseen[0][1].is_even:
        unseen = []
    joint = sp.log(sp.Mul(*(base**k for base, k in unseen)))
    return joint + sp.Add(*(k * sp.log(base) for base, k in powers if (base, k) not in unseen))


def _collected(expr: sp.Expr, w: sp.Symbol) -> sp.Expr:
    """Collect by logarithms and bring each coefficient to a product of powers."""
    logs = sorted((log for log in expr.atoms(sp.log) if log.has(w)), key=sp.default_sort_key)
    if not isinstance(expr, sp.Add) or not logs:
        return expr
    parts = sp.collect(expr, logs, evaluate=False)
    total = sp.S.Zero
    for key, coefficient in parts.items():
        product = power_product(coefficient, w) if coefficient.has(w) else None
        if product is None or sp.count_ops(product.expr()) > sp.count_ops(coefficient) + 1:
            total += key * coefficient
        else:
            # One product of all factors: sympy would multiply a lone -1 into a sum.
            total += sp.Mul(product.coefficient, key, *(b**k for b, k in product.powers.items()))
    return total


def _number(expr: sp.Expr) -> sp.Expr:
    """Zero if a constant expression is zero (a sum of roots and logarithms need not cancel by itself)."""
    if expr.is_Rational or expr.has(sp.Symbol):
        return expr
    return sp.S.Zero if vanishes(expr) else expr


def vanishes(constant: sp.Expr) -> bool:
    """Whether an exact constant is zero: by 30 digits that differ, by algebra, or by 200 digits that do
    not."""
    if constant.is_Rational or constant.is_zero is not None:
        return bool(constant.is_zero)
    constant = without_hyperbolic(constant)
    size = sum((abs(term.evalf(15)) for term in sp.Add.make_args(constant)), sp.Float(0))
    if not size.is_finite or not abs(constant.evalf(30, maxn=400)) <= sp.Float(10) ** -25 * size:
        return False
    return proves_zero(constant) or bool(abs(constant.evalf(20, maxn=1000)) <= sp.Float(10) ** -200 * size)


def bounded(compute: Callable[[], sp.Expr], otherwise: sp.Expr) -> sp.Expr:
    """A simplification within its time, or the form that there is where sympy ends with none."""
    try:
        return within(SECONDS, compute)
    except (ArithmeticError, NotImplementedError, TypeError, ValueError):
        return otherwise


def is_large(expr: sp.Expr) -> bool:
    """Whether a number with more than four digits above or below its fraction bar occurs."""
    return any(max(abs(number.p), number.q) > _LARGEST_SIMPLIFIED for number in expr.atoms(sp.Rational))


def simplified(expr: sp.Expr) -> sp.Expr:
    """`sp.simplify`, bounded: it raises numbers to powers, as in n log(a) = log(a^n), which nothing
    interrupts."""
    if is_large(expr):
        return expr
    return bounded(lambda: sp.simplify(expr), expr)

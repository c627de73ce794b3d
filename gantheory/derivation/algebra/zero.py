"""Proof that an expression vanishes identically, for expressions made of powers and logarithms.

Every power base^(q m), with a rational q and a monomial m of the parameters, becomes a power of one new
symbol per (base, m), and every logarithm of a factor another one. What is left is a rational function, whose
numerator vanishes identically or not. A vanishing numerator proves the expression zero; the converse needs
the new symbols to be algebraically independent, so a remaining numerator proves nothing.
"""

from __future__ import annotations

import sympy as sp
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

_LARGEST_DEGREE = 1000
_PASSES = 6


def proves_zero(expr: sp.Expr) -> bool:
    """Whether `expr` is proved to vanish for all values of its symbols; False says only: not proved.

    Bases of powers that are not integers, and arguments of logarithms, must be positive by the assumptions
    of their symbols.
    """
    expr = sp.sympify(expr, strict=True)
    # (u^c)^b = u^(b c) and log exp c = c need a real c.
    if not all(symbol.is_extended_real for symbol in expr.free_symbols) or expr.has(sp.I):
        return False
    try:
        return _Field().rational(expr) == 0
    except _Outside:
        return False


class _Outside(Exception):
    """The expression is not made of powers and logarithms of positive quantities."""


class _Field:
    """Maps expressions to rational functions in new symbols, equal ones to equal symbols."""

    def __init__(self) -> None:
        self._generators: dict[tuple[sp.Expr, sp.Expr], sp.Symbol] = {}
        self._roots: dict[tuple[sp.Expr, sp.Expr], int] = {}
        self._logarithms: dict[sp.Expr, sp.Symbol] = {}
        self._opaque: dict[sp.Expr, sp.Symbol] = {}

    def rational(self, expr: sp.Expr) -> sp.Expr:
        # A symbol means a root of its base, and which root is settled only when a pass finds no new one: in
        # an earlier pass the same symbol may have stood for two.
        for _ in range(_PASSES):
            before = (dict(self._roots), len(self._logarithms))
            image = self._image(expr)
            if (self._roots, len(self._logarithms)) == before:
                break
        else:
            raise _Outside
        numerator = sp.expand(sp.fraction(sp.together(image))[0])
        for (base, monomial), symbol in list(self._generators.items()):
            if monomial == 1 and (base.is_Add or base.is_Integer) and numerator.has(symbol):
                # symbol^n is the base itself again.
                roots = dict(self._roots)
                whole = self._image(base) if base.is_Add else base
                if self._roots != roots:
                    raise _Outside
                relation = sp.fraction(sp.together(symbol ** self._roots[base, monomial] - whole))[0]
                numerator = sp.expand(sp.fraction(sp.together(sp.rem(numerator, relation, symbol)))[0])
        return numerator

    def _image(self, expr: sp.Expr) -> sp.Expr:
        if expr.is_Rational:
            return expr
        if expr.is_Symbol:
            return self._power(expr, sp.S.One) if expr.is_positive else expr
        if expr.is_Add:
            return sp.Add(*[self._image(arg) for arg in expr.args])
        if expr.is_Mul:
            return sp.Mul(*[self._image(arg) for arg in expr.args])
        if isinstance(expr, sp.exp):
            return sp.Mul(*[self._exponential(term) for term in sp.Add.make_args(sp.expand(expr.args[0]))])
        if expr.is_Pow:
            base, exponent = expr.args
            if exponent.is_Integer and abs(exponent) <= _LARGEST_DEGREE:
                return self._image(base) ** exponent
            return self._product(base, exponent)
        if isinstance(expr, sp.log):
            return self._logarithm(expr.args[0])
        if isinstance(expr, HyperbolicFunction):
            return self._image(expr.rewrite(sp.exp))
        if expr is sp.E:
            return self._power(sp.E, sp.S.One)
        if isinstance(expr, sp.Function | sp.NumberSymbol):
            # Opaque: an identity that holds for any value of it holds for its own.
            return self._opaque.setdefault(expr, sp.Dummy(f"o{len(self._opaque)}", real=True))
        raise _Outside

    def _factors(self, base: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
        """(irreducible positive factor, exponent) with product `base`, in the original symbols."""
        if base.is_Rational:
            if not base > 0:
                raise _Outside
            found = [*sp.factorint(base.p).items(), *((p, -k) for p, k in sp.factorint(base.q).items())]
            return [(sp.Integer(p), sp.Integer(k)) for p, k in found if p != 1]
        if base.is_Symbol or base is sp.E or isinstance(base, sp.log):
            if not base.is_positive:
                raise _Outside
            return [(base, sp.S.One)]
        if isinstance(base, sp.exp):
            return [item for term in sp.Add.make_args(sp.expand(base.args[0])) for item in self._base(term)]
        if base.is_Mul:
            return [item for arg in base.args for item in self._factors(arg)]
        if base.is_Pow:
            return [(b, k * base.exp) for b, k in self._factors(base.base)]
        if base.is_Add:
            return self._sum_factors(base)
        raise _Outside

    def _sum_factors(self, base: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
        """Factors of a sum, found in the field: 1 + 1/X and (1 + X)/X must give equal ones."""
        self._image(base)
        numerator, denominator = sp.fraction(sp.together(self._image(base)))
        back = {symbol: root for root, symbol in self._meaning()}
        found: list[tuple[sp.Expr, sp.Expr]] = []
        unsigned: list[tuple[sp.Expr, sp.Expr]] = []
        for part, sign in ((numerator, 1), (denominator, -1)):
            try:
                content, factors = sp.factor_list(part)
            except sp.PolificationFailed:  # a sum whose symbols cancel
                content, factors = sp.expand(part), []
            if content != 1:
                found += [(b, sign * k) for b, k in self._factors(sp.sympify(content, strict=True))]
            for factor, multiplicity in factors:
                original = factor.xreplace(back)
                if not original.is_Add:
                    found += [(b, sign * multiplicity * k) for b, k in self._factors(original)]
                elif original.is_positive:
                    found.append((original, sp.Integer(sign * multiplicity)))
                else:
                    unsigned.append((original, sp.Integer(sign * multiplicity)))
        # Such as 1 - g + g^2 in 1 + g^3: positive because the whole and all its other factors are.
        if unsigned and not base.is_positive:
            raise _Outside
        if len(unsigned) == 1 and unsigned[0][1].is_odd:
            return found + unsigned
        return [*found, (sp.Mul(*[factor**k for factor, k in unsigned]), sp.S.One)] if unsigned else found

    def _meaning(self) -> list[tuple[sp.Expr, sp.Symbol]]:
        return [
            (base ** (monomial / self._roots[base, monomial]), symbol)
            for (base, monomial), symbol in self._generators.items()
        ] + [
            *((sp.log(base), symbol) for base, symbol in self._logarithms.items()),
            *self._opaque.items(),
        ]

    def _product(self, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        return sp.Mul(*[self._power(b, sp.expand(k * exponent)) for b, k in self._factors(base)])

    def _power(self, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        """base^exponent with the exponent split into rational multiples of monomials."""
        image = sp.S.One
        for term in sp.Add.make_args(sp.expand(exponent)):
            number, monomial = term.as_coeff_Mul()
            if not number.is_Rational:
                raise _Outside
            if monomial == 1 and base.is_Add and number.is_Integer:
                image *= self._image(base) ** number
                continue
            if monomial == 1 and base.is_Integer and number.is_Integer:
                image *= base**number
                continue
            key = (base, monomial)
            self._roots[key] = sp.ilcm(self._roots.get(key, 1), number.q)
            symbol = self._generators.setdefault(key, sp.Dummy(f"g{len(self._generators)}", positive=True))
            degree = number * self._roots[key]
            if abs(degree) > _LARGEST_DEGREE:
                raise _Outside  # polynomials of that degree are neither expanded nor factored
            image *= symbol**degree
        return image

    def _exponential(self, term: sp.Expr) -> sp.Expr:
        return sp.Mul(*[self._power(base, exponent) for base, exponent in self._base(term)])

    def _base(self, term: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
        """exp(term) as powers: exp(k log b) is b^k."""
        logs = [factor for factor in sp.Mul.make_args(term) if isinstance(factor, sp.log)]
        if len(logs) != 1:
            return [(sp.E, term)]
        return [(b, sp.expand(k * term / logs[0])) for b, k in self._factors(logs[0].args[0])]

    def _logarithm(self, argument: sp.Expr) -> sp.Expr:
        total = sp.S.Zero
        for base, exponent in self._factors(argument):
            if base is sp.E:
                total += self._image(exponent)
                continue
            symbol = self._logarithms.setdefault(base, sp.Dummy(f"l{len(self._logarithms)}", real=True))
            total += self._image(exponent) * symbol
        return total

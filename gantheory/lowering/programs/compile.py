"""Normal form -> program: each product becomes one exponential of an exponent that does not cancel."""

from __future__ import annotations

import sympy as sp

from gantheory.lowering.forms.atoms import Bounded, Erfc, Omega, Select, V, W
from gantheory.lowering.forms.products import is_positive, split_powers, w_terms
from gantheory.lowering.programs.exponent import Exponent
from gantheory.lowering.programs.exponential_parts import HALF, ExponentialParts, univariate
from gantheory.lowering.programs.program import Program
from gantheory.lowering.programs.sums import SumParts

DIRECT_POWER = 4
"""Integer powers of a bounded sum up to this one are multiplied out; others go through its logarithm."""

_FUNCTIONS = {
    sp.Abs: "abs",
    sp.sign: "sign",
    Omega: "omega",
    sp.atan: "atan",
    sp.erf: "erf",
    sp.sin: "sin",
    sp.cos: "cos",
}


def compile_normal_form(expr: sp.Expr) -> Program:
    """Compile a normal form. A NaN input gives NaN even where a comparison would have hidden it."""
    compiler = Compiler()
    result = compiler.value(expr)
    b = compiler.builder
    if expr.has(Select, sp.sign) or not expr.has(V, W):
        number = b.op("or", b.op("lt", b.x, b.constant(1)), b.op("lt", b.constant(0), b.x))
        result = b.op("where", number, result, b.x)
    return b.program(result)


class Compiler(SumParts, ExponentialParts):
    """Normal forms to instructions of one builder."""

    def __init__(self) -> None:
        super().__init__()
        self._memo: dict[sp.Expr, int] = {}

    def value(self, expr: sp.Expr) -> int:
        if expr not in self._memo:
            self._memo[expr] = self._value(expr)
        return self._memo[expr]

    def _value(self, expr: sp.Expr) -> int:
        b = self.builder
        if not expr.has(V, W):
            return b.constant(expr)
        if expr is V:
            return b.x
        if expr.is_Add:
            return self.sum(expr)
        if expr is W or expr.is_Mul or expr.is_Pow or isinstance(expr, (sp.exp, Erfc)):
            return self.product(expr)
        if isinstance(expr, sp.log):
            return self._log(expr.args[0])
        if isinstance(expr, Select):
            return self.select(*expr.args)
        if isinstance(expr, Bounded):
            return self.bounded(expr.args[0])
        if type(expr) not in _FUNCTIONS:
            raise ValueError(f"no lowering for the node {expr.func.__name__} in {expr}")
        return b.op(_FUNCTIONS[type(expr)], self.value(expr.args[0]))

    def select(self, arg: sp.Expr, negative: sp.Expr, zero: sp.Expr, positive: sp.Expr) -> int:
        b = self.builder
        sign, nought = self.value(arg), b.constant(0)
        n, z, p = (self.value(a) for a in (negative, zero, positive))
        if z == p:
            return b.op("where", b.op("lt", sign, nought), n, p)
        right = b.op("where", b.op("lt", nought, sign), p, z)
        return right if z == n else b.op("where", b.op("lt", sign, nought), n, right)

    def _log(self, arg: sp.Expr) -> int:
        form = Exponent()
        if isinstance(arg, Erfc):
            form.tails[arg.args[0]] = sp.S.One
            return self.exponent(form)
        if univariate(arg) and is_positive(arg):
            form.add_power(w_terms(arg) or {}, arg, sp.S.One)
            return self.exponent(form)
        if (rest := _beyond_one(arg)) is not None:
            return self.builder.op("log1p", self.value(rest))
        return self.builder.op("log", self.value(arg))

    def split(self, expr: sp.Expr, logs_only: bool) -> tuple[sp.Expr, Exponent, list]:
        """number, exponent and other factors [(base, power)] of a product.

        With ``logs_only`` all positive sums go into the exponent; else small integer powers stay factors.
        """
        number, form, factors = sp.S.One, Exponent(), []
        for base, power in split_powers(expr):
            if not base.has(V, W):
                if isinstance(base, sp.exp) and base.args[0].is_Rational:
                    form.constant += base.args[0]
                else:
                    number *= base
            elif base is W:
                form.low += power
                form.high += power
            elif isinstance(base, sp.exp):
                form.further += power * base.args[0]
            elif isinstance(base, Erfc):
                form.tails[base.args[0]] = form.tails.get(base.args[0], sp.S.Zero) + power
            elif univariate(base):
                small = power.is_Integer and abs(power) <= DIRECT_POWER
                as_factor = not is_positive(base) or (small and not logs_only)
                form.add_power(w_terms(base) or {}, base, power, bounded=as_factor)
                if as_factor:
                    factors.append((Bounded(base), power))
            else:
                factors.append((base, power))
        return number, form, factors

    def product(self, expr: sp.Expr) -> int:
        number, form, factors = self.split(expr, logs_only=False)
        nodes, peaks = [], []
        for base, power in factors:
            if base.is_Add and self.may_overflow(base):
                peak, node = self.scaled_sum(base)
                peaks.append(self.builder.scale(power * HALF, peak))
            else:
                node = self.value(base)
            nodes.append((node, power, isinstance(base, Bounded)))
        return self.assemble(number, form, nodes, peaks)

    def assemble(self, number: sp.Expr, form: Exponent, factors: list, peaks: list[int]) -> int:
        """number * exp(E) * factors, where half of E is applied first and half last.

        A large number or factor must not meet an overflow, nor a subnormal, on the way. ``peaks`` are nodes
        to add to E/2. A factor is (node, power, whether it is bounded).
        """
        b = self.builder
        half = None
        if not form.is_zero or peaks:
            half = b.op("exp", b.total([*([] if form.is_zero else [self.exponent(form, HALF)]), *peaks]))
        result = half
        for node, power, bounded in factors:
            if power.is_positive:
                raised = self.power(node, power)
                # Where the exponential is zero it wins over an infinite polynomial or logarithm.
                name = "mul" if bounded else "damp"
                result = raised if result is None else b.op(name, result, raised)
        result = b.constant(number) if result is None else b.scale(number, result)
        for node, power, _ in factors:
            if not power.is_positive:
                result = b.op("div", result, self.power(node, -power))
        return result if half is None else b.op("mul", result, half)

    def group_product(self, form: Exponent, coefficient: sp.Expr) -> int:
        return self.assemble(sp.S.One, form, [(self.value(coefficient), sp.S.One, False)], [])


def _beyond_one(arg: sp.Expr) -> sp.Expr | None:
    """x where `arg` is 1 + x and x may be small: log(1 + (v - 1)^2) is (v - 1)^2 next to 1."""
    if arg.is_Add and arg.args[0] == 1:
        return arg - 1
    if arg.is_polynomial(V) and all(c.is_Rational for c in sp.Poly(arg, V).coeffs()):
        rest = sp.factor(arg - 1)
        return None if rest.is_Add else rest
    return None

"""Normal form -> program: each product becomes one exponential of an exponent that does not cancel (see exponent.py)."""

from __future__ import annotations

import sympy as sp

from .atoms import Omega, Select, V, W
from .exponent import Exponent
from .normal_form import exponential
from .products import is_positive, multiply, split_powers, w_terms
from .program import Builder, Program

DIRECT_POWER = 4
"""Integer powers of a bounded sum up to this one are multiplied out; others go through its logarithm."""


def compile_normal_form(expr: sp.Expr) -> Program:
    """Compile a normal form. A NaN input gives NaN even where a comparison would have hidden it."""
    compiler = _Compiler()
    result = compiler.value(expr)
    b = compiler.builder
    if expr.has(Select, sp.sign, sp.Abs) or not expr.has(V, W):
        # x - x would do but for infinities; x < x is false, so compare both ways round.
        number = b.op("or", b.op("lt", b.x, b.constant(1)), b.op("lt", b.constant(0), b.x))
        result = b.op("where", number, result, b.x)
    return b.program(result)


def _number(value: sp.Expr) -> float:
    return float(value.evalf(30))


class _Compiler:
    def __init__(self) -> None:
        self.builder = Builder()
        self._memo: dict[sp.Expr, int] = {}

    # -- values ---------------------------------------------------------------------------------------------------

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
            return self._sum(expr)
        if expr is W or expr.is_Mul or expr.is_Pow or isinstance(expr, sp.exp):
            return self._product(expr)
        if isinstance(expr, sp.log):
            return self._log(expr.args[0])
        if isinstance(expr, Select):
            return self._select(*expr.args)
        names = {
            sp.Abs: "abs",
            sp.sign: "sign",
            Omega: "omega",
            sp.atan: "atan",
            sp.erf: "erf",
            sp.erfc: "erfc",
        }
        names |= {sp.sin: "sin", sp.cos: "cos"}
        if type(expr) not in names:
            raise ValueError(f"no lowering for the node {expr.func.__name__} in {expr}")
        return b.op(names[type(expr)], self.value(expr.args[0]))

    def _select(self, arg: sp.Expr, negative: sp.Expr, zero: sp.Expr, positive: sp.Expr) -> int:
        b = self.builder
        sign, nought = self.value(arg), b.constant(0)
        n, z, p = (self.value(a) for a in (negative, zero, positive))
        if z == p:
            return b.op("where", b.op("lt", sign, nought), n, p)
        right = b.op("where", b.op("lt", nought, sign), p, z)
        return right if z == n else b.op("where", b.op("lt", sign, nought), n, right)

    def _log(self, arg: sp.Expr) -> int:
        b = self.builder
        if is_positive(arg) and w_terms(arg) is not None:
            form = Exponent()
            form.add_power(w_terms(arg), arg, sp.S.One)
            return self.exponent(form)
        return b.op("log", self.value(arg))

    # -- products -------------------------------------------------------------------------------------------------

    def split(self, expr: sp.Expr, logs_only: bool) -> tuple[sp.Expr, Exponent, list]:
        """number, exponent and direct factors [(node maker, power)] of a product."""
        number, form, direct = sp.S.One, Exponent(), []
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
            elif base.is_Add and w_terms(base) is not None:
                terms = w_terms(base)
                if not is_positive(base) or (
                    not logs_only and power.is_Integer and abs(power) <= DIRECT_POWER
                ):
                    form.add_power(terms, base, power, bounded=True)
                    direct.append(("bounded", base, power))
                else:
                    form.add_power(terms, base, power)
            else:
                direct.append(("value", base, power))
        return number, form, direct

    def _product(self, expr: sp.Expr) -> int:
        number, form, direct = self.split(expr, logs_only=False)
        b = self.builder
        top, bottom = [], []
        scale: int | None = None
        for kind, base, power in direct:
            if kind == "bounded":
                node = self.bounded(base)
            elif base.is_Add and base.has(W) and self._grows(base):
                peak, node = self.scaled_sum(base)
                shift = b.scale(power / 2, peak)
                scale = shift if scale is None else b.op("add", scale, shift)
            else:
                node = self.value(base)
            (top if power.is_positive else bottom).append(self.power(node, abs(power)))
        half = None
        if not form.is_zero or scale is not None:
            exponent = self.exponent(form, sp.Rational(1, 2)) if not form.is_zero else None
            if scale is not None:
                exponent = scale if exponent is None else b.op("add", exponent, scale)
            half = b.op("exp", exponent)
        result = half
        for node in top:
            result = node if result is None else b.op("mul", result, node)
        result = b.constant(number) if result is None else b.scale(number, result)
        for node in bottom:
            result = b.op("div", result, node)
        # exp(E/2) twice instead of exp(E) once: a large factor in front must not meet an overflow or a subnormal.
        return result if half is None else b.op("mul", result, half)

    def power(self, node: int, exponent: sp.Expr) -> int:
        b = self.builder
        if exponent == 1:
            return node
        if exponent.is_Integer and exponent <= 8:
            n = int(exponent)
            half = self.power(node, sp.Integer(n // 2))
            square = b.op("mul", half, half)
            return b.op("mul", square, node) if n % 2 else square
        if exponent == sp.Rational(1, 2):
            return b.op("sqrt", node)
        return b.op("pow", node, b.constant(exponent))

    # -- exponents ------------------------------------------------------------------------------------------------

    def exponent(self, form: Exponent, factor: sp.Expr = sp.S.One) -> int:
        """Node of ``factor * E``, every coefficient rounded once."""
        b = self.builder
        low, high = form.low * factor, form.high * factor
        nodes = []
        if low == high:
            if low != 0:
                nodes.append(b.scale(low, b.x))
        elif low == -high:
            nodes.append(b.scale(high, b.op("abs", b.x)))
        else:
            if low != 0:
                nodes.append(b.scale(low, b.op("min", b.x, b.constant(0))))
            if high != 0:
                nodes.append(b.scale(high, b.op("max", b.x, b.constant(0))))
        if form.constant != 0:
            nodes.append(b.constant(form.constant * factor))
        if form.further != 0:
            nodes.append(b.scale(factor, self.value(form.further)))
        for base, power in form.logs.items():
            if power != 0:
                nodes.append(b.scale(power * factor, self.bounded_log(base)))
        return b.total(nodes)

    def _ends(self, base: sp.Expr) -> tuple[dict, sp.Expr, dict, sp.Expr]:
        """Powers of exp(-|v|) at either end: (rest, leading coefficient) for v < 0 and for v > 0."""
        terms = w_terms(base)
        lowest, highest = min(terms, key=float), max(terms, key=float)
        left = {e - lowest: c for e, c in terms.items() if e != lowest}
        right = {highest - e: c for e, c in terms.items() if e != highest}
        return left, terms[lowest], right, terms[highest]

    def _tail(self, coefficients: dict) -> int:
        """sum c_k exp(-k |v|)."""
        b = self.builder
        distance = b.op("abs", b.x)
        decay = b.op("exp", b.op("neg", distance))
        nodes = []
        for k, c in sorted(coefficients.items(), key=lambda item: -float(item[0])):
            whole = k.is_Integer and k <= 8
            power = self.power(decay, k) if whole else b.op("exp", b.scale(-k, distance))
            nodes.append(b.scale(c, power))
        return b.total(nodes)

    def _either(self, left: int, right: int) -> int:
        b = self.builder
        return left if left == right else b.op("where", b.op("lt", b.x, b.constant(0)), left, right)

    def bounded(self, base: sp.Expr) -> int:
        """P(w)/max(w^lowest, w^highest), between two positive constants where P has no root."""
        b = self.builder
        left, first, right, last = self._ends(base)
        if len(left) == 1 and not is_positive(base) and first.is_negative != last.is_negative:
            (degree,) = left
            z = b.scale(degree, self.shifted(sp.log(-first / last) / degree))
            return self._either(
                b.scale(-first, b.op("expm1", z)),
                b.scale(-last, b.op("expm1", b.op("neg", z))),
            )
        return self._either(
            b.op("add", b.constant(first), self._tail(left)), b.op("add", b.constant(last), self._tail(right))
        )

    def bounded_log(self, base: sp.Expr) -> int:
        b = self.builder
        left, first, right, last = self._ends(base)
        ratio = self._either(
            self._tail({k: c / first for k, c in left.items()}),
            self._tail({k: c / last for k, c in right.items()}),
        )
        log = b.op("log1p", ratio)
        if first == last == 1:
            return log
        return b.op("add", self._either(b.constant(sp.log(first)), b.constant(sp.log(last))), log)

    def shifted(self, root: sp.Expr) -> int:
        """v - root with the root carried to twice the working precision, so that it is accurate next to the root."""
        b = self.builder
        if root == 0:
            return b.x
        if root.is_Integer:
            return b.op("sub", b.x, b.constant(root))
        return b.op("sub", b.op("sub", b.x, b.constant(root)), b.rounding(root))

    # -- sums -----------------------------------------------------------------------------------------------------

    def _groups(self, expr: sp.Expr) -> list[tuple[Exponent, sp.Expr]]:
        """Terms of a sum gathered by their exponential part: [(exponent, coefficient)]."""
        groups: dict[tuple, tuple[Exponent, list]] = {}
        for term in expr.args:
            number, form, direct = self.split(term, logs_only=True)
            parts = [number]
            for kind, base, power in direct:
                if kind == "bounded":
                    terms = w_terms(base)
                    form.low -= min(terms, key=float) * power
                    form.high -= max(terms, key=float) * power
                parts.append(base**power)
            groups.setdefault(form.key, (form, []))[1].append(multiply(parts))
        return [(form, sp.Add(*parts)) for form, parts in groups.values()]

    def _grows(self, expr: sp.Expr) -> bool:
        return any(form.grows(side) for form, _ in self._groups(expr) for side in (-1, 1))

    def _sum(self, expr: sp.Expr) -> int:
        groups = self._groups(expr)
        if len(groups) == 1 and groups[0][0].is_zero:
            return self._direct_sum(expr)
        if len(groups) == 2 and all(not c.has(V, W) for _, c in groups):
            node = self._difference(groups)
            if node is not None:
                return node
        if any(sum(form.grows(side) for form, _ in groups) > 1 for side in (-1, 1)):
            peak, total = self.scaled_sum(expr)
            half = self.builder.op("exp", self.builder.scale(sp.Rational(1, 2), peak))
            return self.builder.op("mul", self.builder.op("mul", total, half), half)
        nodes = []
        for form, coefficient in groups:
            nodes.append(
                self.value(multiply([coefficient, *self._factors(form)]))
                if not coefficient.is_Add
                else self._times(form, coefficient)
            )
        return self.builder.total(nodes)

    def _factors(self, form: Exponent) -> list[sp.Expr]:
        """The exponential part as a normal form again."""
        factors = [base**power for base, power in form.logs.items() if power != 0]
        lowest = form.low - sum((min(w_terms(b), key=float) * p for b, p in form.logs.items()), sp.S.Zero)
        factors.append(W**lowest)
        if form.constant != 0:
            factors.append(sp.exp(form.constant))
        if form.further != 0:
            factors.append(exponential(form.further))
        return factors

    def _times(self, form: Exponent, coefficient: sp.Expr) -> int:
        if form.is_zero:
            return self._direct_sum(coefficient)
        return self.builder.op("mul", self.value(multiply(self._factors(form))), self.value(coefficient))

    def _difference(self, groups: list) -> int | None:
        """K (exp(E1) - exp(E2)) + small constant through expm1, where the two terms cancel near a root of E1 - E2."""
        b = self.builder
        (form, k), (other, l) = groups
        if form.is_zero:
            (form, k), (other, l) = (other, l), (form, k)
        remainder = sp.nsimplify(k + l) if (k + l).is_Rational else k + l
        left_over = _number(remainder)
        if abs(left_over) < 1e-25 * abs(_number(k)):
            left_over = 0.0
        if left_over != 0 and not (other.is_zero and abs(left_over) < abs(_number(k)) / 10):
            return None
        result = self._scaled_expm1(k, form.minus(other))
        if other.is_zero:
            return result if left_over == 0 else b.op("add", result, b.constant(remainder))
        half = b.op("exp", self.exponent(other, sp.Rational(1, 2)))
        return b.op("mul", b.op("mul", result, half), half)

    def _scaled_expm1(self, factor: sp.Expr, form: Exponent) -> int:
        """factor * expm1(E) as factor h (h + 2) with h = expm1(E/2): no overflow before the factor is applied."""
        b = self.builder
        half = sp.Rational(1, 2)
        if form.further != 0:
            h = b.op("expm1", self.exponent(form, half))
            return b.op("mul", b.scale(factor, h), b.op("add", h, b.constant(2)))
        unit = max(
            (abs(c) for c in [form.low, form.high, form.constant, *form.logs.values()] if c != 0), key=_number
        )
        # factor * E may be a normal float where E is none, as in 1e9 expm1(1e-9 x): apply the two numbers as one.
        plain = self.exponent(form, 1 / unit)
        x = b.scale(unit * half, plain)
        h = b.op("expm1", x)
        result = b.op("mul", b.scale(factor, h), b.op("add", h, b.constant(2)))
        tiny = b.op("tiny", x)
        return b.op("where", tiny, b.scale(factor * unit, plain), result)

    def scaled_sum(self, expr: sp.Expr) -> tuple[int, int]:
        """(M, S) with the sum equal to S exp(M), M the largest exponent: nothing overflows before the end."""
        b = self.builder
        groups = self._groups(expr)
        exponents = [b.constant(0) if form.is_zero else self.exponent(form) for form, _ in groups]
        peak = exponents[0]
        for node in exponents[1:]:
            peak = b.op("max", peak, node)
        nodes = []
        for node, (_, coefficient) in zip(exponents, groups, strict=True):
            decay = b.op("exp", b.op("sub", node, peak))
            if not coefficient.has(V, W):
                nodes.append(b.scale(coefficient, decay))
            else:
                nodes.append(b.op("mul", self.value(coefficient), decay))
        return peak, b.total(nodes)

    def _direct_sum(self, expr: sp.Expr) -> int:
        """A sum without exponentials: v, logarithms of positive sums and a constant are joined in one exponent."""
        b = self.builder
        linear, rest = Exponent(), []
        for term in sp.Add.make_args(expr):
            coefficient, other = term.as_independent(V, W, as_Add=False)
            if other is V:
                linear.low += coefficient
                linear.high += coefficient
            elif other is sp.S.One:
                linear.constant += coefficient
            elif (
                isinstance(other, sp.log)
                and is_positive(other.args[0])
                and w_terms(other.args[0]) is not None
            ):
                terms = w_terms(other.args[0])
                linear.add_power(terms, other.args[0], coefficient)
            else:
                rest.append(self.value(term))
        if not linear.logs and linear.low != 0 and not rest:
            return b.scale(linear.low, self.shifted(-linear.constant / linear.low))
        nodes = [] if linear.is_zero else [self.exponent(linear)]
        return b.total([*nodes, *rest])

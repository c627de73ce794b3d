"""Instructions for sums: terms with the same exponential are gathered, differences go through expm1."""

from __future__ import annotations

import sympy as sp

from gantheory.lowering.forms.atoms import Omega, V, W
from gantheory.lowering.forms.products import is_positive, multiply, w_terms
from gantheory.lowering.programs.exponent import Exponent
from gantheory.lowering.programs.exponential_parts import HALF, ExponentialParts, univariate


class SumParts(ExponentialParts):
    """Sums of normal forms. The class that compiles products provides ``split`` and the two products."""

    def split(self, expr: sp.Expr, logs_only: bool) -> tuple[sp.Expr, Exponent, list]:
        raise NotImplementedError

    def product(self, expr: sp.Expr) -> int:
        raise NotImplementedError

    def group_product(self, form: Exponent, coefficient: sp.Expr) -> int:
        raise NotImplementedError

    def groups(self, expr: sp.Expr) -> list[tuple[Exponent, sp.Expr, list[sp.Expr]]]:
        """Terms gathered by their exponential part: (exponent, coefficient, terms)."""
        found: dict[tuple, tuple[Exponent, list, list]] = {}
        for term in sp.Add.make_args(expr):
            number, form, factors = self.split(term, logs_only=True)
            _, parts, terms = found.setdefault(form.key, (form, [], []))
            parts.append(multiply([number, *[base**power for base, power in factors]]))
            terms.append(term)
        return [(form, sp.Add(*parts), terms) for form, parts, terms in found.values()]

    def may_overflow(self, expr: sp.Expr) -> bool:
        return any(form.grows(side) for form, _, _ in self.groups(expr) for side in (-1, 1))

    def may_cancel(self, groups: list[tuple[Exponent, sp.Expr, list[sp.Expr]]]) -> bool:
        """Whether two terms overflow on one side, where their difference may not."""
        return any(sum(form.grows(side) for form, _, _ in groups) > 1 for side in (-1, 1))

    def sum(self, expr: sp.Expr) -> int:
        b = self.builder
        if len(expr.args) == 2 and univariate(expr):
            return self.product(expr)
        groups = self.groups(expr)
        if len(groups) == 1 and groups[0][0].is_zero:
            return self._plain_sum(expr)
        if len(groups) == 2 and not any(c.has(V, W) for _, c, _ in groups):
            node = self.difference(*[(form, c) for form, c, _ in groups])
            if node is not None:
                return node
        if self.may_cancel(groups):
            peak, total = self.scaled_sum(expr)
            half = b.op("exp", b.scale(HALF, peak))
            return b.op("mul", b.op("mul", total, half), half)
        nodes = []
        for form, coefficient, terms in groups:
            if form.is_zero:
                nodes.append(self._plain_sum(coefficient))
            elif len(terms) == 1:
                nodes.append(self.value(terms[0]))
            else:
                nodes.append(self.group_product(form, coefficient))
        return b.total(nodes)

    def difference(self, first: tuple, second: tuple) -> int | None:
        """k (exp(E1) - exp(E2)), or k exp(E1) - k + something small, through expm1; None for other sums."""
        b = self.builder
        (form, k), (other, j) = (second, first) if first[0].is_zero else (first, second)
        left_over, size = float(sp.N(k + j, 30)), abs(float(sp.N(k, 30)))
        if abs(left_over) < 1e-25 * size:
            left_over = 0.0
        if left_over != 0 and not (other.is_zero and abs(left_over) < size / 10):
            return None
        result = self.scaled_expm1(k, form.minus(other))
        if other.is_zero:
            return result if left_over == 0 else b.op("add", result, b.constant(k + j))
        return self.with_exponential(result, other)

    def with_exponential(self, node: int, form: Exponent) -> int:
        """node * exp(E), half of E at a time, so that neither overflows before the other is applied."""
        b = self.builder
        half = b.op("exp", self.exponent(form, HALF))
        return b.op("mul", b.op("mul", node, half), half)

    def scaled_expm1(self, factor: sp.Expr, form: Exponent) -> int:
        """factor * expm1(E) as factor h (h + 2), h = expm1(E/2): no overflow before the factor is applied."""
        b = self.builder
        unit = form.unit
        if unit is None:
            h = b.op("expm1", self.exponent(form, HALF))
            return b.op("mul", b.scale(factor, h), b.op("add", h, b.constant(2)))
        # factor * E may be normal where E is not, as in 1e9 expm1(1e-9 x): apply both numbers as one there.
        plain = self.exponent(form, 1 / unit)
        x = b.scale(unit * HALF, plain)
        h = b.op("expm1", x)
        result = b.op("mul", b.scale(factor, h), b.op("add", h, b.constant(2)))
        return b.op("where", b.op("tiny", x), b.scale(factor * unit, plain), result)

    def scaled_sum(self, expr: sp.Expr) -> tuple[int, int]:
        """(M, S) with the sum equal to S exp(M), M the largest exponent: nothing overflows before the end."""
        b = self.builder
        groups = self.groups(expr)
        exponents = [b.constant(0) if form.is_zero else self.exponent(form) for form, _, _ in groups]
        # The constant last: backends take a plain number as second argument of a maximum.
        peak, *others = sorted(exponents, key=lambda node: node == b.constant(0))
        for node in others:
            peak = b.op("max", peak, node)
        if len(groups) == 2 and (forms := _opposite(groups)) is not None:
            gap = self.exponent(forms[0].minus(forms[1]))  # exp(E1) - exp(E2) is 0 where E1 - E2 is
            size = b.op("expm1", b.op("neg", b.op("abs", gap)))
            return peak, b.scale(-groups[0][1], b.op("mul", b.op("sign", gap), size))
        nodes = []
        for node, (_, coefficient, _) in zip(exponents, groups, strict=True):
            decay = b.op("exp", b.op("sub", node, peak))
            if not coefficient.has(V, W):
                nodes.append(b.scale(coefficient, decay))
            else:
                nodes.append(b.op("damp", decay, self.value(coefficient)))
        return peak, b.total(nodes)

    def _plain_sum(self, expr: sp.Expr) -> int:
        """A sum without exponentials: v, logarithms of positive sums and a constant join in one exponent."""
        b = self.builder
        linear, rest, omegas = Exponent(), [], {}
        for term in sp.Add.make_args(expr):
            coefficient, other = term.as_independent(V, W, as_Add=False)
            if other is V:
                linear.low += coefficient
                linear.high += coefficient
            elif other is sp.S.One:
                linear.constant += coefficient
            elif isinstance(other, sp.log) and univariate(other.args[0]) and is_positive(other.args[0]):
                linear.add_power(w_terms(other.args[0]) or {}, other.args[0], coefficient)
            elif isinstance(other, Omega):
                omegas[other] = coefficient
            else:
                rest.append(self.value(term))
        for omega, coefficient in omegas.items():
            rest.append(self._omega_term(omega, coefficient, linear))
        if not linear.logs and linear.low != 0 and not rest:
            return b.scale(linear.low, self.shifted(-linear.constant / linear.low))
        nodes = [] if linear.is_zero else [self.exponent(linear)]
        return b.total([*nodes, *rest])

    def _omega_term(self, omega: sp.Expr, coefficient: sp.Expr, linear: Exponent) -> int:
        """coefficient * omega(z); beside -coefficient * z, which it takes from ``linear``, as -log omega."""
        b = self.builder
        z = sp.expand(omega.args[0])
        slope, intercept = z.coeff(V), z.coeff(V, 0)
        node = self.value(omega)
        if not (
            not linear.logs
            and z == slope * V + intercept
            and slope != 0
            and linear.low == linear.high == -coefficient * slope
        ):
            return b.scale(coefficient, node)
        linear.low = linear.high = sp.S.Zero
        linear.constant += coefficient * intercept
        arg = self.value(omega.args[0])
        left, right = b.op("sub", node, arg), b.op("neg", b.op("log", node))
        return b.scale(coefficient, b.op("where", b.op("lt", arg, b.constant(0)), left, right))


def _opposite(groups: list[tuple[Exponent, sp.Expr, list[sp.Expr]]]) -> tuple[Exponent, Exponent] | None:
    """The exponents of two terms k exp(E1) - k exp(E2); None for all else."""
    (first, k, _), (second, j, _) = groups
    return (first, second) if not k.has(V, W) and k == -j else None

"""Programs that people read: exponents in log sigmoids, and none of the care at the ends of the number range.

`compile_normal_form` applies exponentials by halves, so that nothing overflows before a product is complete,
and carries roots to twice the working precision. Here an exponential of a product of powers of sigmoids is
exp(p logsigmoid(v) + q logsigmoid(-v)), which is as accurate wherever the value itself is a normal number.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory.lowering.forms.atoms import Select, V, W
from gantheory.lowering.programs.compile import Compiler
from gantheory.lowering.programs.exponent import Exponent
from gantheory.lowering.programs.program import Program


def compile_plain(expr: sp.Expr) -> Program:
    """Compile a normal form; beside the operations of a `Program` it has "logsigmoid". NaN gives NaN."""
    compiler = _Plain()
    result, b = compiler.value(expr), compiler.builder
    program = b.program(result)
    if expr.has(Select) and any(instruction.op == "where" for instruction in program.instructions):
        number = b.op("or", b.op("lt", b.x, b.constant(1)), b.op("lt", b.constant(0), b.x))
        program = b.program(b.op("where", number, result, b.x))
    return program


class _Plain(Compiler):
    def split(self, expr: sp.Expr, logs_only: bool) -> tuple[sp.Expr, Exponent, list]:
        return super().split(expr, logs_only=True)

    def product(self, expr: sp.Expr) -> int:
        wide = sp.expand(expr)
        powers = all((term / term.as_coeff_Mul()[0]).as_base_exp()[0] in (1, W) for term in wide.args)
        node = self._of_two_terms(wide) if powers else None
        return super().product(expr) if node is None else node

    def sum(self, expr: sp.Expr) -> int:
        node = self._of_two_terms(expr)
        return super().sum(expr) if node is None else node

    def _of_two_terms(self, expr: sp.Expr) -> int | None:
        """A difference of two exponentials through expm1; None for all else."""
        if not expr.is_Add or len(expr.args) != 2:
            return None
        groups = self.groups(expr)
        if len(groups) != 2 or any(coefficient.has(V, W) for _, coefficient, _ in groups):
            return None
        return self.difference(*[(form, coefficient) for form, coefficient, _ in groups])

    def may_overflow(self, expr: sp.Expr) -> bool:
        return False

    def may_cancel(self, groups: Any) -> bool:
        return False

    def exponent(self, form: Exponent, factor: sp.Expr = sp.S.One) -> int:
        """E with low = p and high = -q is p logsigmoid(v) + q logsigmoid(-v), as v = their difference."""
        logs = {base for base, power in form.logs.items() if power != 0}
        tails = any(power != 0 for power in form.tails.values())
        if logs != {1 + W} or tails or form.further != 0:
            return super().exponent(form, factor)
        b = self.builder
        sides = ((form.low, b.x), (-form.high, b.op("neg", b.x)))
        nodes = [b.scale(power * factor, b.op("logsigmoid", x)) for power, x in sides if power != 0]
        if form.constant != 0:
            nodes.append(b.constant(form.constant * factor))
        return b.total(nodes)

    def scaled_expm1(self, factor: sp.Expr, form: Exponent) -> int:
        return self.builder.scale(factor, self.builder.op("expm1", self.exponent(form)))

    def assemble(self, number: sp.Expr, form: Exponent, factors: list, peaks: list[int]) -> int:
        b = self.builder
        result = None if form.is_zero else b.op("exp", self.exponent(form))
        for node, power, _ in factors:
            raised = self.power(node, abs(power))
            if result is None and power.is_positive:
                result = raised
            else:
                before = b.constant(1) if result is None else result
                result = b.op("mul" if power.is_positive else "div", before, raised)
        return b.constant(number) if result is None else b.scale(number, result)

    def shifted(self, root: sp.Expr) -> int:
        return (
            self.builder.x
            if root == 0
            else self.builder.op("sub", self.builder.x, self.builder.constant(root))
        )

    def select(self, arg: sp.Expr, negative: sp.Expr, zero: sp.Expr, positive: sp.Expr) -> int:
        """A multiple of the smaller or larger of arg and 0, where it is that: backends keep NaN in it."""
        b = self.builder
        kept, name = (positive, "max") if negative == 0 else (negative, "min")
        slope = sp.cancel(kept / arg)
        if 0 in (negative, positive) and not slope.has(V, W):
            return b.scale(slope, b.op(name, self.value(arg), b.constant(0)))
        return super().select(arg, negative, zero, positive)

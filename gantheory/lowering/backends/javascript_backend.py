"""Programs as JavaScript source: one function of a number, in float64, for a page or for node.

The source calls the operations that JavaScript lacks as ``M.omega``, ``M.erfc`` and so on: `runtime` is
the text that defines ``M``. Constants are written with all their digits. A constant that holds a
`Parameter` becomes an expression in ``p``, the object of parameter values that the function takes as its
second argument.
"""

from __future__ import annotations

import math
from functools import cache
from importlib import resources
from typing import Any, NoReturn

import sympy as sp
from sympy.printing.jscode import JavascriptCodePrinter

from gantheory.lowering.backends.floats import nearest_float, rounding_rest
from gantheory.lowering.forms.parameter import Parameter
from gantheory.lowering.programs.program import Instruction, Program

_INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "or": "||"}
_MATH = {
    "abs": "abs", "sign": "sign", "exp": "exp", "expm1": "expm1", "log": "log", "log1p": "log1p",
    "sqrt": "sqrt", "atan": "atan", "sin": "sin", "cos": "cos", "min": "min", "max": "max", "pow": "pow",
}  # fmt: skip
_RUNTIME = frozenset(["erf", "erfc", "erfcx", "omega", "damp", "tiny"])


@cache
def runtime() -> str:
    """JavaScript that defines ``M``, the operations that Math has not."""
    return (resources.files(__package__) / "javascript_runtime.js").read_text(encoding="utf-8")


def source(program: Program) -> str:
    """``(x, p) => ...`` as JavaScript; ``p`` holds the values of parameters, if there are any."""
    names: list[str] = []
    lines: list[str] = []
    uses = [0] * len(program.instructions)
    for instruction in program.instructions:
        for i in instruction.args:
            uses[i] += 1
    for i, instruction in enumerate(program.instructions):
        text = _expression(instruction, names)
        atom = instruction.op == "input" or (instruction.value is not None and not text.startswith("("))
        if atom or (uses[i] == 1 and len(text) < 60):
            names.append(text)
        else:
            names.append(f"t{i}")
            lines.append(f"const t{i} = {text};")
    body = "\n  ".join([*lines, f"return {names[program.result]};"])
    if not lines:
        return f"(x, p) => {names[program.result]}"
    return f"(x, p) => {{\n  {body}\n}}"


def make(function: Any) -> Any:
    """Nothing here runs JavaScript: the call says where it can be run."""

    def call(x: Any) -> NoReturn:
        raise TypeError(
            "a function lowered to JavaScript runs in a browser or in node: its text is in .source, and "
            "it calls what gantheory.lowering.javascript_runtime() defines"
        )

    return call


def _expression(instruction: Instruction, names: list[str]) -> str:
    op, args = instruction.op, [names[i] for i in instruction.args]
    if op == "input":
        return "x"
    if instruction.value is not None:
        return _constant(instruction.value, op)
    if op == "neg":
        return f"(-{args[0]})"
    if op == "where":
        return f"({args[0]} ? {args[1]} : {args[2]})"
    if op in _INFIX:
        return f"({args[0]} {_INFIX[op]} {args[1]})"
    if op in _MATH:
        return f"Math.{_MATH[op]}({', '.join(args)})"
    if op in _RUNTIME:
        return f"M.{op}({', '.join(args)})"
    raise ValueError(f"no JavaScript for the operation {op!r}")


def _constant(value: sp.Expr, op: str) -> str:
    if value.atoms(Parameter):
        value = _shortest(value)
    if value.atoms(Parameter):
        # A parameter is itself rounded to a float; no rest is known of it.
        return "0" if op == "rounding" else f"({_Printer().doprint(value)})"
    number = nearest_float(value) if op == "const" else rounding_rest(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "(-Infinity)"
    text = repr(number).removesuffix(".0")
    return f"({text})" if text.startswith("-") else text


@cache
def _shortest(value: sp.Expr) -> sp.Expr:
    """The same number, rational parts over one denominator: (1 - 1/a)/(1/a - 1) is -1."""
    symbols = {p: sp.Symbol(p.name, positive=True) for p in value.atoms(Parameter)}
    plain = _cancelled(value.xreplace(symbols))
    return plain.xreplace({symbol: p for p, symbol in symbols.items()})


def _cancelled(expr: sp.Expr) -> sp.Expr:
    if expr.is_rational_function():
        return sp.cancel(expr)
    return expr.func(*[_cancelled(arg) for arg in expr.args]) if expr.args else expr


class _Printer(JavascriptCodePrinter):
    def _print_Parameter(self, expr: Parameter) -> str:
        return f"p.{expr.name}"

    def _print_Rational(self, expr: sp.Rational) -> str:
        return f"({int(expr.p)}/{int(expr.q)})"

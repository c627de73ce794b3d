"""A lowered expression as Python text in the words of PyTorch or JAX."""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy as sp

from gantheory.errors import GantheoryError
from gantheory.lowering.backends.floats import nearest_float
from gantheory.lowering.programs.program import Instruction, Program

ATOM, UNARY, PRODUCT, SUM, COMPARISON = range(5)
"""How tightly a text binds."""

AUTOGRAD = frozenset(["input", "const", "neg", "add", "sub", "mul", "abs", "min", "max", "exp", "logsigmoid"])
"""Of compositions of these the framework's own gradient is exact: none rounds to a value that its derivative
is computed from, as expm1 does at -1."""


class NoExportError(GantheoryError):
    """An objective of which no plain training loop can be written."""


@dataclass(frozen=True)
class Dialect:
    """The words of a framework.

    Attributes:
        calls: operation -> its function.
        filled: text of an array like v that is everywhere {0}.
        bounds: "min" and "max" of an expression and a number.
    """

    name: str
    calls: dict[str, str]
    filled: str
    bounds: dict[str, str]


_SHARED = ("abs", "sign", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "where")
_OMEGA = {"omega": "omega", "logsigmoid": "logsigmoid"}
TORCH = Dialect(
    name="torch",
    calls={op: f"torch.{op}" for op in (*_SHARED, "atan", "erf", "erfc")}
    | {"erfcx": "torch.special.erfcx", "min": "torch.minimum", "max": "torch.maximum"}
    | _OMEGA,
    filled="torch.full_like(v, {0})",
    bounds={"min": "torch.clamp({0}, max={1})", "max": "torch.clamp({0}, min={1})"},
)
JAX = Dialect(
    name="jax",
    calls={op: f"jnp.{op}" for op in _SHARED}
    | {"atan": "jnp.arctan", "erf": "jax.scipy.special.erf", "erfc": "jax.scipy.special.erfc"}
    | {"min": "jnp.minimum", "max": "jnp.maximum"}
    | _OMEGA,
    filled="jnp.full_like(v, {0})",
    bounds={"min": "jnp.minimum({0}, {1})", "max": "jnp.maximum({0}, {1})"},
)


@dataclass(frozen=True)
class Body:
    """A function of v: assignments of what is used more than once, and the result."""

    result: str
    assignments: tuple[str, ...] = ()
    words: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class _Text:
    text: str
    binds: int
    value: sp.Expr | None = None
    negated: str | None = None
    """The text of its negative, of what is a difference."""

    def within(self, limit: int) -> str:
        return self.text if self.binds <= limit else f"({self.text})"


def body(program: Program, dialect: Dialect) -> Body:
    """`program` as the body of a function of v.

    Raises:
        NoExportError: an operation that the framework lacks.
    """
    uses = [0] * len(program.instructions)
    for instruction in program.instructions:
        for i in instruction.args:
            uses[i] += 1
    texts: list[_Text] = []
    assignments: list[str] = []
    for i, instruction in enumerate(program.instructions):
        text = _text(instruction, [texts[k] for k in instruction.args], dialect)
        if uses[i] > 1 and len(text.text) > 6:
            name = f"t{len(assignments) + 1}"
            assignments.append(f"{name} = {text.text}")
            text = _Text(name, ATOM)
        texts.append(text)
    result = texts[program.result]
    written = dialect.filled.format(result.text) if result.value is not None else result.text
    return Body(written, tuple(assignments), frozenset(each.op for each in program.instructions))


def _text(instruction: Instruction, args: list[_Text], dialect: Dialect) -> _Text:
    op = instruction.op
    if op == "input":
        return _Text("v", ATOM)
    if instruction.value is not None:
        return number(instruction.value)
    if op == "neg":
        return _negative(args[0])
    if op in ("mul", "damp"):
        return _product(*args)
    if op == "add":
        return _sum(*args)
    if op == "sub":
        return _difference(*args)
    if op == "div":
        return _Text(f"{args[0].within(PRODUCT)} / {args[1].within(UNARY)}", PRODUCT)
    if op == "lt":
        return _Text(f"{args[0].within(SUM)} < {args[1].within(SUM)}", COMPARISON)
    if op == "or":
        return _Text(f"({args[0].text}) | ({args[1].text})", COMPARISON)
    if op == "pow":
        return _Text(f"{args[0].within(ATOM)} ** {args[1].within(ATOM)}", PRODUCT)
    if op in dialect.bounds and args[1].value is not None:
        return _Text(dialect.bounds[op].format(args[0].text, args[1].text), ATOM)
    if op not in dialect.calls:
        raise NoExportError(f"objective cannot be written for {dialect.name}, which has no {op}")
    shown = [arg.text for arg in args]
    if op == "where" and args[2].value is not None:
        shown[2] = dialect.filled.format(shown[2])
    return _Text(f"{dialect.calls[op]}({', '.join(shown)})", ATOM)


def number(value: sp.Expr) -> _Text:
    """A number as Python writes it: quotients of integers as such, all others by their nearest double."""
    if value.is_Rational and max(abs(value.p), value.q) < 10**6:
        text, binds = (str(value.p), ATOM) if value.q == 1 else (f"{value.p} / {value.q}", PRODUCT)
    else:
        text, binds = repr(nearest_float(value)), ATOM
    if text.startswith("-") and binds == ATOM:
        binds = UNARY
    return _Text(text, binds, value)


def _negative(arg: _Text) -> _Text:
    if arg.negated is not None:
        return _Text(arg.negated, SUM, negated=arg.text)
    if arg.text.startswith("-") and arg.binds <= PRODUCT:
        return _Text(arg.text[1:], PRODUCT if arg.binds == PRODUCT else ATOM)
    return _Text(f"-{arg.within(PRODUCT)}", max(arg.binds, UNARY) if arg.binds <= PRODUCT else UNARY)


def _difference(left: _Text, right: _Text) -> _Text:
    if right.text.startswith("-") and right.binds <= PRODUCT:
        return _sum(left, _negative(right))
    text, negated = (
        f"{one.within(SUM)} - {other.within(PRODUCT)}" for one, other in ((left, right), (right, left))
    )
    return _Text(text, SUM, negated=negated)


def _product(left: _Text, right: _Text) -> _Text:
    """left * right; a factor 1/n divides."""
    if left.value is not None and left.value.is_Rational and abs(left.value.p) == 1 and left.value.q != 1:
        sign = "-" if left.value.p < 0 else ""
        inner = right.within(UNARY if sign and not right.text.startswith("-") else PRODUCT)
        return _Text(f"{sign}{inner} / {left.value.q}", PRODUCT)
    if left == right:
        return _Text(f"{left.within(ATOM)} ** 2", PRODUCT)
    # A power inside needs no bracket; a quotient on the right does.
    return _Text(f"{left.within(PRODUCT)} * {right.within(UNARY)}", PRODUCT)


def _sum(left: _Text, right: _Text) -> _Text:
    return _Text(_joined(left, right), SUM, negated=_joined(_negative(left), _negative(right)))


def _joined(left: _Text, right: _Text) -> str:
    """left + right; what begins with a minus sign is subtracted, and comes second."""
    if left.text.startswith("-") and not right.text.startswith("-"):
        left, right = right, left
    if right.text.startswith("-"):
        return f"{left.within(SUM)} - {right.text[1:]}"
    return f"{left.within(SUM)} + {right.within(SUM)}"

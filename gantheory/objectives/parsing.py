"""A user's own expressions, read by a whitelist: nothing that a text says is ever executed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any

import sympy as sp

from gantheory.errors import ExpressionError, nearest, shown
from gantheory.exact import exact, finite
from gantheory.objectives.objective import Objective, v


def _softplus(z: sp.Expr) -> sp.Expr:
    return sp.log(1 + sp.exp(z))


def _clamp(z: sp.Expr, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    return sp.Max(low, sp.Min(z, high))


FUNCTIONS: dict[str, tuple[Callable[..., sp.Expr], int | None]] = {
    # name: (constructor, number of arguments; None for two or more)
    "exp": (sp.exp, 1),
    "log": (sp.log, 1),
    "sqrt": (sp.sqrt, 1),
    "expm1": (lambda z: sp.exp(z) - 1, 1),
    "log1p": (lambda z: sp.log(1 + z), 1),
    "sigmoid": (lambda z: 1 / (1 + sp.exp(-z)), 1),
    "logsigmoid": (lambda z: -_softplus(-z), 1),
    "softplus": (_softplus, 1),
    "relu": (lambda z: sp.Max(0, z), 1),
    "tanh": (sp.tanh, 1),
    "sinh": (sp.sinh, 1),
    "cosh": (sp.cosh, 1),
    "atan": (sp.atan, 1),
    "erf": (sp.erf, 1),
    "erfc": (sp.erfc, 1),
    "LambertW": (sp.LambertW, 1),
    "abs": (sp.Abs, 1),
    "Abs": (sp.Abs, 1),
    "sign": (sp.sign, 1),
    "min": (sp.Min, None),
    "Min": (sp.Min, None),
    "max": (sp.Max, None),
    "Max": (sp.Max, None),
    "clamp": (_clamp, 3),
    "clip": (_clamp, 3),
}
"""The functions that a parsed expression may call."""

CONSTANTS: dict[str, sp.Expr] = {"pi": sp.pi, "e": sp.E}
"""The constants that it may name."""

_OPERATORS: dict[type[ast.operator], Callable[[sp.Expr, sp.Expr], sp.Expr]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
_LONGEST = 4_000
_LARGEST_POWER = 200
_DEEPEST = 2


def parse_expression(text: str, names: Mapping[str, sp.Expr], argument: str = "expression") -> sp.Expr:
    """Read `text` as a sympy expression in `names`, the whitelisted functions and constants.

    Args:
        text: for instance ``"-softplus(-v)"``; Python's operators ``+ - * / **``.
        names: what each name stands for.
        argument: argument name for error messages.

    Raises:
        TypeError: `text` is not a string.
        ExpressionError: an unknown name or function (the nearest known is suggested), attribute access,
        anything else
            outside the whitelist, or a syntax error. Nothing of the text is executed.
    """
    if not isinstance(text, str):
        raise TypeError(f"{argument} must be text such as 'log(1 + exp(-v))', got {text!r}")
    if len(text) > _LONGEST:
        raise ExpressionError(f"{argument} must be at most {_LONGEST} characters long, got {len(text)}")
    try:
        tree = ast.parse(text.strip(), mode="eval")
        expr = _Reader(text, names, argument).read(tree.body)
    except SyntaxError as error:
        raise ExpressionError(f"{argument} {text!r} is not an expression: {error.msg}") from None
    except (RecursionError, MemoryError):
        raise ExpressionError(f"{argument} is nested too deeply") from None
    if expr.has(sp.oo, -sp.oo, sp.zoo, sp.nan):
        raise ExpressionError(f"{argument} {text!r} holds a value that is infinite or undefined: {expr}")
    depth = _exponential_depth(expr)
    if depth > _DEEPEST:
        # exp(exp(exp(5))) has more digits than a machine has memory, and high precision would try.
        raise ExpressionError(
            f"{argument} {text!r}: exponentials are nested {depth} deep, at most {_DEEPEST} are allowed"
        )
    return expr


def _exponential_depth(expr: sp.Expr) -> int:
    inner = max((_exponential_depth(arg) for arg in expr.args if isinstance(arg, sp.Expr)), default=0)
    grows = isinstance(expr, sp.exp | sp.sinh | sp.cosh | sp.tanh) or (
        isinstance(expr, sp.Pow) and not expr.exp.is_Rational
    )
    return inner + (1 if grows else 0)


class _Reader:
    def __init__(self, text: str, names: Mapping[str, sp.Expr], argument: str) -> None:
        self.text, self.names, self.argument = text, names, argument

    def refuse(self, why: str) -> ExpressionError:
        return ExpressionError(f"{self.argument} {self.text!r}: {why}")

    def read(self, node: ast.expr) -> sp.Expr:
        match node:
            case ast.Constant(value=bool() | complex() | str() | bytes() | None):
                raise self.refuse(f"{node.value!r} is not a real number")
            case ast.Constant(value=int() | float() as number):
                return finite(number, self.argument)
            case ast.Name(id=name):
                return self.name(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.read(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operation(op, self.read(left), self.read(right))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.call(name, args)
            case ast.Attribute():
                raise self.refuse("attribute access is not allowed")
        raise self.refuse(
            f"{ast.unparse(node)!r} is not allowed; use numbers, names, + - * / ** and functions"
        )

    def name(self, name: str) -> sp.Expr:
        known = {**CONSTANTS, **self.names}
        if name in FUNCTIONS:
            raise self.refuse(f"{name} is a function and needs an argument")
        if name not in known:
            raise self.refuse(f"unknown name {name!r}{nearest(name, known)}")
        return known[name]

    def operation(self, op: ast.operator, left: sp.Expr, right: sp.Expr) -> sp.Expr:
        if type(op) not in _OPERATORS:
            hint = "; write ** for a power" if isinstance(op, ast.BitXor) else ""
            raise self.refuse(f"operator {type(op).__name__} is not allowed{hint}")
        if isinstance(op, ast.Div) and right.is_zero:
            raise self.refuse("division by zero")
        if isinstance(op, ast.Pow) and right.is_number and not abs(right) <= _LARGEST_POWER:
            # An exact power tower, or a polynomial of that degree, would fill the memory.
            raise self.refuse(f"a power may be at most {_LARGEST_POWER}, got {str(right)[:40]}")
        return _OPERATORS[type(op)](left, right)

    def call(self, name: str, args: list[ast.expr]) -> sp.Expr:
        if name not in FUNCTIONS:
            raise self.refuse(f"function {name!r} is not allowed{nearest(name, FUNCTIONS)}")
        function, count = FUNCTIONS[name]
        if len(args) != count if count is not None else len(args) < 2:
            raise self.refuse(
                f"{name} takes {count or 'two or more'} argument{'' if count == 1 else 's'}, got {len(args)}"
            )
        return function(*map(self.read, args))


def parse(
    *,
    real: str,
    fake: str,
    generator: str,
    generator_real: str = "0",
    link: str = "v",
    domain: tuple[Any, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    name: str = "parsed",
    source: str = "user",
) -> Objective:
    """Read an objective from text.

    Args:
        real, fake: A and B, what the discriminator maximizes on real and on fake data, in `v`.
        generator: S, what the generator minimizes on fake data.
        generator_real: R, its term on real data.
        link: the reported discriminator output; the name ``D`` stands for it in the other expressions.
        domain: interval of v, by default the real line.
        parameters: values of further names used in the expressions.
        name, source: for reports.

    Raises:
        ExpressionError: what the whitelist does not allow (see `parse_expression`), or an expression that
        is not
            real somewhere in the domain.

    Example:
        >>> parse(real="-softplus(-v)", fake="-softplus(v)", generator="softplus(-v)").S
        log(1 + exp(-v))
    """
    if not isinstance(parameters, (Mapping, NoneType)):
        raise TypeError(f"parameters must map names to numbers, got {shown(parameters)}")
    values = {key: exact(value, f"parameters[{key!r}]") for key, value in (parameters or {}).items()}
    clash = sorted(set(values) & ({"v", "D"} | set(FUNCTIONS) | set(CONSTANTS)))
    if clash:
        raise ValueError(f"parameters may not redefine {', '.join(clash)}")
    names: dict[str, sp.Expr] = {"v": v, **values}
    link_expr = parse_expression(link, names, "link")
    names["D"] = link_expr
    texts = {"real": real, "fake": fake, "generator": generator, "generator_real": generator_real}
    A, B, S, R = (parse_expression(text, names, key) for key, text in texts.items())
    low, high = (-sp.oo, sp.oo) if domain is None else (exact(end, "domain") for end in _two(domain))
    objective = Objective(
        name=name,
        A=A,
        B=B,
        R=R,
        S=S,
        link=link_expr,
        domain=(low, high),
        parameters=tuple(values.items()),
        source=source,
    )
    _check_real(objective, {**texts, "link": link})
    return objective


def _two(domain: Any) -> tuple[Any, Any]:
    if not isinstance(domain, (tuple, list)) or len(domain) != 2:
        raise ValueError(f"domain must be two numbers such as (0, inf), got {domain!r}")
    low, high = domain
    return low, high


def _check_real(objective: Objective, texts: Mapping[str, str]) -> None:
    low, high = objective.domain
    grid = [sp.Rational(k, 8) for k in (-24, -11, -3, 1, 5, 13, 27)]
    if low.is_finite and high.is_finite:
        points = [low + (high - low) * sp.Rational(k, 8) for k in range(1, 8)]
    elif low.is_finite:
        points = [low + abs(k) for k in grid]
    elif high.is_finite:
        points = [high - abs(k) for k in grid]
    else:
        points = grid
    roles = {"real": "A", "fake": "B", "generator": "S", "generator_real": "R", "link": "link"}
    for argument, role in roles.items():
        for point in points:
            value = complex(sp.N(getattr(objective, role).subs(v, point), 30))
            if abs(value.imag) > 1e-20 or value != value:
                hint = "; if D is a probability give link='sigmoid(v)'" if objective.link == v else ""
                if objective.domain == (-sp.oo, sp.oo):
                    hint += "; if scores are limited to an interval give domain=(low, high)"
                raise ValueError(f"{argument} {texts[argument]!r} is not real at v = {point}{hint}")

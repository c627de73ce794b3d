"""Objectives as text: the call syntax of the command line and of files."""

from __future__ import annotations

import ast
import inspect
import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from gantheory.errors import UnknownObjectiveError
from gantheory.objectives.catalogue import CONSTRUCTORS
from gantheory.objectives.named import loss_of, read_losses
from gantheory.objectives.objective import Objective


def from_spec(text: str) -> Objective:
    """Build an objective from text such as ``"alpha_gan(0.5, 1.2, saturating=False)"`` or ``"vanilla"``.

    Arguments are literals: numbers, quotients of numbers such as ``6/5``, ``inf``, booleans and quoted
    text. The text is parsed, never executed. A name may also be one of the file that the environment variable
    GANTHEORY_LOSSES names; see `gantheory.objectives.named`.

    Raises:
        TypeError: no text.
        UnknownObjectiveError: no constructor or loss of that name (the nearest is suggested).
        ValueError: the text is not such a call, or the constructor refuses its arguments.
    """
    if not isinstance(text, str):
        raise TypeError(f"objective must be text such as 'alpha_gan(0.5, 1.2)', got {text!r}")
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"objective {text!r} is not a name or a call such as alpha_gan(0.5, 1.2)") from None
    match node:
        case ast.Name(id=name):
            args, keywords = list[ast.expr](), list[ast.keyword]()
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            pass
        case _:
            raise ValueError(f"objective {text!r} is not a name or a call such as alpha_gan(0.5, 1.2)")
    positional = [_literal(arg, text) for arg in args]
    named = {str(keyword.arg): _literal(keyword.value, text) for keyword in keywords}
    if name not in CONSTRUCTORS:
        losses = read_losses()
        if name not in losses:
            raise UnknownObjectiveError(name, [*CONSTRUCTORS, *losses])
        if positional:
            raise ValueError(f"objective {text!r}: give its parameters by name, such as {name}(k=2)")
        return loss_of(name, named, losses[name])
    constructor = CONSTRUCTORS[name]
    try:
        inspect.signature(constructor).bind(*positional, **named)
    except TypeError as error:
        raise ValueError(
            f"objective {text!r}: {error}; the call is {name}{_signature(constructor)}"
        ) from None
    return constructor(*positional, **named)


def to_spec(objective: Objective) -> str:
    """Text from which `from_spec` builds `objective` again: its name, or a call of parse for a user's own.

    Raises:
        ValueError: no text stands for it, as for an outer function that no constructor gives.
    """
    roles = ("A", "B", "R", "S", "domain", "link", "outer", "critic")
    arguments = {"real": objective.A, "fake": objective.B, "generator": objective.S}
    arguments |= {"generator_real": objective.R, "link": objective.link}
    spelled = ", ".join(f"{name}={str(expr)!r}" for name, expr in arguments.items())
    low, high = (str(end).replace("oo", "inf") for end in objective.domain)
    own = f"parse({spelled}, domain=({low}, {high}), name={objective.name!r}, source={objective.source!r})"
    # The name of a loss of a file says nothing where there is no such file, or another.
    built_in = re.match(r"\w*", objective.name).group() in CONSTRUCTORS  # type: ignore[union-attr]
    for text in (objective.name, own) if built_in else (own,):
        try:
            read = from_spec(text)
        except (ValueError, TypeError):
            continue
        if all(getattr(read, role) == getattr(objective, role) for role in roles):
            return text
    raise ValueError(
        f"objective {objective.name!r} cannot be written as text; build it by from_spec or parse"
    )


def _signature(constructor: Callable[..., Objective]) -> str:
    parameters = inspect.signature(constructor).parameters.values()
    return (
        "("
        + ", ".join(p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in parameters)
        + ")"
    )


def _literal(node: ast.expr, text: str) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None):
            return node.value
        case ast.Name(id="inf" | "oo"):
            return math.inf
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, text)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            numerator, denominator = Fraction(_number(left, text)), Fraction(_number(right, text))
            if denominator == 0:
                raise ValueError(f"objective {text!r}: division by zero")
            return numerator / denominator
        case ast.Tuple(elts=elements):
            return tuple(_literal(element, text) for element in elements)
    raise ValueError(
        f"objective {text!r}: {ast.unparse(node)!r} is not a number, inf, True, False or quoted text"
    )


def _number(node: ast.expr, text: str) -> Any:
    value = _literal(node, text)
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        raise ValueError(f"objective {text!r}: {ast.unparse(node)!r} is not a number")
    return value

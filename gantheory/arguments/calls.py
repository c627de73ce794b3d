"""Text that names something and its settings, such as ``alpha_gan(0.5, 1.2)``: read, never run."""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Call:
    """A name with literal arguments.

    Attributes:
        text: as given.
        what: what is called so, for error messages: "objective".
        name: before the bracket.
        positional, named: the arguments.
    """

    text: str
    what: str
    name: str
    positional: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)

    def of(self, function: Callable[..., Any], *first: Any, **further: Any) -> Any:
        """What `function` gives for `first`, these arguments and `further`, which the text does not name.

        Raises:
            ValueError: arguments that it does not take; and whatever it raises itself.
        """
        signature = inspect.signature(function)
        try:
            signature.bind(*first, *self.positional, **{**self.named, **further})
        except TypeError as error:
            own = [each for each in signature.parameters.values() if each.name not in further]
            written = [_written(each) for each in own[len(first) :]]
            raise ValueError(
                f"{self.what} {self.text!r}: {error}; the call is {self.name}({', '.join(written)})"
            ) from None
        return function(*first, *self.positional, **{**self.named, **further})


def read_call(text: str, what: str, example: str) -> Call:
    """The name and the arguments of a text; ``name`` alone has none.

    Arguments are literals: numbers, quotients of numbers such as ``6/5``, ``inf``, booleans, tuples and
    quoted text.

    Raises:
        TypeError: no text.
        ValueError: the text is not such a call.
    """
    if not isinstance(text, str):
        raise TypeError(f"{what} must be text such as {example!r}, got {text!r}")
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"{what} {text!r} is not a name or a call such as {example}") from None
    match node:
        case ast.Name(id=name):
            return Call(text, what, name)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            about = f"{what} {text!r}"
            positional = tuple(_literal(arg, about) for arg in args)
            named = {str(keyword.arg): _literal(keyword.value, about) for keyword in keywords}
            return Call(text, what, name, positional, named)
    raise ValueError(f"{what} {text!r} is not a name or a call such as {example}")


def _written(parameter: inspect.Parameter) -> str:
    if parameter.default is not parameter.empty:
        return f"{parameter.name}={parameter.default!r}"
    return f"{parameter.name}=..." if parameter.kind is parameter.KEYWORD_ONLY else parameter.name


def _literal(node: ast.expr, about: str) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None):
            return node.value
        case ast.Name(id="inf" | "oo"):
            return math.inf
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, about)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            numerator, denominator = Fraction(_number(left, about)), Fraction(_number(right, about))
            if denominator == 0:
                raise ValueError(f"{about}: division by zero")
            return numerator / denominator
        case ast.Tuple(elts=elements):
            return tuple(_literal(element, about) for element in elements)
    raise ValueError(f"{about}: {ast.unparse(node)!r} is not a number, inf, True, False or quoted text")


def _number(node: ast.expr, about: str) -> Any:
    value = _literal(node, about)
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        raise ValueError(f"{about}: {ast.unparse(node)!r} is not a number")
    return value

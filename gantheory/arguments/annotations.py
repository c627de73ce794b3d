"""What an annotation says of a value, as numerical Python means it, and in words.

An int is any whole number (NumPy's, sympy's) but no truth value, a float any real number, a sympy expression
also a number, a Sequence whatever holds items in order (arrays, ranges) but no text, an array what holds
numbers: checkers of annotations go by the class alone.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import itertools
import operator
import sys
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from gantheory.arguments.arrays import as_float64
from gantheory.arguments.checks import is_flag, is_real, is_whole, not_one_of
from gantheory.errors import ArgumentError, listed, shown


class Numbers:
    """Stands for NumPy's ArrayLike, which is a union with text and more."""


_WORDS = {
    bool: "True or False",
    int: "a whole number",
    float: "a real number",
    str: "text",
    Path: "a path",
    Numbers: "real numbers",
    types.NoneType: "None",
}

_SCALARS: dict[Any, Callable[[Any], bool]] = {
    bool: is_flag,
    int: is_whole,
    float: is_real,
    str: lambda value: isinstance(value, str),
}

_OF_TEXT = {"Objective": "objectives.from_spec", "sympy expression": "objectives.parse_expression"}
"""What makes of text what is wanted."""


def resolved(annotation: Any, module: str) -> Any:
    """The type that an annotation of a module stands for, or Any where that is not to be found.

    Names that the module imports for type checkers only are imported.
    """
    if not isinstance(annotation, str):
        return Any if annotation is inspect.Parameter.empty else annotation
    names: dict[str, Any] = {"ArrayLike": Numbers}
    holder = types.SimpleNamespace(__annotations__={"it": annotation})
    while True:
        try:
            return typing.get_type_hints(holder, vars(sys.modules[module]), names)["it"]
        except NameError as error:
            if error.name not in for_type_checkers(module):
                return Any
            try:
                home, *inside = for_type_checkers(module)[str(error.name)]
                names[str(error.name)] = functools.reduce(getattr, inside, importlib.import_module(home))
            except ImportError:  # an extra that is not installed
                return Any


@functools.cache
def for_type_checkers(module: str) -> dict[str, tuple[str, ...]]:
    """Name -> the module, and what of it, of each import under ``if TYPE_CHECKING:``."""
    found: dict[str, tuple[str, ...]] = {}
    for block in ast.parse(inspect.getsource(sys.modules[module])).body:
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for node in block.body:
                if isinstance(node, ast.ImportFrom) and node.module:
                    found |= {each.asname or each.name: (node.module, each.name) for each in node.names}
                elif isinstance(node, ast.Import):
                    found |= {each.asname or each.name: (each.name,) for each in node.names}
    return found


def taken(value: Any, hint: Any, name: str) -> Any:
    """`value` if it is what `hint` means, as Python's own truth value, number or text where it means one, and
    a tensor as its numbers, without their graph.

    So functions need not know of `numpy.bool_`, members of a StrEnum, Decimals, tensors of one number or with
    a gradient.

    Raises:
        ArgumentError: it is not, in one line that names the argument.
    """
    kind = next((each for each in _alternatives(hint) if _fits(value, each)), None)
    if kind is None:
        raise ArgumentError(_why(value, hint, name))
    if _kind(kind) is Literal:
        return next(each for each in typing.get_args(kind) if _is_same(value, each))
    if kind is float and (getattr(value, "ndim", None) == 0 or isinstance(value, Decimal)):
        return float(as_float64(value))
    if _is_array(kind) and getattr(value, "requires_grad", False):
        return value.detach()
    own = {bool: bool, int: operator.index, str: str.__str__}.get(kind)
    return value if own is None else own(value)


def _why(value: Any, hint: Any, name: str) -> str:
    # Which item is wrong says more than what the whole may be.
    for one in _alternatives(hint):
        for item, kind, called in _items(value, one, name) if _is_kind(value, one) else ():
            if not _fits(item, kind):
                return _why(item, kind, called)
    return _told(value, hint, name)


def _fits(value: Any, hint: Any) -> bool:
    if _is_union(hint):
        return any(_fits(value, each) for each in _alternatives(hint))
    return _is_kind(value, hint) and all(_fits(item, kind) for item, kind, _ in _items(value, hint, ""))


def words(hint: Any) -> str:
    """What an annotation means, in words that follow "must be"."""
    kind, inner = _kind(hint), typing.get_args(hint)
    if _is_union(hint):
        one_of = _alternatives(hint)
        kinds = [each for each in one_of if not (each is str and Path in one_of)]
        named = [word for each in kinds for word in (("True", "False") if each is bool else (words(each),))]
        *others, last = dict.fromkeys(named)
        return f"{', '.join(others)} or {last}" if others else last
    if kind is Literal:
        return f"one of {listed(inner)}"
    if kind in _WORDS:
        return _WORDS[kind]
    if _is_array(kind):
        return _WORDS[Numbers]
    if kind == Callable:
        return "a function"
    if kind in (Any, object) or not inspect.isclass(kind):
        return "anything"
    if issubclass(kind, Mapping):
        return "a dictionary"
    if issubclass(kind, Iterable) and inner:
        each = [words(one) for one in inner if one is not Ellipsis]
        if len({*each}) > 1:
            return f"({', '.join(each)})"
        several = f"a list of {len(inner)}" if kind is tuple and Ellipsis not in inner else "a list"
        return several if each[0] == "anything" else f"{several}, each {each[0]}"
    name = "sympy expression" if kind.__module__ == "sympy.core.expr" else kind.__name__
    return f"{'an' if name[0] in 'AEIO' else 'a'} {name}"


def _told(value: Any, hint: Any, name: str) -> str:
    one, *others = sorted(_alternatives(hint), key=lambda each: _kind(each) is not Literal)
    if _kind(one) is Literal:
        further = "".join(f" or {words(each)}" for each in others)
        return not_one_of(value, name, typing.get_args(one), further)
    verb = "hold" if words(hint) == _WORDS[Numbers] else "be"
    text = f"{name} must {verb} {words(hint)}, got {shown(value)}"
    makers = [maker for kind, maker in _OF_TEXT.items() if kind in words(hint)]
    return text + "".join(f"; for text use {maker}" for maker in makers if isinstance(value, str))


def _kind(hint: Any) -> Any:
    """The class of a hint, without its items; of an alias (NDArray, since NumPy 2.5), what it stands for."""
    kind = typing.get_origin(hint) or hint
    return _kind(kind.__value__) if hasattr(kind, "__value__") else kind


def _is_union(hint: Any) -> bool:
    return _kind(hint) in (typing.Union, types.UnionType)


def _alternatives(hint: Any) -> tuple[Any, ...]:
    if getattr(hint, "__name__", "") == "ArrayLike":  # an alias since NumPy 2.5, as part of another
        return (Numbers,)
    if not _is_union(hint):
        return (hint,)
    return tuple(one for each in typing.get_args(hint) for one in _alternatives(each))


def _is_array(kind: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return kind is Numbers or (numpy is not None and kind is numpy.ndarray)


def _is_kind(value: Any, hint: Any) -> bool:
    """Whether `value` is what `hint` means but for its items."""
    kind, inner = _kind(hint), typing.get_args(hint)
    if kind is Literal:
        return any(_is_same(value, each) for each in inner)
    if kind == Callable:
        return callable(value)
    if kind in (Any, object) or not inspect.isclass(kind):  # Any, a type variable, a name that is not found
        return True
    if kind in _SCALARS:
        return _SCALARS[kind](value)
    if _is_array(kind):
        return _holds_numbers(value)
    if issubclass(kind, Mapping) or not (inner and issubclass(kind, Iterable)):
        return _is_instance(value, kind)
    several = isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))
    if not several or getattr(value, "ndim", 1) == 0:
        return False
    return kind is not tuple or Ellipsis in inner or (hasattr(value, "__len__") and len(value) == len(inner))


def _items(value: Any, hint: Any, name: str) -> Iterator[tuple[Any, Any, str]]:
    """What is in `value`, what it has to be, and what it is called; an iterator is not read."""
    kind, inner = _kind(hint), typing.get_args(hint)
    if _is_array(kind) or not inner or not (inspect.isclass(kind) and issubclass(kind, Iterable)):
        return
    if issubclass(kind, Mapping):
        yield from ((each, inner[1], f"{name}[{key!r}]") for key, each in value.items())
        yield from ((key, inner[0], f"a key of {name}") for key in value)
    elif isinstance(value, Collection):
        hints = inner if kind is tuple and Ellipsis not in inner else itertools.repeat(inner[0])
        alike = str(getattr(value, "dtype", "object")) != "object"  # the first item stands for all
        for k, each, one in zip(range(1) if alike else itertools.count(), value, hints, strict=False):
            yield each, one, f"{name}[{k}]"


def _is_instance(value: Any, kind: Any) -> bool:
    if kind.__module__ == "sympy.core.expr":
        return isinstance(value, kind) or is_real(value)
    if getattr(kind, "_is_protocol", False):
        wanted = {*vars(kind), *inspect.get_annotations(kind)}
        return all(hasattr(value, each) for each in wanted if not each.startswith("_"))
    return isinstance(value, kind)


def _is_same(value: Any, one: Any) -> bool:
    """Whether `value` means this item of a Literal: of its kind, for True is not 1, and equal to it."""
    return _is_kind(value, type(one)) and bool(value == one)


def _holds_numbers(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    kind = getattr(dtype, "kind", None)  # NumPy's letters, which pandas has too and PyTorch has not
    if dtype is not None and kind is None:
        return not str(dtype).endswith("bool")
    if kind in {*"iufcbmMSU"}:
        return kind in {*"iufc"}
    try:
        as_float64(value)
    except TypeError:
        return False
    return True

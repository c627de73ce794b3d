"""The door of the package: arguments of its public names, held against their annotations before any work.

A package's ``__init__`` gives its public functions out with their arguments checked, while modules of this
package, which import them from where they are defined, call them as they are. Of a class the constructor is
checked. Annotations are read at the first call, those that are imported for type checkers only included.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from enum import Enum
from typing import Any

from gantheory.arguments.annotations import resolved, taken


def open_door(package: str) -> None:
    """Check arguments at all public names that the package holds, those of its ``__all__``."""
    namespace = vars(sys.modules[package])
    for name in namespace["__all__"]:
        if name in namespace:
            namespace[name] = checked(namespace[name], package)


def checked(public: Any, package: str) -> Any:
    """`public` with its arguments checked, if it is a function or a class that is defined in this package.

    A function becomes another one, at home in `package`, where pickle finds it; a class stays itself.
    """
    if not (getattr(public, "__module__", None) or "").startswith("gantheory."):
        return public
    if inspect.isfunction(public) or hasattr(public, "cache_info"):
        if "__door__" not in vars(public):
            guard = _guard(public, None)
            guard.__module__ = package
            public.__dict__["__door__"] = guard
        return vars(public)["__door__"]
    if inspect.isclass(public) and not issubclass(public, (BaseException, Enum, tuple)):
        construct = public.__init__
        if inspect.isfunction(construct) and "__door__" not in vars(construct):
            public.__init__ = _guard(construct, public)  # type: ignore[method-assign]
    return public


def _guard(function: Callable[..., Any], cls: type | None) -> Callable[..., Any]:
    @functools.cache  # at the first call: what is read may import libraries
    def hints() -> tuple[list[str], dict[str, Any]]:
        parameters = inspect.signature(function).parameters.values()
        placed = [each.name for each in parameters if each.kind <= each.POSITIONAL_OR_KEYWORD]
        means = {each.name: resolved(each.annotation, _home(each.name, function, cls)) for each in parameters}
        return placed, means

    @functools.wraps(function)
    def guard(*args: Any, **kwargs: Any) -> Any:
        placed, means = hints()

        def meant(name: str, value: Any) -> Any:
            kind = means.get(name, Any)
            return value if type(value) is kind or kind is Any else taken(value, kind, name)

        # Of arguments too many and of unknown ones Python tells.
        args = (*map(meant, placed, args), *args[len(placed) :])
        return function(*args, **{name: meant(name, value) for name, value in kwargs.items()})

    guard.__dict__["__door__"] = guard
    return guard


def _home(name: str, function: Callable[..., Any], cls: type | None) -> str:
    """The module in whose words an annotation is: of a dataclass's field, that of the class that has it."""
    for base in cls.__mro__ if cls else ():
        if name in inspect.get_annotations(base):
            return base.__module__
    return function.__module__

"""Public names of a package, each imported when it is first asked for (PEP 562)."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable
from typing import Any


def on_demand(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The functions ``__getattr__`` and ``__dir__`` of a package; the second gives its ``__all__``.

    Its names, and where they are from, are what its ``__init__`` imports under ``if TYPE_CHECKING:``.

    Args:
        package: its ``__name__``.
    """
    namespace = vars(sys.modules[package])

    def homes() -> dict[str, tuple[str, ...]]:
        from gantheory.arguments.annotations import for_type_checkers

        return for_type_checkers(package)

    def get(name: str) -> Any:
        # `inspect`, which reads the file, itself asks a module for names such as __wrapped__.
        if name.startswith("__") or name not in homes():
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        from gantheory.arguments.door import checked

        home, *inside = homes()[name]
        if home == package:  # a module of it
            home, inside = f"{package}.{inside[0]}", []
        namespace[name] = checked(functools.reduce(getattr, inside, importlib.import_module(home)), package)
        return namespace[name]

    return get, lambda: sorted(namespace["__all__"])

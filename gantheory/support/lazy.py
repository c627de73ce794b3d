"""Public names of a package, each imported when it is first asked for (PEP 562)."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def on_demand(
    package: str, homes: Mapping[str, str], modules: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The functions ``__getattr__`` and ``__dir__`` of a package.

    Args:
        package: its ``__name__``.
        homes: public name -> the module below `package` that holds it.
        modules: public name -> the module below `package` that it is.
    """
    namespace = vars(sys.modules[package])

    def get(name: str) -> Any:
        if name in homes:
            from gantheory.arguments.door import checked

            value = checked(getattr(importlib.import_module(f"{package}.{homes[name]}"), name), package)
        elif name in modules:
            value = importlib.import_module(f"{package}.{modules[name]}")
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        namespace[name] = value
        return value

    return get, lambda: sorted({*namespace, *homes, *modules})

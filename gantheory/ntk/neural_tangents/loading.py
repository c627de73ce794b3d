"""neural-tangents 0.6.5 on JAX 0.4.30 to 0.12, without TensorFlow and without a patched JAX.

The last release of neural-tangents (December 2023) imports names that JAX has moved or dropped since, and a
subpackage that needs TensorFlow. `load` lends it what is missing while it is imported and takes everything
back; what goes wrong at run time is put right inside neural-tangents' own modules
(:mod:`.fixes`). Afterwards ``import neural_tangents`` works anywhere in the process.

    pip install --no-deps neural-tangents==0.6.5 frozendict

is all it needs beside JAX. A complete installation, with TensorFlow, works too; TensorFlow is not imported.

Reference: Novak et al. 2020, "Neural Tangents: Fast and easy infinite neural networks in Python" (ICLR).
"""

from __future__ import annotations

import importlib
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import metadata
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from gantheory.errors import MissingPackageError

VERSION = "0.6.5"
"""The release that the fixes are written for, and the last one."""

COMMAND = f"pip install --no-deps neural-tangents=={VERSION} frozendict"
"""Installs all that `load` needs beside JAX."""

_EXPERIMENTAL = "neural_tangents.experimental"
_MOVED_TO_EXTEND = ("Jaxpr", "JaxprEqn", "Literal", "Var", "Primitive")
_loading = threading.Lock()
_loaded: list[ModuleType] = []


def load() -> ModuleType:
    """The module ``neural_tangents``, imported once and fit for the installed JAX.

    JAX's modules hold the same names afterwards as before. ``neural_tangents.experimental``, which is the
    part that needs TensorFlow, is left out; importing it by name afterwards imports the real one.

    Raises:
        MissingPackageError: neural-tangents, or frozendict, is not installed or is of another version; the
            message is the command that installs it.
    """
    with _loading:
        if not _loaded:
            _check_installed()
            module = sys.modules.get("neural_tangents") or _import()
            from gantheory.ntk.neural_tangents.fixes import apply

            apply()
            _loaded.append(module)
    return _loaded[0]


def _check_installed() -> None:
    for module, command in (("jax", "pip install 'gantheory[ntk]'"), ("frozendict", COMMAND)):
        if module not in sys.modules and find_spec(module) is None:
            raise MissingPackageError(f"this needs {module}, which is not installed: {command}", name=module)
    try:
        found = metadata.version("neural-tangents") + " is"
    except metadata.PackageNotFoundError:
        found = "none is"
    if found != f"{VERSION} is":
        raise MissingPackageError(
            f"this needs neural-tangents {VERSION}, and {found} installed: {COMMAND}", name="neural_tangents"
        )


def _import() -> ModuleType:
    # Some releases of JAX warn of each name that is about to move.
    quiet = warnings.catch_warnings(action="ignore", category=DeprecationWarning)
    with quiet, _experimental_left_out(), _names_lent_to_jax():
        return importlib.import_module("neural_tangents")


@contextmanager
def _experimental_left_out() -> Iterator[None]:
    """An empty module stands for the part that imports TensorFlow, unless that is imported already."""
    if _EXPERIMENTAL in sys.modules:
        yield
        return
    empty = ModuleType(_EXPERIMENTAL, "Empty: left out while gantheory imported neural_tangents.")
    sys.modules[_EXPERIMENTAL] = empty
    try:
        yield
    finally:
        if sys.modules.get(_EXPERIMENTAL) is empty:
            del sys.modules[_EXPERIMENTAL]
        parent = sys.modules.get("neural_tangents")
        if parent is not None and vars(parent).get("experimental") is empty:
            del parent.experimental  # type: ignore[attr-defined]


@contextmanager
def _names_lent_to_jax() -> Iterator[None]:
    """Names of older JAX, put into JAX's modules where they are absent and taken out again."""
    core: Any = importlib.import_module("jax.core")
    ad: Any = importlib.import_module("jax.interpreters.ad")
    lent: list[tuple[Any, str]] = []

    def lend(module: Any, name: str, stand_in: Any) -> None:
        if not hasattr(module, name):
            setattr(module, name, stand_in)
            lent.append((module, name))

    util = _util()
    util_is_lent = "jax.util" not in sys.modules
    try:
        if any(not hasattr(core, name) for name in _MOVED_TO_EXTEND):
            moved = importlib.import_module("jax.extend.core")
            for name in _MOVED_TO_EXTEND:
                lend(core, name, getattr(moved, name))
        # A key of two tables that is never looked up, as JAX no longer emits it.
        lend(ad, "zeros_like_p", core.Primitive("zeros_like"))
        if util_is_lent:
            sys.modules["jax.util"] = util
        lend(util, "safe_map", _safe_map)
        lend(util, "safe_zip", _safe_zip)
        yield
    finally:
        for module, name in lent:
            delattr(module, name)
        if util_is_lent:
            del sys.modules["jax.util"]


def _util() -> ModuleType:
    """JAX's module ``jax.util``, or a new one where JAX has dropped it."""
    try:
        return importlib.import_module("jax.util")
    except ImportError:
        return ModuleType("jax.util")


def _safe_map(function: Any, *sequences: Iterable[Any]) -> list[Any]:
    """`map` as a list, over sequences of one length."""
    return [function(*items) for items in zip(*sequences, strict=True)]


def _safe_zip(*sequences: Iterable[Any]) -> list[tuple[Any, ...]]:
    """`zip` as a list, of sequences of one length."""
    return list(zip(*sequences, strict=True))

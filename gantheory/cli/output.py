"""How verbs print: JSON that any parser reads."""

from __future__ import annotations

import json
import math
import os
import shlex
from collections.abc import Iterable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from gantheory._version import __version__

COMMAND: ContextVar[str] = ContextVar("COMMAND", default="")
"""The command line that runs now, as typed."""


def provenance() -> dict[str, str]:
    """Version and command of what is being written; no command where none runs."""
    command = COMMAND.get()
    return {"version": __version__, **({"command": command} if command else {})}


def picture_provenance() -> dict[str, str]:
    """The same for what a file says of itself: where it lies is no part of it."""
    found = provenance()
    words = shlex.split(found.get("command", ""))
    kept = [
        word
        for before, word in zip(["", *words], words, strict=False)
        if before != "--out" and word not in ("--out", "--json") and not word.startswith("--out=")
    ]
    return {**found, "command": shlex.join(kept)} if kept else found


def writable(option: str, out: Path, folder: Path) -> None:
    """Refuse a place that cannot be written, before any work.

    Args:
        option: that gives `out`, for the message.
        folder: `out` itself, or the folder of a file; it may have to be made.

    Raises:
        OSError: a part of the path is a file, or may not be written in.
    """
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise OSError(f"{option} {out} cannot be written: {there} is a file, not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OSError(f"{option} {out} cannot be written: no permission to write in {there}")


def print_json(value: Any, files: Iterable[object] = ()) -> None:
    """Print ``value`` as strict JSON (see `json_text`), an object with its version, command and files.

    ``files`` are those that the verb has written.
    """
    if isinstance(value, dict):
        written = list(dict.fromkeys([*value.get("files", ()), *map(str, files)]))
        value = {**value, "files": written, **provenance()}
    print(json_text(value))


def json_text(value: Any) -> str:
    """``value`` as strict JSON, indented by two.

    JSON has no infinities: they come out as the strings ``"inf"`` and ``"-inf"``, and NaN as ``"nan"``, which
    ``float()`` reads back. What JSON has no type for comes out as its ``str``.
    """
    return json.dumps(_strict(value), indent=2, ensure_ascii=False, allow_nan=False)


def _strict(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):  # numpy.float64 too
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, dict):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    if hasattr(value, "tolist"):  # numpy arrays and other scalars
        return _strict(value.tolist())
    return str(value)

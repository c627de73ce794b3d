"""A function of the user's own module, by name: "module:function"."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gantheory.errors import GantheoryError, nearest


def load(place: str, argument: str) -> Callable[..., Any]:
    """Import a module, by its dotted name, and return a function of it.

    The text is a name and never evaluated; importing a module runs it, as everywhere in Python. Modules of
    the working folder are found as well as installed ones.

    Args:
        place: such as "my_module:d_loss", or "package.module:Class.method".
        argument: name for error messages.

    Raises:
        ValueError: no such text, a module that does not exist or has not that name, or that raises while it
            is imported: the message has its own error in full.
    """
    module, colon, path = place.partition(":")
    names = path.split(".")
    if not colon or not all(part.isidentifier() for part in (*module.split("."), *names)):
        raise ValueError(f"{argument} must be module:function such as my_module:d_loss, got {place!r}")
    here = str(Path.cwd())
    added = here not in sys.path and "" not in sys.path
    if added:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        inside = [
            frame for frame in frames if "importlib" not in frame.filename and frame.filename != __file__
        ]
        where = f" ({Path(inside[-1].filename).name}, line {inside[-1].lineno})" if inside else ""
        raise GantheoryError(
            f"{argument} {place!r}: module {module} cannot be imported: "
            f"{type(error).__name__}: {error}{where}"
        ) from error
    finally:
        if added:
            sys.path.remove(here)
    for name in names:
        if not hasattr(found, name):
            known = (
                [each for each in vars(found) if not each.startswith("_")]
                if hasattr(found, "__dict__")
                else []
            )
            raise ValueError(f"{argument} {place!r}: {module} has no {name!r}{nearest(name, known)}")
        found = getattr(found, name)
    if not callable(found):
        raise ValueError(f"{argument} {place!r} must name a function, got {type(found).__name__}")
    return found  # type: ignore[no-any-return]

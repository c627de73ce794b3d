"""Files that a user names, and the text that is in them."""

from __future__ import annotations

import codecs
import os
import re
import tomllib
from pathlib import Path
from typing import Any

CACHE_VARIABLE = "GANTHEORY_CACHE"
"""Environment variable that names the folder of what is made once and kept."""

_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")

_FOREIGN = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""Byte order marks of what is no UTF-8; the longer ones first, since UTF-32's begins with UTF-16's."""


def user_path(path: Path | str, argument: str = "path") -> Path:
    """The path with a leading ``~`` or ``~name`` replaced by that home folder, and ``$NAME`` and ``${NAME}``
    by environment variables, unless there is a file of this name.

    A shell replaces a tilde only where it begins a word, and nothing in a file of settings, an environment
    variable or a call.

    Raises:
        TypeError: no path.
        ValueError: there is no such home folder or variable, or the path holds a NUL.
    """
    try:
        given = Path(path)
    except TypeError:
        raise TypeError(f"{argument} must be a path, got {path!r}") from None
    if "\0" in str(given):
        raise ValueError(f"{argument} must be a path, got {str(path)!r} with a NUL")
    if _VARIABLE.search(str(given)) and not given.exists():
        given = Path(os.path.expandvars(given))
        if unset := _VARIABLE.search(str(given)):
            raise ValueError(f"{argument} {str(path)!r}: there is no environment variable {unset[1]}")
    try:
        return given.expanduser()
    except RuntimeError:
        raise ValueError(f"{argument} {str(path)!r}: there is no home folder of {given.parts[0]!r}") from None


def cache_folder() -> Path:
    """Where what is made once is kept: the folder that GANTHEORY_CACHE names, else ``~/.cache/gantheory``."""
    return user_path(os.environ.get(CACHE_VARIABLE) or "~/.cache/gantheory", CACHE_VARIABLE)


def read_text(path: Path | str) -> str:
    """The UTF-8 text of a file, without the byte order mark that editors on Windows put before it.

    Raises:
        ValueError: the file cannot be read or is no UTF-8; one line that names it.
    """
    place = user_path(path)
    try:
        content = place.read_bytes()
    except OSError as error:
        raise ValueError(f"{place} cannot be read: {error.strerror or error}") from None
    for mark, encoding in _FOREIGN.items():
        if content.startswith(mark):
            raise ValueError(f"{place} is {encoding}, as its byte order mark (BOM) says: save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{place} must be UTF-8 text: {error.reason} at byte {error.start}") from None


def read_toml(path: Path | str) -> dict[str, Any]:
    """The content of a TOML file.

    Raises:
        ValueError: as `read_text`, or it is no TOML.
    """
    text = read_text(path)
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"{user_path(path)} is not TOML: {' '.join(str(error).split())}") from None

"""Samples from files: .npy, .csv and .txt, a row a sample."""

from __future__ import annotations

import re
from typing import Any

from gantheory.arguments.arrays import same_order
from gantheory.support.files import read_text, user_path

_DECIMAL = re.compile(r"-0,|,0\d|\d,\d+[ \t]+-?\d")
"""-0,5; 1,05; and 1,5 2,5, with another sign between columns."""


def read_samples(path: str, argument: str) -> Any:
    """An array of shape (n,) or (n, d); see `_read`."""
    return _read(path, argument)[0]


def read_both(real: str, fake: str) -> tuple[Any, Any]:
    """The samples of P and of Q, as `read_samples`.

    Raises
    ------
    ValueError
        If both files name their columns, and in another order.
    """
    (x, names), (y, others) = _read(real, "--samples-p"), _read(fake, "--samples-q")
    same_order(**{"--samples-p": names, "--samples-q": others})
    return x, y


def _read(path: str, argument: str) -> tuple[Any, list[str]]:
    """Samples, and the names of their columns, if the file has them.

    Text files hold numbers apart by commas, semicolons or blanks, with one line of names above them or none.
    Commas are refused where they are decimal ones: beside semicolons, in 1,05 or under a single name.
    Nothing in a file is executed: .npy files of objects are refused.

    Raises
    ------
    ValueError
        If there is no such file, or it holds something else, in one line.
    """
    import numpy as np

    file = user_path(path, argument)
    if not file.is_file():
        raise ValueError(f"{argument}: no file {path}; give a .npy, .csv or .txt file, a row a sample")
    try:
        if file.suffix == ".npy":
            return np.load(file, allow_pickle=False), []
        lines = read_text(file).splitlines()
        if any("," in line for line in lines) and any(";" in line for line in lines):
            raise ValueError("commas beside semicolons; write decimals with a point")
        rows = [line.replace(",", " ").replace(";", " ").split() for line in lines if line.strip()]
        names = rows.pop(0) if rows and not _numbers(rows[0]) else []
        if names and lines[0].lstrip().startswith((",", ";")):
            raise ValueError("its first column has no name, as pandas writes an index; leave it out")
        if not rows:
            raise ValueError("it has no row of numbers")
        _refuse_decimal_commas(lines[1:] if names else lines, names, rows)
        array = np.array([[float(x) for x in row] for row in rows], dtype=np.float64)
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(
            f"{argument}: {path} must hold numbers, a row a sample: {' '.join(str(error).split())[:120]}"
        ) from None
    if array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0], []
    return array, names if array.ndim == 2 and len(names) == array.shape[1] else []


def _refuse_decimal_commas(lines: list[str], names: list[str], rows: list[list[str]]) -> None:
    """Raise ValueError where 1,05 stands for a number: no whole number in a second column begins with 0."""
    commas = any("," in line for line in lines) and not any("." in line for line in lines)
    if commas and (any(map(_DECIMAL.search, lines)) or len(names) < len(rows[0]) > 1 == len(names)):
        raise ValueError("its commas look like decimal ones; write decimals with a point")


def _numbers(row: list[str]) -> bool:
    try:
        return bool([float(x) for x in row])
    except ValueError:
        return False

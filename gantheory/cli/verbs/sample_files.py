"""Samples from files: .npy, .csv and .txt, a row a sample."""

from __future__ import annotations

from typing import Any

from gantheory.support.files import read_text, user_path


def read_samples(path: str, argument: str) -> Any:
    """An array of shape (n,) or (n, d).

    Text files hold numbers apart by commas, semicolons or blanks, with one line of names above them or none.
    Commas and semicolons in one file are refused, as commas are then decimal ones. Nothing in a file is
    executed: .npy files of objects are refused.

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
            return np.load(file, allow_pickle=False)
        lines = read_text(file).splitlines()
        if any("," in line for line in lines) and any(";" in line for line in lines):
            raise ValueError("commas beside semicolons; write decimals with a point")
        rows = [line.replace(",", " ").replace(";", " ").split() for line in lines if line.strip()]
        if rows and not _numbers(rows[0]):
            rows = rows[1:]
        array = np.array([[float(x) for x in row] for row in rows], dtype=np.float64)
    except (ValueError, OSError) as error:
        raise ValueError(
            f"{argument}: {path} must hold numbers, a row a sample: {' '.join(str(error).split())[:120]}"
        ) from None
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _numbers(row: list[str]) -> bool:
    try:
        return bool([float(x) for x in row])
    except ValueError:
        return False

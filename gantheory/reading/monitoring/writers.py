"""Where a monitor's numbers go: a CSV file, TensorBoard, wandb."""

from __future__ import annotations

import csv
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gantheory.errors import MissingPackageError
from gantheory.support.files import user_path

Writer = Callable[[int, dict[str, float]], None]
"""(step, numbers by name) -> None."""


def writer_of(log: Any) -> Writer | None:
    """The writer that `log` of `gantheory.monitor` stands for.

    Raises:
        ValueError: none of what is allowed there.
        MissingPackageError: the package that it names is not installed.
    """
    if log is None:
        return None
    if isinstance(log, Path) or (isinstance(log, str) and log.endswith(".csv")):
        return _CsvWriter(user_path(log, "log"))
    if isinstance(log, str):
        kind, _, folder = log.partition(":")
        if kind == "tensorboard" and folder:
            return _scalars(_imported("torch.utils.tensorboard", "tensorboard").SummaryWriter(folder))
        if log == "wandb":
            return _runs(_imported("wandb", "wandb"))
    elif hasattr(log, "add_scalar"):
        return _scalars(log)
    elif hasattr(log, "log"):
        return _runs(log)
    raise ValueError(
        'log must be a path that ends in .csv, "tensorboard:FOLDER", "wandb", or an object with add_scalar '
        f"or log, got {log!r}"
    )


class _CsvWriter:
    """A line a look, written at once; columns are those of the first."""

    def __init__(self, path: Path) -> None:
        if path.suffix != ".csv":
            raise ValueError(f"log must end in .csv, got {str(path)!r}")
        if not path.parent.is_dir():
            raise ValueError(f"log {str(path)!r}: there is no folder {str(path.parent)!r}")
        self._path, self._columns = path, list[str]()

    def __call__(self, step: int, row: dict[str, float]) -> None:
        first = not self._columns
        if first:
            self._columns = ["step", *row]
        with self._path.open("w" if first else "a", newline="", encoding="utf-8") as file:
            lines = csv.DictWriter(file, self._columns)
            if first:
                lines.writeheader()
            lines.writerow({"step": step, **row})


def _scalars(writer: Any) -> Writer:
    def write(step: int, row: dict[str, float]) -> None:
        for name, value in row.items():
            writer.add_scalar(f"gantheory/{name}", value, step)

    return write


def _runs(run: Any) -> Writer:
    def write(step: int, row: dict[str, float]) -> None:
        run.log({f"gantheory/{name}": value for name, value in row.items()} | {"gantheory/step": step})

    return write


def _imported(module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingPackageError(f"log needs {package}: pip install {package}") from None

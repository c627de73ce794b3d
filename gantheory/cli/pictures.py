"""Where a verb's picture and its numbers go: one file, or a folder with PNG, PDF and CSV."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gantheory.cli.output import json_text, picture_provenance, writable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

PICTURES = ("png", "pdf", "svg")
FORMATS = (*PICTURES, "csv", "json")


def targets(out: Path, name: str) -> list[Path]:
    """The files that --out asks for, before any work: FILE.png alone, or FOLDER/NAME.png, .pdf and .csv.

    Raises:
        ValueError: a file of another format.
        OSError: nothing can be written there.
    """
    suffix = out.suffix.lower().lstrip(".")
    if suffix in FORMATS:
        files = [out]
    elif suffix.isalpha() and len(suffix) <= 4 and not out.is_dir():
        endings = ", ".join("." + ending for ending in FORMATS)
        raise ValueError(f"--out {out}: give a folder, or a file that ends in {endings}")
    else:
        files = [out / f"{name}.{ending}" for ending in ("png", "pdf", "csv")]
    writable("--out", out, files[0].parent)
    for path in files:
        if path.is_dir():
            raise OSError(f"--out {out} cannot be written: {path} is a folder")
    return files


def write(
    files: list[Path],
    table: pd.DataFrame,
    draw: Callable[[], Figure],
    usetex: bool = False,
    about: Mapping[str, str] | None = None,
) -> None:
    """Write the table and the figure to the files, each whole or not at all.

    Each says what made it: version, command and what is in `about`, such as P and Q; pictures in their
    metadata, JSON under these names, CSV in the last columns of its first row.

    Raises:
        ValueError: LaTeX is missing or refuses the figure.
        OSError: a file cannot be written.
    """
    from gantheory.plotting import style
    from gantheory.support.atomic import write_atomically

    told = {**picture_provenance(), **(about or {})}
    contents: dict[Path, bytes] = {}
    figure = None
    with style(usetex=usetex), _latex_errors(usetex):
        for path in files:
            ending = path.suffix.lower().lstrip(".")
            if ending in PICTURES:
                figure = draw() if figure is None else figure
                contents[path] = _picture(figure, ending, told)
            elif ending == "csv":
                contents[path] = _told_once(table, told).to_csv(index=False, float_format="%.12g").encode()
            else:
                contents[path] = json_text({**columns(table), **told}).encode() + b"\n"
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)


def columns(table: pd.DataFrame) -> dict[str, list[Any]]:
    """A table as JSON holds it: a list for each column."""
    return {str(name): table[name].tolist() for name in table}


def _told_once(table: pd.DataFrame, told: Mapping[str, str]) -> pd.DataFrame:
    rest = [""] * (len(table) - 1)
    return table.assign(**{name: [text, *rest] for name, text in told.items()}) if len(table) else table


def _picture(figure: Figure, ending: str, told: Mapping[str, str]) -> bytes:
    from gantheory.plotting.style.provenance import metadata

    buffer = io.BytesIO()
    figure.savefig(buffer, format=ending, metadata=metadata(ending, told))
    return buffer.getvalue()


def check_latex() -> None:
    """Refuse --usetex where there is no LaTeX.

    Raises:
        ValueError: no program `latex`.
    """
    import shutil

    if shutil.which("latex") is None:
        raise ValueError("--usetex needs LaTeX, and there is no program latex on the path")


@contextmanager
def _latex_errors(usetex: bool) -> Iterator[None]:
    """The one line that says what LaTeX lacks or refuses, out of the hundred that matplotlib raises."""
    try:
        yield
    except (RuntimeError, FileNotFoundError) as error:
        if not usetex:
            raise
        lines = str(error).splitlines()
        found = [k for k, line in enumerate(lines) if line.startswith("!")]
        # TeX breaks lines at 79 characters, inside words too.
        reason = "".join(lines[found[0] : found[0] + 2]).lstrip("! ") if found else lines[0]
        raise ValueError(f"--usetex: LaTeX did not typeset the figure: {reason}") from error

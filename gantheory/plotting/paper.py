"""Figure scripts: what a script of `paper_figs/` needs from its results, and what it leaves behind.

A script has a docstring, the figure's caption, and a function `draw` that takes nothing and returns a
matplotlib Figure:

    def draw() -> Figure:
        rows = load(paper.needed(ROOT / "results" / "ring", "gantheory sweep experiments/ring_reduced.toml"))
        ...

    if __name__ == "__main__":
        raise SystemExit(paper.main(__file__, draw))

It reads stored results only. Where they are missing it says which command makes them, and no file is
written.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from gantheory.errors import MissingResultsError
from gantheory.plotting.style.provenance import metadata
from gantheory.plotting.style.style import style
from gantheory.support.atomic import write_atomically
from gantheory.support.files import user_path

FORMATS = ("png", "pdf")

_LARGE = 150_000
"""Bytes of a PNG from which on it gets a palette: large pictures have no place in a repository."""


def needed(path: Path, command: str) -> Path:
    """`path`, if it is there.

    Args:
        path: a file, or a folder that must not be empty.
        command: what makes it, as typed in the root of the checkout.

    Raises:
        MissingResultsError: it is not there; names the path and the command.
    """
    there = any(path.iterdir()) if path.is_dir() else path.exists()
    if not there:
        raise MissingResultsError(path, command)
    return path


def write(figure: Figure, folder: Path, name: str, about: Mapping[str, str] | None = None) -> list[Path]:
    """Write NAME.png and NAME.pdf; both whole, or neither is touched. `about` goes into their metadata.

    The PNG has 200 dots an inch, and 256 colors where more would make it large; the PDF embeds its fonts as
    TrueType. Neither holds a date, so that the same results give the same bytes with the same matplotlib.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder = user_path(folder, "folder")
    contents = {}
    # Rasterized parts are drawn at savefig.dpi.
    with style():
        for suffix in FORMATS:
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix, metadata=metadata(suffix, about))
            content = buffer.getvalue()
            contents[folder / f"{name}.{suffix}"] = (
                _smaller(content, about) if suffix == "png" and len(content) > _LARGE else content
            )
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in contents.items():
        write_atomically(path, content)
    return list(contents)


def _smaller(png: bytes, about: Mapping[str, str] | None) -> bytes:
    """The same picture with a palette: a third of the bytes, and little difference to see."""
    from PIL import Image, PngImagePlugin  # matplotlib needs it for PNG, so it is there

    image = Image.open(io.BytesIO(png))
    dots = image.info.get("dpi", (200, 200))
    colors = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    texts = PngImagePlugin.PngInfo()
    for name, value in metadata("png", about).items():
        if value is not None:
            texts.add_text(name, value)
    colors.save(buffer, "png", optimize=True, dpi=dots, pnginfo=texts)
    return buffer.getvalue()


def main(script: str, draw: Callable[[], Figure]) -> int:
    """Build a script's figure into `built/` beside it; the exit status: 1 where results are missing."""
    path = Path(script).resolve()
    try:
        with style():
            figure = draw()
    except MissingResultsError as error:
        print(f"{path.stem}: {error}", file=sys.stderr)
        return 1
    for written in write(figure, path.parent / "built", path.stem):
        print(written)
    return 0


def caption(script: Path) -> str:
    """The script's docstring, without running it; its first line is the title."""
    return ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""


def scripts(folder: Path) -> dict[str, Path]:
    """Name -> script, for the figure scripts of a folder, in the order of their names."""
    found = sorted(folder.glob("*.py"))
    return {path.stem: path for path in found if not path.name.startswith("_")}

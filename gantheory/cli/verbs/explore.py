"""``gantheory explore``: the theory of objectives as one HTML page with sliders."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gantheory.cli.options import Json
from gantheory.cli.output import print_json, writable

EXAMPLES = (
    "gantheory explore --out out/explore.html --no-open",
    'gantheory explore "lkgan(4)" "ebgan(2)" --out out/mine.html --no-open',
)


def run(
    objectives: Annotated[
        list[str] | None,
        typer.Argument(metavar="[OBJECTIVE]...", help="listed beside the two families with sliders"),
    ] = None,
    out: Annotated[Path, typer.Option(help="the page to write")] = Path("out/explore.html"),
    show: Annotated[bool, typer.Option("--open/--no-open", help="open it in a browser")] = True,
    as_json: Json = False,
) -> int:
    """Write one self-contained HTML page with sliders over the theory of objectives, and open it.

    The page holds all (alpha_D, alpha_G)-GANs and LSGANs, the objectives named, or a selection if none is,
    and a box for losses of your own. It needs no network. Its path is printed.
    """
    from gantheory.explorer import DEFAULT, page
    from gantheory.support.atomic import write_atomically

    if out.is_dir() or out.suffix.lower() not in {".html", ".htm"}:
        raise ValueError(f"--out must be a file such as explore.html, got {str(out)!r}")
    writable("--out", out, out.parent)
    text = page(objectives or DEFAULT, progress=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, text.encode())
    if as_json:
        print_json({"objectives": list(objectives or DEFAULT)}, [out])
    else:
        print(out)
    if show and not _opened(out):
        print("no browser could be opened: open the file printed above in one", file=sys.stderr)
    return 0


def _opened(path: Path) -> bool:
    import webbrowser

    try:
        return webbrowser.open(path.resolve().as_uri())
    except (webbrowser.Error, OSError):
        return False

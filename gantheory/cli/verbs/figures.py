"""``gantheory figures``: the pictures of a checkout's paper_figs/, from stored results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gantheory.cli.options import Json
from gantheory.cli.output import print_json, writable
from gantheory.support.lines import wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXAMPLES = ("gantheory figures --list", "gantheory figures", "gantheory figures ring_rates region_maps")

FOLDER = "paper_figs"


def run(
    names: Annotated[list[str] | None, typer.Argument(help="figures by name; all if none")] = None,
    listing: Annotated[bool, typer.Option("--list", help="print the names and what they show")] = False,
    out: Annotated[
        Path | None, typer.Option(help="folder for the pictures; paper_figs/built if not given")
    ] = None,
    as_json: Json = False,
) -> int:
    """Build the figures of paper_figs/ as PNG and PDF, from stored results only.

    Works anywhere in a checkout of the repository. Figures without results are listed at the end, each with
    the command that makes them. Exit status 1 if one that was asked for by name has no results, or one fails.
    """
    from gantheory.errors import nearest
    from gantheory.plotting import paper

    folder = _folder(Path.cwd())
    scripts = paper.scripts(folder)
    for name in names or []:
        if name not in scripts:
            raise ValueError(f"unknown figure {name!r}{nearest(name, scripts)}; --list names them all")
    chosen = {name: scripts[name] for name in dict.fromkeys(names or scripts)}
    if listing:
        return _list(chosen, as_json)
    out = out or _built(folder)
    writable("--out", out, out)
    outcome = _build(chosen, out, quiet=as_json)
    if as_json:
        print_json(outcome, [file for item in outcome["built"] for file in item["files"]])
    else:
        for heading in ("missing", "failed"):
            if outcome[heading]:
                print(f"\n{heading}:")
            for item in outcome[heading]:
                print(f"  {item['name']}: {item['reason']}")
    return 1 if outcome["failed"] or (names and outcome["missing"]) else 0


def _folder(start: Path) -> Path:
    for place in (start, *start.parents):
        if (place / FOLDER).is_dir():
            return place / FOLDER
    from gantheory.sweeps import shipped

    known = shipped.folder(FOLDER)
    if known is not None:
        return known
    raise ValueError(f"no folder {FOLDER} in {start} or above it; run this in a checkout of the repository")


def _built(folder: Path) -> Path:
    """Beside the scripts in a checkout, else here: an installed package is no place for pictures."""
    return folder / "built" if folder.parent.joinpath("pyproject.toml").is_file() else Path(FOLDER) / "built"


def _list(scripts: dict[str, Path], as_json: bool) -> int:
    from gantheory.plotting import paper

    captions = {name: paper.caption(path) for name, path in scripts.items()}
    if as_json:
        print_json([{"name": name, "caption": text} for name, text in captions.items()])
        return 0
    width = max(map(len, captions), default=0)
    for name, text in captions.items():
        print(wrapped(f"{name:{width}}  {text.partition(chr(10))[0]}"))
    return 0


def _build(scripts: dict[str, Path], out: Path, quiet: bool) -> dict[str, list[dict[str, Any]]]:
    """Draw and write each figure: what was built, what is missing, and what failed."""
    from gantheory.cli.app import debugging
    from gantheory.errors import MissingResultsError
    from gantheory.plotting import paper
    from gantheory.plotting.style.style import style
    from gantheory.support.progress import reporting

    outcome: dict[str, list[dict[str, Any]]] = {"built": [], "missing": [], "failed": []}
    with reporting(True, len(scripts), "figures") as report:
        for done, (name, path) in enumerate(scripts.items(), start=1):
            try:
                with style():
                    figure = _drawing(path)()
                files = paper.write(figure, out, name, {"command": f"gantheory figures {name}"})
            except MissingResultsError as error:
                outcome["missing"].append({"name": name, "reason": str(error), "command": error.command})
            except ImportError as error:
                outcome["missing"].append({"name": name, **_package(error)})
            except Exception as error:  # one figure's damaged results are no reason to draw no other
                if debugging():
                    raise
                reason = " ".join(str(error).split()) or type(error).__name__
                outcome["failed"].append({"name": name, "reason": reason})
            else:
                outcome["built"].append({"name": name, "files": [str(file) for file in files]})
                if not quiet:
                    print(*files, sep="\n", flush=True)
            report(done)
    return outcome


def _package(error: ImportError) -> dict[str, Any]:
    """What an optional package that is not installed is listed as."""
    from gantheory.cli.app import EXTRAS

    package = (error.name or "").partition(".")[0]
    if package not in EXTRAS:
        raise error
    command = f"pip install 'gantheory[{EXTRAS[package]}]'"
    return {"reason": f"this needs {package}: {command}", "command": command}


def _drawing(script: Path) -> Callable[[], Figure]:
    import runpy

    # Any other name than __main__: the script only defines `draw`.
    found: Callable[[], Figure] = runpy.run_path(str(script), run_name="paper_figure")["draw"]
    return found

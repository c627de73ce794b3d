"""Experiments and results that come with the package: beside it in a checkout, else inside."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def folder(name: str) -> Path | None:
    """The folder "experiments", "paper_figs" or "results" that belongs to this copy, if there is one."""
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        # site-packages may hold a folder of that name which belongs to another distribution
        if place.is_dir() and (place.parent == _PACKAGE or (_PACKAGE.parent / "pyproject.toml").is_file()):
            return place
    return None


def results(name: str) -> Path:
    """`results/NAME` here, else the one that belongs to this copy; the former where there is neither."""
    here, known = Path("results") / name, folder("results")
    return known / name if known is not None and not here.is_dir() and (known / name).is_dir() else here


def experiment(path: Path) -> Path | None:
    """What `experiments/NAME.toml`, `NAME.toml` or `NAME` stands for where no such file is at hand."""
    known = folder("experiments")
    if known is None or str(path.parent) not in (".", "experiments") or path.suffix not in ("", ".toml"):
        return None
    found = known / f"{path.stem}.toml"
    return found if found.is_file() else None

"""Versions, machine and time of a run."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from gantheory._version import __version__

_LIBRARIES = ("numpy", "scipy", "sympy", "mpmath", "torch", "pandas", "matplotlib")


def environment() -> dict[str, str]:
    """Versions, machine and time of a run, without anything that names a host or a user."""
    found = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "gantheory": __version__,
        "commit": _commit(),
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "device": "cpu",
    }
    for library in _LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found


def _commit() -> str:
    """Commit of the checkout that holds this package, or "not a checkout"."""
    here = Path(__file__).resolve().parents[2]
    if not (here / ".git").exists():
        return "not a checkout"
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            cwd=here,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return answer.stdout.strip()

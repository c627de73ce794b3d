"""Options and arguments that several verbs have, each declared once."""

from __future__ import annotations

import os
from typing import Annotated

import typer

Objective = Annotated[str, typer.Argument(metavar="OBJECTIVE", help='vanilla, "lsgan(0, 1, 1)" ...')]
Device = Annotated[str, typer.Option("--device", help="such as cpu or cuda")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object")]
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="processes; as many as cores, at most 4")]


def default_jobs() -> int:
    """Cores that this process may use, at most 4: more only start up for nothing."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(4, usable)

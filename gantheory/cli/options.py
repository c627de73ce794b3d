"""Options and arguments that several verbs have, each declared once."""

from __future__ import annotations

from typing import Annotated

import typer

from gantheory.support.workers import usable_cores

Objective = Annotated[str, typer.Argument(metavar="OBJECTIVE", help='vanilla, "lsgan(0, 1, 1)" ...')]
Device = Annotated[str, typer.Option("--device", help="such as cpu or cuda")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object")]
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="processes; as many as cores, at most 4")]


def default_jobs() -> int:
    """Cores that this process may use, at most 4: more only start up for nothing."""
    return min(4, usable_cores())

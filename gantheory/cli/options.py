"""Options and arguments that several verbs have, each declared once."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="print one JSON object")]
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="processes; as many as cores, at most 4")]

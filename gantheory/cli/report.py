"""``gantheory report``: stored results beside published ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = (
    "gantheory report ring",
    "gantheory report ring --store out/ring --out out/report",
)

SUBJECTS = ("ring",)


def run(
    subject: Annotated[str, typer.Argument(help="what to report: ring")],
    store: Annotated[
        list[Path] | None, typer.Option("--store", help="folder of results; several if repeated")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="folder that gets the report as Markdown and JSON")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> int:
    """Put stored results beside the published ones.

    ring: success and failure rates of Tables I to III, Figure 2b and LSGAN, with Wilson intervals and a test
    per cell, and clamped beside stable numerics. Runs of another protocol than the published one are named so
    and not tested. Results are read from results/ring unless --store names folders.
    """
    from gantheory.errors import nearest

    if subject not in SUBJECTS:
        raise ValueError(f"unknown report {subject!r}{nearest(subject, SUBJECTS)}")

    from gantheory.sweeps import RunStore
    from gantheory.sweeps.ring_report import ring_report
    from gantheory.sweeps.ring_text import markdown

    stores = [RunStore(path) for path in store or [_default()]]
    report = ring_report(record for each in stores for record in each.records())
    text = markdown(report)
    files = []
    if out is not None:
        from gantheory.cli.output import json_text

        out.mkdir(parents=True, exist_ok=True)
        (out / "ring.md").write_text(text, encoding="utf-8")
        (out / "ring.json").write_text(json_text(report.to_dict()) + "\n", encoding="utf-8")
        files = [out / "ring.md", out / "ring.json"]
    if as_json:
        from gantheory.cli.output import print_json

        print_json(report.to_dict(), files)
    else:
        print(text, end="")
    return 0


def _default() -> Path:
    """results/ring here, or as it comes with the package."""
    from gantheory.sweeps import shipped

    here, known = Path("results/ring"), shipped.folder("results")
    return here if here.is_dir() or known is None or not (known / "ring").is_dir() else known / "ring"

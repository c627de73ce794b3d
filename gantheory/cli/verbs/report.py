"""``gantheory report``: stored results beside published ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gantheory.cli.options import Json
from gantheory.cli.output import json_text, picture_provenance, print_json, writable
from gantheory.support.atomic import write_atomically

EXAMPLES = (
    "gantheory report ring",
    "gantheory report ring --store out/ring --out out/report",
    "gantheory report stacked_mnist",
    "gantheory report sweep --store results/ring --out out/report",
)

SUBJECTS = ("ring", "stacked_mnist", "sweep")


def run(
    subject: Annotated[str, typer.Argument(help="what to report: ring, stacked_mnist or sweep")],
    store: Annotated[list[Path] | None, typer.Option(help="folder of results; several if repeated")] = None,
    out: Annotated[Path | None, typer.Option(help="folder that gets the report as Markdown and JSON")] = None,
    as_json: Json = False,
) -> int:
    """Put stored results beside the published ones.

    ring: success and failure rates of Tables I to III, Figure 2b and LSGAN, with Wilson intervals and a test
    per cell, and clamped beside stable numerics. Runs of another protocol than the published one are named so
    and not tested. stacked_mnist: modes covered of 1,000, with intervals, beside print and the authors'
    records. sweep: any sweep, all its settings, a pivot and, with --out, a heat map. Results are read from
    results/ring, or results/stacked_mnist, unless --store names folders: of this folder, or those that come
    with the package where this folder has none.
    """
    from gantheory.errors import nearest

    if subject not in SUBJECTS:
        raise ValueError(f"unknown report {subject!r}{nearest(subject, SUBJECTS)}")

    from gantheory.sweeps import RunStore, shipped

    if out is not None:
        writable("--out", out, out)
    usual = shipped.results("ring" if subject == "sweep" else subject)
    stores = [RunStore(path) for path in store or [usual]]
    records = [record for each in stores for record in each.records()]
    report: Any
    if subject == "ring":
        from gantheory.sweeps.reports.ring_report import ring_report
        from gantheory.sweeps.reports.ring_text import markdown

        report = ring_report(records)
        text = markdown(report)
    elif subject == "stacked_mnist":
        from gantheory.sweeps.reports.stacked_mnist import stacked_mnist_report

        report = stacked_mnist_report(records)
        text = report.markdown()
    else:
        from gantheory.sweeps.reports.sweep_report import sweep_report

        report = sweep_report(records)
        text = report.markdown()
    files = []
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_atomically(out / f"{subject}.md", text.encode())
        write_atomically(out / f"{subject}.json", (json_text(report.to_dict()) + "\n").encode())
        files = [out / f"{subject}.md", out / f"{subject}.json"]
        if subject == "sweep":
            from gantheory.plotting import paper, style

            with style():
                figure = report.figure()
            if figure is not None:
                files += paper.write(figure, out, subject, picture_provenance())
    if as_json:
        print_json(report.to_dict(), files)
    else:
        print(text, end="")
    return 0

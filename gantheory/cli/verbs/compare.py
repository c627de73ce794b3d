"""``gantheory compare``: objectives and remedies on one task, with equal budgets and every seed shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gantheory.cli import words
from gantheory.cli.options import Device, Json
from gantheory.cli.output import json_text, print_json, provenance
from gantheory.cli.verbs.sweep import run_with_bar
from gantheory.support.lines import wrapped

if TYPE_CHECKING:
    from gantheory.sweeps.reports.comparison_report import ComparisonReport

EXAMPLES = (
    'gantheory compare vanilla "wgan + clipping(0.1)" --steps 60 --seeds 2 --jobs 1',
    'gantheory compare vanilla lsgan --remedies "r1(0.1)" --task digits --steps 40 --seeds 2 --jobs 1',
)

_SHOWN: dict[str, tuple[str, float, str]] = {
    "all_modes": ("all modes %", 100, ".0f"),
    "modes": ("modes", 1, ".1f"),
    "share": ("share %", 100, ".1f"),
    "energy_distance": ("energy distance", 1, ".3f"),
    "density": ("density", 1, ".2f"),
    "coverage": ("coverage %", 100, ".0f"),
}
"""Head, factor and digits of each number, so that four of them with their intervals fit into 80 columns."""


def run(
    entries: Annotated[
        list[str],
        typer.Argument(
            metavar="ENTRY...", help='objectives, with variant or remedies: "vanilla + acgan + r1"'
        ),
    ],
    task: Annotated[str, typer.Option(help="ring or digits")] = "ring",
    remedies: Annotated[
        list[str] | None, typer.Option("--remedies", "--remedy", help="added to every entry; may repeat")
    ] = None,
    seeds: Annotated[str, typer.Option(help="how many runs of each, or which: 0,5,7")] = "8",
    steps: Annotated[int | None, typer.Option(min=1, help="of each run; 5000")] = None,
    batch: Annotated[int | None, typer.Option(min=2, help="rows of a step")] = None,
    rate: Annotated[float | None, typer.Option(help="learning rate, the same for all")] = None,
    critic_steps: Annotated[int | None, typer.Option(min=1, help="the discriminator's in each step")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="entries at once; one a core")] = None,
    device: Device = "cpu",
    out: Annotated[
        Path | None, typer.Option(help="folder of the comparison; out/compare-TASK if left out")
    ] = None,
    as_json: Json = False,
) -> int:
    """Train objectives side by side, and show every run.

    Each entry gets the same networks, data, steps and seeds. The folder --out keeps the runs (store/), and
    gets runs.csv (a row a run), comparison.json and comparison.png. What is stored is not trained again, so
    that the same command goes on after Ctrl-C, and further entries or seeds add to it. Means have the
    bootstrap's interval, rates Wilson's, both at 95 %. Exit status 1 if a run failed.
    """
    from gantheory.cli.verbs.train import read_seeds
    from gantheory.sweeps import Executor, Local, RunStore, Serial
    from gantheory.sweeps.comparison import Comparison
    from gantheory.sweeps.reports.comparison_report import comparison_report

    given = {"max_steps": steps, "batch": batch, "learning_rate": rate, "discriminator_steps": critic_steps}
    changes = {name: value for name, value in given.items() if value is not None}
    comparison = Comparison.of(entries, task, read_seeds(seeds), remedies or [], device=device, **changes)
    units = comparison.units()
    folder = out or Path("out") / f"compare-{task}"
    store = RunStore(folder / "store")
    executor: Executor = Serial() if jobs == 1 else Local(jobs)
    outcome = run_with_bar(units, store, executor)
    report = comparison_report(comparison, store.records())
    files = _write(report, folder)
    failures = [f"failed: {each.unit.label}: {each.reason}" for each in outcome.failures]
    if as_json:
        print_json({**report.to_dict(), "failures": failures}, files)
    else:
        print("\n".join([*failures, *_lines(report)]))
        print(wrapped(f"wrote {', '.join(map(str, files))}"))
    return 0 if outcome.complete else 1


def notes() -> str:
    """Variants and remedies, at the end of the help."""
    return f"{words.variants()}\n\n{words.remedies()}"


def _write(report: ComparisonReport, folder: Path) -> list[Path]:
    from gantheory.cli import pictures
    from gantheory.support.atomic import write_atomically

    runs, told, picture = (folder / name for name in ("runs.csv", "comparison.json", "comparison.png"))
    pictures.write([picture, runs], report.runs, report.figure)
    write_atomically(told, (json_text({**report.to_dict(), **provenance()}) + "\n").encode())
    return [runs, told, picture]


def _lines(report: ComparisonReport) -> list[str]:
    """An entry in two lines: its name, and means with intervals under their heads."""
    rows = report.rows()
    names = [name for name in _SHOWN if name in rows[0]]
    heads = ["runs", *(_SHOWN[name][0] for name in names)]
    body = [[str(row["runs"]), *(_short(row[name], *_SHOWN[name][1:]) for name in names)] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *body, strict=True)]

    def line(cells: list[str]) -> str:
        return "  " + "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))

    lines = [line(heads)]
    for row, cells in zip(rows, body, strict=True):
        diverged = f" ({row['diverged']} diverged)" if row["diverged"] else ""
        lines += [wrapped(row["entry"] + diverged), line(cells)]
    return lines


def _short(value: dict[str, Any], factor: float, digits: str) -> str:
    if value["mean"] is None:
        return "none"
    mean, low, high = (format(factor * value[key], digits) for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"

"""``gantheory sweep``: a grid of training runs, stored unit by unit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gantheory.arguments.checks import choice
from gantheory.cli.options import Json
from gantheory.cli.output import print_json
from gantheory.support.lines import wrapped
from gantheory.support.progress import terminal_bar

if TYPE_CHECKING:
    from gantheory.sweeps import Executor, Outcome, Record, RunStore, Unit
    from gantheory.sweeps.executors.outcome import Listener

EXAMPLES = (
    "gantheory sweep experiments/ring_reduced.toml --dry-run",
    "gantheory sweep experiments/ring_reduced.toml --store out/ring",
    "gantheory sweep experiments/ring_table1.toml --device cuda --block 200",
    "gantheory sweep experiments/ring_table1.toml --executor slurm --time 1-0",
)

EXECUTORS = ("local", "serial", "slurm")


def run(
    file: Annotated[Path, typer.Argument(help="TOML file of a grid")],
    store: Annotated[Path | None, typer.Option(help="folder of results, in place of the file's")] = None,
    executor: Annotated[str, typer.Option(help="local (processes), serial or slurm")] = "local",
    jobs: Annotated[int | None, typer.Option(min=1, help="units at once; one a core, one on a GPU")] = None,
    device: Annotated[str | None, typer.Option(help="such as cpu or cuda, in place of the file's")] = None,
    precision: Annotated[
        str | None, typer.Option(help="of matrix products: float32, tf32 (CUDA) or bfloat16")
    ] = None,
    block: Annotated[
        int | None, typer.Option(min=1, help="seeds trained together, in place of the file's")
    ] = None,
    checkpoint: Annotated[
        float, typer.Option(min=1, max=1e6, help="seconds between two checkpoints of a unit")
    ] = 60.0,
    partition: Annotated[str | None, typer.Option(help="Slurm: partition")] = None,
    time: Annotated[
        str | None, typer.Option(help="Slurm: limit of a job, minutes or 2:00:00; 4 hours")
    ] = None,
    cpus: Annotated[int | None, typer.Option(min=1, help="Slurm: cores of a job; 1")] = None,
    gpus: Annotated[int | None, typer.Option(min=0, help="Slurm: GPUs of a job; 0")] = None,
    mem: Annotated[float | None, typer.Option(help="Slurm: GB of memory of a job")] = None,
    slurm: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Slurm: other options of sbatch")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="list the units and what is stored, and stop")
    ] = False,
    as_json: Json = False,
) -> int:
    """Train every setting of a grid, and store each block of seeds as it finishes.

    What the store holds is skipped. An interrupted sweep goes on where it was: give the same command again.
    Exit status 0 if the store holds the whole sweep, 1 if units failed.
    """

    choice(executor, "executor", EXECUTORS)
    cluster = {
        "partition": partition, "time": time, "cpus": cpus, "gpus": gpus, "memory_gb": mem,
        "options": _options(slurm or []) or None,
    }  # fmt: skip
    given = {name: value for name, value in cluster.items() if value is not None}
    if given and executor != "slurm":
        names = {"memory_gb": "mem", "options": "slurm"}
        name = next(iter(given))
        raise ValueError(f"--{names.get(name, name)} needs --executor slurm")

    from dataclasses import replace

    from gantheory.sweeps import RunStore, Sweep

    sweep = Sweep.read(file)
    sweep = replace(sweep, block=block) if block else sweep
    folder = store or sweep.store
    if folder is None:
        raise ValueError(f"{file} names no store; give --store FOLDER")
    kept = RunStore(folder)
    chosen = _executor(executor, jobs, checkpoint, given)
    try:
        units = sweep.units(device, precision=precision, elsewhere=executor == "slurm")
    except (ValueError, TypeError) as error:
        raise ValueError(f"{file}: {error}") from None
    if dry_run:
        return _dry_run(units, kept, as_json)
    outcome = run_with_bar(units, kept, chosen)
    if as_json:
        stored = [kept.path / f"{unit.key}.json" for unit in units]
        print_json({"sweep": sweep.name, **outcome.to_dict()}, [path for path in stored if path.is_file()])
    else:
        _print(outcome)
    return 0 if outcome.complete else 1


def _executor(name: str, jobs: int | None, checkpoint: float, cluster: dict[str, Any]) -> Executor:
    from gantheory.sweeps import Local, Serial, Slurm

    if name == "local":
        return Local(jobs, checkpoint_seconds=checkpoint)
    if name == "serial":
        if jobs not in (None, 1):
            raise ValueError(f"--jobs {jobs} needs --executor local or slurm")
        return Serial(checkpoint)
    executor = Slurm(jobs=jobs, checkpoint_seconds=checkpoint, **cluster)
    executor.check()
    return executor


def _options(pairs: list[str]) -> dict[str, str]:
    options = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise ValueError(f"--slurm must be NAME=VALUE such as account=physics, got {pair!r}")
        options[name.strip().lstrip("-").replace("-", "_")] = value
    return options


def _dry_run(units: Sequence[Unit], store: RunStore, as_json: bool) -> int:
    from gantheory.sweeps.unit import missing

    records = store.records() if store.path.is_dir() else []
    left = missing(units, records)
    if as_json:
        print_json(
            {
                "store": str(store.path),
                "units": len(units),
                "stored": len(units) - len(left),
                "seconds": _seconds(left, records),
                "seconds_stored": sum(record.seconds for record in records),
                "left": [{"unit": unit.key, "label": unit.label} for unit in left],
            }
        )
        return 0
    for unit in left:
        print(wrapped(f"{unit.key[:12]}  {unit.label}"))
    steps = sum(unit.work for unit in left)
    known = _seconds(left, records)
    took = _left(sum(record.seconds for record in records)).removesuffix(" left")
    time = f"; about {_left(known).removesuffix(' left')} one after another" if known else ""
    time += f"; what is stored took {took}" if records else ""
    text = f"{len(units)} units, {len(units) - len(left)} stored in {store.path}, {len(left)} to compute"
    print(wrapped(f"{text} ({steps:.3g} steps times seeds){time}"))
    return 0


def _seconds(left: Sequence[Unit], records: Sequence[Record]) -> float | None:
    """Time for these units, one after another, at the pace of the stored ones; None where there are none."""
    rates = [record.seconds / done for record in records if (done := int(record.table["steps"].sum()))]
    if not left:
        return 0.0
    return sum(unit.work for unit in left) * sum(rates) / len(rates) if rates else None


def _print(outcome: Outcome) -> None:
    for failure in outcome.failures:
        print(f"failed: {failure.unit.label}: {failure.reason}")
    left = outcome.total - outcome.skipped - outcome.finished - len(outcome.failures)
    print(
        f"{outcome.total} units: {outcome.skipped} stored before, {outcome.finished} finished"
        + (f", {len(outcome.failures)} failed" if outcome.failures else "")
        + (f", {left} not begun" if left else "")
        + f"; {outcome.seconds:.0f} s; store: {outcome.store.path}"
    )


def run_with_bar(units: Sequence[Unit], store: RunStore, executor: Executor) -> Outcome:
    """The units that the store lacks, run beside a bar; Ctrl-C says that the same command goes on."""
    from gantheory.sweeps.run import run

    with _progress_bar() as (on_start, listener):
        try:
            return run(units, store, executor=executor, on_start=on_start, listener=listener)
        except KeyboardInterrupt:
            print(
                f"interrupted: {store.path} keeps what has finished; run it again to go on", file=sys.stderr
            )
            raise


@contextmanager
def _progress_bar() -> Iterator[tuple[Callable[[Sequence[Unit]], None] | None, Listener | None]]:
    """A bar with the time left on a terminal; nothing elsewhere."""
    from gantheory.sweeps import Estimate

    estimate = Estimate([])
    with terminal_bar(1.0, "starting", counted=False, left=False) as bar:
        if bar is None:
            yield None, None
            return

        def start(units: Sequence[Unit]) -> None:
            nonlocal estimate
            estimate = Estimate(units)

        def listen(unit: Unit, share: float) -> None:
            estimate.update(unit, share)
            text = f"{estimate.finished} of {estimate.units} units, {_left(estimate.seconds_left)}"
            bar.update(completed=estimate.share, description=text)

        yield start, listen


def _left(seconds: float | None) -> str:
    if seconds is None:
        return "time left unknown"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min left" if minutes >= 1 else f"{seconds:.0f} s left"

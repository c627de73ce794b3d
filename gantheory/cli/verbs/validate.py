"""``gantheory validate``: train real networks and put each prediction beside its measurement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gantheory.cli.options import Jobs, Json, default_jobs
from gantheory.cli.output import print_json
from gantheory.support.lines import wrapped
from gantheory.support.progress import terminal_bar

if TYPE_CHECKING:
    from gantheory.validation.predictions.outcome import Item
    from gantheory.validation.presets.built_in import Preset
    from gantheory.validation.result import Result
    from gantheory.validation.run import Listener

EXAMPLES = (
    "gantheory validate --list",
    "gantheory validate --preset quick --out out/quick",
    'gantheory validate vanilla "lsgan(0, 1, 1)" --out out/mine',
)

_MARKS = {
    "agrees": "[green]agrees[/]",
    "contradicts": "[red]contradicts[/]",
    "inconclusive": "[yellow]inconclusive[/]",
}


def run(
    objectives: Annotated[
        list[str] | None, typer.Argument(help='such as vanilla or "lsgan(0, 1, 1)"')
    ] = None,
    preset: Annotated[str | None, typer.Option(help="a list of experiments: demo or quick")] = None,
    out: Annotated[Path | None, typer.Option(help="folder of the report; out/PRESET if not given")] = None,
    seed: Annotated[int, typer.Option(min=0, help="shifts every training seed")] = 0,
    jobs: Jobs = None,
    as_json: Json = False,
    listing: Annotated[
        bool, typer.Option("--list", help="print the presets and the verdicts on record")
    ] = False,
) -> int:
    """Train real networks and write a report that puts each prediction beside its measurement.

    Either a preset, or objectives for which discriminators are trained in one and two dimensions. The folder
    receives index.html, report.md and report.json; results are kept as they finish. Exit status 0 if every
    verdict is the recorded one, 1 if not.
    """
    if listing:
        return _list(as_json)
    if objectives and preset:
        raise ValueError(f"give objectives or --preset, not both: {', '.join(objectives)} and {preset}")
    if not objectives and not preset:
        raise ValueError("give --preset demo, or objectives such as vanilla; --list prints the presets")

    from gantheory.validation.run import prepare_folder

    folder = out or Path("out") / (preset or "objectives")
    if preset:
        from gantheory.validation.presets.built_in import preset as named

        chosen = named(preset)
        prepare_folder(folder)
    else:
        prepare_folder(folder)  # before the theory is derived, which takes seconds
        from gantheory.validation.presets.user_objectives import preset_of

        chosen = preset_of(objectives or [])

    from gantheory.validation.run import run_preset

    with _progress(chosen) as listener:
        result = run_preset(chosen, folder, seed=seed, jobs=jobs or default_jobs(), listener=listener)
    if as_json:
        names = ("index.html", "report.md", "report.json", "predictions.jsonl")
        written = [folder / name for name in names] + sorted((folder / "figures").glob("*"))
        report = {**result.to_dict(), "report": str(folder / "index.html")}
        print_json(report, [path for path in written if path.is_file()])
    else:
        _print_summary(result, folder)
    return 0 if result.as_expected else 1


def _list(as_json: bool) -> int:
    from gantheory.validation.presets.built_in import PRESETS

    found = [
        {
            "preset": preset.name,
            "summary": preset.summary,
            "predictions": [{"id": name, "expected": preset.expected(name)} for name in preset.predictions()],
        }
        for preset in PRESETS.values()
    ]
    if as_json:
        print_json(found)
        return 0
    for preset in PRESETS.values():
        print(wrapped(f"{preset.name}: {preset.summary}"))
        for name in preset.predictions():
            expected = preset.expected(name)
            print(f"  {name}" + ("" if expected == "agrees" else f"  (on record: {expected})"))
    return 0


def _print_summary(result: Result, folder: Path) -> None:
    unexpected = [p for p in result.predictions if not p.as_expected]
    known = sum(p.known_finding for p in result.predictions)
    for p in unexpected:
        record = f", {p.expected} on record" if p.expected else ""
        print(wrapped(f"unexpected: {p.id} {p.verdict}{record}; control {p.control.verdict}"))
        if p.undecided:
            print(wrapped(f"  {p.undecided}"))
        if p.note:
            print(wrapped(f"  {p.note}"))
    agreed = sum(p.verdict == "agrees" for p in result.predictions)
    print(
        f"{len(result.predictions)} predictions: {agreed} agree"
        + (f", {known} known finding{'s' * (known != 1)}" if known else "")
        + f", {len(unexpected)} unexpected; {result.seconds:.0f} s"
    )
    print(f"report: {folder / 'index.html'}")


@contextmanager
def _progress(preset: Preset) -> Iterator[Listener | None]:
    """A bar and a line per prediction on a terminal; nothing elsewhere."""
    from gantheory.validation.predictions.prediction import Prediction

    with terminal_bar(len(preset.experiments), "deriving theory", counted=False, left=False) as bar:
        if bar is None:
            yield None
            return

        def listen(name: str, done: float, item: Item | None) -> None:
            bar.update(completed=done, description=name)
            if isinstance(item, Prediction):
                mark = "[cyan]known finding[/]" if item.known_finding else _MARKS[item.verdict]
                bar.say(f"{mark}  {item.id}")

        yield listen

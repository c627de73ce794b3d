"""Run a preset: results go to the output folder as they finish, so that an interruption loses nothing."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from gantheory.arguments.checks import nonnegative_integer, positive_integer
from gantheory.support.files import user_path
from gantheory.support.workers import workers
from gantheory.validation.environment import environment
from gantheory.validation.predictions.intervals import Joint
from gantheory.validation.predictions.outcome import Context, Experiment, Item, Picture, file_name, strict
from gantheory.validation.predictions.prediction import Prediction, beside_wrong_theory
from gantheory.validation.presets.built_in import Preset
from gantheory.validation.report import write_report
from gantheory.validation.result import Result

Listener = Callable[[str, float, "Item | None"], None]
"""(name of the experiment, experiments done with fractions, the item just finished or None)."""


def prepare_folder(folder: Path) -> Path:
    """Create the output folder.

    Raises:
        ValueError: the path, or part of it, is a file, or cannot be written.
    """
    for part in (folder, *folder.parents):
        if part.exists() and not part.is_dir():
            raise ValueError(f"output folder {folder} cannot be made: {part} is a file; name a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / "predictions.jsonl"
        probe.write_text("", encoding="utf-8")
    except OSError as error:
        raise ValueError(f"output folder {folder} cannot be written: {error.strerror or error}") from None
    return folder


def run_preset(
    preset: Preset,
    folder: Path | str,
    *,
    seed: int = 0,
    jobs: int = 1,
    listener: Listener | None = None,
) -> Result:
    """Run all experiments of a preset and write the report.

    The folder receives predictions.jsonl (a line per result, as it finishes), data/*.npz (what the figures
    show), and at the end index.html, report.md with figures/, and report.json. After an interruption these
    hold what has finished.

    Args:
        preset: what to run.
        folder: output folder; made if needed.
        seed: shifts every training seed and sample.
        jobs: processes that share the experiments; the numbers do not depend on it. More than 1 starts fresh
            interpreters, so that a script needs the usual ``if __name__ == "__main__":``.
        listener: told about progress.

    Raises:
        ValueError: a folder that is a file, a seed that is not a nonnegative integer, or an experiment that
            cannot run; all before any work.
    """
    nonnegative_integer(seed, "seed")
    positive_integer(jobs, "jobs")
    out = prepare_folder(user_path(folder, "folder"))
    for experiment in preset.experiments:
        experiment.check()
    (out / "data").mkdir(exist_ok=True)
    for stale in (out / "data").glob("*.npz"):
        stale.unlink()
    result = Result(
        preset=preset, seed=seed, found=[[] for _ in preset.experiments], environment=environment()
    )
    start = time.perf_counter()
    try:
        with (out / "predictions.jsonl").open("a", encoding="utf-8") as lines:
            for position, item in _finished(result, jobs, listener or (lambda *_: None)):
                result.found[position].append(item)
                _store(item, out, lines)
        result.complete = True
    finally:
        result.seconds = time.perf_counter() - start
        write_report(result, out)
    return result


@contextmanager
def _one_thread() -> Iterator[None]:
    """Train on one thread, and give PyTorch its threads back afterwards.

    The networks are so small that a second thread gains nothing, and where another program uses a core the
    threads'
    barriers wait for each other: a fit of one second then takes a minute.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _finished(result: Result, jobs: int, listener: Listener) -> Iterator[tuple[int, Item]]:
    """(position of the experiment, item) as they finish."""
    experiments = result.preset.experiments
    if jobs == 1 or len(experiments) == 1:
        with _one_thread():
            for position, experiment in enumerate(experiments):
                yield from _watched(result, position, experiment, listener)
        return
    listener(experiments[0].name, 0.0, None)
    with workers(min(jobs, len(experiments)), _start_worker) as pool:
        futures = {
            pool.submit(_perform, experiment, result.joint, result.seed): position
            for position, experiment in enumerate(experiments)
        }
        for done, future in enumerate(as_completed(futures), start=1):
            position = futures[future]
            for item in future.result():
                yield position, item
                listener(experiments[position].name, float(done), item)


def _watched(
    result: Result, position: int, experiment: Experiment, listener: Listener
) -> Iterator[tuple[int, Item]]:
    def progress(done: int, total: int) -> None:
        listener(experiment.name, position + done / max(1, total), None)

    listener(experiment.name, float(position), None)
    for item in _items(experiment, Context(joint=result.joint, seed=result.seed, progress=progress)):
        yield position, item
        listener(experiment.name, position + 1.0, item)


def _start_worker() -> None:
    import torch

    torch.set_num_threads(1)


def _perform(experiment: Experiment, joint: Joint, seed: int) -> list[Item]:
    return list(_items(experiment, Context(joint=joint, seed=seed)))


def _items(experiment: Experiment, context: Context) -> Iterator[Item]:
    """The experiment's results; where it diverges, its missing predictions come out inconclusive and say
    why."""
    missing = list(experiment.predictions())
    try:
        for item in experiment.run(context):
            if isinstance(item, Prediction):
                missing.remove(item.id)
            yield item
    except ArithmeticError as error:
        for identifier in missing:
            yield _unmeasured(identifier, experiment, str(error))


def _unmeasured(identifier: str, experiment: Experiment, reason: str) -> Prediction:
    nothing, anything = (math.nan, (math.nan, math.nan)), (math.nan, (-math.inf, math.inf))
    return Prediction(
        id=identifier,
        quantity="not measured",
        objective=f"{experiment.name}, {identifier.split('/')[0]}",
        **beside_wrong_theory(nothing, anything, anything, "not measured"),
        note=reason,
        undecided=reason,
        expected="agrees" if getattr(experiment, "recorded_verdicts", True) else None,
    )


def _store(item: Item, out: Path, lines: Any) -> None:
    if isinstance(item, Picture):
        arrays: dict[str, Any] = {key: np.asarray(value) for key, value in item.data.items()}
        np.savez_compressed(out / "data" / f"{item.kind}-{file_name(item.id)}.npz", **arrays)
        return
    kind = "prediction" if isinstance(item, Prediction) else "measurement"
    lines.write(
        json.dumps(strict({"kind": kind, **item.to_dict()}), ensure_ascii=False, allow_nan=False) + "\n"
    )
    lines.flush()

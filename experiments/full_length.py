"""The settings of a sweep that differ in the objective alone, trained as one ensemble: what fills a GPU.

    python experiments/full_length.py experiments/ring_first.toml --device cuda --precision tf32
    python experiments/full_length.py experiments/stacked_mnist.toml --device cuda

Each setting is stored as `gantheory sweep` would store it, and settings that are stored are skipped. Beside
them, STORE/over_time/NAME.json holds for runs on a mixture the modes and the high-quality share of 2,000
generated points over time, so that an unfinished run tells too; of others STORE/samples/NAME.npz keeps 25
pictures or all points of each member. STORE/checkpoints keeps the state: the same command goes on from there,
also where a run was stopped while its networks were measured.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gantheory.support.atomic import write_atomically
from gantheory.sweeps import RunStore, Sweep
from gantheory.sweeps.store.canonical import digest
from gantheory.sweeps.store.record import Record
from gantheory.sweeps.unit import Unit, environment_of, missing
from gantheory.training import RingConfig, metrics, train_run
from gantheory.training.gan import Snapshot
from gantheory.training.settings.gan_config import read_config

POINTS = 2_000
KEPT = 25


def groups(units: list[Unit]) -> list[list[Unit]]:
    """Units that differ in the objective alone, together."""
    found: dict[str, list[Unit]] = {}
    for unit in units:
        rest = {name: value for name, value in unit.config.items() if name != "objective"}
        found.setdefault(digest(rest), []).append(unit)
    return list(found.values())


class OverTime:
    """Modes and shares of all members over time, in a file."""

    def __init__(self, path: Path, config: RingConfig) -> None:
        self._path, self._config = path, config
        self.rows: list[dict[str, Any]] = json.loads(path.read_text())["rows"] if path.exists() else []

    def __call__(self, snapshot: Snapshot) -> None:
        mixture = self._config.mixture
        found = snapshot.samples(POINTS)
        row = {
            "step": snapshot.step,
            "modes": [metrics.modes_covered(each, mixture) for each in found],
            "share": [round(metrics.high_quality_share(each, mixture), 4) for each in found],
        }
        self.rows = [*(each for each in self.rows if each["step"] < snapshot.step), row]
        members = [[objective.name, seed] for objective, seed in self._config.members]
        content = {"settings": self._config.columns(), "members": members, "rows": self.rows}
        write_atomically(self._path, json.dumps(content).encode())


class Lines:
    """Progress as a line every five seconds, for logs."""

    def __init__(self, name: str) -> None:
        self._name, self._start, self._last = name, time.perf_counter(), 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.perf_counter() - self._start
        if now - self._last > 5:
            self._last = now
            print(f"{self._name} {done} of {total} steps, {now:.1f} s", flush=True)


def kept(samples: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """What is stored of generated samples (members, n, *shape): all points, or some pictures as bytes."""
    if samples.ndim == 3:
        return {"points": samples.astype(np.float32)}
    return {"pictures": np.round((samples[:, :KEPT] + 1) * 127.5).clip(0, 255).astype(np.uint8)}


def train_together(units: list[Unit], store: RunStore, folder: Path, arguments: argparse.Namespace) -> None:
    """Train and store the units of one group."""
    together = {**units[0].config, "objective": [unit.config["objective"] for unit in units]}
    config = read_config(together)
    name = digest(together)[:16]
    over_time = None
    if isinstance(config, RingConfig):
        (folder / "over_time").mkdir(parents=True, exist_ok=True)
        over_time = OverTime(folder / "over_time" / f"{name}.json", config)
    checkpoint = store.checkpoint(digest(together)) if arguments.checkpoint else None
    start, environment = time.perf_counter(), environment_of(str(config.device))
    environment["together"] = f"{len(units)} settings as one ensemble"
    run = train_run(
        config,
        progress=Lines(name),
        checkpoint=checkpoint,
        checkpoint_seconds=arguments.checkpoint or 60.0,
        watch=over_time,
        watch_every=arguments.every,
    )
    seconds = time.perf_counter() - start
    count = len(units[0].seeds)
    for k, unit in enumerate(units):
        table = run.table.iloc[k * count : (k + 1) * count].reset_index(drop=True)
        store.add(Record(unit.label, unit.config, table, environment, seconds / len(units)))
    if over_time is None:
        (folder / "samples").mkdir(exist_ok=True)
        np.savez_compressed(folder / "samples" / f"{name}.npz", **kept(run.samples))
    if checkpoint is not None:
        store.drop_checkpoint(digest(together))
    print(f"{len(units)} settings x {count} seeds, {config.steps} steps: {seconds:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("toml", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision")
    parser.add_argument("--store", type=Path)
    parser.add_argument(
        "--checkpoint", type=float, default=60.0, help="seconds between two checkpoints, 0 for none"
    )
    parser.add_argument("--every", type=int, default=1564, help="steps between two counts of modes")
    parser.add_argument("--groups", type=lambda text: [int(each) for each in text.split(",")])
    arguments = parser.parse_args()
    sweep = Sweep.read(arguments.toml)
    folder = arguments.store or sweep.store
    store = RunStore(folder)
    store.prepare()
    units = sweep.units(arguments.device, precision=arguments.precision)
    listed = groups(missing(units, store.records()))
    for k, group in enumerate(listed):
        if arguments.groups is None or k in arguments.groups:
            train_together(group, store, Path(folder), arguments)


if __name__ == "__main__":
    main()

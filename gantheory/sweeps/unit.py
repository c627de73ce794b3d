"""A unit of work: one setting with a block of seeds, trained as one ensemble and stored as one file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gantheory.sweeps.store.canonical import digest
from gantheory.sweeps.store.record import Record
from gantheory.sweeps.store.store import RunStore

CHECKPOINT_SECONDS = 60.0
"""Time between two checkpoints of a unit: what a kill may cost."""


@dataclass(frozen=True, eq=False)
class Unit:
    """One setting and some seeds.

    Attributes:
        config: `to_dict()` of a `RingConfig` or a `GanConfig` with these seeds: all that determines the
            result.
        work: seeds times steps, to weigh units in an estimate of time.
    """

    config: dict[str, Any]
    work: float = 1.0

    @cached_property
    def key(self) -> str:
        """Hash of the configuration."""
        return digest(self.config)

    @cached_property
    def setting(self) -> str:
        """Hash of the configuration without seeds, device and log_every: what a table's cell stands for.

        Of data that are given the number of rows is not a setting, and earlier versions stored another.
        """
        from gantheory.datasets.training_data import drawn_data

        skipped = {"seeds", "device", "log_every"}
        if "networks" in self.config and not drawn_data(self.config["data"]):
            skipped.add("train_samples")
        return digest({name: value for name, value in self.config.items() if name not in skipped})

    @property
    def seeds(self) -> list[int]:
        """The seeds, in order."""
        return list(self.config["seeds"])

    @property
    def label(self) -> str:
        """Objective, numerics and seeds, for people."""
        objective = self.config["objective"]
        names = objective if isinstance(objective, str) else " + ".join(objective)
        return f"{names}, {self.config['numerics']}, seeds {spans(self.seeds)}"

    def with_seeds(self, seeds: Sequence[int]) -> Unit:
        """The same setting with other seeds."""
        return Unit({**self.config, "seeds": list(seeds)}, self.work * len(seeds) / len(self.seeds))


def spans(numbers: Iterable[int]) -> str:
    """Runs of consecutive numbers in short: 0-3, 7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)


def missing(units: Sequence[Unit], records: Iterable[Record]) -> list[Unit]:
    """What of `units` is still to be computed, given the records of a store.

    Seeds count and not files: a setting whose seeds were stored in blocks of another size is not trained
    again, and of a block that is stored in part only the other seeds are left.
    """
    stored: dict[str, set[int]] = {}
    for record in records:
        config = completed(record.config)
        known = units and config.keys() == units[0].config.keys()
        unit = Unit(config if known else _with_defaults(config))
        stored.setdefault(unit.setting, set()).update(unit.seeds)
    left = []
    for unit in units:
        seeds = [seed for seed in unit.seeds if seed not in stored.get(unit.setting, ())]
        if seeds:
            left.append(unit if len(seeds) == len(unit.seeds) else unit.with_seeds(seeds))
    return left


def completed(config: dict[str, Any]) -> dict[str, Any]:
    """A stored configuration with later settings, where their default is not what was done before."""
    return config if "networks" in config else {"fresh_noise": True, **config}


def _with_defaults(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration written by an earlier version, completed with the defaults of later settings."""
    from gantheory.training.settings.gan_config import read_config

    try:
        return read_config({**config, "device": "cpu"}).to_dict()
    except (ValueError, TypeError, KeyError, OSError):
        return config  # of a setting, or data, no longer there: it matches nothing


def run_unit(
    config: dict[str, Any],
    store: RunStore,
    progress: bool | Callable[[int, int], None] = False,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> bool:
    """Train one unit, from its checkpoint if there is one, and store the result.

    Returns False if the store holds the unit by now: another process was faster.

    Raises:
        StoreError: the result cannot be stored; the checkpoint stays.
    """
    from gantheory.training import train
    from gantheory.training.settings.gan_config import read_config

    unit = Unit(config)
    if unit.key in store:
        store.drop_checkpoint(unit.key)
        return False
    start, environment = time.perf_counter(), environment_of(str(config["device"]))
    table = train(
        read_config(config),
        progress=progress,
        checkpoint=store.checkpoint(unit.key),
        checkpoint_seconds=checkpoint_seconds,
    )
    record = Record(
        label=unit.label,
        config=config,
        table=table,
        environment=environment,
        seconds=time.perf_counter() - start,
    )
    added = store.add(record)
    store.drop_checkpoint(unit.key)
    return added


def environment_of(device: str) -> dict[str, str]:
    """Versions, commit, date, device and threads of a unit that is trained here and now."""
    import torch

    from gantheory.validation.environment import environment

    found = environment()
    on_gpu = torch.device(device).type == "cuda"
    found["device"] = f"{device} ({torch.cuda.get_device_name(device)})" if on_gpu else device
    found["threads"] = str(torch.get_num_threads())
    return found

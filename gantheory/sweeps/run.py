"""Run a sweep: what the store lacks, on an executor."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gantheory.sweeps.executors.local import Local
from gantheory.sweeps.executors.outcome import Executor, Listener, Outcome
from gantheory.sweeps.grid import Sweep
from gantheory.sweeps.store.store import RunStore
from gantheory.sweeps.unit import Unit, missing


def run(
    sweep: Sweep | Sequence[Unit],
    store: RunStore | Path | str | None = None,
    *,
    executor: Executor | None = None,
    on_start: Callable[[Sequence[Unit]], None] | None = None,
    listener: Listener | None = None,
) -> Outcome:
    """Compute what of `sweep` the store lacks, and store it unit by unit.

    Whatever ends the run, finished units stay, and the same call goes on from there, within a unit from its
    last checkpoint.

    Args:
        sweep: a `Sweep`, or units of it.
        store: a folder; the one that the sweep's file names if None.
        executor: `Local()` if None, or `Serial()` or `Slurm(...)`.
        on_start: called with the units that are to be computed.
        listener: called with (unit, share done) while it runs.

    Raises:
        ValueError: a setting is wrong, or the store is a file; before any work.
        StoreError: the store cannot be written; before any work.
    """
    if isinstance(sweep, Sweep):
        store = sweep.store if store is None else store
        units = sweep.units()
    else:
        units = list(sweep)
    if store is None:
        raise ValueError("store must name a folder: the sweep's file names none")
    store = store if isinstance(store, RunStore) else RunStore(store)
    store.prepare()
    left = missing(units, store.records())
    store.drop_stale_checkpoints()
    if on_start is not None:
        on_start(left)
    start = time.monotonic()
    finished: set[str] = set()

    def listen(unit: Unit, share: float) -> None:
        if share >= 1:
            finished.add(unit.key)
        if listener is not None:
            listener(unit, share)

    failures = (executor or Local()).run(left, store, listen) if left else []
    return Outcome(
        store=store,
        total=len(units),
        skipped=len(units) - len(left),
        finished=len(finished),
        failures=failures,
        seconds=time.monotonic() - start,
    )

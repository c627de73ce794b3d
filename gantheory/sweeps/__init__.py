"""Sweeps: grids of settings, trained in blocks of seeds, stored one file a block, on any executor.

    sweep = Sweep.read("experiments/ring_table1.toml")     # or Sweep.from_dict({...})
    outcome = run(sweep, "results/ring")                   # local processes; what is stored is skipped
    outcome = run(sweep, "results/ring", executor=Slurm(partition="gpu", time="2:00:00", gpus=1))
    outcome.finished, outcome.skipped, outcome.failures    # each failure has .unit and .reason

    run(Comparison.of(["vanilla", "vanilla + r1"], task="ring", seeds=8).units(), "results/two")

    RunStore("results/ring").table()                       # DataFrame: everything stored, a row a member

A `Unit` is one setting with a block of seeds; its `key` is the SHA-256 of its full configuration and names
its file. Executors are `Local(jobs=...)`, `Serial()` and `Slurm(...)`, which needs submitit. The keys of a
TOML file are described in `gantheory.sweeps.grid`; `gantheory.sweeps.reports.ring_report` puts results beside
published ones.
"""

from gantheory.arguments.door import open_door
from gantheory.sweeps.comparison import Comparison
from gantheory.sweeps.executors.local import Local, Serial
from gantheory.sweeps.executors.outcome import Estimate, Executor, Failure, Outcome
from gantheory.sweeps.executors.slurm import Slurm
from gantheory.sweeps.grid import Sweep
from gantheory.sweeps.run import run
from gantheory.sweeps.store.record import Record
from gantheory.sweeps.store.store import RunStore, StoreError
from gantheory.sweeps.unit import Unit

__all__ = [
    "Comparison",
    "Estimate",
    "Executor",
    "Failure",
    "Local",
    "Outcome",
    "Record",
    "RunStore",
    "Serial",
    "Slurm",
    "StoreError",
    "Sweep",
    "Unit",
    "run",
]

open_door(__name__)

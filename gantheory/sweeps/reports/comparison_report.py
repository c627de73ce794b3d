"""A comparison's stored runs: every run, means with intervals, and a figure that shows each seed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gantheory.sweeps.comparison import TASKS, Comparison
from gantheory.sweeps.reports.means import mean_interval
from gantheory.sweeps.reports.proportions import Rate
from gantheory.sweeps.store.record import Record
from gantheory.sweeps.unit import Unit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_MODES = {"ring": 8}


@dataclass(frozen=True, eq=False)
class ComparisonReport:
    """What the entries of a comparison came to.

    Attributes:
        comparison: what was compared.
        runs: a row a run: entry, seed, the metrics, diverged, steps, seconds.
    """

    comparison: Comparison
    runs: pd.DataFrame

    def rows(self) -> list[dict[str, Any]]:
        """One an entry: runs, diverged; on the ring the rate of runs with all modes, with Wilson's interval;
        for each metric its mean over runs that have it, with the bootstrap's interval, 95 % each."""
        found = []
        for entry in self.comparison.entries:
            runs = self.runs[self.runs["entry"] == entry.name]
            row: dict[str, Any] = {
                "entry": entry.name, "runs": len(runs), "diverged": int(runs["diverged"].sum()),
            }  # fmt: skip
            modes = _MODES.get(self.comparison.task)
            if modes:
                row["all_modes"] = _rate(int((runs["modes"] == modes).sum()), len(runs))
            for name in self.comparison.metrics:
                values = runs[name].dropna().to_numpy(dtype=np.float64)
                low, high = mean_interval(values)
                row[name] = {"mean": float(values.mean()) if len(values) else None, "low": low, "high": high}
            found.append(row)
        return found

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        task = {**TASKS[self.comparison.task], **self.comparison.changes}
        return {
            "task": self.comparison.task,
            "settings": task,
            "seeds": list(self.comparison.seeds),
            "entries": self.rows(),
            "runs": self.runs.to_dict("records"),
        }

    def figure(self) -> Figure:
        """A panel a metric: each run a dot, its mean and the interval of that a bar."""
        from gantheory.plotting import canvas, every_run

        entries, metrics = self.comparison.entries, self.comparison.metrics
        names = [entry.title for entry in entries]
        height = 0.5 + 0.34 * len(names)
        figure, axes = canvas(1, len(metrics), width=2.0 + 2.2 * len(metrics), height=height)
        rows = self.rows()
        for k, (panel, metric) in enumerate(zip(np.atleast_1d(axes), metrics, strict=True)):
            of = [self.runs[self.runs["entry"] == entry.name] for entry in entries]
            runs = [each[metric].to_numpy(float) for each in of]
            numbers = [tuple(row[metric][key] for key in ("mean", "low", "high")) for row in rows]
            every_run(panel, names if k == 0 else [""] * len(names), runs, numbers)
            panel.set_xlabel(metric.replace("_", " "))
        return figure


def _rate(count: int, runs: int) -> dict[str, float | None]:
    if not runs:
        return {"mean": None, "low": math.nan, "high": math.nan}
    rate = Rate(count, runs)
    low, high = rate.interval()
    return {"mean": rate.value, "low": low, "high": high}


def comparison_report(comparison: Comparison, records: Iterable[Record]) -> ComparisonReport:
    """The runs of a comparison in a store; those that are not there yet are missing."""
    import pandas as pd

    listed = list(records)
    parts = []
    for entry, unit in zip(comparison.entries, comparison.units(), strict=True):
        seen: set[int] = set()
        for record in listed:
            if Unit(record.config).setting != unit.setting:
                continue
            for row in record.table.to_dict("records"):
                if row["seed"] in comparison.seeds and row["seed"] not in seen:
                    seen.add(row["seed"])
                    kept = ("seed", *comparison.metrics, "diverged", "diverged_at", "steps", "seconds")
                    parts.append({"entry": entry.name, **{name: row.get(name, math.nan) for name in kept}})
    names = ["entry", "seed", *comparison.metrics, "diverged", "diverged_at", "steps", "seconds"]
    return ComparisonReport(comparison, pd.DataFrame(parts, columns=names))

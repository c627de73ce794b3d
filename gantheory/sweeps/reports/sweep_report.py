"""Any sweep of a store: what all settings came to, what varied, and a pivot over two of those."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

from gantheory.sweeps.reports.proportions import Rate
from gantheory.sweeps.store.record import Record
from gantheory.sweeps.unit import completed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_RESULTS = ("modes", "share", "jsd", "energy_distance", "coverage")
"""What the table shows; the pivots are of the first that the runs have."""

_PANELS = 12
_LABEL = 21
"""Letters of a tick's label in a line."""


@dataclass(frozen=True, eq=False)
class SweepReport:
    """All settings of a store with their results.

    Attributes:
        table: a row a setting: what varied, runs, diverged, mean and standard error of modes, share, JSD,
            energy distance and coverage where the runs have them, the rate of runs with all modes with
            Wilson's interval, and the published rate of the same cell where there is one (percent).
        varied: the settings that differ between rows; objective stands for alpha_d, alpha_g and saturating.
        same: the settings that do not.
        axes: the two settings of the pivot, rows and columns; fewer where fewer vary.
    """

    table: pd.DataFrame
    varied: tuple[str, ...]
    same: dict[str, Any]
    axes: tuple[str, ...]

    @property
    def measured(self) -> str | None:
        """What the pivots show: modes, and where there are none the next result of the table."""
        return next((name for name in _RESULTS if name in self.table), None)

    def panels(self) -> list[tuple[str, pd.DataFrame]]:
        """Means of `measured` over the two axes, one pivot for each value of the others: none is averaged."""
        if len(self.axes) < 2 or self.measured is None:
            return []
        others = [name for name in self.varied if name not in self.axes]
        if set(self.axes) & {"alpha_d", "alpha_g"}:
            others = [name for name in others if name != "objective"]
            others += ["saturating"] if self.table["saturating"].nunique() > 1 else []
        groups = self.table.groupby(others, dropna=False, sort=False) if others else [((), self.table)]
        found = []
        for key, rows in groups:
            values = key if isinstance(key, tuple) else (key,)
            title = ", ".join(f"{name} = {value}" for name, value in zip(others, values, strict=True))
            pivot = rows.pivot_table(index=self.axes[0], columns=self.axes[1], values=self.measured)
            if pivot.size:
                found.append((title, pivot))
        return found

    @property
    def _words(self) -> str:
        return str(self.measured).replace("_", " ")

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        rows = [{k: _plain(v) for k, v in row.items()} for row in self.table.to_dict("records")]
        same = {name: _plain(value) for name, value in self.same.items()}
        return {"varied": list(self.varied), "same": same, "axes": list(self.axes), "settings": rows}

    def markdown(self) -> str:
        """The settings that are the same, the table of the others, and the pivots."""
        same = ", ".join(f"{name} {value}" for name, value in self.same.items())
        lines = ["# Sweep", "", f"{len(self.table)} settings. The same in all: {same}.", ""]
        lines += [
            "Means over runs, with standard errors; all modes %: runs that cover every mode, [a, b] Wilson's "
            "interval at 95 %. Published rates are of the published protocol, for orientation.",
            "",
            *_grid(self.table),
        ]
        for title, pivot in self.panels():
            lines += [
                "",
                f"## Mean {self._words}, {self.axes[0]} by {self.axes[1]}{': ' + title if title else ''}",
                "",
            ]
            lines += _grid(pivot.reset_index())
        return "\n".join(lines) + "\n"

    def figure(self) -> Figure | None:
        """Heat maps of the pivots, on one scale; None where fewer than two settings vary."""
        import numpy as np

        from gantheory.plotting import canvas

        panels = self.panels()[:_PANELS]
        if not panels:
            return None
        columns = min(len(panels), 3)
        rows = -(-len(panels) // columns)
        figure, axes = canvas(rows, columns, width=2.6 * columns + 0.6, height=2.3 * rows + 0.3)
        top = max(float(np.nanmax(pivot.to_numpy())) for _, pivot in panels)
        for panel in np.atleast_1d(axes).ravel()[len(panels) :]:
            panel.remove()
        mesh = None
        for panel, (title, pivot) in zip(np.atleast_1d(axes).ravel(), panels, strict=False):
            values = pivot.to_numpy(dtype=float)
            mesh = panel.imshow(values, origin="lower", aspect="auto", vmin=0, vmax=top or 1, cmap="viridis")
            across, up = ([fill(_short(x), _LABEL) for x in each] for each in (pivot.columns, pivot.index))
            turned = {"rotation": 30, "ha": "right"} if max(map(len, across)) > _LABEL / 2 else {}
            panel.set_xticks(range(len(across)), across, fontsize=6.5, **turned)
            panel.set_yticks(range(len(up)), up, fontsize=6.5)
            panel.set(xlabel=self.axes[1], ylabel=self.axes[0])
            panel.set_title(fill(title, 2 * _LABEL), fontsize=6.5)
            panel.grid(False)
            for i, j in np.ndindex(values.shape):
                if np.isfinite(values[i, j]):
                    color = "black" if values[i, j] > 0.6 * top else "white"
                    panel.text(j, i, f"{values[i, j]:.3g}", ha="center", va="center", fontsize=6, color=color)
        assert mesh is not None
        figure.colorbar(mesh, ax=list(figure.axes), label=f"mean {self._words}")
        return figure


def sweep_report(records: Iterable[Record]) -> SweepReport:
    """Every setting of the records, by objective and configuration.

    Raises:
        ValueError: there are none.
    """
    import pandas as pd

    from gantheory.sweeps.reports.ring_report import published_success

    listed = list(records)
    if not listed:
        raise ValueError("the store holds no runs; gantheory sweep ring_reduced --store FOLDER adds some")
    found = []
    for record in listed:
        config = {k: v for k, v in completed(record.config).items() if k not in ("seeds", "objective")}
        plain = {
            name: value if isinstance(value, (int, float, str)) else _worded(value)
            for name, value in config.items()
        }
        found.append(record.table.assign(**plain, components=_components(config)))
    runs = pd.concat(found, ignore_index=True)
    settings = ["objective", *sorted({name for record in listed for name in completed(record.config)})]
    settings = [s for s in dict.fromkeys(settings) if s not in ("seeds",) and s in runs]
    runs = runs.drop_duplicates([*settings, "seed"])
    varied = tuple(name for name in settings if runs[name].nunique(dropna=False) > 1)
    same = {
        name: runs[name].iloc[0] for name in settings if name not in varied and pd.notna(runs[name].iloc[0])
    }
    known = published_success()
    rows = []
    for key, group in runs.groupby(list(varied) or ["objective"], dropna=False, sort=False):
        values = key if isinstance(key, tuple) else (key,)
        row: dict[str, Any] = dict(zip(varied or ("objective",), values, strict=True))
        row |= {name: group[name].iloc[0] for name in ("alpha_d", "alpha_g", "saturating") if name in group}
        row |= {"runs": len(group), "diverged": int(group["diverged"].astype(bool).sum())}
        for name in _RESULTS:
            if name in group:
                numbers = group[name].astype(float)
                row |= {
                    name: float(numbers.mean()),
                    f"{name}_se": float(numbers.sem(ddof=1)) if len(numbers) > 1 else None,
                }
        components = group["components"].iloc[0]
        if components:
            rate = Rate(int((group["modes"] == components).sum()), len(group))
            low, high = rate.interval()
            row |= {"all_modes": 100 * rate.value, "low": 100 * low, "high": 100 * high}
        on_ring = components == 8 and group["mixture"].notna().all() if "mixture" in group else False
        row["published"] = known(str(group["objective"].iloc[0])) if on_ring else None
        rows.append(row)
    table = pd.DataFrame(rows).dropna(axis=1, how="all")
    return SweepReport(table, varied, same, _axes(table, varied))


def _axes(table: pd.DataFrame, varied: tuple[str, ...]) -> tuple[str, ...]:
    """The two settings of most values; the alphas where they vary and say all."""
    alphas = [name for name in ("alpha_d", "alpha_g") if name in table and table[name].nunique() > 1]
    ranked = sorted(varied, key=lambda name: -table[name].nunique(dropna=False))
    # Other objectives than these are rows of the table, and have no place in this pivot.
    if len(alphas) == 2 and 2 * table[alphas].notna().all(axis=1).sum() > len(table):
        return tuple(alphas)
    return tuple(ranked[:2])


def _components(config: dict[str, Any]) -> int:
    """Modes of the mixture of a `RingConfig` or a `GanConfig`; 0 where the data are of none."""
    from gantheory.datasets import GaussianMixture

    given = config.get("mixture", config.get("data"))
    if not isinstance(given, dict) or {"array", "folder"} & given.keys():
        return 0
    try:
        return len(GaussianMixture.from_dict(given).means)
    except (ValueError, TypeError, KeyError):
        return 0


def _worded(value: Any) -> str:
    """A setting as text: tables with a name, such as remedies, as a call of it."""
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return ", ".join(map(_worded, value)) or "none"
    if isinstance(value, dict) and "name" in value:
        given = ", ".join(f"{key}={_short(each)}" for key, each in value.items() if key != "name")
        return f"{value['name']}({given})"
    return str(value)


def _plain(value: Any) -> Any:
    """A Python value; None for what is missing."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and value != value else value


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _grid(table: pd.DataFrame) -> list[str]:
    from gantheory.sweeps.reports.ring_text import grid

    def text(value: Any) -> str:
        return (
            ""
            if value is None or value != value
            else f"{value:.4g}"
            if isinstance(value, float)
            else str(value)
        )

    rows = [[text(value) for value in row] for row in table.itertuples(index=False, name=None)]
    return grid([str(name) for name in table.columns], rows)

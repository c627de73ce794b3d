"""Stacked MNIST in a run store beside what was published: modes covered, of 1,000."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from gantheory.objectives import alpha_gan, to_spec
from gantheory.sweeps.reports.means import mean_interval
from gantheory.sweeps.reports.ring_text import grid
from gantheory.sweeps.store.record import Record

LEVEL = 0.95


class Setting(NamedTuple):
    """What tells the lines of the report apart."""

    objective: str
    learning_rate: float
    epochs: int
    numerics: str


class Published(NamedTuple):
    """Mean modes of a setting over so many runs, with the deviation between runs where it is known."""

    mean: float
    runs: int
    deviation: float | None
    source: str


@dataclass(frozen=True)
class Line:
    """One setting.

    Attributes:
        objective, learning_rate, epochs, numerics, device: the setting.
        modes: of each run, of 1,000, in the order of seeds.
        mean, low, high: their mean, with the bootstrap's interval (BCa, Efron 1987) at 95 %: runs either
            collapse or do not, so that they are far from normal.
        published: mean of the same setting in print or in the authors' records; None where there is none.
        published_deviation: between their runs; None where it was not stored.
        p_value: of no difference between the two means (Welch 1947), where the deviation is known.
    """

    objective: str
    learning_rate: float
    epochs: int
    numerics: str
    device: str
    modes: tuple[int, ...]
    mean: float
    low: float
    high: float
    published: float | None
    published_deviation: float | None
    p_value: float | None


@dataclass(frozen=True)
class StackedMnistReport:
    """All settings of a store, one a line."""

    lines: tuple[Line, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"modes": 1000, "settings": [asdict(line) for line in self.lines]}

    def markdown(self) -> str:
        """A table that reads on a terminal too."""
        head = ["objective", "rate", "runs", "mean", "95 %", "published", "p", "modes of each run"]
        rows = [
            [
                line.objective.replace(", saturating=False", ", NS")
                + ("" if line.numerics == "stable" else f", {line.numerics}"),
                f"{line.learning_rate:g}",
                str(len(line.modes)),
                f"{line.mean:.0f}",
                f"{line.low:.0f} to {line.high:.0f}",
                "" if line.published is None else f"{line.published:.0f}",
                "" if line.p_value is None else f"{line.p_value:.1g}",
                " ".join(map(str, sorted(line.modes))),
            ]
            for line in self.lines
        ]
        devices = ", ".join(dict.fromkeys(line.device for line in self.lines))
        return "\n".join(
            [
                "# Stacked MNIST",
                "",
                f"Modes covered of 1,000, by runs on {devices}. Intervals of the mean: BCa bootstrap. p:",
                "Welch's test of equal means, where the spread of the published runs is known.",
                "",
                *grid(head, rows),
                "",
            ]
        )


def stacked_mnist_report(records: Iterable[Record]) -> StackedMnistReport:
    """The Stacked MNIST runs of a store by setting, beside Tables VI and VII and the authors' own records.

    Only runs of the published protocol (networks, batch, betas, sizes) get a published number; clamped and
    stable runs are lines of their own.

    Raises:
        ValueError: there are none.

    Source: Welfert, Otstot, Kurri, Sankar, ISIT 2023, Section III-B.
    """
    found: dict[Setting, dict[int, tuple[int, str]]] = {}
    protocol: dict[Setting, bool] = {}
    for record in records:
        config = record.config
        if config.get("data") != "stacked_mnist" or not isinstance(config["objective"], str):
            continue
        key = Setting(*(config[name] for name in Setting._fields))
        protocol[key] = _published_protocol(config) and protocol.get(key, True)
        device = record.environment.get("device", "")
        for row in record.table.to_dict("records"):
            found.setdefault(key, {})[int(row["seed"])] = (int(row["modes"]), device)
    if not found:
        raise ValueError(
            "the store holds no runs on Stacked MNIST; "
            "gantheory sweep experiments/stacked_mnist.toml adds some"
        )
    known = dict(_published())
    lines = []
    for key, runs in sorted(found.items(), key=lambda item: (item[0][1], item[0][0])):
        modes = np.array([runs[seed][0] for seed in sorted(runs)])
        there = known.get(key[:3]) if protocol[key] else None
        device = ", ".join(dict.fromkeys(device for _, device in runs.values()))
        lines.append(_line(key, device, modes, there))
    return StackedMnistReport(tuple(lines))


def _line(key: Setting, device: str, modes: NDArray[np.int64], there: Published | None) -> Line:
    low, high = mean_interval(modes, LEVEL)
    p_value = None
    if there is not None and there.deviation is not None and len(modes) > 1:
        p_value = float(
            stats.ttest_ind_from_stats(
                modes.mean(), modes.std(ddof=1), len(modes),
                there.mean, there.deviation, there.runs, equal_var=False,
            ).pvalue
        )  # fmt: skip
    return Line(
        **key._asdict(),
        device=device,
        modes=tuple(modes.tolist()),
        mean=float(modes.mean()),
        low=low,
        high=high,
        published=None if there is None else there.mean,
        published_deviation=None if there is None else there.deviation,
        p_value=p_value,
    )


def _published_protocol(config: dict[str, Any]) -> bool:
    from gantheory.training import GanConfig

    varied = ("objective", "learning_rate", "epochs", "numerics", "seeds", "device", "log_every")
    usual = GanConfig.from_dict({"objective": "vanilla"}).to_dict()
    return all(config.get(name, value) == value for name, value in usual.items() if name not in varied)


def _published() -> Iterator[tuple[tuple[str, float, int], Published]]:
    """By objective, learning rate and epochs; the authors' records, which have a spread, win over print."""
    text = resources.files("gantheory.sweeps").joinpath("published_stacked_mnist.toml").read_text("utf-8")
    data = tomllib.loads(text)
    for table in data["table"]:
        for alpha_g, row in zip(table["alpha_g"], table["covered"], strict=True):
            for alpha_d, mean in zip(table["alpha_d"], row, strict=True):
                objective = _name(alpha_d, alpha_g)
                there = Published(mean, data["runs"], None, table["name"])
                yield (objective, table["learning_rate"], table["epochs"]), there
    for each in data["records"]:
        for objective, mean, deviation in zip(
            each["objective"], each["covered"], each["deviation"], strict=True
        ):
            there = Published(mean, each["runs"], deviation, each["source"])
            yield (objective, each["learning_rate"], each["epochs"]), there


def _name(alpha_d: float, alpha_g: float) -> str:
    return to_spec(alpha_gan(alpha_d, alpha_g, saturating=False))

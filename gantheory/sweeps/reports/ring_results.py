"""What the report of the ring experiments is made of: rates beside published ones, clamped beside stable."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from gantheory.sweeps.reports.proportions import Rate, Test, compare, difference_interval, holm

LEVEL = 0.95

_CHEAPER = ("epochs", "train_samples", "test_samples", "discriminator_hidden", "generator_hidden")
"""Settings of which less makes a protocol a reduced one."""

ARITHMETIC = ("dtype", "precision")
"""Settings that change the rounding and not the protocol."""


@dataclass(frozen=True)
class Setting:
    """Runs of one objective with one numerics.

    Attributes:
        objective: as text.
        numerics: "stable" or "clamped".
        modes: covered modes of each seed.
        diverged: seeds that diverged; they count as failures.
    """

    objective: str
    numerics: str
    modes: dict[int, int] = field(hash=False)
    diverged: frozenset[int]
    components: int

    def rate(self, name: str) -> Rate:
        """Rate of "success" (all modes) or "failure" (none)."""
        target = self.components if name == "success" else 0
        return Rate(sum(modes == target for modes in self.modes.values()), len(self.modes))

    @property
    def mean_modes(self) -> float:
        """Mean number of covered modes."""
        return math.fsum(self.modes.values()) / len(self.modes)


@dataclass(frozen=True)
class Cell:
    """One rate beside the published one; no test where the protocols differ."""

    objective: str
    alpha_d: float | None
    alpha_g: float | None
    setting: Setting
    rate: Rate
    published: Rate
    test: Test | None

    def to_dict(self) -> dict[str, Any]:
        """For JSON and tables; rates in percent."""
        return {
            "objective": self.objective,
            "alpha_d": self.alpha_d,
            "alpha_g": self.alpha_g,
            **_numbers(self.rate),
            "mean_modes": self.setting.mean_modes,
            "diverged": len(self.setting.diverged),
            "published_percent": 100 * self.published.value,
            "published_runs": self.published.runs,
            "p": self.test.p if self.test else None,
            "test": self.test.name if self.test else None,
        }


@dataclass(frozen=True)
class Table:
    """A published table with the cells that the store has runs of."""

    name: str
    rate: str
    numerics: str
    cells: tuple[Cell, ...]
    size: int

    @property
    def adjusted(self) -> list[float | None]:
        """Holm's p-value of each cell, over the cells that are there."""
        tested = holm([cell.test.p for cell in self.cells if cell.test])
        values = iter(tested)
        return [next(values) if cell.test else None for cell in self.cells]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        cells = [{**cell.to_dict(), "p_holm": p} for cell, p in zip(self.cells, self.adjusted, strict=True)]
        return {
            "name": self.name,
            "rate": self.rate,
            "numerics": self.numerics,
            "cells_published": self.size,
            "cells": cells,
        }


@dataclass(frozen=True)
class Clamping:
    """One objective with clamped and with stable numerics, for the seeds that both have."""

    objective: str
    rate: str
    clamped: Rate
    stable: Rate

    def to_dict(self) -> dict[str, Any]:
        """For JSON; the difference is clamped - stable in percentage points."""
        low, high = difference_interval(self.clamped, self.stable, LEVEL)
        test = compare(self.clamped, self.stable)
        return {
            "objective": self.objective,
            "rate": self.rate,
            "clamped": _numbers(self.clamped),
            "stable": _numbers(self.stable),
            "difference": 100 * (self.clamped.value - self.stable.value),
            "difference_low": 100 * low,
            "difference_high": 100 * high,
            "p": test.p,
            "test": test.name,
        }


@dataclass(frozen=True)
class Protocol:
    """All runs of one protocol.

    Attributes:
        differences: setting -> (here, published); empty for the published protocol.
    """

    differences: dict[str, tuple[Any, Any]] = field(hash=False)
    settings: tuple[Setting, ...]
    tables: tuple[Table, ...]
    clamping: tuple[Clamping, ...]

    @property
    def kind(self) -> str:
        """ "published", "reduced" (fewer steps, samples or smaller networks) or "changed".

        A published protocol may differ in the precision of its arithmetic.
        """
        if not set(self.differences) - set(ARITHMETIC):
            return "published"
        reduced = any(
            name == "max_steps" or (name in _CHEAPER and _smaller(*values))
            for name, values in self.differences.items()
        )
        return "reduced" if reduced else "changed"

    @property
    def note(self) -> str:
        """What keeps the rates of this protocol from being read as published ones; else empty."""
        if not {"learning_rate", "generator_learning_rate"} & set(self.differences):
            return ""
        return (
            "The level of these rates depends on the learning rate, which is not the published one; that of "
            "ring_reduced was chosen so that some runs succeed and some fail. Compare cells with one another "
            "only."
        )

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "protocol": self.kind,
            "note": self.note,
            "differences": {
                name: {"here": here, "published": there} for name, (here, there) in self.differences.items()
            },
            "runs": sum(len(setting.modes) for setting in self.settings),
            "tables": [table.to_dict() for table in self.tables],
            "clamping": [item.to_dict() for item in self.clamping],
        }


@dataclass(frozen=True)
class RingReport:
    """Everything that a store knows about the ring, the published protocol first."""

    source: str
    protocols: tuple[Protocol, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "source": self.source,
            "level": LEVEL,
            "protocols": [protocol.to_dict() for protocol in self.protocols],
        }


def _numbers(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval(LEVEL)
    return {
        "runs": rate.runs,
        "count": rate.count,
        "percent": 100 * rate.value,
        "low": 100 * low,
        "high": 100 * high,
    }


def _smaller(here: Any, there: Any) -> bool:
    if isinstance(here, list):
        return sum(here) < sum(there)
    return bool(here < there)

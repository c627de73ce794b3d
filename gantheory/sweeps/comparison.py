"""Objectives with remedies side by side on one task: equal budgets, the same seeds, every run kept.

comparison = Comparison.of(["vanilla", "wgan + gradient_penalty(10)"], task="ring", seeds=8)
run(comparison.units(), "out/store")       # as any sweep: stored, skipped, resumed
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gantheory.arguments.checks import choice
from gantheory.sweeps.unit import Unit
from gantheory.training.entry import Entry

TASKS: dict[str, dict[str, Any]] = {
    "ring": {
        "data": "ring", "networks": "mlp(width=64, depth=2)", "latent": 2, "batch": 128,
        "train_samples": 50_000, "test_samples": 2500, "learning_rate": 1e-3, "betas": (0.5, 0.999),
        "epochs": 10_000, "max_steps": 5000,
    },
    "digits": {
        "data": "digits", "networks": "mlp(width=128, depth=2)", "latent": 16, "batch": 64,
        "test_samples": 1797, "learning_rate": 5e-4, "betas": (0.5, 0.999),
        "epochs": 10_000, "max_steps": 5000,
    },
}  # fmt: skip
"""Settings of `GanConfig` by task: 8 modes on a circle, and scikit-learn's 1,797 digits of 8 x 8 pixels."""

METRICS = {
    "ring": ("modes", "share", "energy_distance"),
    "digits": ("energy_distance", "density", "coverage"),
}
"""What is reported, columns of `train`'s table."""


@dataclass(frozen=True)
class Comparison:
    """Entries on one task.

    Attributes:
        entries: in the order in which they were named.
        task: a key of `TASKS`.
        seeds: the same for all.
        changes: settings of `GanConfig` in place of the task's, the same for all.
    """

    entries: tuple[Entry, ...]
    task: str
    seeds: tuple[int, ...]
    changes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        texts: Iterable[str],
        task: str = "ring",
        seeds: int | Iterable[int] = 8,
        remedies: Sequence[str] = (),
        **changes: Any,
    ) -> Comparison:
        """Entries from text; `remedies` are added to each of them.

        Raises:
            TypeError, ValueError: no entry, one twice, an unknown task or a bad text.
        """
        from gantheory.training.seeding import normalized_seeds

        choice(task, "task", TASKS)
        entries = tuple(Entry.read(text, remedies) for text in texts)
        if not entries:
            raise ValueError('nothing to compare: name objectives such as vanilla "vanilla + r1(0.1)"')
        for position, each in enumerate(entries):
            if any(replace(each, name=e.name) == e for e in entries[:position]):
                raise ValueError(f"entries must differ, got {each.name!r} more than once")
        chosen = normalized_seeds(range(seeds) if isinstance(seeds, int) else seeds)
        return cls(entries, task, chosen, changes)

    def units(self) -> list[Unit]:
        """A unit of work for each entry, with all seeds; every setting is checked.

        Raises:
            ValueError: a setting that `GanConfig` refuses, such as a remedy that does not go with an
                objective.
        """
        from gantheory.training import GanConfig

        units = []
        for entry in self.entries:
            settings = {**TASKS[self.task], **self.changes, "objective": entry.objective}
            try:
                chosen = {"remedies": entry.remedies, "variant": entry.variant, "seeds": self.seeds}
                config = GanConfig.from_dict({**settings, **chosen})
            except (ValueError, TypeError) as error:
                raise ValueError(f"{entry.name}: {error}") from None
            units.append(Unit(config.to_dict(), float(config.steps * len(self.seeds))))
        return units

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is reported."""
        return METRICS[self.task]

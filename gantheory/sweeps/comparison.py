"""Objectives with remedies side by side on one task: equal budgets, the same seeds, every run kept.

comparison = Comparison.of(["vanilla", "wgan + gradient_penalty(10)"], task="ring", seeds=8)
run(comparison.units(), "out/store")       # as any sweep: stored, skipped, resumed
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gantheory.errors import nearest
from gantheory.sweeps.unit import Unit

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
class Entry:
    """What is compared: an objective, as a variant or not, with remedies.

    Attributes:
        name: the text that tells it from the others.
        objective: as text.
        remedies: as text, in their order.
        variant: as text; None for the plain GAN.
    """

    name: str
    objective: str
    remedies: tuple[str, ...]
    variant: str | None = None

    @classmethod
    def read(cls, text: str, further: Sequence[str] = ()) -> Entry:
        """From text such as "wgan + gradient_penalty(10)" or "vanilla + acgan + r1(0.1)"; `further` remedies
        follow its own.

        Raises:
            TypeError, ValueError: no such text, an unknown objective, remedy or variant, or two variants.
        """
        from gantheory.objectives import to_spec
        from gantheory.objectives.specification import game_from_spec
        from gantheory.training.remedies import remedy_from_text
        from gantheory.training.variants import VARIANTS, checked_variant

        objective, *own = _terms(text)
        variants = [each for each in own if each.partition("(")[0].strip() in VARIANTS]
        if len(variants) > 1:
            raise ValueError(f"an entry is one variant at most, got {' and '.join(variants)}")
        remedies = (*(each for each in own if each not in variants), *further)
        for each in remedies:
            remedy_from_text(each)
        for each in variants:
            checked_variant(each)
        spec = to_spec(game_from_spec(objective))
        return cls(" + ".join([objective, *variants, *remedies]), spec, remedies, *variants)


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

        if task not in TASKS:
            raise ValueError(f"task must be one of {', '.join(TASKS)}, got {task!r}{nearest(task, TASKS)}")
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


def _terms(text: str) -> list[str]:
    """The parts between plus signs that stand in no bracket and no quotes."""
    if not isinstance(text, str):
        raise TypeError(f"an entry must be text such as 'wgan + clipping(0.01)', got {text!r}")
    terms, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        depth += (not quote) * ((character in "([{") - (character in ")]}"))
        if character == "+" and not depth and not quote:
            terms.append("")
        else:
            terms[-1] += character
    terms = [term.strip() for term in terms]
    if not all(terms):
        raise ValueError(f"{text!r} must be an objective, or objective + remedy + remedy")
    return terms

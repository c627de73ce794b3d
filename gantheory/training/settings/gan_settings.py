"""What the settings of every GAN run have in common, whatever its networks and data."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from gantheory.arguments.checks import nonnegative_integer
from gantheory.errors import nearest
from gantheory.objectives import Objective, Relativistic, to_spec
from gantheory.objectives.numerics import check_numerics
from gantheory.objectives.specification import game_from_spec
from gantheory.training.checks import (
    check_count,
    check_device,
    check_dtype,
    check_positive,
    checked_betas,
    normalized_objectives,
)
from gantheory.training.seeding import normalized_seeds


@dataclass(frozen=True, kw_only=True)
class GanSettings:
    """What `RingConfig` and `GanConfig`, which describe the fields, have in common."""

    objective: Any
    seeds: Iterable[int] = range(8)
    epochs: int
    batch: int
    data_seed: int = 0
    learning_rate: float
    generator_learning_rate: float | None = None
    betas: tuple[float, float] = (0.9, 0.99)
    numerics: str = "stable"
    max_steps: int | None = None
    device: str = "cpu"
    dtype: str = "float32"

    def _check(self, *, constrained: bool = False, pairs: bool = False) -> None:
        """Check the fields that both have; objectives, seeds and betas take their one form."""
        objectives = normalized_objectives(self.objective, constrained=constrained, pairs=pairs)
        object.__setattr__(self, "objective", objectives[0] if len(objectives) == 1 else objectives)
        object.__setattr__(self, "seeds", normalized_seeds(self.seeds))
        for name in ("epochs", "batch", "train_samples", "test_samples", "latent", "log_every"):
            check_count(getattr(self, name), name)
        if self.max_steps is not None:
            check_count(self.max_steps, "max_steps")
        nonnegative_integer(self.data_seed, "data_seed")
        check_positive(self.learning_rate, "learning_rate")
        if self.generator_learning_rate is not None:
            check_positive(self.generator_learning_rate, "generator_learning_rate")
        object.__setattr__(self, "betas", checked_betas(self.betas))
        for each in objectives:
            check_numerics(self.numerics, each)
        check_dtype(self.dtype)
        check_device(self.device)

    @property
    def objectives(self) -> tuple[Any, ...]:
        """The objectives, also where there is one."""
        return tuple(self.objective) if isinstance(self.objective, Sequence) else (self.objective,)

    @property
    def members(self) -> tuple[tuple[Any, int], ...]:
        """(objective, seed) of each member of the ensemble: all seeds of the first objective come first."""
        return tuple((each, seed) for each in self.objectives for seed in self.seeds)

    @property
    def generator_rate(self) -> float:
        """The generator's learning rate."""
        return self.learning_rate if self.generator_learning_rate is None else self.generator_learning_rate

    def _steps_over(self, per_epoch: int) -> int:
        """Steps of all epochs, at most `max_steps`."""
        total = self.epochs * per_epoch
        return total if self.max_steps is None else min(total, self.max_steps)

    def _columns(self, skipped: Collection[str]) -> dict[str, Any]:
        """The other settings as columns of a table: numbers and text, without objectives and seeds."""
        values = self._values({"seeds", "objective", *skipped})
        return {name: str(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def _plain(self, skipped: Collection[str] = ()) -> dict[str, Any]:
        """The other settings as JSON can hold them, objectives as text.

        Raises:
            ValueError: an objective that no text stands for.
        """
        specs = [to_spec(each) for each in self.objectives]
        values = self._values(skipped)
        values = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        return {**values, "objective": specs if len(specs) > 1 else specs[0]}

    def _values(self, skipped: Collection[str]) -> dict[str, Any]:
        names = [f.name for f in fields(self) if f.name not in skipped]
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> Self:
        """The settings from a dictionary such as `to_dict` gives; what is missing takes its default.

        Raises:
            TypeError: not a mapping.
            ValueError: an unknown key (the nearest known one is suggested), no objective, or a bad value.
        """
        return cls(**cls._read(settings))

    @classmethod
    def _read(cls, settings: Any) -> dict[str, Any]:
        """A dictionary such as `to_dict` gives with its objectives built.

        Raises:
            TypeError: not a mapping.
            ValueError: an unknown key (the nearest known one is suggested), or no objective.
        """
        if not isinstance(settings, Mapping):
            raise TypeError(
                f"settings must be a mapping such as {cls.__name__}.to_dict() gives, got {settings!r}"
            )
        known = {f.name for f in fields(cls)}
        for key in settings:
            if key not in known:
                raise ValueError(f"unknown setting {key!r}{nearest(str(key), known)}")
        if "objective" not in settings:
            raise ValueError('settings must hold "objective", such as "vanilla" or "alpha_gan(0.5, 1.2)"')
        return {**settings, "objective": read_objectives(settings["objective"])}


def read_objectives(specs: Any) -> Any:
    """The objective, or the list of them, that a configuration's dictionary holds as text."""
    if isinstance(specs, (Objective, Relativistic)):
        return specs
    return game_from_spec(specs) if isinstance(specs, str) else [read_objectives(each) for each in specs]

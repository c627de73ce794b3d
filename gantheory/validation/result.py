"""What a run has found so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gantheory.validation.predictions.intervals import Joint
from gantheory.validation.predictions.outcome import Item
from gantheory.validation.predictions.prediction import Measurement, Prediction, Predictions
from gantheory.validation.presets.built_in import Preset, Section


@dataclass(kw_only=True)
class Result:
    """What a run has found so far.

    Attributes:
        preset, seed: what was run.
        found: what each experiment of the preset has yielded.
        environment: versions, machine and time, as text.
        seconds: wall time.
        complete: False after an interruption.
    """

    preset: Preset
    seed: int
    found: list[list[Item]]
    environment: dict[str, str]
    seconds: float = 0.0
    complete: bool = False

    @property
    def predictions(self) -> Predictions:
        """All predictions in order."""
        return Predictions(item for items in self.found for item in items if isinstance(item, Prediction))

    @property
    def measurements(self) -> list[Measurement]:
        """All measurements without a prediction, in order."""
        return [item for items in self.found for item in items if isinstance(item, Measurement)]

    @property
    def as_expected(self) -> bool:
        """True where the run is complete and every verdict is the recorded one."""
        return self.complete and self.predictions.as_expected

    @property
    def joint(self) -> Joint:
        """The joint confidence of the random intervals."""
        return Joint(max(1, self.preset.comparisons), self.preset.confidence)

    def sections(self) -> Iterator[tuple[Section, list[Item]]]:
        """Sections with what they have yielded."""
        remaining = iter(self.found)
        for section in self.preset.sections:
            yield section, [item for _ in section.experiments for item in next(remaining)]

    def to_dict(self) -> dict[str, Any]:
        """Everything but the pictures, for JSON."""
        return {
            "preset": self.preset.name,
            "seed": self.seed,
            "as_expected": self.as_expected,
            "complete": self.complete,
            "confidence": self.preset.confidence,
            "comparisons": self.preset.comparisons,
            "level": self.joint.level,
            "seconds": self.seconds,
            "environment": self.environment,
            "predictions": [prediction.to_dict() for prediction in self.predictions],
            "measurements": [measurement.to_dict() for measurement in self.measurements],
        }

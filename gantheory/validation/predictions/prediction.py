"""A prediction beside its measurement, and the rule that turns the two into a verdict.

The measurement comes as an interval. A prediction states a *region*: the values of the quantity that count as
what theory says. For a limit ("a trained discriminator approaches D*") the region reaches from the limit to a
tolerance declared beforehand, since a network that is trained for a finite time never attains it. Then, as in
a two one-sided test of equivalence (Schuirmann 1987):

    interval inside the region       agrees
    interval and region disjoint     contradicts
    otherwise                        inconclusive

Each prediction carries a negative control: the same measurement held against a wrong theory, which has to be
contradicted. Where it is not, the measurement cannot tell right from wrong, and "agrees" becomes
"inconclusive".
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from gantheory.validation.predictions.intervals import Range

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["agrees", "contradicts", "inconclusive"]
VERDICTS: tuple[Verdict, ...] = ("agrees", "contradicts", "inconclusive")

Ranged = tuple[float, Range]
"""A measured number and its interval, or a predicted one and its region."""


def about(limit: float, reach: float) -> Range:
    """Region of a limit that is approached from either side; all numbers where it is infinite or unknown."""
    if not math.isfinite(limit + reach):
        return (-math.inf, math.inf)
    return (limit - reach, limit + reach)


def judge(interval: Range, region: Range) -> Verdict:
    """Verdict on one interval against one region; an interval with a NaN end decides nothing.

    Raises:
        ValueError: an end of the region is NaN, or low > high in either.
    """
    if not region[0] <= region[1]:
        raise ValueError(f"region must be (low, high) with low <= high, got {region}")
    if math.isnan(interval[0]) or math.isnan(interval[1]):
        return "inconclusive"
    if interval[0] > interval[1]:
        raise ValueError(f"interval must be (low, high) with low <= high, got {interval}")
    if region[0] <= interval[0] and interval[1] <= region[1]:
        return "agrees"
    if interval[1] < region[0] or region[1] < interval[0]:
        return "contradicts"
    return "inconclusive"


@dataclass(frozen=True, kw_only=True)
class Control:
    """A measurement held against a wrong theory, whose verdict has to be "contradicts".

    Attributes:
        description: what is wrong on purpose, such as "D* of alpha_D = 2".
        predicted: what the wrong theory says.
        region: values that would count as agreement with it.
        measured, interval: the measurement, as in `Prediction`.
        wrong_by: how wrong the theory is, in the terms of the prediction's `power_of`; NaN where it has no
            number.
    """

    description: str
    predicted: float
    region: Range
    measured: float
    interval: Range
    wrong_by: float = math.nan

    @property
    def verdict(self) -> Verdict:
        """`judge` of interval and region."""
        return judge(self.interval, self.region)


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """One predicted number beside its measurement.

    Attributes:
        id: unique in a report, dotted from general to special: "value.discriminator.vanilla.1d".
        quantity: what is compared, in words.
        objective: name of the objective.
        predicted: the predicted value, or the limit that is approached.
        region: values that count as agreement, ends included.
        measured: the point estimate.
        interval: of the measurement; jointly valid over a report.
        control: the negative control.
        relation: whether the quantity equals (or approaches) `predicted`, stays below it or exceeds it.
        expected: the verdict that a preset records; a contradiction on record is a known finding. None where
            nothing is on record.
        basis: what the interval covers: "8 seeds", "grid of 100 and 200 cells".
        note: what a reader should know besides.
        power_unit: what an error of the theory counts relative to, such as |D_f|; None where it has no unit.
        power_of: what would be wrong by so much: "alpha_D".
        power_in: what the power is counted in: "%" of `power_unit`, or "nats".
        undecided: why there can be no verdict ("undertrained", "heavy tails"); empty where there can.
        values: what each network gave, of which `measured` is the median.
    """

    id: str
    quantity: str
    objective: str
    predicted: float
    region: Range
    measured: float
    interval: Range
    control: Control
    relation: Literal["=", "<", ">"] = "="
    expected: Verdict | None = "agrees"
    basis: str = ""
    note: str = ""
    power_unit: float | None = None
    power_of: str = ""
    power_in: str = "%"
    undecided: str = ""
    values: tuple[float, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """`judge` of interval and region; "inconclusive" where the control is not contradicted."""
        own = judge(self.interval, self.region)
        if self.undecided:
            return "inconclusive"
        if own == "agrees" and self.control.verdict != "contradicts":
            return "inconclusive"
        return own

    @property
    def as_expected(self) -> bool:
        """True where the verdict is the recorded one; without a record, where theory is not contradicted."""
        return self.verdict != "contradicts" if self.expected is None else self.verdict == self.expected

    @property
    def power(self) -> float:
        """The smallest error of the theory that this line contradicts.

        In units of `power_unit`, on either side: the shift of the region that takes it off the interval.
        Without a unit, that of the control, if it is contradicted. NaN where there is neither, or no verdict.
        """
        if self.undecided or math.isnan(self.interval[0]):
            return math.nan
        if self.power_unit is None:
            return self.control.wrong_by if self.control.verdict == "contradicts" else math.nan
        up, down = self.interval[1] - self.region[0], self.region[1] - self.interval[0]
        return max(up, down) / self.power_unit

    @property
    def known_finding(self) -> bool:
        """True where a contradiction is on record and was found again."""
        return self.as_expected and self.expected == "contradicts"

    def to_dict(self) -> dict[str, Any]:
        """Every field and verdict, for JSON."""
        control = {**asdict(self.control), "verdict": self.control.verdict}
        return {**asdict(self), "verdict": self.verdict, "control": control, "power": self.power}


def beside_wrong_theory(reading: Ranged, right: Ranged, wrong: Ranged, description: str) -> dict[str, Any]:
    """Fields of a `Prediction` whose control is the same measurement held against another theory.

    Args:
        reading: what was measured.
        right, wrong: what either theory says, and its region.
        description: of the wrong one.
    """
    return _fields(reading, right) | {"control": Control(description=description, **_fields(reading, wrong))}


def beside_wrong_reading(
    theory: Ranged, right: Ranged, wrong: Ranged, description: str, wrong_by: float = math.nan
) -> dict[str, Any]:
    """Fields of a `Prediction` whose control is another measurement held against the same theory.

    Args:
        theory: what it says, and the region.
        right, wrong: what was measured, and what was mistaken on purpose.
        description, wrong_by: of the mistake, as in `Control`.
    """
    control = Control(description=description, wrong_by=wrong_by, **_fields(wrong, theory))
    return _fields(right, theory) | {"control": control}


def _fields(reading: Ranged, theory: Ranged) -> dict[str, Any]:
    return dict(zip(("predicted", "region", "measured", "interval"), (*theory, *reading), strict=True))


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A measured number that no theory predicts: reported with an interval and without a verdict."""

    id: str
    quantity: str
    objective: str
    measured: float
    interval: Range
    reference: float | None = None
    reference_name: str = ""
    basis: str = ""
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Every field, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Predictions:
    """A list of predictions that prints as a table and says whether all came out as recorded."""

    items: tuple[Prediction, ...] = field(default_factory=tuple)

    def __init__(self, items: Iterable[Prediction] = ()) -> None:
        object.__setattr__(self, "items", tuple(items))

    def __iter__(self) -> Any:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, key: int | str) -> Prediction:
        if isinstance(key, str):
            for item in self.items:
                if item.id == key:
                    return item
            raise KeyError(f"no prediction {key!r}; there are {', '.join(p.id for p in self.items)}")
        return self.items[key]

    @property
    def as_expected(self) -> bool:
        """True where every verdict is the recorded one."""
        return all(item.as_expected for item in self.items)

    def to_frame(self) -> pd.DataFrame:
        """One row a prediction, the ends of the intervals as columns of their own."""
        import pandas as pd

        return pd.DataFrame(
            {
                "id": p.id,
                "quantity": p.quantity,
                "objective": p.objective,
                "predicted": p.predicted,
                "region_low": p.region[0],
                "region_high": p.region[1],
                "measured": p.measured,
                "interval_low": p.interval[0],
                "interval_high": p.interval[1],
                "verdict": p.verdict,
                "control": p.control.description,
                "control_verdict": p.control.verdict,
                "expected": p.expected,
            }
            for p in self.items
        )

    def __str__(self) -> str:
        lines = []
        for p in self.items:
            interval = f"[{p.interval[0]:.4g}, {p.interval[1]:.4g}]"
            lines.append(
                f"{p.verdict:12}  {p.id}: predicted {p.predicted:.4g}, accepted [{p.region[0]:.4g}, "
                f"{p.region[1]:.4g}], measured {p.measured:.4g} {interval}; "
                f"control ({p.control.description}) {p.control.verdict}"
            )
        return "\n".join(lines) if lines else "no predictions"

"""What `identify` found out about two losses."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gantheory.errors import GantheoryError
from gantheory.objectives import Objective, Relativistic
from gantheory.reading.identification.finding import Finding
from gantheory.reading.identification.forms.roles import Roles
from gantheory.reading.identification.tabulated import NUMERIC, TabulatedTheory

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory


@dataclass(frozen=True)
class Identified:
    """What two losses are.

    Attributes:
        name: of the objective, or of the reason why there is none.
        objective: in the score that the code uses; its factors are the catalogue's, not the code's. A
            `Relativistic` where scores are coupled in pairs or with means, None where no closed form was
            found.
        parameters: of the objective, and factor_d, factor_g: the code's losses over the objective's.
        structure: "separate", "paired", "coupled", "mean" or "batch statistics": how d_loss couples scores.
        inputs: what the losses take: "scores", "energies" (none negative), "bounded" (within [-1, 1]) or
            "probabilities".
        reduction: "mean" or "sum" over the batch, or "mixed".
        ideal_loss: what d_loss itself returns (a sample, where it is a sum) at P_r = P_g with the optimal
            discriminator; None where that is not known.
        findings: what is wrong, each with `kind` and `text`; empty for a loss as it should be.
        limits: by role, where the objective's function is not the code's to 1e-6 at scores within 25, as a
            clamp or an epsilon makes it; empty if it is everywhere.
    """

    name: str
    objective: Objective | Relativistic | None
    parameters: dict[str, Any]
    structure: str
    inputs: str
    reduction: str
    ideal_loss: float | None
    findings: tuple[Finding, ...]
    limits: dict[str, str] = field(default_factory=dict)
    roles: Roles | None = None

    @cached_property
    def theory(self) -> Theory | TabulatedTheory | None:
        """`gantheory.derive` of the objective; by numbers where it has no closed form; None without a
        pointwise optimum, of which `theory_note` has the reason."""
        return self._theory[0]

    @property
    def theory_note(self) -> str:
        """Why there is no theory, or that it is numeric; empty where it is derived."""
        return self._theory[1]

    @cached_property
    def _theory(self) -> tuple[Theory | TabulatedTheory | None, str]:
        from gantheory.derivation.theory import derive

        if self.objective is not None:
            try:
                return derive(self.objective), ""  # type: ignore[arg-type]
            except GantheoryError as reason:
                return None, str(reason)
        if self.roles is not None:
            return TabulatedTheory(self.roles), NUMERIC
        return None, f"{self.name}: no term is a function of a single score"

    def __str__(self) -> str:
        from gantheory.reading.identification.text import to_text

        return to_text(self)

    def to_json(self) -> dict[str, Any]:
        """Everything as text and numbers, for programs."""
        from gantheory.reading.identification.text import to_json

        return to_json(self)

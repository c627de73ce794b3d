"""An identified loss as lines for people and as data for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gantheory.divergences.kinds import Kind
from gantheory.objectives import Objective
from gantheory.support.lines import wrapped

if TYPE_CHECKING:
    from gantheory.reading.identification.identified import Identified


def to_text(found: Identified) -> str:
    """A page for people."""
    lines = [f"objective   {found.name}"]
    if isinstance(found.objective, Objective):
        lines += [f"  {role:8}  {getattr(found.objective, role)}" for role in ("A", "B", "R", "S")]
    for name, value in found.parameters.items():
        lines.append(f"  {name}  {value:.10g}" if isinstance(value, float) else f"  {name}  {value}")
    lines += [f"limit       {sentence}" for sentence in found.limits.values()]
    lines.append(f"inputs      {found.inputs}, {found.reduction} over the batch")
    if found.ideal_loss is not None:
        lines.append(f"ideal loss  {found.ideal_loss:.6g} is what d_loss is at P_g = P_r")
    lines += [f"theory      {line}" for line in _theory(found)]
    nothing = "not checked, as no term has a known form" if found.objective is None else "nothing found wrong"
    lines += [str(each) for each in found.findings] or [nothing]
    return "\n".join(wrapped(line) for line in lines)


def to_json(found: Identified) -> dict[str, Any]:
    """Everything as text and numbers."""
    objective = found.objective
    roles = ("A", "B", "R", "S") if isinstance(objective, Objective) else ()
    return {
        "name": found.name,
        **{role: str(getattr(objective, role)) for role in roles},
        "parameters": found.parameters,
        "structure": found.structure,
        "inputs": found.inputs,
        "reduction": found.reduction,
        "ideal_loss": found.ideal_loss,
        "theory": _theory(found),
        "limits": found.limits,
        "findings": [{"kind": each.kind, "text": each.text} for each in found.findings],
    }


def _theory(found: Identified) -> list[str]:
    from gantheory.derivation.theory import Theory

    theory = found.theory
    if not isinstance(theory, Theory):
        return [found.theory_note]
    lines = []
    meanings: dict[Kind, str] = {
        "equilibrium": "the value at the optimal D",
        "flow": "what a step of G descends",
    }
    for kind, means in meanings.items():
        if theory.objective.outer is None:
            name, expr = theory.name(kind), theory.induced(kind).expr
            if name or expr is not None:
                lines.append(f"{means}: {name or expr}")
    return lines or ["numeric; gantheory derive prints it"]

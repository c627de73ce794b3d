"""Objectives as text: the call syntax of the command line and of files."""

from __future__ import annotations

import re

from gantheory.arguments.calls import read_call
from gantheory.errors import UnknownObjectiveError
from gantheory.objectives.catalogue import CONSTRUCTORS
from gantheory.objectives.named import loss_of, read_losses
from gantheory.objectives.objective import Objective
from gantheory.objectives.relativistic import Relativistic, relativistic


def from_spec(text: str) -> Objective:
    """Build an objective from text such as ``"alpha_gan(0.5, 1.2, saturating=False)"`` or ``"vanilla"``.

    Arguments are literals: numbers, quotients of numbers such as ``6/5``, ``inf``, booleans and quoted
    text. The text is parsed, never executed. A name may also be one of the file that the environment variable
    GANTHEORY_LOSSES names; see `gantheory.objectives.named`.

    Raises:
        TypeError: no text.
        UnknownObjectiveError: no constructor or loss of that name (the nearest is suggested).
        ValueError: the text is not such a call, or the constructor refuses its arguments.
    """
    call = read_call(text, "objective", "alpha_gan(0.5, 1.2)")
    if call.name in CONSTRUCTORS:
        found: Objective = call.of(CONSTRUCTORS[call.name])
        return found
    losses = read_losses()
    if call.name not in losses:
        raise UnknownObjectiveError(call.name, [*CONSTRUCTORS, *losses])
    if call.positional:
        raise ValueError(f"objective {text!r}: give its parameters by name, such as {call.name}(k=2)")
    return loss_of(call.name, call.named, losses[call.name])


def game_from_spec(text: str) -> Objective | Relativistic:
    """As `from_spec`, and relativistic objectives too: what can be trained, also where it has no theory."""
    if isinstance(text, str) and text.strip().startswith("relativistic"):
        call = read_call(text, "objective", 'relativistic("hinge")')
        if call.name == "relativistic":
            pair: Relativistic = call.of(relativistic)
            return pair
    return from_spec(text)


def to_spec(objective: Objective | Relativistic) -> str:
    """Text from which `from_spec` builds `objective` again: its name, or a call of parse for a user's own.

    Raises:
        ValueError: no text stands for it, as for an outer function that no constructor gives.
    """
    if isinstance(objective, Relativistic):
        return objective.name
    roles = ("A", "B", "R", "S", "domain", "link", "outer", "critic")
    arguments = {"real": objective.A, "fake": objective.B, "generator": objective.S}
    arguments |= {"generator_real": objective.R, "link": objective.link}
    spelled = ", ".join(f"{name}={str(expr)!r}" for name, expr in arguments.items())
    low, high = (str(end).replace("oo", "inf") for end in objective.domain)
    own = f"parse({spelled}, domain=({low}, {high}), name={objective.name!r}, source={objective.source!r})"
    # The name of a loss of a file says nothing where there is no such file, or another.
    built_in = re.match(r"\w*", objective.name).group() in CONSTRUCTORS  # type: ignore[union-attr]
    for text in (objective.name, own) if built_in else (own,):
        try:
            read = from_spec(text)
        except (ValueError, TypeError):
            continue
        if all(getattr(read, role) == getattr(objective, role) for role in roles):
            return text
    raise ValueError(
        f"objective {objective.name!r} cannot be written as text; build it by from_spec or parse"
    )

"""``export``: an objective as a training loop in plain PyTorch or JAX."""

from __future__ import annotations

import re
import textwrap
from importlib import resources
from string import Template
from typing import Literal, get_args

from gantheory._version import __version__
from gantheory.arguments.checks import choice
from gantheory.errors import GantheoryError
from gantheory.objectives import Objective, Relativistic
from gantheory.objectives.specification import game_from_spec, to_spec
from gantheory.reading.exporting.code import JAX, TORCH, NoExportError
from gantheory.reading.exporting.formulas import definitions, losses
from gantheory.reading.exporting.helpers import HELPERS, PENALTY, onto_domain
from gantheory.support.deadline import TimeBoundError, within

Framework = Literal["torch", "jax"]
_SECONDS = 5.0
"""For the ideal loss, which is a comment in the script: odd losses of a user's own may take minutes."""
FRAMEWORKS: tuple[Framework, ...] = get_args(Framework)


def export(objective: Objective | Relativistic | str, framework: Framework = "torch") -> str:
    """A training script of `objective` that needs nothing but PyTorch or JAX, as text.

    It holds d_loss(real, fake) and g_loss(real, fake) of scores, real_batch for the user's data (a ring of
    eight Gaussians), two small networks and a loop with Adam, in fewer than 50 lines of code for every
    built-in objective. The losses are the package's: alpha-losses through expm1 of a log sigmoid, with their
    exact derivative as the gradient, where autograd would give 0 once the value rounds (see
    `gantheory.lowering.programs.plain`).
    A critic class is kept by a gradient penalty, a domain with a finite end by a map onto it.

    Args:
        objective: an Objective, a relativistic one, or their text.
        framework: "torch" or "jax".

    Raises:
        NoExportError: no plain loop can hold it: a critic in the unit ball of an RKHS, a function or an outer
            function that the framework lacks.
        ValueError: another framework; a parameter that is a symbol; text that is no objective.
        TypeError: something else than an objective.
    """
    game = game_from_spec(objective) if isinstance(objective, str) else objective
    choice(framework, "framework", FRAMEWORKS)
    critic = None
    if isinstance(game, Objective):
        game.need_numbers("export")
        critic = game.critic
        if critic == "rkhs":
            raise NoExportError(
                f"objective {game.name} takes its critic from the unit ball of an RKHS, which no network "
                "stays in; its supremum has a closed form, the MMD: see gantheory.divergences"
            )
    dialect = TORCH if framework == "torch" else JAX
    functions = "\n".join(definitions(game, dialect))
    d_loss, g_loss = losses(game, "torch" if framework == "torch" else "jnp")
    used = [helper for name, helper in HELPERS[framework].items() if f"{name}(" in functions]
    onto, score = onto_domain(game, framework)
    penalty, added = PENALTY[framework] if critic == "lipschitz" else ("", "")
    text = _template(framework).substitute(
        title=_comment(f"{_name(game)}: {game.source}. Written by gantheory {__version__}."),
        imports="".join(f"{helper.imports}\n" for helper in used if helper.imports),
        helpers="".join(f"{helper.lines}\n\n" for helper in used if helper.lines),
        players=_players(game),
        functions=functions,
        ideal=_ideal(game),
        d_loss=d_loss,
        g_loss=g_loss,
        onto="".join(f"\n{lines}\n" for lines in (onto, penalty.replace("SCORE", score)) if lines),
        score=score,
        penalty=added,
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def _template(framework: str) -> Template:
    file = resources.files(__package__) / "loops" / f"{framework}.txt"
    return Template(file.read_text(encoding="utf-8"))


def _name(game: Objective | Relativistic) -> str:
    try:
        return to_spec(game)
    except ValueError:
        return game.name


def _comment(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 108, initial_indent="# ", subsequent_indent="#   ")


def _players(game: Objective | Relativistic) -> str:
    if isinstance(game, Relativistic):
        return "phi is the loss of a difference of scores that shall be large."
    generator = (
        "Phi(E_r R, E_g S)" if game.outer is not None else "E_r R + E_g S" if game.R != 0 else "E_g S(v)"
    )
    return f"D maximizes E_r A(v) + E_g B(v), G minimizes {generator}."


def _ideal(game: Objective | Relativistic) -> str:
    """What the discriminator's loss is at the end, where theory knows it."""
    if isinstance(game, Objective):
        from gantheory.derivation.theory import derive

        try:
            ideal = within(_SECONDS, lambda: derive(game).ideal_loss)
        except (GantheoryError, TimeBoundError):
            return ""
    else:
        ideal = game.ideal_loss
    value, exact = f"{float(ideal):.4g}", str(ideal)
    also = f" = {exact}" if not exact.startswith(value) and len(exact) < 30 else ""
    return f"  # {value}{also} at P_g = P_r and optimal D"

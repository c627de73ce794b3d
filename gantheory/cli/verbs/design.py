"""``gantheory design``: the generator's loss for a wanted divergence or saturation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gantheory.cli.options import Json
from gantheory.cli.output import print_json
from gantheory.support.lines import wrapped

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory

EXAMPLES = (
    'gantheory design --flow "u*log(u)"',
    'gantheory design --flow "(sqrt(u) - 1)**2" --discriminator "lsgan(0, 1, 1)"',
    'gantheory design --saturation "1" --discriminator "alpha_gan(0.5, 1)" --json',
    'gantheory design --equilibrium "u*log(u) - (u + 1)*log((u + 1)/2)"',
)


def run(
    flow: Annotated[
        str | None, typer.Option(metavar="H", help="in u: what a step of G shall descend")
    ] = None,
    equilibrium: Annotated[
        str | None, typer.Option(metavar="F", help="in u: G's value at the optimal D")
    ] = None,
    saturation: Annotated[
        str | None, typer.Option(metavar="S", help="in D or u: the gradient's factor")
    ] = None,
    discriminator: Annotated[
        str, typer.Option(metavar="OBJECTIVE", help="whose A and B are kept")
    ] = "vanilla",
    as_json: Json = False,
) -> None:
    """Find the generator's loss S(v), and R(v) where it is needed, for a given discriminator's loss.

    The inverse of derive. Exactly one wish: the divergence E_g h(u) whose gradient a generator's step is, the
    divergence that its objective equals at the optimal discriminator, or the factor |s| of its gradient, with
    u = p_r/p_g. Printed are the loss, what derive says of it, and the text by which other verbs take it.
    """
    from gantheory.derivation.theory import derive
    from gantheory.objectives import to_spec
    from gantheory.reading import design

    objective = design(flow=flow, equilibrium=equilibrium, saturation=saturation, discriminator=discriminator)
    theory, spec = derive(objective), to_spec(objective)
    if as_json:
        roles = {role: str(getattr(objective, role)) for role in ("A", "B", "R", "S")}
        print_json({"name": objective.name, **roles, "objective": spec, **_of_theory(theory)})
        return
    for role in ("A", "B", "R", "S"):
        print(wrapped(f"{role}  {getattr(objective, role)}"))
    print()
    for name, value in _of_theory(theory).items():
        print(wrapped(f"{name:12}  {value}"))
    print()
    print(spec)


def _of_theory(theory: Theory) -> dict[str, Any]:
    found: dict[str, str] = {}
    kinds: tuple[Literal["equilibrium", "flow"], ...] = ("equilibrium", "flow")
    for kind in kinds:
        expr = theory.induced(kind).expr
        found[kind] = theory.name(kind) or ("numeric" if expr is None else str(expr))
    return {**found, "saturation": str(theory.saturation), "ideal loss": str(theory.ideal_loss)}

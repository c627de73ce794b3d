"""``gantheory export``: an objective as a training loop that needs no gantheory, and what to cite."""

from __future__ import annotations

from typing import Annotated

import typer

from gantheory.cli.options import Json, Objective
from gantheory.cli.output import print_json

EXAMPLES = (
    'gantheory export "alpha_gan(0.5, 1.2)"',
    'gantheory export "lsgan(0, 1, 1)" --framework jax',
    'gantheory export "vanilla + acgan + r1(0.1)" --citation',
    "gantheory export hinge --json",
)


def run(
    objective: Objective,
    framework: Annotated[str, typer.Option(help="torch or jax")] = "torch",
    citation: Annotated[
        bool, typer.Option("--citation", help="print the BibTeX of what was used instead")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print a training loop of under 50 lines in plain PyTorch or JAX, with the stable losses.

    The script runs as it stands, on a ring of eight Gaussians, and has one place for your own data:

      gantheory export "alpha_gan(0.5, 1.2)" > loop.py && python loop.py 2000

    Its losses and their gradients are those of the package. --citation prints the papers of the objective and
    of its theory, each with a line that says what it is there for, and those of a variant and of remedies
    where OBJECTIVE names them too, as for gantheory compare.
    """
    from gantheory.reading import citation as cited
    from gantheory.reading import export

    if as_json:
        script = export(objective, framework)  # type: ignore[arg-type]
        print_json(
            {
                "objective": objective,
                "framework": framework,
                "script": script,
                "lines": script.count("\n"),
                "citation": cited(objective),
            }
        )
    else:
        print(cited(objective) if citation else export(objective, framework), end="")  # type: ignore[arg-type]

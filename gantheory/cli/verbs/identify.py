"""``gantheory identify``: what two losses in a user's code are, and what is wrong with them."""

from __future__ import annotations

from typing import Annotated

import typer

from gantheory.cli.options import Json
from gantheory.cli.output import print_json

EXAMPLES = (
    "gantheory identify gantheory.reading.example:d_loss gantheory.reading.example:g_loss",
    "gantheory identify gantheory.reading.example:d_loss gantheory.reading.example:g_loss --json",
)


def run(
    d_loss: Annotated[str, typer.Argument(metavar="MODULE:D_LOSS", help="(real, fake scores) -> scalar")],
    g_loss: Annotated[str, typer.Argument(metavar="MODULE:G_LOSS", help="the same, or (fake scores)")],
    inputs: Annotated[str, typer.Option(help="auto, scores, energies, bounded or probabilities")] = "auto",
    penalty: Annotated[
        str | None, typer.Option(metavar="MODULE:F", help="also: (discriminator, real, fake) -> scalar")
    ] = None,
    shape: Annotated[
        list[int] | None, typer.Option(help="of a sample for --penalty, once an axis: --shape 3 --shape 20")
    ] = None,
    as_json: Json = False,
) -> int:
    """Find the objective that two PyTorch losses are, its theory, and what is wrong with them.

    Each argument names a function (or a module object) in Python code that can be imported from here: it is
    imported and called with chosen scores, and never evaluated as text. Printed are the catalogue's name and
    parameters, A, B, R and S, the divergences, the value of the discriminator's loss at P_g = P_r, and
    findings: gradients that clamps kill, a mean in the wrong place, swapped labels or signs, a sigmoid too
    many, labels that leave the data, losses that do not belong together. --penalty names a gradient penalty,
    or a pulling-away term of codes, which is read as well, with pictures where it takes them or samples of
    --shape. Exit status 1 if there are findings.
    """
    from gantheory.arguments.loader import load

    losses = load(d_loss, "D_LOSS"), load(g_loss, "G_LOSS")
    added = load(penalty, "--penalty") if penalty else None
    from gantheory.reading import identify, identify_penalty

    found = identify(*losses, inputs=inputs)
    extra = identify_penalty(added, shape=tuple(shape) if shape else None) if added else None
    if as_json:
        of_penalty = {"penalty": extra.to_json()} if extra else {}
        print_json({"d_loss": d_loss, "g_loss": g_loss, **found.to_json(), **of_penalty})
    else:
        print(found)
        if extra:
            print(extra)
    return 1 if found.findings or (extra and extra.findings) else 0

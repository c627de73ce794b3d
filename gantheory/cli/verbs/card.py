"""``gantheory card``: two pages about an objective, for a paper's appendix."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gantheory.cli.options import Json
from gantheory.cli.output import print_json, writable

EXAMPLES = (
    'gantheory card "alpha_gan(0.5, 1.2)" --out out/card.html',
    'gantheory card "lsgan(0, 1, 1)" --out out/card.pdf',
    "gantheory card gantheory.reading.example:d_loss,gantheory.reading.example:g_loss --out out/mine.tex",
)


def run(
    objective: Annotated[
        str,
        typer.Argument(metavar="OBJECTIVE", help='vanilla, "lsgan(0, 1, 1)", or MODULE:D_LOSS,MODULE:G_LOSS'),
    ],
    out: Annotated[Path, typer.Option(help="a file .html, .pdf or .tex")] = Path("out/card.html"),
    train: Annotated[int, typer.Option(metavar="N", min=0, help="show a small training of N steps")] = 0,
    as_json: Json = False,
) -> None:
    """Write what is known of an objective on two pages: HTML, PDF or LaTeX by the ending of --out.

    Definition, optimal discriminator, the divergences with each verdict and how it was decided, the
    saturation of the generator's gradient, local stability, sources, and with --train what N steps on a ring
    of eight Gaussians showed (a thousand take about ten seconds). Two losses of your own code,
    MODULE:D_LOSS,MODULE:G_LOSS, are identified first, and what is wrong with them is on the card too. The
    path is printed.
    """
    from gantheory.reading import card

    writable("--out", out, out.parent)
    path = card(objective, out, train=train)
    if as_json:
        print_json({"objective": objective}, files=[path])
    else:
        print(path)

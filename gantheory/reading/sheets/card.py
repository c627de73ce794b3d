"""``card``: two pages about an objective, as HTML, PDF or LaTeX."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gantheory.arguments.checks import nonnegative_integer
from gantheory.arguments.loader import load
from gantheory.errors import GantheoryError
from gantheory.objectives import Objective, Relativistic
from gantheory.objectives.specification import game_from_spec
from gantheory.reading.identification.identified import Identified
from gantheory.reading.identification.identify import identify
from gantheory.reading.sheets.content import Card, card_of
from gantheory.reading.sheets.html import to_html
from gantheory.reading.sheets.pdf import to_pdf
from gantheory.reading.sheets.tex import to_latex
from gantheory.reading.sheets.training import trained
from gantheory.support.atomic import write_atomically
from gantheory.support.files import user_path

FORMATS: dict[str, Callable[[Card], str | bytes]] = {".html": to_html, ".pdf": to_pdf, ".tex": to_latex}


def card(subject: Objective | Relativistic | Identified | str, out: str | Path, *, train: int = 0) -> Path:
    """Write what the package knows of an objective on two pages that an appendix could hold.

    Definition, optimal discriminator, the three divergences with their verdicts and the method of each, the
    saturation of the generator's gradient, local stability near P_g = P_r, what a small training showed, and
    sources.

    Args:
        subject: an objective or its text; two losses in PyTorch code as "module:d_loss,module:g_loss", or
            what `identify` found of them.
        out: a file whose name ends with .html (one file, formulas as MathML), .pdf (matplotlib) or .tex (a
            document of its own, which needs amsmath and pgfplots).
        train: steps of a small GAN on the ring of eight Gaussians to show; a thousand take about ten
            seconds on one core. 0 for none.

    Returns:
        The path of the file.

    Raises:
        ValueError: another ending, steps below 0, text that is no objective, losses without a closed form.
        TypeError: something else than an objective.
    """
    path = user_path(out, "out")
    if path.suffix not in FORMATS:
        raise ValueError(f"out must be a file ending with .html, .pdf or .tex, got {str(out)!r}")
    nonnegative_integer(train, "train")
    game, found = _read(subject)
    written = FORMATS[path.suffix](card_of(game, found, trained(game, train)))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, written.encode() if isinstance(written, str) else written)
    return path


def _read(subject: Any) -> tuple[Objective | Relativistic, Identified | None]:
    """The objective, and what it was found in."""
    found: Identified | None = None
    game: Any = subject
    if isinstance(subject, str):
        losses = subject.split(",")
        if ":" in losses[0] and "(" not in losses[0]:
            if len(losses) != 2:
                raise ValueError(f"losses must be module:d_loss,module:g_loss, got {subject!r}")
            names = [each.strip() for each in losses]
            game = identify(load(names[0], "the first loss"), load(names[1], "the second loss"))
        else:
            game = game_from_spec(subject)
    if isinstance(game, Identified):
        found, game = game, game.objective
        if game is None:
            raise GantheoryError(f"losses have no closed form that a card could hold: {found.name}")
    if isinstance(game, Objective):
        game.need_numbers("a card")
    return game, found

"""What to cite for an objective: its own papers and those of its theory, as BibTeX."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from gantheory._version import __version__
from gantheory.objectives import Objective, Relativistic
from gantheory.objectives.specification import game_from_spec
from gantheory.training.entry import Entry as Game

if TYPE_CHECKING:
    from gantheory.training.remedies import Remedy


@dataclass(frozen=True)
class Entry:
    """A paper.

    Attributes:
        short: as the `source` of an objective begins, such as "Mao et al. 2017".
        key: its BibTeX key.
        bibtex: the whole entry.
    """

    short: str
    key: str
    bibtex: str

    def field(self, name: str) -> str:
        """A field of the entry, without BibTeX's brackets; empty where it has none."""
        found = re.search(rf"^  {name} +?= \{{(.*)\}},?$", self.bibtex, re.M)
        text = found.group(1) if found else ""
        for command, letter in _LETTERS.items():
            text = text.replace(command, letter)
        return text.replace("{", "").replace("}", "")

    @property
    def plain(self) -> str:
        """Authors, title, venue, year and arXiv identifier in one line."""
        people = [name.partition(", ")[::2] for name in self.field("author").split(" and ")]
        authors = ", ".join(f"{first} {last}" for last, first in people)
        venue = next((self.field(f) for f in ("booktitle", "journal", "howpublished") if self.field(f)), "")
        number = f", arXiv:{self.field('eprint')}" if self.field("eprint") else ""
        title = self.field("title")
        stop = "" if title.endswith("?") else "."
        return f"{authors}: {title}{stop} {f'{venue}, ' if venue else ''}{self.field('year')}{number}"


_LETTERS = {
    "{\\'e}": "é",
    "\\'e": "é",
    '{\\"u}': "ü",
    "$f$": "f",
    "$k$": "k",
    r"$(\alpha_D, \alpha_G)$": "(α_D, α_G)",
}


@cache
def bibliography() -> tuple[Entry, ...]:
    """All papers that objectives, their theory, variants and remedies come from: `papers.bib` here."""
    text = (resources.files(__package__) / "papers.bib").read_text(encoding="utf-8")
    found = re.findall(r"^% ([^\n]+)\n(@\w+\{([^,]+),\n.*?^\})$", text, re.M | re.S)
    return tuple(Entry(short, key, bibtex) for short, bibtex, key in found)


_SOFTWARE = f"""@software{{gantheory,
  author  = {{{{The gantheory developers}}}},
  title   = {{{{gantheory}}}},
  version = {{{__version__}}},
  note    = {{Apache License 2.0}}
}}"""


def used(objective: Objective | Relativistic) -> list[tuple[str, Entry]]:
    """(what for, paper) of an objective: where it was proposed, then what its theory rests on."""
    source = objective.source
    found = [("the objective", entry) for entry in bibliography() if entry.short in source]
    found += [(reason, by_key(key)) for reason, key in _theory(objective)]
    keys: set[str] = set()
    return [pair for pair in found if not (pair[1].key in keys or keys.add(pair[1].key))]  # type: ignore[func-returns-value]


def _theory(objective: Objective | Relativistic) -> list[tuple[str, str]]:
    if isinstance(objective, Relativistic):
        return []
    if objective.critic is not None:
        penalty = ("the gradient penalty", "gulrajani-2017")
        return [("integral probability metrics", "muller-1997")] + [penalty] * (
            objective.critic == "lipschitz"
        )
    needed = [("the game and its optimal discriminator", "goodfellow-2014")]
    if objective.outer is None:
        if any(name.startswith("alpha") for name, _ in objective.parameters):
            needed.append(("the alpha-loss", "sypherd-2022"))
        needed.append(("f-divergences from discriminators", "nowozin-2016"))
        if not objective.zero_sum:
            needed.append(("the divergence that a generator's step descends", "shannon-2020"))
        needed.append(("generators' steps as gradient flows", "yi-2023"))
    return needed


def by_key(key: str) -> Entry:
    """The paper of a BibTeX key."""
    return next(entry for entry in bibliography() if entry.key == key)


def citation(objective: Objective | Relativistic | str) -> str:
    """BibTeX of the papers of `objective`, of its theory and of this package, each with its purpose.

    A user's own objective has no paper; its theory's are given all the same.

    Args:
        objective: one, or text; text may name a variant and remedies too, "vanilla + acgan + r1(0.1)".

    Raises:
        ValueError: text that is no objective, or an unknown variant or remedy.
        TypeError: something else than an objective.
    """
    changes: tuple[Remedy, ...] = ()
    if isinstance(objective, str):
        game = Game.read(objective)
        objective, changes = game_from_spec(game.objective), game.changes
    found = used(objective) + [(each.title, by_key(key)) for each in changes for key in each.papers]
    reasons: dict[str, list[str]] = {}
    for reason, paper in found:
        told = reasons.setdefault(paper.key, [])
        told += [] if any(reason in each for each in told) else [reason]
    parts = [
        f"% {', '.join(told)}: {by_key(key).short}\n{by_key(key).bibtex}" for key, told in reasons.items()
    ]
    return "\n\n".join([*parts, f"% the software\n{_SOFTWARE}"]) + "\n"

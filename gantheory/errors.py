"""Errors of the package, each a ``ValueError`` so that callers need no special case.

A message is one line: it names the argument, the value given and what would be right. The command
line prints it as it is, after ``error:``, and exits with status 2.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable
from pathlib import Path


class GantheoryError(ValueError):
    """Base of the package's own errors."""


class ArgumentError(GantheoryError, TypeError):
    """An argument is not what its annotation says; a TypeError, and as all these a ValueError."""


class NoPointwiseTheoryError(GantheoryError):
    """No pointwise optimum v*(u) exists for the objective, so D*, f, h and saturation do not either.

    Raised for integral probability metrics, whose supremum is over a critic class and not over values at
    a point, and for objectives that couple real and fake scores in pairs. The message gives the reason.
    Such objectives can still be trained.
    """


class NoLocalSpectrumError(GantheoryError):
    """The joint game has no linear form near P_g = P_r: the message says what is missing there.

    Raised where the optimal score v*(1) is not unique, lies at a kink or at an end of the domain, where the
    generator minimizes an outer function of its expectations, and where a remedy moves the equilibrium.
    """


class UnknownObjectiveError(GantheoryError):
    """No built-in objective has this name; the message suggests the nearest ones."""

    def __init__(self, name: str, known: Iterable[str] = ()) -> None:
        super().__init__(f"unknown objective {name!r}{nearest(name, known)}")
        self.name = name


class ExpressionError(GantheoryError):
    """An expression given as text holds a name, an attribute access or a call outside the whitelist.

    Nothing of the expression has been executed.
    """


class MissingPackageError(ImportError, GantheoryError):
    """An optional package is not installed; the message ends with the command that installs it."""


class MissingResultsError(GantheoryError):
    """A figure's results are not stored; the message names what is missing and the command that makes it.

    Attributes:
        path: the file or folder that is missing.
        command: as typed in the root of a checkout; None where no command of the package makes it.
    """

    def __init__(self, path: Path, command: str | None, reason: str = "") -> None:
        here = Path.cwd()
        shown = path.relative_to(here) if path.is_relative_to(here) else path
        super().__init__(reason or f"no results in {shown}; make them with: {command}")
        self.path = path
        self.command = command


_LISTED = 60
"""Names that an error message may list; more would hide the error."""

_ROOM = 100
"""Characters that such a list may take, so that the line can be read."""


_LONGEST = 60
"""Characters of a value within a message, beyond which its type is named instead."""


def shown(value: object) -> str:
    """A value within a message: short and on one line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= _LONGEST else type(value).__name__


def listed(names: Iterable[object]) -> str:
    """Names after one another, the last of a long list left out."""
    every = list(map(str, names))
    ends = itertools.accumulate(len(name) + 2 for name in every)
    kept = sum(end <= _ROOM for end in ends)
    return ", ".join(every if kept == len(every) else [*every[:kept], f"… ({len(every)} in all)"])


def nearest(name: str, known: Iterable[str]) -> str:
    """End of an error message that suggests what was meant: ``"; did you mean 'vanilla'?"``, or lists all.

    Returns the empty string if ``known`` is empty, or too long to list and nothing in it is near.
    """
    choices = sorted(set(known))
    every = f"; known: {listed(choices)}" if 0 < len(choices) <= _LISTED else ""
    return did_you_mean(name, choices) or every


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """As `nearest`, of a message that lists all: the empty string if nothing in ``known`` is near."""
    by_lower = {choice.lower(): choice for choice in sorted(known)}
    close = difflib.get_close_matches(name.lower(), by_lower, n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(repr(by_lower[c]) for c in close)}?" if close else ""

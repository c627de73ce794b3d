"""The Claim type: one published or derived statement, its source, and the check that decides it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import sympy as sp

from gantheory.arguments.checks import choice
from gantheory.derivation.text.plain import plain

Kind = Literal["equality", "inequality", "iff", "limit", "region", "erratum"]
KINDS: tuple[Kind, ...] = get_args(Kind)
About = Literal["package", "mathematics"]
ABOUT: tuple[About, ...] = get_args(About)
EXPECTED = ("holds", "fails", "undecided")


@dataclass(frozen=True, kw_only=True)
class Paper:
    """Where statements come from.

    Attributes:
        key: short name for filters, such as "welfert-2023".
        cite: authors, title, venue and year, in one line.
        arxiv: identifier, where there is one.
    """

    key: str
    cite: str
    arxiv: str = ""

    @property
    def short(self) -> str:
        """Authors and year, as a source begins."""
        return self.cite.split(",", 1)[0] if "et al." in self.cite else self.cite.split(":", 1)[0]

    def claim(self, id: str, kind: Kind, **fields: Any) -> Callable[[Callable[..., Any]], Claim]:
        """The decorator `claim` for a statement of this paper; `where` is its theorem or equation number."""
        return claim(id, kind, paper=self, **fields)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A statement with the check that decides it.

    Attributes:
        id: stable short name.
        statement: in plain text.
        latex: the same as mathematics, without dollar signs.
        kind: equality, inequality, iff, limit, region or erratum (a statement that is wrong or ambiguous as
            printed).
        source: paper with theorem or equation number, or where a derived statement is derived.
        check: function of the parameters that returns what to compare (see `gantheory.claims.compare`), or a
            sequence of such, all of which must hold.
        paper: key of the paper, for filters.
        parameters: symbols that the statement is made for all of; their sympy assumptions are assumptions
            of the claim.
        assumptions: relations between the parameters under which it is made.
        pointwise: the check takes numbers only, so parameters are drawn at random; otherwise it is called
            once with the symbols themselves, for a proof for all of them.
        expected: the verdict on record; a run whose verdict differs ends with exit status 1.
        correction: for what fails or is ambiguous, what would be right.
        about: "package" where the check runs objects of this package, so that a slip in them changes the
            verdict; "mathematics" where the statement is about none, and no slip could.
    """

    id: str
    statement: str
    kind: Kind
    source: str
    check: Callable[..., Any]
    latex: str = ""
    paper: str = "user"
    parameters: tuple[sp.Symbol, ...] = ()
    assumptions: tuple[sp.Basic, ...] = ()
    pointwise: bool = False
    points: int = 8
    expected: str = "holds"
    correction: str = ""
    about: About = "package"

    def __post_init__(self) -> None:
        if not self.id or any(c.isspace() for c in self.id):
            raise ValueError(f"id must be a word without spaces, got {self.id!r}")
        choice(self.expected, "expected", EXPECTED)
        for name in ("statement", "source"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} of claim {self.id} must say something, got {getattr(self, name)!r}")
        for relation in self.assumptions:
            if not isinstance(relation, sp.core.relational.Relational | sp.logic.boolalg.Boolean):
                raise TypeError(f"assumptions of claim {self.id} must be sympy relations, got {relation!r}")
            unknown = relation.free_symbols - set(self.parameters)
            if unknown:
                raise ValueError(
                    f"assumption {plain(relation)} of claim {self.id} names {', '.join(map(str, unknown))}, "
                    "which is no parameter of it"
                )
        wanted = len(inspect.signature(self.check).parameters)
        if wanted != len(self.parameters):
            raise ValueError(
                f"check of claim {self.id} must take one argument per parameter "
                f"({len(self.parameters)}), takes {wanted}"
            )

    def domain(self) -> list[str]:
        """The assumptions in words, those of the symbols first."""
        return [*map(_of_symbol, self.parameters), *map(plain, self.assumptions)]


def claim(
    id: str,
    kind: Kind,
    *,
    source: str = "",
    paper: Paper | None = None,
    where: str = "",
    parameters: Sequence[sp.Symbol] = (),
    assumptions: Sequence[sp.Basic] = (),
    **fields: Any,
) -> Callable[[Callable[..., Any]], Claim]:
    """Turn a check into a `Claim`.

    Args:
        source: in full; or `paper` with `where` (theorem or equation number).
        fields: `statement` and others, as in `Claim`.

    Raises:
        ValueError, TypeError: a field that says nothing or does not fit.

    Example:
        >>> @claim("js", "equality", statement="vanilla: D_f = 2 JSD", source="Goodfellow 2014, Theorem 1")
        ... def js():
        ...     return SameDivergence(derive(vanilla()).f, "u*log(2*u/(1 + u)) + log(2/(1 + u))")
    """
    given = source or (f"{paper.cite}: {where}" if paper is not None else "")

    def decorated(check: Callable[..., Any]) -> Claim:
        own: dict[str, Any] = {"id": id, "kind": kind, "source": given, "check": check}
        key = paper.key if paper is not None else "user"
        return Claim(**own, paper=key, parameters=tuple(parameters), assumptions=tuple(assumptions), **fields)

    return decorated


def _of_symbol(symbol: sp.Symbol) -> str:
    if symbol.is_integer:
        return f"{symbol} a positive integer" if symbol.is_positive else f"{symbol} an integer"
    return f"{symbol} > 0" if symbol.is_positive else f"{symbol} real"

"""A game in one line of text: an objective, a variant and remedies, with plus signs between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gantheory.objectives import to_spec
from gantheory.objectives.specification import game_from_spec
from gantheory.objectives.titles import title

if TYPE_CHECKING:
    from gantheory.training.remedies import Remedy


@dataclass(frozen=True)
class Entry:
    """An objective, as a variant or not, with remedies.

    Attributes:
        name: the text that tells it from the others.
        objective: as text.
        remedies: as text, in their order.
        variant: as text; None for the plain GAN.
    """

    name: str
    objective: str
    remedies: tuple[str, ...]
    variant: str | None = None

    @classmethod
    def read(cls, text: str, further: Sequence[str] = ()) -> Entry:
        """From text such as "wgan + gradient_penalty(10)" or "vanilla + acgan + r1(0.1)"; `further` remedies
        follow its own.

        Raises:
            TypeError, ValueError: no such text, an unknown objective, remedy or variant, or two variants.
        """
        objective, *own = _terms(text)
        if not (own or further):  # which needs no PyTorch
            return cls(objective, to_spec(game_from_spec(objective)), ())
        from gantheory.training.remedies import remedy_from_text
        from gantheory.training.variants import VARIANTS, checked_variant

        variants = [each for each in own if each.partition("(")[0].strip() in VARIANTS]
        if len(variants) > 1:
            raise ValueError(f"an entry is one variant at most, got {' and '.join(variants)}")
        remedies = (*(each for each in own if each not in variants), *further)
        for each in remedies:
            remedy_from_text(each)
        for each in variants:
            checked_variant(each)
        spec = to_spec(game_from_spec(objective))
        return cls(" + ".join([objective, *variants, *remedies]), spec, remedies, *variants)

    @property
    def changes(self) -> tuple[Remedy, ...]:
        """The variant, where it is one, and the remedies."""
        if not (self.variant or self.remedies):
            return ()
        from gantheory.training.remedies import checked_remedies
        from gantheory.training.variants import checked_variant

        variant = checked_variant(self.variant)
        return (*(() if variant is None else (variant,)), *checked_remedies(self.remedies))

    @property
    def title(self) -> str:
        """What readers know it as, such as "GAN, non-saturating + R1 (0.1)": of a variant with the objective
        that it was published with, its own name says that."""
        texts = (*(() if self.variant is None else (self.variant,)), *self.remedies)
        parts = [
            (type(change).title or type(change).__name__) + _settings(text)
            for change, text in zip(self.changes, texts, strict=True)
        ]
        published = None if self.variant is None else getattr(self.changes[0], "objective", None)
        if self.objective != published:
            parts.insert(0, title(self.objective) or _terms(self.name)[0])
        return " + ".join(parts)


def _settings(text: str) -> str:
    """ " (0.1)" of "r1(0.1)"; nothing of "r1"."""
    given = text.partition("(")[2].rstrip(") ")
    return f" ({given})" if given else ""


def _terms(text: str) -> list[str]:
    """The parts between plus signs that stand in no bracket and no quotes."""
    terms, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        depth += (not quote) * ((character in "([{") - (character in ")]}"))
        if character == "+" and not depth and not quote:
            terms.append("")
        else:
            terms[-1] += character
    terms = [term.strip() for term in terms]
    if not all(terms):
        raise ValueError(f"{text!r} must be an objective, or objective + remedy + remedy")
    return terms

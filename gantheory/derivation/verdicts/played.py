"""The game of a theory and its optimal score in the language of the certificates, where they are proved."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gantheory.derivation.failures import attempted
from gantheory.derivation.verdict import PROOFS
from gantheory.derivation.verdicts.coordinates import candidates
from gantheory.derivation.verdicts.language import NoCertificateError, Played
from gantheory.derivation.verdicts.maximum import proved

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory

_SECONDS = 10.0
"""Many times what it takes: on a busy machine too, the same certificates are found."""


def played(theory: Theory) -> Played:
    """The game and its optimum as a certificate states them, kept with the theory.

    Raises:
        NoCertificateError: no coordinate is known in which all of it can be written and proved.
    """
    found = _kept(theory)
    if found is None:
        raise NoCertificateError(f"the optimum of {theory.objective.name}")
    return found


def _kept(theory: Theory) -> Played | None:
    if "_played" not in theory.__dict__:
        theory.__dict__["_played"] = _first_proved(theory)
    return theory.__dict__["_played"]  # type: ignore[no-any-return]


def optimum_is_proved(theory: Theory) -> bool:
    """Whether its optimal score is shown to be the maximum over the whole domain, by one of `PROOFS`.

    The same rules as for certificates, with points and formulas that their language lacks, and signs by ball
    arithmetic where that is what proves them.
    """
    if "_optimum_is_proved" not in theory.__dict__:
        found = _kept(theory) or _first_proved(theory, any_method=True)
        theory.__dict__["_optimum_is_proved"] = found is not None
    return bool(theory.__dict__["_optimum_is_proved"])


def _first_proved(theory: Theory, *, any_method: bool = False) -> Played | None:
    """The first coordinate that does; None where none is found in time."""
    prove = partial(proved, methods=PROOFS if any_method else ("symbolic",))

    def first() -> Played | None:
        return next(filter(prove, candidates(theory, exportable=not any_method)), None)

    return attempted(_SECONDS * (3 if any_method else 1), first)

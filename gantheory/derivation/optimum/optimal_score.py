"""The optimal score v*(u) = argmax_v [u A(v) + B(v)], u = p_r/p_g, over the whole domain of the score.

The domain is cut at the kinks of the four functions (`stretches`); on each stretch the local maxima are
found, with the u for which they are maxima (`candidates`); the highest of them is v*(u) (`envelope`), in
pieces of u. Each piece gets a closed form where the inverse of rho = -B'/A' has one (`closed_form`), in a
coordinate of the score that suits.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import chain

import numpy as np
import sympy as sp

from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.failures import explained
from gantheory.derivation.optimum.candidates import Candidate, Unbounded, candidates
from gantheory.derivation.optimum.closed_form import roots
from gantheory.derivation.optimum.envelope import NotFoundError, Reign, log, scores, upper_envelope
from gantheory.derivation.optimum.game import Game, coordinates, original
from gantheory.derivation.optimum.piece import Piece
from gantheory.derivation.optimum.poles import between_poles
from gantheory.derivation.optimum.solution import OptimalScore
from gantheory.derivation.optimum.stretches import stretches
from gantheory.errors import GantheoryError, NoPointwiseTheoryError
from gantheory.objectives.families.ipm import CRITICS
from gantheory.objectives.objective import Objective
from gantheory.objectives.objective import v as score
from gantheory.support.deadline import TimeBoundError, within

_SECONDS = 6.0
"""For the closed form of one piece; past it the piece is numeric."""

_HIGHEST_POWER = 10**6
"""Of u in a closed form."""

_LONGEST_FORM = 32
"""Operations of a closed form; the limits and derivatives of longer ones take sympy a minute."""


def optimal_score(objective: Objective) -> OptimalScore:
    """Derive v*(u).

    Raises:
        NoPointwiseTheoryError: the supremum is over a critic class, or is infinite at some u.
        GantheoryError: sympy gave up, or no optimum was found for some u.
    """
    if objective.critic is not None:
        raise NoPointwiseTheoryError(
            f"{objective.name}: the optimum is over a critic class "
            f"({CRITICS.get(objective.critic, objective.critic)}), not over values at a point, so D*, f, h "
            "and saturation do not exist pointwise"
        )
    with explained(objective.name, "the optimal score"):
        return _optimal_score(objective)


def _optimal_score(objective: Objective) -> OptimalScore:
    whole = original(objective)
    parts = [part for smooth in stretches(whole) for part in between_poles(smooth)]
    try:
        reigns, ties = upper_envelope(candidates(parts))
    except Unbounded as reason:
        raise NoPointwiseTheoryError(
            f"{objective.name}: {reason}: it must be bounded above; restrict the domain or name a critic"
        ) from None
    except NotFoundError as reason:
        raise GantheoryError(
            f"{objective.name}: {reason}, nor that there is none; write A and B in another form, or with "
            "parameters nearer to 1"
        ) from None
    settled = [_attained(_piece(reign), whole) for reign in reigns]
    pieces, limits = [piece for piece, _ in settled], tuple(text for _, text in settled if text)
    return OptimalScore(tuple(pieces), _method(pieces, len(parts)), tuple(ties), whole, limits)


def _attained(piece: Piece, whole: Game) -> tuple[Piece, str]:
    """The piece with a score that is optimal, and what to say where there is none.

    Where A or B jumps at the level, it counts as from the piece's side. On a step every score inside is
    optimal: the middle one, or one beyond a single end. Elsewhere the maximum is not attained.
    """
    game, level = piece.game, piece.closed
    if not piece.level or level is None or not level.is_finite:
        return piece, ""
    for role in ("A", "B"):
        gap = getattr(whole, role).subs(whole.y, level) - piece.of(getattr(game, role))
        if abs(gap.evalf(30)) <= sp.Float(10) ** -25:
            continue
        if game.A.has(game.y) or game.B.has(game.y):
            side = "-" if level == game.high else "+"
            return piece, (
                f"v -> {level}{side} for u in ({piece.start}, {piece.end}): {role} jumps there, so that the "
                "supremum is approached and not attained; the limit is reported"
            )
        if game.low.is_finite and game.high.is_finite:
            inside = (game.low + game.high) / 2
        else:
            inside = game.low + 1 if game.low.is_finite else game.high - 1
        return replace(piece, closed=inside), ""
    return piece, ""


def _piece(reign: Reign) -> Piece:
    candidate = reign.candidate
    if candidate.level is not None:
        return Piece(
            reign.start, reign.end, candidate.game, True, candidate.game, candidate.level, level=True
        )
    game, closed = _closed(reign)
    branch = candidate.start, candidate.end
    return Piece(reign.start, reign.end, candidate.game, candidate.rising, game, closed, branch=branch)


def _closed(reign: Reign) -> tuple[Game, sp.Expr | None]:
    """A short closed form of a branch, with the game in its coordinate; None where none was found in time."""
    plain = reign.candidate.stretch or reign.candidate.game
    found: list[tuple[Game, sp.Expr]] = []
    # Another coordinate may do, or do better: sinh(v) = z is simpler than its root in e^v.
    with suppress(TimeBoundError, NotImplementedError, ValueError, TypeError, ZeroDivisionError):
        within(_SECONDS, lambda: _search(plain, reign, found))
    return min(found, key=lambda pair: sp.count_ops(pair[1]), default=(plain, None))


def _search(plain: Game, reign: Reign, found: list[tuple[Game, sp.Expr]]) -> None:
    """Collect closed forms up to the first without a root of a sum, the score itself and simple coordinates
    first."""
    for game in chain([plain], coordinates(plain)):
        closed = _root(game, reign)
        if closed is not None and sp.count_ops(closed) <= _LONGEST_FORM and not _of_high_power(closed):
            found.append((game, closed))
            if not _involved(closed):
                return


def _of_high_power(closed: sp.Expr) -> bool:
    """Whether e^y holds u^n with an n so high that sympy, which writes out polynomials, runs out of time and
    memory."""
    powers = [node.exp for node in closed.atoms(sp.Pow) if node.base.has(u)]
    return any(k.is_Integer and abs(k) > _HIGHEST_POWER for k in [*powers, closed.expand().coeff(sp.log(u))])


def _involved(closed: sp.Expr) -> bool:
    """Whether a formula holds a root of a sum."""
    return any(power.base.is_Add and not power.exp.is_Integer for power in closed.atoms(sp.Pow))


def _root(game: Game, reign: Reign) -> sp.Expr | None:
    """The formula that is the branch at several u: real, inside it, and near the number found there."""
    candidate = reign.candidate
    low, high = max(log(reign.start), -9.0), min(log(reign.end), 9.0)
    if not low < high:
        low, high = (
            (log(reign.start), log(reign.start) + 2) if low > 0 else (log(reign.end) - 2, log(reign.end))
        )
    t = low + (high - low) * np.array([0.06, 0.31, 0.52, 0.77, 0.94])
    wanted = scores(candidate, t)
    into = game.coordinate
    for root in roots(game):
        if all(_is_at(root, into, sp.Float(float(x), 30), float(v)) for x, v in zip(t, wanted, strict=True)):
            return root
    return None


def _is_at(root: sp.Expr, coordinate: sp.Expr, t: sp.Expr, v: float) -> bool:
    value = root.evalf(30, subs={u: sp.exp(t).evalf(40)}, maxn=400)
    there = coordinate.evalf(30, subs={score: sp.Float(v, 30)})
    if not value.is_real or not there.is_real:
        return False
    nearby = coordinate.evalf(30, subs={score: sp.Float(v, 30) + sp.Float(1e-7) * (1 + abs(v))})
    return bool(abs(value - there) <= abs(nearby - there) + sp.Float(1e-13) * abs(there))


def _method(pieces: list[Piece], parts: int) -> str:
    if all(piece.level for piece in pieces):
        if parts == 1:
            return "limiting rule: u A' + B' has one sign, the optimum is an end of the domain"
        return "kinks: within each piece the optimum is at an end"
    numeric = sum(piece.closed is None for piece in pieces)
    if len(pieces) == 1:
        if numeric:
            return "numeric: no closed form of the inverse of -B'/A' was found"
        return "closed form, from u A'(v) + B'(v) = 0"
    text = f"{len(pieces)} pieces in u, from the kinks and stationary points"
    if numeric:
        text += f", numeric: {numeric} of them without a closed form"
    return text


__all__ = ["Candidate", "optimal_score"]

"""From a derived f to its numeric form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from gantheory.derivation.algebra import limits
from gantheory.derivation.algebra.expressions import SECONDS, derivative, tidy
from gantheory.derivation.algebra.points import exact_value, holds_infinity, same
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.failures import attempted
from gantheory.derivation.induced.equilibrium import around_one
from gantheory.derivation.numbers.reached_scores import reached_scores
from gantheory.derivation.optimum.envelope import log
from gantheory.derivation.optimum.game import log_ratio, per_log_ratio
from gantheory.derivation.optimum.inversion import inverted_piece
from gantheory.derivation.optimum.piece import Piece
from gantheory.derivation.optimum.solution import OptimalScore
from gantheory.derivation.optimum.ties import is_end, score_at, stationary_at
from gantheory.divergences.kinds import Kind
from gantheory.errors import GantheoryError
from gantheory.support.deadline import within
from gantheory.support.multiprecision import lambdify, to_mp
from gantheory.support.multiprecision import mp as mpmath

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory
    from gantheory.divergences import DivergenceResult, GeneratingFunction
    from gantheory.divergences.certified import CertifiedResult
    from gantheory.divergences.functions.score_inverse import Part

_t = sp.Symbol("t", real=True)

_DIGITS = 60
"""Digits of f(0) and f'(inf) of a numeric f."""

_MEETING_DIGITS = 300
"""Digits of log u where two parts of an f meet."""

_FAR_OUT = 20_000.0
"""|log u| that densities on the line reach, in tails beside which nothing counts."""

_STEEPEST = 1e12
"""A slope of f at u = 1 from which it is infinite, but for the digits of v*(1)."""


def generating_function(theory: Theory, kind: Kind) -> GeneratingFunction:
    """ClosedForm where f has one that evaluates, else from the score of each piece, a formula or an inverted
    ratio.

    Raises:
        GantheoryError: f is infinite around u = 1, or for some u between others.
    """
    from gantheory.derivation.numbers.beta_form import BetaForm
    from gantheory.derivation.numbers.degenerate import Degenerate
    from gantheory.divergences import ClosedForm, FlowForm, Parametric

    part = theory.induced(kind)
    solution = theory.solution
    if part.infinite is not None:
        return Degenerate(float(part.infinite))
    at_zero, slope = theory.ends(kind)
    breaks = tuple(log(piece.end) for piece in solution.pieces[:-1])
    if part.expr is not None and not part.expr.has(sp.betainc) and None not in (at_zero, slope):
        closed = ClosedForm(part.expr, u, at_zero=at_zero, slope_at_infinity=slope, breakpoints=breaks)
        if _holds_far_out(closed, closed.mp):
            return closed
        solution = _without_formulas(solution)
    roles = {"flow": ("S", "S"), "discriminator": ("A", "B")}.get(kind, ("R", "S"))
    parts = [_part(piece, *roles, flow=kind == "flow") for piece in solution.pieces]
    if any(holds_infinity(expr) for one in parts for expr in (one.R, one.S)):
        if (partly := _infinite_beyond(theory, kind, [one.R + one.S for one in parts])) is not None:
            return partly
        raise GantheoryError(f"{theory.objective.name} has no {kind} divergence as a number: {part.reason}")
    if kind == "flow":
        falls = _falls(solution)
        options: dict[str, Any] = {"jumps": falls}
        options["at_zero"] = at_zero if at_zero is not None else _flow_at_zero(solution)
        options["slope_at_infinity"] = slope if slope is not None else _flow_slope(solution, falls)
        if part.expr is not None and len(parts) == 1:
            return BetaForm.of(part.expr, parts, **options)
        form = FlowForm.in_pieces(parts, **options)
        if not _holds_far_out(form, form.weight):
            parts = [_part(piece, *roles, flow=True) for piece in _without_formulas(solution).pieces]
            form = FlowForm.in_pieces(parts, **options)
        return form
    if at_zero is None or slope is None:
        found = _numeric_ends(solution, *roles)
        at_zero, slope = (
            known if known is not None else f for known, f in zip((at_zero, slope), found, strict=True)
        )
    return Parametric.in_pieces(
        parts,
        at_zero=at_zero,
        slope_at_infinity=slope,
        at_one=_tie(solution, *roles),
        ties=_ties(solution) if kind == "equilibrium" else (),  # f_D is continuous
    )


def _infinite_beyond(theory: Theory, kind: Kind, totals: list[sp.Expr]) -> GeneratingFunction | None:
    """f where R or S is infinite at the score of the first piece, of the last or of both; else None.

    The rest is that of a score held constant from there on, at which nothing is infinite.
    """
    from gantheory.derivation.numbers.degenerate import InfiniteBeyond

    pieces = list(theory.solution.pieces)
    below, above = (totals[k] if holds_infinity(totals[k]) else None for k in (0, -1))
    within = totals[below is not None : len(totals) - (above is not None)]
    low = sp.S.Zero if below is None else pieces[0].end
    high = sp.oo if above is None else pieces[-1].start
    if (
        any(holds_infinity(total) for total in within)
        or not all(end is None or end.is_extended_real for end in (below, above))
        or not sp.N(low - 1, 30) < 0 < sp.N(high - 1, 30)
    ):
        return None
    one = theory.solution.at_one()
    closed = [True, True]
    for k, neighbour, edge, interval in (
        (0, 1, low, {"start": sp.S.Zero, "end": low}),
        (-1, -2, high, {"start": high, "end": sp.oo}),
    ):
        if (below, above)[k] is None:
            continue
        held = score_at(pieces[neighbour], edge)
        closed[k] = not held.is_infinite
        piece, score = (pieces[neighbour], held) if closed[k] else (one, score_at(one, sp.S.One))
        pieces[k] = replace(piece, game=piece.plain, closed=score, level=True, **interval)
    if kind == "flow" and above is not None:  # h' rises by what S falls by
        above = -above
    core = type(theory)(theory.objective, replace(theory.solution, pieces=tuple(pieces)))
    infinite = tuple(None if end is None else float(end) for end in (below, above))
    return InfiniteBeyond(core.generating_function(kind), (low, high), infinite, tuple(closed))


def _without_formulas(solution: OptimalScore) -> OptimalScore:
    """The score by inversion of u = rho(v), which is exact where its formula cancels."""
    pieces = (piece if piece.level else replace(piece, closed=None) for piece in solution.pieces)
    return replace(solution, pieces=tuple(pieces))


def _holds_far_out(f: GeneratingFunction, evaluate: Callable[[Any], Any]) -> bool:
    """Whether formulas have digits where no limit stands for them: u + sqrt(u^2 - u + 1) - 1 has none left
    at log u = -10^4."""
    from gantheory.divergences.functions.high_precision import CancellationError

    try:
        with mpmath.workdps(19):
            for end, t in ((f.at_zero, -_FAR_OUT), (f.slope_at_infinity, _FAR_OUT)):
                if end == 0 or math.isinf(end):
                    evaluate(mpmath.mpf(t))
    except CancellationError:
        return False
    return True


def _part(piece: Piece, real: str, fake: str, *, flow: bool) -> Part:
    """R and S of one piece as functions of t = log u where there is a formula, else of the score."""
    from gantheory.divergences.functions.score_inverse import Part

    end = _log_to_all_digits(piece.end)
    r, s = (
        None if piece.closed is None else tidy(piece.of(getattr(piece.game, role)), u)
        for role in (real, fake)
    )
    # Where a root of log u has an infinite slope, h'' is integrated over the score.
    if r is not None and s is not None and not (flow and s.has(sp.sign)):
        # t = log u itself is the coordinate, so that no tail of the score has to be resolved.
        curvature = tidy(-u * derivative(s, u), u).subs(u, sp.exp(_t)) if flow and not piece.level else None
        return Part(
            end, r.subs(u, sp.exp(_t)), s.subs(u, sp.exp(_t)), _t, _t, score_of_log=_t, curvature=curvature
        )
    game = piece.plain
    guess = _Table(piece)
    return Part(
        end,
        getattr(game, real),
        getattr(game, fake),
        log_ratio(game),
        game.y,
        domain=reached_scores(piece),
        guess=guess,
        known=_known(piece),
    )


def _known(piece: Piece) -> tuple[tuple[Any, Any], ...]:
    """(log u, score) at the ends of a branch that are reached at a finite u."""
    return tuple(
        (_log_to_all_digits(ratio), _mp_end(score))
        for ratio, score in zip(piece.branch, piece.ends, strict=True)
        if ratio not in (0, sp.oo)
    )


def _log_to_all_digits(ratio: sp.Expr) -> Any:
    """log u where two parts meet: beside a kink the score would leave its part by what a float rounds off."""
    if ratio is sp.oo:
        return math.inf
    with mpmath.workdps(_MEETING_DIGITS):
        return to_mp(sp.log(ratio))


class _Table:
    """v*(t) of a numeric piece in float64, good for a start of Newton's method: linear between 4001
    points."""

    def __init__(self, piece: Piece) -> None:
        start, end = log(piece.start), log(piece.end)
        t = np.sinh(np.linspace(-7.25, 7.25, 4001))
        self._t = t[(t > start) & (t < end)]
        self._v = inverted_piece(piece, self._t)

    def __call__(self, t: float) -> float:
        if not self._t.size or not self._t[0] <= t <= self._t[-1]:
            return math.nan
        return float(np.interp(t, self._t, self._v))


def _falls(solution: OptimalScore) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """(u0, -jump of S(v*)) at each threshold where S jumps."""
    found = []
    for left, right in zip(solution.pieces, solution.pieces[1:], strict=False):
        values = [_at_threshold(piece, "S", left.end) for piece in (left, right)]
        fall = values[0] - values[1]
        if abs(fall.evalf(40)) > sp.Float(10) ** -30 * (1 + abs(values[0].evalf(20))):
            found.append((sp.S.One if same(left.end, sp.S.One) else left.end, fall))
    return tuple(found)


def _at_threshold(piece: Piece, role: str, threshold: sp.Expr) -> sp.Expr:
    """A function of the game at v*(threshold), on one side of it."""
    expr = getattr(piece.game, role)
    if piece.level:
        return piece.of(expr)
    if piece.closed is not None:
        return _number_at(piece.of(expr), threshold)
    return getattr(piece.plain, role).evalf(_DIGITS, subs={piece.plain.y: stationary_at(piece, threshold)})


def _number_at(expr: sp.Expr, ratio: sp.Expr) -> sp.Expr:
    """expr at u = ratio to 60 digits; its limit where the formula is 0/0 there."""
    value = sp.N(expr.subs(u, ratio), _DIGITS)
    return value if value.is_finite and value.is_real else exact_value(expr, ratio)


def _flow_at_zero(solution: OptimalScore) -> sp.Expr | None:
    """h(0) = S(v*(0)) - S(v*(1))."""
    piece = solution.pieces[0]
    if piece.closed is not None:
        start = limits.at_zero(tidy(piece.of(piece.game.S), u))
    else:
        start = _limit(piece, piece.plain.S, piece.ends[0])
    if start is None or not start.is_finite:
        return start
    middle = (_at_one(solution, "S", 0) + _at_one(solution, "S", 1)) / 2
    return sp.N(start - middle, _DIGITS)


def _flow_slope(solution: OptimalScore, jumps: tuple[tuple[sp.Expr, sp.Expr], ...]) -> sp.Expr | None:
    """h'(inf) = -int S'(v)/rho(v) dv over the scores above v*(1), and what the jumps add; None if not
    resolved."""
    total = sum((fall / u0 / (2 if u0 == 1 else 1) for u0, fall in jumps if u0 >= 1), sp.S.Zero)
    for piece in solution.pieces[around_one(solution)[1] :]:
        if piece.level:
            continue
        game = piece.plain
        first, last = piece.ends
        begin = first if sp.N(piece.start - 1, 20) >= 0 and is_end(piece, piece.start) else None
        begin = stationary_at(piece, sp.Max(piece.start, 1)) if begin is None else begin
        end = last if piece.end is sp.oo or is_end(piece, piece.end) else stationary_at(piece, piece.end)
        dA, dB = game.slopes
        density = lambdify(game.y, sp.diff(game.S, game.y) * dA / dB)
        with mpmath.workdps(40):
            limits_ = [_mp_end(begin), _mp_end(end)]
            try:
                value, error = within(SECONDS, partial(mpmath.quad, density, limits_, error=True))
            except (ArithmeticError, ValueError):
                return None
            if not mpmath.isfinite(value) or error > mpmath.mpf(10) ** -22 * (1 + abs(value)):
                return None
            total += sp.Float(mpmath.nstr(value, 30), 30)
    return sp.N(total, 30)


def _mp_end(score: sp.Expr) -> Any:
    if score.is_infinite:
        return mpmath.mpf("inf" if score is sp.oo else "-inf")
    return mpmath.mpf(score.evalf(45)._to_mpmath(mpmath.prec))


def _at_one(solution: OptimalScore, role: str, side: int) -> sp.Expr:
    """A function of the game at v*(1), from below (0) or above (1)."""
    return _at_threshold(solution.pieces[around_one(solution)[side]], role, sp.S.One)


def _tie(solution: OptimalScore, real: str, fake: str) -> sp.Expr | None:
    """The value at u = 1 where v* jumps there, at the score that is reported."""
    tie = solution.tie_at_one
    return None if tie is None else sp.N(tie.of(real) + tie.of(fake), _DIGITS)


def _ties(solution: OptimalScore) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """(u, u R + S) at the score that is reported where v* jumps off u = 1."""
    away = (tie for tie in solution.jumps if tie.at != 1)
    return tuple((tie.at, sp.N(tie.at * tie.of("R") + tie.of("S"), _DIGITS)) for tie in away)


def _numeric_ends(solution: OptimalScore, real: str, fake: str) -> tuple[sp.Expr | None, sp.Expr | None]:
    """f(0) and f'(inf) of the normalized f, where they are limits that can be found."""
    constant, slope = sp.S.Zero, sp.S.Zero
    for side, k in enumerate(around_one(solution)):
        piece = solution.pieces[k]
        r, s = (_at_one(solution, role, side) for role in (real, fake))
        if piece.level:
            moved: sp.Expr = sp.S.Zero
        elif piece.closed is not None:
            moved = _number_at(
                sp.diff(piece.of(getattr(piece.game, real) + getattr(piece.game, fake)), u), sp.S.One
            )
        else:
            game = piece.plain
            rate = per_log_ratio(getattr(game, real) + getattr(game, fake), game)
            moved = rate.evalf(_DIGITS, subs={game.y: stationary_at(piece, sp.S.One)})
        constant, slope = constant + (r + s) / 2, slope + (r + moved) / 2
    tied = _tie(solution, real, fake)
    constant = constant if tied is None else tied
    if not slope.is_finite or abs(slope) > _STEEPEST:  # f has no finite slope at u = 1: none is taken off
        slope = sp.S.Zero
    first, last = solution.pieces[0], solution.pieces[-1]
    start = _end_value(first, real, fake, towards_zero=True)
    stop = _end_value(last, real, fake, towards_zero=False)
    at_zero = (
        None if start is None else start if not start.is_finite else sp.N(start - constant + slope, _DIGITS)
    )
    at_infinity = None if stop is None else stop if not stop.is_finite else sp.N(stop - slope, _DIGITS)
    return at_zero, at_infinity


def _end_value(piece: Piece, real: str, fake: str, *, towards_zero: bool) -> sp.Expr | None:
    """lim u R + S as u -> 0, or lim R + S/u as u -> oo."""
    if piece.closed is not None:
        r, s = (tidy(piece.of(getattr(piece.game, role)), u) for role in (real, fake))
        return limits.at_zero(u * r + s) if towards_zero else limits.at_infinity(tidy(r + s / u, u))
    game = piece.plain
    r, s = getattr(game, real), getattr(game, fake)
    end = game.low if piece.rising == towards_zero else game.high
    dA, dB = game.slopes
    ratio = -dB / dA
    kept, fading = (s, r * ratio) if towards_zero else (r, s / ratio)
    main = _limit(piece, kept, end)
    other = r if towards_zero else s
    rest = sp.S.Zero if other == 0 else _limit(piece, other, end)
    rest = _limit(piece, fading, end) if rest is None or not rest.is_finite else sp.S.Zero
    total = None if main is None or rest is None else main + rest
    return None if total is None or total is sp.nan else total


def _limit(piece: Piece, expr: sp.Expr, end: sp.Expr) -> sp.Expr | None:
    """A limit at an end of the branch; None where it takes too long or is not known."""
    if end.is_finite and end.has(sp.Float):
        value = expr.evalf(_DIGITS, subs={piece.plain.y: end})
        return value if value.is_finite else None
    value = attempted(SECONDS, lambda: piece.plain.at(expr, end))
    return value if value is not None and value.is_extended_real else None


def certified_divergence(theory: Theory, P: Any, Q: Any, kind: Kind, **options: Any) -> DivergenceResult:
    """A ball that provably contains the divergence, from the closed form of f.

    Raises:
        ValueError: f has no closed form, or an option that does not go with a proof.
    """
    from gantheory.derivation.verdicts.played import optimum_is_proved
    from gantheory.divergences import certified
    from gantheory.divergences.compute import certified_digits

    limit = {name: options.pop(name) for name in ("seconds",) if name in options}
    dps = certified_digits(options)
    part = theory.induced(kind)
    if part.infinite is not None:
        return certified.infinite_unless_equal(int(sp.sign(part.infinite)), P, Q, dps)
    if part.expr is None:
        raise ValueError(f"{theory.objective.name} has no {kind} f to certify: {part.reason}")
    if any(piece.end.has(sp.Float) for piece in theory.solution.pieces):
        raise ValueError(
            f"{theory.objective.name} has no {kind} f to certify: a threshold of its optimal score is known "
            "to 50 digits only"
        )
    if not optimum_is_proved(theory):
        raise ValueError(
            f"{theory.objective.name} has no {kind} f to certify: that its optimal score is the maximum over "
            "all scores was not proved; leave certified out for a number with an estimated error"
        )
    result = certified.certified_divergence(part.expr, u, P, Q, dps, **limit)
    return _with_certificate(theory, kind, P, Q, result, dps)


def _with_certificate(
    theory: Theory, kind: Kind, P: Any, Q: Any, result: CertifiedResult, dps: int
) -> CertifiedResult:
    """The result with the certificate of its digits, where there is one: only then is it called certified."""
    from gantheory.derivation.verdicts.certificate import MOST_DIGITS, of_pmfs
    from gantheory.divergences.certified import exact_pmfs

    pmfs = exact_pmfs(P, Q)
    if pmfs is None or not math.isfinite(result.value) or dps > MOST_DIGITS:
        return result
    data = of_pmfs(theory, kind, *pmfs, result.decimals(dps + 5))
    return result if data is None else replace(result, method=f"certified, {dps} digits", certificate=data)

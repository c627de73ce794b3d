"""The joint game near P_g = P_r: three numbers of an objective, from its four functions.

At P_g = P_r and v = v0 = v*(1), with phi = v - v0, q = p (1 + eta) and L = -div(p grad .)/p,

    phi' = -kappa phi - b eta,    eta' = s L phi,
    kappa = -(A'' + B'')(v0),     b = A'(v0) = -B'(v0),    s = -S'(v0),

where the discriminator follows the gradient of its objective in L2(p) and the generator moves its samples
along -grad S(v). The derivation is in docs/stability.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sympy as sp

from gantheory.derivation.algebra.expressions import bounded, vanishes
from gantheory.derivation.failures import attempted
from gantheory.derivation.optimum import optimal_score
from gantheory.derivation.optimum.game import Game, between, original
from gantheory.derivation.optimum.stretches import stretches
from gantheory.derivation.optimum.ties import score_at
from gantheory.errors import NoLocalSpectrumError
from gantheory.exact import finite
from gantheory.lowering.forms.kinks import KINKED
from gantheory.objectives.objective import Objective, v
from gantheory.objectives.relativistic import Relativistic, t

_SECONDS = 10.0
"""For a root v*(1) in symbols."""

_PROBES = tuple(sp.Rational(*pair) for pair in ((1, 2), (3, 1), (2, 1), (5, 3), (4, 5), (7, 2)))
"""Values at which a formula in symbols is compared with the numeric one."""


@dataclass(frozen=True)
class LocalGame:
    """The linear form of a game near P_g = P_r.

    Attributes:
        name: of the objective.
        kappa: how fast the discriminator forgets, -(A'' + B'')(v0); 0 for WGAN and hinge.
        b: how strongly it sees the generator's error, A'(v0).
        s: how strongly the generator follows the score, -S'(v0).
        score: v0 = v*(1); where `flat`, one of many with the same kappa, b and s.
        flat: whether A + B is constant around v0, so that v*(1) is not unique and kappa = 0.
        constant_decays: whether kappa acts on a constant phi too; it does not where only differences of
            scores count (relativistic objectives).
    """

    name: str
    kappa: sp.Expr
    b: sp.Expr
    s: sp.Expr
    score: sp.Expr
    flat: bool = False
    constant_decays: bool = True

    @property
    def symbols(self) -> frozenset[sp.Symbol]:
        """Symbols that stand for parameters."""
        return frozenset((self.kappa + self.b + self.s).free_symbols)


def local_game(objective: Objective | Relativistic, score: Any = None) -> LocalGame:
    """kappa, b and s of an objective.

    Args:
        objective: four functions, numbers or symbols as parameters; or a relativistic one, for which
            (phi its pair loss) kappa = 2 phi''(0) and b = s = -phi'(0), 2 b and 2 s if averaged.
        score: v0, where A + B is flat and A' or S' varies there; not for others.

    A critic class (WGAN) is inactive near the equilibrium: a small phi is in the interior of all of them.

    Raises:
        TypeError: no such objective.
        NoLocalSpectrumError: v*(1) is not unique, at a kink or an end of the domain; an outer function.
        NoPointwiseTheoryError: A + B has no maximum.
        ValueError: a score where v*(1) is unique.

    Source: derived here from the four functions; for the Dirac-GAN, Mescheder, Geiger, Nowozin 2018.
    """
    if isinstance(objective, Relativistic):
        return _of_pairs(objective)
    if not isinstance(objective, Objective):
        raise TypeError(
            f"objective must be a gantheory Objective, got {objective!r}; for text use objectives.from_spec"
        )
    if objective.outer is not None:
        raise NoLocalSpectrumError(
            f"{objective.name}: the outer function is not a sum, so the generator's step depends on both of "
            "its expectations and is no flow along grad S(v)"
        )
    free = replace(objective, critic=None)
    at = None if score is None else finite(score, "score", symbolic=True)
    return _in_symbols(free, at) if objective.symbols else _in_numbers(free, at)


def _of_pairs(objective: Relativistic) -> LocalGame:
    slope, curvature = (sp.diff(objective.phi, t, n).subs(t, 0) for n in (1, 2))
    weight = 2 if objective.average else 1
    force = -weight * slope
    zero = sp.S.Zero
    return LocalGame(objective.name, 2 * sp.simplify(curvature), force, force, zero, constant_decays=False)


@lru_cache(maxsize=256)  # one objective is looked at with many remedies
def _in_numbers(objective: Objective, score: sp.Expr | None) -> LocalGame:
    parts = stretches(original(objective))
    flats = [part for part in parts if _is_flat(part)]
    if len(flats) == len(parts) == 1:
        return _on_a_flat(objective, flats[0], score)
    low, high = _scores_at_one(objective)
    if low != high and not vanishes(low - high):
        for part in flats:
            if _within(part, low, high):
                return _on_a_flat(objective, part, score)
        raise NoLocalSpectrumError(
            f"{objective.name}: v*(u) jumps at u = 1, from {_short(low)} to {_short(high)}: two optimal "
            "discriminators and no linear form"
        )
    if score is not None and not vanishes(score - low):
        raise ValueError(
            f"score is free only where A + B is flat; v*(1) of {objective.name} is {_short(low)}"
        )
    if any(low == end or (end.is_finite and vanishes(low - end)) for end in objective.domain):
        raise NoLocalSpectrumError(
            f"{objective.name}: v*(1) = {_short(low)} is at an end of the domain: no linear form"
        )
    sides = {
        (_at(objective, part, low), tidy(sp.diff(part.B, part.y).subs(part.y, low)))
        for part in parts
        if _touches(part, low)
    }
    if len(sides) > 1:  # a kink of S in its second derivative only does not matter
        raise NoLocalSpectrumError(f"{objective.name}: v*(1) = {_short(low)} is at a kink: no linear form")
    [(found, _)] = sides
    if vanishes(found.kappa):
        raise NoLocalSpectrumError(
            f"{objective.name}: A + B has curvature 0 at v*(1) = {_short(low)} and is not flat there: "
            "higher orders decide, and no linear form does"
        )
    return found


def smooth_part(objective: Objective, score: sp.Expr) -> Game:
    """The four functions without kinks, as they are around a score."""
    return next(part for part in stretches(original(objective)) if _touches(part, score))


def _touches(part: Game, score: sp.Expr) -> bool:
    return bool(part.low < score < part.high) or any(
        end.is_finite and vanishes(score - end) for end in (part.low, part.high)
    )


def _is_flat(part: Game) -> bool:
    slope = sp.diff(part.A + part.B, part.y)
    if not slope.has(part.y):
        return vanishes(slope)
    inside = between(part.low, part.high)
    if abs(slope.evalf(30, subs={part.y: inside})) > 1e-20:
        return False
    return bool(bounded(lambda: sp.simplify(slope), slope) == 0)


def _within(part: Game, low: sp.Expr, high: sp.Expr) -> bool:
    """Whether both scores are in the closed stretch."""

    def beyond(one: sp.Expr, other: sp.Expr) -> bool:
        return bool(one > other) and not (one.is_finite and other.is_finite and vanishes(one - other))

    bottom, top = sorted((low, high), key=lambda end: end.evalf(30))
    return not beyond(part.low, bottom) and not beyond(top, part.high)


def _scores_at_one(objective: Objective) -> tuple[sp.Expr, sp.Expr]:
    """v*(1-) and v*(1+)."""
    solution = optimal_score(objective)
    if (tie := solution.tie_at_one) is not None:
        return tie.below, tie.above
    only = score_at(solution.at_one(), sp.S.One)
    return only, only


def _on_a_flat(objective: Objective, part: Game, score: sp.Expr | None) -> LocalGame:
    b, s = (tidy(expr) for expr in (sp.diff(part.A, part.y), -sp.diff(part.S, part.y)))
    if score is not None:
        if not part.low < score < part.high:
            raise ValueError(
                f"score must be in ({part.low}, {part.high}), where A + B is flat for {objective.name}, "
                f"got {score}"
            )
        at = score
    elif b.has(part.y) or s.has(part.y):
        raise NoLocalSpectrumError(
            f"{objective.name}: v*(1) is any score in ({part.low}, {part.high}), as A + B is flat there, and "
            "the local form depends on which; give score="
        )
    else:
        at = sp.S.Zero if part.low < 0 < part.high else sp.nsimplify(between(part.low, part.high))
    return LocalGame(
        objective.name, sp.S.Zero, tidy(b.subs(part.y, at)), tidy(s.subs(part.y, at)), at, flat=True
    )


def _at(objective: Objective, part: Game, score: sp.Expr) -> LocalGame:
    slope = sp.diff(part.A, part.y)
    values = {
        "A'' + B''": -sp.diff(part.A + part.B, part.y, 2),
        "A'": slope,
        "S'": -sp.diff(part.S, part.y),
    }
    found = []
    for name, expr in values.items():
        value = expr.subs(part.y, score)
        if not value.is_finite:
            raise NoLocalSpectrumError(
                f"{objective.name}: {name} is not finite at v*(1) = {_short(score)}, so no linear form exists"
            )
        found.append(tidy(value))
    kappa, b, s = found
    return LocalGame(objective.name, kappa, b, s, score)


def _in_symbols(objective: Objective, score: sp.Expr | None) -> LocalGame:
    """The formula for all parameters, compared with the numeric one at a few of them."""
    if any(expr.has(*KINKED) for expr in (objective.A, objective.B, objective.S)):
        objective.need_numbers("the local spectrum of a loss with kinks")
    whole = original(objective)
    slope = sp.diff(objective.A + objective.B, v)
    if slope == 0 or bounded(lambda: sp.simplify(slope), slope) == 0:
        return _on_a_flat(objective, whole, score)
    symbols = sorted(objective.symbols, key=str)
    probes = [
        {symbol: _PROBES[(i + 2 * k) % len(_PROBES)] for i, symbol in enumerate(symbols)} for k in range(2)
    ]
    games = [_in_numbers(_with(objective, probe), None) for probe in probes]
    for root in _roots(slope):
        values = [root.subs(probe) for probe in probes]
        if all(vanishes(sp.simplify(x - game.score)) for x, game in zip(values, games, strict=True)):
            return _at(objective, whole, root)
    raise NoLocalSpectrumError(
        f"{objective.name}: no formula of v*(1) was found for all {', '.join(map(str, symbols))}; give "
        "numbers"
    )


def _roots(slope: sp.Expr) -> list[sp.Expr]:
    if bounded(lambda: sp.simplify(slope.subs(v, 0)), sp.nan) == 0:
        return [sp.S.Zero]
    return attempted(_SECONDS, lambda: list(sp.solve(slope, v))) or []


def _with(objective: Objective, values: dict[sp.Symbol, sp.Expr]) -> Objective:
    parameters = tuple(
        (name, value.subs(values) if isinstance(value, sp.Basic) else value)
        for name, value in objective.parameters
    )
    roles = {role: getattr(objective, role).subs(values) for role in ("A", "B", "R", "S", "link")}
    domain = tuple(end.subs(values) for end in objective.domain)
    return replace(objective, parameters=parameters, domain=domain, **roles)


def tidy(value: sp.Expr) -> sp.Expr:
    if value.is_Rational or value.is_Float:
        return value
    short = bounded(lambda: sp.powsimp(sp.simplify(value)), value)
    return min((value, short), key=sp.count_ops)


def _short(value: sp.Expr) -> str:
    text = str(value)
    return text if len(text) <= 30 else str(sp.N(value, 6))

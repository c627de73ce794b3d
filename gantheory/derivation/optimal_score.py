"""The optimal score v*(u) = argmax_v [u A(v) + B(v)], u = p_r/p_g, from the stationarity condition.

u A'(v) + B'(v) = 0 says u = rho(v) with rho = -B'/A'. The density ratio is thus always explicit in the
score; a closed form of v* is its inverse.
"""

from __future__ import annotations

import math
from dataclasses import replace

import sympy as sp

from gantheory.derivation.algebra import PowerProduct, tidy
from gantheory.derivation.game import KINKED, Game, coordinates, original
from gantheory.derivation.solution import OptimalScore, ratio, u
from gantheory.derivation.step_score import envelope, kinked, pieces
from gantheory.derivation.verification import is_optimum, verify
from gantheory.errors import NoPointwiseTheoryError
from gantheory.objectives.ipm import CRITICS
from gantheory.objectives.objective import Objective

_w = sp.Symbol("w", positive=True)


def optimal_score(objective: Objective) -> OptimalScore:
    """Derive v*(u).

    Raises:
        NoPointwiseTheoryError: the supremum is over a critic class, or is infinite at some u.
    """
    if objective.critic is not None:
        raise NoPointwiseTheoryError(
            f"{objective.name}: the optimum is over a critic class "
            f"({CRITICS.get(objective.critic, objective.critic)}), not over values at a point, so D*, f, h "
            "and saturation do not exist pointwise"
        )
    game = original(objective)
    if objective.A.has(*KINKED) or objective.B.has(*KINKED):
        return _on_one_piece(objective, game) or kinked(objective, game)
    solution = _smooth(game)
    if solution is None or (solution.closed is not None and _involved(solution.closed)):
        # Another coordinate may do, or do better: sinh(v) = z is simpler than its root in e^v.
        others = [s for s in map(_smooth, coordinates(objective)) if s is not None and s.closed is not None]
        solution = min([s for s in (solution, *others) if s is not None], key=_length, default=None)
    if solution is None:
        solution = OptimalScore(
            game, None, None, "numeric: no closed form of the inverse of -B'/A' was found"
        )
    verify(objective, solution)
    return solution


def _on_one_piece(objective: Objective, game: Game) -> OptimalScore | None:
    """A closed form between two kinks that is the maximum for all u, as the squared hinge loss has."""
    for piece in pieces(game):
        solution = _smooth(piece)
        if solution is None or solution.closed is None:
            continue
        try:
            verify(objective, replace(solution, game=game))
        except NoPointwiseTheoryError:
            continue
        return solution
    return None


def _involved(closed: sp.Expr) -> bool:
    """Whether a formula holds a root of a sum."""
    return any(power.base.is_Add and not power.exp.is_Integer for power in closed.atoms(sp.Pow))


def _length(solution: OptimalScore) -> int:
    return 0 if solution.closed is None else int(sp.count_ops(solution.closed))


def _smooth(game: Game) -> OptimalScore | None:
    dA, dB = sp.diff(game.A, game.y), sp.diff(game.B, game.y)
    product = ratio(dA, dB, game)
    if product is not None and not product.powers:
        # u A' + B' = A' (u - K): monotone in the score, so the optimum is an end of the domain.
        return envelope(
            game,
            [game.low, game.high],
            "limiting rule: u A' + B' has one sign, the optimum is an end of the domain",
        )
    candidates: list[sp.Expr] = []
    if product is not None:
        candidates = _inverted_powers(product)
    if not candidates:
        candidates = _roots(u * dA + dB, game.y)
    for candidate in candidates:
        if is_optimum(game, candidate):
            return OptimalScore(game, candidate, None, "closed form, from u A'(v) + B'(v) = 0")
    return None


def _inverted_powers(ratio: PowerProduct) -> list[sp.Expr]:
    """y with K w^a prod P_i(w)^(b_i) = u, w = e^y."""
    others = {base: k for base, k in ratio.powers.items() if base != _w}
    a = ratio.powers.get(_w, sp.S.Zero)
    if not others:
        return [(sp.log(u) - sp.expand_log(sp.log(ratio.coefficient), force=True)) / a]
    if not all(k.is_Rational for k in ratio.powers.values()):
        return []
    # One root of the whole equation makes the exponents integers, hence a polynomial equation.
    exponents = ratio.powers.values()
    common = sp.Rational(math.gcd(*(int(k.p) for k in exponents)), math.lcm(*(int(k.q) for k in exponents)))
    side = (u / ratio.coefficient) ** (1 / common)
    product = sp.Mul(*(base ** (k / common) for base, k in ratio.powers.items()))
    roots = _roots(product - side, _w)
    return [tidy(sp.log(root), u) for root in roots]


def _roots(equation: sp.Expr, symbol: sp.Symbol) -> list[sp.Expr]:
    """Roots of a rational equation whose numerator factors into degrees of at most two."""
    numerator = sp.fraction(sp.together(equation))[0]
    if not numerator.is_polynomial(symbol):
        return []
    if sp.degree(numerator, symbol) > 4:
        return []
    roots: list[sp.Expr] = []
    for factor, _ in sp.factor_list(numerator, symbol)[1] if numerator.has(symbol) else []:
        polynomial = sp.Poly(factor, symbol)
        if polynomial.degree() == 1:
            c1, c0 = polynomial.all_coeffs()
            roots.append(tidy(sp.together(-c0 / c1), u))
        elif polynomial.degree() == 2:
            c2, c1, c0 = polynomial.all_coeffs()
            root = sp.sqrt(sp.factor(c1**2 - 4 * c2 * c0))
            roots += [(-c1 + sign * root) / (2 * c2) for sign in (1, -1)]
    return roots

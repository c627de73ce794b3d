"""The optimal score v*(u) = argmax_v [u A(v) + B(v)], u = p_r/p_g, from the stationarity condition.

u A'(v) + B'(v) = 0 says u = rho(v) with rho = -B'/A'. The density ratio is thus always explicit in the
score; a
closed form of v* is its inverse.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import mpmath as mp
import sympy as sp

from gantheory.derivation.algebra import PowerProduct, in_exponential, power_product, tidy
from gantheory.derivation.game import KINKED, Game, coordinates, original, resolved
from gantheory.errors import NoPointwiseTheoryError
from gantheory.objectives.ipm import CRITICS
from gantheory.objectives.objective import Objective

u = sp.Symbol("u", positive=True)
"""The density ratio p_r/p_g."""

_w = sp.Symbol("w", positive=True)
_RATIOS = tuple(
    sp.Rational(*pair)
    for pair in ((1, 800), (1, 23), (2, 7), (8, 9), (1, 1), (7, 6), (5, 2), (19, 1), (611, 1))
)


@dataclass(frozen=True)
class Step:
    """The optimal score is the constant `level` for u in (start, end)."""

    start: sp.Expr
    end: sp.Expr
    level: sp.Expr


@dataclass(frozen=True)
class OptimalScore:
    """v*(u) in the coordinate of `game`.

    Exactly one of three: `closed` is y*(u); or `steps` holds the levels of a step function, in increasing
    u; or
    both are None and the numeric twin inverts u = rho(v).
    """

    game: Game
    closed: sp.Expr | None
    steps: tuple[Step, ...] | None
    method: str

    @property
    def score(self) -> sp.Expr | None:
        """v*(u) as a sympy expression, where there is one."""
        if self.steps is not None:
            return piecewise(self.steps, lambda level: level)
        if self.closed is None or self.game.score is None:
            return None
        return tidy(sp.expand_log(self.game.score.subs(self.game.y, self.closed), force=True), u)

    @property
    def numeric(self) -> bool:
        return self.closed is None and self.steps is None


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
        return _kinked(objective, game)
    solution = _smooth(game)
    if solution is None or (solution.closed is not None and _involved(solution.closed)):
        # Another coordinate may do, or do better: sinh(v) = z is simpler than its root in e^v.
        others = [s for s in map(_smooth, coordinates(objective)) if s is not None and s.closed is not None]
        solution = min([s for s in (solution, *others) if s is not None], key=_length, default=None)
    if solution is None:
        solution = OptimalScore(
            game, None, None, "numeric: no closed form of the inverse of -B'/A' was found"
        )
    _verify(objective, solution)
    return solution


def _involved(closed: sp.Expr) -> bool:
    """Whether a formula holds a root of a sum."""
    return any(power.base.is_Add and not power.exp.is_Integer for power in closed.atoms(sp.Pow))


def _length(solution: OptimalScore) -> int:
    return 0 if solution.closed is None else int(sp.count_ops(solution.closed))


def log_ratio(game: Game) -> sp.Expr:
    """lambda(y) = log(-B'(y)/A'(y)): log u as a function of the score at which it is optimal."""
    dA, dB = sp.diff(game.A, game.y), sp.diff(game.B, game.y)
    product = _ratio(dA, dB, game)
    if product is None:
        return sp.log(-dB / dA)
    expanded = sp.expand_log(sp.log(product.coefficient), force=True) + sp.Add(
        *(k * sp.log(base) for base, k in product.powers.items())
    )
    return expanded.subs(_w, sp.exp(game.y))


def piecewise(steps: tuple[Step, ...], value: object) -> sp.Expr:
    """The step function value(level) of u; at a switch the mean of both sides."""
    values = [value(step.level) for step in steps]  # type: ignore[operator]
    pieces: list[tuple[sp.Expr, object]] = []
    for step, here, after in zip(steps, values, [*values[1:], None], strict=True):
        if after is None:
            pieces.append((here, True))
            break
        middle = (here + after) / 2 if here.is_finite and after.is_finite else sp.S.Zero
        pieces += [(here, u < step.end), (middle, sp.Eq(u, step.end))]
    return sp.Piecewise(*pieces)


def _ratio(dA: sp.Expr, dB: sp.Expr, game: Game) -> PowerProduct | None:
    """-B'/A' as a product of powers of w = e^y, or None."""
    top = power_product(in_exponential(dB, game.y, _w), _w)
    bottom = power_product(in_exponential(dA, game.y, _w), _w)
    inverse = None if bottom is None else bottom.to_the(sp.S.NegativeOne)
    if top is None or inverse is None:
        return None
    product = top.times(inverse)
    return PowerProduct(-product.coefficient, product.powers)


def _smooth(game: Game) -> OptimalScore | None:
    dA, dB = sp.diff(game.A, game.y), sp.diff(game.B, game.y)
    ratio = _ratio(dA, dB, game)
    if ratio is not None and not ratio.powers:
        # u A' + B' = A' (u - K): monotone in the score, so the optimum is an end of the domain.
        return _steps(
            game,
            [game.low, game.high],
            "limiting rule: u A' + B' has one sign, the optimum is an end of the domain",
        )
    candidates: list[sp.Expr] = []
    if ratio is not None:
        candidates = _inverted_powers(ratio)
    if not candidates:
        candidates = _roots(u * dA + dB, game.y)
    for candidate in candidates:
        if _is_optimum(game, candidate):
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


def _is_optimum(game: Game, candidate: sp.Expr) -> bool:
    """Whether a candidate is real, inside the domain, stationary and a strict local maximum at several
    u."""
    first = sp.lambdify((u, game.y), u * sp.diff(game.A, game.y) + sp.diff(game.B, game.y), "mpmath")
    second = sp.lambdify((u, game.y), u * sp.diff(game.A, game.y, 2) + sp.diff(game.B, game.y, 2), "mpmath")
    scale = sp.lambdify((u, game.y), sp.Abs(u * sp.diff(game.A, game.y)), "mpmath")
    where = sp.lambdify(u, candidate, "mpmath")
    low, high = _mp(game.low), _mp(game.high)
    with mp.workdps(60):
        for ratio in _RATIOS:
            point = mp.mpf(ratio.p) / ratio.q
            try:
                at = where(point)
                if abs(mp.im(at)) > mp.mpf(10) ** -50:
                    return False
                at = mp.re(at)
                residual = abs(first(point, at))
                if not low < at < high or residual > mp.mpf(10) ** -30 * (
                    abs(scale(point, at)) + mp.mpf(10) ** -20
                ):
                    return False
                if mp.re(second(point, at)) >= 0:
                    return False
            except (ValueError, ZeroDivisionError, TypeError):
                return False
    return True


def _verify(objective: Objective, solution: OptimalScore) -> None:
    """Check against brute force that what was found is the global maximum, and that there is one."""
    game = solution.game
    if solution.steps is not None:
        return
    value = sp.lambdify((u, game.y), u * game.A + game.B, "mpmath")
    slope = sp.lambdify((u, game.y), u * sp.diff(game.A, game.y) + sp.diff(game.B, game.y), "mpmath")
    closed = None if solution.closed is None else sp.lambdify(u, solution.closed, "mpmath")
    grid = _grid(game.low, game.high)
    if closed is None and not _monotone(game):
        raise NoPointwiseTheoryError(
            f"{objective.name}: u A(v) + B(v) has several local maxima for some u, so that v* jumps between "
            "them; -B'(v)/A'(v) must be monotone where it is positive"
        )
    with mp.workdps(30):
        for ratio in _RATIOS[::2]:
            point = mp.mpf(ratio.p) / ratio.q
            if closed is not None:
                best = mp.re(value(point, mp.re(closed(point))))
                interior = max(mp.re(value(point, at)) for at in grid) <= best + mp.mpf(10) ** -20 * (
                    1 + abs(best)
                )
            else:
                interior = mp.re(slope(point, grid[0])) > 0 > mp.re(slope(point, grid[-1]))
            if not interior:
                raise _unbounded(objective, ratio)


def _monotone(game: Game) -> bool:
    """Whether u = -B'/A' rises, or falls, all along the scores where it is positive."""
    dA, dB = sp.diff(game.A, game.y), sp.diff(game.B, game.y)
    first = sp.lambdify(game.y, (dA, dB), "mpmath")
    second = sp.lambdify(game.y, (sp.diff(dA, game.y), sp.diff(dB, game.y)), "mpmath")
    signs = set()
    with mp.workdps(40):
        grid = _grid(game.low, game.high)
        for left, right in pairwise(grid):
            for k in range(4):
                at = left + (right - left) * k / 4
                a, b = first(at)
                if a != 0 and -b / a > 0:
                    da, db = second(at)
                    signs.add(int(mp.sign(b * da - db * a)))
    return not {1, -1} <= signs


def _grid(low: sp.Expr, high: sp.Expr) -> list[mp.mpf]:
    offsets = [mp.mpf(2) ** k for k in (*range(-6, 11), 16)]
    if low.is_finite and high.is_finite:
        a, b = _mp(low), _mp(high)
        return [a + (b - a) * k / 200 for k in range(1, 200)]
    if low.is_finite:
        return [_mp(low) + d for d in offsets]
    if high.is_finite:
        return [_mp(high) - d for d in reversed(offsets)]
    return [-d for d in reversed(offsets)] + [mp.mpf(0), *offsets]


def _mp(number: sp.Expr) -> mp.mpf:
    if number.is_infinite:
        return mp.inf if number > 0 else -mp.inf
    return mp.mpf(str(number.evalf(30)))


def _unbounded(objective: Objective, ratio: sp.Expr) -> NoPointwiseTheoryError:
    return NoPointwiseTheoryError(
        f"{objective.name}: u A(v) + B(v) has no unique interior maximum at u = {ratio}; the discriminator's "
        "objective must be bounded above and maximal at its stationary point, or restrict the domain"
    )


def _kinked(objective: Objective, game: Game) -> OptimalScore:
    """Piecewise functions: within a piece a constant ratio B'/A' puts the optimum at an end of the
    piece."""
    points = [game.low, *_kinks(game), game.high]
    levels = list(points)
    for left, right in pairwise(points):
        middle = _between(left, right)
        piece = replace(game, A=resolved(game.A, game.y, middle), B=resolved(game.B, game.y, middle))
        dA, dB = sp.diff(piece.A, game.y), sp.diff(piece.B, game.y)
        if dA == 0 or dB == 0:
            linear = True
        else:
            ratio = _ratio(dA, dB, piece)
            linear = ratio is not None and not ratio.powers
        if not linear:
            solution = OptimalScore(game, None, None, "numeric: pieces with interior optima")
            _verify(objective, solution)
            return solution
    return _steps(game, levels, "kinks: within each piece the optimum is at an end")


def _kinks(game: Game) -> list[sp.Expr]:
    found: set[sp.Expr] = set()
    for node in (game.A + sp.Dummy() * game.B).atoms(*KINKED):
        if isinstance(node, sp.Min | sp.Max):
            differences = [a - b for i, a in enumerate(node.args) for b in node.args[i + 1 :]]
        elif isinstance(node, sp.Piecewise):
            differences = [
                c.lhs - c.rhs for _, c in node.args if isinstance(c, sp.core.relational.Relational)
            ]
        else:
            differences = [node.args[0]]
        for difference in differences:
            found.update(root for root in sp.solve(difference, game.y) if root.is_real)
    return sorted((point for point in found if game.low < point < game.high), key=lambda p: float(p))


def _between(left: sp.Expr, right: sp.Expr) -> sp.Expr:
    if left.is_finite and right.is_finite:
        return (left + right) / 2
    if left.is_finite:
        return left + 1
    return right - 1 if right.is_finite else sp.S.Zero


def _steps(game: Game, levels: list[sp.Expr], method: str) -> OptimalScore:
    """Upper envelope over u of the lines u A(level) + B(level)."""
    lines = []
    for level in levels:
        slope, offset = game.at(game.A, level), game.at(game.B, level)
        if slope is sp.oo or offset is sp.oo:
            raise NoPointwiseTheoryError(
                f"u A(v) + B(v) grows without bound as v -> {level}: restrict the domain or name a critic"
            )
        if slope.is_finite and offset.is_finite:
            lines.append((slope, offset, level))
    steps: list[Step] = []
    start: sp.Expr = sp.S.Zero
    current = max(lines, key=lambda line: (float(line[1]), float(line[0])))
    while True:
        steeper = [line for line in lines if line[0] > current[0]]
        crossings = [((current[1] - line[1]) / (line[0] - current[0]), line) for line in steeper]
        if not crossings:
            steps.append(Step(start, sp.oo, current[2]))
            return OptimalScore(game, None, tuple(steps), method)
        end, following = min(crossings, key=lambda pair: (float(pair[0]), -float(pair[1][0])))
        end = sp.nsimplify(end) if end.is_Rational else sp.simplify(end)
        if end > start:
            steps.append(Step(start, end, current[2]))
        start, current = end, following

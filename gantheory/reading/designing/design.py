"""From a wanted divergence or saturation to the generator's loss: the inverse of `derive`.

At the optimum a score v stands for the density ratio u*(v) = -B'(v)/A'(v), whatever the generator does. Every
wish about the generator is one about s(u) = S(v*(u)) and r(u) = R(v*(u)), and S(v) = s(u*(v)):

    flow h:          s = h - u h'                                  (R = 0)
    equilibrium f:   r = f', s = f - u f'   or   R = 0, s = f + k (u - 1)
    saturation |s|:  s' = -|s|/u                                   (R = 0)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.induced.equilibrium import shortest
from gantheory.derivation.optimum.game import log_ratio
from gantheory.derivation.optimum.piece import Piece
from gantheory.derivation.theory import Theory, derive
from gantheory.errors import GantheoryError
from gantheory.objectives import Objective, from_spec, parse_expression
from gantheory.objectives.numerics import is_sigmoid
from gantheory.objectives.objective import v
from gantheory.reading.designing.integrals import elementary
from gantheory.support.deadline import TimeBoundError, within

WISHES = ("flow", "equilibrium", "saturation")
_D = sp.Symbol("D", positive=True)
_SECONDS = 20.0
_RATIOS = np.exp(np.linspace(-12, 12, 97))
_LOG_U = np.array([-4.1, -1.3, -0.4, 0.3, 0.9, 2.2, 3.7])


class NoDesignError(GantheoryError):
    """No generator's loss has what was wanted; the message says why."""


def design(
    *,
    discriminator: Objective | str = "vanilla",
    flow: str | sp.Expr | None = None,
    equilibrium: str | sp.Expr | None = None,
    saturation: str | sp.Expr | None = None,
    real_term: bool = True,
) -> Objective:
    """Find the generator's loss for a discriminator's loss and one wish.

    Args:
        discriminator: the objective whose A and B (and link) are kept, or text such as "lsgan(0, 1, 1)".
        flow: the h whose divergence E_g h(p_r/p_g) a generator's step descends, in u: "u*log(u)" for
            KL(P_r||P_g). Constants and multiples of u - 1 make no difference.
        equilibrium: the f that the generator's objective equals at the optimal discriminator, in u.
        saturation: |s|, the factor of the generator's gradient, in the reported D or in u: "1" for a
            gradient that neither vanishes nor explodes.
        real_term: with `equilibrium`: R = f'(u*) and S = f(u*) - u* f'(u*), for which the step descends f as
            well; False takes R = 0 and S = f(u*) - f'(inf) (u* - 1), without the last term where f'(inf) is
            infinite: the step then leads away from the data where f(u) rises.

    Raises:
        TypeError: a wish that is neither text nor a sympy expression.
        ExpressionError: text outside the whitelist, or another name than u (or D).
        ValueError: not exactly one wish.
        NoDesignError: the discriminator's score stands for no density ratio (hinge, critics), a flow or
            equilibrium that is not convex or whose slope jumps, a saturation that is negative, or no closed
            form.

    Example:
        >>> design(flow="u*log(u)", discriminator="vanilla").S
        -exp(v)

    Source: s = h - u h' is the flow divergence's definition (Theory.h) read backwards; for the equilibrium
    with R = 0 see Poole et al. 2016, Section 3.
    """
    wishes = {"flow": flow, "equilibrium": equilibrium, "saturation": saturation}
    given = [name for name, wish in wishes.items() if wish is not None]
    if len(given) != 1:
        raise ValueError(f"give one of {', '.join(WISHES)}, got {' and '.join(given) or 'none'}")
    [name] = given
    if isinstance(discriminator, str):
        discriminator = from_spec(discriminator)
    # Of the discriminator only A and B count; its own generator's kinks would split v* into pieces.
    theory = derive(replace(discriminator, R=sp.S.Zero, S=-v, outer=None))
    piece = _smooth(theory)
    wish = _read(wishes[name], name)
    r, s = sp.S.Zero, sp.S.Zero
    if name == "flow":
        _check_convex(wish, "flow")
        s = shortest(sp.expand(wish - u * sp.diff(wish, u)))
    elif name == "equilibrium":
        _check_convex(wish, "equilibrium")
        r, s = _for_equilibrium(wish, real_term)
    else:
        s = _for_saturation(wish, theory, piece)
    objective = Objective(
        name=f'design({name}="{wishes[name]}", discriminator="{discriminator.name}")',
        A=discriminator.A,
        B=discriminator.B,
        R=_in_score(r, piece),
        S=_in_score(s - _at_one(s), piece),
        link=discriminator.link,
        domain=(_finite_or_oo(piece.plain.low), _finite_or_oo(piece.plain.high)),
        source="designed",
    )
    _verify(objective, theory, s - _at_one(s))
    return objective


def _smooth(theory: Theory) -> Piece:
    """The piece of v* that holds for all u."""
    if theory.solution.one is None:
        raise NoDesignError(
            f"discriminator {theory.objective.name}: its optimal score jumps, so that a score stands for "
            "no density ratio, of which the generator's loss would be a function; take one that is smooth, "
            "such as vanilla"
        )
    return theory.solution.one


def _read(wish: Any, name: str) -> sp.Expr:
    """The wish as an expression in u, or in D too."""
    names = {"u": u} | ({"D": _D} if name == "saturation" else {})
    if isinstance(wish, (int, float)) and not isinstance(wish, bool) and name == "saturation":
        wish = sp.Rational(str(wish))
    if isinstance(wish, str):
        expr = parse_expression(wish, names, name)
    elif isinstance(wish, sp.Expr):
        expr = wish.subs({symbol: names[symbol.name] for symbol in wish.free_symbols if symbol.name in names})
    else:  # a number, which counts as an expression elsewhere
        raise TypeError(f"{name} must be text or a sympy expression in {' or '.join(names)}, got {wish!r}")
    unknown = expr.free_symbols - set(names.values())
    if unknown:
        raise ValueError(
            f"{name} may hold only {' and '.join(names)}, got {', '.join(sorted(map(str, unknown)))}"
        )
    return expr


def _check_convex(wish: sp.Expr, name: str) -> None:
    slope = sp.diff(wish, u)
    if slope.has(sp.sign, sp.Heaviside, sp.DiracDelta, sp.Derivative):
        raise NoDesignError(
            f"{name} {wish} has a slope that jumps, where the generator's loss would jump too, without a "
            "gradient"
        )
    curvature = sp.diff(slope, u)
    _check_real(wish, f"{name} {wish}")
    if curvature == 0:
        raise NoDesignError(f"{name} {wish} is linear in u, a divergence that is 0 for all P and Q")
    for ratio in _RATIOS:
        value = _value(curvature, ratio)
        if value.imag or not np.isfinite(value.real):
            raise NoDesignError(f"{name} {wish} is not smooth at u = {ratio:.4g}")
        if value.real < 0:
            raise NoDesignError(
                f"{name} {wish} is not convex: its second derivative at u = {ratio:.4g} is "
                f"{value.real:.4g}, so that samples would leave the data there"
            )


def _check_real(expr: sp.Expr, what: str) -> None:
    for ratio in _RATIOS:
        value = _value(expr, ratio)
        if np.isinf(value.real) and not value.imag:
            raise NoDesignError(f"{what} leaves the range of floats, 1e308, at u = {ratio:.4g}")
        if not np.isfinite(value) or abs(value.imag) > 1e-12 * abs(value):
            raise NoDesignError(f"{what} is not a real number at u = {ratio:.4g}")


def _value(expr: sp.Expr, ratio: float) -> complex:
    evaluable = expr.rewrite(sp.erfinv)  # sympy has no digits of erfcinv
    return complex(evaluable.evalf(20, subs={u: sp.Float(float(ratio), 30)}))


def _for_equilibrium(f: sp.Expr, real_term: bool) -> tuple[sp.Expr, sp.Expr]:
    """(r, s) with u r + s = f."""
    if real_term:
        r = sp.diff(f, u)
        return r, shortest(sp.expand(f - u * r))
    slope = sp.limit(sp.diff(f, u), u, sp.oo)
    return sp.S.Zero, f - slope * (u - 1) if slope.is_finite else f


def _for_saturation(size: sp.Expr, theory: Theory, piece: Piece) -> sp.Expr:
    """s(u) with u s' = -|s|; where D = sigmoid(v) and u = e^(k v), an integral over the odds D/(1 - D)."""
    k = sp.simplify(sp.diff(log_ratio(piece.plain), piece.plain.y))
    in_odds = size.has(_D) and is_sigmoid(theory.objective.link) and k.is_number
    in_u = _of_output(size, u / (1 + u) if in_odds else theory.discriminator, theory)
    _check_real(in_u, f"saturation {size}")
    for ratio in _RATIOS:
        value = _value(in_u, ratio).real
        if value < 0:
            raise NoDesignError(
                f"saturation must be a size, at least 0; at u = {ratio:.4g} it is {value:.4g}"
            )
    if in_u == 0:
        raise NoDesignError("saturation 0 leaves no gradient")
    try:
        s = within(_SECONDS, lambda: elementary(-in_u / u))
    except TimeBoundError:
        s = None
    if s is None:
        raise NoDesignError(f"saturation {size}: no elementary integral of it over log u was found")
    return k * s.subs(u, u ** (1 / k)) if in_odds else s


def _of_output(size: sp.Expr, output: sp.Expr | None, theory: Theory) -> sp.Expr:
    """A function of D as one of u."""
    if not size.has(_D):
        return size
    if output is None:
        raise NoDesignError(
            f"saturation in D needs D*(u) of {theory.objective.name} in closed form; give it in u"
        )
    return size.subs(1 - _D, sp.together(1 - output)).subs(_D, output)


def _at_one(s: sp.Expr) -> sp.Expr:
    value = s.subs(u, 1)
    return value if value.is_finite else sp.S.Zero


def _in_score(s: sp.Expr, piece: Piece) -> sp.Expr:
    """A function of u at u = u*(v)."""
    log_u = log_ratio(piece.plain).subs(piece.plain.y, v)
    ratio = sp.powsimp(sp.exp(log_u))
    return sp.powsimp(s.subs(sp.log(u), log_u).subs(u, ratio))


def _finite_or_oo(end: Any) -> sp.Expr:
    return sp.nsimplify(end) if isinstance(end, float) else end


def _verify(objective: Objective, theory: Theory, s: sp.Expr) -> None:
    """S at the optimal score is what was wanted, at a few ratios."""
    wanted = np.array([_value(s, np.exp(t)).real for t in _LOG_U])
    try:
        loss = objective.functions().S
    except ValueError as reason:
        raise NoDesignError(f"{objective.name}: no stable form in floating point ({reason})") from None
    with np.errstate(all="ignore"):
        found = np.asarray(loss(theory.score_at_log_ratio(_LOG_U)))
    if not np.allclose(found, wanted, rtol=1e-7, atol=1e-9):
        raise NoDesignError(
            f"{objective.name}: no formula in the score was found that holds for all density ratios"
        )

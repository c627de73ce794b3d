"""From the shapes of A, B, R and S to a member of the catalogue: propose those they suggest, then verify.

A member matches if the functions of the two players are its own up to one positive factor a player and
constants: the factor is read from derivatives in the middle, and verified by `evidence` at other scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array
from gantheory.objectives import (
    DIVERGENCES,
    Objective,
    alpha_gan,
    ebgan,
    fgan,
    hinge,
    hybrid_fgan,
    ipm,
    lkgan,
    lsgan,
    vanilla,
    wgan,
)
from gantheory.objectives.objective import v
from gantheory.reading.identification.forms import variants
from gantheory.reading.identification.forms.evidence import TOLERANCE, Evidence, derivative, of_form
from gantheory.reading.identification.forms.roles import Roles
from gantheory.reading.identification.forms.shape import Shape, number
from gantheory.reading.identification.forms.shapes import exponents

_AT = sp.Rational(1, 3)


@dataclass(frozen=True)
class Match:
    """A member of the catalogue and its factors; None for a player whose loss it is not."""

    objective: Objective
    factor_d: float | None
    factor_g: float | None

    @property
    def complete(self) -> bool:
        """Whether both players match."""
        return self.factor_d is not None and self.factor_g is not None


def match(roles: Roles, loss_at: Callable[[float], float]) -> Match | None:
    """The member that both players match, else the first whose discriminator does, else None.

    Of several that match, as the f-GAN of the squared Hellinger distance and alpha = 1/2 are one up to a
    constant, the first whose discriminator's loss has the code's value at a constant score.

    Args:
        roles: the code's four functions.
        loss_at: score -> d_loss of batches of this score.
    """
    grid = _grid(roles)
    terms = {role: _clean(roles, role) for role in "ABRS"}
    partial: Match | None = None
    complete: Match | None = None
    for objective in _candidates(roles):
        factor_d = _factor(terms, objective, "AB", grid)
        if factor_d is None:
            continue
        # Code leaves out E_r R, which does not move the generator.
        factor_g = _factor(terms, objective, "RS" if terms["R"].slope(grid).any() else "S", grid)
        found = Match(objective, factor_d, factor_g)
        if factor_g is None:
            partial = partial or found
            continue
        own = -factor_d * float((objective.A + objective.B).subs(v, _AT))
        if abs(loss_at(float(_AT)) - own) < TOLERANCE * max(1.0, abs(own)):
            return found
        complete = complete or found
    return complete or partial


def match_renyi(roles: Roles, objective: Objective) -> Match:
    """The Renyi objective, whose generator is found by other means, with its discriminator's factor."""
    grid = _grid(roles)
    terms = {role: _clean(roles, role) for role in "AB"}
    return Match(objective, _factor(terms, objective, "AB", grid), 1.0)


def _candidates(roles: Roles) -> Iterator[Objective]:
    a, b, s = (roles.shapes[role] for role in "ABS")
    yield from (vanilla(saturating=False), vanilla())
    if _linear(a) and _linear(b):
        yield ipm("bounded") if roles.inputs == "bounded" else wgan()
        if a.parameters["linear"] < 0 < b.parameters["linear"]:  # type: ignore[union-attr]
            balance = number(-b.parameters["linear"] / a.parameters["linear"])  # type: ignore[union-attr]
            if balance != 1:
                yield variants.began(balance)
    yield from _least_squares(a, b, s, bool(roles.shapes["R"] and roles.shapes["R"].kind != "zero"))
    yield from _margins(a, b)
    yield from _alphas(roles)
    yield from _smoothed(a, b, s)
    yield variants.boundary_seeking()
    for name in DIVERGENCES:
        yield from (fgan(name), fgan(name, saturating=False))
    for discriminator in ("gan", "kl", "pearson", "reverse_kl"):
        for generator in DIVERGENCES:
            yield hybrid_fgan(generator=generator, discriminator=discriminator)


def _least_squares(a: Shape | None, b: Shape | None, s: Shape | None, real_term: bool) -> Iterator[Objective]:
    fake, real = _label(b), _label(a)
    if fake is None or real is None or fake == real:
        return
    target = _label(s)
    if s is not None and s.kind == "distance":
        order, center = number(s.parameters["order"]), number(s.parameters["center"])
        yield lkgan(order, fake, real, center, real_term=real_term)
    yield lsgan(fake, real, real if target is None else target, real_term=real_term)


def _label(shape: Shape | None, term: str = "square") -> sp.Rational | None:
    """c of a square k (v - c)^2; with "softplus", t of a logistic loss k (t log D + (1 - t) log(1 - D))."""
    if shape is None or shape.kind != "sum" or not {term} <= set(shape.parameters) <= {term, "linear"}:
        return None
    return number(-shape.parameters.get("linear", 0.0) / shape.parameters[term])


def _margins(a: Shape | None, b: Shape | None) -> Iterator[Objective]:
    if b is None or b.kind != "piecewise":
        return
    if _linear(a):
        yield ebgan(number(b.parameters["knot 1"])) if b.parameters["knot 1"] > 0 else hinge()
    elif a is not None and a.kind == "piecewise":
        yield hinge()
        if a.parameters["knot 1"] > 0:
            yield variants.margin_hinge(number(a.parameters["knot 1"]))


def _alphas(roles: Roles) -> Iterator[Objective]:
    found = {role: exponents(_clean(roles, role).slope) for role in "AS"}
    on_real, on_fake = found["A"], found["S"]
    if on_real is None or abs(on_real[2] - 1) > TOLERANCE:
        return
    alpha_d = _alpha(on_real[1])
    if alpha_d is None:
        return
    if on_fake is not None:
        for exponent, other, saturating in ((1, 2, False), (2, 1, True)):
            alpha_g = _alpha(on_fake[exponent]) if abs(on_fake[other] - 1) < TOLERANCE else None
            if alpha_g is not None:
                yield alpha_gan(alpha_d, alpha_g, saturating=saturating)
    else:
        yield alpha_gan(alpha_d, saturating=False)


def _alpha(power: float) -> sp.Expr | None:
    """alpha of the exponent (alpha - 1)/alpha."""
    if abs(power - 1) < 1e-8:
        return sp.oo
    return number(1 / (1 - power)) if power < 1 else None


def _smoothed(a: Shape | None, b: Shape | None, s: Shape | None) -> Iterator[Objective]:
    real, fake, target = (_label(shape, "softplus") for shape in (a, b, s))
    if real is None or fake is None or real == fake:
        return
    if {real, fake} != {sp.S.Zero, sp.S.One}:
        yield from (variants.smoothed(real, fake, saturating) for saturating in (False, True))
    if target is not None and not (target == 0 or target == 1):
        yield variants.smoothed(real, fake, target=target)


def _linear(shape: Shape | None) -> bool:
    return shape is not None and shape.kind == "sum" and set(shape.parameters) == {"linear"}


def _clean(roles: Roles, role: str) -> Evidence:
    """The term without the epsilon of a logarithm."""
    shape, term = roles.shapes[role], roles.terms[role]
    return term if shape is None or shape.code is None else of_form(shape.expr, term.inputs, term.scale)


def _grid(roles: Roles) -> Array:
    grid = np.linspace(-2, 2, 60) + 0.0137
    knots = [
        value
        for shape in roles.shapes.values()
        if shape is not None and shape.kind == "piecewise"
        for name, value in shape.parameters.items()
        if name.startswith("knot")
    ]
    return np.concatenate([grid, *([knot - 0.5, knot + 0.5] for knot in knots)])


def _factor(terms: dict[str, Evidence], objective: Objective, roles: str, grid: Array) -> float | None:
    """k > 0 with which these terms are k times the objective's, or None."""
    with np.errstate(all="ignore"):
        own = np.concatenate(
            [np.broadcast_to(derivative(getattr(objective, role))(grid), grid.shape) for role in roles]
        )
    seen = np.concatenate([terms[role].slope(grid) for role in roles])
    if not np.isfinite(own).all() or not own.any():
        return None
    k = float(seen @ own / (own @ own))
    if not (k > 0 and np.abs(seen - k * own).max() <= TOLERANCE * np.abs(seen).max()):
        return None
    held = all(terms[role].holds(getattr(objective, role), k) for role in roles)
    return k if held else None

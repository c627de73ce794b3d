"""Each object that a claim speaks of is broken, and the claims about it no longer have their verdict on record."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sympy as sp
from mutants import plan_of, replaced, touched, verdict_of

from gantheory import objectives as go
from gantheory.claims import registry
from gantheory.objectives import relativistic as _  # noqa: F401  the constructor hides the module of its name
from gantheory.objectives.alpha import alpha_loss
from gantheory.objectives.fgan import DIVERGENCES
from gantheory.objectives.objective import Objective, v

MILLIONTH = sp.Rational(1, 10**6)
Breaking = Callable[[Any], Any]


def given(change: Callable[..., tuple[Any, ...]]) -> Breaking:
    """The constructor with its arguments changed."""
    return lambda constructor: lambda *args, **kwargs: constructor(*change(*args, **kwargs))


def made(change: Callable[[Objective], dict[str, Any]]) -> Breaking:
    """The constructor with some of the four functions changed."""

    def broken(constructor: Callable[..., Objective]) -> Callable[..., Objective]:
        def make(*args: Any, **kwargs: Any) -> Objective:
            objective = constructor(*args, **kwargs)
            return dataclasses.replace(objective, **change(objective))

        return make

    return broken


@dataclass(frozen=True)
class Mutant:
    name: str
    object: Any
    breaking: Breaking
    claims: str


def _row(**change: Callable[[sp.Expr], sp.Expr]) -> Breaking:
    return lambda row: dataclasses.replace(row, **{k: f(getattr(row, k)) for k, f in change.items()})


S_NEGATED = made(lambda o: {"S": -o.S})
R_DOUBLED = made(lambda o: {"R": 2 * o.R})
S_STEEPER = made(lambda o: {"S": o.S * (1 + MILLIONTH * v)})
A_DOUBLED = made(lambda o: {"A": 2 * o.A})
A_NEGATED = made(lambda o: {"A": -o.A})

MUTANTS = (
    Mutant("lsgan: labels swapped", go.lsgan, given(lambda a=0, b=1, c=1, real_term=False: (b, a, c, real_term)), ""),
    Mutant("lsgan: target off", go.lsgan, given(lambda a=0, b=1, c=1, real_term=False: (a, b, c + MILLIONTH, real_term)), ""),
    Mutant("lsgan: cubed", go.lsgan, made(lambda o: {"S": o.S * v}), ""),
    Mutant("lsgan: S negated", go.lsgan, S_NEGATED, ""),
    Mutant("alpha_gan: players exchanged", go.alpha_gan, given(lambda d, g=None, saturating=True: (d if g is None else g, d, saturating)), ""),
    Mutant("alpha_gan: S negated", go.alpha_gan, S_NEGATED, ""),
    Mutant("alpha_gan: the other generator", go.alpha_gan, given(lambda d, g=None, saturating=True: (d, g, not saturating)), ""),
    Mutant("alpha_gan: R doubled", go.alpha_gan, R_DOUBLED, ""),
    Mutant("alpha_loss: exponent", alpha_loss, given(lambda p, a: (p, a * (1 + MILLIONTH) if a != 1 else sp.Integer(2))), ""),
    Mutant("vanilla: the other generator", go.vanilla, given(lambda saturating=True: (not saturating,)), ""),
    Mutant("vanilla: A doubled", go.vanilla, A_DOUBLED, ""),
    Mutant("vanilla: S negated", go.vanilla, S_NEGATED, ""),
    Mutant("hinge: margin", go.hinge, made(lambda o: {"A": o.A.subs(v, v / 2)}), ""),
    Mutant("hinge: S negated", go.hinge, S_NEGATED, ""),
    Mutant("ebgan: margin", go.ebgan, given(lambda margin=1, real_term=False: (2 * margin, real_term)), ""),
    Mutant("ebgan: S negated", go.ebgan, S_NEGATED, ""),
    Mutant("wgan: A negated", go.wgan, A_NEGATED, ""),
    Mutant("ipm: A negated", go.ipm, A_NEGATED, ""),
    Mutant("renyi: order", go.renyi, given(lambda alpha: (alpha + MILLIONTH,)), ""),
    Mutant("lkgan: order", go.lkgan, made(lambda o: {"S": o.S**2, "R": o.R**2}), ""),
    Mutant("lkgan: R dropped", go.lkgan, made(lambda o: {"R": sp.S.Zero}), ""),
    Mutant("l_alpha: order", go.l_alpha, given(lambda alpha, saturating=True: (alpha + 1, saturating)), ""),
    Mutant("cpe: the other generator", go.cpe, S_NEGATED, ""),
    Mutant("hybrid_fgan: exchanged", go.hybrid_fgan, lambda make: lambda generator, discriminator: make(discriminator, generator), ""),
    Mutant("fgan: A doubled", go.fgan, A_DOUBLED, ""),
    Mutant("fgan: S negated", go.fgan, S_NEGATED, ""),
)

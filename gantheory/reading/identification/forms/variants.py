"""Objectives of public code that are no constructor of the catalogue: changes of its members."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from gantheory.objectives import Objective, vanilla
from gantheory.objectives.objective import cosigmoid, sigmoid, v


def smoothed(
    real_label: sp.Expr, fake_label: sp.Expr, saturating: bool = False, target: sp.Expr | None = None
) -> Objective:
    """The logistic game with soft labels t of real and s of fake data, and c that the generator aims at.

        A = t log D + (1 - t) log(1 - D),  B = s log D + (1 - s) log(1 - D);
        S = -c log D - (1 - c) log(1 - D) where c is given, R and S as in `vanilla` where not

    Source: Salimans et al., Improved techniques for training GANs (2016), Section 3.4.
    """
    base = vanilla(saturating=saturating)
    up, down = sp.log(sigmoid), sp.log(cosigmoid)
    labels: tuple[tuple[str, sp.Expr], ...] = (("real_label", real_label), ("fake_label", fake_label))
    spelled = f"{real_label} and {fake_label}"
    if target is not None:
        base = replace(base, S=-target * up - (1 - target) * down)
        labels, spelled = (*labels, ("target", target)), f"{real_label}, {fake_label}, {target}"
    return replace(
        base,
        name=f"{base.name} with labels {spelled}",
        A=real_label * up + (1 - real_label) * down,
        B=fake_label * up + (1 - fake_label) * down,
        source="Salimans et al. 2016, Section 3.4",
        parameters=(*base.parameters, *labels),
    )


def margin_hinge(margin: sp.Expr) -> Objective:
    """The hinge game with another margin: A = min(0, v - m), B = min(0, -v - m), R = v, S = -v."""
    return Objective(
        name=f"hinge with margin {margin}",
        A=sp.Min(0, v - margin),
        B=sp.Min(0, -v - margin),
        R=v,
        S=-v,
        source="Lim and Ye 2017",
        parameters=(("margin", margin),),
    )


def boundary_seeking() -> Objective:
    """A vanilla discriminator, and a generator that seeks its boundary: S = (log D - log(1 - D))^2/2 = v^2/2.

    Source: Hjelm et al., Boundary-seeking generative adversarial networks (2018), eq. (22) as public code
    has it.
    """
    return replace(
        vanilla(saturating=False),
        name="boundary-seeking",
        S=v**2 / 2,
        source="Hjelm et al. 2018",
        parameters=(),
    )


def began(balance: sp.Expr) -> Objective:
    """BEGAN at one value k of its balance: A = -v, B = k v, S = v; the score is an energy v >= 0.

    Source: Berthelot, Schumm, Metz, BEGAN (2017), Section 3.3.
    """
    return Objective(
        name=f"began with k = {balance}",
        A=-v,
        B=balance * v,
        R=sp.S.Zero,
        S=v,
        domain=(sp.S.Zero, sp.oo),
        source="Berthelot et al. 2017, Section 3.3",
        parameters=(("k", balance),),
    )


def rescored(objective: Objective, scale: sp.Rational) -> Objective:
    """The same game in the score v/scale: real data have low scores where it is -1; a temperature."""
    turn = {v: v / scale}
    low, high = sorted((scale * end for end in objective.domain), key=float)
    return replace(
        objective,
        name=f"{objective.name} in {v / scale}",
        A=objective.A.subs(turn),
        B=objective.B.subs(turn),
        R=objective.R.subs(turn),
        S=objective.S.subs(turn),
        link=objective.link.subs(turn),
        domain=(low, high),
    )

"""Hazimeh and Ponomareva (2023): ideal losses, and the learning-rate schedule that uses them."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Decided, Equal, Paper, Plan, by_algebra
from gantheory.claims.papers.zhao_2017 import margin_is_scale
from gantheory.claims.symbolic_game import alpha_game, least_squares_game
from gantheory.derivation.algebra.symbols import u
from gantheory.objectives.families.fgan import DIVERGENCES

PAPER = Paper(
    key="hazimeh-2023",
    cite="Hazimeh and Ponomareva, Mind the (optimality) gap: a gap-aware learning rate scheduler for "
    "adversarial nets, AISTATS 2023",
    arxiv="2302.00089",
)

alpha, m = sp.symbols("alpha m", positive=True)
a, b, x = sp.symbols("a b x", real=True)


@PAPER.claim(
    "id-vanilla",
    "equality",
    where="Table 1 (number not checked)",
    statement="ideal discriminator loss of the vanilla and the non-saturating GAN: log 4",
    latex=r"V^* = \log 4",
)
def vanilla() -> Plan:
    return [
        Equal(gt.derive(gt.objectives.vanilla(saturating=kept)).ideal_loss, sp.log(4))
        for kept in (True, False)
    ]


@PAPER.claim(
    "id-alpha",
    "equality",
    where="derived, as for Table 1",
    statement="ideal discriminator loss under alpha-loss: alpha/(alpha - 1) (2 - 2^(1/alpha)); 2 at 1/2 and 1 at "
    "infinity",
    latex=r"V^* = \frac{\alpha}{\alpha-1}\big(2 - 2^{1/\alpha}\big)",
    parameters=(alpha,),
    assumptions=(sp.Ne(alpha, 1),),
)
def alpha_loss(alpha: sp.Expr) -> Plan:
    game = alpha_game(alpha, alpha)
    value = -game.at_optimum(game.A + game.B).subs(u, 1)
    half, infinite = gt.objectives.alpha_gan(0.5, 0.5), gt.objectives.alpha_gan(sp.oo, sp.oo)
    return [
        Equal(value, alpha / (alpha - 1) * (2 - 2 ** (1 / alpha))),
        Equal(gt.derive(half).ideal_loss, 2),
        Equal(gt.derive(infinite).ideal_loss, 1),
    ]


@PAPER.claim(
    "id-ls",
    "equality",
    where="Table 1 (number not checked)",
    statement="ideal discriminator loss of LSGAN, written without the halves of Mao et al.: (b - a)^2/2, so 1/2 "
    "for 0-1 labels",
    latex=r"V^* = \tfrac12 (b - a)^2",
    parameters=(a, b),
    assumptions=(sp.Ne(a, b),),
)
def least_squares(a: sp.Expr, b: sp.Expr) -> Plan:
    """Twice the loss of `lsgan`, which carries the halves."""
    game = least_squares_game(a, b, b, False)
    return [
        Equal(-2 * game.at_optimum(game.A + game.B).subs(u, 1), (b - a) ** 2 / 2),
        Equal(2 * gt.derive(gt.objectives.lsgan(0, 1, 1)).ideal_loss, sp.Rational(1, 2)),
    ]


@PAPER.claim(
    "id-others",
    "equality",
    where="Table 1 (number not checked); EBGAN derived",
    statement="ideal discriminator loss: LSGAN (0-1, without halves) 1/2, hinge 2, WGAN 0, EBGAN m",
    latex=r"V^* = \tfrac12\ (\text{LSGAN}),\ 2\ (\text{hinge}),\ 0\ (\text{WGAN}),\ m\ (\text{EBGAN})",
    parameters=(m,),
)
def others(m: sp.Expr) -> Plan:
    """WGAN: A + B = 0 at every score, so V is 0 at P_g = P_r for every critic."""
    critic = gt.objectives.wgan()
    return [
        Equal(2 * gt.derive(gt.objectives.lsgan(0, 1, 1)).ideal_loss, sp.Rational(1, 2)),
        Equal(gt.derive(gt.objectives.hinge()).ideal_loss, 2),
        Equal(-(critic.A + critic.B), 0),
        Equal(m * gt.derive(gt.objectives.ebgan(1)).ideal_loss, m),
        *margin_is_scale(m),
    ]


@PAPER.claim(
    "id-fgan",
    "equality",
    where="derived, as for Table 1",
    statement="ideal discriminator loss of an f-GAN: -f(1), so log 4 for the GAN row and 0 for the others",
    latex=r"V^* = -f(1)",
)
def f_gan() -> Plan:
    return [
        Equal(gt.derive(gt.objectives.fgan(name)).ideal_loss, sp.log(4) if name == "gan" else 0)
        for name in DIVERGENCES
        if name != "jeffrey"
    ]


@PAPER.claim(
    "sch",
    "equality",
    where="adversarial_nets_lr_scheduler/demo.ipynb of google-research",
    statement="the learning-rate factor is 1 at the ideal loss V*, f_max = 2 from 1.1 V* up and h_min = 1/10 "
    "from 0.9 V* down, and increases with the loss; in between it is f_max^(gap/(V*/10)) and "
    "h_min^(gap/(V*/10))",
    latex=r"s = \min\big(f_{\max}^{x/x_{\max}}, f_{\max}\big) \text{ above } V^*,\quad "
    r"s = \max\big(h_{\min}^{x/x_{\min}}, h_{\min}\big) \text{ below},\quad x = |V - V^*|",
)
def schedule() -> Plan:
    """V* is the derived ideal loss. A factor whose logarithm is linear in the gap is exp(rate x); the rate that
    reaches the stated end at x = V*/10 is solved for, and the published formula compared with that."""
    width = gt.derive(gt.objectives.vanilla()).ideal_loss / 10
    gap = sp.Symbol("x", positive=True)
    rate = sp.Symbol("r", real=True)
    plan: list[Equal | Decided] = []
    for end, sign in ((sp.Integer(2), 1), (sp.Rational(1, 10), -1)):
        (found,) = sp.solve(rate * width - sp.log(end), rate)
        factor = sp.exp(found * gap)
        rising = bool((sign * found).is_positive)
        text = f"the factor is exp({found} x) towards {end}"
        plan += [
            Equal(sp.log(end) * gap / (sp.log(4) / 10), found * gap),
            Equal(factor.subs(gap, 0), 1),
            Equal(found * width, sp.log(end)),
            by_algebra(rising, text, "increases with the loss", text),
        ]
    return plan

"""Veiner, Alajaji, Gharesifard (2024): L_alpha-GANs and Jensen f-divergences."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp
from sympy.core.function import AppliedUndef

import gantheory as gt
from gantheory.claims import Equal, Paper, Plan, SameDivergence
from gantheory.claims.symbolic_game import SymbolicGame, alpha_game
from gantheory.derivation.algebra.symbols import u
from gantheory.objectives.objective import cosigmoid, sigmoid

PAPER = Paper(
    key="veiner-2024",
    cite="Veiner et al., A unifying generator loss function for generative adversarial networks, Entropy 2024",
    arxiv="2308.07233",
)

a_G = sp.Symbol("alpha_G", positive=True)


def jensen(f: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
    """Generating function of JF_f = (D_f(P||M) + D_f(Q||M))/2, M = (P + Q)/2: at u = p/q the mixture has
    density q (u + 1)/2."""
    return (u + 1) / 2 * (f(2 * u / (u + 1)) + f(2 / (u + 1))) / 2


@PAPER.claim(
    "jf-alpha",
    "equality",
    where="Theorem 1, alpha-loss (number not checked)",
    statement="(1, alpha_G) saturating: D_f = 2 JF_g with g(w) = 2^(1/alpha_G - 1) alpha_G/(alpha_G - 1) "
    "(w^(2 - 1/alpha_G) - w), and the same for the L_alpha-GAN",
    latex=r"D_f(P_r\|P_g) = 2\,\mathrm{JF}_g(P_r, P_g),\qquad "
    r"g(w) = 2^{1/\alpha_G - 1}\frac{\alpha_G}{\alpha_G - 1}\left(w^{2 - 1/\alpha_G} - w\right)",
    parameters=(a_G,),
    assumptions=(sp.Ne(a_G, 1),),
)
def alpha_loss_generator(alpha_G: sp.Expr) -> Plan:
    factor = 2 ** (1 / alpha_G - 1) * alpha_G / (alpha_G - 1)
    cubic = jensen(lambda w: 2 ** sp.Rational(-2, 3) * sp.Rational(3, 2) * (w ** sp.Rational(5, 3) - w))
    return [
        SameDivergence(
            alpha_game(sp.S.One, alpha_G).f, 2 * jensen(lambda w: factor * (w ** (2 - 1 / alpha_G) - w))
        ),
        SameDivergence(gt.derive(gt.objectives.l_alpha(3)).f, 2 * cubic),
    ]


@PAPER.claim(
    "jf-general",
    "equality",
    where="Theorem 1 (re-derived; number and signs not checked)",
    statement="vanilla discriminator, any symmetric generator loss l(1, D) = l(0, 1 - D) = L(D): "
    "V_G = 2 JF_g - 2 L(1/2) with g(w) = -w (L(w/2) - L(1/2))",
    latex=r"V_G = 2\,\mathrm{JF}_g(P_r, P_g) - 2L(\tfrac12),\qquad g(w) = -w\left(L(\tfrac w2) - L(\tfrac12)\right)",
)
def general() -> Plan:
    """With L an undefined function, whose values at D, 1 - D and 1/2 are free; and two losses through the
    objective itself. 2 L(1/2) is E_g[(u + 1) L(1/2)]."""
    unknown = sp.Function("L", real=True)
    vanilla = gt.objectives.vanilla()
    game = SymbolicGame(A=vanilla.A, B=vanilla.B, R=-unknown(sigmoid), S=-unknown(cosigmoid), score=sp.log(u))
    offset = (u + 1) * unknown(sp.S.Half)
    plans: list[Equal | SameDivergence] = [
        Equal(game.stationarity, 0),
        Equal(_free_values(game.value), _free_values(_claimed(unknown) - offset)),
    ]
    losses: tuple[Callable[[sp.Expr], sp.Expr], ...] = (lambda D: (1 - D) ** 2, lambda D: 1 / D - 1)
    for loss in losses:
        objective = gt.objectives.cpe(
            "-log(D)", "-log(1 - D)", loss(gt.objectives.D), loss(1 - gt.objectives.D)
        )
        induced = gt.derive(objective).equilibrium
        plans.append(SameDivergence(induced.expr, _claimed(loss)))
        plans.append(Equal(induced.offset, -2 * loss(sp.S.Half)))
    return plans


def _claimed(loss: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
    return 2 * jensen(lambda w: -w * (loss(w / 2) - loss(sp.S.Half)))


def _free_values(expr: sp.Expr) -> sp.Expr:
    """Each value L(z) as a symbol of its own, equal ones as the same."""
    return expr.replace(
        lambda node: isinstance(node, AppliedUndef),
        lambda node: sp.Symbol(f"{node.func}({sp.cancel(node.args[0])})", real=True),
    )


@PAPER.claim(
    "jf-ls",
    "equality",
    where="LSGAN as a special case (number not checked)",
    statement="LSGAN with labels 0, 1, target 1 and the real term: D_f = JF_g/2 = Delta/8 with g(w) = (w^2 - w)/2, "
    "Delta = int (p_r - p_g)^2/(p_r + p_g)",
    latex=r"\tfrac14\Delta = \mathrm{JF}_g,\quad g(w) = \frac{w^2 - w}2,\qquad D_f^{LSGAN} = \tfrac12\mathrm{JF}_g",
)
def least_squares() -> Plan:
    quadratic = jensen(lambda w: (w**2 - w) / 2)
    f = gt.derive(gt.objectives.lsgan(0, 1, 1, real_term=True)).f
    triangular = gt.derive(gt.objectives.alpha_gan(1, sp.oo)).f
    assert triangular is not None
    return [
        SameDivergence(f, quadratic / 2),
        SameDivergence(triangular / 2, (u - 1) ** 2 / (u + 1) / 4),
        SameDivergence(triangular / 2, quadratic),
    ]


@PAPER.claim(
    "sc-jsd-jf",
    "equality",
    where="vanilla GAN as a special case (number not checked)",
    statement="vanilla GAN: D_f = 2 JF_g with g(w) = w log w, and JF_g is the Jensen-Shannon divergence",
    latex=r"g(w) = w\log w:\quad \mathrm{JF}_g = \mathrm{JSD},\quad D_f = 2\,\mathrm{JF}_g",
)
def vanilla() -> Plan:
    return SameDivergence(gt.derive(gt.objectives.vanilla()).f, 2 * jensen(lambda w: w * sp.log(w)))

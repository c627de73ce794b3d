"""Kurri, Sypherd, Sankar (2021): alpha-GAN, its optimal discriminator and special cases."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
from numpy.typing import NDArray

import gantheory as gt
from gantheory.claims import Decided, Equal, Paper, Plan, SameDivergence, by_algebra
from gantheory.claims.symbolic_game import alpha_game
from gantheory.derivation.algebra.symbols import u
from gantheory.objectives.objective import cosigmoid, sigmoid, v

PAPER = Paper(
    key="kurri-2021",
    cite="Kurri et al., Realizing GANs via a tunable loss function, ITW 2021",
    arxiv="2106.05232",
)

a = sp.Symbol("alpha", positive=True)
a_D = sp.Symbol("alpha_D", positive=True)

REAL, FAKE = (0.4, 0.3, 0.2, 0.1), (0.25, 0.25, 0.3, 0.2)
"""Two pmfs on four cells, for training."""
TRAINED = (Fraction(3, 10), Fraction(1, 2), Fraction(1), Fraction(2), Fraction(5))


@PAPER.claim(
    "opt-alpha",
    "equality",
    where="Theorem 1; also Welfert et al., ISIT 2023, Theorem 1, eq. (6)",
    statement="D* = p_r^alpha_D/(p_r^alpha_D + p_g^alpha_D) is the only maximizer of "
    "E_r[-l_alpha_D(1, D)] + E_g[-l_alpha_D(0, D)], for every finite alpha_D",
    latex=r"D^* = \frac{p_r^{\alpha_D}}{p_r^{\alpha_D} + p_g^{\alpha_D}}",
    parameters=(a_D,),
)
def optimum(alpha_D: sp.Expr) -> Plan:
    """u A' + B' = A' (u - rho) with A' > 0 and rho = -B'/A'. If rho = (D/(1 - D))^(1/alpha_D), which rises
    with D from 0 to inf, the sign changes once, from + to -, where D/(1 - D) = u^alpha_D."""
    game = alpha_game(alpha_D, alpha_D)
    ratio = -sp.diff(game.B, v) / sp.diff(game.A, v)
    rising = sp.diff(sp.exp(v / alpha_D), v)
    slope = sigmoid ** (1 - 1 / alpha_D) * cosigmoid
    return [
        Equal(ratio, (sigmoid / cosigmoid) ** (1 / alpha_D)),
        Equal(sp.diff(game.A, v), slope),
        by_algebra(slope.is_positive and rising.is_positive, f"A' = {slope}, -B'/A' = exp(v/alpha_D)", "> 0"),
        Equal(game.stationarity, 0),
        Equal(game.discriminator, u**alpha_D / (u**alpha_D + 1)),
        *(
            Equal(gt.derive(gt.objectives.alpha_gan(x)).discriminator, u**x / (u**x + 1))
            for x in (sp.Rational(3, 10), sp.S.One, sp.Integer(2))
        ),
    ]


@PAPER.claim(
    "opt-alpha-train",
    "equality",
    where="Theorem 1",
    statement="gradient ascent in the scores of four cells reaches D* = p_r^alpha/(p_r^alpha + p_g^alpha), "
    "alpha = 0.3, 0.5, 1, 2, 5",
    latex=r"D^* = \frac{p_r^\alpha}{p_r^\alpha + p_g^\alpha},\quad \alpha \in \{0.3, 0.5, 1, 2, 5\}",
)
def trained() -> Plan:
    import numpy as np

    p, q = np.array(REAL), np.array(FAKE)
    return [reached(alpha, p ** float(alpha) / (p ** float(alpha) + q ** float(alpha))) for alpha in TRAINED]


def reached(alpha: Fraction, claimed: NDArray[np.float64]) -> Decided:
    """Whether training ends within 1e-9 of a discriminator."""
    found = ascent(alpha)
    gap = float(abs(found - claimed).max())
    text = f"alpha = {float(alpha):g}: D = ({', '.join(f'{x:.6f}' for x in found)})"
    shown = f"({', '.join(f'{x:.6f}' for x in claimed)})"
    detail = f"largest gap at alpha = {float(alpha):g}: {gap:.1e}"
    return Decided(gap < 1e-9, "training", text, shown, detail)


def ascent(alpha: Fraction, steps: int = 1500) -> NDArray[np.float64]:
    """D after gradient ascent on sum_i p_i A(v_i) + q_i B(v_i) from v = 0 with a fixed step per cell, the
    inverse of a bound of the curvature between the start and the optimum."""
    import numpy as np

    functions = gt.objectives.alpha_gan(alpha).functions()
    p, q = np.array(REAL), np.array(FAKE)
    v = np.zeros(len(p))
    reach = float(alpha) * np.abs(np.log(p / q)).max()
    scores = np.linspace(-reach, reach, 101)
    second_A = np.abs(functions.A.derivative.derivative(scores)).max()
    second_B = np.abs(functions.B.derivative.derivative(scores)).max()
    step = 1 / (p * second_A + q * second_B)
    for _ in range(steps):
        v = v + step * (p * functions.A.derivative(v) + q * functions.B.derivative(v))
    return np.asarray(functions.link(v))


@PAPER.claim(
    "opt-inf",
    "equality",
    where="Theorem 1 at alpha = inf; also Welfert et al., ISIT 2023, Theorem 1",
    statement="alpha_D = inf: D* = 1 where p_r > p_g, 0 where p_r < p_g, and any value where p_r = p_g",
    latex=r"D^* = \mathbf 1[p_r > p_g]",
)
def optimum_at_infinity() -> Plan:
    objective = gt.objectives.alpha_gan(sp.oo)
    found = gt.derive(objective).discriminator
    assert found is not None
    s = sp.Symbol("s", positive=True)
    return [
        Equal(found.subs(u, 1 + s), 1),
        Equal(found.subs(u, 1 / (1 + s)), 0),
        Equal(sp.diff(objective.A + objective.B, v), 0),
    ]


@PAPER.claim(
    "opt-zero",
    "limit",
    source="derived from Kurri et al., ITW 2021, Theorem 1",
    statement="alpha_D -> 0: D* -> 1/2 at every density ratio",
    latex=r"\lim_{\alpha_D \to 0} D^* = \tfrac12",
)
def optimum_at_zero() -> Plan:
    game = alpha_game(a_D, a_D)
    return [Equal(game.stationarity, 0), Equal(sp.limit(game.discriminator, a_D, 0, "+"), sp.S.Half)]


@PAPER.claim(
    "opt-logit",
    "equality",
    source="derived from Kurri et al., ITW 2021, Theorem 1",
    statement="the logit of D* is alpha_D log(p_r/p_g): alpha_D < 1 makes the discriminator less confident",
    latex=r"\log\frac{D^*}{1 - D^*} = \alpha_D\log\frac{p_r}{p_g}",
    parameters=(a_D,),
)
def logit(alpha_D: sp.Expr) -> Plan:
    """log(-B'/A') is log u as a function of the optimal score."""
    game = alpha_game(alpha_D, alpha_D)
    log_ratio = sp.log(-sp.diff(game.B, v) / sp.diff(game.A, v))
    return [
        Equal(alpha_D * log_ratio, v),
        Equal(sp.log(game.discriminator / (1 - game.discriminator)), alpha_D * sp.log(u)),
        Equal(gt.derive(gt.objectives.alpha_gan(sp.Rational(7, 10))).score, sp.Rational(7, 10) * sp.log(u)),
    ]


@PAPER.claim(
    "sc-hell",
    "equality",
    where="Theorem 2; also Welfert et al., ISIT 2023, introduction",
    statement="(1/2, 1/2): D_f = int (sqrt(p_r) - sqrt(p_g))^2, the squared Hellinger distance without 1/2",
    latex=r"(\tfrac12, \tfrac12):\quad D_f = \int\left(\sqrt{p_r} - \sqrt{p_g}\right)^2",
)
def hellinger() -> Plan:
    return SameDivergence(gt.derive(gt.objectives.alpha_gan(sp.S.Half)).f, (sp.sqrt(u) - 1) ** 2)


@PAPER.claim(
    "sc-js",
    "equality",
    source="Goodfellow et al., Generative adversarial nets, NeurIPS 2014: Theorem 1",
    statement="(1, 1): D_f = 2 JSD in nats, and V_G = 2 JSD - log 4",
    latex=r"(1, 1):\quad D_f = 2\,\mathrm{JSD},\qquad V_G = 2\,\mathrm{JSD} - \log 4",
)
def jensen_shannon() -> Plan:
    induced = gt.derive(gt.objectives.alpha_gan(1)).equilibrium
    twice = u * sp.log(u / ((u + 1) / 2)) + sp.log(1 / ((u + 1) / 2))
    return [SameDivergence(induced.expr, twice), Equal(induced.offset, -sp.log(4))]


@PAPER.claim(
    "sc-tv",
    "equality",
    where="Theorem 2; also Welfert et al., ISIT 2023, introduction",
    statement="(inf, inf): D_f = TV = 1/2 int |p_r - p_g|",
    latex=r"(\infty, \infty):\quad D_f = \tfrac12\int|p_r - p_g|",
)
def total_variation() -> Plan:
    return SameDivergence(gt.derive(gt.objectives.alpha_gan(sp.oo)).f, sp.Abs(u - 1) / 2)


@PAPER.claim(
    "sc-arimoto",
    "equality",
    where="Theorem 1, f_alpha; Liese and Vajda 2006",
    statement="alpha_D = alpha_G = alpha: D_f is the Arimoto divergence, "
    "f(u) = alpha/(alpha - 1) ((1 + u^alpha)^(1/alpha) - (1 + u) - 2^(1/alpha) + 2)",
    latex=r"f_\alpha(u) = \frac{\alpha}{\alpha - 1}\left((1 + u^\alpha)^{1/\alpha} - (1 + u) - 2^{1/\alpha} + 2\right)",
    parameters=(a,),
    assumptions=(sp.Ne(a, 1),),
)
def arimoto(alpha: sp.Expr) -> Plan:
    claimed = alpha / (alpha - 1) * ((1 + u**alpha) ** (1 / alpha) - (1 + u) - 2 ** (1 / alpha) + 2)
    return SameDivergence(alpha_game(alpha, alpha).f, claimed)

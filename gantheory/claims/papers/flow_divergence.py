"""Results of this package on the flow divergence D_h: what a generator step with D held fixed descends."""

from __future__ import annotations

import numpy as np
import sympy as sp

import gantheory as gt
from gantheory.claims import Decided, Equal, Paper, Plan, SameDivergence, by_algebra
from gantheory.claims.symbolic_game import alpha_game
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.verdicts.properties import second_derivative
from gantheory.objectives import BUILT_IN, Objective, from_spec
from gantheory.support.multiprecision import lambdify
from gantheory.support.multiprecision import mp as mpmath

PAPER = Paper(
    key="flow-divergence",
    cite="gantheory: the flow divergence of a generator step, derived in docs/notation.md",
)

alpha_D, alpha_G = sp.symbols("alpha_D alpha_G", positive=True)
_NOT_ONE = (sp.Ne(alpha_D, 1), sp.Ne(alpha_G, 1))


@PAPER.claim(
    "frozen-f",
    "equality",
    where="(alpha_D, alpha_G); generalizes Shannon et al. 2020",
    statement="the step with D* held fixed is the gradient of D_h, h'' = alpha_D D (1-D)^c/u^2 saturating and "
    "alpha_D (1-D) D^c/u^2 non-saturating, c = 1 - 1/alpha_G: positive for every pair of alphas",
    latex=r"h_S'' = \frac{\alpha_D D (1-D)^c}{u^2}, \quad h_{NS}'' = \frac{\alpha_D (1-D) D^c}{u^2}, \quad c = 1 - \frac{1}{\alpha_G}",
    parameters=(alpha_D, alpha_G),
    assumptions=_NOT_ONE,
)
def curvature(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    D, c = u**alpha_D / (1 + u**alpha_D), 1 - 1 / alpha_G
    one_minus_D = 1 / (1 + u**alpha_D)
    plans: list = []
    for saturating, claimed in ((True, D * one_minus_D**c), (False, one_minus_D * D**c)):
        found = alpha_game(alpha_D, alpha_G, saturating).flow_curvature
        plans.append(Equal(found, alpha_D * claimed / u**2))
        holds = True if claimed.is_positive else None
        plans.append(by_algebra(holds, "h'' is a product of positive factors", "h'' > 0"))
    return plans


@PAPER.claim(
    "frozen-neq",
    "iff",
    where="(alpha_D, alpha_G), envelope theorem",
    statement="saturating: h'' = f'' for all u iff alpha_D = alpha_G; else they differ at u = 1 already",
    latex=r"h_S'' = f_S'' \iff \alpha_D = \alpha_G",
    parameters=(alpha_D, alpha_G),
    assumptions=_NOT_ONE,
)
def equal_alphas(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    same, other = alpha_game(alpha_D, alpha_D), alpha_game(alpha_D, alpha_G)
    gap = (sp.diff(other.f, u, 2) - other.flow_curvature).subs(u, 1)
    return [
        Equal(sp.diff(same.f, u, 2), same.flow_curvature),
        # A positive factor times alpha_G - alpha_D.
        Equal(gap, alpha_D * 2 ** (1 / alpha_G - 2) / alpha_G * (alpha_G - alpha_D)),
    ]


@PAPER.claim(
    "frozen-u1",
    "iff",
    where="(alpha_D, alpha_G)",
    statement="h''(1) = alpha_D 2^(1/alpha_G - 2) for both; f''(1)/h''(1) = 2 - alpha_D/alpha_G saturating, which is 1 only "
    "if alpha_D = alpha_G, and 1 + alpha_D/(2 alpha_G) non-saturating, which is never 1",
    latex=r"\frac{f_S''(1)}{h_S''(1)} = 2 - \frac{\alpha_D}{\alpha_G}, \quad "
    r"\frac{f_{NS}''(1)}{h_{NS}''(1)} = 1 + \frac{\alpha_D}{2\alpha_G}",
    parameters=(alpha_D, alpha_G),
    assumptions=_NOT_ONE,
)
def curvature_at_one(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    plans = []
    ratios = {True: 2 - alpha_D / alpha_G, False: 1 + alpha_D / (2 * alpha_G)}
    for saturating, ratio in ratios.items():
        game = alpha_game(alpha_D, alpha_G, saturating)
        at_one = game.flow_curvature.subs(u, 1)
        plans.append(Equal(at_one, alpha_D * 2 ** (1 / alpha_G - 2)))
        plans.append(Equal(sp.diff(game.f, u, 2).subs(u, 1), ratio * at_one))
    return plans


@PAPER.claim(
    "flow-beta",
    "equality",
    where="closed form of h'",
    statement="h'(u) = int_{1/2}^{D*} x^(-1/alpha_D) (1-x)^(1/alpha_D - 1/alpha_G) dx saturating, "
    "int_{1/2}^{D*} x^(-1/alpha_D - 1/alpha_G) (1-x)^(1/alpha_D) dx non-saturating",
    latex=r"h_S' = \int_{1/2}^{D^*} x^{-1/\alpha_D}(1-x)^{1/\alpha_D - 1/\alpha_G}\,dx, \quad "
    r"h_{NS}' = \int_{1/2}^{D^*} x^{-1/\alpha_D - 1/\alpha_G}(1-x)^{1/\alpha_D}\,dx",
    parameters=(alpha_D, alpha_G),
    assumptions=_NOT_ONE,
)
def incomplete_beta(alpha_D: sp.Expr, alpha_G: sp.Expr) -> Plan:
    D, rest = u**alpha_D / (1 + u**alpha_D), 1 / (1 + u**alpha_D)
    # Both sides vanish at u = 1, so equal derivatives are equal functions.
    saturating = D ** (-1 / alpha_D) * rest ** (1 / alpha_D - 1 / alpha_G)
    other = D ** (-1 / alpha_D - 1 / alpha_G) * rest ** (1 / alpha_D)
    return [
        Equal(alpha_game(alpha_D, alpha_G, True).flow_curvature, saturating * sp.diff(D, u)),
        Equal(alpha_game(alpha_D, alpha_G, False).flow_curvature, other * sp.diff(D, u)),
    ]


@PAPER.claim(
    "flow-criterion",
    "iff",
    where="point 3",
    statement="f = h modulo u - 1 iff u r' + s' = C/u, where r(u) = R(v*), s(u) = S(v*): "
    "f'' - h'' = (u (u r' + s'))'/u for any r and s",
    latex=r"f'' - h'' = \frac{1}{u}\frac{d}{du}\left[u\,(u r' + s')\right]",
    about="mathematics",
)
def criterion() -> Plan:
    r, s = sp.Function("r")(u), sp.Function("s")(u)
    f, h2 = u * r + s, -sp.diff(s, u) / u
    gap = sp.diff(f, u, 2) - h2 - sp.diff(u * (u * sp.diff(r, u) + sp.diff(s, u)), u) / u
    zero = sp.expand(gap.doit()) == 0
    return by_algebra(zero, "f'' - h''", "(u (u r' + s'))'/u", "for arbitrary functions r and s")


@PAPER.claim(
    "flow-envelope",
    "equality",
    where="point 3, envelope theorem",
    statement="for every built-in objective that is zero-sum f and h give the same divergence",
    latex=r"R = A,\ S = B \;\Rightarrow\; D_f = D_h",
)
def envelope() -> Plan:
    plans = []
    for spec in BUILT_IN:
        objective = from_spec(spec)
        if not isinstance(objective, Objective) or not objective.zero_sum or objective.critic is not None:
            continue
        theory = gt.derive(objective)
        if theory.solution.closed is None:
            continue
        f2, h2 = (second_derivative(theory, kind) for kind in ("equilibrium", "flow"))
        if f2 is not None and h2 is not None:
            plans.append(Equal(f2, h2))
    return plans


@PAPER.claim(
    "flow-identity",
    "equality",
    where="point 3",
    statement="h = u h' + s(u) - s(1), so that D_h = E_r[h'(u)] + E_g[s(u)] - s(1)",
    latex=r"h = u h' + s(u) - s(1)",
)
def identity() -> Plan:
    objectives = gt.objectives
    chosen = (
        objectives.vanilla(),
        objectives.vanilla(saturating=False),
        objectives.lsgan(0, 1, 1),
        objectives.alpha_gan(1, 2),
        objectives.fgan("kl", saturating=False),
    )
    plans = []
    for objective in chosen:
        theory = gt.derive(objective)
        s = theory.solution.game.at(theory.solution.game.S, theory.solution.closed)
        plans.append(Equal(theory.h, u * sp.diff(theory.h, u) + s - s.subs(u, 1)))
    return plans


@PAPER.claim(
    "flow-jump",
    "equality",
    where="point 3, u dh' = -ds as a measure",
    statement="alpha_D = inf, saturating, alpha_G > 1: D_h = alpha_G/(alpha_G - 1) TV",
    latex=r"\alpha_D = \infty: \quad D_h = \frac{\alpha_G}{\alpha_G - 1}\,\mathrm{TV}",
    parameters=(alpha_G,),
    assumptions=(alpha_G > 1,),
    pointwise=True,
)
def infinite_alpha(alpha_G: sp.Expr) -> Plan:
    theory = gt.derive(gt.objectives.alpha_gan(sp.oo, alpha_G))
    return SameDivergence(theory.h, alpha_G / (alpha_G - 1) * sp.Abs(u - 1) / 2)


@PAPER.claim(
    "flow-margin",
    "equality",
    where="point 3",
    statement="the flow divergence of hinge is 2 TV, and that of EBGAN with margin m is m TV",
    latex=r"D_h^{\mathrm{hinge}} = 2\,\mathrm{TV}, \quad D_h^{\mathrm{EBGAN}} = m\,\mathrm{TV}",
)
def margins() -> Plan:
    tv = sp.Abs(u - 1) / 2
    return [
        SameDivergence(gt.derive(gt.objectives.hinge()).h, 2 * tv),
        SameDivergence(gt.derive(gt.objectives.ebgan(3)).h, 3 * tv),
        SameDivergence(gt.derive(gt.objectives.ebgan(sp.Rational(1, 2))).h, tv / 2),
    ]


@PAPER.claim(
    "flow-dissipation",
    "equality",
    where="point 3, the Wasserstein gradient flow of D_h",
    statement="along the density flow of the step, dD_h/dt = -E_g |grad S(v*)|^2 (vanilla non-saturating, N(0,1) and N(1,1))",
    latex=r"\frac{d D_h}{dt} = -\mathbb{E}_g\left|\nabla S(v^*)\right|^2",
)
def dissipation() -> Plan:
    """dD_h/dt = int (h - u h')(u) (q s_x)_x dx by the continuity equation; both integrals to 30 digits."""
    theory = gt.derive(gt.objectives.vanilla(saturating=False))
    x = sp.Symbol("x", real=True)
    q = sp.exp(-((x - 1) ** 2) / 2) / sp.sqrt(2 * sp.pi)
    ratio = sp.exp(sp.Rational(1, 2) - x)  # p/q of N(0, 1) against N(1, 1)
    game = theory.solution.game
    s = game.at(game.S, theory.solution.closed).subs(u, ratio)
    drop = (theory.h - u * sp.diff(theory.h, u)).subs(u, ratio)
    with mpmath.workdps(30):
        rate, energy = (
            mpmath.quad(lambdify(x, expr), [-12, -6, -3, 0, 1, 2, 5, 8, 14])
            for expr in (drop * sp.diff(q * sp.diff(s, x), x), q * sp.diff(s, x) ** 2)
        )
        gap = abs(rate + energy) / energy
    return Decided(
        bool(gap < mpmath.mpf(10) ** -18),
        "high precision",
        mpmath.nstr(rate, 17),
        mpmath.nstr(-energy, 17),
        "by quadrature, tails beyond 13 standard deviations left out",
        f"relative gap {mpmath.nstr(gap, 3)}",
    )


_TARGET = np.array([0.4, 0.3, 0.2, 0.1])


def _trained(objective: Objective) -> tuple[float, str]:
    """Where the flow of a softmax generator on 4 cells ends, D* solved anew at every time: max |q - p|, which
    is 0.3 at the start, and in words.

    dw_i/dt = -q_i (S_i - sum_j q_j S_j), the gradient of E_g[S(v*)] in the logits w with v* held fixed.
    """
    from scipy.integrate import solve_ivp

    theory, S = gt.derive(objective), objective.functions().S

    def slope(_: float, w: np.ndarray) -> np.ndarray:
        q = np.exp(w - w.max())
        q /= q.sum()
        values = S(theory.score_at(_TARGET, q))
        return -q * (values - q @ values)

    # Beyond odds of e^30 a generator has left; without a stop its logits grow for ever.
    def gone(_: float, w: np.ndarray) -> float:
        return 30.0 - float(w.max() - w.min())

    gone.terminal = True  # type: ignore[attr-defined]
    run = solve_ivp(
        slope, (0.0, 1e6), np.log(_TARGET[::-1]), method="LSODA", rtol=1e-10, atol=1e-12, events=gone
    )
    q = np.exp(run.y[:, -1] - run.y[:, -1].max())
    q /= q.sum()
    return float(np.abs(q - _TARGET).max()), f"{objective.name} ends at q = {np.round(q, 4).tolist()}"


def _trains_to_target(objective: Objective) -> Decided:
    gap, text = _trained(objective)
    shown = f"{objective.name}: max |q - p| = {gap:.1e} at the end"
    how = "float64 gradient flow of the logits on 4 cells"
    return Decided(gap < 1e-6, "training", shown, "below 1e-6", how, text)


def _leaves_target(objective: Objective) -> Decided:
    gap, text = _trained(objective)
    return Decided(gap > 0.3, "training", text, "farther from P_r than at the start", text)


@PAPER.claim(
    "frozen-train",
    "limit",
    where="consequence of frozen-f",
    statement="training with exact D* held fixed in the gradient reaches P_r also outside the published regions: "
    "saturating (2, 0.9), (0.5, 0.3), (2, 50), non-saturating (4, 4), (6, 6), and LSGAN (0, 1, 1)",
    latex=r"q_t \to p_r",
)
def trains_outside_the_regions() -> Plan:
    alpha, half, tenth = gt.objectives.alpha_gan, sp.Rational(1, 2), sp.Rational(1, 10)
    return [
        _trains_to_target(alpha(2, 9 * tenth)),
        _trains_to_target(alpha(half, 3 * tenth)),
        _trains_to_target(alpha(2, 50)),
        _trains_to_target(alpha(4, 4, saturating=False)),
        _trains_to_target(alpha(6, 6, saturating=False)),
        _trains_to_target(gt.objectives.lsgan(0, 1, 1)),
    ]


@PAPER.claim(
    "frozen-train-bad",
    "limit",
    where="codings of the repository's README and of ISIT 2023, App. E-A",
    statement="the same training with LSGAN labels (a, b, c) = (0, 1, 0) or (1, 0, 1) leaves P_r: all mass goes to one cell",
    latex=r"q_t \not\to p_r",
)
def bad_codings() -> Plan:
    return [_leaves_target(gt.objectives.lsgan(0, 1, 0)), _leaves_target(gt.objectives.lsgan(1, 0, 1))]


@PAPER.claim(
    "frozen-train-pearson",
    "limit",
    where="practice of Mao et al. (no real term), coding (-1, 1, 0)",
    statement="the same training with (-1, 1, 0) without real term leaves P_r: an under-generated cell is dropped, as h'' = "
    "2 (1 - u)/(u (1 + u)^3) is negative for u > 1",
    latex=r"q_t \not\to p_r, \quad h'' = \frac{2(1-u)}{u(1+u)^3}",
)
def pearson_coding() -> Plan:
    objective = gt.objectives.lsgan(-1, 1, 0)
    curvature = sp.diff(gt.derive(objective).h, u, 2)
    return [Equal(curvature, 2 * (1 - u) / (u * (1 + u) ** 3)), _leaves_target(objective)]


@PAPER.claim(
    "flow-hybrid",
    "equality",
    where="point 3",
    statement="a generator that minimizes E_g[f_G(u)]: h changes with f_G by more than k (u - 1); f_G + k (u - 1) in place "
    "of f_G gives h - k (u log u - u + 1)",
    latex=r"f_G \to f_G + k(u-1): \quad h \to h - k\,(u \log u - u + 1)",
)
def representative() -> Plan:
    """The vanilla discriminator reports the ratio e^v; f_G is u log u, then u log u + 2 (u - 1)."""
    first, second = (
        gt.derive(
            gt.objectives.parse(real="-softplus(-v)", fake="-softplus(v)", generator=text, link="sigmoid(v)")
        ).h
        for text in ("v*exp(v)", "v*exp(v) + 2*(exp(v) - 1)")
    )
    return Equal(second, first - 2 * (u * sp.log(u) - u + 1))

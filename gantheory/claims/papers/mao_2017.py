"""Mao et al. (2017): least squares GAN, its Pearson reading, and what holds for other labels.

Labels as in the paper: a for fake, b for real, c the generator's target. The objectives carry the paper's
halves, so its 2 C(G) is twice the generator's value.
"""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Decided, Equal, Paper, Plan, SameDivergence, by_algebra
from gantheory.claims.comparisons.finding import PremiseError
from gantheory.claims.comparisons.known import known
from gantheory.claims.symbolic_game import least_squares_game
from gantheory.derivation import Theory
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.algebra.zero import proves_zero
from gantheory.objectives.objective import v

PAPER = Paper(
    key="mao-2017",
    cite="Mao et al., Least squares generative adversarial networks, ICCV 2017",
    arxiv="1611.04076",
)

a, b, c = sp.symbols("a b c", real=True)
TRIANGULAR = (u - 1) ** 2 / (u + 1)
"""Generates Delta = int (p_r - p_g)^2/(p_r + p_g)."""


def derived(a: int, b: int, c: int, real_term: bool = False) -> Theory:
    """The theory of LSGAN with labels a (fake), b (real) and the target c, whose D* is that of eq. (5)."""
    theory = gt.derive(gt.objectives.lsgan(a, b, c, real_term))
    optimum = (b * u + a) / (u + 1)
    if sp.cancel(known(theory.discriminator) - optimum) != 0:
        raise PremiseError(f"D* of {theory.objective} is {theory.discriminator}, not {optimum}")
    return theory


@PAPER.claim(
    "opt-ls",
    "equality",
    where="eq. (5)",
    statement="the optimal discriminator is D* = (b p_r + a p_g)/(p_r + p_g)",
    latex=r"D^* = \frac{b\,p_r + a\,p_g}{p_r + p_g}",
    parameters=(a, b),
    assumptions=(sp.Ne(a, b),),
)
def optimum(a: sp.Expr, b: sp.Expr) -> Plan:
    """The only root of the stationarity condition, with a negative second derivative."""
    game = least_squares_game(a, b, b, False)
    roots = sp.solve(sp.diff(u * game.A + game.B, v), v)
    text = f"roots {roots}, second derivative {game.second_order}"
    maximum = len(roots) == 1 and bool(game.second_order.is_negative)
    return [
        Equal(roots[0], (b * u + a) / (u + 1)),
        by_algebra(maximum, text, "the only maximum", text),
        Equal(derived(0, 1, 1).discriminator, u / (u + 1)),
    ]


@PAPER.claim(
    "ls-value",
    "equality",
    where="eqs. (6) and (7)",
    statement="with the real term, 2 C(G) = int ((b - c) p_r + (a - c) p_g)^2/(p_r + p_g)",
    latex=r"2C(G) = \int \frac{\big((b-c)\,p_r + (a-c)\,p_g\big)^2}{p_r + p_g}\,dx",
    parameters=(a, b, c),
    assumptions=(sp.Ne(a, b),),
)
def value(a: sp.Expr, b: sp.Expr, c: sp.Expr) -> Plan:
    """Both integrands per unit of p_g."""
    game = least_squares_game(a, b, c, True)
    return Equal(2 * game.value, ((b - c) * u + (a - c)) ** 2 / (u + 1))


@PAPER.claim(
    "ls-pearson",
    "equality",
    where="eqs. (8) and (9)",
    statement="b - c = 1 and b - a = 2 give 2 C(G) = int (2 p_g - (p_r + p_g))^2/(p_r + p_g)",
    latex=r"b-c=1,\ b-a=2 \implies 2C(G) = \int \frac{\big(2p_g - (p_r+p_g)\big)^2}{p_r+p_g}\,dx",
    parameters=(c,),
)
def pearson(c: sp.Expr) -> Plan:
    game = least_squares_game(c - 1, c + 1, c, True)
    return Equal(2 * game.value, (2 - (u + 1)) ** 2 / (u + 1))


def multiple_of_pearson(a: int, b: int, c: int) -> sp.Expr | None:
    """k where 2 C(G) at these labels is k times its form at b - c = 1, b - a = 2, up to a constant."""
    reference = 2 * known(derived(-1, 1, 0, real_term=True).f)
    quotient = sp.cancel(2 * known(derived(a, b, c, real_term=True).f) / reference)
    return None if quotient.has(u) else quotient


@PAPER.claim(
    "ls-iff",
    "iff",
    where="Section 3.2, the condition of eq. (8) read as necessary",
    statement="minimizing C(G) (with the real term) minimizes that Pearson divergence only if b - c = 1 and "
    "b - a = 2",
    latex=r"\arg\min C(G) = \arg\min \chi^2 \iff b-c=1,\ b-a=2",
    expected="fails",
    correction="every a != b with any c gives 2 C(G) = (b - a)^2/4 Delta + (a + b - 2c)^2/2: the same "
    "divergence up to scale and offset",
)
def condition() -> Plan:
    """0-1 labels break the condition."""
    scale = multiple_of_pearson(0, 1, 1)
    text = f"(a, b, c) = (0, 1, 1) has b - c = 0, b - a = 1, and 2 C(G) = {scale} Delta + const"
    return by_algebra(scale is None, text, "another divergence", text, text)


@PAPER.claim(
    "ls-iff-corrected",
    "equality",
    where="eq. (7), for all labels",
    statement="with the real term, 2 C(G) = (b - a)^2/4 Delta + (a + b - 2c)^2/2 for all a != b and c, with "
    "Delta = int (p_r - p_g)^2/(p_r + p_g)",
    latex=r"2C(G) = \frac{(b-a)^2}{4}\,\Delta + \frac{(a+b-2c)^2}{2},\quad "
    r"\Delta = \int \frac{(p_r-p_g)^2}{p_r+p_g}\,dx",
    parameters=(a, b, c),
    assumptions=(sp.Ne(a, b),),
)
def any_labels(a: sp.Expr, b: sp.Expr, c: sp.Expr) -> Plan:
    game = least_squares_game(a, b, c, True)
    return SameDivergence(2 * game.value, (b - a) ** 2 / 4 * TRIANGULAR + (a + b - 2 * c) ** 2 / 2)


@PAPER.claim(
    "ls-iff-num",
    "iff",
    where="eq. (7), for all labels",
    statement="2 C(G) = Delta exactly if and only if (b - a, b - c) is (2, 1) or (-2, -1): (-1, 1, 0), (1, -1, 0) "
    "and (3, 1, 2) do, (0, 1, 1) does not",
    latex=r"2C(G) = \Delta \iff (b-a,\,b-c) = \pm(2, 1)",
)
def exact_equality() -> Plan:
    """2 C(G) = k Delta + K: the labels with k = 1 and K = 0 are solved for, and the examples derived."""
    game = least_squares_game(a, b, c, True)
    k = sp.cancel(2 * sp.diff(game.f, u, 2) / sp.diff(TRIANGULAR, u, 2))
    found = sp.solve([k - 1, 2 * game.offset], [a, c], dict=True)
    pairs = {(sp.expand(b - s[a]), sp.expand(b - s[c])) for s in found}
    both = {(sp.Integer(2), sp.Integer(1)), (sp.Integer(-2), sp.Integer(-1))}
    text = f"(b - a, b - c) in {sorted(pairs)}"
    plan: list[Decided | Equal | SameDivergence] = [by_algebra(pairs == both, text, f"{sorted(both)}", text)]
    for labels in ((-1, 1, 0), (1, -1, 0), (3, 1, 2)):
        theory = derived(*labels, real_term=True)
        plan += [
            SameDivergence(2 * known(theory.f), TRIANGULAR),
            Equal(2 * known(theory.equilibrium.offset), 0),
        ]
    other = derived(0, 1, 1, real_term=True)
    differs = not proves_zero(known(other.f) - TRIANGULAR / 2) and other.equilibrium.offset != 0
    text = f"(0, 1, 1): 2 C(G) - Delta has the value {2 * known(other.equilibrium.offset)} at P_g = P_r"
    return [*plan, by_algebra(differs, text, "not Delta", text)]


@PAPER.claim(
    "ls-convex-r",
    "equality",
    where="derived from eq. (7)",
    statement="with the real term, f'' = 2 (a - b)^2/(1 + u)^3 for 2 C(G): strictly convex for all labels",
    latex=r"f''(u) = \frac{2(a-b)^2}{(1+u)^3}",
    parameters=(a, b, c),
    assumptions=(sp.Ne(a, b),),
)
def curvature(a: sp.Expr, b: sp.Expr, c: sp.Expr) -> Plan:
    game = least_squares_game(a, b, c, True)
    return Equal(2 * sp.diff(game.f, u, 2), 2 * (a - b) ** 2 / (1 + u) ** 3)


@PAPER.claim(
    "ls-011-r",
    "equality",
    where="eq. (10), 0-1 labels, with the real term",
    statement="(a, b, c) = (0, 1, 1) with the real term: 2 C(G) = Delta/4 + 1/2",
    latex=r"(0,1,1):\quad 2C(G) = \tfrac14\Delta + \tfrac12",
)
def zero_one_with_real_term() -> Plan:
    theory = derived(0, 1, 1, real_term=True)
    return [
        SameDivergence(2 * known(theory.f), TRIANGULAR / 4),
        Equal(2 * known(theory.equilibrium.offset), sp.Rational(1, 2)),
    ]


@PAPER.claim(
    "ls-name",
    "erratum",
    where="eq. (9), with the definition of Pearson's divergence as int (p - q)^2/q",
    statement="2 C(G) of ls-pearson is Pearson's chi^2(P_r + P_g || 2 P_g) = int (p - q)^2/q with p = p_r + p_g "
    "and q = 2 p_g",
    latex=r"2C(G) = \chi^2_{\mathrm{Pearson}}(p_r + p_g \,\|\, 2p_g),\quad "
    r"\chi^2_{\mathrm{Pearson}}(p\|q) = \int \frac{(p-q)^2}{q}\,dx",
    expected="fails",
    correction="its denominator is p = p_r + p_g: in the standard naming it is Neyman's divergence of these "
    "two, that is the triangular discrimination of P_r and P_g. The name follows the table of "
    "Nowozin et al., where Pearson and Neyman are swapped",
)
def name() -> Plan:
    theory = derived(-1, 1, 0, real_term=True)
    return SameDivergence(2 * known(theory.f), (u + 1 - 2) ** 2 / 2)


@PAPER.claim(
    "ls-name-corrected",
    "equality",
    where="eq. (9), corrected",
    statement="2 C(G) of ls-pearson is Neyman's divergence int (p - q)^2/p of p = p_r + p_g and q = 2 p_g",
    latex=r"2C(G) = \int \frac{(p-q)^2}{p}\,dx,\quad p = p_r + p_g,\ q = 2p_g",
)
def name_corrected() -> Plan:
    """Neyman's f of the package at the ratio p/q = (u + 1)/2, per unit of q = 2 p_g."""
    neyman = known(gt.derive(gt.objectives.fgan("neyman")).f)
    theory = derived(-1, 1, 0, real_term=True)
    return [
        SameDivergence(2 * known(theory.f), (u + 1 - 2) ** 2 / (u + 1)),
        SameDivergence(2 * neyman.subs(u, (u + 1) / 2), (u + 1 - 2) ** 2 / (u + 1)),
    ]

"""Miyato et al. (2018): spectral normalization, and what its hinge loss minimizes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import gantheory as gt
from gantheory.claims import Decided, Equal, Paper, Plan, SameDivergence
from gantheory.claims.comparisons.finding import Method
from gantheory.derivation.algebra.symbols import u
from gantheory.objectives import Objective
from gantheory.objectives.objective import v

PAPER = Paper(
    key="miyato-2018",
    cite="Miyato et al., Spectral normalization for generative adversarial networks, ICLR 2018",
    arxiv="1802.05957",
)

ROWS, COLUMNS = 3, 2


def top_singular_value(W: sp.Matrix, E: sp.Matrix, t: sp.Symbol) -> sp.Expr:
    """sigma(W + t E) to first order in t for diagonal W, whose first entry is its largest singular value.

    sigma^2 is a root of det(W^T W - l) = 0; its slope follows from the implicit function theorem.
    """
    root = sp.Dummy("l")
    moved = W.T * W + t * (W.T * E + E.T * W) - root * sp.eye(W.shape[1])
    polynomial = moved.det(method="berkowitz")
    start = {root: W[0, 0] ** 2, t: 0}
    slope = -sp.diff(polynomial, t).subs(start) / sp.diff(polynomial, root).subs(start)
    return sp.sqrt(W[0, 0] ** 2 + t * sp.cancel(slope))


@PAPER.claim(
    "sn-grad",
    "equality",
    where="eqs. (9) to (12)",
    statement="the gradient through spectral normalization is dV/dW = (E[delta h^T] - lambda u_1 v_1^T)/sigma(W), "
    "lambda = E[delta^T W_SN h], for a simple largest singular value",
    latex=r"\frac{\partial V}{\partial W} = \frac{1}{\sigma(W)}\big(\widehat{\operatorname{E}}[\delta h^\top] - "
    r"\lambda u_1 v_1^\top\big),\quad \lambda = \widehat{\operatorname{E}}[\delta^\top \bar W_{SN} h]",
    about="mathematics",
)
def gradient() -> Plan:
    """A 3 x 2 layer in its singular coordinates, where u_1 v_1^T has a single entry (an orthogonal change of
    inputs and outputs), followed by a linear readout: V = A(score of a real x) + B(score of a fake y) of the
    vanilla objective, in an arbitrary direction E."""
    objective = gt.objectives.vanilla()
    t = sp.Symbol("t", real=True)
    W = sp.diag(*sp.symbols(f"s1:{COLUMNS + 1}", positive=True)).col_join(sp.zeros(ROWS - COLUMNS, COLUMNS))
    E = sp.Matrix(ROWS, COLUMNS, sp.symbols(f"e1:{ROWS * COLUMNS + 1}", real=True))
    readout = sp.Matrix(sp.symbols(f"a1:{ROWS + 1}", real=True))
    x, y = (sp.Matrix(sp.symbols(f"{name}1:{COLUMNS + 1}", real=True)) for name in "xy")
    sigma = top_singular_value(W, E, t)

    def score(h: sp.Matrix) -> sp.Expr:
        return (readout.T * (W + t * E) * h)[0] / sigma

    moved = objective.A.subs(v, score(x)) + objective.B.subs(v, score(y))
    computed = sp.diff(moved, t).subs(t, 0)
    top, normalized = W[0, 0], W / W[0, 0]
    slopes = [
        (sp.diff(role, v).subs(v, (readout.T * normalized * h)[0]), h)
        for role, h in ((objective.A, x), (objective.B, y))
    ]
    mean: sp.Matrix = sum((s * readout * h.T for s, h in slopes), sp.zeros(ROWS, COLUMNS))
    weight = sum(s * (readout.T * normalized * h)[0] for s, h in slopes)
    leading = sp.zeros(ROWS, COLUMNS)
    leading[0, 0] = 1
    formula = (mean - weight * leading) / top
    return Equal(computed, sum(entry * e for entry, e in zip(formula, E, strict=True)))


P = (Fraction(50, 100), Fraction(49, 100), Fraction(1, 100))
RARE = (Fraction(45, 100), Fraction(49, 100), Fraction(6, 100))
COMMON = (Fraction(44, 100), Fraction(55, 100), Fraction(1, 100))
"""P_r and two P_g: one a twentieth too heavy on a rare cell, the other a little further off on common ones."""


def _certified(objective: Objective, Q: tuple[Fraction, ...]) -> Any:
    """The equilibrium divergence of `Q` from `P` with proved bounds `low` and `high`."""
    return gt.derive(objective).divergence(P, Q, certified=True)


@PAPER.claim(
    "sn-hinge-reverse-kl",
    "erratum",
    where="Section 4, remark on eqs. (16) and (17) (location not checked)",
    statement="optimizing the hinge objectives is equivalent to minimizing the reverse KL divergence "
    "KL(P_g || P_r): of two generators the same one is preferred",
    latex=r"\text{hinge} \sim \mathrm{KL}(p_g \| p_r)",
    expected="fails",
    correction="at the optimal discriminator E_r D - E_g D is 2 TV(P_r, P_g), and the step with D* held fixed "
    "descends 2 TV too; only the minimizer P_g = P_r is shared with the reverse KL divergence",
)
def reverse_kl() -> Plan:
    hinge, kl = (
        [_certified(objective, Q) for Q in (RARE, COMMON)]
        for objective in (gt.objectives.hinge(), gt.objectives.fgan("reverse_kl"))
    )
    text = (
        f"P_r = (.50, .49, .01), P_g = (.45, .49, .06) or (.44, .55, .01): hinge {hinge[0].value:.4g} and "
        f"{hinge[1].value:.4g}, reverse KL {kl[0].value:.4g} and {kl[1].value:.4g}"
    )
    opposite = hinge[0].high < hinge[1].low and kl[0].low > kl[1].high
    exported = tuple(result.certificate for result in (*hinge, *kl) if result.certificate is not None)
    method: Method = "symbolic" if len(exported) == 4 else "ball arithmetic"
    return Decided(False if opposite else None, method, text, "the same order", text, text, exported)


@PAPER.claim(
    "sn-hinge-corrected",
    "equality",
    where="eqs. (16) and (17), corrected",
    statement="the hinge objectives minimize 2 TV(P_r, P_g), through the value with the real term and through "
    "the step with D* held fixed",
    latex=r"D_f = D_h = 2\,\mathrm{TV}(P_r, P_g)",
)
def hinge_divergence() -> Plan:
    theory = gt.derive(gt.objectives.hinge(real_term=False))
    return [
        SameDivergence(gt.derive(gt.objectives.hinge()).f, sp.Abs(u - 1)),
        SameDivergence(theory.h, sp.Abs(u - 1)),
    ]

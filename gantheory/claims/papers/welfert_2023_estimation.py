"""Welfert et al. (ISIT 2023): constants of the estimation-error bounds, Theorems 3 and 4."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

import gantheory as gt
from gantheory.claims import Decided, Equal, Limit, OnPmfs, Plan, by_algebra
from gantheory.claims.comparisons.finding import PremiseError
from gantheory.claims.papers.welfert_2023_divergences import PAPER
from gantheory.objectives.families.alpha import alpha_loss
from gantheory.objectives.objective import cosigmoid, sigmoid, v

a, h, s = sp.symbols("alpha h s", positive=True)
t = sp.Symbol("t", real=True)
ABOVE = 1 + s
"""An alpha > 1."""


def slope_size(alpha: sp.Expr) -> sp.Expr:
    """|d l_alpha(1, sigmoid(v))/dv|."""
    return -sp.diff(alpha_loss(sigmoid, alpha), v)


def printed(h: sp.Expr, alpha: sp.Expr, above_one: bool) -> sp.Expr:
    """C_h(alpha) of eq. (21)."""
    c = (alpha - 1) / alpha
    if above_one:
        return ((alpha - 1) / (2 * alpha - 1)) ** c * alpha / (2 * alpha - 1)
    return sigmoid.subs(v, h) * sigmoid.subs(v, -h) ** c


def as_computed() -> None:
    """Premise of the claims about C_h: `gantheory.bounds` computes what is printed, to 13 digits."""
    for height, alpha in ((1, "1/2"), (2, "9/10"), ("1/2", "11/10"), (3, 4), (5, 20)):
        H, order = sp.Rational(height), sp.Rational(alpha)
        constant = float(sp.N(printed(H, order, above_one=bool(order > 1)), 30))
        found = gt.bounds.loss_lipschitz(float(H), float(order))
        if abs(found - constant) > 1e-13 * constant:
            raise PremiseError(f"bounds.loss_lipschitz({H}, {order}) is {found}, eq. (21) has {constant}")


def rises_then_falls() -> list[Equal | Decided]:
    """log |slope| has the derivative c (1 - e^t)/(1 + c e^t) at v = log c + t for alpha > 1, and
    c sigmoid(-v) - sigmoid(v) < 0 for alpha <= 1, where c <= 0."""
    c = s / ABOVE
    relative = sp.diff(slope_size(ABOVE), v) / slope_size(ABOVE)
    below = sp.diff(slope_size(a), v) / slope_size(a)
    nonpositive = -sp.Symbol("n", nonnegative=True)
    decreasing = nonpositive * cosigmoid - sigmoid
    return [
        Equal(relative.subs(v, sp.log(c) + t), c * (1 - sp.exp(t)) / (1 + c * sp.exp(t))),
        Equal(below, (a - 1) / a * cosigmoid - sigmoid, (sp.Ne(a, 1),)),
        by_algebra(decreasing.is_negative, f"{decreasing} with -n = 1 - 1/alpha <= 0", "< 0"),
    ]


@PAPER.claim(
    "est-lip",
    "inequality",
    where="Theorem 3, eq. (21)",
    statement="C_h(alpha) bounds sigmoid(v)^(1 - 1/alpha) sigmoid(-v), the slope of alpha-loss in the score, on "
    "|v| <= h",
    latex=r"C_h(\alpha) \ge \sup_{|v| \le h}\sigma(v)^{1 - 1/\alpha}\sigma(-v),\quad C_h(\alpha) = \begin{cases}"
    r"\sigma(h)\sigma(-h)^{(\alpha - 1)/\alpha} & \alpha \le 1 \\ \left(\frac{\alpha - 1}{2\alpha - 1}\right)"
    r"^{(\alpha - 1)/\alpha}\frac{\alpha}{2\alpha - 1} & \alpha > 1\end{cases}",
)
def lipschitz() -> Plan:
    """The slope is largest at v = -h for alpha <= 1 and, over all v, at v = log c for alpha > 1."""
    as_computed()
    return [
        Equal(slope_size(ABOVE).subs(v, sp.log(s / ABOVE)), printed(h, ABOVE, above_one=True)),
        Equal(slope_size(a).subs(v, -h), printed(h, a, above_one=False), (sp.Ne(a, 1),)),
        Equal(slope_size(sp.S.One).subs(v, -h), sigmoid.subs(v, h)),
        *rises_then_falls(),
    ]


@PAPER.claim(
    "est-inf",
    "limit",
    where="after Theorem 3",
    statement="C_h(inf) = 1/4",
    latex=r"C_h(\infty) = \tfrac14",
)
def lipschitz_at_infinity() -> Plan:
    as_computed()
    quarter = sp.Rational(1, 4)
    size = slope_size(sp.oo)
    return [
        Equal(size.subs(v, 0), quarter),
        Equal(quarter - size, ((sigmoid - cosigmoid) / 2) ** 2),
        Equal(sp.limit(printed(h, a, above_one=True), a, sp.oo), quarter),
    ]


@PAPER.claim(
    "est-tight",
    "iff",
    source="derived from Welfert et al., ISIT 2023, eq. (21)",
    statement="C_h(alpha) is the exact Lipschitz constant on |v| <= h for alpha <= 1, and for alpha > 1 iff "
    "h >= log(alpha/(alpha - 1))",
    latex=r"C_h(\alpha) = \max_{|v| \le h}\left|\tfrac{d}{dv}\ell_\alpha(1, \sigma(v))\right| \iff \alpha \le 1"
    r"\text{ or } h \ge \log\frac{\alpha}{\alpha - 1}",
)
def exact() -> Plan:
    """For alpha > 1 the only maximum over all v is at log c = -log(alpha/(alpha - 1)): attained within
    [-h, h] or not at all."""
    as_computed()
    peak = -sp.log(ABOVE / s)
    return [
        Equal(sp.diff(slope_size(ABOVE), v).subs(v, peak), 0),
        Equal(slope_size(ABOVE).subs(v, peak), printed(h, ABOVE, above_one=True)),
        Equal(slope_size(a).subs(v, -h), printed(h, a, above_one=False), (sp.Ne(a, 1),)),
        *rises_then_falls(),
    ]


@PAPER.claim(
    "est-jump",
    "erratum",
    where="Theorem 3, eq. (21) at alpha = 1",
    statement="C_h(alpha) is continuous at alpha = 1, at h = 1",
    latex=r"\lim_{\alpha \to 1^+} C_1(\alpha) = C_1(1) = \sigma(1)",
    expected="fails",
    correction="C_h(1) = sigmoid(h), but C_h(alpha) -> 1 as alpha falls to 1: valid and loose; the exact constant "
    "is continuous.",
)
def jump() -> Plan:
    as_computed()
    return Limit(printed(sp.S.One, a, above_one=True), a, 1, sigmoid.subs(v, 1))


@PAPER.claim(
    "est-exact-continuous",
    "limit",
    source="derived from Welfert et al., ISIT 2023, eq. (21)",
    statement="the exact Lipschitz constant on |v| <= h tends to sigmoid(h) as alpha falls to 1",
    latex=r"\lim_{\alpha \to 1}\max_{|v| \le h}\left|\tfrac{d}{dv}\ell_\alpha(1, \sigma(v))\right| = \sigma(h)",
)
def exact_continuous() -> Plan:
    """Near alpha = 1 the peak lies below -h, so the constant is the slope at v = -h, continuous in alpha."""
    at_end = sp.powsimp(slope_size(a).subs(v, -h))
    return [
        Limit(sp.log(ABOVE / s), s, 0, sp.oo),
        Equal(
            slope_size(a).subs(v, -h), sigmoid.subs(v, h) * sigmoid.subs(v, -h) ** (1 - 1 / a), (sp.Ne(a, 1),)
        ),
        Equal(sp.limit(at_end, a, 1), sigmoid.subs(v, h)),
    ]


@PAPER.claim(
    "est-gol",
    "inequality",
    where="Theorem 3, eq. (20), sqrt(3 k) and sqrt(3 (k + l - 1))",
    statement="sqrt(2 log 2 (k - 1)) + 1 <= sqrt(3 k) for every k >= 1: the factor of Golowich et al. for k - 1 "
    "peeled layers; with k peeled layers it fails for k = 1, 2, 3",
    latex=r"\sqrt{2\log 2\,(k - 1)} + 1 \le \sqrt{3k},\quad k \ge 1",
    about="mathematics",
)
def peeling() -> Plan:
    """With k = 1 + y^2, 3 k minus the square of the left side is a quadratic in y without real zeros."""
    y = sp.Symbol("y", nonnegative=True)
    root = sp.sqrt(2 * sp.log(2))
    gap = sp.expand(3 * (1 + y**2) - (root * y + 1) ** 2)
    leading, discriminant = sp.Poly(gap, y).LC(), sp.discriminant(gap, y)
    fails = [k for k in range(1, 9) if bool(sp.sqrt(2 * sp.log(2) * k) + 1 > sp.sqrt(3 * k))]
    positive = bool(leading > 0) and bool(discriminant < 0)
    return [
        by_algebra(positive, gap, "> 0", f"discriminant {sp.simplify(discriminant)} < 0"),
        by_algebra(fails == [1, 2, 3], fails, "k = 1, 2, 3", f"k peeled layers: fails for k in {fails}"),
    ]


@PAPER.claim(
    "est-const",
    "inequality",
    where="Theorem 3, eq. (20) from eq. (34)",
    statement="the factor 4 and the probability 1 - 2 delta of eq. (20) follow from eq. (34)",
    latex=r"2\sup|\cdot| + 2\sup|\cdot| \text{ with } \sup \le 2 C_Q \mathcal R + 2 C_Q Q\sqrt{\log(1/\delta)/(2n)}",
    expected="undecided",
    correction="The arithmetic agrees: two suprema, each twice and each at most twice its two terms, give 4, and two "
    "events of probability delta give 1 - 2 delta; the symmetrization of absolute values is not machine-checked.",
    about="mathematics",
)
def constants() -> Plan:
    return Decided(
        None, "none", detail="a step of the proof about expectations of suprema; nothing to evaluate"
    )


@PAPER.claim(
    "est-low",
    "inequality",
    where="Theorem 4, eq. (22); re-derived with Tsybakov 2009, Theorem 2.5",
    statement="with hypotheses Bernoulli(1/2), Bernoulli(1/2 +- e), e = log 2/(10 sqrt(n)), the probability that the "
    "error exceeds (log 2/20)/sqrt(n) times the range of D is at least 0.387 > 0.24",
    latex=r"\frac{\sqrt M}{1 + \sqrt M}\left(1 - 2\beta - \sqrt{\frac{2\beta}{\log M}}\right) > 0.24,\quad M = 2,\ "
    r"\beta\log M = 4 n e^2,\ e = \frac{\log 2}{10\sqrt n}",
    about="mathematics",
)
def lower() -> Plan:
    """KL <= chi^2 = 4 e^2 since x - 1 - log x falls to 0 at x = 1 and rises beyond, so n KL <= beta log M;
    and the hypotheses are 2 (log 2/20)/sqrt(n) apart."""
    e, n, x = sp.symbols("e n x", positive=True)
    half = sp.S.Half
    chi_squared = sum(p * (p / half - 1) for p in (half + e, half - e))
    separation = sp.log(2) / (10 * sp.sqrt(n))
    M = 2
    beta = sp.simplify(4 * n * separation**2 / sp.log(M))
    root = sp.sqrt(M)
    probability = root / (1 + root) * (1 - 2 * beta - sp.sqrt(2 * beta / sp.log(M)))
    above = bool(probability > sp.Rational(387, 1000))
    return [
        Equal(sp.diff(x - 1 - sp.log(x), x), (x - 1) / x),
        Equal((x - 1 - sp.log(x)).subs(x, 1), 0),
        Equal(chi_squared, 4 * e**2),
        by_algebra(above, f"{sp.simplify(probability)} = {sp.N(probability, 6)}", "> 0.387"),
        Equal(sp.sqrt(n) * separation / 2, sp.log(2) / 20),
    ]


@PAPER.claim(
    "est-semi",
    "inequality",
    where="Appendix D, Claims 1-4",
    statement="d_inf(P, Q) = sup_D (E_P D - E_Q D) over a class with D and 1 - D (here one of eight discriminators) is "
    "nonnegative, symmetric, 0 at P = Q and satisfies the triangle inequality; D = sigmoid(0) = 1/2 gives 0",
    latex=r"d_\infty(P, Q) \ge 0,\quad d_\infty(P, Q) = d_\infty(Q, P),\quad d_\infty(P, P) = 0,\quad "
    r"d_\infty(P, Q) \le d_\infty(P, R) + d_\infty(R, Q)",
    about="mathematics",
)
def semi_metric() -> Plan:
    """The symmetry of the class is sigmoid(-v) = 1 - sigmoid(v), by the sign of the last layer. The rest is
    confirmed on exact pmfs with a class of four discriminators and their complements."""
    return [
        Equal(sigmoid.subs(v, -v), 1 - sigmoid),
        Equal(sigmoid.subs(v, 0), sp.S.Half),
        OnPmfs(class_distance, lambda P, Q: Fraction(0), ">="),
        OnPmfs(class_distance, lambda P, Q: class_distance(Q, P)),
        OnPmfs(lambda P, Q: class_distance(P, P), lambda P, Q: Fraction(0)),
        OnPmfs(class_distance, lambda P, Q: class_distance(P, P[::-1]) + class_distance(P[::-1], Q), "<="),
    ]


def class_distance(P: Sequence[Any], Q: Sequence[Any]) -> Any:
    """sup of E_P D - E_Q D over D_k = (1 + j k mod 7)/8 at cell j, k = 1..4, and 1 - D_k."""
    values = []
    for k in range(1, 5):
        D = [Fraction(1 + (j * k) % 7, 8) for j in range(len(P))]
        difference = sum(d * (p - q) for d, p, q in zip(D, P, Q, strict=True))
        values += [difference, -difference]
    return max(values)

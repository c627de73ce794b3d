"""Welfert et al. (ISIT 2023): where Theorems 1 and 2 say that f is convex, and where their conclusion holds.

A statement about a whole region rests on two things: the region's theorem (`gantheory.derivation.regions.theorems`:
signs that computer algebra derives for symbolic alphas), and the verdict on the f that `gantheory.derive` finds at
pairs inside, a general sign proof that knows nothing of alphas.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import sympy as sp

import gantheory as gt
from gantheory.claims import Comparison, Decided, Equal, Plan, SameDivergence, by_algebra
from gantheory.claims.comparisons.finding import Method
from gantheory.claims.comparisons.verdicts import proved
from gantheory.claims.papers.welfert_2023_divergences import PAPER
from gantheory.claims.symbolic_game import alpha_game
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.regions.alphas import CONVEX, NONE, STRICT, UNIQUE, ZERO, alpha_region, published
from gantheory.derivation.regions.theorems import closed_region, region_theorems
from gantheory.derivation.theory import Theory
from gantheory.lowering.balls.enclosure import enclosure
from gantheory.objectives.objective import v
from gantheory.objectives.parsing import parse_expression
from gantheory.support.multiprecision import flint_bits

alpha_D, alpha_G = sp.symbols("alpha_D alpha_G", positive=True)
Pair = tuple[Fraction, Fraction]


def _theory(alpha_D: object, alpha_G: object, saturating: bool = True) -> Theory:
    return gt.derive(gt.objectives.alpha_gan(alpha_D, alpha_G, saturating=saturating))


_GRID = tuple(Fraction(a) for a in ("1/5", "1/3", "1/2", "1", "3/2", "2", "5/2", "3", "4"))


def _region(name: str, label: str, saturating: bool = True, pairs: Iterable[Pair] = ()) -> Decided:
    """That a whole region has a label, by its theorem; with certificates at `pairs`, or at a grid's in it."""
    theorem = next(t for t in region_theorems(saturating) if t.name == name)
    grid = [(a, b) for a in _GRID for b in _GRID if theorem.contains(a, b)]
    probes = [alpha_region(a, b, saturating) for a, b in list(pairs) or grid]
    holds = theorem.check() and theorem.label == label and all(one.label == label for one in probes)
    text = f"{theorem.condition}: {theorem.label}"
    exported = tuple(one.exported for one in probes if one.exported is not None)
    return by_algebra(holds, text, label, theorem.conclusion, text, exported)


def _inside(name: str, saturating: bool, pairs: Iterable[tuple[str, str]]) -> list[Pair]:
    """Pairs, checked to lie in the region that they are to probe."""
    found = [(Fraction(a), Fraction(b)) for a, b in pairs]
    for pair in found:
        if closed_region(*pair, saturating).name != name:
            raise ValueError(f"{pair} lies in {closed_region(*pair, saturating).name}, not in {name}")
    return found


def _convexity(name: str, label: str, saturating: bool, *pairs: tuple[str, str]) -> list[Comparison]:
    """That a region has a label, and f at pairs inside is strictly convex, or not convex."""
    inside, strict = _inside(name, saturating, pairs), label == STRICT
    claimed = "f'' > 0" if strict else "f'' < 0 somewhere"
    derived = [
        proved(_theory(a, b, saturating).convexity(), claimed, strict=strict, holds=strict) for a, b in inside
    ]
    return [_region(name, label, saturating, inside), *derived]


def _negative(alpha_D: str, alpha_G: str, saturating: bool = True) -> Decided:
    """P and Q with D_f < 0 for the derived f, in ball arithmetic, and the certificate of their divergence."""
    theory = _theory(Fraction(alpha_D), Fraction(alpha_G), saturating)
    found = (theory.unique_minimum().certificate or {}).get("pair")
    if found is None:
        return Decided(None, "none", "no pair found", "D_f < 0", "no pair found")
    P, Q = ([_probability(text) for text in found[name]] for name in "PQ")
    result: Any = theory.divergence(P, Q, certified=True)
    high = float(result.high)
    text = f"({alpha_D}, {alpha_G}): P = {found['P']}, Q = {found['Q']}: D_f <= {high:.6g}"
    exported = () if result.certificate is None else (result.certificate,)
    method: Method = "symbolic" if exported else "ball arithmetic"
    return Decided(high < 0, method, text, "D_f < 0", text, "", exported)


def _probability(text: str) -> Fraction:
    """Of text such as 1/2 + 2^-4, exact."""
    value = parse_expression(text.replace("^", "**"), {}, "probability")
    return Fraction(int(value.p), int(value.q))


@PAPER.claim(
    "R1-suff",
    "region",
    where="Theorem 1, R1",
    statement="alpha_D <= 1 and alpha_G > alpha_D/(alpha_D + 1) make f_S strictly convex",
    latex=r"\alpha_D \le 1,\ \alpha_G > \frac{\alpha_D}{\alpha_D + 1} \Rightarrow f_S'' > 0",
)
def first_region() -> Plan:
    return [
        *_convexity(
            "R1, alpha_D < 1", STRICT, True, ("1/2", "2/5"), ("3/10", "1"), ("9/10", "50"), ("1/20", "1/20")
        ),
        *_convexity("R1, alpha_D = 1", STRICT, True, ("1", "501/1000"), ("1", "7")),
    ]


@PAPER.claim(
    "R1-nec",
    "region",
    where="Theorem 1, R1, necessity",
    statement="for alpha_D < 1 and alpha_G < alpha_D/(alpha_D + 1) f_S is not convex: f'' < 0 for large u",
    latex=r"\alpha_D < 1,\ \alpha_G < \frac{\alpha_D}{\alpha_D + 1} \Rightarrow \exists u: f_S''(u) < 0",
)
def first_region_necessary() -> Plan:
    return _convexity(
        "below R1",
        NONE,
        True,
        ("1/5", "33/200"),
        ("1/2", "33/100"),
        ("1/2", "33333/100000"),
        ("9/10", "23/50"),
    )


@PAPER.claim(
    "R1-boundary",
    "region",
    where="Theorem 1, R1, strict inequality",
    statement="for alpha_D < 1 and alpha_G = alpha_D/(alpha_D + 1) f_S is strictly convex: the boundary is wrongly excluded",
    latex=r"\alpha_D < 1,\ \alpha_G = \frac{\alpha_D}{\alpha_D + 1} \Rightarrow f_S'' > 0",
    correction="Theorem 1 with alpha_G >= alpha_D/(alpha_D + 1) for alpha_D < 1.",
)
def first_boundary() -> Plan:
    return _convexity("boundary of R1", STRICT, True, ("1/2", "1/3"), ("1/4", "1/5"))


@PAPER.claim(
    "R1-a1",
    "region",
    where="Theorem 1, alpha_D = 1",
    statement="alpha_D = 1: alpha_G > 1/2 is sharp; at 1/2 f_S = 0 modulo u - 1 and D_f vanishes, below f'' < 0 for all u",
    latex=r"\alpha_D = 1: \quad f_S'' > 0 \iff \alpha_G > \tfrac12",
)
def unit_alpha() -> Plan:
    return [
        _region("the point (1, 1/2)", ZERO),
        SameDivergence(_theory(1, Fraction(1, 2)).f, 0),
        *_convexity("below (1, 1/2)", NONE, True, ("1", "499/1000"), ("1", "1/10")),
        _region("R1, alpha_D = 1", STRICT),
    ]


@PAPER.claim(
    "R2-suff",
    "region",
    where="Theorem 1, R2",
    statement="alpha_D > 1 and alpha_D/2 < alpha_G <= alpha_D make f_S strictly convex",
    latex=r"\alpha_D > 1,\ \tfrac{\alpha_D}{2} < \alpha_G \le \alpha_D \Rightarrow f_S'' > 0",
)
def second_region() -> Plan:
    return _convexity("R2", STRICT, True, ("3/2", "1"), ("2", "1001/1000"), ("3", "5/2"), ("20", "20"))


@PAPER.claim(
    "R2-lower",
    "region",
    where="Theorem 1, R2, necessity",
    statement="for alpha_D > 1 and alpha_G < alpha_D/2, f_S''(1) < 0",
    latex=r"\alpha_D > 1,\ \alpha_G < \tfrac{\alpha_D}{2} \Rightarrow f_S''(1) < 0",
)
def below_second_region() -> Plan:
    pairs = (("6/5", "59/100"), ("2", "999999/1000000"), ("5", "249/100"))
    at_one = [
        by_algebra(bool(c < 0), f"({a}, {b}): f''(1) = {c}", "< 0", "exact")
        for a, b in pairs
        if (c := _theory(Fraction(a), Fraction(b)).curvature_at_one()) is not None
    ]
    return [*_convexity("below R2", NONE, True, *pairs), *at_one]


@PAPER.claim(
    "R2-boundary",
    "region",
    where="Theorem 1, R2, strict inequality",
    statement="for alpha_D > 1 and alpha_G = alpha_D/2 f_S is strictly convex, with f''(1) = 0: the boundary is wrongly "
    "excluded",
    latex=r"\alpha_D > 1,\ \alpha_G = \tfrac{\alpha_D}{2} \Rightarrow f_S''(u) > 0 \text{ for } u \ne 1",
    correction="Theorem 1 with alpha_D/2 <= alpha_G for alpha_D > 1; D_f is then quartic near P_g = P_r.",
)
def second_boundary() -> Plan:
    return _convexity("lower boundary of R2", STRICT, True, ("2", "1"), ("3", "3/2"), ("5/4", "5/8"))


@PAPER.claim(
    "R2-quartic",
    "limit",
    where="boundary alpha_G = alpha_D/2, derived",
    statement="at (2, 1) D_f is quartic near P_g = P_r: f = (u - 1)^4/12 + O((u - 1)^5)",
    latex=r"f_S(u) = \tfrac{1}{12}(u-1)^4 + O((u-1)^5)",
)
def quartic() -> Plan:
    f = _theory(2, 1).f
    at_one = [sp.diff(f, u, k).subs(u, 1) for k in range(5)]
    slope = at_one[1]
    return [
        Equal(at_one[0], 0),
        Equal(sp.diff(f - slope * (u - 1), u).subs(u, 1), 0),
        Equal(at_one[2], 0),
        Equal(at_one[3], 0),
        Equal(at_one[4] / 24, sp.Rational(1, 12)),
    ]


@PAPER.claim(
    "R2-upper",
    "region",
    where="App. A, Case 2b",
    statement="for alpha_D > 1 and alpha_G > alpha_D, f_S'' < 0 beyond some u: 10^602.6 at (2, 2.001)",
    latex=r"\alpha_D > 1,\ \alpha_G > \alpha_D \Rightarrow f_S''(u) < 0 \text{ for } u \ge u_0",
)
def above_second_region() -> Plan:
    pairs = (("3/2", "8/5"), ("2", "21/10"), ("3", "4"), ("11/10", "1000"))
    return [*_convexity("above R2", UNIQUE, True, *pairs), _first_sign_change()]


def _first_sign_change() -> Comparison:
    """f'' of (2, 2.001), differentiated by sympy, enclosed at u = 10^602.5 and 10^602.6."""
    import flint

    f2 = enclosure(sp.diff(alpha_game(sp.Integer(2), sp.Rational(2001, 1000)).f, u, 2), u)
    with flint_bits(8000):
        before, after = (f2(flint.arb(10) ** flint.arb(decades)) for decades in ("602.5", "602.6"))
        shown = ", ".join(
            f"10^{k}: {ball.str(5, radius=False)}" for k, ball in (("602.5", before), ("602.6", after))
        )
        holds = True if before > 0 and after < 0 else False if before < 0 or after > 0 else None
    return Decided(
        holds, "ball arithmetic", shown, "10^602.5: > 0, 10^602.6: < 0", "f'' in balls of 8000 bits"
    )


@PAPER.claim(
    "R2-upper-bdry",
    "region",
    where="Theorem 1, R2, alpha_G <= alpha_D",
    statement="at alpha_G = alpha_D > 1 f_S is strictly convex: the boundary is rightly included",
    latex=r"\alpha_G = \alpha_D > 1 \Rightarrow f_S'' > 0",
)
def upper_boundary() -> Plan:
    return _convexity("R2", STRICT, True, ("2", "2"), ("101/100", "101/100"), ("50", "50"))


@PAPER.claim(
    "RNS-suff",
    "region",
    where="Theorem 2",
    statement="alpha_D + alpha_G > alpha_D alpha_G makes f_NS strictly convex",
    latex=r"\alpha_D + \alpha_G > \alpha_D\alpha_G \Rightarrow f_{NS}'' > 0",
)
def non_saturating_region() -> Plan:
    return _convexity(
        "Theorem 2", STRICT, False, ("1/2", "6/5"), ("2", "199/100"), ("10", "1/10"), ("1", "1000")
    )


@PAPER.claim(
    "RNS-nec",
    "region",
    where="Theorem 2, necessity",
    statement="for alpha_D + alpha_G < alpha_D alpha_G, f_NS'' < 0 for small u",
    latex=r"\alpha_D + \alpha_G < \alpha_D\alpha_G \Rightarrow \exists u: f_{NS}''(u) < 0",
)
def non_saturating_necessary() -> Plan:
    return [
        *_convexity(
            "beyond Theorem 2", UNIQUE, False, ("2", "201/100"), ("3", "151/100"), ("101/100", "1000")
        ),
        *_convexity("far beyond Theorem 2", NONE, False, ("4", "4"), ("3", "301/100")),
    ]


@PAPER.claim(
    "RNS-boundary",
    "region",
    where="Theorem 2, strict inequality; App. B",
    statement="at alpha_D + alpha_G = alpha_D alpha_G, (2, 2) for instance, f_NS is strictly convex: the boundary is wrongly "
    "excluded",
    latex=r"\alpha_D + \alpha_G = \alpha_D\alpha_G \Rightarrow f_{NS}'' > 0",
    correction="Theorem 2 with alpha_D + alpha_G >= alpha_D alpha_G: f'' is then a positive factor times u^alpha_D.",
)
def non_saturating_boundary() -> Plan:
    return _convexity("boundary of Theorem 2", STRICT, False, ("2", "2"), ("3/2", "3"), ("5", "5/4"))


@PAPER.claim(
    "div-upper",
    "region",
    where="Theorem 1, conclusion beyond its hypothesis",
    statement="for alpha_D > 1 and alpha_G > alpha_D, alpha_G = inf included, f_S is not convex, yet D_f >= 0 with equality "
    "only at P_g = P_r",
    latex=r"\alpha_D > 1,\ \alpha_G > \alpha_D \Rightarrow D_{f_S} \ge 0,\ = 0 \iff P_g = P_r",
)
def conclusion_above() -> Plan:
    pairs: tuple[tuple[object, object], ...] = (
        (2, 3),
        (Fraction(3, 2), Fraction(8, 5)),
        (2, sp.oo),
        (20, 40),
    )
    derived = [proved(_theory(a, b).unique_minimum(), "a unique minimum") for a, b in pairs]
    return [_region("above R2", UNIQUE), *derived]


@PAPER.claim(
    "div-proof",
    "inequality",
    where="Theorem 1, weights argument for alpha_G > 1, alpha_D <= alpha_G (derived)",
    statement="for alpha_G > 1, alpha_D <= alpha_G and x = u^alpha_D > 1: the weight w1 = x^(1/alpha_D)/(1 + x^(1/alpha_D)) "
    "falls in alpha_D and x^c > 1, so w1 x^c + 1 - w1 is at least its value at alpha_D = alpha_G, which is at least "
    "((1 + x)/2)^c",
    latex=r"w_1 x^c + w_2 \ge \left.w_1 x^c + w_2\right|_{\alpha_D = \alpha_G} \ge \left(\tfrac{1+x}{2}\right)^c",
    about="mathematics",
)
def weights_argument() -> Plan:
    t, s, y = sp.symbols("t s y", positive=True)  # x = e^t, alpha_G = 1 + s
    weight = 1 / (1 + sp.exp(-t / alpha_D))
    falling = sp.diff(weight, alpha_D).is_negative
    concave = sp.factor(sp.diff(y ** (1 / (1 + s)), y, 2)).is_negative
    x, c = sp.exp(t), 1 - 1 / alpha_G
    root = x ** (1 / alpha_G)
    at_equal = (root * x**c + 1) / (1 + root)
    return [
        by_algebra(falling, "dw1/d(alpha_D)", "< 0", "sign by the assumptions of the symbols"),
        by_algebra((t * s / (1 + s)).is_positive, "log x^c = c t", "> 0", "c > 0 and t > 0"),
        # w1 x^c + 1 - w1 = 1 + w1 (x^c - 1) rises with w1; at alpha_D = alpha_G it is (1 + x)/(1 + x^(1/alpha_G)).
        Equal(at_equal, (1 + x) / (1 + root)),
        # With 1/alpha_G = 1 - c the last inequality is ((1 + x)/2)^(1/alpha_G) >= (1 + x^(1/alpha_G))/2.
        Equal(at_equal / ((1 + x) / 2) ** c, 2 * ((1 + x) / 2) ** (1 / alpha_G) / (1 + root)),
        by_algebra(concave, "(y^(1/alpha_G))''", "< 0", "Jensen's inequality at 1 and x"),
    ]


@PAPER.claim(
    "div-lower",
    "region",
    where="Theorem 1, conclusion outside",
    statement="for alpha_G < alpha_D/(alpha_D + 1) (alpha_D <= 1) or alpha_G < alpha_D/2 (alpha_D > 1) there are P, Q with "
    "D_f < 0: the conclusion itself fails",
    latex=r"\exists P, Q: D_{f_S}(P \| Q) < 0",
)
def conclusion_below() -> Plan:
    regions = [_region(name, NONE) for name in ("below R1", "below (1, 1/2)", "below R2")]
    return [*regions, _negative("1/2", "3/10"), _negative("2", "9/10"), _negative("1", "1/4")]


@PAPER.claim(
    "div-NS",
    "iff",
    where="Theorem 2, conclusion",
    statement="V_NS is uniquely minimized at P_g = P_r iff alpha_D (1 - 1/alpha_G) <= 2, where convexity needs <= 1; for "
    "alpha_D = alpha_G up to 3 instead of 2",
    latex=r"D_{f_{NS}} \ge 0,\ = 0 \iff P_g = P_r \quad\Longleftrightarrow\quad \alpha_D(1 - 1/\alpha_G) \le 2",
)
def non_saturating_conclusion() -> Plan:
    names = {
        "Theorem 2": STRICT,
        "boundary of Theorem 2": STRICT,
        "beyond Theorem 2": UNIQUE,
        "far beyond Theorem 2": NONE,
    }
    derived = [
        proved(_theory(a, b, False).unique_minimum(), "a unique minimum", holds=holds)
        for a, b, holds in (
            (3, 3, True),
            (Fraction(5, 2), 3, True),
            (Fraction(301, 100), 3, False),
            (4, 4, False),
            (Fraction(11, 5), sp.oo, False),
        )
    ]
    return [
        *(_region(name, label, False) for name, label in names.items()),
        *derived,
        _negative("4", "4", False),
    ]


@PAPER.claim(
    "dpi-fail",
    "inequality",
    where="Theorem 1 outside R2, (2, inf), derived",
    statement="at (2, inf) D_{f_S} grows when two cells are merged: it is a divergence, but no f-divergence of convex f",
    latex=r"D_{f_S}(TP \| TQ) > D_{f_S}(P \| Q)",
)
def data_processing() -> Plan:
    f = _theory(2, sp.oo).f
    third = sp.Rational(1, 64)
    P = (8 * third, 2 * third, 54 * third)
    Q = (sp.Rational(4641, 10000), sp.Rational(4641, 10000), sp.Rational(718, 10000))
    merged = tuple((pmf[0] + pmf[1], pmf[2]) for pmf in (P, Q))
    before, after = (
        sum((q * f.subs(u, p / q) for p, q in zip(*pair, strict=True)), sp.S.Zero)
        for pair in ((P, Q), merged)
    )
    gain = sp.nsimplify(after - before)
    return by_algebra(bool(gain > 0), f"merging adds {sp.N(gain, 8)}", "> 0", "exact rational pmfs")


@PAPER.claim(
    "inf-inf",
    "erratum",
    where="Theorem 1 with alpha_D = inf",
    statement="(inf, inf) satisfies R2 and f_S is strictly convex there",
    latex=r"(\infty, \infty) \in R_2,\ f_S'' > 0",
    expected="fails",
    correction="inf/2 < inf fails read literally, and f_S = |u - 1|/2 is piecewise linear; the conclusion holds: D_f = TV.",
)
def both_infinite() -> Plan:
    theory, inside = _theory(sp.oo, sp.oo), published(sp.oo, sp.oo)
    strict = theory.convexity().strict is True
    holds = inside and strict
    text = f"in R2: {inside}; f_S = {theory.f}: {STRICT if strict else CONVEX}"
    return by_algebra(holds, text, f"in R2: True; {STRICT}")


@PAPER.claim(
    "inf-inf-conclusion",
    "equality",
    where="Theorem 1 with alpha_D = alpha_G = inf, corrected",
    statement="(inf, inf): f_S = |u - 1|/2 is convex, not strictly, and D_f = TV vanishes only at P_g = P_r",
    latex=r"D_{f_S} = \mathrm{TV}(P_r, P_g)",
)
def total_variation() -> Plan:
    theory = _theory(sp.oo, sp.oo)
    convex = theory.convexity()
    return [
        SameDivergence(theory.f, sp.Abs(u - 1) / 2),
        by_algebra(
            bool(convex.holds) and convex.strict is False and alpha_region(sp.oo, sp.oo).label == CONVEX,
            convex.reason,
            CONVEX,
        ),
        proved(theory.unique_minimum(), "a unique minimum"),
    ]


@PAPER.claim(
    "inf-finite",
    "inequality",
    where="Theorem 1 with alpha_D = inf > alpha_G, D* = 1/2 on ties",
    statement="alpha_D = inf, 1 < alpha_G < inf and D* = 1/2 where p_r = p_g: as P_g -> P_r, V_G tends to a "
    "value below that at P_g = P_r",
    latex=r"\lim_{P_g \to P_r} V_G(P_r, P_g) < V_G(P_r, P_r)",
    parameters=(alpha_G,),
    assumptions=(alpha_G > 1,),
    pointwise=True,
)
def ties_in_the_middle(alpha_G: sp.Expr) -> Plan:
    game = gt.objectives.alpha_gan(sp.oo, alpha_G)
    at_tie = (game.R + game.S).subs(v, 0)
    # Off ties D* is 1 on real-heavy and 0 on generated-heavy points; P_r and P_g agree on both in the limit.
    off_tie = sum((game.R + game.S).subs(v, end) for end in (sp.oo, -sp.oo)) / 2
    jump = sp.N(off_tie - at_tie, 30)
    return Decided(
        bool(jump < 0), "high precision", f"alpha_G = {alpha_G}: {jump}", "< 0", "values of R and S"
    )


@PAPER.claim(
    "inf-ties",
    "equality",
    where="Theorem 1 with alpha_D = inf, ties broken to 0 or 1",
    statement="alpha_D = inf, alpha_G > 1, ties broken to 0 or 1: V_G = (TV - 1) alpha_G/(alpha_G - 1)",
    latex=r"V_G = (\mathrm{TV} - 1)\,\frac{\alpha_G}{\alpha_G - 1}",
    parameters=(alpha_G,),
    assumptions=(alpha_G > 1,),
    pointwise=True,
)
def ties_at_the_ends(alpha_G: sp.Expr) -> Plan:
    theory = _theory(sp.oo, alpha_G)
    scale = alpha_G / (alpha_G - 1)
    return [
        SameDivergence(theory.f, scale * sp.Abs(u - 1) / 2),
        Equal(theory.equilibrium.offset, -scale),
        proved(theory.unique_minimum(), "a unique minimum"),
    ]


@PAPER.claim(
    "er-appA-Bprime",
    "erratum",
    where="App. A, Case 2a (B reconstructed as cosh(q t)/cosh(p t) of the two sums in f'')",
    statement="for alpha_D > 1, alpha_G < alpha_D the derivative B'(u) is strictly increasing for u > 1",
    latex=r"B'(u) \text{ strictly increasing}",
    expected="fails",
    correction="B is strictly increasing for u > 1; B' need not be: at (2, 3/2) it tends to 0. B = 1 at alpha_D = alpha_G.",
)
def quotient_of_sums() -> Plan:
    form = alpha_region(2, Fraction(3, 2)).certificate["second_derivative"]
    p, q = (sp.Rational(abs(Fraction(form[k]))) for k in ("p", "q"))
    B = (u**q + u**-q) / (u**p + u**-p)
    slope = sp.diff(B, u)
    early, late = slope.subs(u, 2), slope.subs(u, 10**6)
    rising = bool(sp.N(late - early, 30) > 0)
    text = f"p = {p}, q = {q}: B'(2) = {sp.N(early, 8)}, B'(10^6) = {sp.N(late, 8)}"
    return Decided(rising, "high precision", text, "B' increasing")


@PAPER.claim(
    "appA-B-rises",
    "inequality",
    where="App. A, Case 2a, corrected (B reconstructed)",
    statement="B = cosh(q t)/cosh(p t), t = log u, is strictly increasing for u > 1 where alpha_G < alpha_D, and 1 at "
    "alpha_G = alpha_D",
    latex=r"\frac{d}{dt}\log B = q\tanh(qt) - p\tanh(pt) > 0",
)
def quotient_rises() -> Plan:
    """x tanh(x t) rises in x for t > 0, so the sign is that of q - |p|."""
    t, x = sp.symbols("t x", positive=True)
    rate = sp.diff(x * sp.tanh(x * t), x).rewrite(sp.exp)
    positive = sp.factor(sp.simplify(rate * (sp.exp(x * t) + sp.exp(-x * t)) ** 2))
    expected = sp.exp(2 * x * t) - sp.exp(-2 * x * t) + 4 * x * t
    form = alpha_region(2, 2).certificate["second_derivative"]
    equal = abs(Fraction(form["p"])) == abs(Fraction(form["q"]))
    shown = f"|p| = |q| = {form['q']} at (2, 2)"
    return [
        # sinh(2 x t) and x t are positive.
        Equal(sp.expand(positive), expected),
        by_algebra(equal, shown, "B = 1", "the exponents are equal"),
    ]

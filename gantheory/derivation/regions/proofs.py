"""A proved region: signs that hold for all its pairs at once, and the identities of f'' and h''."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import sympy as sp

from gantheory.derivation.regions.alpha_signs import Alpha

POSITIVE, ZERO_SIGN, NEGATIVE, NONNEGATIVE = "> 0", "= 0", "< 0", ">= 0"


@dataclass(frozen=True)
class Step:
    """A sign that holds on the whole region: `expr` in free positive (or nonnegative) symbols."""

    what: str
    expr: sp.Expr
    sign: str

    def check(self) -> bool:
        """Whether sympy derives the sign from the symbols' assumptions."""
        expr = sp.factor(sp.together(self.expr))
        answer = {
            POSITIVE: expr.is_positive,
            ZERO_SIGN: expr.is_zero,
            NEGATIVE: expr.is_negative,
            NONNEGATIVE: expr.is_nonnegative,
        }[self.sign]
        return answer is True


@dataclass(frozen=True)
class RegionTheorem:
    """A set of pairs (alpha_D finite) and the one label that all of them have.

    Attributes:
        name: short.
        saturating: which objective.
        condition: of the set, plain text; `latex` in LaTeX.
        contains: the same as a function of exact numbers.
        label: of `gantheory.derivation.regions.alphas.LABELS`.
        steps: the signs that the conclusion rests on, in the region's parametrization.
        conclusion: how it follows.
        published: whether the ISIT 2023 theorem covers the set.
        relation: how the published statement compares.
    """

    name: str
    saturating: bool
    condition: str
    latex: str
    contains: Callable[[Fraction, Alpha], bool]
    label: str
    steps: tuple[Step, ...]
    conclusion: str
    published: bool
    relation: str

    def check(self) -> bool:
        """Whether the identity for f'' and every step hold by computer algebra."""
        return curvature_identity(self.saturating) and all(step.check() for step in self.steps)


@cache
def curvature_identity(saturating: bool) -> bool:
    """Whether f'' is the positive factor times the two sums that `alpha_signs` states, for symbolic alphas.

    With x = u^aD, y = x^c and w = (1 + x)^(-c) as symbols that have the derivatives of these powers, f'' is
    rational, so the identity is one of polynomials. c is not 0 here; f'' is continuous in c.
    """
    u, a, x, y, w = sp.symbols("u a x y w", positive=True)
    c = sp.Symbol("c", real=True)

    def along(e: sp.Expr) -> sp.Expr:
        rates = {u: sp.S.One, x: a * x / u, y: a * c * y / u, w: -c * a * x * w / (u * (1 + x))}
        return sp.Add(*(sp.diff(e, symbol) * rate for symbol, rate in rates.items()))

    if not saturating:
        second = along(along(-y * w / c))
        form = (1 - a * c) + (1 + a) * x
        return sp.simplify(second * u**2 * (1 + x) ** 2 / (a * y * w) - form) == 0
    second = along(along((u * y + 1) * w / c))
    outer, inner = 1 - a, 1 + a * c
    # The four powers of u are e^((m +- p) t) and e^((m +- q) t).
    form = outer * (x * y + x / u) + inner * (x**2 / u + y)
    m, p, q = (2 * a - 1 + a * c) / 2, (1 + a * c) / 2, (2 * a - 1 - a * c) / 2
    exponents = [m + p - a * (1 + c), m - p - (a - 1), m + q - (2 * a - 1), m - q - a * c]
    return sp.simplify(second * u * (1 + x) ** 2 / (a * w) - form) == 0 and all(
        sp.expand(e) == 0 for e in exponents
    )


@cache
def flow_curvature_identity(saturating: bool) -> bool:
    """Whether h'' = -s'/u is aD D (1 - D)^c/u^2, non-saturating aD (1 - D) D^c/u^2: positive for all alphas.

    s(u) = ((1 - D)^c - 1)/c saturating and (1 - D^c)/c non-saturating, D = x/(1 + x), x = u^aD.
    """
    u, a, x = sp.symbols("u a x", positive=True)
    c = sp.Symbol("c", real=True)
    D = x / (1 + x)
    s = ((1 - D) ** c - 1) / c if saturating else (1 - D**c) / c
    claimed = a * (D * (1 - D) ** c if saturating else (1 - D) * D**c) / u**2
    return sp.simplify(-sp.diff(s, x) * (a * x / u) / u / claimed) == 1

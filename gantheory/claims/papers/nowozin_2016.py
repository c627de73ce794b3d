"""Nowozin, Cseke and Tomioka (2016): f-GAN, its tables and its variational bound."""

from __future__ import annotations

import sympy as sp

import gantheory as gt
from gantheory.claims import Claim, Decided, Equal, Paper, Plan, SameDivergence, by_algebra
from gantheory.claims.comparisons.known import known
from gantheory.claims.comparisons.lambert import resolve_lambert
from gantheory.claims.comparisons.verdicts import proved
from gantheory.derivation import Theory
from gantheory.derivation.algebra.symbols import u
from gantheory.objectives.objective import v

PAPER = Paper(
    key="nowozin-2016",
    cite="Nowozin, Cseke, Tomioka, f-GAN: Training generative neural samplers using variational divergence "
    "minimization, NeurIPS 2016",
    arxiv="1606.00709",
)

t = sp.Symbol("t", real=True)

SMOOTH = ("kl", "reverse_kl", "pearson", "neyman", "squared_hellinger", "js", "gan", "jeffrey")
"""The rows of the tables but for total variation, whose T* is a step."""


def derived(name: str) -> Theory:
    return gt.derive(gt.objectives.fgan(name))


def _generator(name: str) -> sp.Expr:
    """f as tabulated, with its own f(1) and f'(1): by the envelope theorem the slope at 1 is T*(1)."""
    theory = derived(name)
    return (
        known(theory.f_D) + known(theory.discriminator).subs(u, 1) * (u - 1) + known(theory.supremum.offset)
    )


def _row(
    name: str, title: str, f: sp.Expr, optimum: sp.Expr, slope: sp.Expr, conjugate: sp.Expr, act: sp.Expr
) -> Claim:
    """One row of the tables. The four entries belong together only if the game of g and f* has T* = f'(u)
    as its optimum and f(u) as its value (Fenchel's equality)."""

    @PAPER.claim(
        f"fg-table-{name.replace('_', '-')}",
        "equality",
        where="Tables 1, 2 and 6",
        statement=f"{title}: f(u) = {f}, T* = f'(u) = {optimum}, f'(1) = {slope}, f*(t) = {conjugate}, "
        f"g(v) = {act}, and u T* - f*(T*) = f(u)",
        latex=rf"f(u) = {sp.latex(f)},\quad T^* = f'(u) = {sp.latex(optimum)},\quad f'(1) = {sp.latex(slope)},"
        rf"\quad f^*(t) = {sp.latex(conjugate)},\quad g_f(v) = {sp.latex(act)}",
    )
    def row() -> Plan:
        theory = derived(name)
        objective = theory.objective
        return [
            Equal(_generator(name), f),
            Equal(theory.discriminator, optimum),
            Equal(known(theory.discriminator).subs(u, 1), slope),
            Equal(-objective.B, conjugate.subs(t, act)),
            Equal(objective.A, act),
        ]

    return row


_log, _exp, _root = sp.log, sp.exp, sp.sqrt
_w = sp.LambertW(_exp(1 - t))

kl = _row("kl", "Kullback-Leibler", u * _log(u), 1 + _log(u), sp.S.One, _exp(t - 1), v)
reverse_kl = _row("reverse_kl", "reverse KL", -_log(u), -1 / u, -sp.S.One, -1 - _log(-t), -_exp(-v))
pearson = _row("pearson", "Pearson", (u - 1) ** 2, 2 * (u - 1), sp.S.Zero, t**2 / 4 + t, v)
neyman = _row(
    "neyman", "Neyman", (1 - u) ** 2 / u, 1 - 1 / u**2, sp.S.Zero, 2 - 2 * _root(1 - t), 1 - _exp(-v)
)
squared_hellinger = _row(
    "squared_hellinger",
    "squared Hellinger",
    (_root(u) - 1) ** 2,
    (_root(u) - 1) / _root(u),
    sp.S.Zero,
    t / (1 - t),
    1 - _exp(-v),
)
js = _row(
    "js",
    "Jensen-Shannon",
    u * _log(u) - (u + 1) * _log((1 + u) / 2),
    _log(2 * u / (1 + u)),
    sp.S.Zero,
    -_log(2 - _exp(t)),
    _log(2) - _log(1 + _exp(-v)),
)
gan = _row(
    "gan",
    "GAN",
    u * _log(u) - (u + 1) * _log(u + 1),
    _log(u / (u + 1)),
    -_log(2),
    -_log(1 - _exp(t)),
    -_log(1 + _exp(-v)),
)
jeffrey = _row(
    "jeffrey", "Jeffrey", (u - 1) * _log(u), 1 + _log(u) - 1 / u, sp.S.Zero, _w + 1 / _w + t - 2, v
)


@PAPER.claim(
    "fg-table",
    "equality",
    where="Tables 1, 2 and 6",
    statement="f'(1) is 1 (KL), -1 (reverse KL), 0 (Pearson, Neyman, squared Hellinger, JS, Jeffrey) and "
    "-log 2 (GAN), and T* - f*(T*) = f(1) there; the rows are claims fg-table-*",
    latex=r"f'(1) = 1, -1, 0, 0, 0, 0, -\log 2, 0",
)
def slopes() -> Plan:
    published = (1, -1, 0, 0, 0, 0, -sp.log(2), 0)
    return [
        Equal(known(derived(name).discriminator).subs(u, 1), slope)
        for name, slope in zip(SMOOTH, published, strict=True)
    ]


@PAPER.claim(
    "fg-tv",
    "equality",
    where="Tables 1, 2 and 6",
    statement="total variation: f = |u - 1|/2, T* = sign(u - 1)/2, f*(t) = t with g(v) = tanh(v)/2",
    latex=r"f(u) = \tfrac12|u-1|,\quad T^* = \tfrac12\operatorname{sign}(u-1),\quad f^*(t) = t,\quad "
    r"g_f(v) = \tfrac12\tanh v",
)
def total_variation() -> Plan:
    theory = derived("tv")
    return [
        SameDivergence(theory.f, sp.Abs(u - 1) / 2),
        Equal(theory.discriminator, sp.sign(u - 1) / 2),
        Equal(theory.objective.A, sp.tanh(v) / 2),
        Equal(-theory.objective.B, sp.tanh(v) / 2),
    ]


RANGES = {
    "kl": (-sp.oo, sp.oo),
    "reverse_kl": (-sp.oo, sp.S.Zero),
    "pearson": (-sp.oo, sp.oo),
    "neyman": (-sp.oo, sp.S.One),
    "squared_hellinger": (-sp.oo, sp.S.One),
    "js": (-sp.oo, sp.log(2)),
    "gan": (-sp.oo, sp.S.Zero),
    "jeffrey": (-sp.oo, sp.oo),
    "tv": (-sp.Rational(1, 2), sp.Rational(1, 2)),
}
"""Interior of dom f* in Table 2 and Table 6."""


def onto(name: str, low: sp.Expr, high: sp.Expr) -> Decided:
    """Whether the activation of `fgan(name)` increases strictly from `low` to `high`."""
    activation = gt.objectives.fgan(name).A
    ends = (sp.limit(activation, v, -sp.oo), sp.limit(activation, v, sp.oo))
    slope = sp.diff(activation, v).rewrite(sp.exp)
    holds = ends == (low, high) and positive(slope)
    text = f"{name}: g increases onto ({ends[0]}, {ends[1]})"
    return by_algebra(holds, text, f"({low}, {high})", text)


def positive(expr: sp.Expr) -> bool:
    """Whether an expression in v and e^v is proved positive for all v; Lambert's W of e^(1 - v) is."""
    power = sp.Dummy("w", positive=True)
    plain = expr.replace(sp.LambertW, lambda z: sp.Dummy("W", positive=True) if z == sp.exp(1 - v) else z)
    in_power = sp.powsimp(sp.expand(plain, power_exp=True)).subs(sp.exp(-v), 1 / power).subs(sp.exp(v), power)
    return bool(sp.factor(sp.together(in_power)).is_positive)


@PAPER.claim(
    "fg-act",
    "region",
    where="Table 2 and Section 2.3",
    statement="every output activation g_f increases and maps the reals onto the interior of dom f*",
    latex=r"g_f : \mathbf{R} \to \operatorname{int}\operatorname{dom} f^*\text{ increasing and onto}",
)
def activations() -> Plan:
    return [onto(name, *ends) for name, ends in RANGES.items()]


@PAPER.claim(
    "opt-fgan",
    "inequality",
    where="Section 2.2, eqs. (4) and (5)",
    statement="E_r T - E_g f*(T) <= D_f for every T, with equality at T* = f'(p_r/p_g)",
    latex=r"\operatorname{E}_r T - \operatorname{E}_g f^*(T) \le D_f(P_r\|P_g),\quad T^* = f'(p_r/p_g)",
)
def variational_bound() -> Plan:
    """At each point the derivative of u g(v) - f*(g(v)) is g'(v) (u - rho(v)): with g' > 0 and rho strictly
    increasing through u at v* the value there is the only maximum, and it is f(u)."""
    plan: list[Decided | Equal] = []
    for name in SMOOTH:
        theory = derived(name)
        w = sp.Symbol("w", positive=True)
        slope = sp.diff(theory.objective.A, v)
        rho = sp.simplify(-sp.diff(theory.objective.B, v) / slope)
        rising = positive(slope) and positive(sp.factor(sp.diff(rho, v).subs(sp.LambertW(sp.exp(1 - v)), w)))
        text = f"{name}: (u g - f*(g))' = g' (u - rho) with g' > 0, rho' > 0, rho = {rho}"
        plan += [
            by_algebra(rising, text, "one maximum", text),
            Equal(resolve_lambert(rho.subs(v, theory.score), 1 / u), u),
            Equal(sp.diff(_generator(name), u), theory.discriminator),
        ]
    return plan


@PAPER.claim(
    "fg-nonnegative",
    "iff",
    where="Section 2.1 and Table 1",
    statement="each f of Table 1 but total variation is strictly convex, so D_f >= f(1), with equality only "
    "at P_r = P_g",
    latex=r"f'' > 0 \text{ on } (0, \infty)",
)
def strictly_convex() -> Plan:
    return [proved(derived(name).convexity(), f"{name} strictly convex", strict=True) for name in SMOOTH]


@PAPER.claim(
    "fg-gan-jsd",
    "equality",
    where="Table 1",
    statement="f(u) = u log u - (u + 1) log(u + 1) generates int p log(2p/(p + q)) + q log(2q/(p + q)) - "
    "log 4 = 2 JSD - log 4",
    latex=r"D_{\mathrm{GAN}} = 2\,\mathrm{JSD} - \log 4",
)
def gan_divergence() -> Plan:
    theory = derived("gan")
    jsd = u * sp.log(2 * u / (1 + u)) + sp.log(2 / (1 + u))
    return SameDivergence(known(theory.f) + known(theory.equilibrium.offset), jsd - sp.log(4))

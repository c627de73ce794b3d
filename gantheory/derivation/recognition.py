"""Names for derived divergences, and comparison of a user's formula with a derived one.

Two generating functions give the same divergence if they differ by k (u - 1); a factor and a constant
change the value but not what is minimized. Both are solved for and named.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

import sympy as sp

from gantheory.deadline import within
from gantheory.derivation.algebra import simplified
from gantheory.derivation.optimum.stretches import smooth_parts
from gantheory.derivation.solution import u
from gantheory.derivation.zero import proves_zero
from gantheory.multiprecision import lambdify, mp

_t = sp.Symbol("t", real=True)
_log = sp.log
_jsd = (u * _log(u) - (u + 1) * _log((u + 1) / 2)) / 2
_kl_fake_mixture = _log(2 / (u + 1)) + (u - 1) / 2

KNOWN: dict[str, sp.Expr] = {
    "KL(P_r||P_g)": u * _log(u) - u + 1,
    "KL(P_g||P_r)": u - 1 - _log(u),
    "JSD": _jsd,
    "squared Hellinger": (sp.sqrt(u) - 1) ** 2,
    "TV": sp.Abs(u - 1) / 2,
    "Pearson chi^2(P_r||P_g)": (u - 1) ** 2,
    "Neyman chi^2(P_r||P_g)": (u - 1) ** 2 / u,
    "Jeffreys": (u - 1) * _log(u),
    "triangular discrimination": (u - 1) ** 2 / (u + 1),
    "KL(P_g||M)": _kl_fake_mixture,
    "KL(P_r||M)": u * _log(2 * u / (u + 1)) - (u - 1) / 2,
    "KL(P_g||P_r) - 2 JSD": u - 1 - _log(u) - 2 * _jsd,
    "KL(P_g||P_r) - KL(P_g||M)": u - 1 - _log(u) - _kl_fake_mixture,
}
"""Generating functions by the name of their divergence: TV = 1/2 int |p - q|, JSD in nats, squared
Hellinger
int (sqrt p - sqrt q)^2, triangular discrimination int (p - q)^2/(p + q), M = (P_r + P_g)/2."""

_POINTS = tuple(
    sp.Rational(*pair) for pair in ((1, 31), (2, 9), (3, 5), (7, 4), (16, 5), (29, 2), (97, 1), (5, 6))
)
_FAR = (-700, -311, -101, -41, -23, -13, -7, 7, 13, 23, 41, 101, 311, 700)
"""Values of log u far from 0, at which the formulas are compared too."""
_DIGITS = 50
_TOLERANCE = mp.mpf(10) ** -35
_SECONDS = 5.0
"""For the proof of an equality; past it the formulas agree numerically."""


@dataclass(frozen=True)
class Equality:
    """Whether other = scale * reference + slope (u - 1) + constant for all u.

    `holds` is True with a proof, False with a u at which they differ, and None where they agree numerically
    and nothing was proved. `scale`, `slope` and `constant` are exact where they are recognized, else floats
    to 30 digits; None where unequal. `witness_u` is a u at which the formulas differ.
    """

    holds: bool | None
    scale: sp.Expr | None
    slope: sp.Expr | None
    constant: sp.Expr | None
    method: str
    witness_u: float | None = None

    def __str__(self) -> str:
        if self.holds is False:
            return f"not equal ({self.method})"
        parts = []
        if self.scale != 1:
            parts.append(f"scale {self.scale}")
        if self.slope != 0:
            parts.append(f"{self.slope} (u - 1)")
        if self.constant != 0:
            parts.append(f"constant {self.constant}")
        word = "equal" if self.holds else "agrees"
        return f"{word}{' up to ' + ', '.join(parts) if parts else ''} ({self.method})"


def compare(other: sp.Expr, reference: sp.Expr, *, exactly: bool = False) -> Equality:
    """Compare two functions of u for all u > 0; `exactly` allows no scale, slope or constant (for D*).

    Scale, slope and constant are read off at three points. A difference at another, for |log u| up to 700 or
    at a kink of one of the formulas, refutes; else the difference is proved to vanish between all kinks, by
    algebra.
    """
    found = _fitted(other, reference, exactly)
    if found.holds is False:
        return found
    found = _in_exact_numbers(found, other, reference)
    difference = other - (found.scale * reference + found.slope * (u - 1) + found.constant)  # type: ignore[operator]
    try:
        parts = within(_SECONDS, lambda: smooth_parts(difference.subs(u, sp.exp(_t)), _t, -sp.oo, sp.oo))
    except (ArithmeticError, ValueError, TypeError, NotImplementedError):
        parts = []
    kinks = [float(end) for _, end, _ in parts[:-1]]
    around = [*(k + step for k in kinks for step in (-1.0, -0.01, 0.01, 1.0)), *_FAR]
    refuted = _apart(other, reference, found, around)
    if refuted is not None:
        return refuted
    if not any(x.is_Float for x in (found.scale, found.slope, found.constant)) and parts:  # type: ignore[union-attr]
        with suppress(ArithmeticError, ValueError, TypeError, NotImplementedError):
            in_u = [formula.subs(_t, sp.log(u)) for _, _, formula in parts]
            if within(_SECONDS, lambda: all(proves_zero(expr) for expr in in_u)):
                return replace(found, holds=True, method="proved by algebra")
    count = len(_POINTS) + len(around)
    return replace(
        found, holds=None, method=f"numerically, not proved: {_DIGITS} digits at {count} values of u"
    )


def _in_exact_numbers(found: Equality, other: sp.Expr, reference: sp.Expr) -> Equality:
    """Slope and constant from the formulas' values and slopes at u = 1, where the digits did not tell
    them."""
    if found.scale.is_Float or not (found.slope.is_Float or found.constant.is_Float):  # type: ignore[union-attr]
        return found
    rest = other - found.scale * reference
    if rest.has(sp.betainc, sp.Piecewise, sp.Abs, sp.Max, sp.Min):
        return found
    slope, constant = sp.diff(rest, u).subs(u, 1), rest.subs(u, 1)
    known = all(
        value.is_finite and abs(value.evalf(40) - digits) < sp.Float(10) ** -25 * (1 + abs(digits))
        for value, digits in ((slope, found.slope), (constant, found.constant))
        if digits is not None
    )
    return replace(found, slope=simplified(slope), constant=simplified(constant)) if known else found


def _fitted(other: sp.Expr, reference: sp.Expr, exactly: bool) -> Equality:
    """Scale, slope and constant from three points, and whether five others agree."""
    f, g = _values(reference), _values(other)
    method = f"{_DIGITS} digits at {len(_POINTS)} points"
    if f is None or g is None:
        return Equality(False, None, None, None, "not real at some u > 0")
    with mp.workdps(_DIGITS):
        x = [mp.mpf(point.p) / point.q for point in _POINTS]
        if exactly:
            a, b, c = mp.mpf(1), mp.mpf(0), mp.mpf(0)
        else:
            system = mp.matrix([[f[i], x[i] - 1, 1] for i in (0, 3, 6)])
            if _linear(x, f):
                # The divergence vanishes identically: only a linear formula gives the same.
                a, b, c = mp.mpf(1), *_line(x, [gi - fi for fi, gi in zip(f, g, strict=True)])
            else:
                a, b, c = mp.lu_solve(system, mp.matrix([g[i] for i in (0, 3, 6)]))
        gaps = [abs(a * fi + b * (xi - 1) + c - gi) for fi, xi, gi in zip(f, x, g, strict=True)]
        worst = max(range(len(gaps)), key=lambda i: gaps[i])
        gap = gaps[worst] / (max(map(abs, g)) + mp.mpf(10) ** -10)
        if gap > _TOLERANCE:
            at = float(x[worst])
            reason = f"{method}: they differ by {mp.nstr(gap, 2)} of their size at u = {at:.6g}"
            return Equality(False, None, None, None, reason, at)
        if not exactly and a <= _TOLERANCE:
            linear = abs(a) <= _TOLERANCE
            reason = "the formula is linear in u" if linear else f"the sign is reversed: scale {_exact(a)}"
            return Equality(False, None, None, None, f"{method}: {reason}")
        return Equality(None, _exact(a), _exact(b), _exact(c), method)


def _apart(other: sp.Expr, reference: sp.Expr, found: Equality, logs: list[float]) -> Equality | None:
    """A u at which the fitted formulas differ by more than their digits allow, if there is one of these log
    u."""
    functions = [lambdify(u, expr) for expr in (other, reference)]
    slow = other.has(sp.betainc) or reference.has(sp.betainc)
    with mp.workdps(_DIGITS + 10 if slow else 400):
        a, b, c = (mp.mpf(str(x.evalf(mp.dps))) for x in (found.scale, found.slope, found.constant))  # type: ignore[union-attr]
        exact = not any(x.is_Float for x in (found.scale, found.slope, found.constant))  # type: ignore[union-attr]
        for t in logs:
            if slow and abs(t) > 50:
                continue
            at = mp.exp(mp.mpf(t))
            try:
                g, f = (mp.mpmathify(function(at)) for function in functions)
            except (ValueError, ZeroDivisionError, TypeError, OverflowError, ArithmeticError):
                continue
            terms = [g, -a * f, -b * (at - 1), -c]
            size = max(map(abs, terms))
            if mp.isfinite(size) and abs(mp.fsum(terms)) > size * (
                _TOLERANCE if exact else mp.mpf(10) ** -25
            ):
                reason = f"they differ at u = {mp.nstr(at, 6)}, log u = {t:.6g}"
                return Equality(False, None, None, None, reason, float(at))
    return None


def recognize(expr: sp.Expr) -> str | None:
    """Name of the divergence that `expr` generates, with its factor: "2 JSD", "squared Hellinger"."""
    if expr.has(sp.betainc):
        return None  # every name is elementary
    for name, known in KNOWN.items():
        result = compare(expr, known)
        if result.holds is not False and result.constant == 0 and result.scale is not None:
            if result.scale == 1:
                return name
            return f"{result.scale} ({name})" if " - " in name else f"{result.scale} {name}"
    return None


def _linear(x: list[mp.mpf], f: list[mp.mpf]) -> bool:
    slope, start = _line(x, f)
    size = max(map(abs, f)) + 1
    return all(abs(start + slope * (xi - 1) - fi) <= _TOLERANCE * size for xi, fi in zip(x, f, strict=True))


def _line(x: list[mp.mpf], g: list[mp.mpf]) -> tuple[mp.mpf, mp.mpf]:
    slope = (g[6] - g[0]) / (x[6] - x[0])
    return slope, g[0] - slope * (x[0] - 1)


def _values(expr: sp.Expr) -> list[mp.mpf] | None:
    function = lambdify(u, expr)
    with mp.workdps(_DIGITS + 10):
        values = []
        for point in _POINTS:
            try:
                value = mp.mpmathify(function(mp.mpf(point.p) / point.q))
            except (ValueError, ZeroDivisionError, TypeError, OverflowError):
                return None
            if abs(mp.im(value)) > mp.mpf(10) ** -40 or not mp.isfinite(value):
                return None
            values.append(mp.re(value))
        return values


def _exact(number: mp.mpf) -> sp.Expr:
    if abs(number) < _TOLERANCE:
        return sp.S.Zero
    for constants in ([], [sp.log(2)], [sp.sqrt(2)]):
        found = sp.nsimplify(
            sp.Float(str(number), 40), constants, tolerance=sp.Float(10) ** -32, rational=not constants
        )
        if sp.count_ops(found) <= 6 and len(str(found)) < 24:
            return found
    return sp.Float(str(number), 30)

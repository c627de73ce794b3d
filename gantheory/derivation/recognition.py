"""Names for derived divergences, and comparison of a user's formula with a derived one.

Two generating functions give the same divergence if they differ by k (u - 1); a factor and a constant
change the value but not what is minimized. Both are solved for and named.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from gantheory.derivation.solution import u
from gantheory.multiprecision import lambdify, mp

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
_DIGITS = 50
_TOLERANCE = mp.mpf(10) ** -35


@dataclass(frozen=True)
class Equality:
    """Whether other = scale * reference + slope (u - 1) + constant.

    `scale`, `slope` and `constant` are exact where they are recognized, else floats to 30 digits; None
    where unequal.
    """

    holds: bool
    scale: sp.Expr | None
    slope: sp.Expr | None
    constant: sp.Expr | None
    method: str

    def __str__(self) -> str:
        if not self.holds:
            return f"not equal ({self.method})"
        parts = []
        if self.scale != 1:
            parts.append(f"scale {self.scale}")
        if self.slope != 0:
            parts.append(f"{self.slope} (u - 1)")
        if self.constant != 0:
            parts.append(f"constant {self.constant}")
        return f"equal{' up to ' + ', '.join(parts) if parts else ''} ({self.method})"


def compare(other: sp.Expr, reference: sp.Expr, *, exactly: bool = False) -> Equality:
    """Compare two functions of u at 50 digits; `exactly` allows no scale, slope or constant (for D*)."""
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
        size = max(map(abs, g)) + mp.mpf(10) ** -10
        worst = max(abs(a * fi + b * (xi - 1) + c - gi) for fi, xi, gi in zip(f, x, g, strict=True)) / size
        if worst > _TOLERANCE:
            return Equality(False, None, None, None, f"{method}: relative gap {mp.nstr(worst, 2)}")
        if not exactly and a <= _TOLERANCE:
            linear = abs(a) <= _TOLERANCE
            reason = "the formula is linear in u" if linear else f"the sign is reversed: scale {_exact(a)}"
            return Equality(False, None, None, None, f"{method}: {reason}")
        return Equality(True, _exact(a), _exact(b), _exact(c), method)


def recognize(expr: sp.Expr) -> str | None:
    """Name of the divergence that `expr` generates, with its factor: "2 JSD", "squared Hellinger"."""
    if expr.has(sp.betainc):
        return None  # every name is elementary
    for name, known in KNOWN.items():
        result = compare(expr, known)
        if result.holds and result.constant == 0 and result.scale is not None:
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

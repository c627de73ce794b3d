"""Names for derived divergences, and comparison of a user's formula with a derived one.

Two generating functions give the same divergence if they differ by k (u - 1); a factor and a constant
change the value but not what is minimized. Both are solved for and named.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import sympy as sp
from flint import arb, arb_mat

from gantheory.derivation.algebra.expressions import simplified
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.algebra.zero import proves_zero
from gantheory.derivation.optimum.stretches import smooth_parts
from gantheory.derivation.signs.kinks import pieces
from gantheory.lowering.balls.enclosure import enclosure, number
from gantheory.lowering.forms.kinks import KINKED
from gantheory.support.deadline import TimeBoundError, within
from gantheory.support.multiprecision import flint_bits, from_ball, lambdify, mp

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
_FAR = (10, 19, 33, 59, 146, 449, 1010)
"""k of the u = 2^k and 2^-k, log u up to 700, at which the formulas are compared too."""
_NEAR = tuple(sp.Rational(1, 10**k) for k in (2, 5, 11, 30))
"""Relative distances from a kink, and from u = 1, at which they are compared."""
_FEW_BITS, _BITS = 220, 1400
_FAR_FOR_BETA = 70
_DIGITS = 50
_TOLERANCE = mp.mpf(10) ** -35
_SECONDS = 5.0
"""For the kinks, and for the proof of an equality; past it the formulas agree numerically."""

Row = tuple[arb, arb, arb]
"""u, the reference and the formula there."""
_scale = sp.Dummy("scale")


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

    Refuted by balls: at some u that exclude scale, slope and constant, which are solved for at three others.
    These u are on both sides of every kink of the formulas, between all of them, and reach log u = +-700.
    Proved by algebra between all kinks, where these are known exactly.
    """
    functions = _function(reference), _function(other)
    slow = reference.has(sp.betainc) or other.has(sp.betainc)
    first, lost = _rows(functions, _POINTS, _FEW_BITS)
    if lost and (unreal := _not_real(other, lost, _FEW_BITS)) is not None:
        return unreal
    quick = _fitted(first, exactly, _FEW_BITS)
    if quick is not None and quick.holds is False:
        return quick
    parts = _parts(other + _scale * reference)
    points = _between(other + _scale * reference) if parts is None else _inside(parts)
    far = [sp.Integer(2) ** (s * k) for k in _FAR if not slow or k < _FAR_FOR_BETA for s in (-1, 1)]
    bits = _FEW_BITS if slow else _BITS
    rows, lost = _rows(functions, [*_POINTS, *points, *far], bits)
    more: list[Row] = []
    if edges := _outside(other + _scale * reference, lost, bits):
        if (unreal := _not_real(other, edges, bits)) is not None:
            return unreal
        more, _ = _rows((_rounded(reference), _rounded(other)), edges, bits)
    rows += more
    found = _fitted(rows, exactly, bits)
    if found is None:
        return Equality(None, None, None, None, "numerically, not proved: no values to compare")
    if found.holds is False:
        return found
    found = _in_exact_numbers(found, other, reference)
    exact = not any(x.is_Float for x in (found.scale, found.slope, found.constant))  # type: ignore[union-attr]
    if exact and parts is not None:
        line = found.slope * (u - 1) + found.constant  # type: ignore[operator]
        rests = [part.subs(_scale, -found.scale) - line for _, _, part in parts]  # type: ignore[operator]
        with suppress(ArithmeticError, ValueError, TypeError, NotImplementedError):
            if within(_SECONDS, lambda: all(proves_zero(rest) for rest in dict.fromkeys(rests))):
                return replace(found, holds=True, method="proved by algebra")
    missing = len(lost) - len(more)
    unseen = f", {missing} more could not be compared" if missing else ""
    return replace(
        found, method=f"numerically, not proved: {_DIGITS} digits at {len(rows)} values of u{unseen}"
    )


def _function(expr: sp.Expr) -> Callable[[Any], arb]:
    """Values as balls; of what has no enclosure, balls around values of high precision.

    A float in a derived formula is a root that is known to its digits: the balls hold what it may be.
    """
    with suppress(ValueError):
        exact = enclosure(expr, u)
        floats = sorted(expr.atoms(sp.Float), key=str)
        if not floats:
            return exact
        moved = [
            enclosure(
                expr.xreplace({x: _moved(x, side * (-1) ** (k * turn)) for k, x in enumerate(floats)}), u
            )
            for side in (-1, 1)
            for turn in (0, 1)
        ]

        def uncertain(at: arb) -> arb:
            value = exact(at)
            off = max((abs(other(at) - value) for other in moved), key=lambda ball: float(ball.abs_upper()))
            return value + 4 * off * arb(0, 1)

        return uncertain
    return _rounded(expr)


def _rounded(expr: sp.Expr) -> Callable[[Any], arb]:
    """Balls around values of high precision; NaN where they are not real and finite."""
    plain = lambdify(u, expr)

    def value(at: arb, digits: int) -> Any:
        with mp.workdps(digits):
            try:
                found = mp.mpmathify(plain(from_ball(at)))
            except (ValueError, ZeroDivisionError, TypeError, OverflowError, ArithmeticError):
                return mp.nan
            return mp.re(found) if abs(mp.im(found)) <= mp.mpf(10) ** -40 else mp.nan

    def rounded(at: arb) -> arb:
        found, again = (value(at, digits) for digits in (_DIGITS + 10, 4 * _DIGITS))
        if not (mp.isfinite(found) and abs(found - again) <= abs(again) * _TOLERANCE):
            return arb.nan()  # it cancels, or has no value
        middle = number(again)
        return middle + abs(middle) * arb(0, 1e-35)

    return rounded


def _moved(x: sp.Expr, units: int) -> sp.Expr:
    """A float by so many units of its last digit."""
    return sp.Rational(x) * (1 + units * sp.Rational(1, 2 ** (x._prec - 2)))


def _rows(
    functions: tuple[Callable[[Any], arb], ...], points: Any, bits: int
) -> tuple[list[Row], list[sp.Expr]]:
    """Rows at the points where both are enclosed, and the other points."""
    rows, lost = [], []
    with flint_bits(bits):
        for point in points:
            at = number(point)
            values = [function(at) for function in functions]
            if all(value.is_finite() for value in values):
                rows.append((at, values[0], values[1]))
            else:
                lost.append(point)
    return rows, lost


def _outside(expr: sp.Expr, lost: list[sp.Expr], bits: int) -> list[sp.Expr]:
    """Those of the points at which a logarithm, a root or a power is taken of 0 or a negative number.

    At the others something is too large for a ball, and could keep mpmath busy for ever.
    """
    if not lost:
        return []
    bases = [x.args[0] for x in expr.atoms(sp.log)]
    bases += [x.base for x in expr.atoms(sp.Pow) if not x.exp.is_nonnegative or not x.exp.is_integer]
    functions = [_function(base) for base in dict.fromkeys(bases)]
    with flint_bits(bits):
        balls = [[function(number(point)) for function in functions] for point in lost]
    return [point for point, found in zip(lost, balls, strict=True) if any(x <= 0 for x in found)]


def _not_real(other: sp.Expr, lost: list[sp.Expr], bits: int) -> Equality | None:
    """That the formula has no real value at one of these points, of which its enclosure says nothing."""
    plain = lambdify(u, other)
    with flint_bits(bits):
        balls = [number(point) for point in lost]
    with mp.workprec(bits):
        for ball in balls:
            at = float(_mpf(ball))
            refuted = Equality(False, None, None, None, f"not real at u = {at:.6g}", witness_u=at)
            try:
                value = mp.mpmathify(within(_SECONDS, partial(plain, from_ball(ball))))
            except (OverflowError, TimeBoundError):  # larger than any number of mpmath
                continue
            except (ValueError, ZeroDivisionError, TypeError):
                return refuted
            if abs(mp.im(value)) > mp.mpf(10) ** -40 or not mp.isfinite(value):
                return refuted
    return None


def _fitted(rows: list[Row], exactly: bool, bits: int) -> Equality | None:
    """Scale, slope and constant, or False where no such numbers fit; None where the points cannot tell."""
    if len(rows) < 4:
        return None
    method = f"{_DIGITS} digits at {len(rows)} points"
    with flint_bits(bits):
        if exactly:
            for at, f, g in rows:
                if f - g > 0 or f - g < 0:
                    return _apart(at, f - g, f)
            return Equality(None, sp.S.One, sp.S.Zero, sp.S.Zero, method)
        base = rows[0], rows[3]
        third = next((row for row in rows if _excludes_zero(_minor([*base, row], 1))), None)
        if third is None:  # the divergence vanishes: only a linear formula gives the same
            if bits == _FEW_BITS:
                return None  # or the reference bends elsewhere
            for row in rows:
                if _excludes_zero(gap := _minor([*base, row], 2)):
                    return _apart(row[0], gap, row[2] * (base[0][0] - base[1][0]))
            slope = (rows[3][2] - rows[3][1] - rows[0][2] + rows[0][1]) / (rows[3][0] - rows[0][0])
            constant = rows[0][2] - rows[0][1] - slope * (rows[0][0] - 1)
            return Equality(None, sp.S.One, _exact(_mpf(slope)), _exact(_mpf(constant)), method)
        chosen = [*base, third]
        scale = _minor(chosen, 2) / _minor(chosen, 1)
        for row in rows:
            gap = arb_mat(4, 4, [x for at, f, g in (*chosen, row) for x in (f, at - 1, arb(1), g)]).det()
            if _excludes_zero(gap):
                return _apart(row[0], gap / _minor(chosen, 1), row[2])
        if not scale > 0:
            reversed_ = f"the sign is reversed: scale {_exact(_mpf(scale))}"
            reason = reversed_ if scale < 0 else "the formula is linear in u"
            return Equality(False, None, None, None, f"{method}: {reason}")
        (x0, f0, g0), (x1, f1, g1) = base
        slope = (g1 - scale * f1 - g0 + scale * f0) / (x1 - x0)
        constant = g0 - scale * f0 - slope * (x0 - 1)
        a, b, c = (_exact(_mpf(x)) for x in (scale, slope, constant))
        return Equality(None, a, b, c, method)


def _apart(at: arb, gap: arb, size: arb) -> Equality:
    with mp.workdps(_DIGITS):
        point, log = _mpf(at), _mpf(at.log())
        share = abs(_mpf(gap)) / abs(_mpf(size)) if _excludes_zero(size) else mp.inf
        by = f" by {mp.nstr(share, 2)} of their size" if mp.isfinite(share) else ""
        reason = f"they differ{by} at u = {mp.nstr(point, 6)}, log u = {mp.nstr(log, 6)}"
        return Equality(False, None, None, None, reason, float(point))


def _minor(rows: list[Row], column: int) -> arb:
    """det of (function, u - 1, 1) at three points."""
    return arb_mat(3, 3, [x for row in rows for x in (row[column], row[0] - 1, arb(1))]).det()


def _excludes_zero(ball: arb) -> bool:
    return bool(ball > 0 or ball < 0)


def _mpf(ball: arb) -> Any:
    with mp.workdps(_DIGITS + 20):
        return from_ball(ball)


def _parts(joint: sp.Expr) -> list[tuple[sp.Expr, sp.Expr, sp.Expr]] | None:
    """Smooth parts between all kinks; None where these are not known exactly."""
    try:
        parts = within(_SECONDS, lambda: pieces(joint, sp.S.Zero, sp.oo))
    except (ArithmeticError, ValueError, TypeError, NotImplementedError):
        return None
    return None if any(part is None for _, _, part in parts) else parts  # type: ignore[return-value]


def _inside(parts: list[tuple[sp.Expr, sp.Expr, sp.Expr]]) -> list[sp.Expr]:
    """Points between neighbouring kinks, and close to each."""
    kinks = [end for _, end, _ in parts[:-1]]
    between = [a + (b - a) * k / 4 for a, b in pairwise(kinks) for k in (1, 2, 3)]
    return [*between, *(k * (1 + s * d) for k in (*kinks, sp.S.One) for d in _NEAR for s in (1, -1))]


def _between(joint: sp.Expr) -> list[sp.Expr]:
    """Points beside the kinks that a grid finds."""
    found: list[sp.Expr] = []
    with suppress(ArithmeticError, ValueError, TypeError, NotImplementedError):
        at_one = joint.subs({_scale: 1, u: sp.exp(_t)})
        parts = within(_SECONDS, lambda: smooth_parts(at_one, _t, -sp.oo, sp.oo))
        found = [sp.exp(end) for _, end, _ in parts[:-1]]
    distances = (sp.Rational(9, 10), *_NEAR)
    return [k * (1 + s * d) for k in (*found, sp.S.One) for d in distances for s in (1, -1)]


def _in_exact_numbers(found: Equality, other: sp.Expr, reference: sp.Expr) -> Equality:
    """Scale, slope and constant from the formulas' values and derivatives at u = 1, where the digits did not
    tell them."""
    scale, slope, constant = found.scale, found.slope, found.constant
    if not any(x.is_Float for x in (scale, slope, constant)):  # type: ignore[union-attr]
        return found
    if any(expr.has(sp.betainc, *KINKED) for expr in (other, reference)):
        return found
    if scale.is_Float:  # type: ignore[union-attr]
        bends = [sp.diff(expr, u, 2).subs(u, 1) for expr in (other, reference)]
        if not all(bend.is_finite for bend in bends) or bends[1].is_zero is not False:
            return found
        scale = simplified(bends[0] / bends[1])
    rest = other - scale * reference
    exact = (scale, simplified(sp.diff(rest, u).subs(u, 1)), simplified(rest.subs(u, 1)))
    known = all(
        value.is_finite and abs(value.evalf(40) - digits) < sp.Float(10) ** -25 * (1 + abs(digits))
        for value, digits in zip(exact, (found.scale, slope, constant), strict=True)
        if digits is not None
    )
    return replace(found, **dict(zip(("scale", "slope", "constant"), exact, strict=True))) if known else found


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


def _exact(value: Any) -> sp.Expr:
    if abs(value) < _TOLERANCE:
        return sp.S.Zero
    for constants in ([], [sp.log(2)], [sp.sqrt(2)]):
        found = sp.nsimplify(
            sp.Float(mp.nstr(value, 45), 40), constants, tolerance=sp.Float(10) ** -32, rational=not constants
        )
        if sp.count_ops(found) <= 6 and len(str(found)) < 24:
            return found
    return sp.Float(mp.nstr(value, 35), 30)

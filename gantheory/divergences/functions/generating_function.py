"""f of an f-divergence as a number.

D_f(P||Q) = E_Q[f(p/q)] with f(1) = 0, and f'(1) = 0 where that limit exists. All of it is a function of
t = log u.
"""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, Self

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array, as_float64
from gantheory.divergences.functions.high_precision import CancellationError
from gantheory.support.multiprecision import context_of, to_mp
from gantheory.support.multiprecision import mp as ctx

_FARTHEST = 1e15
TIED = 4 * float(np.finfo(np.float64).eps)
"""Relative distance of a ratio p/q from a jump that is rounding."""
UNDERFLOW = -650.0
"""A log density that ends below this may have underflowed, and its ratio to another is what rounding leaves;
one that ends above has an end of its support."""

_TWO_SIGNS = "no divergence: p/q = {0} is met, where f tends to oo on one side and to -oo on the other"


class GeneratingFunction(ABC):
    """f(e^t) in float64 and in mpmath to any precision; a subclass gives `_inside` and `scaled_parts`.

    Attributes:
        at_zero: f(0+), may be infinite.
        slope_at_infinity: lim f(u)/u, may be infinite.
        breakpoints: t = log u where f is not smooth.
    """

    costly = False
    """Whether single values are cheaper than the table of all, as where the score is inverted numerically."""

    @property
    def infinite_inside(self) -> bool:
        """Whether f is infinite for some u in (0, oo), and not by rounding."""
        return bool(self.poles)

    recipe: tuple[Callable[..., GeneratingFunction], tuple[Any, ...], dict[str, Any]]
    """What made it, and from what: it pickles so, for tables, compiled functions and locks do not."""

    def __new__(cls, *args: Any, **options: Any) -> Self:
        self = super().__new__(cls)
        self.recipe = cls, args, options
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        maker, args, options = self.recipe
        return partial(maker, **options), args

    def __init__(self, at_zero: Any, slope_at_infinity: Any, breakpoints: tuple[float, ...] = ()) -> None:
        # Subclasses fill tables as they are asked: one thread at a time.
        self._lock = threading.RLock()
        self._ends = (_number(at_zero, "at_zero"), _number(slope_at_infinity, "slope_at_infinity"))
        self.at_zero, self.slope_at_infinity = (_float(end) for end in self._ends)
        self._levels = sorted(breakpoints, key=float)
        self.breakpoints: tuple[float, ...] = tuple(map(float, self._levels))
        if not all(math.isfinite(b) for b in self.breakpoints):
            raise ValueError(f"breakpoints must be finite values of log u, got {self.breakpoints}")

    def levels_mp(self) -> list[Any]:
        """`breakpoints` at the working precision, as far as they were given so."""
        return [to_mp(level) for level in self._levels]

    ties: tuple[tuple[Any, Any], ...] = ()
    """(u, f(u)), exact, where f jumps: atoms of that ratio, up to rounding, count by it."""

    @cached_property
    def weak_poles(self) -> list[Any]:
        """u at which f is infinite like |u - u0|^-a with a < 1, or like its logarithm: densities whose ratio
        passes through it have a finite divergence."""
        found = []
        with ctx.workdps(50):
            for _, _, u in self.poles:
                at = ctx.log(to_mp(u))
                sizes = [[1 + abs(self.mp(at + s * ctx.mpf(10) ** -k)) for k in (4, 8)] for s in (-1, 1)]
                if all(closer < far * ctx.mpf(10) ** 3.999 for far, closer in sizes):
                    found.append(u)
        return found

    @cached_property
    def poles(self) -> list[tuple[float, float, Any]]:
        """(log u, +-oo or NaN where its sides differ, u) where f is infinite."""
        with ctx.workdps(50):
            return [
                (float(ctx.log(to_mp(u))), float(to_mp(f)), u)
                for u, f in self.ties
                if not ctx.isfinite(to_mp(f))
            ]

    def passed(self, t: Array) -> float:
        """What f tends to at a pole without an integral that lies between finite log p/q, else 0.

        Raises:
            ArithmeticError: f tends to oo on one side of it and to -oo on the other.
        """
        t = t[np.isfinite(t)]
        for level, height, u in self.poles:
            if u not in self.weak_poles and (t < level).any() and (t > level).any():
                return one_sign(height, u)
        return 0.0

    def tied(self, t: Array, larger: Array, value: Array, atoms: bool = True) -> Array:
        """q f(p/q) of t = log(p/q), larger = log max(p, q): `value`, but at a jump, up to rounding; of
        densities, where not `atoms`, also at a weak pole."""
        for u, f in self.ties:
            if not atoms and u in self.weak_poles:
                continue
            at, height = float(ctx.log(to_mp(u))), float(to_mp(f))
            with np.errstate(invalid="ignore", under="ignore"):
                near = np.isfinite(larger) & (np.abs(t - at) <= TIED * (1.0 + abs(at) + np.abs(larger)))
                if not (atoms or math.isfinite(height)):
                    near &= larger > UNDERFLOW
                if near.any():
                    one_sign(height, u)
                there = height * np.exp(larger - max(at, 0.0)) if math.isfinite(height) else height
                value = np.where(near, there, value)
        return value

    def tied_mp(self, p: Any, q: Any, rounding: Any) -> Any:
        """f(p/q) where p/q is at a jump up to a relative rounding, else None."""
        for u, f in self.ties:
            if abs(p - q * to_mp(u)) <= rounding * p:
                one_sign(float(to_mp(f)), u)
                return to_mp(f)
        return None

    def mp(self, t: Any) -> Any:
        """f(e^t) at the precision of t's mpmath context; +-inf give the limits f(0) and sign(f'(inf)) inf."""
        context = context_of(t)
        if context is not ctx:
            with ctx.workprec(context.prec):
                return context.make_mpf(self.mp(to_mp(t))._mpf_)
        t = ctx.mpf(t)
        if ctx.isinf(t):
            return self.at_zero_mp if t < 0 else ctx.sign(self.slope_at_infinity_mp) * ctx.inf
        if t == 0:
            return ctx.zero
        with self._lock:
            try:
                return self._inside(t)
            except CancellationError as error:
                at = f"the generating function at log u = {ctx.nstr(t, 8)}"
                raise CancellationError(f"{at}: {error}; a pole of the generator's loss there?") from error

    @abstractmethod
    def _inside(self, t: Any) -> Any:
        """f(e^t) at a finite t other than 0, an mpf."""

    @property
    def at_zero_mp(self) -> Any:
        """f(0+) at the working precision."""
        return to_mp(self._ends[0])

    @property
    def slope_at_infinity_mp(self) -> Any:
        """lim f(u)/u at the working precision."""
        return to_mp(self._ends[1])

    def scaled(self, t: Any) -> Array:
        """f(e^t) / max(1, e^t): of both tails, the form that stays finite where f(0) and f'(inf) are.

        t may be +-inf, where it is f'(inf) and f(0); NaN where t is NaN.
        """
        series, exponent = self.scaled_parts(t)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            return np.where(series == 0.0, 0.0, series * np.exp(exponent))

    @abstractmethod
    def scaled_parts(self, t: Any) -> tuple[Array, Array]:
        """`scaled` as (a, b) with scaled = a exp(b), for weights that compensate an overflow of exp(b)."""

    @property
    def bounded(self) -> bool:
        """Whether no pair of laws makes its divergence infinite."""
        return math.isfinite(self.at_zero) and math.isfinite(self.slope_at_infinity)

    def contributions(self, log_p: Array, log_q: Array) -> Array:
        """q f(p/q) from log densities, as `weighted` says."""
        return self.weighted(log_quotient(log_p, log_q), np.maximum(log_p, log_q), atoms=False)

    def log_sizes(self, log_p: Array, log_q: Array) -> Array:
        """log |q f(p/q)| from log densities, -inf where `log_weighted` is not finite."""
        logs = self.log_weighted(log_quotient(log_p, log_q), np.maximum(log_p, log_q))
        return np.where(np.isfinite(logs), logs, -np.inf)

    def weighted(self, t: Array, larger: Array, atoms: bool = True) -> Array:
        """q f(p/q) of t = log(p/q) and larger = log max(p, q); infinite where f is, however small p and q."""
        series, exponent = self.scaled_parts(t)
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            value = series * np.exp(exponent + larger)
            value = np.where(np.isinf(series), series, value)
        return self.tied(t, larger, np.where((series == 0.0) | np.isinf(larger), 0.0, value), atoms)

    def log_weighted(self, t: Array, larger: Array) -> Array:
        """log |q f(p/q)|, where `weighted` may overflow; +inf only where f is infinite, NaN beyond finite
        |t| = 1e15, where floats hold no logarithm of f to an absolute error."""
        far = np.isfinite(t) & (np.abs(t) > _FARTHEST)
        series, exponent = self.scaled_parts(np.where(far, 0.0, t))
        with np.errstate(invalid="ignore", divide="ignore"):
            logs = np.log(np.abs(series)) + exponent + larger
            for at, end in ((t == -np.inf, self.at_zero_mp), (t == np.inf, self.slope_at_infinity_mp)):
                if at.any():
                    logs = np.where(at, float(ctx.log(abs(end))) + larger if end else -np.inf, logs)
        return np.where(far, np.nan, np.where(np.isinf(larger) | (series == 0.0), -np.inf, logs))

    def finest(self) -> float:
        """The scale of |t| on which f changes near u = 1; quadrature looks for it where p = q."""
        return 1.0

    def of_log(self, t: Any) -> Array:
        """f(e^t); infinite where it overflows."""
        return self._times(t, 1.0)

    def over_u(self, t: Any) -> Array:
        """f(e^t) / e^t: finite for all t where f'(inf) is."""
        return self._times(t, -1.0)

    def _times(self, t: Any, sign: float) -> Array:
        """`scaled` times max(1, e^(sign t))."""
        t = as_float64(t, "t")
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = self.scaled(t)
            value = np.where(scaled == 0.0, 0.0, scaled * np.exp(np.maximum(sign * t, 0.0)))
        return np.where(np.isnan(t), np.nan, value)

    def scaled_mp(self, t: Any) -> Any:
        """`scaled` at the working precision."""
        t = ctx.mpf(t)
        if ctx.isinf(t):
            return self.slope_at_infinity_mp if t > 0 else self.at_zero_mp
        value = self.mp(t)
        return value * ctx.exp(-t) if t > 0 else value

    def weighted_mp(self, p: Any, q: Any) -> Any:
        """q f(p/q) of two masses, exact or of `mp`, at the working precision."""
        if p == q:
            return ctx.zero
        if q == 0:
            return to_mp(p) * self.slope_at_infinity_mp
        if p == 0:
            return to_mp(q) * self.at_zero_mp
        # log1p keeps the digits of p - q, and would round a p far below q away.
        t = ctx.log1p(to_mp((p - q) / q)) if q < 2 * p and p < 2 * q else ctx.log(to_mp(p) / to_mp(q))
        return to_mp(max(p, q)) * self.scaled_mp(t)


def one_sign(height: float, u: Any) -> float:
    """What f tends to at a ratio u that is met.

    Raises:
        ArithmeticError: it has no sign.
    """
    if math.isnan(height):
        raise ArithmeticError(_TWO_SIGNS.format(u))
    return height


def log_quotient(log_p: Array, log_q: Array) -> Array:
    """log(p/q), 0 where both are infinite: outside both supports, where both underflow as logarithms, or at
    a common pole."""
    with np.errstate(invalid="ignore"):
        return np.where(log_p == log_q, 0.0, log_p - log_q)


def _number(value: Any, name: str) -> Any:
    """`value`, checked to be a number, possibly infinite."""
    number = sp.sympify(value, strict=True) if isinstance(value, (int, float)) else value
    if isinstance(number, sp.Expr) and not (number.is_number and number.is_extended_real):
        raise ValueError(f"{name} must be a real number or infinite, got {value}")
    if math.isnan(_float(number)):
        raise ValueError(f"{name} must be a real number or infinite, got nan")
    return number


def _float(number: Any) -> float:
    """As a float; infinite where floats overflow: 2^(10^6)."""
    try:
        return float(number)
    except OverflowError:
        return float(to_mp(number))

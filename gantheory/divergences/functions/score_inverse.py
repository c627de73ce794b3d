"""The optimal score as a number: v*(t) with log(-B'(v)/A'(v)) = t."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from gantheory.divergences.functions.high_precision import ScoreFunction, mp_function, real
from gantheory.support.multiprecision import mp as ctx


@dataclass(frozen=True)
class Part:
    """A generator's two losses at the optimal score, for t = log u up to `end`, where that score is smooth.

    Attributes:
        end: log u at the upper end, inf for the last part.
        R, S: its losses on real and generated samples, expressions in `v`.
        log_ratio: lambda(v) = log(-B'(v)/A'(v)), the log-likelihood ratio at which v is optimal.
        v: the score symbol, or any coordinate of the score.
        score_of_log: v* as an expression of one symbol, t = log u; by default lambda is inverted numerically.
        domain: the open interval of scores.
        guess: v*(t) in float64, from which an inversion starts.
        known: (t, v*(t)) at kinks, beyond which lambda may not go on.
    """

    end: Any
    R: sp.Expr
    S: sp.Expr
    log_ratio: sp.Expr
    v: sp.Symbol
    score_of_log: sp.Expr | None = None
    domain: tuple[Any, Any] = (-math.inf, math.inf)
    guess: Callable[[float], float] | None = None
    known: tuple[tuple[Any, Any], ...] = ()

    def score(self) -> ScoreOfLog:
        """v* as a function of t at the working precision."""
        return ScoreOfLog(self.log_ratio, self.v, self.score_of_log, self.domain, self.guess, self.known)


def resolution(y: Any) -> int:
    """Bits that a coordinate of the score takes beside those of a result.

    The distance to a finite end is e^-|y|, and 1 + e^-|y| stands in many losses: both are resolved.
    """
    return min(int(3 * abs(y)), 20_000) if ctx.isfinite(y) else 0


def root_at_one(ends: Sequence[float], scores: Sequence[ScoreOfLog]) -> int:
    """m such that v*(t) is smooth in t^(1/m) near t = 0: lambda(v) vanishes like (v - v*(1))^m."""
    score = next(score for end, score in zip(ends, scores, strict=True) if end > 0)
    if score.has_formula or 0 in ends:
        return 1
    with ctx.workdps(60):
        v = score(ctx.zero)
        near, nearer = (abs(score.log_ratio(v + step)) for step in (ctx.mpf(2) ** -40, ctx.mpf(2) ** -43))
        order = ctx.log(near / nearer, 8) if nearer > 0 else ctx.one
    found = round(float(order))
    return found if abs(order - found) < 1e-3 and found >= 1 else 1


_STEPS = 12
"""Of Newton's method before a bracket is sought."""


_FARTHEST = 10**5
"""log2 of the largest score."""


class ScoreOfLog:
    """v*(t) at the working precision of mpmath, from a formula or by inverting `log_ratio`.

    A score has a *coordinate* y, any real number, of which it is the image: y = v where the domain has no
    ends, else y runs to an infinity as the score goes to an end.

    Args:
        log_ratio: lambda(v) = log(-B'(v)/A'(v)), monotone on the domain.
        v: the score symbol.
        formula: v* as an expression of one symbol, t = log u; None inverts numerically.
        domain: the open interval of scores.
        guess: v*(t) in float64; by default, and where it does not lie well inside the domain, a bracket is
            sought.
        known: (t, v*(t)) where no search is needed.
    """

    def __init__(
        self,
        log_ratio: sp.Expr,
        v: sp.Symbol,
        formula: sp.Expr | None,
        domain: tuple[Any, Any],
        guess: Callable[[float], float] | None = None,
        known: tuple[tuple[Any, Any], ...] = (),
    ) -> None:
        self._float = guess
        self._known = dict(known)
        self._formula = None
        if formula is not None:
            symbols = formula.free_symbols
            if len(symbols) > 1:
                raise ValueError(f"score_of_log must have one symbol, t = log u, got {formula}")
            self._formula = mp_function(formula, symbols.pop() if symbols else sp.Symbol("t"))
        self.log_ratio = ScoreFunction(log_ratio, v, domain)
        self._slope = ScoreFunction(sp.diff(log_ratio, v), v, domain)
        self._curvature = mp_function(sp.diff(log_ratio, v, 2), v)
        self._ones: dict[int, Any] = {}
        # An end that is a root, not a number, comes as an mpf with the digits that the tails need.
        low, high = (ctx.convert(end) if hasattr(end, "_mpf_") else float(end) for end in domain)
        if not low < high:
            raise ValueError(f"domain must be an interval (low, high) with low < high, got ({low}, {high})")
        self._low, self._high = low, high
        # A number holds its distance from 0 to all digits, and from infinity as many as are asked for.
        self._whole = all(end in (0, -ctx.inf, ctx.inf) for end in (low, high))
        self._guess: Any = None
        self._last: tuple[Any, Any] = (None, None)

    @property
    def has_formula(self) -> bool:
        """Whether v* is given as an expression of t."""
        return self._formula is not None

    def __call__(self, t: Any) -> Any:
        if self._formula is not None:
            return self._formula(ctx.mpf(t))
        if t in self._known:
            return self._known[t]
        if t == 0:
            return self._one()
        prec = ctx.prec
        with ctx.workprec(60):
            v = self._last[1] if self._last[0] == t else self._start(t)
            prec += self._bits(v)
        # Newton doubles the digits at each step, or gains a part of them where lambda' vanishes, until
        # rounding stops it.
        with ctx.workprec(prec + 20):
            before = ctx.inf
            for _ in range(4 * prec):
                gap, slope = self.log_ratio(v) - t, self._slope(v)
                if gap == 0 or slope == 0:
                    break
                move = gap / slope
                if not abs(move) < 0.9 * before:
                    break
                quadratic = abs(move) <= ctx.ldexp(before, -20)
                v, before = v - move, abs(move)
                if self._whole and quadratic and before <= ctx.ldexp(abs(v), -ctx.prec // 2 - 10):
                    break
            if self._whole:  # near a finite end the next precision sees what this one has lost
                self._last = t, v
            return +v

    def _one(self) -> Any:
        """v*(1), by Newton's method on lambda/lambda', whose zero is simple.

        Labels such as -1 and 1 often put the score where lambda' vanishes, and a multiple zero has a third of
        the digits.
        """
        if ctx.prec not in self._ones:
            with ctx.workprec(4 * ctx.prec + 60):
                v = self._start(ctx.zero)
                for _ in range(60):
                    g, first, second = self.log_ratio(v), self._slope(v), self._curvature(v)
                    divisor = first**2 - g * second
                    if g == 0 or divisor == 0:
                        break
                    move = g * first / divisor
                    v -= move
                    if abs(move) <= ctx.ldexp(1 + abs(v), -ctx.prec // 4 - 10):
                        break
            self._ones[ctx.prec] = +v
        return self._ones[ctx.prec]

    def steep_at(self, v: Any) -> bool:
        """Whether lambda'(v) is infinite, as at a kink |v|^(3/2) of A or B."""
        try:
            return bool(ctx.isinf(self._slope(v)))
        except ZeroDivisionError:
            return True

    def _start(self, t: Any) -> Any:
        """The score to some 50 bits, relative to its distance from an end of the domain."""
        if self._float is not None and abs(t) < 700:
            v = ctx.mpf(self._float(float(t)))
            room = min(v - self._low, self._high - v)
            if ctx.isfinite(v) and room > 1e-3 * min(abs(v), ctx.one) and room > 0:
                with ctx.workprec(60 + self._bits(v)):
                    near = self._slope(v)
                    if near != 0 and abs((self.log_ratio(v) - t) / near) <= 1e-3 * room:
                        return v
        return self._bracketed(t)

    @property
    def _stable(self) -> bool:
        return self.log_ratio.stable and self._slope.stable

    def resolution(self, y: Any) -> int:
        """Bits that a coordinate takes beside those of a result: none where nothing is lost at either end."""
        return 0 if self._whole and self._stable else resolution(y)

    def _bits(self, v: Any) -> int:
        """The same of a score: for e^-|v|, unless the formulas are stable, and for its distance to an end."""
        far = 0 if self._stable else resolution(v)
        return far if self._whole else max(far, resolution(self.coordinate(v)))

    def coordinate(self, v: Any) -> Any:
        """The real number y whose image `point(y)` is the score v."""
        low, high = self._low, self._high
        finite_low, finite_high = low != -ctx.inf, high != ctx.inf
        if finite_low and finite_high:
            return ctx.log(v - low) - ctx.log(high - v)
        if finite_low:
            return ctx.log(v - low)
        return -ctx.log(high - v) if finite_high else v

    def rate(self, y: Any) -> Any:
        """dv/dy at a coordinate of the score."""
        low, high = self._low, self._high
        finite_low, finite_high = low != -ctx.inf, high != ctx.inf
        if finite_low and finite_high:
            far = ctx.exp(-abs(y))
            return (high - low) * far / (1 + far) ** 2
        return ctx.exp(y) if finite_low else ctx.exp(-y) if finite_high else ctx.one

    def point(self, y: Any) -> Any:
        """The domain as the image of the real line, so that one bracket search does for all domains."""
        low, high = self._low, self._high
        finite_low, finite_high = low != -ctx.inf, high != ctx.inf
        if finite_low and finite_high:
            # Written from the nearer end, which keeps the distance to it.
            return low + (high - low) / (1 + ctx.exp(-y)) if y < 0 else high - (high - low) / (1 + ctx.exp(y))
        if finite_low:
            return low + ctx.exp(y)
        return high - ctx.exp(-y) if finite_high else y

    def _excess(self, y: Any, t: Any) -> Any:
        with ctx.workprec(60 + self.resolution(y)):
            try:
                return real(self.log_ratio(self.point(y))) - t
            except ZeroDivisionError:  # far out A' has rounded to 0
                return ctx.inf

    def _bracketed(self, t: Any) -> Any:
        """Score to about 50 bits, from the last result: by Newton's method in the coordinate, in which tails
        are nearly straight, or else from an expanding bracket."""
        middle = ctx.mpf(0) if self._guess is None else self._guess
        if (found := self._newton(t, middle)) is not None:
            self._guess = found
            return self._at(found)
        at_middle = self._excess(middle, t)
        before, step = ctx.zero, ctx.one
        while at_middle != 0:
            sides = [s for s in (-1, 1) if self._excess(middle + s * step, t) * at_middle <= 0]
            if sides:
                while step > 4 * before > 0:
                    mean = ctx.sqrt(before * step)
                    beyond = self._excess(middle + sides[0] * mean, t) * at_middle <= 0
                    before, step = (before, mean) if beyond else (mean, step)
                middle = self._illinois(t, middle + sides[0] * before, middle + sides[0] * step)
                break
            # Scores that grow like a power of u are far beyond 2^60 where densities have their tails.
            before, step = step, step * (2 if step < ctx.mpf(2) ** 60 else step)
            if step > ctx.mpf(2) ** _FARTHEST:
                raise ArithmeticError(f"no score has log(-B'/A') = {ctx.nstr(ctx.mpf(t), 8)} on the domain")
        self._guess = middle
        return self._at(middle)

    def _at(self, y: Any) -> Any:
        with ctx.workprec(60 + min(int(1.5 * abs(y)), 20_000)):
            return self.point(y)

    def _newton(self, t: Any, y: Any) -> Any:
        """The coordinate at which the excess vanishes, where steps from y shrink to nothing; else None."""
        before = ctx.inf
        for _ in range(_STEPS):
            with ctx.workprec(60 + self.resolution(y)):
                try:
                    v = self.point(y)
                    move = (real(self.log_ratio(v)) - t) / (self._slope(v) * self.rate(y))
                except (ZeroDivisionError, ArithmeticError, ValueError):
                    return None
            if not abs(move) < 0.9 * before:
                return None
            y, before = y - move, abs(move)
            if before <= ctx.mpf(2) ** -45 * abs(y):
                return y
        return None

    def _illinois(self, t: Any, a: Any, b: Any) -> Any:
        """Root of the excess between a and b by regula falsi, the stale end's value halved."""
        at_a, at_b = self._excess(a, t), self._excess(b, t)
        for _ in range(200):
            if at_b == 0 or at_a == at_b or abs(b - a) < ctx.mpf(2) ** -50 * (abs(a) + abs(b)):
                break
            steep = not (ctx.isfinite(at_a) and ctx.isfinite(at_b))
            y = (a + b) / 2 if steep else b - at_b * (b - a) / (at_b - at_a)
            at_y = self._excess(y, t)
            if at_y * at_b <= 0:
                a, at_a = b, at_b
            else:
                at_a /= 2
            moved, b, at_b = abs(y - b), y, at_y
            if moved < ctx.mpf(2) ** -45 * abs(y):
                break
        return b

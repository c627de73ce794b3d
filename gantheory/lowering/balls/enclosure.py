"""Rigorous enclosures of sympy expressions in python-flint's ball arithmetic.

A ball [m +/- r] (arb, or acb in the complex plane) contains the exact value; every operation rounds the
radius up. What comes out of `enclosure` is therefore a proof up to the correctness of FLINT (Johansson,
"Arb: efficient arbitrary-precision midpoint-radius interval arithmetic", IEEE Trans. Comp. 2017).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import flint
import sympy as sp
from sympy.logic.boolalg import And, BooleanFalse, BooleanTrue, Not, Or

from gantheory.lowering.balls.functions import (
    BY_REAL_PART,
    COMPARISONS,
    FUNCTIONS,
    acb,
    arb,
    choose,
    incomplete_beta,
    is_complex,
    nan,
    positive,
    power,
    whole_power,
)
from gantheory.support.multiprecision import flint_bits

Ball = Any
"""flint.arb or flint.acb: python-flint ships no types that mypy could follow through both."""

_CONSTANTS: dict[Any, Callable[[], Ball]] = {
    sp.pi: arb.pi,
    sp.E: arb.const_e,
    sp.EulerGamma: arb.const_euler,
    sp.Catalan: arb.const_catalan,
    sp.GoldenRatio: lambda: (1 + arb(5).sqrt()) / 2,
}

_Step = Callable[[list[Ball], bool], Ball]


def number(value: Any) -> Ball:
    """Ball around an exact number: int, float (the binary number it is), Fraction, mpf, sympy constant.

    Raises:
        TypeError: not a real number.
    """
    if isinstance(value, arb | acb):
        return value
    if isinstance(value, Fraction):
        return arb(flint.fmpq(value.numerator, value.denominator))
    if isinstance(value, bool):
        raise TypeError(f"number must be real, got {value!r}")
    if isinstance(value, int | float):
        return arb(value)
    if hasattr(value, "_mpf_"):  # mpmath's mpf and sympy's Float: (-1)^sign man 2^exp
        sign, mantissa, exponent, _ = value._mpf_
        if not mantissa and exponent:  # inf and nan
            return arb.nan()
        return arb((flint.fmpz(int(-mantissa if sign else mantissa)), flint.fmpz(int(exponent))))
    if isinstance(value, sp.Expr):
        return enclosure(value)()
    if hasattr(value, "numerator") and hasattr(value, "denominator"):
        return arb(flint.fmpq(int(value.numerator), int(value.denominator)))
    if hasattr(value, "as_integer_ratio"):  # NumPy's other floats, Decimal
        top, bottom = value.as_integer_ratio()
        return arb(flint.fmpq(int(top), int(bottom)))
    raise TypeError(f"number must be real, got {value!r}")


def enclosure(expr: sp.Expr, *symbols: sp.Symbol) -> Callable[..., Ball]:
    """Compile a sympy expression to a function on balls.

    Returns f(*values, analytic=False): values are arb or acb (or exact Python numbers), the result is an arb,
    or an acb where a value is one, that contains expr at every point of the values, computed at the current
    `flint.ctx.prec`. It is not finite where expr is not defined on all of them. Constants are exact: no
    float stands between sympy and the ball.

    With analytic=True, as `flint.acb.integral` asks, the result is not finite unless expr continues
    analytically from the real line to the whole box. Abs, sign, Max, Min, Heaviside and Piecewise go by the
    real part; a box on which that is undecided gets the union of the branches, or nan if analytic.

    Args:
        expr: Add, Mul, Pow (positive base, or an integer exponent), exp, log, Abs, sign, Max, Min, Piecewise,
            Heaviside, LambertW, erf, erfc, gamma, loggamma, polygamma, beta, betainc, circular and hyperbolic
            functions.
        symbols: in the order of the values; at least the free symbols of expr.

    Raises:
        ValueError: expr holds another symbol, or a node that has no enclosure, named in the message.
    """
    expr = sp.sympify(expr, strict=True)
    unknown = expr.free_symbols - set(symbols)
    if unknown:
        names = ", ".join(str(s) for s in symbols) or "no symbols"
        raise ValueError(f"expr may hold only {names}, got also {', '.join(sorted(str(s) for s in unknown))}")
    compiler = _Compiler(symbols)
    result = compiler.node(expr)
    steps, count = compiler.steps, len(symbols)

    def evaluate(*values: Ball, analytic: bool = False) -> Ball:
        if len(values) != count:
            raise TypeError(f"values must be {count}, one for each symbol, got {len(values)}")
        with flint_bits():
            slots: list[Ball] = [number(value) for value in values]
            for step in steps:
                slots.append(step(slots, analytic))
            out = slots[result]
            return acb(out) if any(map(is_complex, values)) and not is_complex(out) else out

    return evaluate


class _Compiler:
    """Steps in order of evaluation, each distinct subexpression once; slots hold symbols, then steps."""

    def __init__(self, symbols: tuple[sp.Symbol, ...]) -> None:
        self.steps: list[_Step] = []
        self._inputs = len(symbols)
        self._known: dict[Any, int] = {symbol: k for k, symbol in enumerate(symbols)}

    def node(self, expr: sp.Basic) -> int:
        if expr not in self._known:
            step = self._constant(expr) if not expr.free_symbols else self._step(expr)
            self.steps.append(step)
            self._known[expr] = self._inputs + len(self.steps) - 1
        return self._known[expr]

    def _constant(self, expr: sp.Basic) -> _Step:
        """A constant is computed once for each precision."""
        if expr.is_Rational:
            make = lambda: arb(flint.fmpq(int(expr.p), int(expr.q)))  # noqa: E731
        elif expr.is_Float:
            make = lambda: number(expr)  # noqa: E731
        elif expr in _CONSTANTS:
            make = _CONSTANTS[expr]
        elif expr.is_Atom:
            raise ValueError(f"expr must be real and finite to have an enclosure, got {expr} in it")
        else:
            inner = _Compiler(())
            last = inner._step(expr)

            def make() -> Ball:
                slots: list[Ball] = []
                for step in inner.steps:
                    slots.append(step(slots, False))
                return last(slots, False)

        cache: dict[int, Ball] = {}

        def constant(slots: list[Ball], analytic: bool) -> Ball:
            prec = flint.ctx.prec
            if prec not in cache:
                cache[prec] = make()
            return cache[prec]

        return constant

    def _step(self, expr: sp.Basic) -> _Step:
        if isinstance(expr, sp.Add | sp.Mul):
            return self._fold(expr)
        if isinstance(expr, sp.Pow):
            return self._power(*expr.args)
        if isinstance(expr, sp.Piecewise):
            return self._piecewise(expr)
        name = type(expr).__name__
        if name in ("Max", "Min"):
            return self._extreme([self.node(arg) for arg in expr.args], name == "Max")
        if name in BY_REAL_PART:  # Heaviside carries its value at 0 as a second argument
            branch, arg = BY_REAL_PART[name], self.node(expr.args[0])
            at_zero = number(expr.args[1]) if name == "Heaviside" else arb(0)
            return lambda slots, analytic: branch(slots[arg], at_zero, analytic)
        if name == "betainc":
            return self._incomplete_beta(*expr.args)
        if name not in FUNCTIONS:
            raise ValueError(f"expr has no enclosure: {name} in {expr} is not supported")
        function, nodes = FUNCTIONS[name], [self.node(arg) for arg in expr.args]
        return lambda slots, analytic: function(*(slots[k] for k in nodes), analytic=analytic)

    def _incomplete_beta(self, a: sp.Expr, b: sp.Expr, x1: sp.Expr, x2: sp.Expr) -> _Step:
        top, bottom = sp.fraction(x2)
        odds = sp.expand(bottom - top - 1) == 0 and top != 0
        # w/(1 + w) loses the digits of the distance to 1, and w stands in it twice.
        parts = (1 / (1 + 1 / top), 1 / bottom) if odds else (x2, 1 - x2)
        nodes = [self.node(arg) for arg in (a, b, x1, *parts)]
        pole_a, pole_b = (int(-n) if n.is_integer and n <= 0 else None for n in (a, b))
        starts: dict[tuple[int, bool], Ball] = {}  # antiderivatives at a constant x1
        memory = None if x1.free_symbols or a.free_symbols or b.free_symbols else starts
        beta: Callable[..., Ball] = partial(incomplete_beta, pole_a=pole_a, pole_b=pole_b, memory=memory)
        return lambda slots, analytic: beta(*(slots[k] for k in nodes))

    def _fold(self, expr: sp.Expr) -> _Step:
        first, *rest = [self.node(arg) for arg in expr.args]
        add = isinstance(expr, sp.Add)

        def fold(slots: list[Ball], analytic: bool) -> Ball:
            total = slots[first]
            for k in rest:
                total = total + slots[k] if add else total * slots[k]
            return total

        return fold

    def _power(self, base: sp.Expr, exponent: sp.Expr) -> _Step:
        b = self.node(base)
        if exponent.is_Integer:
            n = int(exponent)
            return lambda slots, analytic: whole_power(slots[b], n)
        e = self.node(exponent)
        if exponent is sp.S.Half:
            return lambda slots, analytic: FUNCTIONS["sqrt"](slots[b], analytic=analytic)
        return lambda slots, analytic: power(slots[b], slots[e], analytic)

    def _extreme(self, nodes: list[int], largest: bool) -> _Step:
        def extreme(slots: list[Ball], analytic: bool) -> Ball:
            best = slots[nodes[0]]
            for k in nodes[1:]:
                gap = slots[k] - best
                best = choose(positive(gap if largest else -gap), slots[k], best, analytic)
            return best

        return extreme

    def _piecewise(self, expr: sp.Piecewise) -> _Step:
        pieces = [(self.node(value), self._condition(condition)) for value, condition in expr.args]

        def piecewise(slots: list[Ball], analytic: bool) -> Ball:
            total, found = None, False
            for value, condition in pieces:
                truth = condition(slots)
                if truth is False:
                    continue
                if truth is None and analytic:
                    return nan(slots[value])
                total = slots[value] if total is None else choose(None, slots[value], total, False)
                if truth:
                    found = True
                    break
            return total if found else acb("nan")

        return piecewise

    def _condition(self, condition: sp.Basic) -> Callable[[list[Ball]], bool | None]:
        """True or False where certain on the whole box, None where undecided."""
        if isinstance(condition, BooleanTrue | BooleanFalse):
            certain = bool(condition)
            return lambda slots: certain
        if isinstance(condition, And | Or):
            parts, absorbing = [self._condition(arg) for arg in condition.args], isinstance(condition, Or)

            def combined(slots: list[Ball]) -> bool | None:
                truths = [part(slots) for part in parts]
                if absorbing in truths:
                    return absorbing
                return None if None in truths else not absorbing

            return combined
        if isinstance(condition, Not):
            inner = self._condition(condition.args[0])

            def negated(slots: list[Ball]) -> bool | None:
                truth = inner(slots)
                return None if truth is None else not truth

            return negated
        compare = COMPARISONS.get(type(condition).__name__)
        if compare is None:
            raise ValueError(f"expr has no enclosure: condition {condition} is not supported")
        left, right = self.node(condition.args[0]), self.node(condition.args[1])
        return lambda slots: compare(slots[left] - slots[right])

"""The functions that `balls` knows, on arb and acb, with their branch cuts.

Each takes `analytic`: then the result is not finite on a box that a branch cut touches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flint
from flint import acb, arb

Ball = Any


def is_complex(x: Any) -> bool:
    return isinstance(x, acb)


def nan(like: Ball) -> Ball:
    return acb("nan") if is_complex(like) else arb.nan()


def power(base: Ball, exponent: Ball, analytic: bool) -> Ball:
    """base^exponent by the principal branch; of a real ball, only where the base is provably positive."""
    if is_complex(base) or is_complex(exponent):
        return acb(base).pow(acb(exponent), analytic=analytic)
    return base**exponent


def whole_power(base: Ball, n: int) -> Ball:
    """base^n; through the complex power, as arb's own gives nan for a ball around 0."""
    return base**n if is_complex(base) else (acb(base) ** n).real


def _entire(name: str) -> Callable[..., Ball]:
    """Entire or meromorphic: a pole gives a ball that is not finite by itself."""
    return lambda x, analytic=False: getattr(x, name)()


def _forwarding(name: str) -> Callable[..., Ball]:
    """Flint's own check of the cut."""

    def call(x: Ball, analytic: bool = False) -> Ball:
        return getattr(x, name)(analytic=analytic) if is_complex(x) else getattr(x, name)()

    return call


def _off(name: str, clear: Callable[[Ball], bool]) -> Callable[..., Ball]:
    """A function whose cut flint does not check: `clear` says that the box is off it for certain."""

    def call(x: Ball, analytic: bool = False) -> Ball:
        if analytic and is_complex(x) and not clear(x):
            return nan(x)
        return getattr(x, name)()

    return call


def _above_or_below(z: Ball) -> bool:
    return not z.imag.contains(0)


def _off_imaginary_rays(z: Ball) -> bool:
    return not z.real.contains(0) or bool(abs(z.imag) < 1)


def _off_real_rays(z: Ball) -> bool:
    return _above_or_below(z) or bool(abs(z.real) < 1)


def _lambertw(z: Ball, branch: Ball = 0, analytic: bool = False) -> Ball:
    k = _integer(branch)
    if k is None:
        return nan(z)
    if not is_complex(z):
        return z.lambertw(k)
    # W_0 is cut along (-oo, -1/e]; the real values of W_-1 lie on its own cut.
    if k != 0 or (analytic and not (_above_or_below(z) or z.real > -1 / arb.const_e())):
        return nan(z)
    return z.lambertw()


def _integer(x: Ball) -> int | None:
    value = acb(x).unique_fmpz() if acb(x).is_exact() else None
    return None if value is None else int(value)


def incomplete_beta(
    a: Ball,
    b: Ball,
    x1: Ball,
    x2: Ball,
    gap2: Ball,
    pole_a: int | None,
    pole_b: int | None,
    memory: dict[tuple[int, bool], Ball] | None = None,
) -> Ball:
    """int_{x1}^{x2} t^(a-1) (1-t)^(b-1) dt for real a and b and a real x1 in (0, 1).

    Not finite where x2 may touch the cuts (-oo, 0] and [1, oo), so that it is analytic wherever it is finite.

    Args:
        gap2: 1 - x2, with its own digits where x2 is close to 1.
        pole_a, pole_b: -a and -b where these are integers >= 0, of which a ball cannot be certain.
        memory: of what comes from x1, by precision, where x1 is always the same.
    """
    turned = bool(abs(gap2.mid()) < abs(x2.mid()))
    sign = 1
    if turned:
        # t -> 1 - t exchanges the ends: the variable is always the one close to 0.
        a, b, x1, x2, pole_a, sign = b, a, 1 - x1, gap2, pole_b, -1
    key = (flint.ctx.prec, turned)
    start = None if memory is None else memory.get(key)
    if start is None:
        start = _beta_antiderivative(a, b, x1, pole_a)
        if memory is not None:
            memory[key] = start
    return sign * (_beta_to(a, b, x2, pole_a) - start)


_THIN = arb(2) ** -40


def _beta_to(a: Ball, b: Ball, x: Ball, pole: int | None) -> Ball:
    if x.is_exact():
        return _beta_antiderivative(a, b, x, pole)
    if not is_complex(x):
        if not (x > 0 and x < 1):
            return nan(x)
        if x.rad() > _THIN * x.lower():
            # The integrand is positive, so the integral rises with x.
            low, high = (_beta_antiderivative(a, b, end, pole) for end in (x.lower(), x.upper()))
            return low.union(high)
    # From the middle, with the integrand as slope: 2F1 of a wide ball is slow and wide.
    middle = x.mid() if not is_complex(x) else acb(x.real.mid(), x.imag.mid())
    slope = power(x, a - 1, True) * power(1 - x, b - 1, True)
    return _beta_antiderivative(a, b, middle, pole) + slope * (x - middle)


def _beta_antiderivative(a: Ball, b: Ball, x: Ball, pole: int | None) -> Ball:
    """An antiderivative of x^(a-1) (1-x)^(b-1), which is 0 at x = 0 if a > 0.

    x^a/a 2F1(a, 1-b; a+1; x); and at a = -N, from the binomial series sum c_n x^n of (1-x)^(b-1),
    sum_{n<N} c_n x^(n-N)/(n-N) + c_N log x + c_(N+1) x 3F2(1, 1, N+2-b; 2, N+2; x).
    """
    if x.is_zero():
        return type(x)(0) if a > 0 else nan(x)
    if not abs(x) < _DISC:
        return nan(x)
    kind = acb if is_complex(x) else arb
    if pole is None:
        return power(x, a, True) / a * x.hypgeom_2f1(kind(a), kind(1 - b), kind(a + 1))
    c, total = arb(1), kind(0)
    for n in range(pole):
        total += c * x ** (n - pole) / (n - pole)
        c = c * (1 - b + n) / (n + 1)
    total += c * (x.log(analytic=True) if is_complex(x) else x.log())
    following = c * (1 - b + pole) / (pole + 1)
    above: list[Any] = [acb(1), acb(1), acb(pole + 2 - b)]
    below: list[Any] = [acb(2), acb(pole + 2)]
    series = acb(x).hypgeom(above, below)
    return total + following * x * (series if is_complex(x) else series.real)


_DISC = arb("0.98")


def _beta(a: Ball, b: Ball, analytic: bool = False) -> Ball:
    return a.gamma() * b.gamma() * (a + b).rgamma()


def _polygamma(order: Ball, x: Ball, analytic: bool = False) -> Ball:
    if is_complex(x):
        return x.polygamma(acb(order))
    value = acb(x).polygamma(acb(order))
    return value.real


def _log_gamma(x: Ball, analytic: bool = False) -> Ball:
    if analytic and is_complex(x) and not (_above_or_below(x) or x.real > 0):
        return nan(x)
    return x.lgamma()


FUNCTIONS: dict[str, Callable[..., Ball]] = {
    **{name: _entire(name) for name in ("exp", "erf", "erfc", "erfi", "gamma")},
    **{name: _entire(name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "sech", "coth")},
    "log": _forwarding("log"),
    "sqrt": _forwarding("sqrt"),
    "atan": _off("atan", _off_imaginary_rays),
    "asinh": _off("asinh", _off_imaginary_rays),
    "asin": _off("asin", _off_real_rays),
    "acos": _off("acos", _off_real_rays),
    "atanh": _off("atanh", _off_real_rays),
    "acosh": _off("acosh", lambda z: _above_or_below(z) or bool(z.real > 1)),
    "loggamma": _log_gamma,
    "polygamma": _polygamma,
    "beta": _beta,
    "LambertW": _lambertw,
}
"""By the name of the sympy class."""


def _sign_of(x: Ball) -> int | None:
    """Sign of the real part: 1, -1, 0 of an exact 0; None where undecided."""
    real = x.real if is_complex(x) else x
    if real > 0:
        return 1
    if real < 0:
        return -1
    return 0 if x.is_zero() else None


def _abs(x: Ball, _: Ball, analytic: bool) -> Ball:
    sign = _sign_of(x)
    if sign is None:
        # |x| of a real ball is tighter than the union of x and -x.
        return nan(x) if analytic else (x.union(-x) if is_complex(x) else abs(x))
    return x if sign >= 0 else -x


def _sign(x: Ball, _: Ball, analytic: bool) -> Ball:
    sign = _sign_of(x)
    if sign is None:
        return nan(x) if analytic else type(x)(arb(0, 1))
    return type(x)(sign)


def _heaviside(x: Ball, at_zero: Ball, analytic: bool) -> Ball:
    sign = _sign_of(x)
    if sign is None:
        return nan(x) if analytic else type(x)(arb(0).union(arb(1)).union(at_zero))
    return type(x)(at_zero if sign == 0 else (1 + sign) // 2)


BY_REAL_PART: dict[str, Callable[[Ball, Ball, bool], Ball]] = {
    "Abs": _abs,
    "sign": _sign,
    "Heaviside": _heaviside,
}


def positive(x: Ball, allow_zero: bool = False) -> bool | None:
    """Whether the real part is > 0 (>= 0); None where that is not certain."""
    real = x.real if is_complex(x) else x
    if (real >= 0) if allow_zero else (real > 0):
        return True
    return False if ((real < 0) if allow_zero else (real <= 0)) else None


def _zero(x: Ball) -> bool | None:
    if x.is_zero():
        return True
    real = x.real if is_complex(x) else x
    # By the real part, like the other comparisons.
    return False if real > 0 or real < 0 else None


def _not(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


COMPARISONS: dict[str, Callable[[Ball], bool | None]] = {
    "StrictGreaterThan": positive,
    "GreaterThan": lambda x: positive(x, True),
    "StrictLessThan": lambda x: positive(-x),
    "LessThan": lambda x: positive(-x, True),
    "Equality": _zero,
    "Unequality": lambda x: _not(_zero(x)),
}


def _same(a: Ball, b: Ball) -> tuple[Ball, Ball]:
    return (acb(a), acb(b)) if is_complex(a) or is_complex(b) else (a, b)


def choose(truth: bool | None, yes: Ball, no: Ball, analytic: bool) -> Ball:
    """One of two branches; their union where undecided, which is not analytic."""
    if truth is None:
        if analytic:
            return nan(yes)
        left, right = _same(yes, no)
        return left.union(right)
    return yes if truth else no

"""The functions that `balls` knows, on arb and acb, with their branch cuts.

Each takes `analytic`: then the result is not finite on a box that a branch cut touches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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


def _off_unit_interval_complement(z: Ball) -> bool:
    return not is_complex(z) or _above_or_below(z) or bool(z.real > 0 and z.real < 1)


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


_WIDE = arb(2) ** -40


def incomplete_beta(whole_sum: bool, whole_b: bool, whole_a: bool) -> Callable[..., Ball]:
    """int_{x1}^{x2} t^(a-1) (1-t)^(b-1) dt with real a and b, of which not both are integers <= 0.

    That a + b, b or a is an integer has to be said: a ball around 1/3 + 2/3 cannot tell, and the
    transformation of 2F1 near 1 has a removable singularity there.
    """

    def betainc(a: Ball, b: Ball, x1: Ball, x2: Ball, analytic: bool = False) -> Ball:
        if is_complex(a) or is_complex(b):
            return nan(x2)
        if analytic and not (_off_unit_interval_complement(x1) and _off_unit_interval_complement(x2)):
            return nan(x2)
        if not is_complex(x2) and x2.rad() > _WIDE and x2 > 0 and x2 < 1:
            # The integrand is positive, so the integral rises with x2.
            return betainc(a, b, x1, x2.lower()).union(betainc(a, b, x1, x2.upper()))
        at_one = b > 0 and not is_complex(x2) and x2 == 1
        if at_one or _pole(a):
            # t -> 1 - t exchanges the ends: there the first parameter is no pole.
            if _pole(b):
                return nan(x2)
            return _beta_part(1 - x1, b, a, whole_sum, whole_a) - _beta_part(1 - x2, b, a, whole_sum, whole_a)
        return _beta_part(x2, a, b, whole_sum, whole_b) - _beta_part(x1, a, b, whole_sum, whole_b)

    return betainc


def _pole(a: Ball) -> bool:
    """Whether a may be an integer <= 0."""
    return not a > 0 and bool(acb(a).contains_integer())


def _beta_part(x: Ball, a: Ball, b: Ball, whole_sum: bool, whole_b: bool) -> Ball:
    """x^a/a 2F1(a, 1-b; a+1; x), an antiderivative of x^(a-1) (1-x)^(b-1) on (0, 1)."""
    if not is_complex(x) and x.is_zero():
        return arb(0) if a > 0 else arb.nan()
    kind = acb if is_complex(x) else arb
    series = x.hypgeom_2f1(kind(a), kind(1 - b), kind(a + 1), ab=whole_sum, abc=whole_b)
    return power(x, a, False) / a * series


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
    "exp": _entire("exp"),
    "log": _forwarding("log"),
    "sqrt": _forwarding("sqrt"),
    "erf": _entire("erf"),
    "erfc": _entire("erfc"),
    "erfi": _entire("erfi"),
    "sin": _entire("sin"),
    "cos": _entire("cos"),
    "tan": _entire("tan"),
    "sinh": _entire("sinh"),
    "cosh": _entire("cosh"),
    "tanh": _entire("tanh"),
    "sech": _entire("sech"),
    "coth": _entire("coth"),
    "atan": _off("atan", _off_imaginary_rays),
    "asinh": _off("asinh", _off_imaginary_rays),
    "asin": _off("asin", _off_real_rays),
    "acos": _off("acos", _off_real_rays),
    "atanh": _off("atanh", _off_real_rays),
    "acosh": _off("acosh", lambda z: _above_or_below(z) or bool(z.real > 1)),
    "gamma": _entire("gamma"),
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

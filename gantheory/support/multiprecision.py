"""Arbitrary precision that no thread shares: `mp` in place of mpmath's global context, a guard of flint's.

mpmath and python-flint keep their working precision in one global variable, so that two threads which
compute at different digits give each other wrong numbers without a word, and a user's own ``mpmath.mp.dps``
changes under their feet. Here:

- `mp` is one private mpmath context whose precision belongs to the running thread. Its numbers may be kept
  in caches that threads share: an operation on them works at the precision of the thread that does it.
- `lambdify` gives functions of `mp` from sympy expressions.
- sympy evaluates functions (erf, gamma, betainc, roots) at mpmath's global precision. The names by which its
  modules reach that context are bound to `mp` here: the same digits, no global variable. An interval of a
  real root, which its readers change for a moment, is read without that.
- python-flint has no contexts: `flint_bits` holds a lock while its precision is changed.

Numbers handed to a user are mpmath's own again (`public`): they follow the user's ``mpmath.mp``.
"""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

import mpmath
import sympy as sp
from mpmath import libmp
from sympy.printing.pycode import MpmathPrinter
from sympy.utilities.lambdify import MPMATH_TRANSLATIONS

from gantheory.arguments.strict import refuse_text

_WARM_BITS = 4_000

_DOUBLED = 5
"""Times that the bits of a difference are doubled until it is sharp."""


class _Precision(threading.local):
    """The pair [bits, rounding] and the digits of one thread, in the shape in which mpmath reads them."""

    def __init__(self) -> None:
        self.pair: list[Any] = [53, libmp.round_nearest]
        self.digits = 15

    def __iter__(self) -> Iterator[Any]:
        return iter(self.pair)

    def __getitem__(self, k: int) -> Any:
        return self.pair[k]

    def __setitem__(self, k: int, value: Any) -> None:
        self.pair[k] = value


class _Context(mpmath.MPContext):
    """An mpmath context of a precision per thread."""

    def __init__(self) -> None:
        self._own = _Precision()
        super().__init__()

    # mpmath's constructor would put a plain list, shared by all threads, in its place.
    _prec_rounding = property(attrgetter("_own"), lambda self, value: None)
    # Mpmath sets the bits in the pair as well.
    _prec = property(lambda self: self._own.pair[0], lambda self, bits: None)
    _dps = property(lambda self: self._own.digits, lambda self, digits: setattr(self._own, "digits", digits))


mp: Any = _Context()
"""The context of the whole package: `mp.mpf`, `mp.workdps`, `mp.quad` and so on, as in mpmath."""


_LARGEST_EXPONENT = 100_000
"""Bits of x beyond which e^x is refused: as many bits of log 2 would have to be found."""


def _exp(x: Any, prec: int, rounding: str) -> Any:
    """e^x at once where mpmath takes e to an integer by a squaring for each of its bits: scores far out have
    10^4 of them."""
    _, man, exponent, bits = x
    if not man or exponent < 0 or exponent + bits <= 64:
        return libmp.mpf_exp(x, prec, rounding)
    if exponent + bits > _LARGEST_EXPONENT:
        raise OverflowError(f"e to the power of a number of {exponent + bits} bits")
    work = prec + exponent + bits + 20
    twos = int(libmp.to_int(libmp.mpf_div(x, libmp.mpf_ln2(work), work)))  # an mpz with gmpy2: no exponent
    rest = libmp.mpf_sub(x, libmp.mpf_mul_int(libmp.mpf_ln2(work), twos, work), work)
    return libmp.mpf_shift(libmp.mpf_exp(rest, prec, rounding), twos)


def _expm1(x: Any, prec: int, rounding: str) -> Any:
    """e^x - 1 from as many more bits as cancel: mpmath finds them by trying, in five times the time."""
    _, man, exponent, bits = x
    size = exponent + bits  # |x| < 2^size
    if man and size < -prec:
        return libmp.mpf_add(x, libmp.mpf_shift(libmp.mpf_mul(x, x), -1), prec, rounding)
    return libmp.mpf_sub(_exp(x, prec + max(0, -size) + 10, rounding), libmp.fone, prec, rounding)


def _log1p(x: Any, prec: int, rounding: str) -> Any:
    """log(1 + x), in the same way."""
    _, man, exponent, bits = x
    size = exponent + bits
    if man and size < -prec:
        return libmp.mpf_sub(x, libmp.mpf_shift(libmp.mpf_mul(x, x), -1), prec, rounding)
    return libmp.mpf_log(libmp.mpf_add(x, libmp.fone, prec + max(0, -size) + 10, rounding), prec, rounding)


def _of_reals(function: Callable[..., Any], otherwise: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of mpmath by another way for reals; where that has no real value, and for complex numbers,
    by mpmath's."""

    def call(x: Any) -> Any:
        x = mp.convert(x)
        if not isinstance(x, mp.mpf):
            return otherwise(x)
        try:
            return mp.make_mpf(function(x._mpf_, *mp._prec_rounding))
        except libmp.ComplexResult:
            return otherwise(x)

    return call


mp.exp = mp._wrap_libmp_function(_exp, libmp.mpc_exp)
mp.expm1 = _of_reals(_expm1, mp.expm1)
mp.log1p = _of_reals(_log1p, mp.log1p)


def _pickable(number: tuple[Any, ...]) -> tuple[int, ...]:
    """The four whole numbers of an mpf, none of gmpy2, which another process may lack."""
    return tuple(map(int, number))


def _raw(number: tuple[int, ...]) -> tuple[Any, ...]:
    sign, man, exponent, bits = number
    return sign, libmp.MPZ(man), exponent, bits


def _restored(number: tuple[int, ...]) -> Any:
    return mp.make_mpf(_raw(number))


def _restored_complex(number: tuple[tuple[int, ...], ...]) -> Any:
    return mp.make_mpc(tuple(map(_raw, number)))


# A number of any other context than mpmath.mp has no name by which pickle would find its class.
mp.mpf.__reduce__ = lambda x: (_restored, (_pickable(x._mpf_),))
mp.mpc.__reduce__ = lambda z: (_restored_complex, (tuple(map(_pickable, z._mpc_)),))


def public(value: Any) -> Any:
    """A number of `mp` as mpmath's own, bit for bit; anything else as it is."""
    if isinstance(value, mp.mpf):
        return mpmath.mp.make_mpf(value._mpf_)
    return mpmath.mp.make_mpc(value._mpc_) if isinstance(value, mp.mpc) else value


def to_mp(value: Any) -> Any:
    """A number of `mp`, at the working precision, from one exact or not."""
    if isinstance(value, Fraction):
        return mp.mpf(value.numerator) / value.denominator
    if isinstance(value, sp.Expr):
        if value.is_infinite:
            return mp.inf if value.is_extended_positive else -mp.inf
        return mp.mpf(sp.N(value, mp.dps + 5)._to_mpmath(mp.prec + 20))
    return mp.mpf(value)


def context_of(x: Any) -> Any:
    """The mpmath context whose precision a caller who gives x expects: its own, or ``mpmath.mp``."""
    return getattr(x, "context", mpmath.mp)


def nstr(value: Any, digits: int) -> str:
    """A number of any mpmath context as text of so many digits, whatever the precision of its context."""
    with mp.workdps(digits + 5):
        return str(mp.nstr(mp.mpf(value), digits))


def _namespace() -> dict[str, Any]:
    names: dict[str, Any] = {name: getattr(mp, name) for name in dir(mp) if not name.startswith("_")}
    names |= {ours: names[theirs] for ours, theirs in MPMATH_TRANSLATIONS.items() if theirs in names}
    return names | {"betainc": _betainc, "erfcinv": lambda z: mp.erfinv(1 - z)}


def _betainc(a: Any, b: Any, low: Any, high: Any, regularized: bool = False) -> Any:
    """int_low^high x^(a-1) (1-x)^(b-1) dx, by flint where it can: near x = 1, and where a or b is a whole
    number, mpmath takes 20 to 80 times as long."""
    if low == high:
        return mp.mpf(0)  # mpmath #569
    numbers = [mp.convert(each) for each in (a, b, low, high)]
    if any(map(mp.isnan, numbers)):
        return mp.nan  # of which mpmath's never ends
    real = not regularized and all(isinstance(each, mp.mpf) and mp.isfinite(each) for each in numbers)
    found = _beta_between(*numbers) if real else None
    return mp.betainc(a, b, low, high, regularized) if found is None else found


def _beta_between(a: Any, b: Any, low: Any, high: Any) -> Any:
    """By the integral from that of 0 and 1 which `high` is nearer to, else from the other; None where both
    are infinite."""
    for doubled in range(_DOUBLED):
        with flint_bits((mp.prec + 20) << doubled):
            p, q, x, y = map(_ball, (a, b, low, high))
            ways = [(p, q, x, y), (q, p, 1 - y, 1 - x)]
            ways = ways[::-1] if high > 0.5 else ways
            balls = (end.beta_lower(p, q) - start.beta_lower(p, q) for p, q, start, end in ways)
            found = next((ball for ball in balls if ball.is_finite()), None)
        if found is None:
            return None
        if found.rel_accuracy_bits() > mp.prec + 3:
            return from_ball(found)
    return None


def _ball(x: Any) -> Any:
    """flint's ball of an mpf, exact."""
    import flint

    sign, man, exponent, _ = x._mpf_
    return flint.arb((flint.fmpz(-int(man) if sign else int(man)), flint.fmpz(exponent)))


def from_ball(ball: Any) -> Any:
    """The middle of flint's ball, rounded to the precision at work."""
    man, exponent = ball.mid().man_exp()
    return mp.ldexp(mp.mpf(int(man)), int(exponent))


_NAMES = _namespace()


def lambdify(arguments: Any, expr: Any, *, cse: bool = False) -> Callable[..., Any]:
    """`expr` as a function of numbers of `mp`, evaluated at the running thread's precision."""
    for part in (expr, arguments):  # sympy would paste a string into the code that it executes
        for item in part if isinstance(part, (tuple, list)) else (part,):
            refuse_text(item)
    # To write terms in sympy's order, and the expression into a docstring, takes most of the time.
    settings = {
        "fully_qualified_modules": False,
        "inline": True,
        "allow_unknown_functions": True,
        "order": "none",
    }
    function: Callable[..., Any] = sp.lambdify(
        arguments, expr, modules=[_NAMES], printer=MpmathPrinter(settings), cse=cse, docstring_limit=0
    )
    return function


_FLINT = threading.RLock()


@contextmanager
def flint_bits(bits: int | None = None) -> Iterator[Any]:
    """python-flint's context at `bits` (None: as it is), for this thread alone until the block is left.

    Every computation with balls belongs in such a block, since another thread's would change its precision.
    Blocks may be nested, and flint's precision is what it was once the outermost is left.
    """
    import flint

    with _FLINT:
        before = flint.ctx.prec
        try:
            if bits is not None:
                flint.ctx.prec = bits
            yield flint.ctx
        finally:
            flint.ctx.prec = before


def _new_lock() -> None:
    global _FLINT
    _FLINT = threading.RLock()


if hasattr(os, "register_at_fork"):  # another thread's lock would never be released in a forked worker
    os.register_at_fork(after_in_child=_new_lock)


class _Mpmath(SimpleNamespace):
    """What a sympy module sees as `mpmath`: the private context, by the module's names."""

    def __getattr__(self, name: str) -> Any:
        return mp if name == "mp" else getattr(mp, name) if hasattr(mp, name) else getattr(mpmath, name)


_SYMPY = {
    "core.function": ("mpmath",),
    "core.evalf": ("mp", "mpf", "mpc", "nsum", "quadts", "quadosc", "workprec"),
    "simplify.simplify": ("mpmath",),
    "polys.polytools": ("mpmath",),
    "polys.rootoftools": ("mpf", "mpc", "findroot", "workprec"),
    "polys.numberfields.utilities": ("mp",),
    "functions.combinatorial.numbers": ("mp", "workprec"),
    "functions.special.gamma_functions": ("mp", "workprec"),
    "functions.special.bessel": ("mp", "workprec"),
    "functions.special.beta_functions": ("betainc_mpmath_fix",),
    "matrices.eigen": ("mp", "workprec"),
}


def _privatize_sympy() -> None:
    shim = _Mpmath()
    special = {"mpmath": shim, "mp": mp, "betainc_mpmath_fix": _betainc}
    for module, names in _SYMPY.items():
        target = importlib.import_module(f"sympy.{module}")
        for name in names:
            if hasattr(target, name):  # a sympy that no longer uses it needs no mending
                setattr(target, name, special.get(name) or getattr(mp, name))
    importlib.import_module("sympy.polys.rootisolation").RealInterval.b = property(_upper_end)


def _upper_end(interval: Any) -> Any:
    """The right end of an isolating interval of a real root, read without writing.

    sympy's own property turns the sign of the interval over while it reads the left end of the mirror image:
    a thread that reads the same cached interval meanwhile gets the root with the wrong sign.
    """
    field = interval.dom.get_field()
    a, b, c, d = interval.mobius
    first = a * d < b * c if interval.neg else a * d > b * c
    end = field(a, c) if first else field(b, d)
    return -end if interval.neg else end


def _warm() -> None:
    """Compute the constants that mpmath keeps in a variable which two threads may not extend at once.

    ``mpmath.libmp.constant_memo`` reads a precision and then the digits that belong to it: a thread that
    extends both in between makes the other's pi wrong by a power of two.
    """
    for constant in (libmp.mpf_pi, libmp.mpf_ln2, libmp.mpf_ln10, libmp.mpf_e):
        constant(_WARM_BITS)
    for constant in (libmp.mpf_euler, libmp.mpf_catalan):
        constant(_WARM_BITS // 8)


_privatize_sympy()
_warm()

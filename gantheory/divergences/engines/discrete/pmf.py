"""Divergences of probability mass functions."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array, is_tensor, plain_tensor, refuse_traced
from gantheory.arguments.checks import is_whole
from gantheory.divergences.functions.generating_function import TIED, GeneratingFunction
from gantheory.divergences.result import DivergenceResult, as_float, error_of
from gantheory.support.multiprecision import mp as ctx
from gantheory.support.multiprecision import to_mp

SUM_TOLERANCE = 1e-9
_EPS = float(np.finfo(np.float64).eps)
_FEW = 5_000  # atoms for which high precision takes seconds at most
_HIGH = 50
_MOST_DIGITS = 2_000  # to which an f infinite at a finite ratio is followed
_VERY_FEW = 40  # atoms for which the table of a costly f takes longer


FROM_SAMPLES = "samples of P and Q go to theory.divergence_of_samples(x, y)"
"""What an array that is no pmf may have been meant for."""


def pmf_pair(P: Any, Q: Any) -> tuple[list[Any], list[Any]]:
    """Both pmfs checked, on the same atoms.

    Two pandas Series or xarray DataArrays are aligned by their labels, a label that one lacks has probability
    0 there, unless both have the default index 0, 1, ...: then, as with everything else, it is the position
    that counts.

    Raises:
        ValueError, TypeError: as `check_pmf`; lengths that differ.
    """
    P, Q = _as_series(P), _as_series(Q)
    if _labelled(P) and _labelled(Q) and not (_default_index(P) and _default_index(Q)):
        for series, name in ((P, "P"), (Q, "Q")):
            if not series.index.is_unique:
                raise ValueError(f"{name} must have unique labels, got some that it repeats")
        if not P.index.equals(Q.index):
            labels = P.index.union(Q.index, sort=False)
            check_pmf(P, "P"), check_pmf(Q, "Q")
            P, Q = P.reindex(labels, fill_value=0), Q.reindex(labels, fill_value=0)
    p, q = check_pmf(P, "P"), check_pmf(Q, "Q")
    if len(p) != len(q):
        raise ValueError(f"P and Q must have equal length, got {len(p)} and {len(q)}; {FROM_SAMPLES}")
    return p, q


def _as_series(values: Any) -> Any:
    """A one-dimensional xarray DataArray as the pandas Series of its labels."""
    if type(values).__name__ != "DataArray" or not hasattr(values, "to_series") or values.ndim != 1:
        return values
    return values.to_series()


def _labelled(values: Any) -> bool:
    return type(values).__name__ == "Series" and type(values).__module__.startswith("pandas")


def _default_index(series: Any) -> bool:
    return type(series.index).__name__ == "RangeIndex" and series.index.start == 0 and series.index.step == 1


def check_pmf(values: Any, name: str) -> list[Any]:
    """Return the entries of a pmf, exact where they came exact (Fraction, Decimal, mpf), or raise ValueError.

    Lists, numpy and jax arrays, torch tensors of any device, pandas Series are read. A sum within 1e-9 of 1
    is taken for rounding: the entries are used as they are. Types below float64 may be off by what their
    rounding explains, and are then divided by their sum.

    Raises:
        ValueError: not 1-D, empty, negative, NaN, or a sum that is not 1.
        TypeError: entries that are not real numbers.
    """
    entries, eps = _entries(values, name)
    plain = _floats(entries)
    try:
        if not plain:
            if any(isinstance(x, (str, bytes)) for x in entries):
                raise TypeError
            _ = [x > 0 for x in entries if not isinstance(x, (int, float))]  # numbers have an order
        floats = np.array(entries if plain else [float(x) for x in entries])
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name} must hold real numbers, got {str(entries[:3])[:80]}...") from None
    if np.isnan(floats).any():
        raise ValueError(f"{name} must not hold NaN, got one at index {int(np.isnan(floats).argmax())}")
    if (floats < 0).any():
        k = int((floats < 0).argmax())
        raise ValueError(f"{name} must be nonnegative, got {floats[k]:g} at index {k}; {FROM_SAMPLES}")
    total = math.fsum(floats) if np.isfinite(floats).all() else math.inf
    if abs(total - 1.0) > max(SUM_TOLERANCE, eps * (4.0 + math.sqrt(len(floats)))):
        raise ValueError(f"{name} must sum to 1, got sum {total:.12g}; {FROM_SAMPLES}")
    return (floats / total).tolist() if eps > _EPS and total != 1.0 else entries


def _entries(values: Any, name: str) -> tuple[list[Any], float]:
    """(entries as Python or exact numbers, rounding unit of their type)."""
    given, values = values, _detached(values, name)
    try:
        shape = np.shape(values)
    except (ValueError, TypeError) as error:
        refuse_traced(error, name)
        raise ValueError(f"{name} must be a 1-D pmf, got rows of unequal length") from None
    if callable(given) or (
        len(shape) == 0 and not isinstance(values, (int, float, np.generic, np.ndarray))
    ):  # a polynomial has an array of coefficients
        raise TypeError(
            f"{name} must be a pmf array, a frozen scipy.stats distribution, a mixture or a density with a "
            f"support, got {type(given).__name__}"
        )
    if len(shape) != 1:
        raise ValueError(f"{name} must be a 1-D pmf, got shape {shape}; {FROM_SAMPLES}")
    if shape[0] == 0:
        raise ValueError(f"{name} must have at least one entry, got none")
    eps = _EPS
    kind = getattr(values, "dtype", None)
    if "bfloat16" in str(getattr(given, "dtype", "")):  # numpy holds it as float32
        eps = 2.0**-7
    elif isinstance(kind, np.dtype) and kind.kind == "f" and kind.itemsize < 8:
        eps = float(np.finfo(kind).eps)
    entries = values.tolist() if isinstance(values, np.ndarray) else [_detached(x, name) for x in values]
    if _floats(entries):  # of a million the rest takes seconds
        return entries, eps
    entries = [x[()] if isinstance(x, np.ndarray) and x.ndim == 0 else x for x in entries]
    low = [x.dtype for x in entries if isinstance(x, np.floating) and x.dtype.itemsize < 8]
    if low:
        eps = max(eps, *(float(np.finfo(d).eps) for d in low))
    return [_plain(x) for x in entries], eps


def _floats(entries: list[Any]) -> bool:
    return set(map(type, entries)) == {float}


def _detached(values: Any, name: str) -> Any:
    """A torch tensor, jax array or pandas Series as a numpy array; anything else as it is."""
    if is_tensor(values):
        tensor = plain_tensor(values, name)
        try:
            return (tensor.float() if "bfloat16" in str(tensor.dtype) else tensor).numpy()
        except (TypeError, RuntimeError):  # float8, quantized, of a subclass
            raise TypeError(f"{name} must hold real numbers, got {tensor.dtype}") from None
    if _labelled(values):
        return values.to_numpy()
    if hasattr(values, "__array__") and not isinstance(values, (np.ndarray, np.generic)):
        try:
            array = np.asarray(values)
        except TypeError as error:
            refuse_traced(error, name)
            raise TypeError(f"{name} must hold real numbers, got {type(values).__name__}") from None
        return array.astype(np.float32) if "bfloat16" in str(array.dtype) else array
    return values


def _plain(x: Any) -> Any:
    """An entry as a float, int, Fraction or mpmath number."""
    if isinstance(x, Decimal) and x.is_finite():
        return Fraction(x)
    if isinstance(x, np.generic):
        return x.item() if not isinstance(x, np.longdouble) else float(x)
    if hasattr(x, "denominator") and not isinstance(x, int):  # of sympy, gmpy2 and flint too
        return Fraction(int(x.numerator), int(x.denominator))
    if hasattr(x, "_mpf_"):  # sympy's Float, which is a Real, has its digits as well
        return ctx.make_mpf(x._mpf_)
    if isinstance(x, Real) and not isinstance(x, int) and not hasattr(x, "context"):
        return float(x)
    return x


def log_ratio(p: Array, q: Array) -> Array:
    """log(p/q), accurate in the relative sense where p is close to q; +-inf where one of them is 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        near = (p > 0.5 * q) & (p < 2.0 * q)
        # p - q is exact for p within a factor 2 of q (Sterbenz). The difference of logarithms cancels more.
        quotient = p / q
        held = (quotient > 1e-300) & (quotient < 1e300) & (np.minimum(p, q) > 1e-300)
        far = np.where(held, np.log(quotient), np.log(p) - np.log(q))
        return np.where(near, np.log1p((p - q) / q), far)


def pmf_divergence(f: GeneratingFunction, P: Any, Q: Any, dps: int | None = None) -> DivergenceResult:
    """D_f(P||Q) = sum_i q_i f(p_i/q_i) of two pmfs on the same atoms.

    An atom with q = 0 counts p f'(inf), one with p = 0 counts q f(0), one with both 0 nothing. The relative
    accuracy is 1e-12 or better: t = log(p/q) is exact to rounding for p close to q, f is accurate in the
    relative sense everywhere, and sums are exact; where terms of both signs cancel, 50 digits are used.

    Args:
        f: the generating function.
        P, Q: 1-D sequences of equal length: floats, Fractions or mpmath numbers.
        dps: decimal digits of an mpmath result; None for a float.

    Raises:
        ValueError: a pmf that is negative, NaN, not 1-D, of the wrong length, or a sum off 1 by over 1e-9.
        ArithmeticError: the divergence holds both +inf and -inf.
        OverflowError: it is finite and beyond the largest float.
    """
    p_exact, q_exact = pmf_pair(P, Q)
    if dps is not None:
        return _high_precision(f, p_exact, q_exact, dps)
    plain = _floats(p_exact) and _floats(q_exact)
    exact = [] if plain else [x for x in (*p_exact, *q_exact) if not isinstance(x, (float, int))]
    underflow = any(x > 0 and float(x) == 0.0 for x in exact)
    if (exact and (len(p_exact) <= _FEW or underflow)) or (f.costly and len(p_exact) <= _VERY_FEW):
        # Fractions and mpf do not survive the way through float64 where P is close to Q.
        return _rounded(_high_precision(f, p_exact, q_exact, 20))
    p, q = (np.array(x if plain else [float(y) for y in x]) for x in (p_exact, q_exact))
    present = (p > 0) | (q > 0)
    p, q = p[present], q[present]
    ratio, larger = log_ratio(p, q), np.maximum(p, q)
    series, exponent = f.scaled_parts(ratio)
    with np.errstate(over="ignore", under="ignore"):
        # exp of the sum only where the factors alone would overflow.
        direct = np.exp(np.minimum(exponent, 700.0)) * larger
        factor = np.where(exponent > 700.0, np.exp(exponent + np.log(larger)), direct)
        terms = f.tied(ratio, np.log(larger), np.where(series == 0.0, 0.0, series * factor))
    if not np.isfinite(terms).all():
        if np.isfinite(ratio[~np.isfinite(terms)]).any():  # rounding or overflow, unless f has no value there
            return _rounded(_high_precision(f, p_exact, q_exact, 20))
        return DivergenceResult(sum(x for x in terms.tolist() if not math.isfinite(x)), 0.0, "pmf")
    value, size = math.fsum(terms), math.fsum(np.abs(terms))
    if abs(value) < 0.01 * size and len(terms) <= _FEW:
        return _rounded(_high_precision(f, p_exact, q_exact, 20))
    # f to about 1e-15, t to about 2 eps with its effect on f; errors of the atoms add like a random walk.
    spread = float(np.abs(terms).max(initial=0.0))
    if spread > 0.0:
        spread *= float(np.linalg.norm(terms / spread))
    error = 6 * _EPS * (spread + 0.1 * size) + _drift(f, ratio, series, exponent, np.abs(terms))
    apart, chords = p - q, np.zeros_like(terms)
    np.divide(larger, np.abs(apart), out=chords, where=apart != 0.0)
    masses = math.fsum([*p.tolist(), *(-q).tolist()]), math.fsum([*q.tolist(), -1.0])
    error += _open(*masses, float(chords @ np.abs(terms)), value)
    return DivergenceResult(value=value, error=error, method="pmf")


def _open(more: Any, beyond: Any, chord: Any, value: Any) -> Any:
    """What sums leave open that are 1 but for rounding: `more` is P's less Q's, `beyond` is Q's less 1.

    Mass counts by f' or f - u f', of which the chords of f from u = 1 are about half or more.
    """
    return 2 * abs(more) * chord + abs(beyond) * abs(value)


def _rounded(result: DivergenceResult) -> DivergenceResult:
    """A float, of the result of high precision."""
    value = as_float(result.value)
    error = float(result.error) + 2 * _EPS * abs(value) if math.isfinite(value) else 0.0
    return DivergenceResult(value=value, error=error, method="pmf")


def _drift(f: GeneratingFunction, t: Array, series: Array, exponent: Array, sizes: Array) -> float:
    """What the rounding of t does to a sum of terms where f is steep: d log f/dt, taken outwards, times t.

    Slopes to 4, as of f near its zero of order 2, are in the error of the terms.
    """
    with np.errstate(all="ignore"):
        beyond, growth = f.scaled_parts(t * (1.0 + 1e-6))
        steep = np.abs(np.log(np.abs(beyond / series)) + (growth - exponent)) / 1e-6 - 4.0
    return 1.5 * _EPS * float(sizes @ np.where(np.isfinite(steep), np.maximum(steep, 0.0), 0.0))


def _high_precision(f: GeneratingFunction, P: list[Any], Q: list[Any], dps: int) -> DivergenceResult:
    check_digits(dps)
    # One dps more for every ten of cancellation, found by repeating.
    work = dps + 10
    while True:
        with ctx.workdps(work):
            terms = [_term(f, p, q) for p, q in zip(P, Q, strict=True)]
            infinite = [x for x in terms if not ctx.isfinite(x)]
            # Where p and q are positive, rounding may be what makes f infinite: more digits tell.
            poles = [f.infinite_inside or p == 0 or q == 0 for p, q in zip(P, Q, strict=True)]
            proved = all(ctx.isfinite(x) or pole for x, pole in zip(terms, poles, strict=True))
            if infinite and (proved or work > _MOST_DIGITS):
                value = ctx.mpf(sum(float(x) for x in infinite))
                return DivergenceResult(value=value, error=0.0, method=f"pmf, {dps} digits")
            value, size = ctx.fsum(terms), ctx.fsum(abs(x) for x in terms)
        settled = size == 0 or abs(value) > size * ctx.mpf(10) ** (dps + 4 - work)
        if not infinite and (settled or work > 400):
            break
        work += work if infinite else max(20, dps)
    with ctx.workdps(work):
        p, q = ([to_mp(x) for x in masses] for masses in (P, Q))
        chord = sum(max(a, b) * abs(x / (a - b)) for x, a, b in zip(terms, p, q, strict=True) if a != b)
        masses_open = _open(ctx.fsum(p) - ctx.fsum(q), ctx.fsum(q) - 1, chord, value)
    with ctx.workdps(dps):
        error = error_of(abs(value) * ctx.mpf(10) ** (1 - dps) + masses_open)
        return DivergenceResult(value=+value, error=error, method=f"pmf, {dps} digits")


def _term(f: GeneratingFunction, p: Any, q: Any) -> Any:
    rounding = TIED if isinstance(p, float) or isinstance(q, float) else ctx.mpf(10) ** (3 - ctx.dps)
    if f.ties and p > 0 and q > 0 and (value := f.tied_mp(to_mp(p), to_mp(q), rounding)) is not None:
        return to_mp(q) * value
    # Differences of Fractions are exact, however close P is to Q.
    exact = Fraction if all(isinstance(x, (Fraction, int, float)) for x in (p, q)) else to_mp
    return f.weighted_mp(exact(p), exact(q))


def check_digits(dps: Any) -> None:
    """Raise ValueError unless `dps` is an integer from 1 to 1000."""
    if not is_whole(dps) or not 1 <= dps <= 1000:
        raise ValueError(f"dps must be a whole number of digits from 1 to 1000, got {dps!r}")

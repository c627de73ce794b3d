"""The recursion of the infinitely wide network in 50 digits, straight from its definition."""

from __future__ import annotations

import mpmath as mp
import numpy as np

from gantheory.ntk.kernels import PiecewiseLinear


def kernel(x, y, depth, activation, w_std, b_std, readout_b_std, kind):
    """k(x, y) by arc cosines (or arc sines) of covariances."""
    with mp.workdps(50):
        w, b, readout = mp.mpf(w_std), mp.mpf(b_std), mp.mpf(readout_b_std)
        p, q = [mp.mpf(float(c)) for c in x], [mp.mpf(float(c)) for c in y]

        def first(s, t):
            return w**2 * mp.fsum(c * d for c, d in zip(s, t, strict=True)) / len(p) + b**2

        both, one, other = first(p, q), first(p, p), first(q, q)
        tangent = both
        for layer in range(depth):
            bias = readout if layer == depth - 1 else b
            slope = _slope(activation, both, one, other)
            both, one, other = (
                w**2 * _dual(activation, *arguments) + bias**2
                for arguments in ((both, one, other), (one, one, one), (other, other, other))
            )
            tangent = both + w**2 * slope * tangent
        return tangent if kind == "ntk" else both


def matrix(x, y, depth, activation, w_std, b_std, readout_b_std, kind):
    rows = [[kernel(p, q, depth, activation, w_std, b_std, readout_b_std, kind) for q in y] for p in x]
    return np.array([[float(value) for value in row] for row in rows])


def _dual(activation, both, one, other):
    if not isinstance(activation, PiecewiseLinear):
        r = 2 * mp.mpf(activation.rate) ** 2
        sine = r * both / mp.sqrt((1 + r * one) * (1 + r * other))
        return mp.mpf(activation.scale) ** 2 * 2 / mp.pi * mp.asin(sine) + mp.mpf(activation.offset) ** 2
    size, angle = _polar(both, one, other)
    even, odd = _parts(activation)
    return odd**2 * both + even**2 * size * 2 / mp.pi * (mp.sin(angle) + (mp.pi / 2 - angle) * mp.cos(angle))


def _slope(activation, both, one, other):
    if not isinstance(activation, PiecewiseLinear):
        r = 2 * mp.mpf(activation.rate) ** 2
        determinant = (1 + r * one) * (1 + r * other) - (r * both) ** 2
        return mp.mpf(activation.scale) ** 2 * r * 2 / mp.pi / mp.sqrt(determinant)
    _, angle = _polar(both, one, other)
    even, odd = _parts(activation)
    return odd**2 + even**2 * 2 / mp.pi * (mp.pi / 2 - angle)


def _parts(activation):
    """phi(p) = odd p + even |p|."""
    low, high = mp.mpf(activation.negative), mp.mpf(activation.positive)
    return (high - low) / 2, (high + low) / 2


def _polar(both, one, other):
    size = mp.sqrt(one * other)
    return size, mp.acos(max(mp.mpf(-1), min(mp.mpf(1), both / size)))

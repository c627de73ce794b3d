"""Symbols and functions that occur in normal forms only."""

from __future__ import annotations

import sympy as sp

V = sp.Dummy("v", real=True)
"""The real symbol of a normal form."""

W = sp.Dummy("w", positive=True)
"""exp(V)."""


class Omega(sp.Function):
    """Wright's omega function of z: the root of omega + log(omega) = z, which is Lambert's W(exp(z))."""

    nargs = 1
    is_positive = True
    is_real = True


class Erfc(sp.Function):
    """The complementary error function; sympy's own turns erfc(-z) into 2 - erfc(z), which cancels."""

    nargs = 1
    is_positive = True
    is_real = True


class Select(sp.Function):
    """Select(x, a, b, c): a where x < 0, b where x = 0, c where x > 0."""

    nargs = 4
    is_real = True


class Bounded(sp.Function):
    """A sum of powers of w over the larger of its lowest and highest power; made by the compiler only."""

    nargs = 1
    is_real = True

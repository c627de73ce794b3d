"""The two variables of the derivation."""

import sympy as sp

u = sp.Symbol("u", positive=True)
"""The density ratio p_r/p_g."""

w = sp.Symbol("w", positive=True)
"""e^y, y the coordinate of the score."""

__all__ = ["u", "w"]

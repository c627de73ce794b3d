"""Masses of likelihood-ratio level sets, from which every f-divergence of a pair is one integral.

With t = log u, T = log(p/q), V(t) = e^-t P(T beyond t), U(t) = Q(T beyond t), where beyond means T > t for
t > 0 and T < t for t < 0, and the hockey-stick divergence of order e^t, W = |V - U|:

    D_f(P||Q) = int kappa(t) W(t) dt,   kappa(t) = u^2 f''(u).

Carried are, so that nothing underflows and exponents of t are added exactly, V, U and W themselves for t < 0
and e^t times them for t > 0: there heavy = Q(T < t), light = e^|t| P(T < t), here heavy = P(T > t),
light = e^t Q(T > t), and on both sides gap = heavy - light >= 0.

Source: the integral representation of f-divergences (Liese & Vajda, IEEE Trans. IT 2006, Theorem 1; Sason &
Verdu, IEEE Trans. IT 2016, Section VII), written in log u.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from gantheory.arguments.arrays import Array


class LevelSets(ABC):
    """The masses of a pair's level sets; `critical` holds the t where they are not smooth."""

    critical: tuple[float, ...] = ()
    p_alone: float = 0.0
    """P-mass where q = 0."""
    q_alone: float = 0.0
    """Q-mass where p = 0."""

    @abstractmethod
    def scaled(self, t: Array, sign: int) -> tuple[Array, Array]:
        """(log heavy, log light) at |t|, for T beyond t > 0 (sign = 1) or t < 0 (sign = -1), T finite."""

    def logs(self, t: Array, sign: int) -> tuple[Array, Array, Array]:
        """(log gap, log heavy, log light) at |t|."""
        with np.errstate(over="ignore", divide="ignore", invalid="ignore", under="ignore"):
            heavy, light = self.scaled(t, sign)
            # gap >= 0; rounding may put the difference of two nearly equal masses below.
            rest = np.log(-np.expm1(np.minimum(light - heavy, 0.0)))
            return np.where(np.isneginf(heavy), -np.inf, heavy + rest), heavy, light

"""The recursion over layers for piecewise linear activations, with derivatives, and no digit lost.

Let n_l(x) be the root of the variance of a preactivation of layer l at x, P = n(x) n(y), and eta = 1 -
correlation of those at x and y. With alpha = w_std^2 E phi^2 and beta = b_std^2, a layer maps

    n'^2 = alpha n^2 + beta
    eta' = A (1 - kappa_1(eta)) + alpha beta gap^2 / (P' (P' + alpha P + beta)),      A = alpha P/P',
    T'   = 1 - eta' + A kappa_0(eta) T,                                               Theta = P T the NTK,

where gap = n(x) - n(y) is found from |x|^2 - |y|^2 by division. All terms of eta' are nonnegative: nothing
cancels for close points. The derivatives along |x - y|^2 and along |x|^2 are carried by hand, as they keep
that property, and since A and all norms are products of functions of one point, they cost a few
multiplications a pair: with r = d log n(x)/d|x|^2 and s = r beta/n'(x)^2, all functions of x alone,

    d eta' = A kappa_0 d eta + s (gap'/n'(y) + eta'),
    d T'   = -d eta' + A (kappa_0 (s T + d T) + T kappa_0' d eta),

with s = 0 along |x - y|^2.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from gantheory.ntk.kernels.arc_cosine import duals
from gantheory.ntk.kernels.invariant import Invariants, Partials


@dataclass(frozen=True)
class Layers:
    """Constants of a network: w_std^2, beta of every affine layer after the first, alpha/w_std^2 and n."""

    weight: float
    first_bias: float
    biases: tuple[float, ...]
    second_moment: float
    kink: float
    tangent: bool

    def value(self, of: Invariants, dimension: int) -> jax.Array:
        """The kernel at every pair."""
        return self._run(of, dimension, derivatives=False).value

    def partials(self, of: Invariants, dimension: int) -> Partials:
        """The kernel and its derivatives along |x - y|^2 and |x|^2 at every pair."""
        return self._run(of, dimension, derivatives=True)

    def _run(self, of: Invariants, dimension: int, derivatives: bool) -> Partials:
        scale = self.weight / dimension
        gain = self.weight * self.second_moment
        q1, q2 = scale * of.first + self.first_bias, scale * of.second + self.first_bias
        n1, n2 = jnp.sqrt(q1), jnp.sqrt(q2)
        stretch = scale * of.difference  # n1^2 - n2^2
        gap = _quotient(stretch, n1 + n2)
        inverse = _quotient(1.0, n1) * _quotient(1.0, n2)
        straight = scale * of.distance
        apart = straight - gap**2
        # Points on one ray or on opposite ones, without bias: what rounding leaves of the angle is none.
        rounding = 8 * jnp.finfo(apart.dtype).eps * straight
        eta = jnp.where(apart > rounding, apart * (0.5 * inverse), 0.0)
        eta = jnp.where(eta < 2 - rounding * (0.5 * inverse), eta, 2.0)
        tangent = 1 - eta
        # d log n1 / d|x|^2; a point at the origin of a network without bias has no direction to move in.
        r = _quotient(scale / 2, q1)
        eta_d, eta_n = 0.5 * scale * inverse, -r * (gap * _quotient(1.0, n2) + eta)
        tangent_d, tangent_n = -eta_d, -eta_n
        for bias in self.biases:
            q1_new, q2_new = gain * q1 + bias, gain * q2 + bias
            n1_new, n2_new = jnp.sqrt(q1_new), jnp.sqrt(q2_new)
            i1, i2 = _quotient(1.0, n1_new), _quotient(1.0, n2_new)
            kappa_0, lost, slope = duals(eta, self.kink)
            product = n1_new * n2_new
            a = (gain * n1 * i1) * (n2 * i2)
            new = a * lost
            stretch = gain * stretch
            gap_new = _quotient(stretch, n1_new + n2_new)
            s: jax.Array | float = 0.0
            if bias:
                new = new + (gain * bias) * gap**2 / (product * (product + gain * n1 * n2 + bias))
                s = r * bias * i1**2
            through = a * kappa_0
            if derivatives:
                new_d, new_n = through * eta_d, through * eta_n
                if bias:
                    new_n = new_n + s * (gap_new * i2 + new)
                bend = a * tangent * slope
                tangent_d = through * tangent_d + bend * eta_d - new_d
                tangent_n = through * (tangent_n + s * tangent) + bend * eta_n - new_n
                eta_d, eta_n = new_d, new_n
                r = r - s
            tangent = through * tangent + 1 - new
            eta, gap, q1, q2, n1, n2 = new, gap_new, q1_new, q2_new, n1_new, n2_new
        size = n1 * n2
        if not self.tangent:
            tangent, tangent_d, tangent_n = 1 - eta, -eta_d, -eta_n
        value = size * tangent
        if not derivatives:
            return Partials(value, value, value)
        return Partials(value, size * tangent_d, size * (tangent_n + r * tangent))


def _quotient(a: jax.Array | float, b: jax.Array) -> jax.Array:
    """a/b, and 0 where b is 0: a point at the origin of a network without bias."""
    return jnp.where(b > 0, a / jnp.where(b > 0, b, 1.0), 0.0)

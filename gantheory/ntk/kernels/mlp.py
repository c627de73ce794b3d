"""Kernels of infinitely wide fully connected networks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax

from gantheory.arguments.checks import choice, is_real, is_whole
from gantheory.ntk.kernels.activations import Activation, Erf, PiecewiseLinear, activation_of
from gantheory.ntk.kernels.homogeneous import Layers
from gantheory.ntk.kernels.invariant import InvariantKernel, Invariants, Partials, invariants

KINDS = ("ntk", "nngp")


@dataclass(frozen=True)
class MLP(InvariantKernel):
    """The kernel that `mlp` returns; see there."""

    depth: int
    activation: Activation
    w_std: float
    b_std: float
    readout_b_std: float
    kind: str

    def pair(self, of: Invariants, dimension: int) -> jax.Array:
        if isinstance(self.activation, PiecewiseLinear):
            return self._layers(self.activation).value(of, dimension)
        return self._erf(self.activation, of, dimension)

    def partials(self, x: jax.Array, y: jax.Array) -> Partials:
        if isinstance(self.activation, PiecewiseLinear):
            return self._layers(self.activation).partials(invariants(x, y), x.shape[1])
        return super().partials(x, y)

    def _layers(self, phi: PiecewiseLinear) -> Layers:
        hidden = (self.b_std**2,) * (self.depth - 1)
        return Layers(
            weight=self.w_std**2,
            first_bias=self.b_std**2,
            biases=(*hidden, self.readout_b_std**2),
            second_moment=phi.second_moment,
            kink=phi.kink,
            tangent=self.kind == "ntk",
        )

    def _erf(self, phi: Erf, of: Invariants, dimension: int) -> jax.Array:
        weight, bias = self.w_std**2, self.b_std**2
        q1, q2 = weight * of.first / dimension + bias, weight * of.second / dimension + bias
        covariance = (weight * (of.first + of.second - of.distance) / dimension) / 2 + bias
        theta = covariance
        for layer in range(self.depth):
            last = layer == self.depth - 1
            bias = (self.readout_b_std if last else self.b_std) ** 2
            slope = phi.slope_dual(covariance, q1, q2)
            covariance = weight * phi.dual(covariance, q1, q2) + bias
            theta = covariance + weight * slope * theta
            if last:
                return theta if self.kind == "ntk" else covariance
            q1, q2 = weight * phi.dual(q1, q1, q1) + bias, weight * phi.dual(q2, q2, q2) + bias
        raise AssertionError("depth is at least 1")


def mlp(
    depth: int = 3,
    activation: str | Activation = "relu",
    w_std: float = 1.0,
    b_std: float = 1.0,
    *,
    readout_b_std: float | None = None,
    kind: str = "ntk",
) -> MLP:
    """Kernel of an infinitely wide fully connected network: `depth` hidden layers and a linear readout.

        h_0(x) = w_std W_0 x / sqrt(d) + b_std b_0,    h_l = w_std W_l phi(h_{l-1}) / sqrt(width) + b_std b_l

    with independent standard normal W and b (NTK parameterization; depth + 1 affine layers). With q(x) the
    variance of a preactivation at x, c the covariance of those at x and y, and E over (p, p') normal with
    that covariance, NNGP kernel Sigma and tangent kernel Theta are

        Sigma_0 = w_std^2 x.y/d + b_std^2,           Theta_0 = Sigma_0,
        Sigma_l = w_std^2 E phi(p) phi(p') + b_std^2,
        Theta_l = Sigma_l + w_std^2 Theta_{l-1} E phi'(p) phi'(p').

    For piecewise linear activations every digit is kept for close points, where an arc cosine loses half of
    them. Identical points have a kink there, which gradients leave out.

    Args:
        depth: hidden layers, at least 1.
        activation: "relu", "leaky_relu" (slope 0.2), "abs", "erf", "sigmoid_like", or an activation object
            such as ``gantheory.ntk.kernels.PiecewiseLinear(0.1)``.
        w_std: standard deviation of weights, before the division by the root of the fan-in.
        b_std: standard deviation of biases, in all affine layers.
        readout_b_std: that of the readout's bias if it differs; 0 for a readout without bias.
        kind: "ntk", or "nngp" for the kernel of the network's Gaussian process.

    Raises:
        ValueError: depth < 1, w_std not in (0, inf), b_std or readout_b_std not in [0, inf), an unknown
            activation or kind.

    Source: Jacot, Gabriel, Hongler, Neural tangent kernel (2018), Theorem 1; Lee et al., Deep neural
    networks as Gaussian processes (2018), eq. (5).
    """
    if not is_whole(depth) or depth < 1:
        raise ValueError(f"depth must be a number of hidden layers, at least 1, got {depth!r}")
    choice(kind, "kind", KINDS)
    bias = _std(b_std, "b_std", zero=True)
    return MLP(
        depth=int(depth),
        activation=activation_of(activation),
        w_std=_std(w_std, "w_std", zero=False),
        b_std=bias,
        readout_b_std=bias if readout_b_std is None else _std(readout_b_std, "readout_b_std", zero=True),
        kind=kind,
    )


def _std(value: float, name: str, zero: bool) -> float:
    number = is_real(value)
    if not number or not math.isfinite(value) or value < 0 or (value == 0 and not zero):
        raise ValueError(f"{name} must be in {'[' if zero else '('}0, inf), got {value!r}")
    return float(value)

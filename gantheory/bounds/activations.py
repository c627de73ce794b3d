"""What Theorem 3 asks of an activation: its Lipschitz constant, r(0) = 0, positive homogeneity.

A positively homogeneous r, r(t p) = t r(p) for all t >= 0, is linear on each side of zero. The theorem needs
it because its complexity term peels off a layer by moving all of a matrix's Frobenius norm onto one neuron
(Golowich, Rakhlin, Shamir, "Size-independent sample complexity of neural networks", 2018, Lemma 1).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Activation:
    """An entrywise activation r.

    Attributes:
        name: in messages.
        lipschitz: its Lipschitz constant.
        homogeneous: r(t p) = t r(p) for all t >= 0.
        zero_at_zero: r(0) = 0, without which U_w B_x does not bound the score.
        one_at_one: r(1) = 1, which lets a constant input pass, so that biases can be absorbed.
    """

    name: str
    lipschitz: float
    homogeneous: bool = False
    zero_at_zero: bool = True
    one_at_one: bool = False

    def then(self, other: Activation) -> Activation:
        """`other` after this one."""
        return Activation(
            name=f"{self.name}, {other.name}" if self.name != "Identity" else other.name,
            lipschitz=self.lipschitz * other.lipschitz,
            homogeneous=self.homogeneous and other.homogeneous,
            zero_at_zero=self.zero_at_zero and other.zero_at_zero,
            one_at_one=self.one_at_one and other.one_at_one,
        )

    @property
    def violations(self) -> tuple[str, ...]:
        """Assumptions of the theorem that it violates, in words."""
        found = []
        if not self.zero_at_zero:
            found.append("r(0) = 0")
        if not self.homogeneous:
            found.append("positive homogeneity, r(t p) = t r(p) for t >= 0")
        return tuple(found)


IDENTITY = Activation("Identity", 1.0, homogeneous=True, one_at_one=True)
RELU = Activation("ReLU", 1.0, homogeneous=True, one_at_one=True)

# Largest slope of p sigma(p), where p tanh(p/2) = 2; of p Phi(p), at p = sqrt(2); and scale * alpha of SELU.
_SILU = 1.0998393201288669
_GELU = (1 + math.erf(1)) / 2 + math.exp(-1) / math.sqrt(math.pi)
_SELU = 1.0507009873554804934193349852946 * 1.6732632423543772848170429916717

_SMOOTH = {
    "SELU": Activation("SELU", _SELU),
    "SiLU": Activation("SiLU", _SILU),
    "Sigmoid": Activation("Sigmoid", 0.25, zero_at_zero=False),
    "Softplus": Activation("Softplus", 1.0, zero_at_zero=False),
    "Tanh": Activation("Tanh", 1.0),
}

NAMED = {
    "relu": RELU,
    "leaky_relu": Activation("leaky_relu", 1.0, homogeneous=True, one_at_one=True),
    "silu": _SMOOTH["SiLU"],
    "softplus": _SMOOTH["Softplus"],
    "tanh": _SMOOTH["Tanh"],
}
"""Of the package's own networks, by the names of `gantheory.training.networks.ACTIVATIONS`."""

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "relu": lambda p: max(p, 0.0),
    "leaky_relu": lambda p: max(p, 0.2 * p),
    "identity": lambda p: p,
    "tanh": math.tanh,
}


def of_module(module: Any) -> Activation | None:
    """The activation that a PyTorch module is, or None if it is none that can be read."""
    kind = type(module).__name__
    if kind == "ReLU":
        return RELU
    if kind == "Identity" or (kind == "Dropout" and not module.training):
        return IDENTITY
    if kind == "LeakyReLU":
        slope = float(module.negative_slope)
        return Activation(kind, max(1.0, abs(slope)), homogeneous=True, one_at_one=True)
    if kind == "ELU":
        return Activation(kind, max(1.0, abs(float(module.alpha))))
    if kind == "GELU" and module.approximate == "none":
        return Activation(kind, _GELU)
    return _SMOOTH.get(kind)

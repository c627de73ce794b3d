"""Gradient steps of one player: Adam, RMSProp, plain descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from gantheory.training.networks.flat_module import Buffers

EPSILON = 1e-8
"""Beside roots of second moments: PyTorch's default, in every engine."""

DECAY = 0.99
"""RMSProp's, PyTorch's default."""


class Player(NamedTuple):
    """One network of one member.

    Attributes:
        weights: (P,), all parameters in the order of the module.
        m, v: first and second moments of its gradients, (P,).
        updates: how many it has had; int64, ().
        buffers: batch norm's running statistics and whatever else the module keeps, by name.
    """

    weights: Tensor
    m: Tensor
    v: Tensor
    updates: Tensor
    buffers: Buffers


Update = Callable[[Player, Tensor, "Tensor | float", tuple[float, float]], Player]
"""(player, gradient, learning rate, betas) -> the player after it; buffers are left as they are."""


def adam(player: Player, gradient: Tensor, rate: Tensor | float, betas: tuple[float, float]) -> Player:
    """Kingma and Ba 2015, Algorithm 1; see `FusedAdam`."""
    b1, b2 = betas
    m = b1 * player.m + (1 - b1) * gradient
    v = b2 * player.v + (1 - b2) * gradient.square()
    updates = player.updates + 1
    # In float32 the powers of the betas would lose six digits in the first steps.
    size = (rate / (1 - b1 ** updates.double())).to(m.dtype)
    correction = (1 - b2 ** updates.double()).to(m.dtype)
    weights = player.weights - size * m / ((v / correction).sqrt() + EPSILON)
    return Player(weights, m, v, updates, player.buffers)


def rmsprop(player: Player, gradient: Tensor, rate: Tensor | float, betas: tuple[float, float]) -> Player:
    """v = 0.99 v + 0.01 g^2,  w = w - rate g/(sqrt(v) + 1e-8) (Tieleman and Hinton 2012); no betas."""
    v = DECAY * player.v + (1 - DECAY) * gradient.square()
    weights = player.weights - rate * gradient / (v.sqrt() + EPSILON)
    return player._replace(weights=weights, v=v, updates=player.updates + 1)


def sgd(player: Player, gradient: Tensor, rate: Tensor | float, betas: tuple[float, float]) -> Player:
    """w = w - rate g; no betas."""
    return player._replace(weights=player.weights - rate * gradient, updates=player.updates + 1)


UPDATES: dict[str, Update] = {"adam": adam, "rmsprop": rmsprop, "sgd": sgd}
"""By the name that a configuration has for them."""

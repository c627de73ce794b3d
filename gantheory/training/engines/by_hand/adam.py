"""Adam for all members at once: one vector, one fused update."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from gantheory.training.engines.by_hand.kernels import Kernel, compiled
from gantheory.training.updates import EPSILON


class Flat(Protocol):
    """Networks whose parameters are one vector."""

    members: int
    parameters: Tensor
    gradients: Tensor
    blocks: list[Tensor]
    gradient_blocks: list[Tensor]

    def views(self, vector: Tensor) -> list[Tensor]:
        """The blocks (members, ...) of a vector laid out as `parameters`."""

    def refresh(self) -> None:
        """Follow a change of the parameters."""


class FusedAdam:
    """Adam (Kingma and Ba 2015, Algorithm 1) on a flat network, by PyTorch's fused kernel.

        m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g^2
        p = p - rate m/(1 - b1^t) / (sqrt(v/(1 - b2^t)) + 1e-8)

    A frozen member has m = 0 and gets g = 0, so that its p never changes and one kernel still serves all.

    Args:
        network: its `gradients` are read, its `parameters` updated.
        rate: the learning rate.
        betas: b1 and b2.
    """

    def __init__(self, network: Flat, rate: float, betas: tuple[float, float]) -> None:
        self.network = network
        self._parameter = torch.nn.Parameter(network.parameters)  # shares the memory
        self._parameter.grad = network.gradients
        self._optimizer = torch.optim.Adam([self._parameter], lr=rate, betas=betas, eps=EPSILON, fused=True)
        self._optimizer.state[self._parameter] = _zero_state(network)

    def step(self) -> None:
        """Update the parameters."""
        self._optimizer.step()
        self.network.refresh()

    def freeze(self, member: int) -> None:
        """Forget the member's momentum, so that a zero gradient leaves its parameters as they are."""
        for block in self.network.views(self._optimizer.state[self._parameter]["exp_avg"]):
            block[member].zero_()

    def state(self) -> dict[str, Tensor]:
        """m, v and t, not copies: "exp_avg", "exp_avg_sq" and "step"."""
        return dict(self._optimizer.state[self._parameter])


class MaskedAdam:
    """The same update for a CUDA graph: no call needs the host, and dead members are masked.

    Each block of parameters (layer) is one kernel if the update is compiled, which reads p, g, m and v and
    writes p, m and v once: the floor of the traffic.

    Args:
        network, rate, betas: as for `FusedAdam`.
        compile_update: whether to pass the update through torch.compile.
    """

    def __init__(
        self, network: Flat, rate: float, betas: tuple[float, float], compile_update: bool = True
    ) -> None:
        self.network = network
        self._rate, self._betas = rate, betas
        # In float32 the powers of the betas would lose six digits in the first steps.
        self._state = _zero_state(network, torch.float64)
        self._step = self._state["step"]
        self._update: Kernel = self._compiled() if compile_update else _update
        vectors = (network.parameters, network.gradients, self._state["exp_avg"], self._state["exp_avg_sq"])
        # (members, parameters of the block): with one shape less to tell apart, fewer kernels are compiled.
        listed = [[block.view(network.members, -1) for block in network.views(each)] for each in vectors]
        self._blocks = list(zip(*listed, strict=True))

    def step(self, alive: Tensor) -> None:
        """Update the parameters of the members that are alive, a mask of shape (members,)."""
        self._step += 1
        for p, g, m, v in self._blocks:
            self._update(p, g, m, v, self._step, alive[:, None], self._rate, *self._betas)
        self.network.refresh()

    def _compiled(self) -> Kernel:
        like = self.network.parameters
        vectors = [torch.zeros(2, 3, dtype=like.dtype, device=like.device) for _ in range(4)]
        alive = torch.zeros(2, 1, dtype=torch.bool, device=like.device)
        return compiled(_update, *vectors, torch.ones_like(self._step), alive, self._rate, *self._betas)

    def freeze(self, member: int) -> None:
        """Nothing to do: the mask of `step` says who is alive."""

    def state(self) -> dict[str, Tensor]:
        """As `FusedAdam.state`."""
        return dict(self._state)


def _zero_state(network: Flat, counter: torch.dtype = torch.float32) -> dict[str, Tensor]:
    like = network.parameters
    return {
        "step": torch.zeros((), dtype=counter, device=like.device),
        "exp_avg": torch.zeros_like(like),
        "exp_avg_sq": torch.zeros_like(like),
    }


def _update(
    p: Tensor, g: Tensor, m: Tensor, v: Tensor, step: Tensor, alive: Tensor, rate: float, b1: float, b2: float
) -> None:
    first = b1 * m + (1 - b1) * g
    second = b2 * v + (1 - b2) * g * g
    size = rate / (1 - b1**step)
    moved = p - size * first / (torch.sqrt(second / (1 - b2**step)) + EPSILON)
    # where, and not a product with the mask: a dead member's gradient may be NaN.
    m.copy_(torch.where(alive, first, m))
    v.copy_(torch.where(alive, second, v))
    p.copy_(torch.where(alive, moved, p))

"""A mode of the joint game of two wide networks near P_g = P_r: its predicted rate, and how it moves.

Both networks start where the theory linearizes: D = v*(1) + d(x; w) - d(x; w0) is the constant v*(1), and
G(z) = z + g(z; w) - g(z; w0) is the identity, so that generated points are the data, n fixed points. With
phi and phi' the values and slopes of D - v*(1) there, delta = G - z, J and J' the derivatives of phi and phi'
in D's weights and K_G = k_G/n, k_G the generator's neural tangent kernel,

    phi'    = -tau/n J  (kappa J^T phi + J'^T (gamma phi' + b delta))
    (phi')' = -tau/n J' (kappa J^T phi + J'^T (gamma phi' + b delta)),      delta' = s K_G phi'

(a dot for the derivative in time is written as a prime outside the bracket): the linear form of
`gantheory.stability` for the law of n points, where a change of density is a displacement. kappa, b and s are
the objective's. An eigenvector of this matrix is written into the weights, small; the networks are trained by
simultaneous gradient steps on the objective's PyTorch losses, and a left eigenvector reads off the mode's
amplitude, exp(mu t).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import grad, jacrev, vmap

from gantheory.arguments.arrays import Array
from gantheory.objectives import Objective
from gantheory.objectives.relativistic import Relativistic
from gantheory.stability import local_game
from gantheory.training.networks.flat_module import FlatModule, flat_weights
from gantheory.training.seeding import torch_generator

SMALL = 1e-4
"""The largest entry of the mode at the start."""

STEP = 0.01
"""Learning rate times |mu|."""

STEEP = 0.3
"""Learning rate times the fastest rate of any mode, at most."""

TURN = 3.0
"""|mu| times the time for which the mode is followed."""


@dataclass(frozen=True)
class Setting:
    """A game, and what is done to it.

    Attributes:
        objective: the game.
        r1: gamma of the penalty gamma/2 E_r |grad v|^2.
        r2: of gamma/2 E_g |grad v|^2; to first order the same.
        rate_ratio: D's learning rate over G's.
    """

    objective: Objective | Relativistic
    r1: float = 0.0
    r2: float = 0.0
    rate_ratio: float = 1.0


@dataclass(frozen=True, eq=False)
class Mode:
    """What theory says of one mode.

    Attributes:
        rate: mu; a pair of modes swings where it is not real, and the one of positive frequency is meant.
        right, left: eigenvectors of the linear form, of (phi, phi', delta), with left . right = 1.
        fastest: the largest |mu| of any mode.
    """

    rate: complex
    right: NDArray[np.complex128]
    left: NDArray[np.complex128]
    fastest: float

    @property
    def learning_rate(self) -> float:
        """The generator's, small enough for all modes."""
        return min(STEP / abs(self.rate), STEEP / self.fastest)

    def stepped(self, learning_rate: float) -> complex:
        """log(1 + rate mu)/rate: simultaneous steps multiply the mode by 1 + rate mu, not by exp(rate mu)."""
        return complex(np.log(1 + learning_rate * self.rate) / learning_rate)


class Players:
    """Two networks at P_g = P_r on fixed points.

    Args:
        points: (n, d).
        discriminator, generator: of one point each, (d,) to (1,) and to (d,).
    """

    def __init__(self, points: Array, discriminator: nn.Module, generator: nn.Module) -> None:
        self.points = torch.as_tensor(np.asarray(points, dtype=np.float64))
        n, d = self.points.shape
        self.shape = (n, d)
        self._d, self._g = _Centered(discriminator), _Centered(generator)
        start = self._d.start
        value: Callable[[Tensor, Tensor], Tensor] = lambda w, x: self._d(w, x)[0]  # noqa: E731
        slope = grad(value, argnums=1)
        values = vmap(jacrev(value), (None, 0))(start, self.points)
        slopes = vmap(jacrev(slope), (None, 0))(start, self.points).flatten(0, 1)
        self._jacobian = torch.cat([values, slopes]).numpy()
        moved = vmap(jacrev(self._g), (None, 0))(self._g.start, self.points).flatten(0, 1)
        self._pull = moved.numpy()
        self._in_weights = len(start) + len(self._g.start) < n * (1 + 2 * d)
        self._cut = len(start) if self._in_weights else n * (1 + d)

    def linear_form(self, setting: Setting, wrong: float = 1.0) -> Array:
        """The matrix of the module's equations; `wrong` is a factor of s.

        It acts on (phi, phi', delta), or on the weights of both networks where those are fewer: its rates
        other than 0 are the same.
        """
        game = local_game(setting.objective)
        kappa, b, s = (float(x) for x in (game.kappa, game.b, wrong * game.s))
        n, d = self.shape
        values, slopes = self._jacobian[:n], self._jacobian[n:]
        # What pulls at the weights of D for values, for slopes and for displacements; of G for slopes.
        centered = values if game.constant_decays else values - values.mean(0)
        blame = setting.rate_ratio / n * np.hstack([kappa * centered.T, (setting.r1 + setting.r2) * slopes.T])
        see, follow = setting.rate_ratio * b / n * slopes.T, s / n * self._pull.T
        if self._in_weights:
            top = [-blame @ self._jacobian, -see @ self._pull]
            bottom = [follow @ slopes, np.zeros((self._pull.shape[1],) * 2)]
        else:
            top = [-self._jacobian @ blame, -self._jacobian @ see]
            none = np.zeros((n * d, n))
            bottom = [np.hstack([none, self._pull @ follow]), np.zeros((n * d, n * d))]
        return np.block([top, bottom])

    def mode(self, setting: Setting, wrong: float = 1.0) -> Mode:
        """The mode that swings or moves fastest of those that the generator takes part in."""
        matrix = self.linear_form(setting, wrong)
        rates, right = np.linalg.eig(matrix)
        part = np.linalg.norm(right[self._cut :], axis=0) / np.linalg.norm(right, axis=0)
        swings = np.where(part > 0.05, rates.imag, -1.0)
        k = int(np.argmax(swings))
        if swings[k] < 1e-3 * abs(rates).max():
            k = int(np.argmax(np.where(part > 0.05, abs(rates), -1.0)))
        values, lefts = np.linalg.eig(matrix.T)
        left = lefts[:, int(np.argmin(abs(values - rates[k])))]
        return Mode(complex(rates[k]), right[:, k], left / (left @ right[:, k]), float(abs(rates).max()))

    def followed(self, setting: Setting, mode: Mode) -> tuple[Array, NDArray[np.complex128]]:
        """Times, and the amplitude of the mode in trained networks, 1 at the start."""
        objective = setting.objective
        v0 = float(local_game(objective).score)
        weights = self._weights_at((SMALL * mode.right / np.abs(mode.right).max()).real)
        d_loss, g_loss = objective.torch_losses()
        score: Callable[[Tensor, Tensor], Tensor] = lambda w, x: v0 + self._d(w, x)[0]  # noqa: E731
        scores, slopes = vmap(score, (None, 0)), vmap(grad(score, argnums=1), (None, 0))

        def discriminators(w: Tensor, fake: Tensor) -> Tensor:
            loss = d_loss(scores(w, self.points), scores(w, fake))
            for gamma, at in ((setting.r1, self.points), (setting.r2, fake)):
                if gamma:
                    loss = loss + gamma / 2 * slopes(w, at).square().sum(1).mean()
            return loss

        def generators(w: Tensor, d_weights: Tensor) -> Tensor:
            fake = self.points + vmap(self._g, (None, 0))(w, self.points)
            return g_loss(scores(d_weights, self.points), scores(d_weights, fake))

        rate = mode.learning_rate
        steps = math.ceil(TURN / (abs(mode.rate) * rate))
        d_slope, g_slope = grad(discriminators), grad(generators)
        left = torch.as_tensor(mode.left)
        seen = []
        for step in range(steps + 1):
            moved = vmap(self._g, (None, 0))(weights[1], self.points)
            if step % max(1, steps // 200) == 0:
                if self._in_weights:
                    parts = [w - each.start for w, each in zip(weights, (self._d, self._g), strict=True)]
                else:
                    phi = scores(weights[0], self.points) - v0
                    parts = [phi, slopes(weights[0], self.points).flatten(), moved.flatten()]
                state = torch.cat(parts)
                seen.append((step * rate, complex(left @ state.to(left.dtype))))
            d_change = setting.rate_ratio * d_slope(weights[0], self.points + moved)
            change = (d_change, g_slope(weights[1], weights[0]))
            weights = [w - rate * each for w, each in zip(weights, change, strict=True)]
        times, amplitudes = (np.array(each) for each in zip(*seen, strict=True))
        return times, amplitudes / amplitudes[0]

    def _weights_at(self, state: Array) -> list[Tensor]:
        """The weights nearest to the initial ones at which the networks are in a state."""
        parts = [state[: self._cut], state[self._cut :]]
        if not self._in_weights:
            matrices = (self._jacobian, self._pull)
            parts = [np.linalg.lstsq(m, part, rcond=None)[0] for m, part in zip(matrices, parts, strict=True)]
        players = (self._d, self._g)
        return [each.start + torch.as_tensor(part) for each, part in zip(players, parts, strict=True)]


def measured_rate(times: Array, amplitudes: NDArray[np.complex128], real: bool) -> complex:
    """mu of exp(mu t), by least squares on the logarithm of the amplitude and on its phase."""
    design = np.vander(times, 2)
    damping = np.linalg.lstsq(design, np.log(np.abs(amplitudes)), rcond=None)[0][0]
    if real:
        return complex(damping)
    turning = np.linalg.lstsq(design, np.unwrap(np.angle(amplitudes)), rcond=None)[0][0]
    return complex(damping, turning)


class _Centered:
    """A network of one point minus itself at its initial weights, as a function of a vector of weights."""

    def __init__(self, module: nn.Module) -> None:
        self._network = FlatModule(module.double())
        self.start = flat_weights(module)

    def __call__(self, weights: Tensor, x: Tensor) -> Tensor:
        return self._network(weights, {}, x)[0] - self._network(self.start, {}, x)[0]


def perceptron(sizes: tuple[int, ...], seed: int, purpose: str) -> nn.Module:
    """Tanh layers; weights N(0, 1/inputs), biases N(0, 1/4)."""
    drawn_from = torch_generator(seed, purpose)
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(sizes):
        linear = nn.Linear(inputs, outputs)
        with torch.no_grad():
            linear.weight.copy_(torch.randn(outputs, inputs, generator=drawn_from) / math.sqrt(inputs))
            linear.bias.copy_(torch.randn(outputs, generator=drawn_from) / 2)
        layers += [linear, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


class HermiteScore(nn.Module):
    """sum_k c_k He_k(x)/sqrt(k!), k = 1 to `degree`: the modes of N(0, 1), whose eigenvalues are k."""

    def __init__(self, degree: int) -> None:
        super().__init__()
        self.c = nn.Parameter(torch.zeros(degree))

    def forward(self, x: Tensor) -> Tensor:
        """(1,) to (1,)."""
        return (self.c * _hermite(x, len(self.c))[1:]).sum()[None]


class HermiteShift(nn.Module):
    """sum_k w_k psi_k'(z)/sqrt(k), psi_k = He_k/sqrt(k!): displacements along the gradients of the modes."""

    def __init__(self, degree: int) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(degree))

    def forward(self, z: Tensor) -> Tensor:
        """(1,) to (1,)."""
        # psi_k' = sqrt(k) psi_(k - 1)
        return (self.w * _hermite(z, len(self.w))[:-1]).sum()[None]


def _hermite(x: Tensor, degree: int) -> Tensor:
    """psi_0 to psi_degree at one point, orthonormal under N(0, 1)."""
    found = [torch.ones_like(x[0]), x[0]]
    for k in range(1, degree):
        found.append((x[0] * found[k] - math.sqrt(k) * found[k - 1]) / math.sqrt(k + 1))
    return torch.stack(found[: degree + 1])

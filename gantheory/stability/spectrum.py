"""The local spectrum: how each mode of the data swings or settles near P_g = P_r, and what a remedy changes.

For an eigenvalue lambda of the data's weighted Laplacian L = -div(p grad .)/p the mode of (phi, eta) obeys

    phi' = -tau (k (kappa + gamma lambda) + w) phi - tau k b t eta,    eta' = s g t lambda phi,

    mu^2 + c mu + d = 0,    c = tau (k (kappa + gamma lambda) + w),    d = tau k g b s t^2 lambda,

with tau the discriminator's rate over the generator's, gamma = r1 + r2 + penalty, w weight decay, k and g
the eigenvalues of the players' kernels (1 without), and t = exp(-noise^2 lambda/2) what noise leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.arrays import Array
from gantheory.exact import positive
from gantheory.objectives.objective import Objective
from gantheory.objectives.relativistic import Relativistic
from gantheory.stability.local_game import LocalGame, local_game, tidy
from gantheory.stability.penalties import curvature
from gantheory.stability.settings import decay_of, eigenvalues_of, kernel_of, nonnegative

Kernel = float | ArrayLike | Callable[[Array], ArrayLike]

LAMBDA = sp.Symbol("lambda", nonnegative=True)
"""An eigenvalue of the data, in `LocalSpectrum.characteristic`."""

MU = sp.Symbol("mu")
"""A rate: a mode goes as exp(mu t)."""

VERDICTS = ("damped", "oscillating", "undamped", "unstable")
"""Of a mode: settles without swinging; swings and settles; does not settle; grows."""

_CRITICAL = 1e-12
"""A discriminant c^2 - 4 d below this part of c^2 is the critical one."""


@dataclass(frozen=True, eq=False)
class LocalSpectrum:
    """What `local_spectrum` found: symbols, and arrays over the eigenvalues.

    Attributes:
        game: kappa, b and s with the score that they are taken at.
        eigenvalues: of the data, in the order given.
        rate_ratio, r1, r2, penalty, weight_decay, noise: exact, as given; `penalty` is its curvature at 0.
        kernel, generator_kernel: their eigenvalue in each mode, arrays; `uniform` has both as exact numbers
            where each is one number, else None.
    """

    game: LocalGame
    eigenvalues: Array
    rate_ratio: sp.Expr
    r1: sp.Expr
    r2: sp.Expr
    penalty: sp.Expr
    weight_decay: sp.Expr
    noise: sp.Expr
    kernel: Array
    generator_kernel: Array
    uniform: tuple[sp.Expr, sp.Expr] | None

    def __repr__(self) -> str:
        return f"LocalSpectrum({self.game.name}, {self.eigenvalues.size} eigenvalues)"

    @property
    def kappa(self) -> sp.Expr:
        """-(A'' + B'')(v*(1)), of the objective alone."""
        return self.game.kappa

    @property
    def b(self) -> sp.Expr:
        """A'(v*(1))."""
        return self.game.b

    @property
    def s(self) -> sp.Expr:
        """-S'(v*(1))."""
        return self.game.s

    @property
    def gradient_weight(self) -> sp.Expr:
        """gamma: R1, R2 and the curvature of a gradient penalty add up, as all act on one quadratic form."""
        return self.r1 + self.r2 + self.penalty

    @property
    def characteristic(self) -> sp.Expr:
        """mu^2 + c mu + d in the symbols `MU` and `LAMBDA`.

        Raises:
            ValueError: a kernel with an eigenvalue of its own in each mode.
        """
        if self.uniform is None:
            raise ValueError("characteristic needs one number for kernel and generator_kernel, got arrays")
        k, g = self.uniform
        c = self.rate_ratio * (k * (self.kappa + self.gradient_weight * LAMBDA) + self.weight_decay)
        d = self.rate_ratio * k * g * self.b * self.s * LAMBDA * sp.exp(-(self.noise**2) * LAMBDA)
        return MU**2 + c * MU + d

    @cached_property
    def threshold(self) -> sp.Expr | None:
        """lambda_c: modes above it oscillate, until the gradient penalty or the noise stops them.

        tau kappa^2/(4 b s) without a penalty. The least lambda with c^2 = 4 d; oo where no mode oscillates,
        None where it has no formula (kernels by mode; penalty and noise together).
        """
        if self.uniform is None:
            return None
        k, g = self.uniform
        tau, gamma = self.rate_ratio, self.gradient_weight
        rest = tau * (k * self.kappa + self.weight_decay)  # c = rest + slope lambda
        slope, force = tau * k * gamma, 4 * tau * k * g * self.b * self.s  # 4 d = force lambda exp(...)
        if force.is_nonpositive:
            return sp.oo
        if gamma == 0:
            plain = tidy(rest**2 / force)
            if self.noise == 0:
                return plain
            if plain == 0:
                return sp.S.Zero
            reach = self.noise**2 * plain
            if reach.is_number and reach > sp.exp(-1):
                return sp.oo
            return -sp.LambertW(-reach) / self.noise**2
        if self.noise != 0:
            return None
        # slope^2 lambda^2 + (2 rest slope - force) lambda + rest^2 = 0, its smaller root without cancellation
        half = force - 2 * rest * slope
        room = sp.expand(half**2 - 4 * rest**2 * slope**2)
        if slope.is_positive and (half.is_nonpositive or room.is_negative):
            return sp.oo
        return tidy(2 * rest**2 / (half + sp.sqrt(room)))

    @property
    def critical_r1_for_all(self) -> sp.Expr | None:
        """The least gamma (r1, r2 and penalty together) with which no mode of any data oscillates:
        b s/(tau kappa) without kernels and weight decay. None if b s < 0, where none helps, with noise, or if
        kernels are given by mode; oo where kappa = 0, as modes with small lambda need ever more."""
        if self.uniform is None or self.noise != 0 or (self.b * self.s).is_negative:
            return None
        k, g = self.uniform
        held = k * self.kappa + self.weight_decay
        return sp.oo if held == 0 else tidy(self.b * self.s * g / (self.rate_ratio * held))

    @cached_property
    def _numbers(self) -> tuple[float, ...]:
        free = self.game.symbols.union(*(x.free_symbols for x in self._settings))
        if free:
            names = ", ".join(sorted(map(str, free)))
            raise ValueError(f"{self.game.name}: roots and verdicts need numbers, got the symbols {names}")
        return tuple(float(x) for x in (self.kappa, self.b, self.s, *self._settings))

    @property
    def _settings(self) -> tuple[sp.Expr, ...]:
        return self.rate_ratio, self.gradient_weight, self.weight_decay, self.noise

    @cached_property
    def friction(self) -> Array:
        """c of mu^2 + c mu + d, one for each eigenvalue."""
        kappa, _, _, tau, gamma, decay, _ = self._numbers
        own = np.full(self.eigenvalues.size, kappa)
        if not self.game.constant_decays:
            own[self.eigenvalues == 0] = 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            found = tau * (self.kernel * (own + gamma * self.eigenvalues) + decay)
        return self._finite(found, "tau (kappa + gamma lambda)")

    @cached_property
    def restoring(self) -> Array:
        """d of mu^2 + c mu + d, one for each eigenvalue."""
        _, b, s, tau, _, _, _ = self._numbers
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            found = tau * self.kernel * self.generator_kernel * b * s * self._left**2 * self.eigenvalues
        return self._finite(found, "tau b s lambda")

    @property
    def _left(self) -> Array:
        """t = exp(-noise^2 lambda/2)."""
        with np.errstate(over="ignore", under="ignore"):
            return np.asarray(np.exp(-0.5 * (self._numbers[6] * np.sqrt(self.eigenvalues)) ** 2))

    def _finite(self, found: Array, what: str) -> Array:
        if not np.isfinite(found).all():
            kappa, b, s, tau = self._numbers[:4]
            raise ValueError(
                f"{self.game.name}: {what} is beyond the range of doubles with kappa={kappa:.4g}, "
                f"b={b:.4g}, s={s:.4g}, rate_ratio={tau:.4g} and lambda up to {self.eigenvalues.max():.4g}"
            )
        return found

    @cached_property
    def matrices(self) -> Array:
        """The 2 x 2 matrices of d(phi, eta)/dt, shape (modes, 2, 2)."""
        _, b, s, tau, _, _, _ = self._numbers
        left = self._left
        out = np.zeros((self.eigenvalues.size, 2, 2))
        out[:, 0, 0] = -self.friction
        out[:, 0, 1] = -tau * self.kernel * b * left
        out[:, 1, 0] = s * self.generator_kernel * self.eigenvalues * left
        return out

    def mode(self, index: int) -> LocalSpectrum:
        """The spectrum of one eigenvalue."""
        at = slice(index, index + 1)
        return replace(
            self,
            eigenvalues=self.eigenvalues[at],
            kernel=self.kernel[at],
            generator_kernel=self.generator_kernel[at],
        )

    @cached_property
    def _discriminant(self) -> tuple[Array, Array]:
        """(c^2 - 4 d)/q^2 and q = max(|c|, 2 sqrt|d|), as squares of c may be beyond a double."""
        c, d = self.friction, self.restoring
        size = np.maximum(np.abs(c), 2 * np.sqrt(np.abs(d)))
        unit = np.where(size > 0, size, 1.0)
        found = (c / unit) ** 2 - 4 * (d / unit / unit)
        return np.where(np.abs(found) <= _CRITICAL * (c / unit) ** 2, 0.0, found), size

    @cached_property
    def roots(self) -> NDArray[np.complex128]:
        """Both roots mu, shape (modes, 2), the one with the larger imaginary or real part first."""
        c, d = self.friction, self.restoring
        found, size = self._discriminant
        root = size * np.sqrt(found.astype(np.complex128))
        # The root that does not cancel, and the other one from the product d.
        large = -0.5 * (c + np.where(c >= 0, 1.0, -1.0) * root.real) - 0.5j * root.imag
        with np.errstate(divide="ignore", invalid="ignore"):
            other = np.where(large.real == 0, np.where(root.imag == 0, 0, np.conj(large)), d / large)
        small = np.where(root.imag != 0, np.conj(large), other)
        both = np.stack([small, large], axis=-1).astype(np.complex128) + 0.0
        swap = (both[:, 0].imag == 0) & (both[:, 0].real < both[:, 1].real)
        both[swap] = both[swap][:, ::-1]
        return both

    @cached_property
    def frequency(self) -> Array:
        """Angular frequency sqrt(d - c^2/4) of each mode; 0 where it does not swing."""
        found, size = self._discriminant
        return 0.5 * size * np.sqrt(np.maximum(-found, 0.0))

    @cached_property
    def damping(self) -> Array:
        """The rate at which a mode settles in the end: -max Re mu, c/2 where it swings; negative if it grows.

        At lambda = 0 the generator does not act (the mass of q is what it is), so phi alone counts: c.
        """
        slowest = -self.roots.real.max(axis=1) + 0.0
        return np.where(self.eigenvalues == 0, self.friction, slowest)

    @cached_property
    def verdict(self) -> NDArray[np.str_]:
        """For each eigenvalue one of `VERDICTS`; at lambda = 0 of phi alone, as for `damping`."""
        swings = self._discriminant[0] < 0
        found = np.where(swings, "oscillating", "damped")
        found = np.where(self.damping == 0, "undamped", found)
        return np.where(self.damping < 0, "unstable", found)

    @property
    def idle(self) -> NDArray[np.bool_]:
        """Modes that nothing moves and that move nothing: a constant in the score (lambda = 0) without
        friction, as WGAN has one."""
        return (self.eigenvalues == 0) & (self.friction == 0)

    @property
    def stable(self) -> bool:
        """Whether every mode given settles, but for an idle constant."""
        return bool((self.damping[~self.idle] > 0).all())

    @cached_property
    def critical_r1(self) -> Array:
        """The gamma (r1, r2 and penalty together) that damps each mode critically, all else as it is.

        2 (sqrt(b s lambda/tau) - kappa/2)/lambda without other remedies: with less the mode swings, with more
        it settles slower. 0 where it does not swing even without, NaN where no gamma makes it settle
        (b s <= 0, lambda = 0).
        """
        kappa, _, _, tau, _, decay, _ = self._numbers
        with np.errstate(divide="ignore", invalid="ignore"):
            wanted = 2 * np.sqrt(self.restoring) / tau - decay - self.kernel * kappa
            found = np.maximum(wanted / (self.kernel * self.eigenvalues), 0.0)
        return np.where(self.restoring > 0, found, np.nan)

    @cached_property
    def critical_rate_ratio(self) -> Array:
        """The rate ratio that damps each mode critically: lambda/lambda_c without remedies.

        inf where the mode has no friction at all; NaN where it does not settle with any (b s <= 0, negative
        friction, lambda = 0).
        """
        tau = self._numbers[3]
        with np.errstate(divide="ignore", invalid="ignore"):
            found = 4 * (self.restoring / self.friction) / self.friction * tau
        return np.where((self.restoring > 0) & (self.friction >= 0), found, np.nan)


def local_spectrum(
    objective: Objective | Relativistic,
    eigenvalues: ArrayLike = (),
    r1: Any = 0,
    rate_ratio: Any = 1,
    *,
    r2: Any = 0,
    penalty: Any = None,
    weight_decay: Any = 0,
    noise: Any = 0,
    kernel: Kernel = 1,
    generator_kernel: Kernel = 1,
    score: Any = None,
) -> LocalSpectrum:
    """The local spectrum of the joint game at P_g = P_r.

    Args:
        objective: numbers or sympy symbols as parameters; with symbols kappa, b, s, the threshold and the
            characteristic polynomial exist, roots and verdicts do not.
        eigenvalues: lambda >= 0 of L = -div(p grad .)/p, one-dimensional; see `eigenvalues`.
        r1, r2: weights gamma of gamma/2 E |grad v|^2 over real and over generated data.
        rate_ratio: the discriminator's rate over the generator's: learning rates, or steps per step.
        penalty: a gradient penalty P(|grad v|) over real or generated data, a sympy expression in
            `gantheory.stability.g` or text such as "10*max(0, g - 1)**2"; what counts is P''(0).
        weight_decay: w of w/2 |v|^2 in the discriminator's own metric (its parameters' or its kernel's).
        noise: standard deviation of Gaussian noise on all that the discriminator sees. With lambda alone it
            is exact for flat densities and for noise narrow beside the data; for a given distribution use
            ``eigenvalues(distribution, count, noise=...)`` in place of it.
        kernel: eigenvalue of the discriminator's neural tangent kernel, as an operator on L2(p), in each
            mode: a number, one for each, or a function of lambda; it must share the modes of L. For others
            there is `operator_spectrum`.
        generator_kernel: the same of the generator's kernel on gradient fields.
        score: v*(1) where A + B is flat; see `local_game`.

    Raises:
        NoLocalSpectrumError: no linear form, with the reason; a penalty that is not smooth at a flat
            discriminator; weight decay where v*(1) is not 0, since it moves the equilibrium.
        ValueError: a negative setting, eigenvalues that are negative or not finite.

    Source: derived here (docs/stability.md); for the Dirac-GAN Mescheder et al. 2018, Section 3; that the
    Laplacian's spectrum decides, Khrulkov et al. 2021 (arXiv 2102.04448); kernels, Becker et al. 2022.
    """
    game = local_game(objective, score)
    values = eigenvalues_of(eigenvalues)
    decay = decay_of(game, weight_decay)
    kernels = [kernel_of(kernel, values, "kernel"), kernel_of(generator_kernel, values, "generator_kernel")]
    exact = [number for _, number in kernels]
    return LocalSpectrum(
        game=game,
        eigenvalues=values,
        rate_ratio=positive(rate_ratio, "rate_ratio", symbolic=True),
        r1=nonnegative(r1, "r1"),
        r2=nonnegative(r2, "r2"),
        penalty=sp.S.Zero if penalty is None else curvature(penalty),
        weight_decay=decay,
        noise=nonnegative(noise, "noise"),
        kernel=kernels[0][0],
        generator_kernel=kernels[1][0],
        uniform=None if None in exact else (exact[0], exact[1]),  # type: ignore[arg-type]
    )

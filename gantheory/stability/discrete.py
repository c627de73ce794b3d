"""Gradient steps instead of a flow: the update of each mode, its multipliers, and the largest stable step.

The generator takes steps h and the discriminator tau h. With c and d of the mode's mu^2 + c mu + d:

    simultaneous   z^2 - (2 - h c) z + 1 - h c + h^2 d          multipliers 1 + h mu
    alternating    z^2 - (2 - h c - h^2 d) z + 1 - h c          the generator sees the new discriminator

Momentum is that of Adam, m <- beta m + (1 - beta) g, x <- x - h m. Near the equilibrium gradients vanish, so
that Adam's root mean square falls below its epsilon and its update is exactly this with h = rate/epsilon;
farther out each of its steps has the size of the rate whatever the gradient, and no linear form exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gantheory.arguments import choice, shown, whole
from gantheory.arrays import Array, as_float, as_float64

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gantheory.stability.spectrum import LocalSpectrum


Scheme = Literal["simultaneous", "alternating"]
SCHEMES: tuple[Scheme, ...] = ("simultaneous", "alternating")

_SCAN = 400
_SETTLES = 1e-13
"""A spectral radius nearer to 1 than this is taken for 1."""


def update_roots(
    spectrum: LocalSpectrum,
    step: float,
    scheme: Scheme = "alternating",
    d_steps: int = 1,
    momentum: Any = 0.0,
) -> NDArray[np.complex128]:
    """Multipliers of each mode in one update, largest first: shape (modes, 2), or (modes, 4) with momentum.

    The mode settles iff all are inside the unit circle. At lambda = 0 the generator does not act, and those
    of phi alone are followed by zeros.

    Args:
        spectrum: of `local_spectrum`; its rate_ratio tau is the discriminator's step over the generator's.
        step: h > 0, the generator's.
        scheme: "simultaneous" or "alternating" (the discriminator first).
        d_steps: steps of the discriminator for each of the generator's; more than one only alternating.
        momentum: beta of both players or of (discriminator, generator), in (-1, 1).

    Raises:
        ValueError: a step, scheme, number or momentum outside these.
    """
    betas = _checked(spectrum, scheme, d_steps, momentum)
    if not 0 < as_float(step, "step") < np.inf:
        raise ValueError(f"step must be in (0, inf), got {step}")
    matrices = _updates(spectrum, np.array([float(step)]), scheme, d_steps, betas)[0]
    found = np.linalg.eigvals(matrices).astype(np.complex128)
    order = np.argsort(-np.abs(found), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)


def largest_step(
    spectrum: LocalSpectrum, scheme: Scheme = "alternating", d_steps: int = 1, momentum: Any = 0.0
) -> Array:
    """The step h of the generator below which each mode settles; 0 where no step makes it settle.

    Simultaneous: c/d where the mode swings, 2/|mu| of the faster root where it does not. Alternating:
    (sqrt(c^2 + 4 d) - c)/d. The least over all modes is what training can take. Where c = 0 (WGAN) none
    settles: simultaneous steps spiral out, alternating ones stay bounded below 2/sqrt(d).

    Args:
        spectrum, scheme, d_steps, momentum: as for `update_roots`.

    Raises:
        ValueError: as for `update_roots`.

    Source: Jury's conditions on the characteristic polynomials of this module; for the Dirac-GAN Mescheder
    et al. 2018, Section 3; momentum in games, Gidel et al. 2019 (arXiv 1807.04740).
    """
    betas = _checked(spectrum, scheme, d_steps, momentum)
    if d_steps == 1 and betas == (0.0, 0.0):
        return _closed(spectrum, scheme)
    return np.array(
        [_searched(spectrum, k, scheme, d_steps, betas) for k in range(spectrum.eigenvalues.size)]
    )


def check_scheme(scheme: str) -> None:
    """Raise ValueError where it is none of `SCHEMES`."""
    choice(scheme, "scheme", SCHEMES)


def _checked(spectrum: Any, scheme: str, d_steps: int, momentum: Any) -> tuple[float, float]:
    from gantheory.stability.spectrum import LocalSpectrum

    if not isinstance(spectrum, LocalSpectrum):
        raise TypeError(f"spectrum must be a LocalSpectrum, of local_spectrum, got {shown(spectrum)}")
    check_scheme(scheme)
    whole(d_steps, "d_steps", 1)
    if d_steps > 1 and scheme == "simultaneous":
        raise ValueError(f"d_steps={d_steps} goes with scheme='alternating', not with simultaneous steps")
    given = as_float64(momentum, "momentum")
    if given.shape not in ((), (1,), (2,)):
        raise ValueError(f"momentum must be a number or one for each player, got shape {given.shape}")
    pair = np.broadcast_to(given, (2,))
    if not (np.abs(pair) < 1).all():
        raise ValueError(f"momentum must be in (-1, 1), got {momentum}")
    return float(pair[0]), float(pair[1])


def _updates(
    spectrum: LocalSpectrum, steps: Array, scheme: str, d_steps: int, betas: tuple[float, float]
) -> Array:
    """Matrices of one update of (phi, eta, m_phi, m_eta), shape (steps, modes, n, n); n = 2 without
    momentum."""
    heavy = any(betas)
    size = 4 if heavy else 2
    forces, modes = spectrum.matrices, spectrum.eigenvalues.size

    def player(row: int) -> Array:
        """phi (row 0) or eta (row 1) makes its step, the rest stays."""
        out = np.broadcast_to(np.eye(size), (steps.size, modes, size, size)).copy()
        push = (1 - betas[row]) * forces[None, :, row, :]
        if heavy:
            out[..., 2 + row, :2] = push
            out[..., 2 + row, 2 + row] = betas[row]
            out[..., row, :] += steps[:, None, None] * out[..., 2 + row, :]
        else:
            out[..., row, :2] += steps[:, None, None] * push
        return out

    discriminator, generator = player(0), player(1)
    if scheme == "simultaneous":
        update = discriminator.copy()
        for row in (1, 3) if heavy else (1,):
            update[..., row, :] = generator[..., row, :]
    else:
        update = generator @ np.linalg.matrix_power(discriminator, d_steps)
    still = spectrum.eigenvalues == 0
    for row in (1, 3) if heavy else (1,):
        update[:, still, row, :] = 0.0
    return update


def _closed(spectrum: LocalSpectrum, scheme: str) -> Array:
    c, d = spectrum.friction, spectrum.restoring
    fastest = np.abs(spectrum.roots).max(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if scheme == "alternating":
            found = 4 / (np.sqrt(c**2 + 4 * d) + c)
        else:
            found = np.where(spectrum.frequency > 0, c / d, 2 / fastest)
    found = np.where(spectrum.eigenvalues == 0, 2 / np.where(c > 0, c, 1.0), found)
    return np.where(spectrum.damping > 0, found, 0.0)


def _searched(
    spectrum: LocalSpectrum, mode: int, scheme: str, d_steps: int, betas: tuple[float, float]
) -> float:
    """The least step at which the spectral radius reaches 1: scanned, then bisected."""
    one = spectrum.mode(mode)

    def radius(steps: Array) -> Array:
        return np.abs(np.linalg.eigvals(_updates(one, steps, scheme, d_steps, betas)[:, 0])).max(axis=-1)

    c, d = float(one.friction[0]), float(one.restoring[0])
    fastest = float(np.abs(one.roots).max())
    if fastest == 0.0:
        return 0.0
    scale = 1 / fastest
    low = 1e-3 / d_steps * (min(scale, c / d) if c > 0 < d else scale)
    reach = 100 * scale / min(1 - abs(beta) for beta in betas)
    steps = np.geomspace(low, reach, _SCAN)
    out = radius(steps) >= 1 - _SETTLES
    if out[0]:
        return 0.0
    if not out.any():
        return float("inf")
    k = int(np.argmax(out))
    inside, outside = float(steps[k - 1]), float(steps[k])
    while outside - inside > 1e-13 * outside:
        middle = 0.5 * (inside + outside)
        if not inside < middle < outside:
            break
        if radius(np.array([middle]))[0] >= 1:
            outside = middle
        else:
            inside = middle
    return inside

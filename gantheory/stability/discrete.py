"""Gradient steps instead of a flow: the update of each mode, its multipliers, and the largest stable step.

The generator takes steps h and the discriminator tau h. With c and d of the mode's mu^2 + c mu + d:

    simultaneous   z^2 - (2 - h c) z + 1 - h c + h^2 d          multipliers 1 + h mu
    alternating    z^2 - (2 - h c - h^2 d) z + 1 - h c          the generator sees the new discriminator

Momentum is that of Adam, m <- beta m + (1 - beta) g, x <- x - h m. Near the equilibrium gradients vanish, so
that Adam's root mean square falls below its epsilon and its update is exactly this with h = rate/epsilon;
farther out each of its steps has the size of the rate whatever the gradient, and no linear form exists.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import flint
import numpy as np
from numpy.typing import NDArray

from gantheory.arguments.arrays import Array, as_float, as_float64
from gantheory.arguments.checks import choice, whole
from gantheory.errors import shown
from gantheory.stability.spectrum import LocalSpectrum

Scheme = Literal["simultaneous", "alternating"]
SCHEMES: tuple[Scheme, ...] = ("simultaneous", "alternating")

_MOST = 50
"""Steps of the discriminator: polynomials of three times that degree take seconds."""


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
    found = np.linalg.eigvals(_updates(spectrum, float(step), scheme, d_steps, betas)).astype(np.complex128)
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
        ValueError: as for `update_roots`; d_steps above 50.

    Source: Jury's conditions on the characteristic polynomials of this module; for the Dirac-GAN Mescheder
    et al. 2018, Section 3; momentum in games, Gidel et al. 2019 (arXiv 1807.04740).
    """
    betas = _checked(spectrum, scheme, d_steps, momentum)
    if d_steps > _MOST:
        raise ValueError(f"d_steps must be from 1 to {_MOST} for the largest step, got {d_steps}")
    if d_steps == 1 and betas == (0.0, 0.0):
        return _closed(spectrum, scheme)
    c, d = spectrum.friction, spectrum.restoring
    found = np.zeros(c.size)
    # phi alone, z^2 - (1 + beta - h (1 - beta) c) z + beta, leaves through z = -1, after any number of steps
    still = (spectrum.eigenvalues == 0) & (c > 0)
    found[still] = 2 * (1 + betas[0]) / (1 - betas[0]) / c[still]
    # Small steps follow the flow, which settles iff c > 0 and d > 0; where c = 0 a higher order decides.
    for k in map(int, np.flatnonzero((c >= 0) & (d > 0) & (spectrum.eigenvalues > 0))):
        found[k] = _least_root(c[k], d[k], scheme, d_steps, betas)
    return found


def check_scheme(scheme: str) -> None:
    """Raise ValueError where it is none of `SCHEMES`."""
    choice(scheme, "scheme", SCHEMES)


def _checked(spectrum: Any, scheme: str, d_steps: int, momentum: Any) -> tuple[float, float]:
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
    spectrum: LocalSpectrum, step: float, scheme: str, d_steps: int, betas: tuple[float, float]
) -> Array:
    """Matrices of one update of (phi, eta, m_phi, m_eta): shape (modes, n, n), n = 2 without momentum."""
    heavy = any(betas)
    size = 4 if heavy else 2
    forces = spectrum.matrices

    def player(row: int) -> Array:
        """phi (row 0) or eta (row 1) makes its step; the rest stays."""
        out = np.tile(np.eye(size), (spectrum.eigenvalues.size, 1, 1))
        push = (1 - betas[row]) * forces[:, row, :]
        out[:, row, :2] += step * push
        if heavy:
            out[:, row, 2 + row] = step * betas[row]
            out[:, 2 + row, :2] = push
            out[:, 2 + row, 2 + row] = betas[row]
        return out

    discriminator, generator = player(0), player(1)
    if scheme == "simultaneous":
        update = discriminator + generator - np.eye(size)
    else:
        update = generator @ np.linalg.matrix_power(discriminator, d_steps)
    update[spectrum.eigenvalues == 0, 1::2, :] = 0.0
    return np.asarray(update)


def _closed(spectrum: LocalSpectrum, scheme: str) -> Array:
    c, d = spectrum.friction, spectrum.restoring
    fastest = np.abs(spectrum.roots).max(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if scheme == "alternating":
            found = 4 / (np.hypot(c, 2 * np.sqrt(np.maximum(d, 0.0))) + c)
        else:
            found = np.where(spectrum.frequency > 0, c / d, 2 / fastest)
    found = np.where(spectrum.eigenvalues == 0, 2 / np.where(c > 0, c, 1.0), found)
    return np.where(spectrum.damping > 0, found, 0.0)


_ON_THE_CIRCLE = ((1, 1, 1, 1, 1), (-4, -2, 0, 2, 4), (6, 0, -2, 0, 6), (-4, 2, 0, -2, 4), (1, -1, 1, -1, 1))
"""From the coefficients of a quartic in z to those in w of (1 - w)^4 times it, with z = (1 + w)/(1 - w)."""


def _least_root(
    friction: float, restoring: float, scheme: str, d_steps: int, betas: tuple[float, float]
) -> float:
    """The least step at which a multiplier of a mode reaches the unit circle; 0 if small steps do not settle.

    With P what the discriminator's steps make of (phi, m), U what they come to from rest under a force of 1,
    and beta the generator's momentum, multipliers solve

        (z^2 - z tr P + det P)(z - 1)(z - beta) + h (1 - beta) d z^(1 or 2) ((z - P_22) U_1 + P_12 U_2) = 0.

    In z = (1 + w)/(1 - w) this is a quartic whose coefficients are exact polynomials in h. It settles iff it
    is Hurwitz: as it is so for small h or never is, the least positive root of its first (z = 1) and leading
    coefficient (z = -1) and of its third Hurwitz determinant (a pair on the circle) is the limit.
    """
    h, one, none = flint.fmpq_poly([0, 1]), flint.fmpq_poly([1]), flint.fmpq_poly([0])
    c, d, beta, other = (flint.fmpq(*float(x).as_integer_ratio()) for x in (friction, restoring, *betas))

    def played(phi: Any, m: Any, force: Any) -> tuple[Any, Any]:
        for _ in range(d_steps):
            m = beta * m + (1 - beta) * (force - c * phi)
            phi = phi + h * m
        return phi, m

    (p11, p21), (p12, p22), (u1, u2) = (
        played(one, none, none),
        played(none, one, none),
        played(none, none, one),
    )
    trace, determinant = p11 + p22, p11 * p22 - p12 * p21
    in_z = [
        other * determinant,
        -other * trace - (1 + other) * determinant,
        other + (1 + other) * trace + determinant,
        -(1 + other) - trace,
        one,
    ]
    power = SCHEMES.index(scheme) + 1
    in_z[power] += (1 - other) * d * h * (p12 * u2 - p22 * u1)
    in_z[power + 1] += (1 - other) * d * h * u1
    a0, a1, a2, a3, a4 = (
        sum((k * x for k, x in zip(row, in_z, strict=True)), none) for row in _ON_THE_CIRCLE
    )
    hurwitz = a1 * a2 * a3 - a0 * a3**2 - a1**2 * a4
    if next((x for x in hurwitz.coeffs() if x != 0), 0) <= 0:
        return 0.0
    # its annotations leave the multiplicity of each root out
    roots: list[Any] = [pair for each in (a0, a4, hurwitz) for pair in each.numer().complex_roots()]
    return min((float(z.real.mid()) for z, _ in roots if z.imag == 0 and z.real > 0), default=math.inf)

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

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from gantheory.arguments.arrays import Array, as_float, as_float64
from gantheory.arguments.checks import choice, whole
from gantheory.errors import shown
from gantheory.stability.spectrum import LocalSpectrum

Scheme = Literal["simultaneous", "alternating"]
SCHEMES: tuple[Scheme, ...] = ("simultaneous", "alternating")

_SCAN = 400
_ROUNDING = 1e-15
"""Of the least change of a mode in an update, over the largest one."""


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
    found = 1 + np.linalg.eigvals(matrices).astype(np.complex128)
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

    With d_steps > 1 in doubles: where d/c^2 exceeds 1e10 its rounding shows in the fourth digit.

    Source: Jury's conditions on the characteristic polynomials of this module; for the Dirac-GAN Mescheder
    et al. 2018, Section 3; momentum in games, Gidel et al. 2019 (arXiv 1807.04740).
    """
    betas = _checked(spectrum, scheme, d_steps, momentum)
    if d_steps == 1 and betas == (0.0, 0.0):
        return _closed(spectrum, scheme)
    c, d = spectrum.friction, spectrum.restoring
    found = np.zeros(c.size)
    # phi alone, z^2 - (1 + beta - h (1 - beta) c) z + beta, leaves through z = -1, after any number of steps
    still = (spectrum.eigenvalues == 0) & (c > 0)
    found[still] = 2 * (1 + betas[0]) / (1 - betas[0]) / c[still]
    # Small steps follow the flow, which settles iff c > 0 and d > 0; where c = 0 a higher order decides.
    for k in map(int, np.flatnonzero((c >= 0) & (d > 0) & (spectrum.eigenvalues > 0))):
        found[k] = (
            _least_root(float(c[k]), float(d[k]), scheme, betas)
            if d_steps == 1
            else _searched(spectrum.mode(k), d_steps, betas)
        )
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
    spectrum: LocalSpectrum, steps: Array, scheme: str, d_steps: int, betas: tuple[float, float]
) -> Array:
    """What one update adds to (phi, eta, m_phi, m_eta): its matrices less the identity, shape
    (steps, modes, n, n), n = 2 without momentum."""
    heavy = any(betas)
    size = 4 if heavy else 2
    forces, modes = spectrum.matrices, spectrum.eigenvalues.size

    def player(row: int) -> Array:
        """phi (row 0) or eta (row 1) makes its step; the rest adds nothing."""
        out = np.zeros((steps.size, modes, size, size))
        push = (1 - betas[row]) * forces[None, :, row, :]
        if heavy:
            out[..., 2 + row, :2] = push
            out[..., row, :2] = steps[:, None, None] * push
            out[..., row, 2 + row] = steps[:, None] * betas[row]
            out[..., 2 + row, 2 + row] = betas[row] - 1
        else:
            out[..., row, :2] = steps[:, None, None] * push
        return out

    discriminator, generator = player(0), player(1)
    if scheme == "simultaneous":
        update = discriminator + generator
    else:
        update = _then(_repeated(discriminator, d_steps), generator)
    still = spectrum.eigenvalues == 0
    for row in (1, 3) if heavy else (1,):
        update[:, still, row, :] = 0.0
        update[:, still, row, row] = -1.0
    return update


def _then(first: Array, second: Array) -> Array:
    """(1 + second)(1 + first) - 1: with the 1 kept apart, changes far below its rounding are kept."""
    return first + second + second @ first


def _repeated(change: Array, times: int) -> Array:
    """(1 + change)^times - 1."""
    found = np.zeros_like(change)
    for bit in f"{times:b}":
        found = _then(found, found)
        if bit == "1":
            found = _then(found, change)
    return found


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


def _least_root(friction: float, restoring: float, scheme: str, betas: tuple[float, float]) -> float:
    """The least step at which a multiplier reaches the unit circle, one step of each player, any momentum.

    With P_i = (z - 1)(z - beta_i)/(1 - beta_i) multipliers solve (P_1 + h z c) P_2 + h^2 z^(2 or 3) d = 0.
    In z = (1 + w)/(1 - w) this is a quartic whose coefficients are polynomials in h without cancellation, and
    settles iff it is Hurwitz: as it is so for small h or never is, the least positive root of
    its leading coefficient (z = -1) and of its third Hurwitz determinant (a pair on the circle) is the limit.
    """
    h = sp.Poly(sp.Symbol("h"), domain="QQ")
    c, d, beta, other = (sp.Rational(x) for x in (friction, restoring, *betas))
    r, q = (1 + beta) / (1 - beta), (1 + other) / (1 - other)
    # coefficients of w^0/h^2, w^1/h, w^2, w^3, w^4
    if scheme == "simultaneous":
        a0, a1, a2 = d, 2 * c + 0 * h, 4 + 2 * q * c * h - 2 * d * h**2
        a3, a4 = 4 * (r + q) - 2 * c * h, 4 * r * q - 2 * q * c * h + d * h**2
    else:
        a0, a1, a2 = d, 2 * c + 2 * d * h, 4 + 2 * q * c * h
        a3, a4 = 4 * (r + q) - 2 * c * h - 2 * d * h**2, 4 * r * q - 2 * q * c * h - d * h**2
    hurwitz = a1 * a2 * a3 - h * (a0 * a3**2 + a1**2 * a4)
    if hurwitz.is_zero or hurwitz.EC() < 0:
        return 0.0
    return min(_least_positive(a4), _least_positive(hurwitz))


def _least_positive(polynomial: sp.Poly) -> float:
    """Its least positive root, from an exact isolation, as roots may be decades apart; inf without one."""
    free = polynomial.terms_gcd()[1].sqf_part()
    found = [(low, high) for low, high in free.intervals(inf=0, sqf=True) if high > 0]
    if not found:
        return math.inf
    low, high = found[0]
    while high - low > high / 2**54:
        low, high = free.refine_root(low, high, steps=8)
    return float(high)


def _searched(one: LocalSpectrum, d_steps: int, betas: tuple[float, float]) -> float:
    """The same with several alternating steps of the discriminator: scanned, then bisected."""

    def out(steps: Array) -> NDArray[np.bool_]:
        """Whether 2 Re nu + |nu|^2 = |1 + nu|^2 - 1 is positive; the flow decides within rounding."""
        nu = np.linalg.eigvals(_updates(one, steps, "alternating", d_steps, betas)[:, 0])
        rounding = _ROUNDING * np.abs(nu).max(axis=-1)
        return np.asarray(
            (2 * nu.real + np.abs(nu) ** 2).max(axis=-1) > (rounding if c > 0 else -10 * rounding)
        )

    c, d = float(one.friction[0]), float(one.restoring[0])
    scale = 1 / float(np.abs(one.roots).max())
    # from where the linear term rules: the second one is larger by (1 + beta)/(1 - beta)
    low = 1e-3 / d_steps * (min(scale, c / d) if c > 0 else scale)
    low *= min((1 - abs(beta)) / (1 + abs(beta)) for beta in betas)
    steps = np.geomspace(low, 100 * scale / min(1 - abs(beta) for beta in betas), _SCAN)
    outside = out(steps)
    if outside[0]:
        return 0.0
    if not outside.any():
        return float("inf")
    k = int(np.argmax(outside))
    below, above = float(steps[k - 1]), float(steps[k])
    while above - below > 1e-13 * above:
        middle = 0.5 * (below + above)
        if not below < middle < above:
            break
        if out(np.array([middle]))[0]:
            above = middle
        else:
            below = middle
    return below

"""Dynamics in closed form where A' and B' are straight lines: integral probability metrics, least squares."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array
from gantheory.ntk.dynamics.krylov import integrated_decay, phi_action
from gantheory.ntk.dynamics.slopes import Affine
from gantheory.ntk.dynamics.training_kernel import TrainingKernel, apply
from gantheory.ntk.kernels.kernel import Kernel
from gantheory.ntk.precision import precision

KRYLOV_FROM = 400
"""Below this many points an eigendecomposition takes less than a few hundredths of a second."""

KRYLOV_ERROR = 1e-11
"""Estimated relative error up to which Lanczos' recursion is accepted."""

_STEPS = (32, 64, 128, 256)


class LinearDynamics:
    """Coefficients c(t) of v_t = v_0 + k(., Z) c(t) where A'(v) = a - l v and B'(v) = b - m v.

    Points of rate 0 are driven steadily, c_i = w_i a t. The others decay: with D = sqrt(w l), M = D K D and
    rho = D (v - a/l) at those points,

        rho' = h - M rho,   c' = -D rho,   h = D K (steady drive),
        c(t) = -D [ t phi_1(-t M) rho_0 + t^2 phi_2(-t M) h ].

    Integral probability metrics have no decaying points: c is linear in t. Least squares has no steady ones.

    Attributes:
        method: "linear", "eigenbasis" or "krylov", as last used.
    """

    def __init__(
        self, operator: TrainingKernel, sides: tuple[Affine, Affine], counts: tuple[int, int], start: Array
    ) -> None:
        self.operator = operator
        weights = np.repeat([1 / counts[0], 1 / counts[1]], counts)
        constant = np.repeat([side.constant for side in sides], counts)
        rate = np.repeat([side.rate for side in sides], counts)
        self.decaying = rate > 0
        self.drive = np.where(self.decaying, 0.0, weights * constant)
        self.root = np.sqrt(weights * rate)
        label = np.where(self.decaying, constant / np.where(self.decaying, rate, 1.0), 0.0)
        self.residual = self.root * (start - label)
        self.method = "linear"

    @cached_property
    def forcing(self) -> Array | None:
        """h, zero at steady points; None where there are none."""
        if self.decaying.all():
            return None
        return self.root * self.operator.multiply(self.drive)

    def coefficients(self, times: ArrayLike) -> Array:
        """c(t), shape (times, N); infinity gives the limit where there is one.

        Raises:
            ValueError: t = inf with steady points, whose scores grow without end.
        """
        t = np.asarray(times, dtype=np.float64)
        if np.isinf(t).any() and not self.decaying.any() and self._at_rest():
            return np.where(np.isinf(t), 0.0, t)[:, None] * self.drive
        if not self.decaying.all() and np.isinf(t).any():
            raise ValueError(
                "t must be finite for this objective: its scores grow linearly in t and have no limit"
            )
        if not self.decaying.any():
            return t[:, None] * self.drive
        if self._prefers_krylov(t):
            found = self._krylov(t)
            if found is not None:
                self.method = "krylov"
                return found
        self.method = "eigenbasis"
        return self._eigenbasis(t)

    def _at_rest(self) -> bool:
        """Whether the steady pushes cancel at all points, as where real and fake points are the same."""
        pull = self.operator.multiply(self.drive)
        return bool(np.abs(pull).max() <= 1e-12 * self.operator.multiply(np.abs(self.drive)).max())

    def _prefers_krylov(self, t: Array) -> bool:
        if not np.isfinite(t).all():
            return False
        # Tens of products a time against an eigendecomposition's 9 N^3; a matrix too large to hold has no
        # choice.
        return not self.operator.held or (len(t) * 10 <= len(self.root) and len(self.root) > KRYLOV_FROM)

    def _krylov(self, t: Array) -> Array | None:
        rows = []
        for time in t:
            row = self._krylov_at(float(time))
            if row is None:
                return None
            rows.append(row)
        return np.stack(rows)

    def _krylov_at(self, t: float) -> Array | None:
        total = np.zeros_like(self.root)
        parts = [(self.residual, 1)] + ([] if self.forcing is None else [(self.forcing, 2)])
        for vector, order in parts:
            if not vector.any():
                continue
            action = self._accurate_action(vector, t, order)
            if action is None:
                return None
            total = total + action
        return self.drive * t - self.root * total

    def _accurate_action(self, vector: Array, t: float, order: int) -> Array | None:
        """By as many products as the accuracy needs; None if an eigendecomposition is the way then."""
        for steps in _STEPS:
            action, error = self._action(vector, t, min(steps, len(vector)), order)
            if error <= KRYLOV_ERROR or steps >= len(vector):
                return action
        if self.operator.held:
            return None
        raise ValueError(
            f"t={t:g} is too long for {_STEPS[-1]} products with the kernel of {len(vector)} points, a "
            "matrix too large to hold; use fewer points or a shorter time"
        )

    def _action(self, vector: Array, t: float, steps: int, order: int) -> tuple[Array, float]:
        operator = self.operator
        with precision("float64"):
            action, error = _phi_action(
                operator.kernel,
                operator.rows,
                operator.data,
                jnp.asarray(self.root),
                jnp.asarray(vector),
                t,
                steps,
                order,
            )
            return np.asarray(action), float(error)

    @cached_property
    def _eigen(self) -> tuple[Array, Array]:
        """Eigenvalues and eigenvectors of M on the decaying points."""
        if not self.operator.held:
            raise ValueError(
                f"t=inf needs the kernel matrix of all {len(self.root)} points, which is too large to hold; "
                f"use fewer"
            )
        chosen = np.flatnonzero(self.decaying)
        root = self.root[chosen]
        m = root[:, None] * self.operator.matrix[np.ix_(chosen, chosen)] * root
        values, vectors = np.linalg.eigh(m)
        # Rounding leaves values of either sign where M is singular; such directions do not move.
        values[values < values[-1] * len(values) * np.finfo(float).eps] = 0.0
        return values, vectors

    def _eigenbasis(self, t: Array) -> Array:
        values, vectors = self._eigen
        chosen = self.decaying
        start = vectors.T @ self.residual[chosen]
        with precision("float64"):
            weight = np.stack([_decay(values, time, 1) for time in t])
        inner = (weight * start) @ vectors.T
        if self.forcing is not None:
            push = vectors.T @ self.forcing[chosen]
            with precision("float64"):
                twice = np.stack([_decay(values, time, 2) for time in t])
            inner = inner + (twice * push) @ vectors.T
        out = np.where(np.isinf(t)[:, None], 0.0, t[:, None]) * self.drive
        out[:, chosen] = -self.root[chosen] * inner
        return out


def _decay(values: Array, t: float, order: int) -> Array:
    if np.isinf(t):
        return np.where(values > 0, 1 / np.where(values > 0, values, 1.0), 0.0)
    return np.asarray(integrated_decay(jnp.asarray(values), t, order))


@partial(jax.jit, static_argnames=("kernel", "rows", "steps", "order"))
def _phi_action(
    kernel: Kernel, rows: int | None, data: Any, root: Any, vector: Any, t: float, steps: int, order: int
) -> Any:
    return phi_action(lambda x: root * apply(kernel, rows, data, root * x), vector, t, steps, order)

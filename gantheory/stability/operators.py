"""The local spectrum where kernels do not share the modes of the data: one matrix for all of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.arguments.arrays import as_float64
from gantheory.errors import NoLocalSpectrumError
from gantheory.exact import positive
from gantheory.objectives.objective import Objective
from gantheory.objectives.relativistic import Relativistic
from gantheory.stability.local_game import local_game
from gantheory.stability.settings import decay_of, nonnegative


def operator_spectrum(
    objective: Objective | Relativistic,
    laplacian: ArrayLike,
    *,
    kernel: ArrayLike | None = None,
    generator: ArrayLike | None = None,
    r1: Any = 0,
    r2: Any = 0,
    rate_ratio: Any = 1,
    weight_decay: Any = 0,
    score: Any = None,
) -> NDArray[np.complex128]:
    """All rates mu of the game on n points, those that grow fastest or settle slowest first: shape (2 n,).

        phi' = -tau (K (kappa + gamma L) + w) phi - tau b K eta,    eta' = s G phi

    Args:
        objective, r1, r2, rate_ratio, weight_decay, score: as for `local_spectrum`.
        laplacian: L as a matrix (n, n) that acts on values at the points.
        kernel: K, the discriminator's neural tangent kernel as an operator on L2(p): of n samples k(X, X)/n;
            the identity if not given.
        generator: G, what the generator makes of a score, -div(p K_g grad .)/p; L if not given.

    The rate 0 of the total mass of q is always among them.

    Raises:
        NoLocalSpectrumError: as for `local_spectrum`; a relativistic objective, whose kappa spares constants.
        ValueError: matrices that are not finite, square and of one size; a negative setting.

    Source: derived in docs/stability.md; kernels, Becker et al. 2022.
    """
    game = local_game(objective, score)
    if not game.constant_decays:
        raise NoLocalSpectrumError(
            f"{game.name}: kappa spares constant scores, which are no modes of a kernel; use local_spectrum"
        )
    decay = decay_of(game, weight_decay)
    L = _square(laplacian, "laplacian", None)
    n = len(L)
    K = np.eye(n) if kernel is None else _square(kernel, "kernel", n)
    G = L if generator is None else _square(generator, "generator", n)
    numbers = game.kappa, game.b, game.s, positive(rate_ratio, "rate_ratio"), decay
    kappa, b, s, tau, w = (float(x) for x in numbers)
    gamma = float(nonnegative(r1, "r1") + nonnegative(r2, "r2"))
    push = K @ (kappa * np.eye(n) + gamma * L) + w * np.eye(n)
    found = np.linalg.eigvals(np.block([[-tau * push, -tau * b * K], [s * G, np.zeros((n, n))]]))
    return np.asarray(found[np.argsort(-found.real, kind="stable")], dtype=np.complex128)


def _square(given: ArrayLike, name: str, size: int | None) -> NDArray[np.float64]:
    found = as_float64(given, name)
    if found.ndim != 2 or found.shape[0] != found.shape[1] or not np.isfinite(found).all():
        raise ValueError(f"{name} must be a finite square matrix, got shape {found.shape}")
    if size not in (None, len(found)):
        raise ValueError(f"{name} must be {size} x {size} as the laplacian, got shape {found.shape}")
    return found

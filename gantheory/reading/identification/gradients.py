"""Where a loss's gradient dies although the function that it stands for has one: clamps, epsilons, log(0)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from gantheory.arguments.arrays import Array
from gantheory.reading.identification.calls.probe import Probe
from gantheory.reading.identification.finding import Finding
from gantheory.reading.identification.forms.evidence import FURTHEST, derivative
from gantheory.reading.identification.forms.roles import Roles
from gantheory.reading.identification.forms.shape import Slope

_FURTHEST_HALF = 10.0
"""The same in float16, below which exp does not overflow."""

_MODERATE = 1e3
_PARTS = {"A": ("d_loss", "real"), "B": ("d_loss", "fake"), "S": ("g_loss", "fake")}


def of_gradients(roles: Roles, probes: dict[str, Probe], without: str = "") -> Iterator[Finding]:
    """Gradients that are under half of what they should be at scores up to 25, and values that are infinite.

    "Should be" is the derivative of the closed form, where it is itself over a thousandth of its largest
    value at scores up to 2: a loss that saturates by design is none of this. Roles in `without` are left out.
    """
    finite = True
    for role, (name, side) in _PARTS.items():
        shape = roles.shapes[role]
        if shape is None or role in without or shape.kind in ("zero", "piecewise"):  # a clip is a piece
            continue
        should = derivative(shape.expr)
        for sign in (-1.0, 1.0):
            start = _first_dead(roles.slopes[role], should, sign)
            if start is not None:
                yield _dead(name, side, start)
                finite = False
    for dtype, furthest, kind in (
        (torch.float32, FURTHEST, "log of zero"),
        (torch.float16, _FURTHEST_HALF, "float16"),
    ):
        if finite:
            for name, probe in probes.items():
                for finding in _not_finite(probe, name, dtype, furthest, kind):
                    finite = False
                    yield finding


def _first_dead(slope: Slope, should: Slope, sign: float) -> float | None:
    middle = np.linspace(-2, 2, 21) + 0.0137
    with np.errstate(all="ignore"):
        largest = float(np.abs(should(middle)).max())

    def dead(scores: Array) -> NDArray[np.bool_]:
        with np.errstate(all="ignore"):
            right, found = should(scores), slope(scores)
            weak = ~np.isfinite(found) | (np.abs(found) < 0.5 * np.abs(right))
            weak &= np.abs(right) > 1e-3 * largest
        weak[:-1] &= weak[1:]  # a single point is a kink, at which any slope between two is right
        return weak

    low, high = 0.0137, FURTHEST
    for _ in range(4):
        points = sign * np.linspace(low, high, 101)
        where = dead(points)
        if not where.any():
            return None
        first = int(np.argmax(where))
        low, high = abs(float(points[max(0, first - 1)])), abs(float(points[first]))
    return sign * high


def _dead(name: str, side: str, start: float) -> Finding:
    tail = float(np.exp(-np.logaddexp(0, abs(start))))
    side_of = f"D < {tail:.2g}" if start < 0 else f"1 - D < {tail:.2g}"
    return Finding(
        "clamped gradient",
        f"{name} on {side} scores: from score {start:.4g} on ({side_of}) the gradient is under half of "
        "what the loss's formula has, by a clamp, an epsilon or a logarithm of zero; work on raw scores, as "
        "binary_cross_entropy_with_logits and softplus do",
    )


def _not_finite(probe: Probe, name: str, dtype: torch.dtype, furthest: float, kind: str) -> Iterator[Finding]:
    """Gradients that are not finite although the exact ones are moderate, so that no overflow explains it."""
    scores = np.linspace(-furthest, furthest, 201)
    ordinary = np.full_like(scores, 0.3)
    for side, batches in (("real", (scores, ordinary)), ("fake", (ordinary, scores))):
        try:
            answer, exact = probe(*batches, dtype=dtype), probe(*batches)
        except (ValueError, RuntimeError):  # an operation that this type does not have
            return
        rounded, right = (answer.real, exact.real) if side == "real" else (answer.fake, exact.fake)
        with np.errstate(all="ignore"):
            bad = np.abs(scores[~np.isfinite(rounded) & (np.abs(right) * len(scores) < _MODERATE)])
        if bad.size:
            yield Finding(
                kind,
                f"{name} on {side} scores: from |v| = {bad.min():.3g} on the gradient is not finite in "
                f"{str(dtype).removeprefix('torch.')}, where a probability rounds to 0 or 1 inside a "
                "logarithm or a power; work on raw scores, as binary_cross_entropy_with_logits does",
            )

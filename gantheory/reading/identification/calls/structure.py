"""How a loss couples scores: a sum over single scores, pairs, the other batch, or batch statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gantheory.arguments.arrays import Array
from gantheory.reading.identification.calls.probe import Probe

_TOLERANCE = 1e-9
_WIDTHS = (1.0, 8.0, 60.0, 500.0)
"""Of batches in which scores may meet a margin that couples them."""


@dataclass(frozen=True)
class Structure:
    """What the gradient at one score depends on.

    Attributes:
        kind: "separate" (that score alone), "paired" (its partner in the other batch), "coupled" (all
            of the other batch), "mean" (its own batch, through the mean of a function of a score), or "batch
            statistics".
        sides: which batches are coupled within themselves.
    """

    kind: str
    sides: tuple[str, ...] = ()


def structure_of(probe: Probe) -> Structure:
    """Find it by moving some scores and watching the gradient at others.

    In a sum over single scores the gradient at one score is a function of that score only.
    """
    rng = np.random.default_rng(0)
    real, fake = rng.normal(0, 1.2, 5), rng.normal(0, 1.2, 5)
    base = probe(real, fake)
    if not base.real.any() and not base.fake.any():
        raise ValueError(
            f"{probe.name} has no gradient at ordinary scores such as {real[0]:.2g}: it is constant"
        )
    shifts, one = rng.normal(0, 0.5, 5), np.array([0.4, 0, 0, 0, 0])

    def moves(side: str, by: Array, watched: str, width: float = 1.0) -> NDArray[np.bool_]:
        """Whether the gradient changes at each watched score, of scores so many times as far apart."""
        r, f = width * real, width * fake
        at = probe(r, f) if width != 1.0 else base
        moved = probe(r + width * by, f) if side == "real" else probe(r, f + width * by)
        if not (at.finite and moved.finite):
            return np.zeros(real.shape, bool)
        before, after = (at.real, moved.real) if watched == "real" else (at.fake, moved.fake)
        return np.abs(after - before) > _TOLERANCE * max(np.abs(before).max(), np.abs(after).max(), 1e-12)

    other = (("fake", "real"), ("real", "fake"))
    for width in _WIDTHS:
        if any(moves(side, shifts, watched, width).any() for side, watched in other):
            partners = np.any([moves(side, one, watched, width) for side, watched in other], axis=0)
            return Structure("paired" if partners[0] and not partners[1:].any() else "coupled")
    kinds = {}
    for side in ("real", "fake"):
        if not moves(side, one, side)[1:].any():
            if not _of_all_scores(probe, side):
                kinds[side] = "batch statistics"
            continue
        before = base.real if side == "real" else base.fake
        after = probe(real + one, fake).real if side == "real" else probe(real, fake + one).fake
        # In Phi(mean psi(v)) the gradients at two scores keep their ratio, whatever a third one does.
        cross = before[1:-1] * after[2:] - after[1:-1] * before[2:]
        kept = np.abs(cross).max() <= 1e-8 * np.abs(before).max() * np.abs(after).max()
        kinds[side] = "mean" if kept else "batch statistics"
    back = probe(real[::-1].copy(), fake[::-1].copy())
    for side, before, after in (("real", base.real, back.real), ("fake", base.fake, back.fake)):
        if np.abs(after[::-1] - before).max() > _TOLERANCE * max(np.abs(before).max(), 1e-12):
            raise ValueError(
                f"{probe.name} weighs {side} scores by their place in the batch: give the loss "
                "without weights"
            )
    if not kinds:
        return Structure("separate")
    return Structure("mean" if set(kinds.values()) == {"mean"} else "batch statistics", tuple(kinds))


def _of_all_scores(probe: Probe, side: str) -> bool:
    """Whether batches of two scores say what those of each, or of their mean, do; the largest does not."""

    def value(scores: Array) -> float:
        rest = np.full(5, 0.3)
        return probe(*((scores, rest) if side == "real" else (rest, scores))).value

    for count in (1, 4):
        scores = np.repeat([-1.3, 0.4], [5 - count, count])
        said = float(np.mean([value(np.full(5, score)) for score in scores]))
        gaps = abs(value(scores) - np.array([said, value(np.full(5, scores.mean()))]))
        if (gaps > _TOLERANCE * max(1.0, abs(said))).all():
            return False
    return True

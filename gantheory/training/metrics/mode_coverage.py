"""How many of a finite set of modes samples cover, from a classifier's labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

COUNTS = (1, 3)
"""A mode is covered if so many samples are in it."""

CONFIDENCES = (0.0, 0.2, 0.5, 0.9)
"""And a sample counts if the classifier is at least so certain of it."""


def mode_coverage(labels: ArrayLike, confidences: ArrayLike, modes: int = 1000) -> dict[str, float]:
    """Covered modes for each count and confidence, and the divergence of their shares from uniform ones.

        modes_m_at_c = #{k : at least m samples with label k and confidence >= c}
        kl_uniform = sum_k q_k log(K q_k),  q_k the share of label k among all samples, 0 log 0 = 0

    Args:
        labels: (n,), integers from 0 to modes - 1.
        confidences: (n,), in [0, 1].
        modes: K.

    Returns:
        "modes" and "modes_3", for counts 1 and 3 whatever the confidence; "modes_at_0.2" and so on; and
        "kl_uniform".

    Raises:
        ValueError: no label, one out of range, or confidences of another length or outside [0, 1].
    """
    found, certain = np.asarray(labels), np.asarray(confidences, dtype=np.float64)
    if found.ndim != 1 or not len(found) or not np.issubdtype(found.dtype, np.integer):
        raise ValueError(
            f"labels must be at least one integer, (n,), got shape {found.shape} of {found.dtype}"
        )
    if found.min() < 0 or found.max() >= modes:
        raise ValueError(f"labels must be from 0 to {modes - 1}, got {found.min()} to {found.max()}")
    if certain.shape != found.shape or not ((certain >= 0) & (certain <= 1)).all():
        raise ValueError(f"confidences must be {len(found)} numbers in [0, 1], got shape {certain.shape}")
    result: dict[str, float] = {}
    for count in COUNTS:
        for least in CONFIDENCES:
            name = "modes" if count == 1 else f"modes_{count}"
            name += f"_at_{least:g}" if least else ""
            result[name] = int((np.bincount(found[certain >= least], minlength=modes) >= count).sum())
    shares = np.bincount(found, minlength=modes) / len(found)
    positive = shares[shares > 0]
    result["kl_uniform"] = float((positive * np.log(modes * positive)).sum())
    return result

"""The pulling-away term: a penalty on the codes of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from gantheory.reading.identification.finding import Finding
from gantheory.reading.identification.penalties.asking import answer, gradient

_ANGLES = np.deg2rad([0.0, 60.0, 120.0])


def of_codes(penalty: Callable[..., Any]) -> tuple[float, list[Finding]]:
    """The weight of a pulling-away term, weight x mean over pairs of cos^2, and what is wrong with it.

    Two codes at an angle t give cos^2 t times the weight; without the square they give cos t.

    Raises:
        ValueError: another function of codes.
    """
    values = [_value(penalty, [0.0, angle])[0] for angle in _ANGLES]
    weight = values[0]
    squared, plain = (
        weight > 0 and np.allclose(values, weight * np.cos(_ANGLES) ** power, rtol=1e-5, atol=1e-8)
        for power in (2, 1)
    )
    if not squared and not plain:
        raise ValueError(
            "penalty of codes is no pulling-away term: two codes at 0, 60 and 120 degrees give "
            + ", ".join(f"{value:.4g}" for value in values)
        )
    return weight, list(_findings(penalty, weight, plain))


def _findings(penalty: Callable[..., Any], weight: float, plain: bool) -> Iterator[Finding]:
    if plain:
        yield Finding(
            "pulling-away term without square",
            "codes at 60 degrees cost half of what equal ones do, and opposite ones are rewarded: square the "
            "cosine before the mean",
        )
    of_four = _value(penalty, [0.0] * 4)[0]
    if abs(of_four - weight) > 1e-5 * weight:
        yield Finding(
            "weight grows with the batch",
            f"equal codes cost {weight:.4g} in a batch of 2 and {of_four:.4g} in one of 4: divide the sum "
            "over pairs by n (n - 1)",
        )
    value, slope = _value(penalty, [0.0, 0.7])
    step = 1e-2  # codes may be float32
    told = (_value(penalty, [0.0, 0.7 + step])[0] - _value(penalty, [0.0, 0.7 - step])[0]) / (2 * step)
    if abs(told - slope) > 1e-2 * max(abs(told), value):
        yield Finding(
            "no gradient",
            f"turning a code changes the penalty at the rate {told:.4g}, and its gradient says {slope:.4g}: "
            "part of it is detached",
        )


def _value(penalty: Callable[..., Any], angles: list[float]) -> tuple[float, float]:
    """The penalty of codes of unequal lengths at these angles, and its derivative in the last one."""
    turned = torch.tensor(angles, dtype=torch.float64, requires_grad=True)
    lengths = torch.arange(2.0, 2.0 + len(angles), dtype=torch.float64)
    out = answer(penalty, lengths[:, None] * torch.stack([turned.cos(), turned.sin()], 1))
    return float(out.detach()), float(gradient(out, turned)[-1])

"""An integral in geometric panels, outwards or towards the end of a support, until contributions end."""

from __future__ import annotations

import itertools
import math

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.extrapolation import beyond, settled
from gantheory.divergences.engines.line.panels import Integral, Integrand, adaptive, gauss_kronrod, noise_of
from gantheory.divergences.engines.mass import LOST, RESOLVED, SlowTailError

_STEADY = 40
_GROWING = 60  # doublings, over which contributions grow 300-fold at least


def to_end(f: Integrand, reach: float, most: int, scale: float, finite: bool = False) -> Integral:
    """Integrate over distances (0, reach] from an end of a support: at once where f is smooth there."""
    cuts = np.array([0.0, 0.25, 0.5, 1.0]) * reach
    rule = gauss_kronrod(f, cuts[[0, 0, 1, 0, 2]], cuts[[3, 2, 2, 1, 3]])
    if np.isfinite(rule.value).all():
        size = scale + float(rule.absolute[0])
        apart, *lost = (
            max(abs(y[0] - y[1] - y[4]), abs(y[1] - y[2] - y[3])) for y in (rule.value, *rule.masses)
        )
        if apart <= 1e-15 * size and max(lost) <= RESOLVED / 64.0:
            smooth = Integral(float(rule.value[2:].sum()), float(apart), float(rule.absolute[0]))
            smooth.panels.append((f, cuts[:-1], cuts[1:]))
            smooth.seen.add(rule.absolute[2:], rule.masses[:, 2:])
            return smooth
    return tail(f, reach, 0.5, most, scale, finite)


def tail(f: Integrand, start: float, step: float, most: int, scale: float, finite: bool = False) -> Integral:
    """Integrate over distances from `start` outwards (step = 2) or to an endpoint (step = 1/2), in ratio
    `step`.

    Panels end where their contributions are nothing beside `scale` + their own sum. The rest is extrapolated
    where the contributions decay geometrically, and the integral is infinite where they do not decay up
    to the last panel, unless it is known to be finite, or P or Q has mass that no panel reaches.

    Args:
        f: the integrand as a function of the distance.
        start: distance of the first panel's near end.
        step: ratio of successive distances.
        most: number of panels after which x runs out of range or resolution.
        scale: integral of |f| elsewhere.
        finite: the integral is known to be finite.

    Raises:
        SlowTailError: contributions go on to the last panel, and the integral is finite.
    """
    out = Integral()
    parts: list[Integral] = []
    values: list[float] = []
    masses: list[Array] = []
    quiet = growing = 0
    for k in range(most):
        edges = np.array(sorted((start * step**k, start * step ** (k + 1))))
        part = adaptive(f, edges, scale + out.size)
        if not math.isfinite(part.value):
            return part
        out.add(part)
        parts.append(part)
        values.append(part.value)
        masses.append(part.seen.masses)
        quiet = quiet + 1 if part.size <= 1e-18 * (scale + out.size) else 0
        if quiet >= 4 and _falling(values):
            out.seen.outwards(beyond(masses))
            return out
        growing = growing + 1 if k and abs(part.value) >= 1.1 * abs(values[-2]) > 0.0 else 0
        if growing >= _GROWING and not finite and abs(part.value) > 1e-12 * scale:
            return Integral(math.copysign(math.inf, part.value), 0.0, math.inf)
    out.seen.outwards(beyond(masses))
    noise = _noise(parts[-1])
    sunk = abs(values[-1]) <= 8 * noise
    # Contributions that have sunk into rounding are judged by those before it blurs them.
    blurred = (k for k, part in enumerate(parts) if _noise(part) > 1e-7 * abs(part.value))
    known = values[: next(blurred, None)] if sunk else values
    flat = _steady(known) >= min(_STEADY, max(8, len(known) // 2))
    if sunk and (finite or not flat):
        # What is left is rounding, or falls as the contributions did before they sank into it.
        out.error += (abs(values[-1]) + 8 * noise) / (1.0 - _ratio(values))
        return out
    if flat and not finite:
        if any(not mass + doubt <= LOST for mass, doubt in beyond(masses)):
            raise SlowTailError(
                "more than a thousandth of P or Q lies nearer to an end, or farther, than floats go"
            )
        return Integral(math.copysign(math.inf, known[-1]), 0.0, math.inf)
    if len(values) < 2:
        raise SlowTailError("the integrand is not resolved towards an end of a support")
    rest, doubt = (math.inf, math.inf) if flat else settled(values)
    if not math.isfinite(rest) or (finite and doubt > 1e-3 * (scale + out.size)):
        where = "out to the range of floats" if step > 1 else "down to what floats resolve"
        raise SlowTailError(f"contributions of a tail go on {where} without an end")
    out.value += rest
    out.error += doubt
    out.size += abs(rest)
    return out


def _ratio(values: list[float]) -> float:
    """Of successive contributions, on average over the last eight; 0 where they do not fall."""
    back = min(8, len(values) - 1)
    if back < 1 or values[-1] == 0.0 or values[-1 - back] == 0.0:
        return 0.0
    ratio = float(abs(values[-1] / values[-1 - back]) ** (1.0 / back))
    return ratio if ratio < 1.0 - 1e-4 else 0.0


def _noise(part: Integral) -> float:
    """What rounding does to a panel of a tail."""
    return sum(float(noise_of(f, a, b).sum()) for f, a, b in part.panels)


def _steady(values: list[float]) -> int:
    """How many contributions, up to the last, are none smaller than its forerunner."""
    pairs = itertools.pairwise(reversed(values))
    falls = (k for k, (b, a) in enumerate(pairs) if not abs(b) >= (1.0 - 1e-6) * abs(a) > 0.0)
    return next(falls, len(values) - 1)


def _falling(values: list[float]) -> bool:
    """Whether the contributions decline, so that small ones are the end and not the beginning."""
    last = [abs(v) for v in values[-4:]]
    return all(later <= earlier for earlier, later in itertools.pairwise(last))

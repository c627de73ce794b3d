"""The generated distribution as a function of one parameter: a shift, a scale or a weight."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.inputs.densities import density
from gantheory.divergences.inputs.families import parsed
from gantheory.divergences.inputs.laws import KernelLaw, NewLaw
from gantheory.divergences.inputs.mixture import Mixture
from gantheory.divergences.inputs.prepared import mixture, prepared


class Family:
    """P_g as a function of the parameter, checked when made."""

    def __init__(self, name: str, real: Any, base: Any, other: Any) -> None:
        both = density(real, "real"), density(base, "generated")
        self.log_real = both[0].logpdf
        # An end of a support moves with the parameter, and v* jumps there: no expectation sees that.
        self.endless = all(math.isinf(end) for one in both for end in (one.low, one.high))
        laws = []
        for one, label in ((base, "generated"), (other, "other")):
            if one is not None:
                density(one, label)
                one = prepared(one, label)[1]
                if not hasattr(one, "ppf") or (name != "weight" and not _movable(one)):
                    raise TypeError(f"{label} must be a scipy.stats distribution or a mixture, got {one!r}")
            laws.append(one)
        self.name, self.real, (self.base, self.other) = name, real, laws
        self.median = float(self.base.ppf(0.5))

    def at(self, value: float) -> Any:
        if self.name == "shift":
            return _moved(self.base, value, 1.0, 0.0)
        if self.name == "scale":
            return _moved(self.base, 0.0, value, self.median)
        if value in (0.0, 1.0):
            return self.other if value else self.base
        return mixture([self.base, self.other], [1 - value, value])

    def velocity(self, x: Array, value: float) -> Array:
        """dx/d theta of a sample that moves with the parameter."""
        return np.ones_like(x) if self.name == "shift" else (x - self.median) / value


def _movable(distribution: Any) -> bool:
    if isinstance(distribution, Mixture):
        return all(_movable(part) for part in distribution.distributions)
    return isinstance(distribution, (NewLaw, KernelLaw)) or hasattr(distribution, "dist")


def _moved(distribution: Any, shift: float, scale: float, about: float) -> Any:
    """The law of about + scale (X - about) + shift."""
    if isinstance(distribution, Mixture):
        parts = [_moved(part, shift, scale, about) for part in distribution.distributions]
        return mixture(parts, distribution.weights)
    start = about * (1 - scale) + shift
    if isinstance(distribution, NewLaw):
        return NewLaw(distribution.given * scale + start)
    if isinstance(distribution, KernelLaw):
        return KernelLaw(
            scale * distribution.points + start, scale * distribution.width, distribution.weights
        )
    shapes, loc, spread = parsed(distribution)
    return distribution.dist(*shapes, loc=about + scale * (loc - about) + shift, scale=scale * spread)

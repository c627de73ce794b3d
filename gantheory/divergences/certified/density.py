"""Densities as exact data: families and mixtures, their forms on panels of the line, and masses.

The parameters are the binary numbers that scipy.stats holds, taken as they are; a mixture's weights too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import arb

from gantheory.divergences.certified.forms import Form
from gantheory.divergences.inputs.families import parameters
from gantheory.divergences.inputs.mixture import parts_of
from gantheory.lowering.balls.enclosure import number

Ball = Any
Point = Fraction | None
"""A place on the line; None is the infinite end of its side."""

FAMILIES = ("beta", "expon", "laplace", "norm", "uniform")
_ZERO = Fraction(0)
_EXACT_BETA = 40  # integer parameters up to which the beta function is written as a fraction


@dataclass(frozen=True)
class Component:
    """A member of one of the families, at rational parameters."""

    family: str
    shapes: tuple[Fraction, ...]
    loc: Fraction
    scale: Fraction

    @property
    def middle(self) -> Fraction:
        """A place in the middle of the mass."""
        if self.family in ("norm", "laplace"):
            return self.loc
        return self.loc + (self.scale / 2 if self.family == "beta" else self.scale)

    def breaks(self) -> list[Fraction]:
        """Where the density is not analytic."""
        if self.family == "norm":
            return []
        if self.family in ("laplace", "expon"):
            return [self.loc]
        return [self.loc, self.loc + self.scale]

    def form(self, inside: Fraction) -> Form | None:
        """The density on the panel that holds `inside`; None where it is 0."""
        mu, s = self.loc, self.scale
        if self.family == "norm":
            return Form(1 / s, -(mu**2) / (2 * s**2), (("2pi",),), mu / s**2, -1 / (2 * s**2))
        if self.family == "laplace":
            slope = 1 / s if inside < mu else -1 / s
            return Form(1 / (2 * s), -slope * mu, (), slope)
        if inside < mu or (self.family != "expon" and inside > mu + s):
            return None
        if self.family == "expon":
            return Form(1 / s, mu / s, (), -1 / s)
        a, b = self.shapes
        logs = tuple((e, g - 1) for e, g in ((mu, a), (mu + s, b)) if g != 1)
        ratio, constants = Fraction(1), list[tuple[Any, ...]]()
        if a.denominator == b.denominator == 1 and a + b <= _EXACT_BETA:
            ratio = (a + b - 1) * math.comb(int(a + b) - 2, int(a) - 1)
        else:
            constants.append(("beta", a, b))
        power = 1 - a - b
        if power.denominator == 1:
            ratio *= Fraction(s) ** int(power)
        else:
            constants.append(("power", s, power))
        return Form(ratio, _ZERO, tuple(constants), _ZERO, _ZERO, logs)

    def mass(self, low: Point, high: Point) -> Ball:
        """P(low < X < high)."""
        if self.family == "norm":
            if low is None:
                return self._lower(high)
            if low >= self.loc:  # on the side where nothing cancels
                return self._upper(low) - self._upper(high)
            return self._lower(high) - self._lower(low)
        return self._cdf(high) - self._cdf(low, at_low=True)

    def _standard(self, x: Fraction) -> Fraction:
        return (x - self.loc) / self.scale

    def _lower(self, x: Point) -> Ball:
        return arb(1) if x is None else (-number(self._standard(x)) / arb(2).sqrt()).erfc() / 2

    def _upper(self, x: Point) -> Ball:
        return arb(0) if x is None else (number(self._standard(x)) / arb(2).sqrt()).erfc() / 2

    def _cdf(self, x: Point, at_low: bool = False) -> Ball:
        if x is None:
            return arb(0 if at_low else 1)
        z = self._standard(x)
        if self.family == "laplace":
            return number(z).exp() / 2 if z < 0 else 1 - (-number(z)).exp() / 2
        if z <= 0:
            return arb(0)
        if self.family == "expon":
            return -(-number(z)).expm1()
        if z >= 1:
            return arb(1)
        a, b = self.shapes
        return number(z).beta_lower(number(a), number(b), regularized=1)


@dataclass(frozen=True)
class Density:
    """sum of weight times component."""

    parts: tuple[tuple[Fraction, Component], ...]

    def shifted(self, origin: Fraction) -> Density:
        """The density of X - origin."""
        return Density(tuple((w, replace(c, loc=c.loc - origin)) for w, c in self.parts))

    def breaks(self) -> set[Fraction]:
        return {x for _, c in self.parts for x in c.breaks()}

    def forms(self, inside: Fraction) -> tuple[Form, ...]:
        """The components that are positive on the panel that holds `inside`."""
        merged: dict[Form, Fraction] = {}
        for w, c in self.parts:
            form = c.form(inside)
            if form is not None:
                # Parts that differ by a factor are one, so that a mixture of uniforms is constant.
                bare = replace(form, ratio=Fraction(1), _cache={})
                merged[bare] = merged.get(bare, _ZERO) + w * form.ratio
        return tuple(bare.times(ratio) for bare, ratio in merged.items())

    def mass(self, low: Point, high: Point) -> Ball:
        """Mass between two points; the low one None is -oo, the high one +oo."""
        return sum((number(w) * c.mass(low, high) for w, c in self.parts), arb(0))

    @cached_property
    def center(self) -> Fraction:
        """A place in the middle of the mass."""
        return sum((w * c.middle for w, c in self.parts), _ZERO)

    @cached_property
    def reach(self) -> Fraction:
        """A distance from 0 within which much of the mass lies."""
        return max(abs(c.loc) + c.scale for _, c in self.parts)

    @cached_property
    def finest(self) -> Fraction:
        return min(c.scale for _, c in self.parts)

    @cached_property
    def canonical(self) -> tuple[Any, ...]:
        """Equal for equal densities, as far as equal components tell."""
        weights: dict[Component, Fraction] = {}
        for w, c in self.parts:
            weights[c] = weights.get(c, _ZERO) + w
        return tuple(sorted(((c.family, c.shapes, c.loc, c.scale), w) for c, w in weights.items()))


def density(distribution: Any, name: str) -> Density:
    """Exact data of a frozen scipy.stats distribution or a mixture of such.

    Raises:
        TypeError: a distribution without a certified log density.
        ValueError: parameters out of range.
    """
    return Density(tuple((Fraction(w), _component(d, name)) for d, w in parts_of(distribution)))


def _component(frozen: Any, name: str) -> Component:
    found = parameters(frozen) if hasattr(frozen, "dist") else None
    if found is None or found[0] not in FAMILIES:
        given = getattr(getattr(frozen, "dist", None), "name", type(frozen).__name__)
        raise TypeError(
            f"{name} must be a pmf, a frozen scipy.stats {', '.join(FAMILIES)} or a mixture of such to be "
            f"certified, got {given}"
        )
    family, shapes, loc, scale = found
    try:
        exact = [Fraction(x) for x in (*shapes, loc, scale)]
    except (ValueError, OverflowError):
        raise ValueError(
            f"{name}: {family} must have finite parameters, got loc={loc}, scale={scale}"
        ) from None
    *exact_shapes, exact_loc, exact_scale = exact
    if exact_scale <= 0 or any(s <= 0 for s in exact_shapes):
        raise ValueError(
            f"{name}: {family} must have positive scale and shapes, got scale={scale:g}, {shapes}"
        )
    if family == "uniform":
        family, exact_shapes = "beta", [Fraction(1), Fraction(1)]
    return Component(family, tuple(exact_shapes), exact_loc, exact_scale)

"""What an engine has seen of P and Q: over its panels, cells or atoms their masses must be those of P and Q.

A narrow peak between nodes, a pole nearer than numbers are apart, a density that is not normalized: each
shows in the masses, at the price of two more sums over densities that are evaluated anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.functions.generating_function import GeneratingFunction

LOST = 1e-3
"""Of the mass of P or Q: what is missing beyond this may hold any part of the divergence."""

RESOLVED = 1e-11
"""Error of a mass up to which an engine refines, and up to which a mass counts as whole."""


class SlowTailError(ArithmeticError):
    """Contributions neither end nor are seen to diverge within the range of floats."""


@dataclass
class Seen:
    """Contributions |q f(p/q)| and masses of P and Q on parts of the space.

    Attributes:
        parts: arrays (3, n), |contribution|, mass of P and mass of Q of n parts.
        beyond: masses of P and Q that lie outwards of the last parts, extrapolated.
        doubt: uncertainty of `beyond`; infinite where masses do not end within the range of numbers.
    """

    parts: list[Array] = field(default_factory=list)
    beyond: Array = field(default_factory=lambda: np.zeros(2))
    doubt: Array = field(default_factory=lambda: np.zeros(2))

    def add(self, contributions: Any, masses: Any) -> None:
        """Take in parts: |contribution| (n,) and masses (2, n)."""
        self.parts.append(np.concatenate([np.reshape(contributions, (1, -1)), np.reshape(masses, (2, -1))]))

    def join(self, other: Seen) -> None:
        """Take in what was seen elsewhere."""
        self.parts += other.parts
        self.beyond, self.doubt = self.beyond + other.beyond, self.doubt + other.doubt

    def outwards(self, rest: Sequence[tuple[float, float]]) -> None:
        """Take in (mass, doubt) of P and of Q beyond the last parts."""
        mass, doubt = np.array(rest, dtype=np.float64).T
        known = np.isfinite(mass)
        self.beyond = self.beyond + np.where(known, mass, 0.0)
        self.doubt = self.doubt + np.where(known, doubt, np.inf)

    @property
    def masses(self) -> Array:
        """Of P and Q."""
        return self.beyond + sum((part[1:].sum(axis=1) for part in self.parts), np.zeros(2))

    def error(
        self,
        f: GeneratingFunction,
        expected: tuple[float, float] = (1.0, 1.0),
        instead: str = "",
        lacking: tuple[bool, bool] = (False, False),
    ) -> float:
        """What masses that are off may count: in proportion, and beyond rounding where f grows most.

        Args:
            f: the generating function.
            expected: the masses of P and Q.
            instead: what would be right, in words.
            lacking: whether P and Q may lack more than a thousandth, as long as that counts finitely.

        Raises:
            ArithmeticError: more than a thousandth of P or Q was not seen.
        """
        total = 0.0
        size = sum(float(part[0].sum()) for part in self.parts)
        for k, end in enumerate((f.slope_at_infinity, f.at_zero)):
            off = max(0.0, abs(float(self.masses[k]) - expected[k]) - float(self.doubt[k]))
            if off > LOST * expected[k] and not (lacking[k] and np.isfinite(end)):
                raise ArithmeticError(
                    f"{'PQ'[k]} has mass {float(self.masses[k]):.6g} where the divergence was computed, "
                    f"and not {expected[k]:.6g}{instead}"
                )
            total += off * size
            total += (off - RESOLVED) * self._growth(k, off, end) if off > RESOLVED else 0.0
        return total

    def _growth(self, k: int, off: float, end: float) -> float:
        """The largest contribution per mass, on parts with a like mass and where the other law has none."""
        parts = np.concatenate(self.parts, axis=1)
        alike = parts[1 + k] >= 0.125 * off
        with np.errstate(over="ignore", invalid="ignore"):
            growth = parts[0][alike] / parts[1:, alike].max(axis=0)
        return float(max(np.max(growth, initial=0.0), abs(end) if np.isfinite(end) else 0.0))

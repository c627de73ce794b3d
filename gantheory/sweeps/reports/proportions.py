"""Counts of successes: intervals for a rate, for the difference of two, and a test that they are equal."""

from __future__ import annotations

import math
from dataclasses import dataclass

_EXPECTED = 5
"""Least expected count at which the normal approximation of the test is used (Cochran's rule)."""


@dataclass(frozen=True)
class Rate:
    """`count` of `runs`.

    Raises:
        ValueError: runs < 1, or count outside [0, runs].
    """

    count: int
    runs: int

    def __post_init__(self) -> None:
        if self.runs < 1:
            raise ValueError(f"runs must be at least 1, got {self.runs}")
        if not 0 <= self.count <= self.runs:
            raise ValueError(f"count must be in [0, {self.runs}], got {self.count}")

    @property
    def value(self) -> float:
        """The observed rate."""
        return self.count / self.runs

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Wilson's score interval: all rates p that (value - p)^2 <= z^2 p (1 - p)/runs does not refute.

        Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA 1927.
        """
        z2 = _z(level) ** 2
        n, p = self.runs, self.value
        center = (p + z2 / (2 * n)) / (1 + z2 / n)
        reach = math.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
        # Exactly 0 and 1 at the ends, where rounding would leave 1e-17.
        low = 0.0 if self.count == 0 else center - reach
        high = 1.0 if self.count == n else center + reach
        return low, high


def difference_interval(first: Rate, second: Rate, level: float = 0.95) -> tuple[float, float]:
    """Interval for first - second, from the Wilson intervals of both.

    Source: Newcombe, Interval estimation for the difference between independent proportions, Statistics in
    Medicine 1998, method 10.
    """
    (low1, high1), (low2, high2) = first.interval(level), second.interval(level)
    p1, p2 = first.value, second.value
    return (p1 - p2 - math.hypot(p1 - low1, high2 - p2), p1 - p2 + math.hypot(high1 - p1, p2 - low2))


@dataclass(frozen=True)
class Test:
    """p-value of the two-sided test that two rates are equal, and which test it is."""

    p: float
    name: str

    __test__ = False  # no test of pytest's


def compare(first: Rate, second: Rate) -> Test:
    """Two-sided test of equal rates: the pooled z-test, or Fisher's exact test where counts are small.

    Small means that under equal rates some expected count, of successes or of failures, is below 5.
    """
    n = first.runs + second.runs
    count = first.count + second.count
    if min(count, n - count) * min(first.runs, second.runs) / n < _EXPECTED:
        return Test(_fisher(first, second), "Fisher")
    pooled = count / n
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / first.runs + 1 / second.runs))
    z = abs(first.value - second.value) / deviation
    return Test(math.erfc(z / math.sqrt(2)), "z")


def holm(values: list[float]) -> list[float]:
    """p-values adjusted by Holm's method: below 0.05 together with a 5 % chance of any false one at most.

    Source: Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statistics 1979.
    """
    adjusted = [0.0] * len(values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=lambda i: values[i])):
        largest = max(largest, min(1.0, (len(values) - rank) * values[index]))
        adjusted[index] = largest
    return adjusted


def _fisher(first: Rate, second: Rate) -> float:
    """Sum over tables with the same margins that are no more probable than the observed one; exact."""
    n1, n2, k = first.runs, second.runs, first.count + second.count
    weights = [math.comb(n1, i) * math.comb(n2, k - i) for i in range(max(0, k - n2), min(k, n1) + 1)]
    observed = math.comb(n1, first.count) * math.comb(n2, second.count)
    return sum(w for w in weights if w <= observed) / sum(weights)


def _z(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), got {level}")
    from scipy.special import ndtri

    return float(-ndtri((1 - level) / 2))

"""What a run of a sweep came to, and what listeners hear while it runs."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gantheory.sweeps.store.store import RunStore, StoreError
from gantheory.sweeps.unit import Unit

Listener = Callable[[Unit, float], None]
"""(unit, share of it that is done): 1 when its result is stored."""


@dataclass(frozen=True, eq=False)
class Failure:
    """A unit without a result, and why, in one line.

    `storage` says that the store could not be written: the next unit would meet the same.
    """

    unit: Unit
    reason: str
    storage: bool = False


class Executor(Protocol):
    """Something that runs units, each of which stores its own result."""

    def run(self, units: Sequence[Unit], store: RunStore, listener: Listener) -> list[Failure]:
        """Run all units; those that failed come back, the others are in the store."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """Result of `gantheory.sweeps.run`.

    Attributes:
        store: where the results are.
        total: units of the sweep.
        skipped: units that the store held before.
        finished: units stored in this run.
        failures: units that failed.
        seconds: wall time of this run.
    """

    store: RunStore
    total: int
    skipped: int
    finished: int
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether the store holds the whole sweep."""
        return self.skipped + self.finished == self.total

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        failed = [{"unit": f.unit.key, "label": f.unit.label, "reason": f.reason} for f in self.failures]
        return {
            "store": str(self.store.path),
            "units": self.total,
            "skipped": self.skipped,
            "finished": self.finished,
            "failed": failed,
            "complete": self.complete,
            "seconds": self.seconds,
        }


class Estimate:
    """Time left, from the work done since the start.

    What a checkpoint brings back counts as done but not as done now, so that a resumed sweep is not taken
    for a fast one.
    """

    def __init__(self, units: Sequence[Unit], clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self.units = len(units)
        self._total = sum(unit.work for unit in units)
        self._done: dict[str, float] = {}
        self._shares: dict[str, float] = {}
        self._brought: dict[str, float] = {}

    def update(self, unit: Unit, share: float) -> None:
        """Note that `share` of `unit` is done."""
        self._brought.setdefault(unit.key, 0.0 if share >= 1 else share * unit.work)
        self._done[unit.key] = share * unit.work
        self._shares[unit.key] = share

    @property
    def finished(self) -> int:
        """Units that are stored."""
        return sum(share >= 1 for share in self._shares.values())

    @property
    def share(self) -> float:
        """Share of all work that is done."""
        return sum(self._done.values()) / self._total if self._total else 1.0

    @property
    def seconds_left(self) -> float | None:
        """None until something is done."""
        done = sum(self._done.values())
        now = done - sum(self._brought.values())
        elapsed = self._clock() - self._start
        return elapsed * (self._total - done) / now if now > 0 else None


def reason(error: BaseException) -> str:
    """One line that says what went wrong."""
    text = " ".join(str(error).split())
    return text if isinstance(error, (ValueError, OSError)) and text else f"{type(error).__name__}: {text}"


def is_storage(error: BaseException) -> bool:
    """Whether the error will meet every other unit of the store as well."""
    full = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
    return isinstance(error, StoreError) or (isinstance(error, OSError) and error.errno in full)

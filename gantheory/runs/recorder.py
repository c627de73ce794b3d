"""What is written while a run goes on: frames, generators, losses."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.errors import MissingPackageError
from gantheory.runs.folder import RunFolder
from gantheory.runs.sheets import over, png, sheet
from gantheory.training import GanConfig
from gantheory.training.gan import Snapshot

POINTS = 2000
AT_ONCE = 250
_SCREEN = 1024
LOGS = ("csv", "tensorboard")


class Recorder:
    """Watches a run and keeps, of each seed, a sheet and the generator; and the losses of all.

    Args:
        folder: of the run; what it holds of earlier steps is kept.
        config: the settings.
        log: "csv", history.csv alone, or "tensorboard", events beside it.

    Raises:
        ValueError: data of which there is no picture.
        MissingPackageError: tensorboard is asked for and not installed.
    """

    def __init__(self, folder: RunFolder, config: GanConfig, log: str = "csv") -> None:
        self.folder, self.config = folder, config
        self.drawn = drawable(config.data.shape)
        self._count = tiles(config.data.shape) if self.drawn == "pictures" else POINTS
        self._history = _stored_history(folder)
        self._events = _events(folder) if log == "tensorboard" else None

    def __call__(self, snapshot: Snapshot) -> None:
        """See `gantheory.training.gan.Watcher`."""
        samples = snapshot.samples(self._count)
        kept = [row for row in self._history if row[0] < snapshot.step]
        for k, (_, seed) in enumerate(self.config.members):
            d_loss, g_loss = snapshot.losses[:, k].tolist()
            kept.append((snapshot.step, seed, d_loss, g_loss))
            self.folder.write(self.folder.frame(seed, snapshot.step), png(self.picture(samples[k])))
            self.folder.write_generator(seed, snapshot.networks(k)[0])
            if self._events is not None:
                for name, value in (("discriminator_loss", d_loss), ("generator_loss", g_loss)):
                    self._events.add_scalar(f"{name}/seed{seed}", value, snapshot.step)
        if self._events is not None:
            self._events.flush()
        self._history = kept
        lines = "".join(",".join(map(repr, row)) + "\n" for row in kept)
        self.folder.write(_history_file(self.folder), f"{_COLUMNS}\n{lines}".encode())

    def picture(self, samples: Any) -> Any:
        """A sheet of pictures, or points over those of the data."""
        if self.drawn == "pictures":
            return sheet(samples[: self._count])
        return self._scatter(samples[: self._count])

    @cached_property
    def _scatter(self) -> Any:
        return over(np.concatenate(list(real_parts(self.config, POINTS))))


def drawable(shape: tuple[int, ...]) -> str:
    """ "pictures" or "points".

    Raises:
        ValueError: data of another shape: they can be trained on in Python, but not drawn.
    """
    if len(shape) == 3 and shape[0] in (1, 3):
        return "pictures"
    if shape == (2,):
        return "points"
    raise ValueError(
        f"data must be pictures of 1 or 3 channels or points in the plane to be drawn, got {shape}"
    )


def real_parts(config: GanConfig, count: int) -> Iterator[Any]:
    """At most so many different rows of the data, the same in every call, some at a time."""
    n = len(config.data)
    rows = np.sort(np.random.default_rng([config.data_seed, 1]).choice(n, min(count, n), replace=False))
    for first in range(0, len(rows), AT_ONCE):
        yield config.data.batch(rows[first : first + AT_ONCE])


def tiles(shape: tuple[int, ...]) -> int:
    """Pictures of a sheet: eight by eight, or fewer where it would be larger than a screen."""
    return max(4, min(8, _SCREEN // max(shape[1:]))) ** 2


_COLUMNS = "step,seed,discriminator_loss,generator_loss"


def _history_file(folder: RunFolder) -> Any:
    return folder.path / "history.csv"


def _stored_history(folder: RunFolder) -> list[tuple[int, int, float, float]]:
    file = _history_file(folder)
    if not file.is_file():
        return []
    table = np.loadtxt(io.StringIO(file.read_text()), delimiter=",", skiprows=1, ndmin=2)
    return [(int(step), int(seed), d, g) for step, seed, d, g in table.tolist()]


def _events(folder: RunFolder) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise MissingPackageError("log tensorboard needs tensorboard: pip install tensorboard") from None
    return SummaryWriter(str(folder.path / "tensorboard"))  # type: ignore[no-untyped-call]

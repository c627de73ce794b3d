"""Progress of a loop: a bar on a terminal, a callback, or nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

Progress = bool | Callable[[int, int], None]
"""True: a bar if stderr is a terminal. False: nothing. A callable gets (steps done, steps in all)."""


@contextmanager
def reporting(progress: Progress, total: int, description: str) -> Iterator[Callable[[int], None]]:
    """Context whose value is called with the number of steps done."""
    if callable(progress):
        callback = progress
        yield lambda done: callback(done, total)
        return
    if not isinstance(progress, bool):
        raise TypeError(f"progress must be True, False or a callable (done, total), got {progress!r}")
    if not progress:
        yield lambda done: None
        return
    with terminal_bar(total, description) as bar:
        yield (lambda done: None) if bar is None else (lambda done: bar.update(completed=done))


@dataclass(frozen=True)
class TerminalBar:
    """A bar, and the lines above it."""

    update: Callable[..., None]
    """As rich's: completed, advance, total, description."""
    say: Callable[[str], None]


@contextmanager
def terminal_bar(
    total: float | None, description: str, *, counted: bool = True, left: bool = True
) -> Iterator[TerminalBar | None]:
    """A bar on a terminal, None elsewhere: `counted` in steps, else in per cent; with the time left, or the
    time it has taken."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress as rich
    from rich.console import Console

    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn() if counted else rich.TaskProgressColumn(),
        rich.TimeRemainingColumn() if left else rich.TimeElapsedColumn(),
    )
    console = Console(stderr=True, highlight=False)
    with rich.Progress(*columns, console=console, transient=True) as bar:
        yield TerminalBar(partial(bar.update, bar.add_task(description, total=total)), console.print)

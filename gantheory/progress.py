"""Progress of a loop: a bar on a terminal, a callback, or nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
    if not progress or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(description, total=total)
        yield lambda done: bar.update(task, completed=done)

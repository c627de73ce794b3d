"""A worker process: ``python -m gantheory.sweeps.executors.worker STORE`` runs the units that stdin
names.

Lines of JSON in both directions. In, one at a time: {"config": ..., "checkpoint_seconds": ...}. Out, once:
{"event": "ready"}; then for each unit {"event": "progress", "share": 0.5} or {"event": "warning", "text":
...}, and at its end {"event": "finished"} or {"event": "failed", "reason": ..., "storage": ...}. When stdin
closes, because the sweep is over or its process has died, the worker ends at once.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

_BETWEEN = 0.2
"""Seconds between two messages of progress."""


def main(store_path: str) -> None:
    """Serve units until stdin closes."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; the sweep's process decides
    # Messages have a descriptor of their own, so that a library's print cannot disturb them.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    commands: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(commands,), daemon=True).start()
    from gantheory.sweeps.store.store import RunStore

    store = RunStore(Path(store_path))
    # Before "ready", as gantheory.training imports it late: a broken installation is no unit's fault.
    import torch  # noqa: F401

    def tell(message: Warning | str, category: Any, filename: str, *_: Any, **__: Any) -> None:
        if "gantheory" in Path(filename).parts:  # such as a checkpoint that was not written
            _say(out, event="warning", text=str(message))

    warnings.showwarning = tell
    _say(out, event="ready")
    while True:
        _serve(json.loads(commands.get()), store, out)


def _listen(commands: queue.Queue[str]) -> None:
    for line in sys.stdin:
        commands.put(line)
    os._exit(0)  # in the middle of a unit too: its checkpoint is kept, and nobody is left to wait for it


def _serve(command: dict[str, Any], store: Any, out: TextIO) -> None:
    from gantheory.sweeps.executors.outcome import is_storage, reason
    from gantheory.sweeps.unit import run_unit

    try:
        run_unit(command["config"], store, _progress(out), command["checkpoint_seconds"])
    except Exception as error:
        _say(out, event="failed", reason=reason(error), storage=is_storage(error))
    else:
        _say(out, event="finished")


def _progress(out: TextIO) -> Callable[[int, int], None]:
    last = -_BETWEEN

    def tell(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _BETWEEN and done < total:
            last = now
            _say(out, event="progress", share=done / total)

    return tell


def _say(out: TextIO, **message: Any) -> None:
    print(json.dumps(message), file=out, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

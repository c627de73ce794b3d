"""A monitor inside other people's loops: Lightning's and Accelerate's, neither of which is needed here."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gantheory.errors import MissingPackageError

if TYPE_CHECKING:
    from gantheory.reading.monitoring.monitor import Monitor

SCORES = ("real_scores", "fake_scores")
"""Keys under which a training step hands its scores over."""


def lightning(watch: Monitor) -> Any:
    """A `Callback` for a Lightning Trainer.

    `training_step` returns a dictionary with "real_scores" and "fake_scores" (or sets attributes of these
    names on the module, where optimization is manual); the summary is printed at the end of training.

    Raises:
        MissingPackageError: neither lightning nor pytorch_lightning is installed.
    """
    for name in ("lightning.pytorch", "pytorch_lightning"):
        try:
            base = importlib.import_module(name).Callback
            break
        except ImportError:
            continue
    else:
        raise MissingPackageError("watch.lightning() needs Lightning: pip install lightning")

    class GanMonitor(base):  # type: ignore[misc, valid-type]
        """Hands the scores of each training batch to a monitor."""

        def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, *_: Any, **__: Any) -> None:
            """Note the scores of one batch."""
            watch(*_scores(outputs, pl_module))

        def on_train_end(self, trainer: Any, pl_module: Any) -> None:
            """Print the verdict, once."""
            if getattr(trainer, "is_global_zero", True):
                print(watch.summary())

    return GanMonitor()


def _scores(outputs: Any, module: Any) -> tuple[Any, Any]:
    if isinstance(outputs, dict) and all(name in outputs for name in SCORES):
        return outputs[SCORES[0]], outputs[SCORES[1]]
    if all(hasattr(module, name) for name in SCORES):
        return getattr(module, SCORES[0]), getattr(module, SCORES[1])
    raise ValueError(
        'training_step must return a dictionary with "real_scores" and "fake_scores", or set them on the '
        "module"
    )


def accelerate(watch: Monitor, accelerator: Any) -> Callable[[Any, Any], None]:
    """The monitor for a loop of Hugging Face Accelerate: (real, fake scores of this process) -> None.

    At steps that are looked at, scores of all processes are gathered; only the main process notes them. Every
    process must call it at every step.
    """

    def note(real_scores: Any, fake_scores: Any) -> None:
        if watch.looks_now:
            real_scores, fake_scores = accelerator.gather((real_scores.detach(), fake_scores.detach()))
        if accelerator.is_main_process:
            watch(real_scores, fake_scores)
        else:
            watch.skip()

    return note

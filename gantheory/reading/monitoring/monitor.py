"""Watch a training loop: keep some of its scores, and compare what they say with the objective's theory."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array, as_float64
from gantheory.arguments.checks import whole
from gantheory.objectives import Objective, Relativistic
from gantheory.reading.monitoring import callbacks
from gantheory.reading.monitoring.game import Game, game_of
from gantheory.reading.monitoring.measures import Pair, three_errors
from gantheory.reading.monitoring.summary import Summary, summarize
from gantheory.reading.monitoring.writers import writer_of


def monitor(
    objective: Objective | Relativistic | str, *, every: int = 100, window: int = 20, log: Any = None
) -> Monitor:
    """Watch a training loop of this objective.

        watch = gt.monitor(gt.objectives.vanilla(saturating=False))
        ...
            watch(real_scores, fake_scores)      # in the loop, scores as the discriminator gives them
        ...
        print(watch.summary())

    The first `window` steps are looked at, and then one in `every`: its scores go to the CPU as float64, and
    those of the last `window` looks are kept. Everything else happens in `summary`, and for `log`. Scores
    keep their graph; nothing in training changes.

    Args:
        objective: what is trained, such as `gt.identify(d_loss, g_loss).objective`, or text ("vanilla").
        every: steps from one look to the next.
        window: how many looks a summary covers.
        log: where each look's numbers go: a path that ends in .csv, "tensorboard:FOLDER", "wandb" (the run
            that is active), or an object with `add_scalar` (SummaryWriter) or `log` (a wandb run).

    Raises:
        TypeError: `objective` is none.
        ValueError: every or window below 1, or a `log` that is none of these.
        MissingPackageError: TensorBoard or wandb is not installed.
    """
    every, window = whole(every, "every", 1), whole(window, "window", 1)
    return Monitor(game_of(objective), every, window, log)


class Monitor:
    """A training loop's watch; `monitor` makes it.

    Attributes:
        objective: what is watched for.
        steps: calls so far.
    """

    def __init__(self, game: Game, every: int, window: int, log: Any) -> None:
        self.objective = game.objective
        self.steps = 0
        self._game, self._every, self._window, self._log = game, every, window, writer_of(log)
        self._looks: deque[Pair] = deque(maxlen=window)
        self._not_finite: int | None = None

    def __call__(self, real_scores: Any, fake_scores: Any) -> None:
        """Note the scores of one step: tensors or arrays of any shape, raw scores of real and fake samples.

        Raises:
            TypeError, ValueError: at a step that is looked at: not real numbers, none, or outside the
            objective's domain.
        """
        step = self.steps
        self.steps += 1
        if step % self._every and step >= self._window:
            return
        scores = _array(real_scores, "real_scores"), _array(fake_scores, "fake_scores")
        if not all(np.isfinite(v).all() for v in scores):
            if self._not_finite is None:
                self._not_finite = step
            return
        if isinstance(self.objective, Objective):
            for name, found in zip(("real_scores", "fake_scores"), scores, strict=True):
                self.objective.need_inside(found, name)
        self._looks.append(scores)
        if self._log is not None:
            self._log(step, self._row(scores))

    @property
    def looks_now(self) -> bool:
        """Whether the next call looks at its scores."""
        return self.steps % self._every == 0 or self.steps < self._window

    def skip(self) -> None:
        """Count a step whose scores another process notes."""
        self.steps += 1

    def summary(self) -> Summary:
        """Numbers over the window and a verdict in words.

        Raises:
            ValueError: no scores have been seen, or none that are finite.
        """
        if not self._looks:
            seen = "no finite scores" if self._not_finite is not None else "no scores"
            raise ValueError(
                f"the monitor has seen {seen}: call it in the loop, watch(real_scores, fake_scores)"
            )
        real, fake = (np.concatenate(side) for side in zip(*self._looks, strict=True))
        return summarize(self._game, (real, fake), self.steps - 1, self._not_finite)

    def lightning(self) -> Any:
        """A callback for a Lightning Trainer; see `gantheory.reading.monitoring.callbacks.lightning`."""
        return callbacks.lightning(self)

    def accelerate(self, accelerator: Any) -> Any:
        """The monitor for a loop of Hugging Face Accelerate; see `...monitoring.callbacks.accelerate`."""
        return callbacks.accelerate(self, accelerator)

    def _row(self, scores: Pair) -> dict[str, float]:
        """What goes to the log at one look."""
        loss, _ = self._game.loss(scores)
        row = {"d_loss": loss, "real_score": float(scores[0].mean()), "fake_score": float(scores[1].mean())}
        if self._game.ideal_loss is not None:
            row["gap"] = self._game.ideal_loss - loss
        share = self._game.vanishing(scores[1])
        if share is not None:
            row["vanishing"] = share
        log_ratios = self._game.log_ratios(scores)
        if log_ratios is not None:
            names = ("error_real", "error_fake", "error_generator")
            row |= dict(zip(names, three_errors(log_ratios), strict=True))
        return row


def _array(scores: Any, name: str) -> Array:
    found = as_float64(scores, name).reshape(-1)
    if not found.size:
        raise ValueError(f"{name} must hold at least one score, got none")
    return found.copy()

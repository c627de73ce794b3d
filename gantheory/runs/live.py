"""What a run looks like while it goes on: losses, the gap to the ideal loss, where scores lie."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from gantheory.objectives.torch_loss import onto_domain
from gantheory.reading.monitoring.game import Game
from gantheory.runs.recorder import real_parts
from gantheory.training import GanConfig
from gantheory.training.gan import Snapshot

POINTS = 500
"""Scores of either kind."""
BINS = 21
_BARS = " ▁▂▃▄▅▆▇█"
_ASCII = " .:-=+*#@"
"""Bars of a stream that cannot write these."""
_TAIL = 0.5
"""Percent of the scores that may lie beyond either end of the axis, and are counted in the last bin."""


class LiveView:
    """Watches a run and prints, of each seed, a line of losses and histograms of the discriminator's scores.

    step 400  seed 0  D 1.312, 0.074 below ideal  G 0.713
      real ▁▂▄▇█▅▂ fake ▂▅█▇▃▁  -2.1 to 3.4

    Scores are of batches as in training, in the objective's domain, both on one axis. Variants whose
    discriminator is given more than points have losses only.

    Args:
        config: the settings, of one objective.
        write: takes the lines; to stderr if left out, above a progress bar.
    """

    def __init__(self, config: GanConfig, write: Callable[[str], None] | None = None) -> None:
        self._config, self._write = config, write or _to_stderr
        self._ideal = Game(config.objectives[0]).ideal_loss
        self._real: NDArray[np.float32] | None = None
        if config.variant is None:
            self._real = np.concatenate(list(real_parts(config, POINTS)))

    def __call__(self, snapshot: Snapshot) -> None:
        """See `gantheory.training.gan.Watcher`."""
        fakes = snapshot.samples(POINTS)
        for k, (_, seed) in enumerate(self._config.members):
            d_loss, g_loss = snapshot.losses[:, k].tolist()
            line = f"step {snapshot.step}  seed {seed}  D {d_loss:.4g}"
            self._write(f"{line}{against(d_loss, self._ideal)}  G {g_loss:.4g}")
            if self._real is not None and np.isfinite(d_loss):
                judge = snapshot.networks(k)[1].train().requires_grad_(False)
                self._write(histograms(self._scores(judge, self._real), self._scores(judge, fakes[k])))

    def _scores(self, judge: nn.Module, points: NDArray[np.float32]) -> NDArray[np.float64]:
        weight = next(judge.parameters())
        raw = judge(torch.from_numpy(points).to(weight.device, weight.dtype)).reshape(len(points))
        return onto_domain(self._config.objectives[0], raw).double().cpu().numpy()  # type: ignore[no-any-return]


def _to_stderr(line: str) -> None:
    try:
        line.encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        line = line.translate(str.maketrans(_BARS, _ASCII))
    print(line, file=sys.stderr, flush=True)


def against(loss: float, ideal: float | None) -> str:
    """How far a loss of the discriminator is from the one at P_g = P_r; nothing where that is not known."""
    if ideal is None or not np.isfinite(loss):
        return ""
    return f", {abs(loss - ideal):.3g} {'below' if loss < ideal else 'above'} ideal"


def histograms(real: NDArray[np.float64], fake: NDArray[np.float64]) -> str:
    """Both on one axis, as a line of bars each."""
    low, high = np.percentile(np.concatenate([real, fake]), [_TAIL, 100 - _TAIL])
    high = high if high > low else low + 1
    shown = " ".join(f"{name} {_bars(x, low, high)}" for name, x in (("real", real), ("fake", fake)))
    return f"  {shown}  {low:.3g} to {high:.3g}"


def _bars(x: NDArray[np.float64], low: float, high: float) -> str:
    counts, _ = np.histogram(np.clip(x, low, high), BINS, (low, high))
    # Any count shows; only none is blank.
    heights = np.ceil(counts / counts.max() * (len(_BARS) - 1)).astype(int)
    return "".join(_BARS[height] for height in heights)

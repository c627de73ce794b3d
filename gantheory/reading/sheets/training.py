"""A short training for a card: one small GAN on the ring of eight Gaussians."""

from __future__ import annotations

import time

from matplotlib.figure import Figure

from gantheory.errors import GantheoryError
from gantheory.objectives import Objective, Relativistic
from gantheory.reading.sheets.content import Section
from gantheory.reading.sheets.pictures import COLORS, figure

_TITLE = "What a small training showed"


def trained(game: Objective | Relativistic, steps: int) -> Section:
    """What `steps` steps on the ring gave, in words and as a picture, or why it was not trained there."""
    if not steps:
        return Section(_TITLE, lines=("Not trained for this card; --train N does, with N steps on a ring.",))
    from gantheory.training import RingConfig, train_run
    from gantheory.training.metrics.mixtures import high_quality_share, modes_covered

    try:
        config = RingConfig(
            objective=game,  # type: ignore[arg-type]
            seeds=[0],
            max_steps=steps,
            log_every=max(1, steps // 100),
            discriminator_hidden=(64, 64),
            generator_hidden=(64, 64),
            learning_rate=1e-3,
            train_samples=20_000,
            test_samples=2_000,
        )
    except (GantheoryError, TypeError, ValueError) as reason:
        return Section(_TITLE, lines=(f"Not trained: {reason}.",))
    start = time.perf_counter()
    run = train_run(config, progress=False)
    seconds = time.perf_counter() - start
    samples, history = run.samples[0], run.history
    covered = modes_covered(samples, config.mixture)
    share = high_quality_share(samples, config.mixture)
    last = history.tail(max(1, len(history) // 10))
    lines = (
        f"One run of {steps} steps (seed 0, two hidden layers of 64, batch {config.batch}, Adam at 0.001; "
        f"{seconds:.0f} s): {covered} of 8 modes covered, {share:.0%} of the samples within three standard "
        f"deviations of a mode. Over the last tenth the discriminator's loss was "
        f"{last.discriminator_loss.mean():.4g}, the generator's {last.generator_loss.mean():.4g}. One run of "
        "one seed shows that it trains, and no more.",
    )

    def draw() -> Figure:
        made, (left, right) = figure(2)
        left.plot(history.step, history.discriminator_loss, color=COLORS[0], lw=1, label="D")
        left.plot(history.step, history.generator_loss, color=COLORS[1], lw=1, label="G")
        left.set_xlabel("step", fontsize=8)
        left.set_ylabel("loss", fontsize=8)
        left.legend(frameon=False, fontsize=7)
        right.plot(*samples.T, ".", ms=1, color=COLORS[1], alpha=0.5)
        right.set_aspect("equal", adjustable="datalim")
        right.set_xlabel("generated samples", fontsize=8)
        return made

    return Section(_TITLE, lines=lines, picture=draw)

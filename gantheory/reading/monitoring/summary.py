"""What a monitor says: numbers over its window, and a verdict in words."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gantheory.reading.monitoring import measures
from gantheory.reading.monitoring.game import Game
from gantheory.reading.monitoring.measures import Pair
from gantheory.support.lines import wrapped

_Z = 1.959963984540054
_BINS = 10
_FEWEST = 100
_MANY = 0.5
_MISCALIBRATED = 0.05


@dataclass(frozen=True)
class Summary:
    """Numbers over the scores that a monitor keeps. What an objective has no theory of is None.

    Attributes:
        step: the last one watched.
        samples: real and fake scores in the window.
        loss, ideal_loss: of the discriminator; the catalogue's, without a factor of the user's code.
        gap: ideal_loss - loss: positive where D tells real from fake.
        gap_interval: of 95 %, over the samples of the window.
        divergence: name of the divergence that the gap bounds from below.
        errors: E_r -log p, E_g -log(1 - p) and E_g -log p of the implied probability p of "real"; chance
            is log 2 each.
        vanishing: share of fake samples where the generator's gradient in the score is under 1 % of the
            linear loss's (of that at P_g = P_r, where the score is no logit).
        alternative: the alpha_G that would leave fewest such samples, and their share, where that is much
        less.
        calibration: root-mean-square gap between implied and true shares of real samples.
        not_finite: the first step with scores that are not finite, if any.
        verdict: all of it in words.
    """

    step: int
    samples: tuple[int, int]
    loss: float
    ideal_loss: float | None
    gap: float | None
    gap_interval: tuple[float, float] | None
    divergence: str
    errors: tuple[float, float, float] | None
    vanishing: float | None
    alternative: tuple[str, float] | None
    calibration: float | None
    not_finite: int | None
    verdict: str

    def __str__(self) -> str:
        return wrapped(self.verdict)

    def to_dict(self) -> dict[str, Any]:
        """Every field, for JSON."""
        return asdict(self)


def summarize(game: Game, scores: Pair, step: int, not_finite: int | None) -> Summary:
    """The summary of pooled scores."""
    loss, error = game.loss(scores)
    ideal = game.ideal_loss
    gap = None if ideal is None else ideal - loss
    interval = None if gap is None or math.isnan(error) else (gap - _Z * error, gap + _Z * error)
    log_ratios = game.log_ratios(scores)
    errors = None if log_ratios is None else measures.three_errors(log_ratios)
    found = None
    if log_ratios is not None and min(map(len, scores)) >= _FEWEST:
        found = measures.calibration(log_ratios, _BINS)
    calibrated = None if found is None else math.sqrt(max(0.0, found.squared_gap()[0]))
    vanishing = game.vanishing(scores[1])
    alternative = game.best_alternative(scores[1]) if vanishing and vanishing > 0.1 else None
    if alternative is not None and vanishing is not None and alternative[1] > 0.5 * vanishing:
        alternative = None
    sentences = [
        *_of_finite(not_finite),
        *_of_inputs(game, scores),
        *_of_gap(game, loss, gap, interval),
        *_of_saturation(game, vanishing, alternative),
        *_of_calibration(found, calibrated),
        *_of_errors(errors),
    ]
    return Summary(
        step=step,
        samples=(len(scores[0]), len(scores[1])),
        loss=loss,
        ideal_loss=ideal,
        gap=gap,
        gap_interval=interval,
        divergence=game.divergence,
        errors=errors,
        vanishing=vanishing,
        alternative=alternative,
        calibration=calibrated,
        not_finite=not_finite,
        verdict=" ".join(sentences),
    )


def _of_finite(step: int | None) -> list[str]:
    return [] if step is None else [f"Training broke: scores are not finite, first at step {step}."]


def _of_inputs(game: Game, scores: Pair) -> list[str]:
    if game.logistic and all(len(v) >= _FEWEST and (v >= 0).all() and (v <= 1).all() for v in scores):
        return ["All scores lie in [0, 1]: give the raw scores, before the sigmoid."]
    return []


def _of_gap(game: Game, loss: float, gap: float | None, interval: tuple[float, float] | None) -> list[str]:
    if gap is None:
        return [f"D's loss is {loss:.4g}; no ideal loss is known for this objective."]
    low, high = interval or (gap, gap)
    rounding = 1e-9 * max(1.0, abs(loss))
    within = f" (95 %: {low:.3g} to {high:.3g})" if interval else ""
    if low > rounding:
        return [
            f"D is ahead: its loss {loss:.3g} is {gap:.3g} below ideal{within}; {game.divergence} is at "
            "least that."
        ]
    if high < -rounding:
        return [
            f"D is behind: its loss {loss:.3g} is {-gap:.3g} above ideal, worse than a constant score's; "
            "its labels may be exchanged, or its rate too high."
        ]
    reach = max(abs(low), abs(high))
    return [f"D does not tell real from fake: its loss {loss:.3g} is the ideal one to within {reach:.2g}."]


def _of_saturation(game: Game, share: float | None, alternative: tuple[str, float] | None) -> list[str]:
    if share is None or (share == 0 and not game.logistic):
        return []
    linear = "the linear one" if game.logistic else "that at P_g = P_r"
    text = f"{100 * share:.0f} % of fakes lie where G's gradient is under 1 % of {linear}"
    if alternative is not None:
        text += f"; at {alternative[0]} it would be {100 * alternative[1]:.0f} %"
    return [f"{text}."]


def _of_calibration(found: measures.Calibration | None, gap: float | None) -> list[str]:
    if found is None or gap is None:
        return []
    if gap <= _MISCALIBRATED:
        return [f"Its scores are calibrated (RMS gap {gap:.2g})."]
    sureness = np.abs(found.implied() - 0.5) - np.abs(found.shares - 0.5)
    kind = "overconfident" if float((found.weights * sureness).sum()) > 0 else "underconfident"
    agreement = ((found.implied() - 0.5) * (found.shares - 0.5) * found.weights).sum()
    if agreement < 0:
        return [f"Its scores are low on real samples and high on fake ones (RMS gap {gap:.2g})."]
    return [f"Its scores are {kind}: the shares of real samples that they imply are off by {gap:.2g} (RMS)."]


def _of_errors(errors: tuple[float, float, float] | None) -> list[str]:
    if errors is None:
        return []
    real, fake, left = errors
    return [f"Errors, of which chance is 0.69: on real {real:.2g}, on fake {fake:.2g}, G's {left:.2g}."]

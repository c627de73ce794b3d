"""What is measured on the trained members of a `GanConfig`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gantheory.datasets import StackedMnist
from gantheory.datasets.training_data import mixture_of
from gantheory.divergences.sampling.energy import energy_distance
from gantheory.training.engines.members import Members
from gantheory.training.inputs.given import GivenAtRandom
from gantheory.training.metrics.digit_classifier import DigitClassifier, digit_classifier
from gantheory.training.metrics.features.neighbours import precision_recall
from gantheory.training.metrics.mixtures import high_quality_share, modes_covered
from gantheory.training.metrics.mode_coverage import mode_coverage
from gantheory.training.seeding import generator, torch_generator
from gantheory.training.settings.gan_config import GanConfig

_NUMBERS_AT_ONCE = 1 << 24
"""Largest number of generated coordinates to hold at once, of all members."""

_ENERGY_POINTS = 2500
_ENERGY_COORDINATES = 1024
"""Of the energy distance, whose cost is points^2 times coordinates."""

_NEIGHBOURS = 5
_NOTHING = dict.fromkeys(("precision", "recall", "density", "coverage"), 0.0)

_NUMBERS_KEPT = 1 << 26
"""Largest number of generated coordinates that are kept, of all members: 256 MB in float32."""


def classifier_for(config: GanConfig) -> DigitClassifier | None:
    """The classifier of the data's modes; None where there is none."""
    return digit_classifier(config.data.folder) if isinstance(config.data, StackedMnist) else None


def measure(
    config: GanConfig, ensemble: Members, classifier: DigitClassifier | None
) -> tuple[NDArray[Any], list[dict[str, float]]]:
    """Generated samples (members, n, *shape), and each member's metrics on `test_samples` of them.

    Metrics are those of `mode_coverage` where the data's modes have a classifier; modes and share where the
    data are of a mixture; and the energy distance to the data, and `precision_recall` where they are of no
    mixture, of at most 2,500 points of each and unless a point has more than 1,024 coordinates. A member that
    diverged covers nothing, and has no distance.
    Samples are float64 for points; of pictures the first are kept, at most 256 MB of all members.
    """
    members = len(ensemble.members)
    keep = max(1, _NUMBERS_KEPT // (int(np.prod(config.data.shape)) * len(config.members)))
    kept: list[Tensor] = []
    found: list[list[tuple[NDArray[np.int64], NDArray[np.float64]]]] = [[] for _ in range(members)]
    for part in _parts(config, ensemble):
        have = sum(each.shape[1] for each in kept)
        if have < keep:
            kept.append(part[:, : keep - have].clone())
        if classifier is not None:
            for k in range(members):
                found[k].append(classifier.modes(part[k]))
    metrics: list[dict[str, float]] = [{} for _ in range(members)]
    if classifier is not None:
        for k, pairs in enumerate(found):
            labels, certain = (np.concatenate(each) for each in zip(*pairs, strict=True))
            metrics[k] = mode_coverage(labels, certain)
    samples = torch.cat(kept, dim=1)
    compare = comparison(config)
    for k in range(members):
        metrics[k] |= compare(samples[k].flatten(1).double().numpy())
        if ensemble.diverged_at[k] > 0:
            metrics[k] = {name: np.nan if name.startswith(("kl", "energy")) else 0 for name in metrics[k]}
    return (samples.double() if len(config.data.shape) == 1 else samples).numpy(), metrics


def comparison(config: GanConfig) -> Callable[[NDArray[np.float64]], dict[str, float]]:
    """From generated points (n, d) to the metrics that need the data and no classifier."""
    mixture, reference = mixture_of(config.data), None
    count = min(_ENERGY_POINTS, config.test_samples)
    if np.prod(config.data.shape) <= _ENERGY_COORDINATES:
        rng = generator(config.data_seed, "test set")
        if mixture is not None:
            reference = mixture.sample(count, rng)
        else:
            rows = rng.permutation(len(config.data))[:count]
            reference = config.data.batch(rows).reshape(len(rows), -1)

    def compare(points: NDArray[np.float64]) -> dict[str, float]:
        found: dict[str, float] = {}
        if mixture is not None:
            found["modes"] = modes_covered(points, mixture)
            found["share"] = high_quality_share(points, mixture)
        if reference is not None:
            finite = np.isfinite(points).all()
            found["energy_distance"] = energy_distance(points[:count], reference) if finite else np.nan
            if mixture is None and min(count, len(reference)) > _NEIGHBOURS:
                found |= precision_recall(reference, points[:count], _NEIGHBOURS) if finite else _NOTHING
        return found

    return compare


def _parts(config: GanConfig, ensemble: Members) -> Iterator[Tensor]:
    """`test_samples` generated points of each member, some at a time, on the CPU."""
    streams = [torch_generator(seed, "test noise") for _, seed in ensemble.members]
    given = [GivenAtRandom(config, seed) for _, seed in ensemble.members]
    at_once = max(1, _NUMBERS_AT_ONCE // (len(streams) * int(np.prod(config.data.shape))))
    for first in range(0, config.test_samples, at_once):
        rows = min(at_once, config.test_samples - first)
        noise = torch.stack([torch.randn(rows, config.latent, generator=stream) for stream in streams])
        further = map(torch.stack, zip(*(each(rows) for each in given), strict=True))
        yield ensemble.generate(noise, *further).cpu()

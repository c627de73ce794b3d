"""What networks are given beside noise and points outside of training."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from gantheory.training.seeding import torch_generator
from gantheory.training.settings.gan_config import GanConfig
from gantheory.training.variants import Variant


class GivenAtRandom:
    """For generators, (count, ...) each: of rows of the data chosen at random, so that labels, or whatever a
    generator is given, have the data's law.

    Args:
        config: the settings.
        seed: of a stream for this alone.
    """

    def __init__(self, config: GanConfig, seed: int) -> None:
        self._config, self._variant = config, config.played
        self._stream = torch_generator(seed, "test given")

    def __call__(self, count: int) -> tuple[Tensor, ...]:
        if type(self._variant).given is Variant.given:
            return ()
        data = self._config.data
        rows = torch.randint(len(data), (count,), generator=self._stream)
        real = torch.from_numpy(data.batch(rows.numpy())).float()
        labels = None
        if self._config.labels is not None:
            labels = one_hot(self._config.labels[rows], self._config.classes).float()
        draw = self._variant.draw(count, data.shape, self._stream)
        return self._variant.given(real, labels, draw).generator


def given_points(config: GanConfig, points: Tensor, labels: Any) -> tuple[Tensor, ...]:
    """What discriminators are given beside points (n, *shape) of those labels, (n,).

    Raises:
        ValueError: labels are needed, and are not there or not from 0 to `classes` - 1.
    """
    if not config.tried.discriminator:
        return ()
    coded = None
    if config.labels is not None:
        found = torch.as_tensor([] if labels is None else labels)
        inside = found.shape == (len(points),) and not found.is_floating_point()
        if not (inside and 0 <= int(found.min()) <= int(found.max()) < config.classes):
            raise ValueError(
                f"labels must be {len(points)} integers from 0 to {config.classes - 1}, one a point, got "
                f"{labels!r}"
            )
        coded = one_hot(found.long(), config.classes).float()
    variant = config.played
    draw = variant.draw(len(points), config.data.shape, torch_generator(config.data_seed, "test given"))
    return variant.given(points.float(), coded, draw).discriminator

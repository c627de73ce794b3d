"""LAPGAN: a run for each level of a pyramid of pictures, and samples through all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gantheory.datasets import ArrayData
from gantheory.progress import Progress
from gantheory.training.checks import check_count, torch_dtype
from gantheory.training.gan import TrainingRun, train_run
from gantheory.training.seeding import torch_generator
from gantheory.training.settings.gan_config import GanConfig
from gantheory.training.variants import LAPGAN
from gantheory.training.variants.conditional.lapgan import expanded, halved

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class LaplacianPyramid:
    """Trained levels.

    Attributes:
        runs: from the plain GAN of the coarsest pictures to the finest level.
    """

    runs: tuple[TrainingRun, ...]

    def samples(self, count: int, member: int = 0, seed: int = 0, coarse: Any = None) -> NDArray[np.float64]:
        """Pictures of the finest level, (count, *shape): each level adds to u of what the one below made.

        Args:
            count, seed: of the noise.
            member: of all runs.
            coarse: pictures (count, ...) at the coarsest side, in place of that level's.
        """
        stream = torch_generator(seed, "pyramid noise")
        made = None if coarse is None else torch.as_tensor(np.asarray(coarse))
        for run in self.runs if coarse is None else self.runs[1:]:
            dtype = torch_dtype(run.config.dtype)
            noise = torch.randn(count, run.config.latent, generator=stream).to(dtype)
            generator = run.networks(member)[0].cpu()
            with torch.no_grad():
                made = generator(noise) if made is None else generator(noise, expanded(made.to(dtype)))
        assert made is not None
        return made.double().numpy()


def train_pyramid(
    config: GanConfig,
    levels: int,
    *,
    coarsest: str = "mlp",
    progress: Progress = True,
    train: Callable[..., TrainingRun] = train_run,
) -> LaplacianPyramid:
    """Train each level on its own, as published: a coarse picture is given by the data, not by the level
    below.

    Args:
        config: of the finest level; its variant is `LAPGAN`. The others differ in the data, which are halved
            from level to level, and the coarsest, a plain GAN, in the networks.
        levels: with the coarsest; 1 is the plain GAN.
        coarsest: networks of the coarsest level.
        progress: see `gantheory.training`.
        train: from a configuration and `progress` to a run.

    Raises:
        ValueError: another variant, levels < 1, sides that cannot be halved so often, or what `GanConfig`
            raises of a level.

    Source: Denton, Chintala, Szlam, Fergus (2015); see `LAPGAN`.
    """
    check_count(levels, "levels")
    if not isinstance(config.variant, LAPGAN):
        raise ValueError(f"config must have variant='lapgan', got {config.variant!r}")
    sides, least = config.data.shape[1:], 2 ** (levels - 1)
    if any(side % least for side in sides):
        raise ValueError(f"levels must leave whole pixels of pictures of sides {sides}, got {levels}")
    configs, pictures = [], torch.from_numpy(config.data.batch(np.arange(len(config.data))))
    for level in range(levels):
        data = config.data if level == 0 else ArrayData(pictures.numpy())
        last = {"variant": None, "networks": coarsest} if level == levels - 1 else {}
        # Settings know the shape of their data: the networks of another level are built from their text.
        given = {"data": data, "networks": config.networks.to_text(), **last}
        configs.append(replace(config, **given))
        pictures = halved(pictures) if level < levels - 1 else pictures
    return LaplacianPyramid(tuple(train(each, progress=progress) for each in reversed(configs)))

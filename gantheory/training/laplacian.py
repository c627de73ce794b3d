"""LAPGAN: a run for each level of a pyramid of pictures, and samples through all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gantheory.datasets import ArrayData
from gantheory.support.progress import Progress
from gantheory.training.checks import check_count, torch_dtype
from gantheory.training.gan import TrainingRun, train_run
from gantheory.training.networks.pyramid import pyramid
from gantheory.training.seeding import torch_generator
from gantheory.training.settings.gan_config import GanConfig
from gantheory.training.variants import LAPGAN
from gantheory.training.variants.conditional.lapgan import expanded, halved


class PyramidGenerator(nn.Module):
    """All levels as one generator: each adds to u of what the one below made.

    Args:
        levels: generators, the coarsest first.
        latents: the dimensions of their noises, which are one vector here.
    """

    def __init__(self, levels: Sequence[nn.Module], latents: Sequence[int]) -> None:
        super().__init__()
        self.levels, self._latents = nn.ModuleList(levels), list(latents)

    def forward(self, noise: Tensor, coarse: Tensor | None = None) -> Tensor:
        """Pictures (n, *shape) for noise (n, sum of latents); `coarse` ones stand for the first level's."""
        made = coarse
        for level, z in zip(self.levels, noise.split(self._latents, 1), strict=True):
            if made is None:
                made = level(z)
            elif level is not self.levels[0]:
                made = level(z, expanded(made))
        assert made is not None
        return made


@dataclass(frozen=True, eq=False)
class LaplacianPyramid:
    """Trained levels.

    Attributes:
        runs: from the plain GAN of the coarsest pictures to the finest level.
    """

    runs: tuple[TrainingRun, ...]

    def generator(self, member: int = 0) -> PyramidGenerator:
        """Of one member of all runs."""
        levels = [run.networks(member)[0].cpu() for run in self.runs]
        return PyramidGenerator(levels, [run.config.latent for run in self.runs])

    def samples(self, count: int, member: int = 0, seed: int = 0, coarse: Any = None) -> NDArray[np.float64]:
        """Pictures of the finest level, (count, *shape).

        Args:
            count, seed: of the noise.
            member: of all runs.
            coarse: pictures (count, ...) at the coarsest side, in place of that level's.
        """
        stream, dtype = torch_generator(seed, "pyramid noise"), torch_dtype(self.runs[0].config.dtype)
        noise = [torch.randn(count, run.config.latent, generator=stream).to(dtype) for run in self.runs]
        given = None if coarse is None else torch.as_tensor(np.asarray(coarse)).to(dtype)
        with torch.no_grad():
            made: Tensor = self.generator(member)(torch.cat(noise, 1), given)
        return made.double().numpy()


def train_pyramid(
    config: GanConfig,
    levels: int | None = None,
    *,
    coarsest: str = "mlp",
    progress: Progress = True,
    train: Callable[..., TrainingRun] = train_run,
) -> LaplacianPyramid:
    """Train each level on its own, as published: a coarse picture is given by the data, not by the level
    below.

    Args:
        config, levels, coarsest: see `pyramid_levels`, which says what is raised.
        progress: see `gantheory.training`.
        train: from a configuration and `progress` to a run.

    Source: Denton, Chintala, Szlam, Fergus (2015); see `LAPGAN`.
    """
    return LaplacianPyramid(
        tuple(train(each, progress=progress) for each in pyramid_levels(config, levels, coarsest))
    )


def pyramid_levels(config: GanConfig, levels: int | None = None, coarsest: str = "mlp") -> list[GanConfig]:
    """The settings of each level, the coarsest first.

    Args:
        config: of the finest level; its variant is `LAPGAN`. The others differ in the data, which are halved
            from level to level, and the coarsest, a plain GAN, in the networks.
        levels: with the coarsest; 1 is the plain GAN. Down to a side of 4 to 7 if left out.
        coarsest: networks of the coarsest level.

    Raises:
        ValueError: another variant, levels < 1, sides that cannot be halved so often, or what `GanConfig`
            raises of a level.
    """
    if not isinstance(config.variant, LAPGAN):
        raise ValueError(f"config must have variant='lapgan', got {config.variant!r}")
    sides = config.data.shape[1:]
    if levels is None:
        levels = 1 + pyramid(config.data.shape, "lapgan").doublings
    check_count(levels, "levels")
    if any(side % 2 ** (levels - 1) for side in sides):
        raise ValueError(f"levels must leave whole pixels of pictures of sides {sides}, got {levels}")
    configs, pictures = [], torch.from_numpy(config.data.batch(np.arange(len(config.data))))
    for level in range(levels):
        data = config.data if level == 0 else ArrayData(pictures.numpy())
        last = {"variant": None, "networks": coarsest} if level == levels - 1 else {}
        # Settings know the shape of their data: the networks of another level are built from their text.
        given = {"data": data, "networks": config.networks.to_text(), **last}
        configs.append(replace(config, **given))
        pictures = halved(pictures) if level < levels - 1 else pictures
    return configs[::-1]

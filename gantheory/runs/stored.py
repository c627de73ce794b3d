"""What a run's folder generates, without the data it was trained on and without executing what files say."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from gantheory.runs.folder import RunFolder, settings_of
from gantheory.support.files import user_path
from gantheory.training.laplacian import PyramidGenerator
from gantheory.training.networks import NAMED, networks_of
from gantheory.training.networks.named import first
from gantheory.training.seeding import torch_generator
from gantheory.training.tensors import read_tensors
from gantheory.training.variants import Variant, checked_variant

_AT_ONCE = 256


@dataclass(frozen=True)
class StoredGenerator:
    """A trained generator, without the data it was trained on.

    Attributes:
        module: in evaluation mode.
        latent: dimension of its noise.
        shape: of what it makes.
        seed: of its run.
        variant: which its run was trained as; of labels and codes it is given each in turn.
        classes: of its labels.
    """

    module: nn.Module
    latent: int
    shape: tuple[int, ...]
    seed: int
    variant: Variant = field(default_factory=Variant)
    classes: int = 0

    def __call__(self, noise: ArrayLike) -> NDArray[Any]:
        """Its outputs (n, *shape) for noise (n, latent), the label of row k being k modulo their number.

        Raises:
            ValueError: noise of another shape; a variant whose generator is given parts of the data.
        """
        rows = torch.as_tensor(np.asarray(noise, dtype=np.float32))
        if rows.ndim != 2 or rows.shape[1] != self.latent:
            raise ValueError(f"noise must have shape (n, {self.latent}), got {tuple(rows.shape)}")
        labels = torch.eye(self.classes)[torch.arange(len(rows)) % self.classes] if self.classes else None
        draw = self.variant.draw(len(rows), self.shape, torch_generator(0, "test given"))
        given = self.variant.given(None, labels, draw).generator
        parts = zip(*(each.split(_AT_ONCE) for each in (rows, *given)), strict=True)
        with torch.no_grad():
            return torch.cat([first(self.module(*part)) for part in parts]).numpy()


def stored_generator(
    path: Path | str, seed: int | None = None, networks: str | None = None
) -> StoredGenerator:
    """The generator of a run's folder, read without executing anything that its files say.

    That of a pyramid is all its levels, whose noise is joined to one vector.

    Args:
        path: the folder.
        seed: of the run; the first that is there if left out.
        networks: "module:function" where the run's networks are the user's own: a file does not say what is
            imported.

    Raises:
        ValueError: no such run or seed, a damaged file, networks of another shape, own ones not named, or a
            variant of the user's own.
    """
    place = user_path(path, "run")
    told = settings_of(place)
    if not (levels := RunFolder(place).levels):
        return _of_one(place, seed, networks)
    parts = [_of_one(level, seed, networks) for level in levels]
    if parts[-1].shape != tuple(told["shape"]):
        raise ValueError(f"run {place} holds the levels up to {levels[-1].name} only: train it to the end")
    latents = [part.latent for part in parts]
    joined = PyramidGenerator([part.module for part in parts], latents)
    return StoredGenerator(joined, sum(latents), parts[-1].shape, parts[-1].seed)


def _of_one(place: Path, seed: int | None, networks: str | None) -> StoredGenerator:
    told = settings_of(place)
    config, shape = told["config"], tuple(told["shape"])
    text = str(config["networks"])
    own = text.partition("(")[0].strip() not in NAMED
    if own and networks != text:
        raise ValueError(f"run {place} was trained with own networks: say networks {text!r} to import them")
    played = config.get("variant") or {}
    if ":" in str(played.get("name", "")):
        raise ValueError(
            f"run {place} was trained as an own variant, {played['name']}: a file does not say what is "
            "imported"
        )
    files = {int(file.stem.rpartition("seed")[2]): file for file in place.glob("generator-seed*.pt")}
    if not files:
        raise ValueError(f"run {place} holds no generator yet")
    chosen = min(files) if seed is None else seed
    if chosen not in files:
        raise ValueError(f"seed must be one of {', '.join(map(str, sorted(files)))}, got {seed!r}")
    variant, classes = checked_variant(played or None) or Variant(), int(told.get("classes", 0))
    compose = partial(variant.networks, classes=classes)
    module, _ = networks_of(text).fitted(config["latent"], shape, compose).of_seed(chosen)
    try:
        module.load_state_dict(read_tensors(files[chosen]))
    except ValueError as reason:
        raise ValueError(f"generator {files[chosen]} cannot be read: {reason}; train again") from None
    except (RuntimeError, TypeError, AttributeError):  # names, shapes, or what is no tensor
        raise ValueError(f"generator {files[chosen]} cannot be read: it is none of networks {text}") from None
    module.float().eval()
    return StoredGenerator(module, int(config["latent"]), shape, chosen, variant, classes)

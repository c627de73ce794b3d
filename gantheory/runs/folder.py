"""The folder of one training run: settings, generators, samples and metrics, in files that outlive the code.

run.json                 the configuration, the shape of the data, version and command
generator-seed0.pt       a state dict for each seed, as of the last frame
samples-seed0.png        a sheet; animation-seed0.gif, from frames/seed0-00000200.png
metrics.json, metrics.csv    a row a seed, once the run is finished
history.csv              losses over time
checkpoint.pt            while it runs: the same configuration goes on from it
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from gantheory._version import __version__
from gantheory.atomic import write_atomically
from gantheory.errors import nearest
from gantheory.files import user_path
from gantheory.training import GanConfig
from gantheory.training.networks import NAMED, networks_of
from gantheory.training.networks.named import first
from gantheory.training.seeding import torch_generator
from gantheory.training.variants import Variant, checked_variant

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

_SETTINGS = "run.json"
_AT_ONCE = 256


@dataclass(frozen=True)
class RunFolder:
    """Where a run's files are.

    Attributes:
        path: the folder.
    """

    path: Path

    @classmethod
    def begin(cls, path: Path | str, config: GanConfig, command: str = "") -> RunFolder:
        """The folder of a run that starts or goes on; it is made, and its settings are written.

        Raises:
            ValueError: the folder holds another run, or something else; a configuration without a text form.
            OSError: it cannot be made.
        """
        place = user_path(path, "out")
        settings = json.loads(json.dumps(config.to_dict()))
        file = place / _SETTINGS
        if file.is_file():
            found = _settings(place)["config"]
            if found != settings:
                changed = ", ".join(sorted(k for k in {*found, *settings} if found.get(k) != settings.get(k)))
                raise ValueError(
                    f"out {place} holds a run of other settings ({changed}): name another folder"
                )
            return cls(place)
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise ValueError(f"out {place} exists and holds no run: name a new folder")
        place.mkdir(parents=True, exist_ok=True)
        told = {"config": settings, "shape": list(config.data.shape), "version": __version__}
        if config.labels is not None:
            told["classes"] = config.classes
        if command:
            told["command"] = command
        write_atomically(file, json.dumps(told, indent=2).encode())
        return cls(place)

    @property
    def checkpoint(self) -> Path:
        """The file that holds the state while it runs."""
        return self.path / "checkpoint.pt"

    @property
    def metrics(self) -> Path:
        """A row a seed, once the run is finished."""
        return self.path / "metrics.json"

    def frame(self, seed: int, step: int) -> Path:
        """A sheet in the middle of the run."""
        return self.path / "frames" / f"seed{seed}-{step:08}.png"

    def frames(self, seed: int) -> list[Path]:
        """All of them, by time."""
        return sorted((self.path / "frames").glob(f"seed{seed}-*.png"))

    def of_seed(self, kind: str, seed: int, ending: str) -> Path:
        """Such as samples-seed0.png."""
        return self.path / f"{kind}-seed{seed}.{ending}"

    def write(self, path: Path, content: bytes) -> None:
        """A file of the folder, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)

    def write_generator(self, seed: int, generator: nn.Module) -> None:
        """Its state dict."""
        content = io.BytesIO()
        torch.save(generator.state_dict(), content)
        self.write(self.of_seed("generator", seed, "pt"), content.getvalue())

    def write_table(self, table: pd.DataFrame) -> None:
        """metrics.csv, and then metrics.json, which says that the run is finished."""
        self.write(self.path / "metrics.csv", table.to_csv(index=False).encode())
        self.write(self.metrics, table.to_json(orient="records", indent=2).encode())


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
    told = _settings(place)
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
        module.load_state_dict(torch.load(files[chosen], map_location="cpu", weights_only=True))
    # A truncated file may end anywhere: zip, pickle and tensor errors are all the same to the caller.
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"generator {files[chosen]} cannot be read: {reason}") from None
    module.float().eval()
    return StoredGenerator(module, int(config["latent"]), shape, chosen, variant, classes)


def _settings(place: Path) -> dict[str, Any]:
    file = place / _SETTINGS
    if not file.is_file():
        near = [each.name for each in place.parent.iterdir()] if place.parent.is_dir() else []
        hint = nearest(place.name, near) if not place.exists() and near else ""
        raise ValueError(f"no run in {place}: give a folder that gantheory train has made{hint}")
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        told["config"]["networks"], told["config"]["latent"], told["shape"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file} is damaged: {error}") from None
    return dict(told)

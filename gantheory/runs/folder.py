"""The folder of one training run: settings, generators, samples and metrics, in files that outlive the code.

run.json                 the configuration, the shape of the data, version and command
generator-seed0.pt       a state dict for each seed, as of the last frame
samples-seed0.png        a sheet; animation-seed0.gif, from frames/seed0-00000200.png
metrics.json, metrics.csv    a row a seed, once the run is finished
history.csv              losses over time
checkpoint.pt            while it runs: the same configuration goes on from it
side-4/, side-8/ ...     of a pyramid, a run for each of its levels
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import nn

from gantheory._version import __version__
from gantheory.errors import nearest
from gantheory.support.atomic import write_atomically
from gantheory.support.files import user_path
from gantheory.training import GanConfig

_SETTINGS = "run.json"
_LEVEL = "side-"


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
            found = settings_of(place)["config"]
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
    def levels(self) -> list[Path]:
        """Folders of a pyramid's levels, the coarsest first; none of another run."""
        return sorted(self.path.glob(f"{_LEVEL}[0-9]*"), key=lambda level: int(level.name[len(_LEVEL) :]))

    def level(self, side: int) -> Path:
        """The folder of the level whose pictures have so many rows."""
        return self.path / f"{_LEVEL}{side}"

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

    def write_table(self, rows: pd.DataFrame | list[dict[str, Any]]) -> pd.DataFrame:
        """metrics.csv, and then metrics.json, which says that the run is finished."""
        table = pd.DataFrame(rows)
        self.write(self.path / "metrics.csv", table.to_csv(index=False).encode())
        self.write(self.metrics, table.to_json(orient="records", indent=2).encode())
        return table

    def table(self) -> pd.DataFrame:
        """metrics.json of a finished run."""
        return pd.read_json(self.metrics)


def settings_of(place: Path) -> dict[str, Any]:
    """What run.json of a folder says.

    Raises:
        ValueError: there is none, or it is damaged.
    """
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

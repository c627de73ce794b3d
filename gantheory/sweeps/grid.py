"""Sweeps: grids of settings in small TOML files.

    title = "Saturating, clamped"     # for people
    store = "results/ring"            # folder of the run store, unless the command line names another
    seeds = 200                       # a count (0, 1, ...) or a list
    block = 20                        # seeds that are trained together and stored as one file

    [train]                           # any setting of training.RingConfig, one value each
    epochs = 400
    device = "cpu"

    [mixture]                         # a name that datasets.named_mixture knows, with its parameters
    name = "ring"

    [grid]                            # every combination of these; or several tables [[grid]]
    numerics = ["clamped", "stable"]
    alpha_d = [0.5, "6/5", inf]       # alpha_gan(alpha_d, alpha_g, saturating); numbers, or text like "6/5"
    alpha_g = [1]
    saturating = [true]
    objective = ["lsgan(0, 1, 1)"]    # in place of the three: any objective, as on the command line

With `data` or `networks` in `[train]` or `[grid]`, such as networks = "stacked_mnist", the settings are those
of training.GanConfig; `[mixture]`, where it is there, is then the data, and remedies = ["r1(0.1)"] are
remedies; in `[grid]`, remedies = [[], ["r1(0.1)"], ["r1(0.1)", "gap_aware()"]] are three values.

In `[grid]` a key is also any setting of the configuration, before the one in `[train]`, and one value stands
for a list of one. The first key varies slowest. Nothing in the file is ever executed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from numbers import Integral
from pathlib import Path
from typing import Any

from gantheory.errors import nearest
from gantheory.support.files import read_toml, user_path
from gantheory.sweeps import shipped
from gantheory.sweeps.unit import Unit

TOP_KEYS = ("title", "store", "seeds", "block", "train", "mixture", "grid")
ALPHA_KEYS = ("alpha_d", "alpha_g", "saturating")
_BLOCK = 20
_LISTS = ("_hidden", "betas", "remedies")
"""Endings of settings whose one value is a list."""
_NUMBER = re.compile(r"\d+(\.\d+)?(/\d+)?|inf")


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A grid of settings, each for the same seeds.

    Attributes:
        name: of the file, without ".toml".
        title: for people.
        seeds: of every setting.
        block: seeds in a unit of work.
        settings: one a cell, keyword arguments of `RingConfig` or `GanConfig` with the objective as text.
        mixture: name and parameters for `datasets.named_mixture`; None for the ring, or where the settings
            name the data.
        store: folder of the run store, if the file names one.
    """

    name: str
    seeds: tuple[int, ...]
    settings: tuple[dict[str, Any], ...]
    block: int = _BLOCK
    title: str = ""
    mixture: dict[str, Any] | None = None
    store: Path | None = None

    @classmethod
    def read(cls, path: Path | str) -> Sweep:
        """The sweep of a TOML file, or of one that comes with the package, such as "ring_reduced".

        Raises:
            ValueError: no such file, no TOML, an unknown key (the nearest is suggested) or a value out of
                range; one line that names the file.
        """
        path = user_path(path)
        if not path.exists():
            path = shipped.experiment(path) or path
        data = read_toml(path)
        try:
            return cls.from_dict(data, name=path.stem)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}: {error}") from None

    @classmethod
    def from_dict(cls, data: dict[str, Any], name: str = "sweep") -> Sweep:
        """The sweep that a TOML file's content describes; raises as `read` does."""
        _known(data, TOP_KEYS, "key")
        if "seeds" not in data:
            raise ValueError("seeds is missing: a count such as 200, or a list")
        seeds = _seeds(data["seeds"])
        block = data.get("block", min(_BLOCK, len(seeds)))
        if not isinstance(block, int) or isinstance(block, bool) or block < 1:
            raise ValueError(f"block must be a positive number of seeds, got {block!r}")
        train = _table(data.get("train", {}), "train")
        mixture = _table(data["mixture"], "mixture") if "mixture" in data else None
        if mixture is not None and not isinstance(mixture.get("name"), str):
            raise ValueError('[mixture] needs a name such as "ring"')
        grids = data.get("grid", [])
        grids = grids if isinstance(grids, list) else [grids]
        if mixture is not None and any("data" in each for each in [train, *grids] if isinstance(each, dict)):
            raise ValueError("the data are named twice: by [mixture] and by data")
        known = _train_keys(_names_networks([train, *grids]))
        _known(train, known, "key of [train]")
        if not grids:
            raise ValueError("[grid] is missing: lists of alpha_d, alpha_g and saturating, or of objective")
        settings = tuple({**train, **cell} for grid in grids for cell in _cells(_table(grid, "grid"), known))
        for key in ("title", "store"):
            if not isinstance(data.get(key, ""), str):
                raise ValueError(f"{key} must be text, got {data[key]!r}")
        return cls(
            name=name,
            title=data.get("title", ""),
            seeds=seeds,
            block=block,
            settings=settings,
            mixture=mixture,
            store=user_path(data["store"], "store") if "store" in data else None,
        )

    def units(
        self, device: str | None = None, *, precision: str | None = None, elsewhere: bool = False
    ) -> list[Unit]:
        """The units of work in the order of the file; every setting is checked.

        Args:
            device, precision: in place of the file's.
            elsewhere: the units run on another machine, so a device need not be there.

        Raises:
            ValueError: a setting that the configuration refuses, such as a batch larger than the data.
        """
        from gantheory.training import GanConfig, RingConfig

        networks = _names_networks(self.settings)
        kind: type[GanConfig | RingConfig] = GanConfig if networks else RingConfig
        given = {"seeds": self.seeds, **self._mixture("data" if networks else "mixture", ring=not networks)}
        units: dict[str, Unit] = {}
        for setting in self.settings:
            wanted = device or setting.get("device", "cpu")
            changed = {**given, **setting, "device": "cpu" if elsewhere else wanted}
            settled: dict[str, Any] = {"device": wanted}
            if not networks:
                products = precision or setting.get("precision", "float32")
                changed["precision"] = settled["precision"] = products
                if elsewhere and products == "tf32" and str(wanted).startswith("cuda"):
                    changed["precision"] = "float32"  # what the device here need not have either
            elif precision not in (None, "float32"):
                raise ValueError(f"precision must be float32 for networks of one's own, got {precision!r}")
            config = kind.from_dict(changed)
            settled = {**config.to_dict(), **settled}
            for first in range(0, len(self.seeds), self.block):
                seeds = list(self.seeds[first : first + self.block])
                unit = Unit({**settled, "seeds": seeds}, float(config.steps * len(seeds)))
                units.setdefault(unit.key, unit)  # a cell of two grids is one cell
        return list(units.values())

    def _mixture(self, name: str, ring: bool) -> dict[str, Any]:
        """The mixture as the setting of that name; none, unless the ring is to stand for it."""
        from gantheory.datasets import named_mixture

        if self.mixture is None and not ring:
            return {}
        found = self.mixture or {"name": "ring"}
        try:
            return {name: named_mixture(found["name"], **{k: v for k, v in found.items() if k != "name"})}
        except TypeError as error:
            raise ValueError(f"[mixture]: {error}") from None


def _cells(grid: dict[str, Any], known: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """All combinations of a grid's values, as keyword arguments with the objective as text."""
    _known(grid, ("objective", *ALPHA_KEYS, *known), "key of [grid]")
    if "objective" in grid and set(ALPHA_KEYS) & set(grid):
        raise ValueError("[grid] takes objective, or alpha_d, alpha_g and saturating, not both")
    if "objective" not in grid and "alpha_d" not in grid:
        raise ValueError("[grid] needs alpha_d or objective")
    axes = {}
    for key, values in grid.items():
        axes[key] = values if isinstance(values, list) else [values]
        if key.endswith(_LISTS) and not (axes[key] and isinstance(axes[key][0], list)):
            axes[key] = [axes[key]]  # a list is one value here
        if not axes[key]:
            raise ValueError(f"[grid] {key} must hold at least one value, got []")
    for values in product(*axes.values()):
        cell = dict(zip(axes, values, strict=True))
        if "objective" not in cell:
            cell["objective"] = _alpha_spec(cell)
        elif not isinstance(cell["objective"], str):
            raise ValueError(f'objective must be text such as "lsgan(0, 1, 1)", got {cell["objective"]!r}')
        yield {key: value for key, value in cell.items() if key not in ALPHA_KEYS}


def _alpha_spec(cell: dict[str, Any]) -> str:
    saturating = cell.get("saturating", True)
    if not isinstance(saturating, bool):
        raise ValueError(f"saturating must be true or false, got {saturating!r}")
    alphas = [_alpha(cell[key], key) for key in ("alpha_d", "alpha_g") if key in cell]
    return f"alpha_gan({', '.join(alphas)}{'' if saturating else ', saturating=False'})"


def _alpha(value: Any, name: str) -> str:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
        return "inf" if math.isinf(value) else repr(value)
    raise ValueError(f'{name} must be in (0, inf], a number or text such as "6/5", got {value!r}')


def _seeds(value: Any) -> tuple[int, ...]:
    from gantheory.training.seeding import normalized_seeds

    if isinstance(value, Integral) and not isinstance(value, bool):
        if value < 1:
            raise ValueError(f"seeds must be at least 1, or a list of seeds, got {value}")
        return normalized_seeds(range(int(value)))
    if not isinstance(value, list):
        raise ValueError(f"seeds must be a count or a list of nonnegative integers, got {value!r}")
    return normalized_seeds(value)


def _names_networks(settings: Sequence[Any]) -> bool:
    """Whether settings are a `GanConfig`'s: the networks or the data are named."""
    return any(isinstance(each, dict) and ("networks" in each or "data" in each) for each in settings)


def _train_keys(networks: bool) -> tuple[str, ...]:
    from dataclasses import fields

    from gantheory.training import GanConfig, RingConfig

    kind = GanConfig if networks else RingConfig
    return tuple(f.name for f in fields(kind) if f.name not in {"seeds", "objective", "mixture"})


def _table(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"[{name}] must be a table, got {value!r}")
    return value


def _known(data: dict[str, Any], known: tuple[str, ...], what: str) -> None:
    for key in data:
        if key not in known:
            raise ValueError(f"unknown {what} {key!r}{nearest(key, known)}")

"""A pyramid as a folder: a run a level, and samples through all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gantheory.objectives import vanilla
from gantheory.runs import RunFolder, stored_generator, train_pyramid_into
from gantheory.training import GanConfig, pyramid_levels

PICTURES = np.random.default_rng(0).uniform(-1, 1, (30, 1, 8, 8)).astype(np.float32)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, list[GanConfig], Any]:
    config = GanConfig(
        objective=vanilla(saturating=False), data=PICTURES, networks="mlp(width=4)", variant="lapgan(2)",
        seeds=[0, 3], batch=8, latent=5, max_steps=1, test_samples=20,
    )  # fmt: skip
    folder = RunFolder.begin(tmp_path_factory.mktemp("pyramid") / "run", config)
    levels = pyramid_levels(config)
    return folder, levels, train_pyramid_into(folder, levels, frames=1, progress=False)


def test_samples_go_through_all_levels(trained: Any) -> None:
    folder, levels, table = trained
    assert [each.data.shape for each in levels] == [(1, 4, 4), (1, 8, 8)]
    generator = stored_generator(folder.path, 3)
    assert (generator.latent, generator.shape, generator.seed) == (10, (1, 8, 8), 3)
    noise = np.random.default_rng(1).standard_normal((6, 10)).astype(np.float32)
    coarse, fine = (stored_generator(place, 3).module for place in folder.levels)
    with torch.no_grad():
        small = coarse(torch.from_numpy(noise[:, :5])).numpy()
        large = torch.from_numpy(np.kron(small, np.ones((2, 2), np.float32)))
        plane = fine.plane(torch.from_numpy(noise[:, 5:]))
        expected = large + fine.add(torch.cat([large, plane], 1))
    np.testing.assert_allclose(generator(noise), expected.numpy(), rtol=1e-5, atol=1e-6)
    assert list(table["seed"]) == [0, 3] and table["energy_distance"].between(0, 10).all()
    assert folder.of_seed("samples", 3, "png").is_file()


def test_what_is_trained_is_not_trained_again(trained: Any) -> None:
    folder, levels, table = trained
    before = [place.joinpath("generator-seed0.pt").stat().st_mtime_ns for place in folder.levels]
    again = train_pyramid_into(folder, levels, frames=1, progress=False)
    assert before == [place.joinpath("generator-seed0.pt").stat().st_mtime_ns for place in folder.levels]
    np.testing.assert_array_equal(again["energy_distance"], table["energy_distance"])


def test_a_part_of_a_pyramid_is_refused(trained: Any, tmp_path: Path) -> None:
    folder, *_ = trained
    part = RunFolder(tmp_path / "part")
    part.level(4).mkdir(parents=True)
    for name in ("run.json", "side-4/run.json", "side-4/generator-seed0.pt"):
        (part.path / name).write_bytes((folder.path / name).read_bytes())
    assert json.loads((part.path / "run.json").read_text())["shape"] == [1, 8, 8]
    with pytest.raises(ValueError, match="holds the levels up to side-4 only"):
        stored_generator(part.path)

"""Sweeps of small networks: a unit trains in about a tenth of a second."""

from __future__ import annotations

import pytest

TINY = {
    "epochs": 4,
    "train_samples": 400,
    "test_samples": 200,
    "batch": 50,
    "discriminator_hidden": [8],
    "generator_hidden": [8],
    "learning_rate": 1e-3,
}


@pytest.fixture
def content():
    """What a TOML file of a tiny sweep holds; keys of [train] may be changed."""

    def make(seeds=4, block=2, grid=None, **train):
        return {
            "seeds": seeds,
            "block": block,
            "train": {**TINY, **train},
            "grid": grid or {"numerics": ["clamped", "stable"], "alpha_d": [0.5], "alpha_g": [1]},
        }

    return make


@pytest.fixture
def sweep(content):
    """A tiny sweep: as `content`."""

    def make(**changes):
        from gantheory.sweeps import Sweep

        return Sweep.from_dict(content(**changes))

    return make


@pytest.fixture
def toml(content, tmp_path):
    """Path of a TOML file of a tiny sweep: as `content`."""

    def make(**changes):
        import json

        data = content(**changes)
        lines = [f"{key} = {json.dumps(data[key])}" for key in ("seeds", "block")]
        for table in ("train", "grid"):
            lines.append(f"[{table}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in data[table].items()]
        path = tmp_path / "tiny.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return make


@pytest.fixture
def same():
    """Whether two tables of results are equal, bit by bit, in everything but time."""

    def compare(first, second):
        import pandas as pd

        times = ["seconds"]
        pd.testing.assert_frame_equal(first.drop(columns=times), second.drop(columns=times), check_exact=True)

    return compare

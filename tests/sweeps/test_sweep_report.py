"""The report of any sweep: all settings, with means, rates, pivots, a picture and published rates beside."""

from __future__ import annotations

import json

import pytest

from gantheory.sweeps import RunStore, Serial, Sweep, run
from gantheory.sweeps.reports.sweep_report import sweep_report

GRID = {
    "seeds": 2,
    "train": {
        "epochs": 1, "train_samples": 128, "test_samples": 100,
        "generator_hidden": [4], "discriminator_hidden": [4],
    },
    "grid": {"alpha_d": [0.5, 1.0], "alpha_g": [1], "learning_rate": [1e-4, 1e-3]},
}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    run(Sweep.from_dict(GRID), folder, executor=Serial())
    return RunStore(folder)


def test_every_setting_is_there_with_its_own_mean(store):
    report = sweep_report(store.records())
    assert set(report.varied) == {"objective", "learning_rate"} and len(report.table) == 4
    runs = store.table()
    for row in report.table.to_dict("records"):
        mine = runs[(runs["objective"] == row["objective"]) & (runs["learning_rate"] == row["learning_rate"])]
        assert row["runs"] == 2 and row["modes"] == pytest.approx(mine["modes"].mean())
        assert row["all_modes"] == 100 * (mine["modes"] == 8).mean() and row["low"] <= row["all_modes"]
    published = dict(zip(report.table["alpha_d"], report.table["published"], strict=True))
    assert published == {0.5: 80, 1.0: 47}  # Table I, alpha_G = 1; alpha_D = 1 is the vanilla GAN
    ((_, pivot),) = report.panels()
    assert pivot.shape == (2, 2)
    assert json.loads(json.dumps(report.to_dict()))["settings"][0]["runs"] == 2


def test_the_verb_writes_text_numbers_and_a_picture(cli, store, tmp_path):
    out = tmp_path / "report"
    done = cli("report", "sweep", "--store", str(store.path), "--out", str(out), "--json")
    assert done.status == 0, done.err
    names = {path.name for path in out.iterdir()}
    assert names == {"sweep.md", "sweep.json", "sweep.png", "sweep.pdf"}
    assert set(json.loads(done.out)["files"]) == {str(out / name) for name in names}
    assert (out / "sweep.md").read_text().count("| ") > 4 * 8


PICTURES = {
    "seeds": 2,
    "train": {
        "data": "digits", "networks": "mlp(width=4)", "train_samples": 40, "test_samples": 30, "latent": 2,
        "max_steps": 1, "batch": 8,
    },
    "grid": {"objective": ["vanilla", "lsgan"], "learning_rate": [1e-4, 1e-3]},
}  # fmt: skip


def test_pictures_have_no_modes_and_are_compared_by_distance(cli, tmp_path):
    run(Sweep.from_dict(PICTURES), tmp_path / "runs", executor=Serial())
    store = RunStore(tmp_path / "runs")
    report = sweep_report(store.records())
    ((_, pivot),) = report.panels()
    assert report.measured == "energy_distance" and "all_modes" not in report.table
    for (objective, rate), runs in store.table().groupby(["objective", "learning_rate"]):
        assert pivot.loc[objective, rate] == pytest.approx(runs["energy_distance"].mean())
    done = cli("report", "sweep", "--store", str(store.path), "--out", str(tmp_path / "report"))
    assert done.status == 0 and "## Mean energy distance, objective by learning_rate" in done.out


def test_a_mixture_of_other_networks_has_rates_and_nothing_published(tmp_path):
    train = {**PICTURES["train"], "data": "ring"}
    run(Sweep.from_dict({**PICTURES, "train": train}), tmp_path, executor=Serial())
    table = sweep_report(RunStore(tmp_path).records()).table
    assert "published" not in table and table["all_modes"].between(0, 100).all()

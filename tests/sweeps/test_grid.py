"""Grids in TOML files: what they expand to, and one line for what is wrong in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gantheory.sweeps import Sweep
from gantheory.sweeps.unit import Unit, missing, spans

EXPERIMENTS = Path(__file__).parent.parent.parent / "experiments"


def test_every_combination_in_the_order_of_the_file(sweep):
    made = sweep(
        grid={"numerics": ["stable"], "alpha_g": [1, 2], "alpha_d": [0.5, "6/5"], "saturating": False}
    )
    assert [cell["objective"] for cell in made.settings] == [
        "alpha_gan(0.5, 1, saturating=False)",
        "alpha_gan(6/5, 1, saturating=False)",
        "alpha_gan(0.5, 2, saturating=False)",
        "alpha_gan(6/5, 2, saturating=False)",
    ]
    units = made.units()
    assert [unit.seeds for unit in units[:3]] == [[0, 1], [2, 3], [0, 1]]
    assert units[0].label == "alpha_gan(1/2, 1, saturating=False), stable, seeds 0-1"
    assert units[0].config["epochs"] == 4
    assert units[0].work == 2 * 4 * 8  # seeds, epochs, batches of an epoch
    assert len({unit.key for unit in units}) == 8
    assert len({unit.setting for unit in units}) == 4


def test_a_unit_comes_back_from_its_configuration(sweep):
    from gantheory.training import RingConfig

    for unit in sweep().units():
        assert Unit(RingConfig.from_dict(unit.config).to_dict()).key == unit.key


def test_several_grids_and_other_objectives(content):
    data = content()
    data["grid"] = [
        {"objective": ["lsgan(0, 1, 1)", "hinge"], "numerics": "stable"},
        {"alpha_d": [1], "learning_rate": [1e-3, 1e-4], "discriminator_hidden": [[8], [16, 16]]},
        {"alpha_d": float("inf")},
        {"objective": "hinge"},  # the cell of the first grid once more
    ]
    units = Sweep.from_dict({**data, "seeds": [5, 3], "block": 2}).units()
    found = [
        (u.config["objective"], u.config["learning_rate"], u.config["discriminator_hidden"]) for u in units
    ]
    assert found == [
        ("lsgan(0, 1, 1)", 1e-3, [8]),
        ("hinge", 1e-3, [8]),
        ("alpha_gan(1, 1)", 1e-3, [8]),
        ("alpha_gan(1, 1)", 1e-3, [16, 16]),
        ("alpha_gan(1, 1)", 1e-4, [8]),
        ("alpha_gan(1, 1)", 1e-4, [16, 16]),
        ("alpha_gan(oo, oo)", 1e-3, [8]),
    ]
    assert units[0].seeds == [5, 3]


def test_a_mixture_by_name(content):
    units = Sweep.from_dict({**content(), "mixture": {"name": "grid", "side": 3}}).units()
    assert units[0].config["mixture"]["name"] == "grid"
    assert units[0].config["mixture"]["side"] == 3


def test_a_device_that_is_elsewhere(sweep):
    with pytest.raises(ValueError, match=r"no CUDA device here|cannot use it here"):
        sweep().units("cuda:9" if _has_cuda() else "cuda")
    units = sweep(precision="tf32", device="cuda").units(elsewhere=True)
    assert (units[0].config["device"], units[0].config["precision"]) == ("cuda", "tf32")
    # Where a unit was trained does not make it another setting.
    assert sweep().units()[0].setting == sweep().units("cuda", elsewhere=True)[0].setting


def _has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sedes": 3}, "unknown key 'sedes'; did you mean 'seeds'?"),
        ({"train": {"epoch": 3}}, "unknown key of [train] 'epoch'; did you mean 'epochs'?"),
        ({"grid": {"alpha": [1]}}, "unknown key of [grid] 'alpha'; did you mean 'alpha_"),
        ({"grid": {"alpha_d": [1], "objective": ["hinge"]}}, "not both"),
        ({"grid": {"alpha_g": [1]}}, "[grid] needs alpha_d or objective"),
        ({"grid": {"alpha_d": []}}, "[grid] alpha_d must hold at least one value"),
        ({"grid": []}, "[grid] is missing"),
        ({"grid": 3}, "[grid] must be a table, got 3"),
        ({"grid": {"alpha_d": ["1, saturating=False"]}}, "alpha_d must be in (0, inf]"),
        ({"grid": {"alpha_d": ["__import__('os')"]}}, "alpha_d must be in (0, inf]"),
        ({"grid": {"alpha_d": [0]}}, 'alpha_d must be in (0, inf], a number or text such as "6/5", got 0'),
        ({"grid": {"alpha_d": [True]}}, "alpha_d must be in (0, inf]"),
        ({"grid": {"alpha_d": [float("nan")]}}, "alpha_d must be in (0, inf]"),
        ({"grid": {"alpha_d": [1], "saturating": ["yes"]}}, "saturating must be true or false, got 'yes'"),
        ({"grid": {"objective": ["vanila"]}}, "unknown objective 'vanila'; did you mean 'vanilla'?"),
        ({"grid": {"objective": ["__import__('os')"]}}, "__import__"),
        ({"grid": {"objective": [3]}}, "objective must be text"),
        ({"grid": {"objective": ["wgan"]}}, "critic class"),
        ({"seeds": 0}, "seeds must be at least 1, or a list of seeds, got 0"),
        ({"seeds": []}, "seeds must hold at least one seed"),
        ({"seeds": [1, 1]}, "seeds must differ"),
        ({"seeds": 10**20}, "seeds must be at most 1,000,000 seeds, got more"),
        ({"seeds": True}, "seeds must be a count"),
        ({"seeds": "all"}, "seeds must be a count"),
        ({"block": 0}, "block must be a positive number of seeds, got 0"),
        ({"store": 3}, "store must be text"),
        ({"mixture": {"name": "rign"}}, "rign"),
        ({"mixture": {"side": 3}}, "[mixture] needs a name"),
        ({"mixture": {"name": "ring", "mods": 3}}, "mods"),
        (
            {"train": {"batch": 500, "train_samples": 400}},
            "batch must be at most train_samples = 400, got 500",
        ),
        ({"grid": {"alpha_d": [1], "numerics": ["clampd"]}}, "numerics 'clampd': did you mean 'clamped'"),
        ({"train": {"learning_rate": "fast"}}, "learning_rate must be a real number, got 'fast'"),
        ({"train": {"device": "cdua"}}, "device must be a PyTorch device"),
    ],
)
def test_what_is_wrong_is_one_line(content, change, message):
    data = {**content(), **change}
    with pytest.raises(ValueError) as caught:
        Sweep.from_dict(data).units()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_seeds_are_asked_for(content):
    data = content()
    del data["seeds"]
    with pytest.raises(ValueError, match="seeds is missing"):
        Sweep.from_dict(data)


def test_the_file_is_named(tmp_path):
    path = tmp_path / "sweep.toml"
    with pytest.raises(ValueError, match=r"sweep.toml cannot be read: No such file"):
        Sweep.read(path)
    path.write_text("seeds = = 3")
    with pytest.raises(ValueError, match=r"sweep.toml is not TOML: "):
        Sweep.read(path)
    path.write_text("seeds = 0")
    with pytest.raises(ValueError, match=r"sweep.toml: seeds must be at least 1"):
        Sweep.read(path)


def test_toml_in_full(tmp_path):
    path = tmp_path / "all.toml"
    path.write_text(
        'title = "t"\nstore = "results"\nseeds = [3, 4]\nblock = 1\n'
        '[train]\nepochs = 1\n[mixture]\nname = "ring"\n'
        '[[grid]]\nalpha_d = inf\nalpha_g = [0.5, "3/2"]\n[[grid]]\nobjective = ["hinge"]\n'
    )
    sweep = Sweep.read(path)
    assert (sweep.name, sweep.title, sweep.store, sweep.seeds) == ("all", "t", Path("results"), (3, 4))
    assert [unit.config["objective"] for unit in sweep.units()][::2] == [
        "alpha_gan(oo, 1/2)",
        "alpha_gan(oo, 3/2)",
        "hinge",
    ]


@pytest.mark.parametrize(
    ("name", "cells"),
    [("table1", 24), ("table2", 24), ("table3", 48), ("figure2", 9), ("lsgan", 1)],
)
def test_the_experiments_are_the_published_protocol(name, cells):
    from gantheory.sweeps.reports.ring_report import published

    data = published()
    sweep = Sweep.read(EXPERIMENTS / f"ring_{name}.toml")
    units = sweep.units()
    clamped = [unit for unit in units if unit.config["numerics"] == "clamped"]
    settings = {unit.setting for unit in clamped or units}
    assert (len(settings), len(sweep.seeds)) == (cells, data["runs"])
    for unit in units:
        assert {key: unit.config[key] for key in data["protocol"]} == data["protocol"]
        assert unit.config["mixture"]["name"] == "ring"
    # 400 epochs of 391 batches; the published text rounds to 156,000 steps
    assert units[0].work == sweep.block * 156_400


def test_tables_1_and_2_are_the_same_runs():
    first, second = (Sweep.read(EXPERIMENTS / f"ring_table{n}.toml").units() for n in (1, 2))
    assert {unit.key for unit in first} == {unit.key for unit in second}


def test_the_full_settings_come_in_order_of_interest():
    sweep = Sweep.read(EXPERIMENTS / "ring_full.toml")
    units = sweep.units("cuda", precision="tf32", elsewhere=True)
    found = [(unit.config["objective"], unit.config["numerics"]) for unit in units]
    assert found[:8] == [
        ("alpha_gan(1, 1)", "clamped"),
        ("alpha_gan(3/10, 1)", "clamped"),
        ("alpha_gan(1, 1, saturating=False)", "clamped"),
        ("alpha_gan(1/2, 6/5, saturating=False)", "clamped"),
        ("lsgan(0, 1, 1)", "stable"),
        ("alpha_gan(1/2, 1)", "clamped"),
        ("alpha_gan(1/5, 1)", "clamped"),
        ("alpha_gan(1, 1)", "stable"),
    ]
    assert all(len(unit.seeds) == 200 and unit.config["precision"] == "tf32" for unit in units)
    settings = {unit.setting for unit in units}
    for name in ("table1", "lsgan"):
        others = Sweep.read(EXPERIMENTS / f"ring_{name}.toml").units("cuda", precision="tf32", elsewhere=True)
        assert {unit.setting for unit in others} <= settings


def test_precision_goes_before_the_file(sweep):
    [first, *_] = sweep(precision="float32").units(precision="bfloat16")
    assert first.config["precision"] == "bfloat16"
    with pytest.raises(ValueError, match='precision "tf32" needs a CUDA device'):
        sweep().units(precision="tf32", elsewhere=True)
    with pytest.raises(ValueError, match="precision must be one of float32, tf32, bfloat16, got 'half'"):
        sweep().units(precision="half")


def test_what_is_missing_counts_seeds_and_not_files(sweep):
    class Stored:
        def __init__(self, config):
            self.config = config

    units = sweep(seeds=6, block=3).units()
    assert missing(units, []) == units
    other = sweep(seeds=4, block=2).units()  # seeds 0-1 and 2-3 of both settings
    left = missing(units, [Stored(unit.config) for unit in other])
    assert [unit.seeds for unit in left] == [[4, 5], [4, 5]]
    assert [unit.work for unit in left] == [units[1].work * 2 / 3] * 2
    assert missing(other, [Stored(unit.config) for unit in units]) == []
    # A file of an earlier version lacks a setting that was added later: its default is what it had.
    config = {name: value for name, value in other[0].config.items() if name != "precision"}
    assert [unit.key for unit in missing(other, [Stored(config)])] == [unit.key for unit in other[1:]]
    # But noise was always fresh before there was a choice.
    config = {name: value for name, value in other[0].config.items() if name != "fresh_noise"}
    assert missing(other, [Stored(config)]) == other
    fresh = sweep(seeds=4, block=2, fresh_noise=True).units()
    assert [unit.key for unit in missing(fresh, [Stored(config)])] == [unit.key for unit in fresh[1:]]
    assert missing(other, [Stored({"seeds": [0], "objective": "gone(1)", "numerics": "stable"})]) == other


def test_spans():
    assert spans([3, 0, 1, 2, 7, 9, 10]) == "0-3, 7, 9-10"
    assert spans([4]) == "4"

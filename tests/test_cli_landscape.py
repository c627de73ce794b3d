"""``gantheory landscape``: its files and numbers, and what it refuses before any work."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest


def test_saturation_prints_the_ends_and_writes_three_files(cli, tmp_path):
    done = cli(
        "landscape", "saturation", "vanilla", "hinge", "--points", "21", "--out", str(tmp_path / "new")
    )
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "vanilla: |s| vanishes where u -> 0 and tends to 1 where u -> inf"
    assert lines[1] == "hinge: v* is a step function: no gradient but at its jumps"
    written = {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()}
    assert set(written) == {"saturation.png", "saturation.pdf", "saturation.csv"}
    assert written["saturation.png"][:4] == b"\x89PNG" and written["saturation.pdf"][:4] == b"%PDF"
    table = pd.read_csv(tmp_path / "new" / "saturation.csv")
    vanilla = table[table["objective"] == "vanilla"]
    np.testing.assert_allclose(vanilla["s"], vanilla["D"], rtol=1e-9)


@pytest.mark.slow
def test_the_same_command_gives_the_same_bytes(cli, tmp_path):
    for name in "ab":
        cli("landscape", "density", "vanilla", "--points", "21", "--out", str(tmp_path / name))
    for ending in ("png", "pdf", "csv"):
        first, second = ((tmp_path / name / f"density.{ending}").read_bytes() for name in "ab")
        assert first == second


@pytest.mark.parametrize("ending", ["svg", "json", "csv"])
def test_one_file_of_a_format(cli, tmp_path, ending):
    path = tmp_path / f"picture.{ending}"
    done = cli("landscape", "saturation", "vanilla", "--points", "5", "--out", str(path))
    assert done.out.splitlines()[-1] == str(path) and list(tmp_path.iterdir()) == [path]
    if ending == "json":
        assert json.loads(path.read_text())["s"] == pytest.approx(json.loads(path.read_text())["D"])


def test_json_holds_numbers_files_and_ends(cli, tmp_path):
    args = ("--out", str(tmp_path / "s.csv"), "--json", "--range", "0.1,0.9", "--points", "3")
    done = cli("landscape", "saturation", "vanilla(saturating=False)", *args)
    answer = json.loads(done.out)
    assert answer["table"]["D"] == pytest.approx([0.1, 0.5, 0.9])
    assert answer["table"]["s"] == pytest.approx([0.9, 0.5, 0.1])
    assert (answer["kind"], answer["files"]) == ("saturation", [str(tmp_path / "s.csv")])
    assert answer["ends"][0]["at_fake"] == "constant" and answer["ends"][0]["formula"] == "1 - D"


@pytest.mark.slow
def test_alpha_maps_take_any_two_axes(cli, tmp_path):
    for options in (
        ("--at", "0.2"),
        ("--at", "0.01,0.99", "--alpha-d", "1"),
        ("--alpha-g", "2"),
        ("--over", "log_u", "--at=-3,3", "--alpha-g", "1.5"),
        ("--alpha-d", "0.5,2", "--alpha-g", "0.5,2"),
    ):
        done = cli(
            "landscape", "alpha", "--points", "5", "--out", str(tmp_path / "a.png"), "--json", *options
        )
        assert done.err == ""
        table = json.loads(done.out)["table"]
        assert len(table["s"]) == 50, "two generators, five by five"
    assert min(table["alpha_d"]) == 0.5


def test_the_ring_is_the_one_asked_for(cli, tmp_path):
    done = cli(
        "landscape", "ring", "vanilla", "--shift", "1,0", "--std", "0.3", "--spread", "0.5", "--points", "11",
        "--out", str(tmp_path / "r.csv"),
    )  # fmt: skip
    assert done.status == 0
    table = pd.read_csv(tmp_path / "r.csv")
    nearest = table.loc[((table["x"] - 1) ** 2 + table["y"] ** 2).idxmin()]
    r2 = (nearest["x"] - 1) ** 2 + nearest["y"] ** 2
    assert nearest["p_g"] == pytest.approx(np.exp(-r2 / 0.5) / (np.pi * 0.5), rel=1e-9)


def test_a_parameter_of_the_distributions_given(cli, tmp_path):
    done = cli(
        "landscape", "parameter", 'fgan("kl")', "--range", "1,2", "--points", "3", "--p", "norm(1, 2)",
        "--q", "norm(1, 2)", "--out", str(tmp_path / "p.csv"), "--json",
    )  # fmt: skip
    table = json.loads(done.out)["table"]
    assert table["D_f"] == pytest.approx([v**2 / 8 for v in table["value"]], rel=1e-9)


def test_kernels_and_times(cli, tmp_path):
    pytest.importorskip("jax")
    done = cli(
        "landscape", "ntk", "wgan", "--kernel", "rbf", "--time", "2", "--time", "1", "--points", "5",
        "--out", str(tmp_path / "n.png"), "--json",
    )  # fmt: skip
    table = json.loads(done.out)["table"]
    assert table["t"] == [1.0] * 5 + [2.0] * 5
    assert table["score"][5:] == pytest.approx([2 * score for score in table["score"][:5]])


def test_the_shift_of_an_ipm_turns_its_gradient_round(cli, tmp_path):
    pytest.importorskip("jax")
    done = cli(
        "landscape", "ntk", "wgan", "--over", "shift", "--kernel", "rbf", "--time", "1", "--range=-1,1",
        "--points", "3", "--out", str(tmp_path / "n.png"), "--json",
    )  # fmt: skip
    table = json.loads(done.out)["table"]
    assert table["shift"] == [-1, 0, 1]
    assert (
        table["total_gradient"][0] == pytest.approx(-table["total_gradient"][2])
        and table["gradient"][1] < 1e-9
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("saturatoin", "vanilla"), "see gantheory landscape --help"),
        (("saturation",), "OBJECTIVE is missing: gantheory landscape saturation vanilla"),
        (("alpha", "vanilla"), "takes no OBJECTIVE, got vanilla"),
        (("saturation", "vanila"), "did you mean 'vanilla'"),
        (("saturation", "wgan"), "critic class"),
        (("density", 'ipm("rkhs")'), "critic class"),
        (("saturation", "vanilla", "--range", "0.5,1.5"), "D must lie in [0, 1], the range of D* of vanilla"),
        (("saturation", "vanilla", "--range", "0.9,0.1"), "--range must have LOW < HIGH, got '0.9,0.1'"),
        (("saturation", "vanilla", "--range", "0.9"), "--range must be two numbers"),
        (("saturation", "vanilla", "--range", "0,inf"), "--range must be two finite numbers"),
        (("saturation", "vanilla", "--over", "logu"), "did you mean 'log_u'"),
        (("saturation", "vanilla", "--scale", "log", "--over", "score"), "--scale must be"),
        (("saturation", "vanilla", "--at", "0.1"), "--at goes with alpha, not with saturation"),
        (("alpha", "--alpha-d", "0"), "alpha_d must be in (0, inf), got 0"),
        (("alpha", "--alpha-g=-1,2"), "alpha_g must be in (0, inf], got -1"),
        (("alpha", "--at", "1.5"), "D must be in (0, 1), got 1.5"),
        (("alpha", "--at", "0.1,0.9"), "exactly one must be one value"),
        (("density", "vanilla", "--p", "0.5,0.5"), "--p must be a continuous distribution"),
        (("density", "vanilla", "--p", "nrm(0, 1)"), "did you mean 'norm'"),
        (("ring", "vanilla", "--std", "0"), "--std must be in (0, inf), got 0"),
        (("ring", "vanilla", "--shift", "1"), "--shift must be two numbers"),
        (("parameter", "vanilla", "--parameter", "skale"), "did you mean 'scale'"),
        (("parameter", "vanilla", "--parameter", "scale", "--range", "0,1"), "scale must be positive, got 0"),
        (
            ("parameter", "vanilla", "--parameter", "weight", "--range", "0,2"),
            "weight must lie in [0, 1], got 2",
        ),
        (("parameter", "vanilla", "--other", "norm(0, 1)"), "goes with no shift"),
        (("ntk", "vanilla", "--kernel", "relU"), "did you mean 'relu'"),
        (("ntk", "vanilla", "--time", "0"), "times must be positive"),
        (("ntk", "--kernel", "rbf", "--kernel", "erf"), "takes one --kernel and one of --times"),
        (("ntk", "vanilla", "--alpha-d", "1,2"), "go without OBJECTIVE"),
        (("ntk", "vanilla", "--over", "D"), "--over must be x or shift for ntk, got 'D'"),
        (("ntk", "--range", "0,1"), "--range of ntk goes with an OBJECTIVE"),
    ],
)
def test_bad_input_is_one_line_before_anything_is_written(cli, monkeypatch, tmp_path, args, message):
    monkeypatch.chdir(tmp_path)
    done = cli("landscape", *args)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: ") and done.err.count("\n") == 1
    assert message in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_cannot_be_written_is_refused_before_work(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("gantheory.landscape.saturation", None)  # work would fail with a TypeError
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.png").mkdir()
    for out, message in (
        ("file/deeper", "file is a file, not a folder"),
        ("folder.png", "is a folder"),
        ("picture.bmp", "a file that ends in .png"),
    ):
        done = cli("landscape", "saturation", "vanilla", "--out", str(tmp_path / out))
        assert done.status == 2 and message in done.err and done.err.count("\n") == 1


def test_without_latex_usetex_says_so(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    done = cli("landscape", "saturation", "vanilla", "--usetex", "--out", str(tmp_path / "a.pdf"))
    assert done.status == 2 and "no program latex on the path" in done.err


def test_files_say_what_made_them(cli, tmp_path):
    from PIL import Image

    from gantheory import __version__

    args = ("landscape", "density", "vanilla", "--p", "norm(-2, 1)", "--points", "9")
    for ending in ("png", "svg", "csv", "json", "pdf"):
        assert cli(*args, "--out", str(tmp_path / f"d.{ending}")).status == 0
    command = "gantheory landscape density vanilla --p 'norm(-2, 1)' --points 9"
    want = {"version": __version__, "command": command, "P": "norm(-2, 1)", "Q": "norm(1, 1)"}
    found = Image.open(tmp_path / "d.png").info
    assert {name: found[name] for name in want} == want
    first = pd.read_csv(tmp_path / "d.csv").iloc[0]
    assert {name: first[name] for name in want} == want
    stored = json.loads((tmp_path / "d.json").read_text())
    assert {name: stored[name] for name in want} == want
    svg = (tmp_path / "d.svg").read_text()
    assert "landscape density vanilla" in svg and "P = norm(-2, 1); Q = norm(1, 1)" in svg
    assert b"Q = norm" in (tmp_path / "d.pdf").read_bytes()

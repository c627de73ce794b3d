"""`gantheory train` and `gantheory sample`: what is asked for, refused and left behind."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gantheory.training.networks import NAMED
from gantheory.training.remedies import CATALOGUE

TINY = ("--networks", "dcgan(width=4)", "--steps", "3", "--batch", "4", "--size", "8", "--frames", "1")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with twenty pictures in faces/, one of which is none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANTHEORY_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GANTHEORY_MNIST", raising=False)
    (tmp_path / "faces").mkdir()
    for k, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (20, 12, 10, 3), dtype=np.uint8)):
        Image.fromarray(pixels).save(f"faces/{k:02}.png")
    return tmp_path


def test_the_help_lists_all_networks_and_remedies(cli: Any) -> None:
    shown = cli("train", "--help").out
    text = " ".join(shown.split())
    networks = text.partition("Networks: ")[2].partition(";")[0].split(", ")
    assert set(networks) == set(NAMED)
    listed = [line.split(maxsplit=1) for line in shown.partition("Remedies")[2].splitlines()[1:]]
    known = [(name, CATALOGUE.summary(name)) for name in CATALOGUE.kinds]
    assert [tuple(line) for line in listed[: len(known)]] == known


def test_a_folder_becomes_a_run_and_samples(cli: Any, here: Path) -> None:
    arguments = ("train", "faces", *TINY, "--seeds", "0,2", "--features", "none", "--json")
    done = cli(*arguments)
    assert (done.status, done.err) == (0, "")
    told = json.loads(done.out)
    assert told["run"] == "out/faces" and [row["seed"] for row in told["table"]] == [0, 2]
    assert "out/faces/animation-seed2.gif" in told["files"]
    again = cli(*arguments)
    assert "out/faces is finished" in again.err and json.loads(again.out)["table"][1]["seed"] == 2
    done = cli("sample", "out/faces", "--of-seed", "2", "--count", "3", "--interpolate", "5")
    assert (done.status, done.out) == (0, "15 samples of seed 2 in out/faces/samples.png\n")
    with Image.open("out/faces/samples.png") as picture:
        assert picture.size == (5 * 26 + 2, 3 * 26 + 2)
    done = cli("sample", "out/faces", "--count", "7", "--out", "x.npy", "--json")
    assert json.loads(done.out)["shape"] == [7, 3, 8, 8] and np.load("x.npy").shape == (7, 3, 8, 8)


def test_an_own_loss_and_remedies(cli: Any) -> None:
    own = ("--real=-softplus(-v)", "--fake=-softplus(v)", "--generator=softplus(-v)")
    remedies = ("--remedies", "gradient_penalty(1)", "--remedies", "clipping(0.1)")
    optimizers = ("--optimizer", "sgd", "--generator-optimizer", "adam")
    done = cli("train", "ring", "--steps", "2", *own, *remedies, *optimizers, "--frames", "1", "--json")
    assert (done.status, done.err) == (0, "")
    row = json.loads(done.out)["table"][0]
    assert row["objective"].startswith("parse") or row["objective"] == "own"
    assert "GradientPenalty(weight=1)" in row["remedies"] and "bound=0.1" in row["remedies"]
    assert (row["discriminator_optimizer"], row["generator_optimizer"]) == ("sgd", "adam")


def test_the_text_fits_a_terminal(cli: Any) -> None:
    done = cli("train", "faces", *TINY, "--seeds", "9", "--samples", "70", "--features", "none")
    assert done.status == 0 and max(map(len, done.out.splitlines())) <= 80
    assert done.out.splitlines()[0].split() == ["seed", *map(str, range(5))]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere",), "data must be one of stacked_mnist, mnist, "),
        (("mnist",), "no train-images-idx3-ubyte.gz in "),
        (
            ("faces", "--size", "9", "--batch", "4"),
            "networks dcgan take pictures (channels, side, side) of side 4 to 7 times",
        ),
        (("faces", "--batch", "99"), "batch must be at most the training set's 20, got 99"),
        (("faces", "--batch", "4", "--no-crop"), "00.png is 10 x 12 pixels, no square: leave cropping on"),
        (
            ("faces", "--batch", "4"),
            "FID (pixels 8 x 8) needs more than 192 pictures of either kind, got 20 real",
        ),
        (("ring", "--networks", "dcgan"), "got data of shape (2)"),
        (("ring", "--networks", "mpl"), "did you mean 'mlp'?"),
        (("ring", "--remedies", "cliping"), "did you mean 'clipping'?"),
        (("ring", "--remedies", "clipping(bond=1)"), "the call is clipping(bound=0.01)"),
        (("ring", "--seeds", "x"), "--seeds must be a number of runs, or seeds such as 0,5,7, got 'x'"),
        (("ring", "--seeds", "0"), "--seeds must be at least 1, got 0"),
        (("ring", "--betas", "a"), "--betas must be numbers separated by commas, got 'a'"),
        (("ring", "--objective", "wgan"), "needs a critic class"),
        (("ring", "--objective", "vanilla", "--objective", "hinge"), "--objective must be one, got 2"),
        (("ring", "--levels", "2"), "--levels needs --variant lapgan, got --levels 2"),
        (("digits", "--variant", "lapgan", "--levels", "5"), "levels must leave whole pixels of pictures"),
        (("digits", "--size", "3"), "--size needs a folder of pictures as data, got digits"),
        (("ring", "--no-crop"), "--no-crop needs a folder of pictures as data, got ring"),
        (("cifar10", "--skip-bad"), "--skip-bad needs a folder of pictures as data, got cifar10"),
        (("ring", "--features", "lenet5"), "--features lenet5 needs pictures, got points"),
        (("ring", "--optimizer", "sgd", "--betas", "0,0.9"), "--betas are of Adam, and no optimizer is adam"),
        (("ring", "--log", "wandb"), "--log must be one of csv, tensorboard, got 'wandb'"),
        (("ring", "--features", "fid"), "--features must be pixels, lenet5, inception or none, got 'fid'"),
        (("digits", "--features", "inception"), "needs --inception-weights FILE: a bare FID is of them"),
        (("ring", "--inception-weights", "x"), "--inception-weights needs --features inception"),
        (("ring", "--device", "cuda:99"), "device"),
        (("ring", "--out", "faces"), "out faces exists and holds no run: name a new folder"),
    ],
)
def test_bad_input_is_one_line_before_any_work(cli: Any, arguments: tuple[str, ...], says: str) -> None:
    done = cli("train", *arguments, "--steps", "1")
    assert (done.status, done.out) == (2, "")
    assert done.err.count("\n") == 1 and says in done.err


def test_what_cannot_be_decoded_is_named_or_left_out(cli: Any) -> None:
    Path("faces/05.png").write_bytes(b"none")
    done = cli("train", "faces", *TINY, "--features", "none")
    assert done.status == 2 and "picture faces/05.png cannot be decoded" in done.err
    done = cli("train", "faces", *TINY, "--features", "none", "--skip-bad")
    assert done.status == 0
    assert done.err.startswith(
        "warning: 1 of 20 pictures cannot be decoded and are left out, the first faces/05"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere",), "no run in nowhere: give a folder that gantheory train has made"),
        (
            ("out/ring", "--out", "a.png"),
            "--out must end in .csv or .npy for samples of shape (2,), got a.png",
        ),
        (("out/ring", "--out", "b/a.csv"), "no folder b"),
        (("out/ring", "--of-seed", "4"), "seed must be one of 0, got 4"),
        (("out/ring", "--interpolate", "1"), "interpolate"),
    ],
)
def test_sampling_says_what_is_wrong(cli: Any, arguments: tuple[str, ...], says: str) -> None:
    assert cli("train", "ring", "--steps", "1", "--frames", "1").status == 0
    done = cli("sample", *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.count("\n") == 1 and says in done.err


def test_the_wgan_for_cats_runs_as_documented(cli: Any) -> None:
    page = (Path(__file__).parents[1] / "docs/images.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("gantheory train cats")]
    assert len(lines) == 3
    for k, line in enumerate(lines):
        words = shlex.split(line.replace("meow_wgan_gp", "'dcgan(2, discriminator=\"plain\")'"))
        words = [re.sub(r"^meow_\w+$", "dcgan(2)", word) for word in words]
        small = ("--size", "8", "--batch", "4", "--steps", "1", "--features", "none", "--out", f"out/{k}")
        done = cli("train", "faces", *words[3:], *small)
        assert (done.status, done.err) == (0, ""), line


def test_that_every_run_diverged_is_said_and_is_the_exit_status(cli: Any) -> None:
    command = ("train", "faces", *TINY, "--seeds", "2", "--features", "none", "--rate", "1e30")
    done = cli(*command, "--out", "out/hot")
    assert done.status == 1
    found = re.search(r"every run diverged, at step (\d), (\d)\n", done.err)
    assert found is not None and {int(step) for step in found.groups()} <= {1, 2, 3}
    assert Path("out/hot/metrics.json").is_file()

"""The verbs sweep and report: output, exit status, one line for wrong input, the documented commands."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from gantheory.cli.verbs import report, sweep

ROOT = Path(__file__).parent.parent

TOML = """
title = "tiny"
seeds = 2
block = 1
store = "results/ring"
[train]
epochs = 1
train_samples = 200
test_samples = 100
batch = 50
discriminator_hidden = [8]
generator_hidden = [8]
[grid]
numerics = ["clamped", "stable"]
alpha_d = [0.5]
alpha_g = [1]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory, with a tiny sweep in it."""
    (tmp_path / "tiny.toml").write_text(TOML)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_dry_run_then_sweep_then_nothing_left_then_report(cli, folder):
    done = cli("sweep", "tiny.toml", "--dry-run")
    assert (done.status, done.err) == (0, "")
    assert "alpha_gan(1/2, 1), clamped, seeds 0" in done.out
    assert done.out.endswith("4 units, 0 stored in results/ring, 4 to compute (16 steps times seeds)\n")
    assert not (folder / "results").exists()

    done = cli("sweep", "tiny.toml", "--executor", "serial", "--json")
    assert (done.status, done.err) == (0, "")
    data = json.loads(done.out)
    assert (data["sweep"], data["finished"], data["skipped"], data["complete"]) == ("tiny", 4, 0, True)

    done = cli("sweep", "tiny.toml")
    assert (done.status, done.err) == (0, "")
    assert done.out == "4 units: 4 stored before, 0 finished; 0 s; store: results/ring\n"
    assert json.loads(cli("sweep", "tiny.toml", "--dry-run", "--json").out)["left"] == []

    done = cli("report", "ring", "--out", "out/report")
    assert (done.status, done.err) == (0, "")
    assert "## Reduced protocol" in done.out and "epochs 1 (published 400)" in done.out
    assert (folder / "out/report/ring.md").read_text() == done.out
    data = json.loads(cli("report", "ring", "--json").out)
    stored = json.loads((folder / "out/report/ring.json").read_text())
    assert data["protocols"] == stored["protocols"] and data["source"] == stored["source"]
    assert data["protocols"][0]["tables"][0]["cells"][0]["runs"] == 2

    (folder / "results/ring/notes.txt").write_text("x")
    done = cli("report", "ring")
    assert done.err == "warning: store results/ring: skipped a file: notes.txt (not JSON, or truncated)\n"


@pytest.mark.parametrize("subject", ["ring", "stacked_mnist"])
def test_the_packages_own_results_are_reported_where_there_are_none(cli, tmp_path, monkeypatch, subject):
    monkeypatch.chdir(tmp_path)
    done = cli("report", subject)
    assert (done.status, done.err) == (0, "") and done.out.startswith("# ")


def test_a_unit_that_fails_ends_with_status_one(cli, folder, monkeypatch):
    from gantheory.sweeps import unit

    def failing(*args, **kwargs):
        raise RuntimeError("CUDA out of memory.\nTried to allocate")

    monkeypatch.setattr("gantheory.training.train", failing)
    done = cli("sweep", "tiny.toml", "--executor", "serial")
    assert done.status == 1
    assert done.out.splitlines()[0] == (
        "failed: alpha_gan(1/2, 1), clamped, seeds 0: RuntimeError: CUDA out of memory. Tried to allocate"
    )
    assert done.out.splitlines()[-1].startswith("4 units: 0 stored before, 0 finished, 4 failed; ")
    assert unit.Unit


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("none.toml",), "none.toml cannot be read: No such file"),
        (("tiny.toml", "--store", "tiny.toml"), "store tiny.toml must be a folder, and tiny.toml is a file"),
        (("tiny.toml", "--store", "tiny.toml/x"), "is a file"),
        (("tiny.toml", "--executor", "slrum"), "did you mean 'slurm'?"),
        (("tiny.toml", "--device", "cuda"), "no CUDA device here"),
        (("tiny.toml", "--device", "gpu"), "device must be a PyTorch device"),
        (("tiny.toml", "--partition", "main"), "--partition needs --executor slurm"),
        (("tiny.toml", "--mem", "4"), "--mem needs --executor slurm"),
        (("tiny.toml", "--slurm", "account=x"), "--slurm needs --executor slurm"),
        (("tiny.toml", "--slurm", "account"), "--slurm must be NAME=VALUE"),
        (("tiny.toml", "--executor", "slurm", "--time", "soon"), "time must be minutes"),
        (("tiny.toml", "--executor", "serial", "--jobs", "2"), "--jobs 2 needs --executor"),
        (("tiny.toml", "--jobs", "0"), "jobs"),
        (("tiny.toml", "--block", "0"), "block"),
    ],
)
def test_wrong_input_is_one_line_before_any_work(cli, folder, args, message):
    if args[-1] == "cuda":
        torch = pytest.importorskip("torch")
        if torch.cuda.is_available():
            pytest.skip("there is a CUDA device here")
    done = cli("sweep", *args)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert done.err.startswith("error: ") and done.err.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == ["tiny.toml"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seeds = 2", "sedes = 2", "tiny.toml: unknown key 'sedes'; did you mean 'seeds'?"),
        ("seeds = 2", "seeds = 0", "tiny.toml: seeds must be at least 1"),
        ("batch = 50", "batch = 500", "tiny.toml: batch must be at most train_samples = 200, got 500"),
        ("epochs = 1", "epoch = 1", "tiny.toml: unknown key of [train] 'epoch'; did you mean 'epochs'?"),
        ("alpha_d = [0.5]", "alpha_d = [-1]", "tiny.toml: alpha_d must be in (0, inf]"),
        ('store = "results/ring"', "", "tiny.toml names no store; give --store FOLDER"),
        ("[grid]", "[grid", "tiny.toml is not TOML"),
    ],
)
def test_a_wrong_file_is_one_line_before_any_work(cli, folder, old, new, message):
    (folder / "tiny.toml").write_text(TOML.replace(old, new))
    done = cli("sweep", "tiny.toml")
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("rign",), "unknown report 'rign'; did you mean 'ring'?"),
        (("ring", "--store", "results/ring"), "store results/ring does not exist"),
        (("ring", "--store", "tiny.toml"), "must be a folder"),
        (("ring", "--store", "."), "holds no ring runs"),
    ],
)
def test_wrong_input_of_report(cli, folder, args, message):
    done = cli("report", *args)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert done.err.splitlines()[-1].startswith("error: ")


def _documented() -> list[str]:
    pages = [ROOT / "README.md", ROOT / "docs" / "sweeps.md", *sorted(ROOT.glob("experiments/*.toml"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    found = re.findall(r"^(?:#   )?(?:timeout --signal=INT 9m )?(gantheory sweep [^\n]*)$", text, re.M)
    return sorted({line.split(" #")[0].strip() for line in [*found, *sweep.EXAMPLES]})


@pytest.mark.parametrize("command", _documented())
def test_documented_sweeps_are_what_they_seem(cli, folder, command):
    """Each with --dry-run; what needs a GPU or a cluster is asked for on this machine."""
    shutil.copytree(ROOT / "experiments", folder / "experiments")
    _, *args = shlex.split(command)
    if "slurm" in args:
        at = args.index("--executor")
        args = args[:at] + args[len(args) :]
    args = [{"cuda": "cpu", "tf32": "float32"}.get(arg, arg) for arg in args]
    done = cli(*args, *(() if "--dry-run" in args else ("--dry-run",)))
    assert (done.status, done.err) == (0, "")
    assert " to compute" in done.out


def test_help_shows_examples_and_fits_the_terminal(cli):
    for verb, module in (("sweep", sweep), ("report", report)):
        done = cli(verb, "--help")
        assert done.status == 0
        assert module.EXAMPLES[0] in done.out
        assert max(map(len, done.out.splitlines())) <= 80

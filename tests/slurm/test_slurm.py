"""Sweeps on Slurm: a real one on a one-node cluster where sbatch exists, and what goes wrong without."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gantheory.sweeps import Serial, Slurm, Sweep, run
from gantheory.sweeps.executors.slurm import Job, minutes
from gantheory.sweeps.unit import Unit

TINY = {
    "seeds": 4,
    "block": 2,
    "train": {"epochs": 2, "train_samples": 400, "test_samples": 200, "batch": 50}
    | {"discriminator_hidden": [8], "generator_hidden": [8]},
    "grid": {"alpha_d": [0.5], "alpha_g": [1], "numerics": ["stable"]},
}


def _cluster():
    path = Path(__file__).parent / "cluster.py"
    spec = importlib.util.spec_from_file_location("gantheory_test_cluster", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster of our own, started by .ci/run or for this file; never somebody's real one."""
    if shutil.which("sbatch") is None:
        pytest.skip("sbatch is not installed")
    pytest.importorskip("submitit")
    before = os.environ.get("SLURM_CONF")
    started = None
    if not os.environ.get("GANTHEORY_TEST_SLURM"):
        module, started = _cluster(), tmp_path_factory.mktemp("slurm")
        try:
            os.environ["SLURM_CONF"] = str(module.up(started))
        except module.UnavailableError as error:
            module.down(started)
            pytest.skip(f"no Slurm can be started here: {error}")
    yield
    if started is not None:
        module.down(started)
        os.environ.pop("SLURM_CONF")
        if before is not None:
            os.environ["SLURM_CONF"] = before


def slurm(**changes):
    return Slurm(**{"partition": "main", "time": 5, "poll": 0.3, "patience": 10.0, **changes})


def test_a_sweep_on_slurm(cluster, tmp_path):
    """A unit finishes, one fails, and the table is that of this machine."""
    units = Sweep.from_dict({**TINY, "block": 4}).units()
    broken = Unit({**units[0].config, "epochs": -1})
    heard = []
    outcome = run(
        [*units, broken],
        tmp_path / "store",
        executor=slurm(),
        listener=lambda unit, share: heard.append((unit.key, share)),
    )
    [failure] = outcome.failures
    assert (failure.unit.key, failure.reason) == (broken.key, "epochs must be a positive integer, got -1")
    assert (outcome.finished, heard) == (1, [(units[0].key, 1.0)])
    here = run(units, tmp_path / "here", executor=Serial()).store.table()
    there = outcome.store.table()
    for column in ("seed", "modes", "discriminator_loss", "objective"):
        assert list(there[column]) == list(here[column])


@pytest.mark.slow
def test_a_cancelled_job_is_a_failure_and_does_not_wait_for_ever(cluster, tmp_path):
    content = {**TINY, "seeds": 1, "block": 1, "train": {**TINY["train"], "epochs": 100_000}}
    over = threading.Event()

    def cancel():
        # Until the sweep has ended: the first job in sight may be one that an earlier test has left.
        while not over.wait(0.2):
            jobs = subprocess.run(
                ["squeue", "-h", "-t", "R,PD,CF", "-o", "%A"], capture_output=True, text=True, check=False
            ).stdout.split()
            if jobs:
                subprocess.run(["scancel", *jobs], check=False)

    canceller = threading.Thread(target=cancel)
    canceller.start()
    try:
        outcome = run(Sweep.from_dict(content), tmp_path / "store", executor=slurm(patience=1.0))
    finally:
        over.set()
        canceller.join()
    [failure] = outcome.failures
    assert "left no result; see " in failure.reason
    assert not outcome.complete


def test_what_slurm_refuses_is_one_error(cluster, tmp_path):
    with pytest.raises(OSError, match=r"Slurm refuses the jobs: .*Invalid partition name"):
        run(Sweep.from_dict(TINY), tmp_path / "store", executor=slurm(partition="gpus"))


def test_a_job_whose_time_is_up_is_queued_again_as_it_was(tmp_path):
    """submitit calls `checkpoint` when Slurm announces the end, and queues what it returns."""
    pytest.importorskip("submitit")
    job, config = Job(str(tmp_path)), {"seeds": [0]}
    again = job.checkpoint(config)
    assert (again.function, again.args, again.kwargs) == (job, (config,), {})


def test_without_submitit(monkeypatch, tmp_path, cli):
    monkeypatch.setitem(sys.modules, "submitit", None)
    path = tmp_path / "tiny.toml"
    path.write_text('seeds = 1\n[grid]\nobjective = "vanilla"\n')
    done = cli("sweep", str(path), "--store", str(tmp_path / "store"), "--executor", "slurm")
    assert (done.status, done.out) == (2, "")
    assert done.err == "error: this needs submitit: pip install 'gantheory[cluster]'\n"
    assert not (tmp_path / "store").exists()


def test_without_sbatch(monkeypatch, tmp_path):
    pytest.importorskip("submitit")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="executor slurm needs sbatch on PATH"):
        Slurm().check()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (90, 90),
        ("90", 90),
        ("2:00:00", 120),
        ("0:30", 1),
        ("90:30", 91),
        ("1-0", 1440),
        ("1-12", 2160),
        ("1-12:30", 2190),
        ("2-00:00:01", 2881),
    ],
)
def test_time_limits(text, expected):
    assert minutes(text) == expected


@pytest.mark.parametrize("text", ["", "0", 0, "2h", "1:2:3:4", -5, True, 1.5, "1-", "x"])
def test_time_limits_that_are_none(text):
    with pytest.raises(ValueError, match="time must be minutes or text"):
        minutes(text)


def test_bad_numbers_are_refused():
    for wrong in ({"cpus": 0}, {"gpus": -1}, {"jobs": 0}, {"cpus": 1.5}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be (an integer|a whole number)"):
            Slurm(**wrong)
    with pytest.raises(ValueError, match=r"memory_gb must be in \(0, inf\), got -3"):
        Slurm(memory_gb=-3)

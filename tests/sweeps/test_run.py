"""Running a sweep: skipping, resuming, workers that fail or die, storage that fails, the estimate of time."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gantheory.sweeps import Estimate, Local, RunStore, Serial, StoreError, Sweep, run
from gantheory.sweeps.unit import Unit


def reference(sweep, tmp_path):
    """The table of an uninterrupted run."""
    outcome = run(sweep, tmp_path / "reference", executor=Serial())
    assert outcome.complete
    return outcome.store.table()


def test_a_sweep_is_stored_and_then_skipped(sweep, tmp_path, same):
    tiny = sweep()
    heard = []
    first = run(tiny, tmp_path / "store", executor=Serial(), listener=lambda unit, share: heard.append(share))
    assert (first.total, first.finished, first.skipped, first.failures) == (4, 4, 0, [])
    assert heard.count(1.0) == 4 and all(0 < share <= 1 for share in heard)
    table = first.store.table()
    assert len(table) == 8
    assert set(table["seed"]) == {0, 1, 2, 3}
    again = run(tiny, tmp_path / "store", executor=Serial(), listener=pytest.fail)
    assert (again.finished, again.skipped, again.complete) == (0, 4, True)
    same(again.store.table(), table)
    assert list((tmp_path / "store" / "checkpoints").iterdir()) == []


def test_a_record_says_where_it_comes_from(sweep, tmp_path):
    [record, *_] = run(sweep(), tmp_path / "store", executor=Serial()).store.records()
    assert {"gantheory", "commit", "date", "Python", "torch", "device", "threads"} <= set(record.environment)
    assert record.environment["device"] == "cpu"
    assert record.config["seeds"] == [0, 1]
    assert record.seconds > 0


def test_the_results_are_those_of_train(sweep, tmp_path, same):
    from gantheory.training import RingConfig, train

    tiny = sweep(seeds=2, grid={"alpha_d": [0.5], "alpha_g": [1], "numerics": "stable"})
    stored = run(tiny, tmp_path / "store", executor=Serial()).store.table()
    direct = train(RingConfig.from_dict(tiny.units()[0].config), progress=False)
    same(stored.drop(columns="unit"), direct.infer_objects())


def test_a_sweep_that_grows_keeps_what_it_has(sweep, tmp_path):
    run(sweep(seeds=2, block=2), tmp_path / "store", executor=Serial())
    outcome = run(sweep(seeds=5, block=5), tmp_path / "store", executor=Serial())
    assert (outcome.skipped, outcome.finished) == (0, 2)
    table = outcome.store.table()
    assert table.groupby("numerics")["seed"].apply(list).to_dict() == {
        "clamped": [0, 1, 2, 3, 4],
        "stable": [0, 1, 2, 3, 4],
    }


@pytest.mark.slow_cases("local")
@pytest.mark.parametrize("executor", [Serial(), Local(1)], ids=["serial", "local"])
def test_a_unit_that_fails_is_reported_and_the_others_finish(sweep, tmp_path, same, executor):
    tiny = sweep()
    units = tiny.units()
    # What a check before the run cannot know: here a setting that went missing on the way.
    broken = Unit({**units[1].config, "epochs": -1})
    heard = []
    outcome = run(
        [units[0], broken, *units[1:]],
        tmp_path / "store",
        executor=executor,
        listener=lambda unit, share: heard.append(share),
    )
    [failure] = outcome.failures
    assert failure.unit.key == broken.key
    assert failure.reason == "epochs must be a positive integer, got -1"
    assert (outcome.finished, outcome.complete, heard.count(1.0)) == (4, False, 4)
    assert outcome.to_dict()["failed"][0]["reason"] == failure.reason
    same(outcome.store.table(), reference(tiny, tmp_path))


def _workers(parent: int) -> list[int]:
    """Process ids of the workers that a process has started."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes()
            status = (entry / "stat").read_text().rpartition(")")[2].split()
        except (OSError, IndexError):
            continue
        if b"gantheory.sweeps.executors.worker" in command and int(status[1]) == parent:
            found.append(int(entry.name))
    return found


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds workers in /proc")


@linux
@pytest.mark.slow
def test_a_worker_that_dies_costs_its_unit_only(sweep, tmp_path, same):
    long = sweep(epochs=2000, seeds=1, grid={"alpha_d": 0.5, "numerics": "stable"})
    tiny = sweep()
    units = [*long.units(), *tiny.units()]

    killed = threading.Event()

    def kill(unit, share):
        if unit.key == units[0].key and not killed.is_set():
            killed.set()
            os.kill(_workers(os.getpid())[0], signal.SIGKILL)

    outcome = run(units, tmp_path / "store", executor=Local(1), listener=kill)
    [failure] = outcome.failures
    assert failure.unit.key == units[0].key
    assert failure.reason == "its worker process was killed by SIGKILL, as happens when memory runs out"
    assert outcome.finished == 4
    same(outcome.store.table(), reference(tiny, tmp_path))


def test_workers_that_do_not_start_are_one_error(sweep, tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("raise ImportError('libcudart.so.12 is missing')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(OSError, match=r"worker processes do not start: .*libcudart.so.12 is missing"):
        run(sweep(), tmp_path / "store", executor=Local(2))


def test_storage_that_fails_ends_the_sweep(sweep, tmp_path, monkeypatch):
    """The next unit would be trained for nothing."""
    tried = []

    def full(self, record):
        tried.append(record)
        if len(tried) > 1:
            raise StoreError("store s cannot be written: No space left on device")
        return add(self, record)

    add = RunStore.add
    monkeypatch.setattr(RunStore, "add", full)
    outcome = run(sweep(), tmp_path / "store", executor=Serial())
    [failure] = outcome.failures
    assert (failure.storage, failure.reason) == (True, "store s cannot be written: No space left on device")
    assert (outcome.finished, len(tried)) == (1, 2)
    assert len(outcome.store.records()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.slow
def test_a_disk_that_fills_up_while_workers_run(sweep, tmp_path, same):
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    tiny = sweep(seeds=6, epochs=20)

    def fill(unit, share):
        """After the first unit, leave no room."""
        with contextlib.suppress(OSError), open(folder / "ballast", "ab", buffering=0) as ballast:
            while share == 1 and ballast.write(bytes(512)):
                pass

    try:
        # The second unit has no room for a checkpoint either: a warning, as it may end well without.
        with pytest.warns(UserWarning, match=r"checkpoint .* was not written: .*"):
            outcome = run(tiny, folder / "store", executor=Local(1, checkpoint_seconds=1e-3), listener=fill)
        [failure] = outcome.failures
        assert failure.storage
        assert failure.reason == f"store {folder / 'store'} cannot be written: No space left on device"
        assert 0 < outcome.finished < outcome.total - 1, "it stopped early"
        assert len(outcome.store.table()) == 2 * outcome.finished
        (folder / "ballast").unlink()
        # Room again: the same call goes on.
        done = run(tiny, folder / "store", executor=Serial())
        assert (done.skipped, done.complete) == (outcome.finished, True)
        same(done.store.table(), reference(tiny, tmp_path))
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_bad_input_is_refused_before_any_work(sweep, tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    with pytest.raises(ValueError, match="must be a folder"):
        run(sweep(), path)
    with pytest.raises(ValueError, match="store must name a folder"):
        run(sweep())
    with pytest.raises(ValueError, match="batch must be at most train_samples"):
        run(sweep(batch=401), tmp_path / "store")
    assert not (tmp_path / "store").exists()
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match=r"jobs must be a (positive integer|whole number)"):
            Local(wrong)


@linux
@pytest.mark.slow
def test_an_interrupted_sweep_keeps_what_is_finished_and_leaves_no_process(sweep, toml, tmp_path, same):
    path = toml(seeds=4, block=1, epochs=60)
    store = tmp_path / "store"
    command = [sys.executable, "-m", "gantheory", "sweep", str(path), "--store", str(store), "--jobs", "1"]
    # A session of its own, so that the signal goes to sweep and worker alike, as from a terminal.
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    workers: list[int] = []
    end = time.monotonic() + 60
    while time.monotonic() < end and len(list(store.glob("*.json"))) < 2:
        workers = _workers(process.pid) or workers
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == f"interrupted: {store} keeps what has finished; run it again to go on\n"
    assert workers and not any(Path(f"/proc/{worker}").exists() for worker in workers)
    finished = len(RunStore(store).records())
    assert 2 <= finished < 8
    outcome = run(Sweep.read(path), store, executor=Serial())
    assert (outcome.skipped, outcome.complete) == (finished, True)
    same(outcome.store.table(), reference(Sweep.read(path), tmp_path))


def test_two_sweeps_at_once(sweep, tmp_path, same):
    tiny = sweep(epochs=12)
    store = tmp_path / "store"
    context = multiprocessing.get_context("fork")
    runs = [
        context.Process(target=run, args=(tiny, store), kwargs={"executor": Serial(0.01)}) for _ in range(2)
    ]
    for process in runs:
        process.start()
    for process in runs:
        process.join(60)
    assert [process.exitcode for process in runs] == [0, 0]
    same(RunStore(store).table(), reference(tiny, tmp_path))


def test_the_time_left():
    now = [0.0]
    config = {"objective": "o", "numerics": "n", "seeds": [0]}
    units = [Unit({**config, "number": number}, work=100.0) for number in range(4)]
    estimate = Estimate(units, clock=lambda: now[0])
    assert (estimate.seconds_left, estimate.share) == (None, 0)
    now[0] = 10.0
    estimate.update(units[0], 0.5)  # resumed: this half was there before
    assert estimate.seconds_left is None
    now[0] = 20.0
    estimate.update(units[0], 1.0)  # 50 of work in 20 s; 300 are left
    assert estimate.seconds_left == pytest.approx(120)
    estimate.update(units[1], 1.0)  # too short to be heard of before
    assert estimate.seconds_left == pytest.approx(20 * 200 / 150)
    assert (estimate.finished, estimate.units, estimate.share) == (2, 4, 0.5)

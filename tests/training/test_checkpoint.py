"""Runs that are interrupted, killed or given a bad file, against runs that are not."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from gantheory import objectives
from gantheory.training import RingConfig, gan, train, train_run
from gantheory.training.checkpoint import Checkpoint

CONFIG = RingConfig(
    objective=[objectives.alpha_gan(0.5, 1.2, saturating=False), objectives.lsgan()],
    seeds=(0, 3),
    train_samples=300,
    test_samples=120,
    batch=64,
    discriminator_hidden=(12, 12),
    generator_hidden=(12, 12),
    epochs=20,
    log_every=7,
)
TIMES = ["seconds"]


class Interrupted(Exception):
    pass


def same(first, second):
    pd.testing.assert_frame_equal(first.drop(columns=TIMES), second.drop(columns=TIMES), check_exact=True)


def test_what_was_trained_is_kept_where_measuring_it_fails(tmp_path, monkeypatch):
    whole = train_run(CONFIG)
    file = tmp_path / "unit.pt"

    def fail(*_):
        raise MemoryError

    with monkeypatch.context() as patched, pytest.raises(MemoryError):
        patched.setattr(gan, "evaluate", fail)
        train(CONFIG, progress=False, checkpoint=file, checkpoint_seconds=1e-9)
    with monkeypatch.context() as patched:
        patched.setattr(gan.Lanes, "advance", fail)  # no step is taken again
        again = train_run(CONFIG, progress=False, checkpoint=file)
    same(again.table, whole.table)
    pd.testing.assert_frame_equal(again.history, whole.history, check_exact=True)


def test_ctrl_c_leaves_a_checkpoint_however_young_the_last_is(ctrl_c, tmp_path):
    whole, file = train_run(CONFIG, progress=False), tmp_path / "unit.pt"

    def press(done, total):
        if done >= 30:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(CONFIG, progress=press, checkpoint=file, checkpoint_seconds=1e9)
    assert 30 <= Checkpoint(file, 1.0, CONFIG).load()["log"][-1][0] < CONFIG.steps
    again = train_run(CONFIG, progress=False, checkpoint=file)
    same(again.table, whole.table)
    pd.testing.assert_frame_equal(again.history, whole.history, check_exact=True)


@pytest.mark.slow_cases("70")
@pytest.mark.parametrize("stop", [7, 35, 70])
def test_an_interrupted_run_ends_as_an_uninterrupted_one(tmp_path, monkeypatch, stop):
    """Step 35 ends an epoch; 7 and 70 do not."""
    whole = train_run(CONFIG)
    file = tmp_path / "unit.pt"

    def interrupt(done, total):
        assert total == 100
        if done > stop:
            raise Interrupted

    monkeypatch.setattr(Checkpoint, "save", save_at({stop}, Checkpoint.save))
    with pytest.raises(Interrupted):
        train(CONFIG, progress=interrupt, checkpoint=file, checkpoint_seconds=1e-9)
    assert os.listdir(tmp_path) == ["unit.pt"]
    steps = []
    resumed = train_run(
        CONFIG, progress=lambda done, _: steps.append(done), checkpoint=file, checkpoint_seconds=1e-9
    )
    assert min(steps) > stop
    same(whole.table, resumed.table)
    pd.testing.assert_frame_equal(whole.history, resumed.history, check_exact=True)
    np.testing.assert_array_equal(whole.samples, resumed.samples)


def save_at(steps, save):
    def saving(self, state):
        return save(self, state) if state["streams"]["step"] in steps else True

    return saving


def test_a_frozen_member_stays_frozen_after_a_resume(tmp_path, monkeypatch):
    original = gan.Lanes.advance

    def poison(self, steps):
        if self.step == 14:
            self.ensembles[0].generator.blocks[0][1] *= torch.inf
        return original(self, steps)

    monkeypatch.setattr(gan.Lanes, "advance", poison)
    whole = train_run(CONFIG)
    file = tmp_path / "unit.pt"

    def interrupt(done, total):
        if done > 42:
            raise Interrupted

    with pytest.raises(Interrupted):
        train(CONFIG, progress=interrupt, checkpoint=file, checkpoint_seconds=1e-9)
    resumed = train_run(CONFIG, checkpoint=file)
    assert whole.table["diverged"].tolist() == [False, True, False, False]
    assert whole.table["diverged_at"][1] == 15 and whole.table["modes"][1] == 0
    same(whole.table, resumed.table)


SCRIPT = textwrap.dedent(
    """
    import sys
    from gantheory.training import RingConfig, train
    import json
    config = RingConfig.from_dict(json.loads(sys.argv[1]))
    table = train(config, progress=False, checkpoint=sys.argv[2], checkpoint_seconds=1e-3)
    table.to_pickle(sys.argv[3])
    """
)


@pytest.mark.slow
@pytest.mark.parametrize("kills", [1, 10])
def test_killed_at_random_moments(tmp_path, kills):
    """kill -9, then resume: the table is the uninterrupted one."""
    config = replace(CONFIG, epochs=200 * kills, log_every=20)  # 1,000 steps a kill
    arguments = [json.dumps(config.to_dict()), str(tmp_path / "unit.pt"), str(tmp_path / "table.pkl")]
    environment = {**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())}
    rng = np.random.default_rng(0)
    killed = 0
    while not (tmp_path / "table.pkl").exists():
        before = (tmp_path / "unit.pt").exists() and (tmp_path / "unit.pt").stat().st_mtime_ns
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, *arguments], env=environment)
        # Importing takes seconds: time runs from the first checkpoint on.
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            now = (tmp_path / "unit.pt").exists() and (tmp_path / "unit.pt").stat().st_mtime_ns
            if now != before and killed < kills:
                time.sleep(rng.uniform(0, 0.3))
                process.kill()
                killed += 1
                break
            time.sleep(0.005)
        assert process.wait(timeout=60) in (0, -9)
    assert killed == kills
    same(train(config, progress=False), pd.read_pickle(tmp_path / "table.pkl"))


def test_a_damaged_file_is_named_and_the_run_starts_again(tmp_path):
    file = tmp_path / "unit.pt"
    train(CONFIG, checkpoint=file, checkpoint_seconds=1e-9)
    content = file.read_bytes()
    whole = train(CONFIG)
    for damaged in (content[: len(content) // 2], b"", b"not a checkpoint"):
        file.write_bytes(damaged)
        with pytest.warns(UserWarning, match=r"checkpoint .*unit\.pt cannot be read, starting again"):
            same(whole, train(CONFIG, checkpoint=file))


def test_a_checkpoint_of_another_configuration_is_refused(tmp_path):
    file = tmp_path / "unit.pt"
    train(CONFIG, checkpoint=file, checkpoint_seconds=1e-9)
    before = file.read_bytes()
    with pytest.raises(ValueError, match=r"unit\.pt belongs to another configuration"):
        train(replace(CONFIG, batch=63), checkpoint=file)
    assert file.read_bytes() == before


def test_a_full_disk_is_a_warning(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.warns(UserWarning, match=r"checkpoint .* was not written: .*No space left"):
        table = train(CONFIG, checkpoint=tmp_path / "unit.pt", checkpoint_seconds=1e-9)
    assert os.listdir(tmp_path) == [] and len(table) == 4


def test_bad_places_are_said_before_training(tmp_path):
    for path, message in (
        (tmp_path, "checkpoint must be a file, .* is a directory"),
        (tmp_path / "none" / "unit.pt", "checkpoint must be in a directory that exists"),
    ):
        with pytest.raises(ValueError, match=message):
            train(CONFIG, checkpoint=path)
    with pytest.raises(ValueError, match=r"checkpoint_seconds must be in \(0, inf\), got 0"):
        train(CONFIG, checkpoint=tmp_path / "unit.pt", checkpoint_seconds=0)

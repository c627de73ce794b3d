"""The run store: what is read back, what damage does, who may race."""

from __future__ import annotations

import errno
import json
import math
import multiprocessing
import os
import resource
import signal
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gantheory.support.atomic import remove_abandoned, write_atomically
from gantheory.sweeps.store.canonical import canonical_json, digest
from gantheory.sweeps.store.record import DamagedError, Record
from gantheory.sweeps.store.store import RunStore, StoreError


def record(number: int = 0, rows: int = 3) -> Record:
    """A record whose table has every kind of value."""
    table = pd.DataFrame(
        {
            "seed": range(rows),
            "loss": [0.1 + 0.2, math.inf, math.nan][:rows] + [1e-300] * (rows - 3),
            "modes": np.arange(rows) % 9,
            "diverged": [index == 1 for index in range(rows)],
            "diverged_at": [None, 7.0, None][:rows] + [None] * (rows - 3),
            "objective": ["vanilla"] * rows,
            "rate": [1.0] * rows,
        }
    )
    config = {"objective": "vanilla", "numerics": "stable", "seeds": list(range(rows)), "number": number}
    return Record(f"vanilla, stable, number {number}", config, table, {"gantheory": "1"}, 1.5)


@pytest.fixture
def store(tmp_path):
    made = RunStore(tmp_path / "store")
    made.prepare()
    return made


def files(store: RunStore) -> list[Path]:
    return sorted(store.path.glob("*.json"))


def test_the_hash_does_not_depend_on_the_order_or_type_of_numbers():
    assert digest({"b": 1.0, "a": [1, -0.0, (0.5,)]}) == digest({"a": [1, 0, [0.5]], "b": 1})
    assert digest({"a": 1}) != digest({"a": True})
    # SHA-256 of the text {"a":1}, from another program: printf '{"a":1}' | sha256sum
    assert digest({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    assert canonical_json({"x": 0.1, "é": None}) == '{"x":0.1,"\\u00e9":null}'
    for wrong in (math.nan, math.inf):
        with pytest.raises(ValueError, match="finite"):
            digest({"a": wrong})
    for wrong in ({1: 2}, {"a": {1}}, {"a": object()}):
        with pytest.raises(TypeError):
            digest(wrong)


def test_a_record_is_read_back_as_it_was(store):
    written = record()
    assert store.add(written)
    read = store.get(written.key)
    pd.testing.assert_frame_equal(read.table, written.table, check_exact=True)
    assert (read.config, read.label, read.environment, read.seconds) == (
        written.config,
        written.label,
        written.environment,
        written.seconds,
    )
    assert files(store)[0].name == f"{digest(written.config)}.json"


def test_people_can_read_the_file(store):
    store.add(record())
    text = files(store)[0].read_text()
    data = json.loads(text, parse_constant=pytest.fail)  # strict JSON: no NaN, no Infinity
    assert data["constants"] == {"objective": "vanilla", "rate": 1.0}
    assert data["rows"][1] == {"seed": 1, "loss": "inf", "modes": 1, "diverged": True, "diverged_at": 7.0}
    assert sum(line.startswith('    {"seed"') for line in text.splitlines()) == 3, "a row a line"


def test_the_table_joins_units_in_an_order_of_its_own(store, tmp_path):
    for number in (2, 0, 1):
        store.add(record(number))
    other = RunStore(tmp_path / "other")
    for number in (0, 1, 2):
        other.add(record(number))
    table = store.table()
    pd.testing.assert_frame_equal(table, other.table())
    assert len(table) == 9
    assert table["unit"].nunique() == 3
    assert table["diverged_at"].dtype == np.float64


def test_an_empty_store_and_none(tmp_path, store):
    assert store.table().empty
    with pytest.raises(ValueError, match="does not exist"):
        RunStore(tmp_path / "none").table()


@pytest.mark.parametrize("cut", [0, 1, 50, -60, -3])
def test_a_truncated_file_is_named_and_skipped(store, cut):
    store.add(record(0))
    store.add(record(1))
    damaged = files(store)[0]
    damaged.write_bytes(damaged.read_bytes()[:cut])
    with pytest.warns(UserWarning, match=f"skipped a file: {damaged.name} \\(not JSON, or truncated\\)"):
        assert len(store.table()) == 3
    assert damaged.stem not in store


def test_every_damage_is_named_and_none_is_fatal(store):
    store.add(record())
    good = files(store)[0]
    text = good.read_text()
    (store.path / "notes.txt").write_text("remember to rerun")
    (store.path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    (store.path / "other.json").write_text('{"format": "something else"}')
    (store.path / "list.json").write_text("[1, 2]")
    (store.path / "empty.json").write_text("")
    (store.path / "deep.json").write_text("[" * 100_000)
    (store.path / "copy.json").write_text(text)  # a record under a name that is not its own
    (store.path / "edited.json").write_text(text.replace('"modes": 1', '"modes": 8'))
    (store.path / "later.json").write_text(text.replace('"version": 1', '"version": 2'))
    (store.path / "part.json").write_text('{"format": "gantheory unit", "version": 1}')
    (store.path / "folder").mkdir()
    (store.path / ".hidden.json").write_text("x")
    (store.path / "gone.json").symlink_to("nowhere")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(store.table()) == 3
    assert len(caught) == 1
    message = str(caught[0].message)
    assert message.startswith(
        f"store {store.path}: skipped 10 files: bytes.json (not text), copy.json (its name"
    )
    assert message.endswith(" and 2 more")
    for part in (
        "edited.json (changed since",
        "empty.json (not JSON",
        "later.json (of version 2",
        "list.json (not",
    ):
        assert part in message


def test_any_flipped_bit_of_a_record_is_noticed():
    text = record().to_json()
    rng = np.random.default_rng(0)
    for position in rng.integers(0, len(text), 200):
        changed = text[:position] + chr(ord(text[position]) ^ 1) + text[position + 1 :]
        try:
            read = Record.from_json(changed)
        except DamagedError:
            continue
        assert read.to_json() == text, "only white space may change unnoticed"


def test_a_damaged_file_is_replaced_and_a_whole_one_stays(store):
    store.add(record())
    path = files(store)[0]
    before = path.stat()
    assert store.add(record()) is False
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    path.write_text(path.read_text()[:100])
    assert store.add(record()) is True
    assert len(store.table()) == 3


@pytest.mark.parametrize("below", ["", "/in/it"])
def test_a_store_that_is_a_file(tmp_path, below):
    path = tmp_path / "results"
    path.write_text("")
    with pytest.raises(ValueError, match=r"must be a folder, and .*results is a file"):
        RunStore(f"{path}{below}")


def _prepare_without_privileges(folder: str, answer: object) -> None:
    if os.geteuid() == 0:  # root writes everywhere
        os.seteuid(65534)
    try:
        RunStore(folder).prepare()
        answer.put("prepared")
    except StoreError as error:
        answer.put(str(error))


def test_a_read_only_store():
    with tempfile.TemporaryDirectory() as parent:
        os.chmod(parent, 0o755)
        folder = Path(parent) / "store"
        RunStore(folder).prepare()
        folder.chmod(0o555)
        context = multiprocessing.get_context("fork")
        answer = context.Queue()
        child = context.Process(target=_prepare_without_privileges, args=(str(folder), answer))
        child.start()
        assert answer.get(timeout=30) == f"store {folder} cannot be written: Permission denied"
        child.join(30)
        folder.chmod(0o755)


def test_a_full_disk_changes_nothing(store, monkeypatch):
    """RLIMIT_FSIZE ends every write after so many bytes, as a disk that is full does; also in the middle."""
    store.add(record(0))
    before = {path.name: path.read_bytes() for path in store.path.iterdir() if path.is_file()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for room in (0, 100, 600):
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
            with pytest.raises(StoreError, match="cannot be written: File too large"):
                store.add(record(1))
            with pytest.raises(StoreError, match="cannot be written: File too large"):
                store.prepare()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)
    assert {path.name: path.read_bytes() for path in store.path.iterdir() if path.is_file()} == before
    assert store.add(record(1))


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_full_file_system(tmp_path):
    """A tmpfs of 256 KiB fills up: what is stored stays, the message names the reason."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    try:
        store = RunStore(folder / "store")
        store.prepare()
        stored = 0
        with pytest.raises(StoreError, match="cannot be written: No space left on device"):
            for number in range(100):
                store.add(record(number, rows=300))
                stored += 1
        assert stored > 2
        assert store.table()["unit"].nunique() == stored
        assert [p.name for p in store.path.iterdir() if p.name.startswith(".")] == [], "no half-written file"
        with pytest.raises(StoreError, match="No space left on device"):
            store.prepare()
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def broken(source, target):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="Input/output error"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_rename_whose_answer_was_lost_counts_as_done(tmp_path, monkeypatch):
    """Over NFS a rename may be done and its reply lost; the repeated request then fails."""
    path, replace = tmp_path / "file", os.replace

    def lossy(source, target):
        replace(source, target)
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(os, "replace", lossy)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_temporary_files_of_the_dead_are_removed_after_an_hour(tmp_path):
    old, new, other = tmp_path / ".a.json.1-x.tmp", tmp_path / ".b.json.2-y.tmp", tmp_path / "c.tmp"
    for path in (old, new, other):
        path.write_text("")
    for path in (old, other):
        os.utime(path, (0, 0))
    remove_abandoned(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([new, other])


def _race(path: str, start: object, counts: object, index: int) -> None:
    store = RunStore(path)
    start.wait()
    for number in range(16):
        counts[index] += store.add(record(number % 8))
        assert len(store.records()) >= 1


def test_writers_that_race_leave_whole_files(tmp_path):
    context = multiprocessing.get_context("fork")
    start, counts = context.Barrier(4), context.Array("i", 4)
    racers = [
        context.Process(target=_race, args=(str(tmp_path / "store"), start, counts, index))
        for index in range(4)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    assert [racer.exitcode for racer in racers] == [0] * 4
    store = RunStore(tmp_path / "store")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert store.table()["unit"].nunique() == 8
    assert [p for p in store.path.iterdir() if p.name.startswith(".")] == []
    assert 8 <= sum(counts) <= 32

"""Paths and text files as users name and write them: ``~``, byte order marks, spellings of one name."""

from __future__ import annotations

import errno
import os

import pytest

from gantheory.support.atomic import write_atomically
from gantheory.support.files import read_text, read_toml, user_path

SWEEP = 'store = "~/results"\nseeds = 1\n[grid]\nalpha_d = [0.5]\n'


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def test_a_tilde_is_the_home_folder_and_only_at_the_beginning(home):
    assert user_path("~/x") == home / "x"
    assert str(user_path("a/~/x")) == "a/~/x"
    with pytest.raises(ValueError, match="store '~nobodysuch/x': there is no home folder of '~nobodysuch'"):
        user_path("~nobodysuch/x", "store")


def test_variables_are_replaced_where_no_file_has_the_name(home, monkeypatch):
    monkeypatch.setenv("SCRATCH", "/fast")
    monkeypatch.delenv("NOWHERE", raising=False)
    assert str(user_path("$SCRATCH/x")) == "/fast/x" == str(user_path("${SCRATCH}/x"))
    assert str(user_path("cost$5/x$")) == "cost$5/x$"
    with pytest.raises(ValueError, match=r"store '\$NOWHERE/x': there is no environment variable NOWHERE"):
        user_path("$NOWHERE/x", "store")
    (home.parent / "$SCRATCH").mkdir()
    assert str(user_path("$SCRATCH")) == "$SCRATCH"
    with pytest.raises(ValueError, match="with a NUL"):
        user_path("a\0b")


def test_every_door_for_a_path_takes_a_tilde(home, monkeypatch):
    from gantheory.datasets import mnist_images
    from gantheory.sweeps import RunStore, Sweep

    (home / "s.toml").write_text(SWEEP)
    assert Sweep.read("~/s.toml").store == home / "results"
    assert RunStore("~/runs").path == home / "runs"
    monkeypatch.setenv("GANTHEORY_MNIST", "~/digits")
    with pytest.raises(FileNotFoundError, match=str(home / "digits")):
        mnist_images()


@pytest.mark.parametrize(
    "args",
    [
        ("landscape", "saturation", "vanilla", "--points", "9", "--out=~/s.csv"),
        ("derive", "vanilla", "--certificate=~/s.csv"),
    ],
)
def test_options_of_verbs_take_a_tilde(cli, home, args):
    done = cli(*args)
    assert done.status == 0, done.err
    assert (home / "s.csv").is_file() and not (home.parent / "~").exists()


def test_byte_order_marks(tmp_path):
    file = tmp_path / "s.toml"
    file.write_bytes(b"\xef\xbb\xbf" + SWEEP.encode())
    assert read_toml(file)["seeds"] == 1
    for encoding in ("utf-16", "utf-32"):
        file.write_bytes(SWEEP.encode(encoding))
        with pytest.raises(
            ValueError, match=f"is {encoding.upper()}, as its byte order mark .* save it as UTF-8"
        ):
            read_toml(file)
    file.write_bytes(b"title = '\xe9'")
    with pytest.raises(ValueError, match=r"must be UTF-8 text: .* at byte 9"):
        read_text(file)
    file.write_bytes(b"title = [")
    with pytest.raises(ValueError, match=r"s\.toml is not TOML: "):
        read_toml(file)


def test_kernels_go_by_one_name_however_it_is_spelled():
    from gantheory.landscape.over_kernels import named_kernel
    from gantheory.ntk.kernels.named import kernel_from_spec

    for of in (named_kernel, kernel_from_spec):
        values = [float(of(name)([[1.0]], [[0.5]])[0, 0]) for name in ("relu-no-bias", "relu_no_bias")]
        assert values[0] == values[1]


def test_a_full_disk_is_named_with_the_file_that_was_to_be_written(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*card\.html'") as refused:
        write_atomically(tmp_path / "card.html", b"text")
    assert refused.value.errno == errno.ENOSPC and not list(tmp_path.iterdir())

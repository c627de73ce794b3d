"""The shell of the command line: finding verbs, help, errors as one line, what a verb's file must hold."""

from __future__ import annotations

import importlib
import json
import re
import shlex
import types
from typing import Annotated

import numpy as np
import pytest
import typer
from PIL import Image

from gantheory.cli import app, output
from gantheory.errors import NoPointwiseTheoryError


@pytest.fixture
def fake_verb(monkeypatch):
    """Register a verb ``fake`` whose file holds the given function."""

    def register(run):
        module = types.ModuleType("gantheory.cli.verbs.fake")
        module.run, module.EXAMPLES = run, ("gantheory fake",)
        monkeypatch.setitem(app.VERBS, "fake", "a verb of the tests")
        monkeypatch.setitem(__import__("sys").modules, "gantheory.cli.verbs.fake", module)

    return register


@pytest.mark.parametrize("args", [(), ("--help",), ("-h",), ("help",)])
def test_help_lists_every_verb_with_its_summary(cli, args):
    done = cli(*args)
    assert (done.status, done.err) == (0, "")
    for verb, summary in app.VERBS.items():
        assert verb in done.out and summary in done.out


def test_the_example_of_the_overview_runs(cli):
    line = cli("--help").out.splitlines()[-1].strip()
    done = cli(*shlex.split(line)[1:])
    assert (done.status, done.err) == (0, "")


def test_help_and_a_misspelled_verb_load_neither_typer_nor_a_verb(python):
    code = (
        "import sys; from gantheory.cli.app import main; main(['--help']); main(['derrive']);"
        "print(sorted(m for m in sys.modules if m.partition('.')[0] in ('typer', 'rich', 'numpy', 'sympy')"
        " or m.startswith('gantheory.cli.')))"
    )
    done = python("-c", code)
    assert done.out.splitlines()[-1] == "['gantheory.cli.app', 'gantheory.cli.verbs']"


def test_version(cli):
    from gantheory import __version__

    assert cli("--version").out == f"gantheory {__version__}\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("divergense",), "unknown verb 'divergense'; did you mean 'divergence'?"),
        (("zzz",), "unknown verb 'zzz'; known: "),
        (("--versoin",), "unknown option '--versoin'; did you mean '--version'?"),
        (("divergence",), "see gantheory divergence --help"),
        (
            ("divergence", "vanilla", "--p", "1", "--q", "1", "--knd", "flow"),
            "see gantheory divergence --help",
        ),
    ],
)
def test_a_bad_command_line_is_one_line_and_status_2(cli, args, message):
    done = cli(*args)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: ") and done.err.count("\n") == 1
    assert message in done.err


@pytest.mark.parametrize(
    "error",
    [
        ValueError("p sums to 0.9,\n  not 1"),
        TypeError("t"),
        NoPointwiseTheoryError("n"),
        FileExistsError("f"),
    ],
)
def test_an_error_of_a_verb_is_one_line_and_status_2(cli, fake_verb, monkeypatch, error):
    def run() -> None:
        raise error

    monkeypatch.delenv("GANTHEORY_DEBUG", raising=False)
    fake_verb(run)
    done = cli("fake")
    assert (done.status, done.out) == (2, "")
    assert done.err == f"error: {' '.join(str(error).split())}\n"

    monkeypatch.setenv("GANTHEORY_DEBUG", "1")
    with pytest.raises(type(error)):
        cli("fake")


def test_a_file_that_ends_too_early_is_no_ctrl_c(cli, fake_verb, monkeypatch):
    """typer's Abort is made of EOFError too: exit status 130 without a word."""

    def run() -> None:
        raise EOFError("No data left in file")

    monkeypatch.delenv("GANTHEORY_DEBUG", raising=False)
    fake_verb(run)
    done = cli("fake")
    assert (done.status, done.err) == (2, "error: a file ends too early: No data left in file\n")


def test_a_bug_is_not_disguised_as_bad_input(cli, fake_verb):
    def run() -> None:
        raise AssertionError("bug")

    fake_verb(run)
    with pytest.raises(AssertionError, match="bug"):
        cli("fake")


def test_a_missing_extra_is_named(cli, fake_verb):
    def run() -> None:
        raise ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")

    fake_verb(run)
    done = cli("fake")
    assert (done.status, done.err) == (2, "error: this needs torch: pip install 'gantheory[train]'\n")


@pytest.mark.parametrize(("returned", "status"), [(None, 0), (0, 0), (1, 1)])
def test_the_exit_status_is_what_the_verb_returns(cli, fake_verb, returned, status):
    def run() -> int | None:
        return returned

    fake_verb(run)
    assert cli("fake").status == status


def test_the_exit_status_of_typer_exit(cli, fake_verb):
    def run() -> None:
        raise typer.Exit(3)

    fake_verb(run)
    assert cli("fake").status == 3


def test_an_interrupt_has_the_status_of_the_shell(cli, fake_verb):
    def run() -> None:
        raise KeyboardInterrupt

    fake_verb(run)
    done = cli("fake")
    assert (done.status, done.err.strip()) == (130, "")


def test_a_warning_is_one_line_on_stderr(cli, fake_verb):
    def run(scale: Annotated[float, typer.Option("--scale")] = 1.0) -> None:
        import warnings

        warnings.warn(f"p integrates\nto {scale}", stacklevel=1)

    fake_verb(run)
    done = cli("fake", "--scale", "0.9")
    assert (done.status, done.out, done.err) == (0, "", "warning: p integrates to 0.9\n")


def test_a_closed_pipe_is_no_error(python):
    code = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-m', 'gantheory', '--help'],"
        " stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "p.stdout.close(); print(p.stderr.read().decode()); sys.exit(p.wait())"
    )
    done = python("-c", code, PYTHONUNBUFFERED="")  # the pipe is found closed only when the buffer is flushed
    assert (done.status, done.out.strip()) == (0, "")


@pytest.mark.parametrize("verb", sorted(app.VERBS))
def test_the_file_of_every_verb_has_help_with_examples(cli, verb):
    module = importlib.import_module(f"gantheory.cli.verbs.{verb}")
    assert module.run.__doc__ and module.EXAMPLES
    done = cli(verb, "--help")
    assert (done.status, done.err) == (0, "")
    typed = re.sub(r" \\\n +", " ", done.out)  # as a shell reads a line that goes on
    for example in module.EXAMPLES:
        assert example in typed, "the help shows an example as it is typed"


@pytest.mark.parametrize("verb", ["", *sorted(app.VERBS)])
def test_help_fits_a_terminal_of_80_columns(cli, monkeypatch, verb):
    monkeypatch.setenv("COLUMNS", "80")
    out = cli(*([verb] if verb else []), "--help").out
    assert [line for line in out.splitlines() if len(line) > 80] == []
    assert re.search(r"<(str|int|float|path|list)", out) is None, "Python's types are no help"


# Slow: their folders of tests build the page and run the experiments on the command line.
LONG = {"explore", "ntk"}
BRIEF = {
    "compare": "--steps 4",
    "landscape": "--points 5 --out table.csv",
    "train": "--steps 4 --frames 1",
}
"""Settings that take their place in an example, as the last of an option counts."""


@pytest.mark.slow_cases("card-", "compare---steps 4", "stability-")
@pytest.mark.parametrize(
    ("verb", "brief"),
    [
        pytest.param(
            verb, brief, marks=pytest.mark.slow if verb in LONG or brief != BRIEF.get(verb, "") else ()
        )
        for verb in sorted(set(app.VERBS) - {"check", "figures", "report", "sweep", "validate"})
        for brief in dict.fromkeys((BRIEF.get(verb, ""), ""))
    ],
)
def test_every_example_in_the_help_runs(cli, monkeypatch, tmp_path, verb, brief):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)  # the samples that an example of `divergence` reads
    np.savetxt("real.csv", rng.normal(size=200))
    np.save("generated.npy", rng.normal(1, 1, 200))
    if verb == "train":  # the pictures that one of its examples trains on
        (tmp_path / "faces").mkdir()
        for k, pixels in enumerate(rng.integers(0, 256, (200, 40, 36, 3), dtype=np.uint8)):
            Image.fromarray(pixels).save(f"faces/{k:03}.png")
        monkeypatch.setenv("GANTHEORY_CACHE", str(tmp_path / "cache"))
    if verb == "sample":
        assert cli("train", "ring", "--steps", "2", "--out", "out/ring").status == 0
    for example in importlib.import_module(f"gantheory.cli.verbs.{verb}").EXAMPLES:
        program, *args = shlex.split(f"{example} {brief}")
        done = cli(*args)
        assert (program, done.status, done.err) == ("gantheory", 0, ""), example
        assert done.out


@pytest.mark.parametrize(
    "command",
    [
        "check --regions --out FILE/x",
        "check gan-jsd --certificates FILE/x.json",
        "derive vanilla --certificate FILE/x.json",
        "explore --no-open --out FILE/x.html vanilla",
        "figures --out FILE/x",
        "landscape saturation vanilla --out FILE/x",
        "ntk field ring --n 10 --out FILE/x",
        "report ring --out FILE/x",
        "stability --map --out FILE/x",
        "train ring --steps 1 --out FILE/x",
    ],
)
def test_a_folder_that_is_a_file_is_named_before_any_work(cli, tmp_path, command):
    file = tmp_path / "file"
    file.touch()
    done = cli(*command.replace("FILE", str(file)).split())
    (option,) = [word for word in command.split() if word.startswith(("--out", "--cert"))]
    assert done.status == 2
    assert re.fullmatch(
        rf"error: {option} {file}/x\S* cannot be written: {file} is a file, not a folder\n", done.err
    )


def test_what_the_system_refuses_is_its_path_and_the_reason(cli, fake_verb, tmp_path):
    def run() -> None:
        (tmp_path / "missing" / "x").write_text("")

    fake_verb(run)
    assert cli("fake").err == f"error: {tmp_path / 'missing' / 'x'}: No such file or directory\n"


def test_json_output_is_strict(capsys):
    import numpy as np

    value = {
        "inf": np.float64("-inf"),
        "nan": float("nan"),
        "pair": (np.int64(2), 0.5),
        "a": np.array([1.0, np.inf]),
    }
    output.print_json(value)
    read = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert read.pop("version") and read.pop("files") == []
    read.pop("command", None)
    assert read == {"inf": "-inf", "nan": "nan", "pair": [2, 0.5], "a": [1.0, "inf"]}

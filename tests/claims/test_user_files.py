"""A user's own claim file: what it holds, what raises in it, and how the command line reports it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gantheory.claims.catalogue import load

PAGE = Path(__file__).parents[2] / "docs" / "claims-of-your-own.md"

HEAD = """
import sympy as sp
from gantheory.claims import Equal, claim
u = sp.Symbol("u", positive=True)

@claim("mine-holds", "equality", source="mine", statement="holds")
def first():
    return Equal(sp.log(u**2), 2 * sp.log(u))

@claim("mine-raises", "equality", source="mine", statement="raises")
def second():
    raise RuntimeError("no such thing")
"""

TAIL = """
@claim("mine-fails", "equality", source="mine", statement="fails")
def third():
    return Equal(sp.log(u**2), sp.log(u))
"""


def _write(tmp_path, text, name="my_claims.py"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def _verdicts(done):
    return {item["id"]: item["verdict"] for item in json.loads(done.out)}


def test_the_file_of_the_docs_is_checked(cli, tmp_path):
    block = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)[0]
    path = _write(tmp_path, block.split("for result in run(")[0])
    done = cli("check", str(path), "--json")
    assert (done.status, done.err) == (0, "")
    assert _verdicts(done) == {
        "my-hellinger": "holds",
        "my-discriminator": "holds",
        "my-pearson-coding": "fails",
    }


def test_one_check_that_raises_leaves_the_others(cli, tmp_path):
    done = cli("check", str(_write(tmp_path, HEAD + TAIL)), "--json")
    assert done.status == 1
    assert _verdicts(done) == {"mine-holds": "holds", "mine-raises": "errored", "mine-fails": "fails"}
    reasons = {item["id"]: item["reason"] for item in json.loads(done.out)}
    assert reasons["mine-raises"] == "the check raised RuntimeError: no such thing"


def test_a_file_that_raises_keeps_the_claims_above(cli, tmp_path):
    path = _write(tmp_path, HEAD + "\n1 / 0\n" + TAIL)
    done = cli("check", str(path), "gan-jsd", "--json")
    assert done.status == 1
    assert _verdicts(done) == {
        "gan-jsd": "holds",
        "mine-holds": "holds",
        "mine-raises": "errored",
        "my_claims.py": "errored",
    }
    assert (
        json.loads(done.out)[-1]["reason"] == "the file raised: line 14: ZeroDivisionError: division by zero"
    )


def test_a_check_or_a_file_that_exits_is_errored(cli, tmp_path):
    text = HEAD.replace('RuntimeError("no such thing")', "SystemExit(3)")
    done = cli("check", str(_write(tmp_path, text + TAIL, "leaves.py")), "--json")
    assert _verdicts(done) == {"mine-holds": "holds", "mine-raises": "errored", "mine-fails": "fails"}
    done = cli("check", str(_write(tmp_path, HEAD + "\nraise SystemExit(5)\n", "leaves_late.py")), "--json")
    assert _verdicts(done)["leaves_late.py"] == "errored"


def test_a_file_of_wrong_syntax_is_errored(cli, tmp_path):
    done = cli("check", str(_write(tmp_path, "def broken(:\n")), "--json")
    assert done.status == 1
    assert "SyntaxError" in json.loads(done.out)[0]["reason"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("empty.py", "x = 1\n", "defines no claim"),
        ("claims.txt", HEAD, "must be a Python file"),
        ("taken.py", HEAD.replace("mine-holds", "gan-jsd"), "claim id gan-jsd in"),
        ("twice.py", HEAD.replace("mine-raises", "mine-holds"), "claim id mine-holds in"),
    ],
)
def test_files_that_cannot_be_used_are_refused(cli, tmp_path, name, text, message):
    done = cli("check", str(_write(tmp_path, text, name)))
    assert done.status == 2
    assert message in done.err
    assert len(done.err.splitlines()) == 1


def test_a_missing_file_is_named(cli, tmp_path):
    done = cli("check", str(tmp_path / "none.py"))
    assert (done.status, done.out) == (2, "")
    assert "none.py does not exist" in done.err


def test_worker_processes_find_the_claims_of_a_file(tmp_path):
    from gantheory.claims import run

    path = _write(tmp_path, HEAD + TAIL, "workers.py")
    claims = load(path).claims
    results = run(claims, jobs=2, files=[path])
    assert [result.verdict for result in results] == ["holds", "errored", "fails"]


def test_a_check_that_does_not_end_is_undecided_in_time(tmp_path):
    from gantheory.claims import run

    path = _write(
        tmp_path,
        HEAD.replace('raise RuntimeError("no such thing")', "\n    while True: pass"),
        "endless.py",
    )
    results = run(load(path).claims, seconds=0.5)
    assert [result.verdict for result in results] == ["holds", "errored"]
    assert results[1].reason == "the check raised TimeBoundError: not done within 0.5 s"

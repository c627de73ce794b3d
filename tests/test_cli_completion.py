"""Completion by the shell: what bash offers after Tab, and where the script is put."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from gantheory.cli import completion
from gantheory.cli.app import VERBS


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (("gantheory", "der"), {"derive"}),
        (("gantheory", ""), {*VERBS, "--help", "--version"}),
        (("gantheory", "divergence", "vanilla", "--samples"), {"--samples-p", "--samples-q"}),
        (("gantheory", "sweep", "--lo"), {"--losses"}),
    ],
)
def test_bash_offers_verbs_and_options(line, offered):
    words = " ".join(f"'{word}'" for word in line)
    code = f"{completion.script('bash')}\nCOMP_WORDS=({words}); COMP_CWORD={len(line) - 1}; _gantheory"
    done = subprocess.run(
        ["bash", "-c", code + '; printf "%s\\n" "${COMPREPLY[@]}"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) == offered


def test_installing_twice_leaves_one_script_and_the_rest_of_the_file(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / ".bashrc"
    file.write_text("alias a=b\n")
    for _ in range(2):
        assert cli("--install-completion", "bash").status == 0
    text = file.read_text()
    assert text.startswith("alias a=b\n") and text.count("_gantheory()") == 1
    assert cli("--show-completion", "fish").out.count("complete -c gantheory") > len(VERBS)


def test_an_unknown_shell_is_named(cli):
    done = cli("--install-completion", "bush")
    assert done.status == 2 and "did you mean 'bash'" in done.err

"""What the documentation shows runs: the blocks of Python in order, and the commands that are quick."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
QUICK_VERBS = {"check", "derive", "divergence"}

WHOLE = (["gantheory", "check"], ["gantheory", "check", "--errata"])


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def _commands(page: Path) -> list[str]:
    lines = [line for block in _blocks(page, "sh") for line in block.splitlines()]
    quick = [line for line in lines if line.startswith("gantheory ") and line.split()[1] in QUICK_VERBS]
    # Whole-registry runs: their claims are tested one by one.
    return [line for line in quick if line.split("#")[0].split() not in WHOLE]


@pytest.mark.parametrize("page", [p for p in PAGES if _blocks(p, "python")], ids=lambda p: p.name)
def test_the_python_blocks_of_a_page_run_in_order(page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    for number, block in enumerate(_blocks(page, "python"), start=1):
        try:
            exec(compile(block, f"{page.name}, block {number}", "exec"), names)
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            pytest.skip("torch is not installed")


@pytest.mark.parametrize("command", [c for page in PAGES for c in _commands(page)])
def test_a_command_of_the_documentation_runs(cli, command, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    done = cli(*shlex.split(command, comments=True)[1:])
    assert (done.status, done.err) == (0, "")
    assert done.out


def test_the_readme_opens_with_the_two_commands():
    first = _blocks(ROOT / "README.md", "sh")[0].splitlines()
    assert [line.split("#")[0].strip() for line in first] == ["make demo", "make test"]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page):
    text = re.sub(r"<!--.*?-->", "", page.read_text(encoding="utf-8"), flags=re.S)
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert [target for target in targets if not (page.parent / target).exists()] == []

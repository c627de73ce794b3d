"""What the documentation shows runs: blocks of Python in order, and commands; those that train are parsed."""

from __future__ import annotations

import re
import shlex
import shutil
from importlib import import_module
from pathlib import Path

import pytest

from gantheory.cli.app import VERBS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
QUICK_VERBS = {
    "card",
    "check",
    "derive",
    "design",
    "divergence",
    "export",
    "identify",
    "landscape",
    "report",
    "stability",
}


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


WHOLE = (["gantheory", "check"], ["gantheory", "check", "--errata"])


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def _lines(page: Path) -> list[str]:
    lines = [line for block in _blocks(page, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("gantheory ") and not line.startswith("gantheory --")]


def _is_quick(line: str) -> bool:
    # Whole-registry runs: their claims are tested one by one.
    words = shlex.split(line, comments=True)
    return "--dry-run" in words or (words[1] in QUICK_VERBS and words not in WHOLE)


@pytest.fixture
def clone(monkeypatch, tmp_path):
    """A folder to write in, with a clone's experiments and stored results and README's file of losses."""
    for folder in ("experiments", "results"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    [losses, *_] = _blocks(ROOT / "README.md", "toml")
    (tmp_path / "my.toml").write_text(losses)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow_cases("docs/tutorials/validate.md", "docs/variants.md")
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(p, marks=pytest.mark.slow) if p.name == "sweeps.md" else p  # it trains
        for p in PAGES
        if _blocks(p, "python")
    ],
    ids=_name,
)
def test_the_python_blocks_of_a_page_run_in_order(page, clone):
    names: dict[str, object] = {"__name__": "__main__"}
    for number, block in enumerate(_blocks(page, "python"), start=1):
        try:
            exec(compile(block, f"{page.name}, block {number}", "exec"), names)
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            pytest.skip("torch is not installed")


def _is_an_example(line: str) -> bool:
    """Of the verb's help, which test_cli_check or test_cli_shell runs; those of `report` need results."""
    words = shlex.split(line, comments=True)
    if words[1] == "report":
        return False
    examples = import_module(f"gantheory.cli.verbs.{words[1]}").EXAMPLES
    return any(shlex.split(example) == words for example in examples)


@pytest.mark.parametrize(
    "command",  # those of answers.md have a test of their own, in tests/docs
    [
        # Every table of `landscape` has its tests in test_cli_landscape.
        pytest.param(command, marks=pytest.mark.slow)
        if _is_an_example(command) or command.startswith("gantheory landscape")
        else command
        for command in sorted(
            {c for page in PAGES if page.name != "answers.md" for c in _lines(page) if _is_quick(c)}
        )
    ],
)
def test_a_command_of_the_documentation_runs(cli, command, clone):
    done = cli(*shlex.split(command, comments=True)[1:])
    assert (done.status, done.err) == (0, "")
    assert done.out


@pytest.mark.parametrize("command", sorted({c for p in PAGES for c in _lines(p) if not _is_quick(c)}))
def test_a_command_that_takes_long_has_a_verb_and_options_that_exist(cli, command):
    verb, *words = shlex.split(command, comments=True)[1:]
    described = cli(verb, "--help").out
    assert verb in VERBS
    missing = [w for w in words if w.startswith("--") and not re.search(rf"{w}(?![-\w])", described)]
    assert missing == []


def test_the_readme_opens_with_the_two_commands():
    first = _blocks(ROOT / "README.md", "sh")[0].splitlines()
    assert [line.split("#")[0].strip() for line in first] == ["make demo", "make test"]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=_name)
def test_links_between_pages_lead_somewhere(page):
    text = re.sub(r"<!--.*?-->", "", page.read_text(encoding="utf-8"), flags=re.S)
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert [target for target in targets if not (page.parent / target).exists()] == []

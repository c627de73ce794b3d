"""The site's own tools: the link check finds what is broken, docstrings survive, every part has a page."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import gantheory

DOCS = Path(__file__).parents[2] / "docs"


def _load(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def site(tmp_path):
    (tmp_path / "a.html").write_text('<h1 id="top">A</h1><a href="b.html#here">b</a><a href="#top">up</a>')
    (tmp_path / "b.html").write_text('<p id="here">B</p><img src="p.png"><a href="https://arxiv.org">x</a>')
    (tmp_path / "p.png").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize(
    ("page", "broken"),
    [
        ('<a href="b.html#gone">b</a>', "b.html#gone names an anchor that is not there"),
        ('<a href="gone.html">b</a>', "gone.html is not there"),
        ('<img src="gone.png">', "gone.png is not there"),
        (
            '<script src="https://cdn.example/x.js"></script>',
            "loads https://cdn.example/x.js from another host",
        ),
    ],
)
def test_the_link_check_names_what_is_broken(site, page, broken):
    check = _load(DOCS / "tools" / "check_links.py").check
    assert check(site) == ([], {"https://arxiv.org": ["b.html"]})
    (site / "c.html").write_text(page)
    found, _ = check(site)
    assert len(found) == 1 and found[0].startswith("c.html: ") and found[0].endswith(broken)


def test_docstrings_keep_their_stars_and_bars():
    pytest.importorskip("sphinx.application")
    plain = _load(DOCS / "_ext" / "plain_docstrings.py").plain
    text = ["D* and |s| of P_r, in `a*b`.", "", "    v* = argmax", "", "Args:", "    x: of P_g*."]
    assert plain(text) == [
        r"D\* and \|s\| of P_r, in ``a*b``.",
        "",
        "::",
        "",
        "    v* = argmax",
        "",
        "Args:",
        r"    x: of P_g\*.",
    ]


def test_every_public_part_has_a_page_of_the_api():
    parts = {name for name in gantheory.__all__ if (Path(gantheory.__file__).parent / name).is_dir()}
    assert parts - {page.stem for page in (DOCS / "api").glob("*.md")} == set()

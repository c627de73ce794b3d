"""What notebooks show: well-formed HTML, LaTeX with balanced braces, and the numbers and formulas in both."""

from __future__ import annotations

import math
from html.parser import HTMLParser

import pytest

import gantheory as gt
from gantheory.derivation.verdict import Verdict
from gantheory.divergences import DivergenceResult
from gantheory.support.notebook import number


class _Table(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.cells = [], []
        self.feed(text)
        assert not self.open, "a tag is not closed"

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag in ("th", "td", "caption"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.cells[-1] += data


def _rows(shown):
    cells = [cell for cell in _Table(shown._repr_html_()).cells]
    cells = cells[len(cells) % 2 :]
    return dict(zip(cells[::2], cells[1::2], strict=True))


def _balanced(text):
    assert text.count("{") == text.count("}") and text.count(r"\begin") == text.count(r"\end")
    return text


def test_an_objective_shows_its_four_functions():
    lsgan = gt.objectives.lsgan(0, 1, 1)
    assert _rows(lsgan)[r"\(B(v)\)"] == r"\(- \frac{v^{2}}{2}\)"
    assert r"B(v) &= - \frac{v^{2}}{2}" in _balanced(lsgan._repr_latex_())
    own = gt.objectives.parse(real="v", fake="-v", generator="-v", domain=(0, math.inf), name="<b>")
    assert own._repr_html_().count("<b>") == 1 and _rows(own)[r"\(v\)"] == r"\(\in [0, \infty]\)"


def test_a_theory_shows_what_it_derived():
    theory = gt.derive(gt.objectives.vanilla())
    rows = _rows(theory)
    assert rows[r"\(D^*(u)\)"] == r"\(\frac{u}{u + 1}\)"
    assert rows[r"\(f(u)\)"].endswith("; 2 JSD; convex")
    assert rows["ideal loss"].endswith("1.38629436")
    assert _balanced(theory._repr_latex_()).startswith(r"\begin{align*}")


@pytest.mark.parametrize(
    "objective", [gt.objectives.renyi(2), gt.objectives.alpha_gan(math.inf, 0.5)], ids=str
)
def test_what_has_no_formula_is_called_numeric_only_where_it_is(objective):
    theory = gt.derive(objective)
    shown, text = _rows(theory)[r"\(f(u)\)"], " ".join(theory.to_text().split())
    assert f"f(u) {shown}" in text and not shown.startswith("numeric")


def test_results():
    result = DivergenceResult(0.125, 3e-17, "pmf", (0.1, 0.15))
    assert _rows(result) == {"value": "0.125", "error": "3.0e-17", "method": "pmf", "interval": "0.1 to 0.15"}
    assert result._repr_latex_() == r"$0.125 \pm 3 \times 10^{-17}$"
    assert DivergenceResult(math.inf, 0.0, "pmf")._repr_latex_() == r"$\infty \pm 0$"
    verdict = Verdict(False, "symbolic", "f'' < 0 < 1", witness_log_u=2.5)
    assert _rows(verdict) == {
        "verdict": "fails",
        "method": "symbolic",
        "reason": "f'' < 0 < 1",
        "log u": "2.5",
    }
    assert verdict._repr_latex_() == r"$\text{fails},\ \log u = 2.5$"


@pytest.mark.parametrize(
    ("value", "want"),
    [(1e-7, r"1 \times 10^{-7}"), (-math.inf, r"-\infty"), (math.nan, r"\mathrm{nan}"), (0.5, "0.5")],
)
def test_numbers(value, want):
    assert number(value) == want

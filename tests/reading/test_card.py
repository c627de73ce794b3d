"""Cards: what they say is what the package computes, in three formats that stand alone."""

from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser
from shutil import which

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("matplotlib")

import gantheory as gt
from gantheory.errors import GantheoryError
from gantheory.objectives.catalogue import BUILT_IN
from gantheory.objectives.specification import from_spec, game_from_spec
from gantheory.reading import card
from gantheory.reading.sheets import pictures
from gantheory.reading.sheets.content import card_of
from gantheory.reading.sheets.tex import to_latex
from gantheory.reading.sheets.training import trained
from gantheory.reading.sheets.typography import html, latex, mathtext


class _Reader(HTMLParser):
    """Every tag is closed in its order, and nothing is loaded from elsewhere."""

    def __init__(self):
        super().__init__()
        self.open, self.links = [], []

    def handle_starttag(self, tag, attributes):
        self.links += [value for name, value in attributes if name in ("src", "href")]
        if tag not in ("meta", "img", "mspace"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _well_formed_latex(text):
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    opened = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", text):
        if kind == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert opened == []
    assert all(ord(char) < 0x80 for char in text), [char for char in text if ord(char) >= 0x80]
    outside = re.sub(r"\$[^$]*\$|\\begin\{align\*\}.*?\\end\{align\*\}|\\[_^]", "", text, flags=re.S)
    assert "_" not in outside and "^" not in outside


def _words(objective):
    return " ".join(
        line for section in card_of(objective, None, trained(objective, 0)).sections for line in section.lines
    )


def test_a_page_of_html_is_whole_and_loads_nothing(tmp_path):
    path = card("alpha_gan(0.5, 1.2)", tmp_path / "card.html")
    text = path.read_text()
    reader = _Reader()
    reader.feed(text)
    assert reader.open == []
    assert (
        all(link.startswith("data:image/svg+xml;base64,") for link in reader.links) and len(reader.links) == 2
    )
    assert text.count("<math") == 4 + 2 + 3 + 1 + 4


@pytest.mark.slow
def test_a_pdf_has_two_pages(tmp_path):
    written = card("lsgan(0, 1, 1)", tmp_path / "card.pdf").read_bytes()
    assert written.startswith(b"%PDF") and len(re.findall(rb"/Type /Page\b", written)) == 2


def test_the_latex_of_losses_in_code_is_a_document(tmp_path):
    path = card("gantheory.reading.example:d_loss,gantheory.reading.example:g_loss", tmp_path / "card.tex")
    text = path.read_text()
    _well_formed_latex(text)
    assert text.startswith(r"\documentclass") and text.endswith("\\end{document}\n")
    assert "0.693147" in text and "Nothing was found wrong" in text
    assert r"D_{h} = KL" not in text and r"$D_{h}$ = KL" in text


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(spec, marks=() if spec == "wgan" else pytest.mark.slow)
        for spec in (*BUILT_IN, 'relativistic("hinge")')
    ],
)
def test_every_built_in_objective_has_a_card(spec, tmp_path):
    game = game_from_spec(spec)
    _well_formed_latex(to_latex(card_of(game, None, trained(game, 0))))
    for suffix in (".html", ".pdf"):
        assert card(spec, tmp_path / f"card{suffix}").stat().st_size > 2_500


def test_the_numbers_are_those_of_theory_and_stability():
    objective = from_spec("alpha_gan(0.5, 1.2)")
    words = _words(objective)
    assert "discriminator's loss is 2." in words
    assert "squared Hellinger" in words
    found = gt.stability.local_spectrum(objective, [1.0, 2.0, 3.0]).verdict
    assert f"{found[0]} at 1, {found[1]} at 2, {found[2]} at 3" in words
    assert found[0] != found[2]


def test_a_verdict_names_its_method_and_a_failing_one_its_witness():
    words = _words(gt.objectives.alpha_gan(0.2, 0.2, saturating=False))
    assert re.search(
        r"f is convex \((symbolic|theorem|ball arithmetic|computer algebra): ", words
    ) or re.search(r"f is not convex \(.+\); is it 0 only at", words)
    assert "h is convex (" in words


def test_the_pictures_show_what_theory_says():
    theory = gt.derive(gt.objectives.vanilla(saturating=False))
    curves = dict(pictures.divergence_curves(theory))
    u = np.exp(pictures.LOG_U)
    np.testing.assert_allclose(
        curves["f_D"], u * np.log(u) - (u + 1) * np.log((u + 1) / 2), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(pictures.saturation_values(theory, pictures.LOG_U), 1 / (1 + u), rtol=1e-12)
    [left, right] = pictures.saturation(theory).axes
    assert right.get_yscale() == "log" and len(left.lines) == 3


@pytest.mark.slow
def test_a_small_training_is_told(tmp_path):
    text = card("vanilla(saturating=False)", tmp_path / "card.html", train=20).read_text()
    assert re.search(r"One run of 20 steps .* of 8 modes covered", text)
    assert "Not trained: " in card("wgan", tmp_path / "wgan.html", train=20).read_text()


@pytest.mark.slow
@pytest.mark.skipif(which("pdflatex") is None, reason="needs TeX")
@pytest.mark.parametrize("spec", sorted(BUILT_IN))
def test_tex_sets_two_pages_and_nothing_overfull(spec, tmp_path):
    path = card(spec, tmp_path / "card.tex", train=20)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=60)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout and "Missing character" not in done.stdout
    assert re.search(r"Output written on card.pdf \(([12]) page", done.stdout), done.stdout[-300:]


@pytest.mark.parametrize(
    ("line", "as_html", "as_latex", "as_mathtext"),
    [
        ("E_r A(v)", "<i>E</i><sub><i>r</i></sub> A(v)", "$E_{r}$ A(v)", "$E_{r}$ A(v)"),
        ("--train", "--train", "-{}-train", "--train"),
        ("mu^2 < 3", "<i>μ</i><sup>2</sup> &lt; 3", r"$\mu$\textsuperscript{2} < 3", r"$\mu$$^{2}$ < 3"),
        ("D_f_D", "<i>D</i><sub><i>f</i><sub><i>D</i></sub></sub>", "$D_{f_{D}}$", "$D_{f_{D}}$"),
        ("50 % of d_loss", "50 % of d_loss", r"50 \% of d\_loss", "50 % of d_loss"),
    ],
)
def test_lines_are_typeset(line, as_html, as_latex, as_mathtext):
    assert (html(line), latex(line), mathtext(line)) == (as_html, as_latex, as_mathtext)


@pytest.mark.parametrize(
    ("subject", "out", "train", "message"),
    [
        ("vanilla", "card.docx", 0, "out must be a file ending with .html, .pdf or .tex, got 'card.docx'"),
        ("vanilla", "card.pdf", -1, "train must be a nonnegative integer"),
        ("nonsense", "card.pdf", 0, "nonsense"),
        ("gantheory.reading.example:d_loss", "card.pdf", 0, "module:d_loss,module:g_loss"),
        (3, "card.pdf", 0, "subject must be an Objective, a Relativistic, an Identified or text, got 3"),
    ],
)
def test_bad_input_is_refused_before_any_file_is_written(subject, out, train, message, tmp_path):
    with pytest.raises((GantheoryError, TypeError, ValueError), match=re.escape(message)):
        card(subject, tmp_path / out if out != "card.docx" else out, train=train)
    assert list(tmp_path.iterdir()) == []

"""docs/answers.md: every command prints the lines shown, whose numbers are those of other computations."""

from __future__ import annotations

import math
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, optimize, stats

pytest.importorskip("torch")

PAGE = (Path(__file__).parents[2] / "docs" / "answers.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^## (\d+)\. (.+?)\n\n(.+?)(?=^## |\Z)", PAGE, re.M | re.S)


def _twice_jsd(shift):
    """2 JSD of N(0, 1) and N(shift, 1) by quadrature."""
    p, q = stats.norm(0, 1).pdf, stats.norm(shift, 1).pdf

    def density(x):
        return sum(a * math.log(2 * a / (p(x) + q(x))) for a in (p(x), q(x)) if a > 0)

    return integrate.quad(density, -12, shift + 12, limit=400)[0]


def _largest_step(d_steps, eigenvalue=5.0):
    """Of alternating steps with kappa = b = s = 1/2: where the spectral radius passes 1."""

    def excess(rate):
        pull = math.sqrt(eigenvalue) / 2
        keep = (1 - rate / 2) ** d_steps
        of_g = -2 * pull * (1 - keep)  # of the sum of the geometric series of D's steps
        step = [[1 + rate * pull * of_g, rate * pull * keep], [of_g, keep]]
        return max(abs(np.linalg.eigvals(step))) - 1 - 1e-12

    rates = np.linspace(0.05, 3, 600)
    first = next(i for i, rate in enumerate(rates) if excess(rate) > 0)
    return optimize.brentq(excess, rates[first - 1], rates[first])


KEYS = {
    1: (math.log(2), 1e-5),
    2: (math.log(4), 1e-8),
    3: (2 * (0.5**2) / 2, 1e-12),  # both halves (1/2)^2/2 at v = 1/2
    4: (24 * math.log(2), 0.02),  # 1 + e^-v rounds to 1 in float32; a grid found it
    5: (1 / 2, 1e-12),  # of KL'' = 1 and 2 JSD'' = 1/2
    6: ((1.2 - 1) / 1.2, 1e-12),
    7: (2, 1e-12),
    8: (_twice_jsd(6), 1e-9),
    9: (math.log(4), 1e-3),
    10: (2, 1e-12),
    11: (10, 1e-12),
    12: (-(0.9 * math.log(0.45) + 1.1 * math.log(0.55)), 1e-5),
    13: (0.25 * math.log(2 * 0.25 / 1.25) + 0.75 * math.log(2) + math.log(2 / 1.25), 1e-12),
    14: (_largest_step(5), 1e-3),
    15: (4 * (1 / 2) * (1 / 2) * 1 / (1 / 2) ** 2, 1e-12),
    16: (max((math.sqrt(x) - 1 / 2) / x for x in np.linspace(0.01, 9, 900)), 1e-4),
    17: (5, 1e-12),  # LeNet-5's name: the answer is a word
    18: (1 / 2, 1e-12),
    19: (1 / 2, 1e-12),
    20: (_twice_jsd(1), 1e-9),
}


def _numbers(text):
    found = [float(each) for each in re.findall(r"(?<![\w.])\d+\.?\d*(?:e-?\d+)?", text)]
    quotients = [float(a) / float(b) for a, b in re.findall(r"(\d+)/(\d+)", text)]
    return [*found, *quotients, *(float(each) for each in re.findall(r"(?<=lenet)\d", text))]


def test_there_are_twenty_questions():
    assert [int(number) for number, _, _ in SECTIONS] == list(range(1, 21))
    assert all(question.endswith("?") for _, question, _ in SECTIONS)


@pytest.mark.parametrize(("number", "question", "body"), SECTIONS, ids=[number for number, _, _ in SECTIONS])
def test_an_answer_is_what_its_command_prints(cli, monkeypatch, number, question, body):
    monkeypatch.setenv("COLUMNS", "80")
    [command] = re.findall(r"^```sh\n(gantheory .+)\n```$", body, re.M)
    shown = [line.strip() for line in re.findall(r"^    (.+)$", body, re.M)]
    done = cli(*shlex.split(command)[1:])
    assert done.err == ""
    printed = [" ".join(line.split()) for line in done.out.splitlines()]
    places = [
        next((i for i, line in enumerate(printed) if " ".join(each.split()) in line), None) for each in shown
    ]
    assert shown and None not in places, (shown, places)
    key, tolerance = KEYS[int(number)]
    assert any(math.isclose(value, key, rel_tol=tolerance) for value in _numbers(" ".join(shown)))


def test_a_step_of_one_is_what_answer_14_compares_with(cli):
    assert f"alternating steps of G: up to {_largest_step(1):.3f}" in cli("stability", "vanilla").out

"""Losses that are not concave in the score: the winner is the highest of ends, kinks and stationary scores.

Each against the largest value of u A + B on a grid of scores, at u on both sides of every change.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import gantheory as gt
from gantheory.lowering import lower
from gantheory.objectives import v

parse = gt.objectives.parse
LOSSES = {
    "square against a line": (dict(real="v**2", fake="-v", domain=(0, 1)), [1]),
    "squares of D": (dict(real="D**2", fake="-D", link="sigmoid(v)"), [1]),
    "clamped square": (dict(real="min(max(v,0),1)**2", fake="-min(max(v,0),1)"), [1]),
    "root hinge": (dict(real="-max(0,1-v)**0.5", fake="-max(0,1+v)", domain=(-1, 1)), [math.sqrt(2)]),
    "cubic and square": (dict(real="v**3", fake="-v**2", domain=(-1, 1)), [1]),
    "quartic and square": (dict(real="v**4", fake="-v**2", domain=(-1, 1)), [1]),
    "cubic and line": (dict(real="v**3", fake="-v", domain=(-1, 1)), [1 / 3, 4 / 3]),
    "inside against an end": (dict(real="v**3-v", fake="-v**2", domain=(-2, 1.5)), [1.3585701736362872]),
}


def theory_of(texts):
    return gt.derive(parse(**texts, generator="-v"))


@pytest.mark.slow_cases("inside against an end")
@pytest.mark.parametrize("name", LOSSES)
def test_the_highest_wins(name):
    texts, changes = LOSSES[name]
    theory = theory_of(texts)
    found = [math.exp(float(b)) for b in theory.generating_function("discriminator").breakpoints]
    assert found == pytest.approx(changes, rel=1e-12)
    low, high = (float(end) for end in theory.objective.domain)
    grid = np.linspace(max(low, -40), min(high, 40), 40001)
    A, B = (np.broadcast_to(lower(f, v)(grid), grid.shape) for f in (theory.objective.A, theory.objective.B))
    f = theory.generating_function("discriminator")
    t = np.array([-3.0, -0.7, -0.2, 0.2, 0.5, 2.0])
    best = np.array([(math.exp(x) * A + B).max() for x in t])
    # f_D is the supremum less a line through its value at u = 1.
    gap = f.of_log(t) - (best - (A + B).max())
    slope = gap[-1] / np.expm1(t[-1])
    assert gap == pytest.approx(slope * np.expm1(t), abs=1e-6)


def test_cpe_with_a_square():
    # f_D = max(0, u - 1) less half its slope: 0.45 against 0.6, 0.55 against 0.4.
    theory = gt.derive(gt.objectives.cpe("1-D**2", "D", "1-D", "D"))
    assert theory.divergence([0.45, 0.55], [0.6, 0.4], kind="discriminator").value == pytest.approx(0.15)


@pytest.mark.slow
def test_a_branch_that_another_maximum_cuts_short():
    # v* jumps at u = 1.752 from the inside of one branch to that of another; h by small steps of u dh' = -ds.
    objective = parse(real="tanh(v)-0.05*v**2", fake="-tanh(3*v)-0.1*v**2", generator="-v")
    theory = gt.derive(objective)
    A, B = (lower(f, v) for f in (objective.A, objective.B))
    grid = np.linspace(-3, 3, 6_001)
    a, b = A(grid), B(grid)

    def h(u, steps=400):
        t = np.linspace(0.0, math.log(u), steps + 1)
        s = -np.array([grid[np.argmax(math.exp(x) * a + b)] for x in t])
        return -u * (np.diff(s) * np.exp(-(t[1:] + t[:-1]) / 2)).sum() + s[-1] - s[0]

    P, Q = [0.1, 0.25, 0.4, 0.25], [0.3, 0.3, 0.1, 0.3]
    wanted = sum(q * h(p / q) for p, q in zip(P, Q, strict=True))
    assert theory.divergence(P, Q, kind="flow").value == pytest.approx(wanted, rel=1e-2)
    # What the first divergence left behind changes nothing: as by a theory that is asked this alone.
    again = theory.divergence([1 / 30, 29 / 30], [0.1, 0.9], kind="flow").value
    assert again == pytest.approx(0.0079676, rel=1e-5)
    # S = -v rises nowhere, while u R + S jumps with v*.
    assert theory.convexity().holds is False and "f jumps at u = 1.752" in theory.convexity().reason
    assert theory.convexity("flow").holds is None


def test_scores_that_run_to_infinity_faster_than_their_slopes():
    # A' = 1 - tanh^2 rounds to 0 far out, where the inversion looks for a bracket.
    theory = gt.derive(parse(real="tanh(v)", fake="-tanh(v)-0.01*v**2", generator="-tanh(v)"))
    assert theory.divergence([0.5, 0.5], [0.9, 0.1]).value == pytest.approx(0.7613618710189669, rel=1e-9)
    verdict = theory.convexity()
    assert verdict.holds is False
    # f' = dS/dv dv/du falls there: chords of f on a fine grid of scores, u = rho(v).
    v = np.linspace(-9.0, 9.0, 4001)
    u = (1 / np.cosh(v) ** 2 + 0.02 * v) * np.cosh(v) ** 2
    v, u = v[u > 0], u[u > 0]
    order = np.argsort(u)
    at = np.interp(np.exp(verdict.witness_log_u + np.array([-0.02, 0.0, 0.02])), u[order], v[order])
    f, x = -np.tanh(at), np.exp(verdict.witness_log_u + np.array([-0.02, 0.0, 0.02]))
    assert (f[1] - f[0]) / (x[1] - x[0]) > (f[2] - f[1]) / (x[2] - x[1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda theory: theory.equals(3), "formula must be text or a sympy expression in u, got 3"),
        (lambda theory: theory.divergence([1.0], [1.0], dsp=30), "no option 'dsp'; did you mean 'dps'"),
        (lambda theory: theory.divergence([1.0], [1.0], certified="yes"), "certified must be True or False"),
        (lambda theory: gt.objectives.from_spec(3), "text must be text, got 3"),
        (
            lambda theory: parse(real="-v**2", fake="-v**2", generator="v", domain=(0,)),
            "domain must be a list of 2",
        ),
    ],
)
def test_what_is_no_input_is_named(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call(gt.derive(gt.objectives.vanilla()))

"""Two separated maxima that tie at u = 1: what is reported there is optimal, by maxima on a fine grid."""

import math
import sys

import numpy as np
import pytest
import sympy as sp
from scipy import stats

from gantheory import objectives as go
from gantheory.derivation import Theory, derive
from gantheory.derivation.optimum import optimal_score
from gantheory.errors import GantheoryError
from gantheory.objectives import parse, v

GRID = np.concatenate([np.linspace(-9, 9, 900_001), [-1.0, 0.0, 1.0]])
P, Q = np.array([0.5, 0.5]), np.array([0.9, 0.1])
SEPARATED = {
    "two wells": ("-(v**2-1)**2+v/10", "-(v**2-1)**2-v/10", "v = -1 and v = 1 are optimal, v = 1 is"),
    "two bumps": (
        "exp(-(v-2)**2)+v/20-v**2/100",
        "exp(-(v+2)**2)-v/20-v**2/100",
        "v = -1.96072436445 and v = 1.96072436445 are optimal, v = 1.96072436445 is",
    ),
    "finite and infinite": (  # A, B -> 0 at -oo, as nearly at the end of the grid
        "v*exp(-v**2)-relu(v-1)",
        "exp(-v**2)-2*Max(0,v+1)",
        "v = -1 and v = -oo are optimal, v = -1 is",
    ),
    "kinks": ("-Abs(Abs(v)-1) + v/2", "-Abs(Abs(v)-1) - v/2", "v = -1 and v = 1 are optimal, v = 1"),
}


def heights(objective, weights):
    """max_v of p A + q B on the grid, for each pair of weights."""
    with np.errstate(all="ignore"):
        A, B = (
            np.broadcast_to(sp.lambdify(v, getattr(objective, role), "numpy")(GRID), GRID.shape)
            for role in "AB"
        )
    return [(p * A + q * B).max() for p, q in weights]


@pytest.mark.slow_cases("two wells")
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n == "two bumps" else n for n in SEPARATED]
)
def test_what_is_reported_at_a_tie_is_optimal(name):
    real, fake, tie = SEPARATED[name]
    objective = parse(real=real, fake=fake, generator="-v")
    theory = derive(objective)
    assert f"u = 1: {tie}" in theory.to_json()["ties"][0]
    assert tie.replace("oo", "inf") in " ".join(theory.to_text().split())
    best, *terms = heights(objective, [(1, 1), *zip(P, Q, strict=True)])
    score = theory.score_at(1.0, 1.0)
    functions = objective.functions()
    assert float(functions.A(score) + functions.B(score)) == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert float(theory.ideal_loss) == pytest.approx(-best, rel=1e-9, abs=1e-9)
    found = theory.divergence(P, Q, "discriminator").value
    assert found == pytest.approx(math.fsum(terms) - best, rel=1e-7)
    if not np.isfinite(theory.score_at(P, Q)).all():
        return
    # f(1) = 0: its constant is S at the reported score.
    wanted = float((Q * -theory.score_at(P, Q)).sum() + score)
    assert theory.divergence(P, Q).value == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "divergence"),
    [
        ("two wells", 0.0802364757),
        pytest.param("two bumps", 0.4787926, marks=pytest.mark.slow),
        pytest.param("finite and infinite", 0.1471518, marks=pytest.mark.slow),
    ],
)
def test_divergences_across_a_tie(name, divergence):
    """Numbers of an independent maximization."""
    real, fake, _ = SEPARATED[name]
    theory = derive(parse(real=real, fake=fake, generator="-v"))
    assert theory.divergence(P, Q, "discriminator").value == pytest.approx(divergence, rel=2e-7)


def test_discriminators_at_a_tie_are_those_of_the_score():
    """Not the mean of both sides: the link is not linear."""
    theory = derive(
        parse(real="-(v**2-1)**2+v/10", fake="-(v**2-1)**2-v/10", generator="-v", link="sigmoid(v)")
    )
    assert float(theory.discriminator_at(1.0, 1.0)) == pytest.approx(1 / (1 + math.exp(-1)), rel=1e-14)


def test_a_quartic_maximum():
    """A + B = -2 v^4: v*(u) = cbrt((u - 1)/(4 (u + 1)))."""
    theory = derive(parse(real="v-v**4", fake="-v-v**4", generator="-v"))
    assert theory.ideal_loss == 0
    score = np.cbrt((P / Q - 1) / (4 * (P / Q + 1)))
    wanted = math.fsum(P * (score - score**4) - Q * (score + score**4))
    assert theory.divergence(P, Q, "discriminator").value == pytest.approx(wanted, rel=1e-12)
    assert theory.divergence(P, Q).value == pytest.approx(-math.fsum(Q * score), rel=1e-12)
    from gantheory.reading.exporting.export import export

    script = export('parse(real="v-v**4", fake="-v-v**4", generator="-v")', "torch")
    assert "nan" not in script.lower()


@pytest.mark.slow_cases(
    "sigmoid(v)--relu(v-1)-ratio0-score0", "log(sigmoid(v)+1/100)--v**2*exp(-v)-ratio2-score2"
)
@pytest.mark.parametrize(
    ("real", "fake", "ratio", "score"),
    [
        # sigmoid' = 1/u above the kink at 1, which holds up to u = 4 cosh(1/2)^2.
        ("sigmoid(v)", "-relu(v-1)", [1.0, 5.0, 9.0], [1.0, 1.0, math.acosh(9 / 2 - 1)]),
        ("-v**2*exp(-v)", "-v**2*exp(v)", [1e-9, 1.0, 1e9], [0.0, 0.0, 0.0]),
        ("log(sigmoid(v)+1/100)", "-v**2*exp(-v)", [1e-9, 1.0, 1e9], [math.inf] * 3),
    ],
)
def test_scores_where_sympy_gave_up(real, fake, ratio, score):
    theory = derive(parse(real=real, fake=fake, generator="-v"))
    np.testing.assert_allclose(theory.score_at(ratio, 1.0), score, rtol=1e-12)
    assert theory.to_text() and theory.to_json() and theory.to_latex()


def test_a_tie_at_a_kink_whose_slope_has_a_limit_and_no_value():
    # A' holds (-v)^(3/2)/v: u = 2 is where the score passes 0.
    theory = derive(parse(real="-abs(v)**(3/2)-v", fake="-(v-1)**2", generator="-v"))
    inside = ((math.sqrt(10.25) - 1.5) / 4) ** 2  # at u = 1: 2 v + 3 sqrt(v)/2 = 1
    np.testing.assert_allclose(theory.score_at([2.0, 1.0], 1.0), [0.0, inside], rtol=1e-12)


@pytest.mark.parametrize("raised", [sp.PolynomialError("x\ny"), TypeError("NaN"), NotImplementedError()])
def test_no_exception_of_sympy_reaches_the_user(raised, monkeypatch):
    def fails(*_, **__):
        raise raised

    theory = Theory(go.vanilla(), optimal_score(go.vanilla()))  # of which nothing is known yet
    monkeypatch.setattr("gantheory.derivation.theory.saturation", fails)
    with pytest.raises(GantheoryError, match=r"^vanilla: the saturation was not found, as sympy [^\n]+$"):
        theory.to_text()
    with pytest.raises(ValueError, match="kind"):
        theory.ends("f")
    module = sys.modules["gantheory.derivation.optimum.optimal_score"]
    monkeypatch.setattr(module, "stretches", fails)
    with pytest.raises(GantheoryError, match=r"^vanilla: the optimal score was not found[^\n]+$"):
        optimal_score(go.vanilla())


@pytest.mark.slow_cases("options0-losses1-None")
@pytest.mark.parametrize(
    ("losses", "right"),
    [
        # v* = -1 below u = 1/2 and 1 above; between them all are optimal, and 0 is reported.
        ({"real": "-2*max(0, 1-v)", "fake": "-max(0, 1+v)", "generator": "-v"}, 1),
        # v* jumps from the inside of one branch to that of another, of which one is reported.
        (
            {"real": "tanh(v)-0.05*v**2", "fake": "-tanh(3*v)-0.1*v**2", "generator": "-v"},
            None,
        ),
    ],
)
@pytest.mark.parametrize("options", [{}, {"dps": 16}])
def test_an_atom_whose_ratio_is_where_f_jumps_counts_by_the_reported_score(losses, right, options):
    theory = derive(parse(**losses))
    (tie,) = theory.solution.jumps
    for q in (1 / 3,) if options else (0.1, 0.2, 0.3, 1 / 3):
        p = float(tie.at) * q  # such ratios and logarithms round to either side
        P, Q = [p, 1 - p], [q, 1 - q]
        scores = theory.score_at(P, Q)
        assert scores[0] == pytest.approx(float(tie.score), abs=1e-15)
        expected = -(Q @ scores) + float(theory.score_at(1.0, 1.0))
        assert float(theory.divergence(P, Q, **options).value) == pytest.approx(expected, rel=1e-12)
    if right is not None:
        assert theory.f.subs(theory.u, tie.at) == right
        laws = [stats.rv_discrete(values=([0, 1], pmf)) for pmf in ([0.05, 0.95], [0.1, 0.9])]
        assert theory.divergence(*laws).value == pytest.approx(0.1 * right, rel=1e-12)


def test_f_at_a_jump_is_less_by_its_slope_at_one():
    losses = {"real": "-2*max(0, 1-v)", "fake": "-max(0, 1+v)", "generator": "-v", "generator_real": "v"}
    theory = derive(parse(**losses))
    # (u - 1) v* - (u - 1) with v* = -1, 0 and 1 below, at and above u = 1/2.
    for ratio, value in (("1/4", "3/2"), ("1/2", "1/2"), ("3/4", 0), (3, 0)):
        assert theory.f.subs(theory.u, sp.Rational(ratio)) == sp.Rational(value)

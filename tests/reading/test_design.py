"""Designed losses have what was wanted, by what `derive` finds on its own; what has no design is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import sympy as sp
import torch

import gantheory as gt
from gantheory.errors import ExpressionError, NoPointwiseTheoryError
from gantheory.reading import NoDesignError, design

DIVERGENCES = {
    "KL": "u*log(u)",
    "reverse KL": "-log(u)",
    "squared Hellinger": "(sqrt(u) - 1)**2",
    "JS": "u*log(u) - (u + 1)*log((u + 1)/2)",
    "Pearson": "(u - 1)**2",
    "Neyman": "(1 - u)**2/u",
    "Jeffreys": "(u - 1)*log(u)",
    "power 3/2": "u**(3/2)",
    "triangular": "(u - 1)**2/(u + 1)",
}
QUICK = ["vanilla", "lsgan(-1, 1, 0)"]
SLOW = [
    *("alpha_gan(0.5, 1)", 'fgan("kl")'),
    *("alpha_gan(2, 2)", "lkgan(3)", 'fgan("pearson")', 'fgan("squared_hellinger")', 'fgan("reverse_kl")'),
    *('fgan("neyman")', 'fgan("js")', 'fgan("jeffrey")', "renyi(2)", "l_alpha(2)"),
]


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        # Fast: each divergence once, half of them with either discriminator.
        pytest.param(spec, name, marks=() if spec == QUICK[row % 2] else pytest.mark.slow)
        for row, name in enumerate(DIVERGENCES)
        for spec in (*QUICK, *SLOW)
    ],
)
def test_round_trip_with_derive(spec, name):
    wanted = DIVERGENCES[name]
    for wish, quantities in (("flow", "h"), ("equilibrium", "fh")):
        theory = gt.derive(design(discriminator=spec, **{wish: wanted}))
        for quantity in quantities:
            equality = theory.equals(wanted, quantity)
            assert equality.holds and equality.scale == 1


@pytest.mark.parametrize("name", ["reverse KL", "squared Hellinger", "JS"])
def test_an_equilibrium_without_real_term(name):
    objective = design(equilibrium=DIVERGENCES[name], real_term=False)
    theory = gt.derive(objective)
    assert objective.R == 0 and theory.equals(DIVERGENCES[name], "f").scale == 1
    # With f'(inf) (u - 1) taken off, S falls with the density ratio.
    assert (np.diff(objective.functions().S(np.linspace(-4, 4, 30))) < 0).all()


def test_textbook_losses_come_out():
    v = gt.objectives.v
    assert sp.simplify(design(flow="u*log(u)").S + sp.exp(v)).is_constant()  # maximum likelihood
    assert -v == design(saturation="1").S
    two_jsd = design(flow=DIVERGENCES["JS"])
    assert sp.simplify(sp.diff(two_jsd.S - gt.objectives.vanilla().S, v)) == 0


@pytest.mark.slow_cases("(1 - D)**(1/3)-<lambda>-vanilla", "sqrt(D)-sqrt-vanilla")
@pytest.mark.parametrize(
    "spec",
    ["vanilla", *(pytest.param(d, marks=pytest.mark.slow) for d in ("alpha_gan(0.5, 1)", "lsgan(0, 1, 1)"))],
)
@pytest.mark.parametrize(
    ("size", "of_output"),
    [
        ("1", lambda D: 1 + 0 * D),
        ("D", lambda D: D),
        ("1 - D", lambda D: 1 - D),
        ("sqrt(D)", np.sqrt),
        ("(1 - D)**(1/3)", lambda D: (1 - D) ** (1 / 3)),
        ("sqrt(D*(1 - D))", lambda D: np.sqrt(D * (1 - D))),
        ("1/(1 + D)", lambda D: 1 / (1 + D)),
    ],
)
def test_a_wanted_saturation(spec, size, of_output):
    theory = gt.derive(design(saturation=size, discriminator=spec))
    t = np.array([-5, -0.5, 0.2, 5])
    D = theory.discriminator_at_log_ratio(t)
    assert theory.saturation_of_score(theory.score_at_log_ratio(t)) == pytest.approx(of_output(D), rel=1e-9)
    # and by finite differences of S along the optimum
    step = 1e-5
    S = theory.objective.functions().S
    rise = S(theory.score_at_log_ratio(t + step)) - S(theory.score_at_log_ratio(t - step))
    assert -rise / (2 * step) == pytest.approx(of_output(D), rel=1e-4)


def test_a_designed_loss_trains_and_is_identified_again():
    objective = design(flow=DIVERGENCES["squared Hellinger"])
    found = gt.identify(*objective.torch_losses())
    assert found.findings == ()
    assert sp.simplify(sp.diff(found.objective.S - objective.S, gt.objectives.v)) == 0
    scores = torch.zeros(3, requires_grad=True)
    objective.torch_losses()[1](scores.detach(), scores).backward()
    assert scores.grad == pytest.approx(torch.full((3,), -1 / 6))  # S = -exp(v/2), a mean over 3


PROBIT = 'parse(real="log(erfc(-v/sqrt(2))/2)", fake="log(erfc(v/sqrt(2))/2)", generator="-v")'


@pytest.mark.parametrize(
    ("wishes", "error", "says"),
    [
        ({}, ValueError, "give one of flow, equilibrium, saturation, got none"),
        ({"flow": "u", "saturation": "1"}, ValueError, "got flow and saturation"),
        ({"flow": "-u*log(u)"}, NoDesignError, "is not convex"),
        ({"flow": "u**3 - 6*u**2"}, NoDesignError, "is not convex: its second derivative at u ="),
        ({"flow": "3*u + 1"}, NoDesignError, "is linear in u"),
        ({"flow": "abs(u - 1)"}, NoDesignError, "has a slope that jumps"),
        ({"flow": "sqrt(u - 1)"}, NoDesignError, "is not a real number at u ="),
        ({"flow": "exp(u)"}, NoDesignError, "leaves the range of floats, 1e308, at u = 854.1"),
        ({"flow": "log(-1)*u"}, NoDesignError, "is not a real number"),
        ({"saturation": "log(-2)"}, NoDesignError, "is not a real number"),
        ({"flow": "u*log(u)", "discriminator": "hinge"}, NoDesignError, "its optimal score jumps"),
        ({"flow": "u*log(u)", "discriminator": "wgan"}, NoPointwiseTheoryError, "critic class"),
        ({"saturation": "D - 1/2"}, NoDesignError, "saturation must be a size"),
        ({"saturation": "D", "discriminator": PROBIT}, NoDesignError, "saturation must be a size"),
        ({"saturation": "0"}, NoDesignError, "leaves no gradient"),
        ({"saturation": "exp(-u)"}, NoDesignError, "no elementary integral"),
        ({"flow": "x*log(u)"}, ExpressionError, "unknown name 'x'"),
        ({"flow": "__import__('os')"}, ExpressionError, "not allowed"),
        ({"flow": 3}, TypeError, "flow must be text or a sympy expression in u"),
        (
            {"flow": "u*log(u)", "discriminator": 3},
            TypeError,
            "discriminator must be an Objective or text, got 3",
        ),
    ],
)
def test_what_has_no_design_is_refused(wishes, error, says):
    with pytest.raises(error, match=says) as refusal:
        design(**wishes)
    assert "\n" not in str(refusal.value)


def test_the_verb(cli):
    done = cli("design", "--flow", "u*log(u)")
    assert (done.status, done.err) == (0, "") and "KL(P_r||P_g)" in done.out
    args = ("--flow", "u*log(u)", "--discriminator", "lsgan(0, 1, 1)", "--json")
    answer = json.loads(cli("design", *args).out)
    assert answer["flow"] == "KL(P_r||P_g)"
    again = gt.objectives.from_spec(answer["objective"])
    assert gt.derive(again).equals("u*log(u)", "h").scale == 1
    assert cli("design").status == 2

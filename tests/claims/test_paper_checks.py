"""Checks that decide by themselves: a shifted statement must fail, and other methods must agree."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

import gantheory as gt
from gantheory.claims import decide
from gantheory.claims.comparisons.lambert import resolve_lambert
from gantheory.claims.comparisons.sampling import Sampler
from gantheory.claims.comparisons.verdicts import proved
from gantheory.claims.papers import (
    berthelot_2017,
    gulrajani_2017,
    mao_2017,
    miyato_2018,
    nowozin_2016,
    poole_2016,
)
from gantheory.claims.symbolic_game import least_squares_game
from gantheory.derivation.verdict import Verdict
from gantheory.objectives.families.fgan import DIVERGENCES
from gantheory.objectives.objective import v

MILLIONTH = sp.Rational(1, 10**6)


@pytest.mark.parametrize("name", nowozin_2016.RANGES)
def test_a_shifted_end_of_a_range_is_noticed(name):
    low, high = nowozin_2016.RANGES[name]
    assert nowozin_2016.onto(name, low, high).holds is True
    assert nowozin_2016.onto(name, low, (high if high.is_finite else 0) + MILLIONTH).holds is False


def test_a_decreasing_activation_is_noticed():
    assert nowozin_2016.positive(sp.exp(-v)) is True
    assert nowozin_2016.positive(-sp.exp(-v)) is False
    assert nowozin_2016.positive(sp.exp(-v) - MILLIONTH) is False


def test_the_frozen_step_of_kl_is_not_its_gradient():
    assert poole_2016.descends("kl", True).holds is False
    assert poole_2016.descends("reverse_kl", False).holds is False


def test_labels_that_change_the_scale_only():
    assert mao_2017.multiple_of_pearson(3, 1, 7) == 1
    assert mao_2017.multiple_of_pearson(0, 1, 5) == sp.Rational(1, 4)


def test_without_a_proof_a_verdict_leaves_the_claim_undecided():
    assert proved(Verdict(True, "scan", "no violation found"), "convex").holds is None
    assert proved(Verdict(None, "symbolic", "too hard"), "convex").holds is None
    assert proved(Verdict(True, "symbolic", "f'' > 0", strict=None), "convex", strict=True).holds is None
    assert proved(Verdict(True, "symbolic", "f'' >= 0", strict=False), "convex", strict=True).holds is False
    failing = Verdict(False, "ball arithmetic", "f'' < 0", witness_log_u=2.0)
    assert proved(failing, "convex").holds is False
    assert "log u = 2" in proved(failing, "convex").decide(Sampler(0)).counterexample
    assert proved(failing, "not convex", holds=False).holds is True
    assert proved(failing, "not convex", holds=False).decide(Sampler(0)).method == "ball arithmetic"


def test_lambert_is_resolved_only_where_proved():
    w = sp.Symbol("w", positive=True)
    z = sp.LambertW(w * sp.exp(w))
    assert resolve_lambert(z, w) == w
    assert resolve_lambert(z, 1 + w) == z
    assert resolve_lambert(sp.LambertW(w * sp.exp(w), -1), w) == sp.LambertW(w * sp.exp(w), -1)


def test_the_optimal_critic_on_the_line_is_scipys_wasserstein_distance():
    from scipy.stats import wasserstein_distance

    sampler = Sampler(5)
    for _ in range(20):
        P, Q = sampler.pair()
        points = range(len(P))
        reference = wasserstein_distance(points, points, [float(x) for x in P], [float(x) for x in Q])
        assert float(berthelot_2017.best_critic(P, Q)) == pytest.approx(reference, rel=1e-12)
        assert berthelot_2017.best_critic(P, Q) >= abs(berthelot_2017.mean(P) - berthelot_2017.mean(Q))
        # Moving every point by 2 costs exactly 2.
        moved = wasserstein_distance(
            [k + 2 for k in points], points, [float(x) for x in P], [float(x) for x in P]
        )
        assert moved == pytest.approx(2, rel=1e-12)
    assert berthelot_2017.mean((Fraction(1, 2), Fraction(1, 2))) == Fraction(1, 2)


def test_the_penalized_pair_by_another_method():
    theta, lam = 0.7, 10.0
    slopes = np.linspace(1.0, 1.1, 200_001)
    gains = slopes * theta - lam * (slopes - 1) ** 2
    claimed = gulrajani_2017.dirac.check(sp.Rational(7, 10), sp.Integer(10))
    assert float(claimed[0].computed) == pytest.approx(slopes[gains.argmax()], abs=1e-6)
    assert float(claimed[1].computed) == pytest.approx(gains.max(), rel=1e-9)


def test_slope_of_the_largest_singular_value_by_a_difference_quotient():
    t = sp.Symbol("t")
    W = sp.diag(3, 2).col_join(sp.zeros(1, 2))
    E = sp.Matrix(3, 2, [1, -2, 5, 3, -1, 4])
    found = sp.diff(miyato_2018.top_singular_value(W, E, t), t).subs(t, 0)
    with mpmath.workdps(50):
        step = mpmath.mpf(10) ** -20

        def top(s):
            moved = mpmath.matrix(W.tolist()) + s * mpmath.matrix(E.tolist())
            return max(mpmath.svd_r(moved, compute_uv=False))

        assert abs((top(step) - top(-step)) / (2 * step) - mpmath.mpf(int(found))) < mpmath.mpf(10) ** -15


@pytest.mark.parametrize("loss", ["standard", "least_squares", "hinge"])
@pytest.mark.parametrize("average", [True, False])
def test_no_critic_beats_a_constant_one_between_equal_distributions(loss, average):
    """Real and generated data are the same four points; the paired form sees all sixteen pairs."""
    torch = pytest.importorskip("torch")
    objective = gt.objectives.relativistic(loss, average=average)
    discriminator, _ = objective.torch_losses()
    ideal = float(objective.ideal_loss)
    pairs = torch.tensor(list(itertools.product(range(4), repeat=2)))
    constant = torch.full((16,), 0.3, dtype=torch.float64)
    assert discriminator(constant, constant).item() == pytest.approx(ideal, rel=1e-14)
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        scores = torch.randn(4, generator=generator, dtype=torch.float64)
        loss_here = discriminator(scores[pairs[:, 0]], scores[pairs[:, 1]]).item()
        assert loss_here >= ideal * (1 - 1e-14)


def test_wrong_statements_name_a_counterexample():
    for claim in (mao_2017.condition, miyato_2018.reverse_kl):
        result = decide(claim)
        assert result.verdict == "fails" and result.counterexample and result.correction


@pytest.mark.parametrize("labels", [(0, 1, 1), (-1, 1, 0), (3, sp.Rational(1, 2), -2)])
@pytest.mark.parametrize("real_term", [True, False])
def test_the_symbolic_least_squares_game_is_the_objective(labels, real_term):
    game, objective = (
        least_squares_game(*labels, real_term),
        gt.objectives.lsgan(*labels, real_term=real_term),
    )
    for role in ("A", "B", "R", "S"):
        assert sp.expand(getattr(game, role) - getattr(objective, role)) == 0
    assert sp.cancel(game.score - gt.derive(objective).score) == 0


def test_a_slip_in_the_package_is_noticed(monkeypatch):
    """Verdicts are computed from the package's objects: another conjugate there, and the row fails."""
    row = DIVERGENCES["kl"]
    monkeypatch.setitem(DIVERGENCES, "kl", replace(row, conjugate=row.conjugate * (1 + MILLIONTH)))
    assert decide(nowozin_2016.kl).verdict == "fails"
    assert decide(poole_2016.kl).verdict == "fails"

"""The closed forms of the NTK flow against an integration of the flow itself at 40 digits."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

import gantheory as gt
from gantheory.claims.papers import franceschi_2022 as paper

DIGITS = 25
K = sp.Matrix([[3, 1, 1, 0], [1, 2, 0, 1], [1, 0, 4, 1], [0, 1, 1, 5]])
"""Positive definite, and the labels are no eigenvector."""


def integrated(objective, kernel, time, scale=1):
    """Scores of the 2 + 2 points at `time`, from v_0 = 0, by Taylor integration of the lowered A' and B'."""
    functions = objective.functions(backend="mpmath")
    matrix = [[mpmath.mpf(int(x.p)) / int(x.q) for x in kernel[i, :]] for i in range(4)]

    def field(_, scores):
        pulls = [functions.A.derivative(v) / 2 for v in scores[:2]]
        pulls += [functions.B.derivative(v) / 2 for v in scores[2:]]
        return [scale * sum(k * p for k, p in zip(row, pulls, strict=True)) for row in matrix]

    return mpmath.odefun(field, 0, [mpmath.mpf(0)] * 4)(time)


def agreement(found, wanted):
    return max(abs(a - b) / (1 + abs(b)) for a, b in zip(found, wanted, strict=True))


def labels():
    return sp.Matrix(paper.LABELS)


def test_ipm_is_linear_in_time():
    with mpmath.workdps(DIGITS):
        slope = K * sp.Matrix([1, 1, -1, -1]) / 2
        found = integrated(gt.objectives.ipm("rkhs"), K, 3)
        assert agreement(found, [mpmath.mpf(int(x.p)) / int(x.q) * 3 for x in slope]) < 1e-20


def test_lsgan_matches_the_matrix_exponential():
    with mpmath.workdps(DIGITS):
        found = integrated(gt.objectives.lsgan(-1, 1, 0), K, mpmath.mpf("0.7"), scale=2)
        decay = mpmath.expm(-mpmath.mpf("0.7") * mpmath.matrix(K.tolist()), method="taylor")
        y = mpmath.matrix([1, 1, -1, -1])
        assert agreement(found, list(y - decay * y)) < 1e-15


def eigenbasis_formula(kernel, time):
    """psi(t K/N) y in mpmath's own eigenbasis."""
    values, vectors = mpmath.eigsy(mpmath.matrix(kernel.tolist()))
    y = mpmath.matrix([1, 1, -1, -1])
    projected = vectors.T * y
    for i in range(4):
        z = values[i] * time / 4
        projected[i] *= z + 1 - mpmath.lambertw(mpmath.exp(z + 1)).real
    return list(vectors * projected)


@pytest.mark.slow
def test_the_eigenbasis_formula_fails_for_general_data_and_holds_for_an_eigenvector():
    block = sp.Matrix([[3, 1, 1, 0], [1, 3, 0, 1], [1, 0, 3, 1], [0, 1, 1, 3]])
    assert block * labels() == 3 * labels()
    with mpmath.workdps(DIGITS):
        wrong = integrated(gt.objectives.vanilla(), K, 3, scale=mpmath.mpf(1) / 2)
        assert agreement(wrong, eigenbasis_formula(K, 3)) > 1e-3
        right = integrated(gt.objectives.vanilla(), block, 3, scale=mpmath.mpf(1) / 2)
        assert agreement(right, eigenbasis_formula(block, 3)) < 1e-15


@pytest.mark.parametrize("slip", [1 + sp.Rational(1, 10**6), -1])
def test_a_slip_in_the_scalar_solution_is_noticed(monkeypatch, slip):
    right = paper.scalar_solution
    monkeypatch.setattr(paper, "scalar_solution", lambda z: right(slip * z))
    assert gt.claims.decide(paper.vanilla_two_points).verdict == "fails"
    assert gt.claims.decide(paper.eigenvector).verdict == "fails"

"""Balls tell a symmetric pair from one next to it."""

from __future__ import annotations

import pytest
import sympy as sp

pytest.importorskip("flint")

from gantheory.claims.papers.welfert_2023_symmetry import symmetric_members

CLOSE = sp.Rational(1, 10**6)


@pytest.mark.parametrize("pair", [(2, 2), (3, sp.Rational(3, 2)), (sp.Rational(3, 2), 3), (1, sp.oo)])
def test_a_pair_next_to_a_symmetric_one_is_refuted(pair):
    alpha_D, alpha_G = map(sp.sympify, pair)
    assert symmetric_members([(alpha_D, alpha_G)]) == [(alpha_D, alpha_G)]
    assert symmetric_members([(alpha_D + CLOSE, alpha_G)]) == []
    if alpha_G.is_finite:
        assert symmetric_members([(alpha_D, alpha_G - CLOSE)]) == []

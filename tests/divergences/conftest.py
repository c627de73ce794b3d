"""Generating functions with known divergences."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import sympy as sp

import gantheory as gt
from gantheory.divergences import ClosedForm
from gantheory.divergences.functions.generating_function import GeneratingFunction

u = sp.Symbol("u", positive=True)


@pytest.fixture(scope="session")
def f() -> SimpleNamespace:
    """KL, reverse KL, Jensen-Shannon, squared Hellinger, chi^2 and total variation."""
    log2 = sp.log(2)
    return SimpleNamespace(
        kl=ClosedForm(u * sp.log(u) - u + 1, u, at_zero=1, slope_at_infinity=sp.oo),
        reverse_kl=ClosedForm(-sp.log(u) + u - 1, u, at_zero=sp.oo, slope_at_infinity=1),
        js=ClosedForm(
            (u * sp.log(u) - (u + 1) * sp.log((u + 1) / 2)) / 2,
            u,
            at_zero=log2 / 2,
            slope_at_infinity=log2 / 2,
        ),
        hellinger=ClosedForm((sp.sqrt(u) - 1) ** 2, u, at_zero=1, slope_at_infinity=1),
        chi2=ClosedForm((u - 1) ** 2, u, at_zero=1, slope_at_infinity=sp.oo),
        tv=ClosedForm(
            sp.Abs(u - 1) / 2,
            u,
            at_zero=sp.Rational(1, 2),
            slope_at_infinity=sp.Rational(1, 2),
            breakpoints=(0.0,),
        ),
        # Concave and without lower bound: f = -(u - 1)^2.
        unbounded=ClosedForm(-((u - 1) ** 2), u, at_zero=-1, slope_at_infinity=-sp.oo),
        # +inf where p = 0 and -inf where q = 0.
        torn=ClosedForm(-u * sp.log(u) - sp.log(u), u, at_zero=sp.oo, slope_at_infinity=-sp.oo),
    )


@pytest.fixture(scope="module")
def kl() -> GeneratingFunction:
    return gt.derive(gt.objectives.fgan("kl")).generating_function()


@pytest.fixture(scope="module")
def js() -> GeneratingFunction:
    """2 JSD."""
    return gt.derive(gt.objectives.vanilla()).generating_function()

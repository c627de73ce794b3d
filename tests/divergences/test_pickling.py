"""Generating functions pickle: the same values in another process."""

from __future__ import annotations

import copy
import math
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import mpmath
import numpy as np
import pytest

import gantheory as gt

QUARTIC = 'parse(real="-(v - 1)**4", fake="-v**4", generator="(v - 1)**2")'
UNCLAMPED = (
    'parse(real="log(max(D,1e-7))", fake="log(max(1-D,1e-7))", generator="-log(D)", link="sigmoid(v)")'
)


PICKLED = {
    "ClosedForm": ("vanilla", "equilibrium"),
    "BetaForm": ("alpha_gan(0.5, 1.2)", "flow"),
    "kinked": ("hinge", "flow"),
    "Degenerate": ("alpha_gan(inf, 0.5)", "flow"),
    "InfiniteBeyond": (UNCLAMPED, "flow"),
    "Parametric": (QUARTIC, "equilibrium"),
    "FlowForm": (QUARTIC, "flow"),
}


@pytest.mark.parametrize("name", PICKLED)
def test_a_pickled_function_has_the_same_values(name):
    spec, kind = PICKLED[name]
    f = gt.derive(gt.objectives.from_spec(spec)).generating_function(kind)
    t = np.array([-math.inf, -30.0, -2.0, -1e-9, 0.0, 0.5, 3.0, 20.0, math.inf])
    values = f.scaled(t)  # tables are filled and locks taken
    again = pickle.loads(pickle.dumps(f))
    assert type(again) is type(f)
    np.testing.assert_array_equal(again.scaled(t), values)
    assert (again.at_zero, again.slope_at_infinity, again.breakpoints) == (
        f.at_zero,
        f.slope_at_infinity,
        f.breakpoints,
    )
    assert again.mp(mpmath.mpf("0.7")) == f.mp(mpmath.mpf("0.7"))


def test_a_process_pool_takes_functions_and_gives_them_back():
    f = gt.derive(gt.objectives.from_spec("alpha_gan(0.5, 1.2)")).generating_function("flow")
    jobs = [(f, [0.5, 0.5], [q, 1 - q]) for q in (0.2, 0.4)]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = [pool.submit(gt.divergences.compute, *job).result().value for job in jobs]
        back = pool.submit(copy.copy, f).result()
    assert found == [gt.divergences.compute(*job).value for job in jobs]
    assert back.of_log(0.3) == f.of_log(0.3)


@pytest.mark.parametrize("Q", [[0.3, 0.7], [1.0, 0.0]])
def test_a_certified_result_keeps_its_ball(Q):
    result = gt.derive(gt.objectives.fgan("kl")).divergence([0.5, 0.5], Q, certified=True)
    again = pickle.loads(pickle.dumps(result))
    assert (again.value, again.low, again.high) == (result.value, result.low, result.high)
    if math.isfinite(result.value):
        assert again.ball.contains(result.ball) and result.ball.contains(again.ball)
    else:
        assert not again.ball.is_finite()

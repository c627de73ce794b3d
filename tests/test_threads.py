"""Threads share theories and give the right numbers; no call touches mpmath's global precision, not even for
a moment; what users hold pickles and gives the same numbers again."""

from __future__ import annotations

import ast
import copy
import pickle
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.stats as st
import sympy as sp
from sympy.polys.rootisolation import RealInterval

import gantheory as gt
from gantheory.support.multiprecision import flint_bits, lambdify, mp, public

P, Q = [0.5, 0.5], [0.9, 0.1]
PROBIT = {"real": "log((1 + erf(v))/2)", "fake": "log((1 - erf(v))/2)", "generator": "-v"}


@pytest.fixture(autouse=True)
def restless():
    """Threads change places every microsecond, not every five milliseconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(*calls: Callable[[], Any]) -> list[Any]:
    """The results of calls that start at the same moment, each in its own thread."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(k: int) -> None:
        barrier.wait()
        try:
            results[k] = calls[k]()
        except BaseException as error:
            results[k] = error

    threads = [threading.Thread(target=run, args=(k,)) for k in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


OBJECTIVES = {
    "alpha": lambda: gt.objectives.alpha_gan(0.47, 1.2),
    "vanilla": lambda: gt.objectives.vanilla(saturating=False),
}


def numeric() -> gt.divergences.GeneratingFunction:
    """2 JSD with v* found by inverting the ratio, and not from its formula."""
    v = gt.objectives.v
    return gt.divergences.Parametric(-sp.log(1 + sp.exp(-v)), -sp.log(1 + sp.exp(v)), v, v)


@pytest.mark.parametrize("kind", ["equilibrium", "flow"])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_threads_at_different_digits_share_a_theory(name, kind):
    def calls(theory: gt.Theory) -> list[Callable[[], Any]]:
        return [
            lambda: theory.divergence(P, Q, kind=kind).value,
            lambda: theory.divergence(P, Q, kind=kind, dps=30).value,
            lambda: theory.divergence([0.2, 0.8], [0.7, 0.3], kind=kind).value,
            lambda: theory.divergence(P, Q, kind=kind, dps=17).value,
            lambda: theory.generating_function(kind).scaled(np.linspace(-9, 9, 40)).tolist(),
            lambda: theory.divergence(P, Q, kind=kind).value,
        ]

    alone = [call() for call in calls(gt.derive(OBJECTIVES[name]()))]
    for _ in range(2):
        found = together(*calls(gt.derive(OBJECTIVES[name]())))
        assert [type(x) for x in found] == [type(x) for x in alone]
        for ours, right in zip(found, alone, strict=True):
            if isinstance(right, mpmath.mpf):
                with mpmath.workdps(40):
                    assert abs(ours / right - 1) < mpmath.mpf(10) ** -16
            else:
                assert np.allclose(ours, right, rtol=1e-14, atol=0)


def test_threads_share_a_generating_function_without_a_formula():
    calls = [
        lambda f: f.scaled(np.linspace(-3, 3, 20)),
        lambda f: float(f.mp(mpmath.mpf(2))),
        lambda f: f.finest(),
    ]
    alone = [call(numeric()) for call in calls]
    shared = numeric()
    for ours, right in zip(together(*[lambda c=c: c(shared) for c in calls * 2]), alone * 2, strict=True):
        assert np.allclose(ours, right, rtol=1e-14, atol=0)


def test_threads_with_densities_certificates_and_grids():
    theory = gt.derive(gt.objectives.alpha_gan(0.47, 1.2))
    real, fake = st.norm(0, 1), st.norm(0.5, 1.25)
    calls = [
        lambda: theory.divergence(real, fake).value,
        lambda: theory.divergence(P, Q, certified=True, dps=40).value,
        lambda: theory.divergence(P, Q, certified=True).value,
        lambda: gt.divergences.alpha_grid([0.5, 2.0], [0.7, 3.0], P, Q, kind="flow").tolist(),
        lambda: theory.convexity("flow").holds,
        lambda: theory.objective.functions("mpmath").A(mpmath.mpf("0.3")),
    ]
    alone = [call() for call in calls]
    import flint

    before = flint.ctx.prec
    for _ in range(3):
        assert together(*calls) == alone
    assert flint.ctx.prec == before


def test_torch_losses_and_lowered_functions_are_built_by_several_threads_at_once():
    torch = pytest.importorskip("torch")
    scores = torch.linspace(-3, 3, 7)
    right = gt.objectives.alpha_gan(0.81, 1.7).torch_losses()[1](scores, scores).item()

    def loss() -> float:
        leaf = scores.clone().requires_grad_()
        value = gt.objectives.alpha_gan(0.81, 1.7).torch_losses()[1](scores, leaf)
        value.backward()
        return float(value.detach())

    assert together(*[loss] * 6) == [right] * 6


CALLS = {
    "derive": lambda: gt.derive(gt.objectives.alpha_gan(0.3, 2.5)).to_text(),
    "derive probit": lambda: gt.derive(gt.objectives.parse(**PROBIT)).saturation,
    "flow": lambda: gt.derive(gt.objectives.alpha_gan(0.44, 1.3)).divergence(P, Q, kind="flow"),
    "digits": lambda: gt.derive(gt.objectives.alpha_gan(0.44, 1.3)).divergence(P, Q, kind="flow", dps=60),
    "certified": lambda: gt.derive(gt.objectives.vanilla()).divergence(P, Q, certified=True, dps=60),
    "numeric": lambda: numeric().scaled(0.5),
    "renyi": lambda: gt.derive(gt.objectives.renyi(2)).divergence(P, Q, dps=40),
    "grid": lambda: gt.divergences.alpha_grid([0.5], [0.7], P, Q, kind="flow"),
    "erf": lambda: sp.N(sp.erf(sp.Rational(1, 3)), 60),
}


@pytest.mark.slow_cases("derive probit")
@pytest.mark.parametrize("name", CALLS)
def test_no_call_changes_the_global_precision_for_a_moment(name, prec=211):
    seen, stop = set(), threading.Event()

    def watch() -> None:
        while not stop.is_set():
            seen.add((mpmath.mp.prec, mpmath.mp._prec_rounding[0], mpmath.mp.dps))
            time.sleep(0)

    with mpmath.workprec(prec):
        expected = (mpmath.mp.prec, prec, mpmath.mp.dps)
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            CALLS[name]()
        finally:
            stop.set()
            watcher.join()
        assert seen == {expected}
        assert (mpmath.mp.prec, mpmath.mp._prec_rounding[0], mpmath.mp.dps) == expected


def test_the_users_precision_changes_no_number():
    def numbers() -> list[Any]:
        theory = gt.derive(gt.objectives.alpha_gan(0.37, 1.9))
        return [theory.divergence(P, Q, kind=kind).value for kind in ("equilibrium", "flow")]

    usual = numbers()
    for digits in (3, 80):
        with mpmath.workdps(digits):
            assert numbers() == usual


def test_digits_of_an_outer_function_do_not_depend_on_the_users_precision():
    # Renyi divergence of order 2 in closed form.
    exact = mpmath.mp.clone() if hasattr(mpmath.mp, "clone") else mpmath.MPContext()
    exact.dps = 60
    p, q = [exact.mpf(1) / 4, exact.mpf(3) / 4], [exact.mpf(1) / 2, exact.mpf(1) / 2]
    theory = gt.derive(gt.objectives.renyi(2))
    with mpmath.workdps(60):
        right = theory.divergence(p, q, dps=50).value
    assert mpmath.mp.dps == 15
    found = theory.divergence(p, q, dps=50).value
    assert found._mpf_ == right._mpf_
    with mpmath.workdps(60):
        assert abs(found - theory.divergence(p, q).value) < 1e-14


def test_sympy_evaluates_at_the_digits_asked_for_in_every_thread():
    third = sp.Rational(1, 3)
    forms = [
        (sp.erf(third), lambda c: c.erf(c.mpf(1) / 3)),
        (sp.gamma(third), lambda c: c.gamma(c.mpf(1) / 3)),
        (sp.betainc(2, third, 0, sp.Rational(1, 2)), lambda c: c.betainc(2, c.mpf(1) / 3, 0, c.mpf(1) / 2)),
        (sp.LambertW(3), lambda c: c.lambertw(3)),
        (
            sp.CRootOf(sp.Symbol("x") ** 5 - sp.Symbol("x") - 1, 0),
            lambda c: c.polyroots([1, 0, 0, 0, -1, -1])[0],
        ),
    ]
    own = mpmath.MPContext()
    for digits in (20, 70):
        own.dps = digits + 10
        found = together(*[lambda e=e, d=d: sp.N(e, d) for e, _ in forms for d in (digits, 10)])
        for (_, truth), value in zip(forms, found[::2], strict=True):
            assert abs(own.mpf(value._mpf_) / truth(own) - 1) < own.mpf(10) ** (1 - digits)


class _Unwritable(RealInterval):
    def __setattr__(self, name: str, value: object) -> None:
        raise AssertionError(f"reading an end wrote {name}")


def test_a_root_that_threads_read_at_once_keeps_its_sign():
    # sympy's interval of a root turned its own sign over while an end was read.
    x = sp.Symbol("x")
    for poly, truth in ((x**5 - x - 1, 1.1673), (x**5 - x + 1, -1.1673), (x**3 - 3 * x + 1, -1.8794)):
        interval = sp.CRootOf(poly, 0)._get_interval()
        assert isinstance(interval, RealInterval)
        before = dict(vars(interval))
        low, high = (float(end.p) / float(end.q) for end in (interval.a, interval.b))
        assert low - 1e-4 <= truth <= high + 1e-4
        copy = _Unwritable.__new__(_Unwritable)
        copy.__dict__.update(before)
        assert (copy.a, copy.b, copy.center) == (interval.a, interval.b, interval.center)


def test_the_private_context_has_a_precision_per_thread_and_pickles():
    x = sp.Symbol("x")
    function = lambdify(x, sp.exp(x))

    def at(digits: int) -> str:
        with mp.workdps(digits):
            time.sleep(0.001)
            assert mp.dps == digits
            return str(function(mp.mpf(1)))

    digits = (10, 25, 50, 90)
    found = together(*[lambda d=d: at(d) for d in digits])
    for text, d in zip(found, digits, strict=True):
        with mpmath.workdps(d):
            assert text == str(mpmath.exp(1))
    number = mp.mpf(1) / 3
    assert pickle.loads(pickle.dumps([number, number, mp.mpc(1, number)])) == [
        number,
        number,
        mp.mpc(1, number),
    ]
    assert type(public(number)) is mpmath.mpf and public(number) == number


def test_flint_precision_is_one_threads_at_a_time():
    import flint

    before = flint.ctx.prec

    def root(bits: int) -> float:
        with flint_bits(bits):
            time.sleep(0.001)
            return flint.arb(2).sqrt().rel_accuracy_bits()

    for bits, accuracy in zip(
        (64, 256, 1024), together(*[lambda b=b: root(b) for b in (64, 256, 1024)]), strict=True
    ):
        assert bits - 4 <= accuracy <= bits + 4
    assert flint.ctx.prec == before


def test_no_module_reaches_for_a_global_precision(modules):
    """`gantheory.support.multiprecision` is the door to mpmath and flint."""
    reaching = [(str(path), wrong) for path, tree in modules.items() if (wrong := _global_precision(tree))]
    assert [path for path, _ in reaching] == ["support/multiprecision.py"], reaching


def _global_precision(tree):
    wrong = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wrong += [alias.name for alias in node.names if alias.name.split(".")[0] == "mpmath"]
        elif (
            isinstance(node, ast.ImportFrom)
            and not node.level
            and (node.module or "").split(".")[0] == "mpmath"
        ):
            wrong += [] if node.module == "mpmath.libmp" else [f"from {node.module}"]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "lambdify":
            wrong += ["lambdify to mpmath" for c in ast.walk(node) if getattr(c, "value", None) == "mpmath"]
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.For)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            wrong += [ast.unparse(t) for t in targets if ast.unparse(t).startswith("flint.ctx.")]
        elif isinstance(node, ast.Attribute) and ast.unparse(node).startswith("flint.ctx.work"):
            wrong.append(ast.unparse(node))
    return wrong


def _values(things: dict[str, Any]) -> list[Any]:
    theory = things["theory"]
    out = [theory.divergence(P, Q, kind=kind).value for kind in ("equilibrium", "flow", "discriminator")]
    return [
        *out,
        str(theory.score),
        theory.convexity().holds,
        str(things["objective"]),
        things["grid"].tolist(),
    ]


def test_theories_objectives_results_and_verdicts_pickle():
    for objective in (gt.objectives.alpha_gan(0.4, 1.1), gt.objectives.ebgan(1.0)):
        theory = gt.derive(objective)
        grid = gt.divergences.alpha_grid([0.5, 2.0], [0.7], P, Q)
        things = {"theory": theory, "objective": objective, "grid": grid}
        before = _values(things)
        for again in (pickle.loads(pickle.dumps(things)), copy.deepcopy(things)):
            assert _values(again) == before
            assert again["objective"] == objective
    theory = gt.derive(gt.objectives.vanilla())
    for held in (
        theory.divergence(P, Q),
        theory.divergence(P, Q, dps=40),
        theory.convexity(),
        theory.unique_minimum("flow"),
        theory.equilibrium,
        theory.landscape,
    ):
        assert pickle.loads(pickle.dumps(held)) == held
    for value in (
        theory.divergence(P, Q, certified=True, dps=50),
        theory.divergence([0, 1], [1, 0], certified=True),
    ):
        again = pickle.loads(pickle.dumps(value))
        assert (again.value, again.error, again.low, again.high) == (
            value.value,
            value.error,
            value.low,
            value.high,
        )
        assert again.ball.contains(value.ball) and value.ball.contains(again.ball)


def test_torch_losses_pickle():
    torch = pytest.importorskip("torch")
    scores = torch.linspace(-2, 2, 9)
    pairs = [
        gt.objectives.alpha_gan(0.4, 1.1).torch_losses(),
        gt.objectives.vanilla().torch_losses(numerics="clamped"),
        gt.objectives.renyi(2).torch_losses(),
        gt.objectives.relativistic().torch_losses(),
    ]
    for pair in pairs:
        right = [loss(scores, scores + 1) for loss in pair]
        again = pickle.loads(pickle.dumps(pair))
        assert [loss(scores, scores + 1) for loss in again] == right


def _flow_value(theory: gt.Theory) -> tuple[float, gt.Theory]:
    return theory.divergence(P, Q, kind="flow").value, theory


def test_a_process_pool_takes_and_returns_a_used_theory():
    import multiprocessing

    theory = gt.derive(gt.objectives.alpha_gan(0.4, 1.1))
    right = _flow_value(theory)[0]
    with flint_bits(99), ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        value, again = pool.submit(_flow_value, theory).result()
    assert value == right == _flow_value(again)[0]


@pytest.mark.parametrize("n", [2**70 + 1, -(3**2000)])
def test_exponentials_of_integers_of_many_bits(n):
    """mpmath takes a squaring for each of them: against e^(n + 1/2), which it does not take so."""
    with mp.workprec(4000):
        whole, beside = mp.mpf(n), mp.mpf(n) + mp.mpf("0.5")
    with mp.workprec(1000):
        assert abs(mp.exp(beside) / mp.exp(whole) / mp.sqrt(mp.e) - 1) < mp.mpf(2) ** -990

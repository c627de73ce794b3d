"""The region map: each pair's certificate against the closed regions, and both against high precision."""

import math
import random
from fractions import Fraction

import mpmath as mp
import pandas as pd
import pytest
import sympy as sp

from gantheory import objectives as go
from gantheory.derivation import derive
from gantheory.derivation.regions import alphas as regions
from gantheory.derivation.regions import proofs as region_proofs
from gantheory.derivation.regions.alpha_signs import generating
from gantheory.derivation.regions.alphas import (
    CONVEX,
    LABELS,
    NONE,
    STRICT,
    UNIQUE,
    ZERO,
    alpha_region,
    counterexample,
    published,
    region_map,
)
from gantheory.derivation.regions.proofs import NEGATIVE, POSITIVE, Step, curvature_identity
from gantheory.derivation.regions.theorems import closed_region, region_theorems


@pytest.mark.parametrize(
    ("a", "b", "saturating", "label", "inside"),
    [
        (1, 1, True, STRICT, True),
        (0.5, 0.5, True, STRICT, True),
        (Fraction(1, 2), Fraction(1, 3), True, STRICT, False),  # boundary wrongly excluded
        (2, 1, True, STRICT, False),  # boundary wrongly excluded
        (2, 2, True, STRICT, True),
        (2, 2.001, True, UNIQUE, False),
        (2, math.inf, True, UNIQUE, False),
        (1, 0.5, True, ZERO, False),
        (1, 0.49, True, NONE, False),
        (2, 0.99, True, NONE, False),
        (0.5, 0.3, True, NONE, False),
        (math.inf, math.inf, True, CONVEX, False),
        (math.inf, 1.5, True, CONVEX, False),
        (math.inf, 1, True, NONE, False),
        (1, 1, False, STRICT, True),
        (2, 2, False, STRICT, False),  # boundary wrongly excluded
        (1.5, 3, False, STRICT, False),
        (1, math.inf, False, STRICT, False),
        (3, 3, False, UNIQUE, False),
        (2, math.inf, False, UNIQUE, False),
        (3.01, 3, False, NONE, False),
        (math.inf, 2, False, NONE, False),
        (math.inf, 1, False, CONVEX, False),
    ],
)
def test_known_points(a, b, saturating, label, inside):
    region = alpha_region(a, b, saturating)
    assert region.label == label and region.inside_published is inside
    assert region.unique_minimum is (label in (STRICT, CONVEX, UNIQUE))
    assert (region.witness is None) is (region.convex or region.alpha_d == math.inf)


def pairs(count, seed):
    """Random rational pairs, a good part of them on or next to a boundary."""
    rng = random.Random(seed)
    for _ in range(count):
        a = Fraction(rng.randint(1, 80), rng.randint(1, 25))
        curves = [a, a / 2, a / (a + 1), Fraction(rng.randint(1, 80), rng.randint(1, 25))]
        curves += [a / (a - 1)] if a > 1 else []
        curves += [a / (a - 2)] if a > 2 else []
        shift = rng.choice([0, 0, Fraction(1, 10**9), Fraction(-1, 10**9)])
        b = rng.choice(curves) * (1 + shift)
        yield a, rng.choice([b, b, b, math.inf])


@pytest.mark.parametrize("saturating", [True, False])
def test_closed_regions_agree_with_the_certificates(saturating):
    seen = set()
    for a, b in [*pairs(500, 7), *((Fraction(1), Fraction(k, 100)) for k in (49, 50, 51))]:
        region, theorem = alpha_region(a, b, saturating), closed_region(a, b, saturating)
        assert region.label == theorem.label, (a, b, theorem.name)
        assert region.inside_published is theorem.published, (a, b, theorem.name)
        seen.add(theorem.name)
    assert seen == {theorem.name for theorem in region_theorems(saturating)}


@pytest.mark.parametrize("saturating", [True, False])
@pytest.mark.parametrize("a", [Fraction(1, 2), Fraction(1), Fraction(3, 2), Fraction(3)], ids=str)
def test_regions_on_and_beside_each_boundary_agree_with_the_certificates(a, saturating):
    boundaries = [a, a / 2, a / (a + 1), *(a / (a - k) for k in (1, 2) if a > k)]
    for b in (at * (1 + k * Fraction(1, 10**9)) for at in boundaries for k in (-1, 0, 1)):
        assert closed_region(a, b, saturating).label == alpha_region(a, b, saturating).label, b


@pytest.mark.parametrize("theorem", region_theorems(True), ids=lambda theorem: theorem.name)
def test_parameters_of_a_saturating_region_run_over_all_of_it(theorem):
    """alpha_D and z = alpha_D/alpha_G are what K1, K2, their sum and q - p of the steps say, all the same."""
    steps = {step.what: step.expr for step in theorem.steps}
    total = steps["K1 + K2"] if "K1 + K2" in steps else steps["K1"] + steps["K2"]
    alphas = []
    for s in (Fraction(1, 1000), Fraction(3), Fraction(1000)):
        # Where K2 is no step, the region is below R2, whatever alpha_D > 1 is.
        a = sp.sympify(steps["K2"] + 1 - total if "K2" in steps else 1 + s)
        free = {symbol.name: symbol for step in theorem.steps for symbol in step.expr.free_symbols}
        known = {free["s"]: sp.Rational(s)} if "s" in free else {}
        alpha, z = Fraction(str(a.subs(known))), sp.sympify(2 - total).subs(known)
        for name, value in (
            ("K1", 1 - a),
            ("q - p", z - 1),
            ("q - |p|, |p| = -K2/2", a),
            ("alpha_D c + 1", 1 + a - z),
            ("c = 1 - z/alpha_D", 1 - z / a),
        ):
            assert sp.simplify((steps.get(name, value) - value).subs(known)) == 0, name
        (parameter,) = z.free_symbols or (None,)
        first = Fraction(str(z if parameter is None else z.subs(parameter, 0)))
        last = sp.limit(z, parameter, sp.oo) if parameter else first
        end = Fraction(10**6) if last is sp.oo else Fraction(str(last))
        for at in (edge + k * Fraction(1, 10**6) for edge in (first, end) for k in (-1, 0, 1)):
            reached = parameter is None or not parameter.is_positive
            if at >= 0:
                inside = bool(first < at < last) or (at == first and reached)
                assert theorem.contains(alpha, alpha / at if at else math.inf) is inside, (alpha, at)
        alphas.append(alpha)
    if "s" in free:
        assert alphas[0] - (alphas[-1] > 1) < 0.01 and (alphas[-1] > 100 or 0.99 < alphas[-1] < 1)


def test_parameters_of_the_other_regions_by_hand():
    """At y = 3, v = 5, s = 2; alpha_D c = 5/4 and c = 1/6 give alpha_D = 15/2 and c0 + c1 = -1/4 + 17/2."""
    values = {"y": 3, "v": 5, "s": 2}
    found = [
        [
            step.expr.subs({symbol: values[symbol.name] for symbol in step.expr.free_symbols})
            for step in theorem.steps
        ]
        for theorem in region_theorems(False)
    ]
    quarter = sp.Rational(1, 4)
    assert found == [[5, 3], [0, 5], [quarter, 33 * quarter, 3 * quarter], [-5]]


@pytest.mark.slow_cases("True")
@pytest.mark.parametrize("saturating", [True, False])
def test_regions_agree_with_second_derivatives_of_the_printed_f(saturating):
    # f'' by mpmath's differences from eqs. (7) and (12) at 500 digits, at the witness where there is one.
    rng = random.Random(8)
    for _ in range(20):
        a, b = (Fraction(rng.randint(2, 50), 10) for _ in range(2))
        region = alpha_region(a, b, saturating)
        if b == 1 or region.label == ZERO:
            continue
        with mp.workdps(500):
            c, real_a = 1 - mp.mpf(b.denominator) / b.numerator, mp.mpf(a.numerator) / a.denominator

            def f(u, real_a=real_a, c=c):
                x = u**real_a
                if saturating:
                    return (u ** (real_a * c + 1) + 1) / (1 + x) ** c / c
                return -((x / (1 + x)) ** c) / c

            def second(t, f=f):
                return mp.diff(f, mp.exp(t), 2, relative=True)

            if region.witness is None:
                assert all(second(mp.mpf(t)) > 0 for t in (-20, -3, -1, mp.mpf("0.2"), 2, 9, 40))
            else:
                assert second(mp.mpf(region.witness.numerator) / region.witness.denominator) < 0, region


@pytest.mark.slow
def test_theory_agrees_with_the_region():
    for a, b in list(pairs(60, 9))[::4]:
        for saturating in (True, False):
            region = alpha_region(a, b, saturating)
            th = derive(go.alpha_gan(a, b, saturating=saturating))
            assert th.convexity().holds is region.convex, region
            assert th.unique_minimum().holds is region.unique_minimum, region


@pytest.mark.parametrize("saturating", [True, False])
def test_every_region_is_proved_for_symbolic_alphas(saturating):
    theorems = region_theorems(saturating)
    assert all(t.check() for t in theorems)
    excluded = [t for t in theorems if "wrongly excluded" in t.relation]
    assert len(excluded) == (2 if saturating else 1) and all(t.label == STRICT for t in excluded)
    assert [t.label for t in theorems if "though f is not convex" in t.relation] == [UNIQUE]
    assert all(t.label == STRICT for t in theorems if t.published)


def test_a_wrong_step_is_not_proved():
    s = sp.Symbol("s", positive=True)
    assert Step("right", 1 - s / (1 + s), POSITIVE).check()
    assert not Step("sign of K1 broken", s / (1 + s) - 1, POSITIVE).check()
    assert not Step("undecided", 1 - s, POSITIVE).check() and not Step("undecided", 1 - s, NEGATIVE).check()


@pytest.mark.parametrize("saturating", [True, False])
def test_the_curvature_identity_is_checked_and_not_assumed(saturating, monkeypatch):
    assert curvature_identity(saturating)
    # With every derivative doubled the identity must fail.
    honest = sp.diff
    monkeypatch.setattr(region_proofs.sp, "diff", lambda *args: 2 * honest(*args))
    assert not curvature_identity.__wrapped__(saturating)


@pytest.mark.parametrize("change", ["K1", "p", "K2", "q"])
def test_a_broken_form_moves_a_known_boundary(change, monkeypatch):
    # Mutations of the four numbers: each moves some pair of the list out of its region.
    known = {(1, 1): STRICT, (2, 1): STRICT, (2, Fraction(201, 100)): UNIQUE, (3, 3): STRICT}
    known[1, Fraction(1, 2)] = ZERO
    known[Fraction(1, 2), Fraction(1, 3)] = STRICT
    known[Fraction(1, 2), Fraction(3, 10)] = NONE
    assert {pair: alpha_region(*pair).label for pair in known} == known
    form = regions.saturating_form

    def broken(a, b):
        original = form(a, b)
        values = {name: getattr(original, name) for name in ("K1", "p", "K2", "q")}
        values[change] = -values[change] if change.startswith("K") else values[change] + Fraction(1, 10)
        return type(original)(**values)

    monkeypatch.setattr(regions, "saturating_form", broken)
    assert {pair: alpha_region(*pair).label for pair in known} != known


@pytest.mark.parametrize(
    ("a", "b", "saturating"),
    [
        (2, Fraction(9, 10), True),
        (2, 1 - Fraction(1, 10**9), True),
        (10**6, 3, True),
        (Fraction(1, 2), Fraction(3, 10), True),
        (Fraction(1, 2), Fraction(1, 3) - Fraction(1, 10**6), True),
        (1, Fraction(1, 4), True),
        (4, 4, False),
        (Fraction(30001, 10000), 3, False),
        (3, math.inf, False),
    ],
)
def test_counterexamples_are_certified(a, b, saturating):
    pair = counterexample(a, b, saturating)
    assert pair is not None and -math.inf < pair["divergence_at_most"] < 0


@pytest.mark.parametrize(
    ("a", "b", "saturating", "P", "Q"),
    [
        ("2", "9/10", True, ("9/16", "7/16"), ("1/2", "1/2")),
        ("1", "1/4", True, ("9/16", "7/16"), ("1/2", "1/2")),
        ("4", "4", False, ("0", "1"), ("1/8", "7/8")),
        ("3.0001", "3", False, ("0", "1"), (Fraction(1, 2**15), 1 - Fraction(1, 2**15))),
    ],
)
def test_the_divergence_of_a_counterexample_is_that_of_the_printed_f(a, b, saturating, P, Q):
    pair = counterexample(Fraction(a), Fraction(b), saturating)
    with mp.workdps(50):
        alpha, c = mp.mpf(a), 1 - 1 / sp.Rational(b)._to_mpmath(200)

        def f(u):
            x = u**alpha
            top = u ** (alpha * c + 1) + 1 if saturating else -(x**c)
            return top / (1 + x) ** c / c

        cells = [[sp.Rational(mass)._to_mpmath(200) for mass in cell] for cell in zip(P, Q, strict=True)]
        true = mp.fsum(q * f(p / q) for p, q in cells) - f(mp.mpf(1))
    assert pair["divergence_at_most"] == pytest.approx(float(true), rel=1e-9)


def test_there_is_no_counterexample_elsewhere():
    assert counterexample(2, 2) is None and counterexample(math.inf, 2, False) is None


def test_map_has_a_row_a_pair():
    table = region_map([Fraction(1, 2), 1, 2], [Fraction(1, 3), 2, math.inf])
    assert isinstance(table, pd.DataFrame) and len(table) == 9
    assert table.alpha_g.tolist()[:3] == ["1/3", "2", "inf"] and set(table.region) <= set(LABELS)
    row = table[(table.alpha_d == "2") & (table.alpha_g == "inf")].iloc[0]
    assert row.region == UNIQUE and Fraction(row.witness_log_u) > 1 and not row.inside_published


def test_a_pair_takes_about_a_millisecond():
    import time

    values = [Fraction(k, 10) for k in range(1, 31)]
    start = time.perf_counter()
    region_map(values, values)
    assert (time.perf_counter() - start) / 900 < 0.01


def test_numbers_of_a_certificate_by_hand():
    """c = 1 - 1/alpha_G is -7/3, 2/3 and 1/2."""
    assert alpha_region(Fraction(1, 2), Fraction(3, 10)).certificate["ends"]["alpha_D c"] == "-7/6"
    beyond = alpha_region(3, 3, False).certificate
    assert beyond["ends"]["2 - alpha_D c"] == "0"
    assert (beyond["second_derivative"]["c0"], beyond["second_derivative"]["c1"]) == ("-1", "4")
    assert "ends" not in alpha_region(2, 2, False).certificate
    assert "ends" in alpha_region(Fraction(5, 2), 2, False).certificate


@pytest.mark.parametrize("saturating", [True, False])
@pytest.mark.parametrize("alpha_g", ["1/2", "1", "3", "inf"])
def test_generating_function_is_the_printed_one_less_its_tangent_at_one(alpha_g, saturating):
    """Eqs. (7) and (12); alpha_G = 1 as the limit c -> 0."""
    u = sp.Symbol("u", positive=True)
    b = math.inf if alpha_g == "inf" else Fraction(alpha_g)
    with mp.workdps(100):
        c = mp.mpf(10) ** -40 if b == 1 else 1 - (mp.mpf(b.denominator) / b.numerator if b < math.inf else 0)
        for a in (Fraction(1, 2), Fraction(3)):
            found = sp.lambdify(u, generating(a, b, u, saturating), "mpmath")
            alpha = mp.mpf(a.numerator) / a.denominator

            def printed(x, alpha=alpha):
                top = x ** (alpha * c + 1) + 1 if saturating else -(x ** (alpha * c))
                return top / (1 + x**alpha) ** c / c

            slope = mp.diff(printed, mp.mpf(1))
            for x in (mp.mpf("0.2"), mp.mpf(4)):
                true = printed(x) - printed(mp.mpf(1)) - slope * (x - 1)
                assert abs(found(x) / true - 1) < 1e-30, x


def test_extreme_pairs():
    far = alpha_region(2, 2 + Fraction(1, 10**400))
    assert far.label == UNIQUE and far.witness > 10**400
    assert alpha_region(Fraction(1, 10**6), 10**6).label == STRICT
    assert alpha_region(10**6, 10**6).label == STRICT


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 1), ValueError, "alpha_d must be in"),
        ((1, -1), ValueError, "alpha_g must be in"),
        ((sp.sqrt(2), 1), ValueError, "alpha_d must be rational"),
        (("1", 1), TypeError, "alpha_d must be a real number"),
        ((1, 1, "yes"), TypeError, "saturating must be True or False"),
    ],
)
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=message):
        alpha_region(*arguments)


def test_published_hypotheses_as_printed():
    assert published(1, 1) and not published(1, Fraction(1, 2)) and not published(2, 1) and published(2, 2)
    assert not published(math.inf, math.inf)  # inf/2 < inf is false
    assert published(1, 1, False) and not published(2, 2, False)

"""Sign proofs against high-precision evaluation, known double roots, and the bounds that they rest on."""

import itertools
import math
import random
import re
from fractions import Fraction

import mpmath as mp
import pytest
import sympy as sp

from gantheory.derivation.signs import descartes
from gantheory.derivation.signs.data import sign_at
from gantheory.derivation.signs.decision import nonnegative
from gantheory.derivation.signs.elementary import elementary_signs
from gantheory.derivation.signs.hyperbolic import Hyperbolic, TwoTerms
from gantheory.derivation.signs.kinks import pieces
from gantheory.derivation.signs.negative_pair import negative_pair
from gantheory.derivation.signs.power_sums import constant_sign, sum_signs
from gantheory.derivation.signs.smooth import signs_of

u = sp.Symbol("u", positive=True)
R = sp.Rational


def real(q):
    return mp.mpf(q.numerator) / q.denominator


def fraction(rng, low=-30):
    return Fraction(rng.randint(low, 30), rng.randint(1, 12))


def signs_on_a_grid(value):
    return {int(mp.sign(value(mp.mpf(t)))) for t in [k / 2 for k in range(-60, 61)]}


def test_sign_lemma_against_high_precision():
    rng = random.Random(11)
    for _ in range(150):
        form = Hyperbolic(fraction(rng), fraction(rng, 0), fraction(rng), fraction(rng, 0))
        with mp.workdps(120):
            K1, p, K2, q = (real(x) for x in (form.K1, form.p, form.K2, form.q))

            def value(t, K1=K1, p=p, K2=K2, q=q):
                return K1 * mp.cosh(p * t) + K2 * mp.cosh(q * t)

            seen = signs_on_a_grid(value)
            assert seen <= set(form.pattern) | {0}, form
            witness = form.witness()
            assert (witness is None) == (-1 not in form.pattern)
            if witness is not None:
                assert value(real(witness)) < 0, form
            at_zero = (K1 + K2 > 0) - (K1 + K2 < 0)
            middle = form.pattern[1] if len(form.pattern) == 3 else form.pattern[0]
            assert at_zero == (0 if len(form.pattern) == 2 else middle)


def test_two_terms_against_high_precision():
    rng = random.Random(12)
    for _ in range(200):
        form = TwoTerms(fraction(rng), fraction(rng), fraction(rng, 1))
        with mp.workdps(60):
            witness = form.witness()
            assert (witness is None) == (-1 not in form.pattern)
            if witness is not None:
                assert real(form.c0) + real(form.c1) * mp.exp(real(form.k) * real(witness)) < 0


@pytest.mark.parametrize("power", ["9", "200", "400"])
def test_witness_of_a_tiny_exponent_gap_is_exact(power):
    # K2/|K1| = 2 and p - q = 10^-power: the crossing is at log 2 / (p - q).
    gap = Fraction(1, 10 ** int(power))
    witness = Hyperbolic(Fraction(-1), 1 + gap, Fraction(2), Fraction(1)).witness()
    assert mp.mpf("0.693") < real(witness * gap) < mp.mpf("0.72")


def test_ratios_of_coefficients_beyond_floats():
    large = Fraction(10) ** 400
    for form in (
        Hyperbolic(-1 / large, Fraction(1), Fraction(1), Fraction(1, 2)),
        TwoTerms(Fraction(1), -1 / large, Fraction(1)),
    ):
        assert form.witness() > 900  # 400 log 10 = 921, which a rate of 1/2 doubles
        assert "e+40" in form.certificate()["check"]


def test_random_sums_of_powers_against_high_precision():
    rng = random.Random(13)
    decided = 0
    for _ in range(60):
        count = rng.randint(2, 6)
        exponents = rng.sample(range(1, 40), count)
        q = rng.choice([1, 2, 7])
        terms = {R(k, q): R(rng.randint(-9, 12)) for k in exponents}
        terms = {k: c for k, c in terms.items() if c}
        found = sum_signs(terms)
        if found is None:
            continue
        decided += 1
        with mp.workdps(80):

            def value(t, terms=terms):
                return mp.fsum(
                    mp.mpf(int(c)) * mp.exp(mp.mpf(int(k.p)) / int(k.q) * t) for k, c in terms.items()
                )

            seen = signs_on_a_grid(value)
            if found.witness is not None:
                assert value(real(found.witness)) < 0
            else:
                assert -1 not in seen
            if found.pattern is not None:
                assert seen <= set(found.pattern) | {0}
    assert decided >= 55


def test_short_rules_on_all_small_quadratics():
    """a + b z + c z^2 by its discriminant, z = u^(2/3): the rules never say more, and leave few undecided."""
    undecided = 0
    for a, b, c in itertools.product(range(-4, 5), repeat=3):
        if a * c == 0:
            continue
        first, gap = (1 if a > 0 else -1), b * b - 4 * a * c
        inside = a * c > 0 > a * b
        expected = {True: (first, -first, first), False: (first,)}[inside and gap > 0]
        expected = (first, first) if inside and gap == 0 else (first, -first) if a * c < 0 else expected
        terms = {Fraction(4 * k - 3, 6): Fraction(x) for k, x in enumerate((a, b, c)) if x}
        found = descartes.pattern(terms)
        assert found in (None, expected), (a, b, c)
        undecided += found is None
        assert a != c or descartes.pattern(terms, polynomials=False) == expected, (a, b, c)
    assert undecided < 40


@pytest.mark.parametrize(
    ("expr", "pattern"),
    [
        ((u - 2) ** 2 * (u**2 + 1), (1, 1)),  # a double root at 2 is found by exact algebra
        ((u - 2) ** 2 * (u - 3) ** 2 + u / 10**6, (1,)),
        ((u - 2) ** 3 * (u + 1), (-1, 1)),
        ((u - 1) * (u - 2) * (u - 3), (-1, 1, -1, 1)),
        (u ** R(4, 3) - R(4, 3) * u + R(1, 3), (1, 1)),  # weighted means, with equality at u = 1
        (u ** R(4, 3) - R(4, 3) * u + R(334, 1000), (1,)),
        (u ** R(4, 3) - R(4, 3) * u + R(333, 1000), (1, -1, 1)),
    ],
)
def test_touching_and_crossing_are_told_apart(expr, pattern):
    terms = {}
    for arg in sp.Add.make_args(sp.expand(expr)):
        c, k = arg.as_coeff_exponent(u)
        terms[k] = terms.get(k, 0) + c
    found = sum_signs(terms)
    assert found.pattern == pattern
    assert found.method in ("symbolic", "computer algebra")
    verdict = nonnegative(sp.expand(expr), u)
    assert verdict.holds is (-1 not in pattern) and verdict.strict is (-1 not in pattern)


@pytest.mark.parametrize("third", [R(2001, 1000), R(99999, 50000)])
def test_nearly_touching_three_terms(third):
    # 1 - 2u + u^third is 0 at u = 1 and negative on one side of it, at a depth of 1e-7 or less.
    verdict = nonnegative(1 - 2 * u + u**third, u)
    assert verdict.holds is False
    with mp.workdps(60):
        value = sp.lambdify(u, 1 - 2 * u + u**third, "mpmath")
        assert value(mp.exp(mp.mpf(verdict.witness_log_u))) < 0


def test_irrational_exponents_go_through_balls():
    root = sp.sqrt(2)
    assert nonnegative(1 - u + u**root, u).method == "ball arithmetic"
    below = nonnegative(1 - 3 * u + u**root, u)
    assert below.holds is False
    for x in (u, 1 / u):  # negative about |log u| = 16 only
        assert nonnegative(40 - x + x**root / 1000, u).holds is False


DIP = (u / R(17, 10)) ** 200 - R(26, 100) * (u / R(17, 10)) ** 400  # up to 0.96, at log u = 0.534


@pytest.mark.parametrize(
    ("expr", "low", "high", "holds"),
    [
        (u - 1 - sp.log(u) + R(1, 1000), 0, sp.oo, True),
        (u - 1 - sp.log(u) - R(1, 1000), 0, sp.oo, False),
        (sp.log(1 + u) - sp.log(u), 0, sp.oo, True),  # the leading terms cancel exactly
        (sp.sqrt(1 + u) - sp.sqrt(u), 0, sp.oo, True),
        (u * sp.log(u) - u + 1, 0, 1, True),  # KL: a double zero at the end
        (u * sp.log(u) - u + 1, 1, sp.oo, True),
        (sp.log(u) ** 2 * u - sp.log(1 + u) / 10**6, 2, 50, True),
        (2 - u, 1, sp.oo, False),
        (sp.Abs(u - 2) - R(1, 10), 0, sp.oo, False),
        (sp.Abs(u - 2) + R(1, 10), 0, sp.oo, True),
        (u * sp.log(u) - u + 1, 0, sp.oo, True),  # a double zero inside, at u = 1
        (sp.log(u) - 1 + 1 / u, 0, sp.oo, True),
        (sp.log(u) ** 2, 0, sp.oo, True),
        (-(sp.log(u) ** 2), 0, sp.oo, False),
        (sp.log(u / 2) ** 2, 0, sp.oo, None),  # a double zero elsewhere, no exact algebra: no proof
        (sp.log(u), 1, sp.oo, True),  # a simple zero at an end
        (-sp.log(u), 0, 1, True),
        (sp.log(u), R(1, 2), 1, False),
        (sp.log(u) - sp.log(2), 2, 5, True),
        (sp.log(u) ** 3, 1, sp.oo, True),
        (sp.log(u) ** 3, R(1, 2), 1, False),
        ((u - R(21, 20)) * sp.log(u), 1, 3, False),  # negative next to a zero at an end
        (sp.log(u) ** 4, 1, sp.oo, True),
        (sp.log(u) ** 5, 1, sp.oo, None),  # a zero of an order that is not resolved
        (sp.log(u) ** 2 * sp.log(u / 2) ** 2, 0, sp.oo, None),  # decided below 1, not above
        # The first dip lies just beyond where the slope next to the end was told.
        (sp.log(u) - DIP + DIP.subs(u, 1), 1, sp.oo, False),
        (sp.cosh(sp.log(u)) - R(5, 4), 0, sp.oo, False),
        (sp.cosh(sp.log(u)) - 1, 0, sp.oo, True),
        (sp.log(1 + u) + u, 0, sp.oo, True),
        ((u - 2) ** -2, 0, sp.oo, None),  # a pole
        (1 / (u - 2), 0, sp.oo, False),
        (sp.Abs(u**3 - u + 1) / u, 0, sp.oo, True),  # without a kink for u > 0
        (sp.Abs(u**3 - 3 * u + 1), 0, sp.oo, None),  # kinks at roots of a cubic are not located
        (sp.zeta(3) * u ** sp.sqrt(2) - u, 0, sp.oo, None),  # a constant without an enclosure
        (1 + u - sp.LambertW(u), 0, sp.oo, None),
        (sp.LambertW(u) - u / 2 + 1, 0, sp.oo, False),
    ],
)
def test_elementary_functions(expr, low, high, holds):
    verdict = nonnegative(expr, u, low, high)
    assert verdict.holds is holds, verdict
    if holds is False:
        with mp.workdps(40):
            at = mp.exp(mp.mpf(verdict.witness_log_u))
            assert low < at < high and sp.lambdify(u, expr, "mpmath")(at) < 0


def test_a_zero_of_even_order_at_one_leaves_two_positive_sides():
    found = elementary_signs(u * sp.log(u) - u + 1, sp.S.Zero, sp.oo)
    assert (found.pattern, found.witness) == ((1, 1), None)
    assert set(found.certificate) == {"below u = 1", "above"}


def test_sign_at_agrees_with_high_precision():
    rng = random.Random(2)
    for _ in range(100):
        terms = {fraction(rng): Fraction(rng.randint(-9, 9)) for _ in range(4)}
        terms = {k: c for k, c in terms.items() if c}
        t = Fraction(rng.randint(-200, 200), 7)
        if not terms:
            continue
        with mp.workdps(400):
            value = mp.fsum(real(c) * mp.exp(real(k) * real(t)) for k, c in terms.items())
            assert sign_at(terms, t) == mp.sign(value) or abs(value) < mp.mpf(10) ** -300


def test_a_sign_that_64_bits_do_not_tell():
    square = {Fraction(0): Fraction(1), Fraction(1): Fraction(-2), Fraction(2): Fraction(1)}  # (u - 1)^2
    t = Fraction(1, 2**50)
    for side in (1, -1):
        assert sign_at({k: side * c for k, c in square.items()}, t) == side
        assert sign_at({k: side * c for k, c in square.items()}, -t) == side
    assert sign_at(square, Fraction(0)) == 0


def test_a_witness_beyond_floats_is_in_the_certificate():
    gap = R(1, 10**400)  # negative from |log u| = 10^400 log 2 on
    verdict = nonnegative(2 * (u + 1 / u) - u ** (1 + gap) - u ** (-1 - gap), u)
    assert verdict.holds is False and verdict.witness_log_u is None
    assert mp.mpf("0.693") < real(abs(Fraction(verdict.certificate["witness_log_u"])) * fraction_of(gap)) < 1


def fraction_of(number):
    return Fraction(int(number.p), int(number.q))


def test_coefficients_that_vanish_and_sums_of_high_degree():
    hidden = sp.sqrt(2) + sp.sqrt(3) - sp.sqrt(5 + 2 * sp.sqrt(6))  # 0
    assert sum_signs({R(0): hidden, R(1): R(1)}).pattern == (1,)
    high = {R(0): R(1), R(1): R(-2), R(2): R(2), R(100): R(1)}  # 1 - 2 u + 2 u^2 >= 1/2
    assert sum_signs(high).pattern == (1,) and sum_signs(high).method == "ball arithmetic"
    # Weighted means, with equality at u = 1, where no polynomial of low degree helps.
    for off, pattern in ((R(1, 10**9), (1,)), (R(0), (1, 1)), (-R(1, 10**9), (1, -1, 1))):
        assert sum_signs({R(0): R(199, 400) + off, R(201, 2): R(-1), R(200): R(201, 400)}).pattern == pattern
    # Positive by 1e-9 only: no short rule tells, so that no certificate is promised.
    near = sum_signs({R(0): 4 + R(1, 10**9), R(1): R(-4), R(2): R(1)})
    assert near.pattern == (1,) and near.method == "computer algebra"


def probability(text):
    """Of text such as 1/2 - 2^-7, or 2^-40 2560 2^-7 for a product."""
    first, *rest = text.split(" - ")
    factors = [part.split("^") for part in first.replace(" + ", " ").split()]
    powers = [real(Fraction(base)) ** int(*(power or [1])) for base, *power in factors]
    total = mp.fsum(powers) if " + " in first else mp.fprod(powers)
    return total - mp.fsum(map(probability, rest))


@pytest.mark.parametrize(
    ("f", "at_zero", "slope", "where"),
    [
        (-((u - 1) ** 2), None, None, None),  # both near (1/2, 1/2)
        ((u - 1) ** 2, R(-1), None, None),  # a cell without real mass
        ((u - 1) ** 2, None, R(-1), None),  # and one without generated mass
        ((u - 1) ** 2 * (100 - u), None, None, None),  # much real mass on little generated
        ((u - 1) ** 2 * (u - R(1, 100)) / (1 + u) ** 6, None, None, None),  # and the reverse
        ((u - 1) ** 2 * ((u - 20) ** 2 - 1), None, None, Fraction(3)),  # a little of both
    ],
)
def test_a_pair_of_pmfs_has_the_divergence_that_is_said(f, at_zero, slope, where):
    pair = negative_pair(f, u, at_zero, slope, where)
    value = sp.lambdify(u, f, "mpmath")
    with mp.workdps(400):
        P, Q = ([probability(text) for text in one] for one in (pair.P, pair.Q))
        assert sum(P) == 1 == sum(Q)
        total = mp.mpf(0)
        for p, q in zip(P, Q, strict=True):
            total += q * at_zero if p == 0 and at_zero else p * slope if q == 0 else q * value(p / q)
        assert total <= pair.divergence < 0
        assert abs(total / pair.divergence - 1) < 1e-13


def test_an_empty_interval_is_refused():
    with pytest.raises(ValueError, match="low and high"):
        nonnegative(u, u, 2, 1)
    with pytest.raises(ValueError, match="low and high"):
        nonnegative(u, u, -1, 1)


a = sp.Symbol("a")


@pytest.mark.parametrize("expr", [-sp.Abs(u - a), 1 - u * sp.Abs(u - a), sp.Symbol("x", positive=True) - u])
def test_other_symbols_are_refused(expr):
    other = next(iter(expr.free_symbols - {u}))
    with pytest.raises(ValueError, match=f"no symbol but u, got {other}"):
        nonnegative(expr, u)


def test_the_symbol_of_the_package_is_a_free_symbol_too():
    # x - u would be 0 if x were renamed to the package's own u before the check.
    z = sp.Symbol("z", positive=True)
    with pytest.raises(ValueError, match="no symbol but z, got u"):
        nonnegative(z - u, z)
    assert nonnegative(z, z).holds


@pytest.mark.parametrize(
    "expr",
    [
        u**sp.I,
        (-2) ** R(1, 3) * sp.sqrt(u),
        u * sp.sqrt(sp.log(2) - sp.log(3)),
        sp.I * u - 1,
        u + sp.log(-2),
    ],
)
def test_constants_that_are_not_real_are_refused(expr):
    with pytest.raises(ValueError, match="real finite coefficients and exponents"):
        nonnegative(expr, u)


def test_kinks_of_unknown_place_leave_it_undecided():
    hidden = sp.sqrt(2) + sp.sqrt(3) - sp.sqrt(5 + 2 * sp.sqrt(6))  # 0, which sympy does not see at once
    assert nonnegative(-sp.Abs(u - 2 - hidden), u).holds is not True
    assert nonnegative(-sp.Abs(sp.log(u) + u - 2), u).holds is None
    known = nonnegative(-sp.Abs(sp.log(u) - 1), u)
    assert known.holds is False and known.witness_log_u != 1


def test_kinks_at_irrational_points():
    assert nonnegative(-sp.Abs(sp.log(u) - 1), u).holds is False
    assert nonnegative(u * sp.Abs(sp.log(u) - 1), u).holds is True
    for root in (sp.sqrt(2), sp.log(3), sp.pi):
        assert nonnegative(sp.Abs(u - root) - R(1, 10**6), u).holds is False
        assert nonnegative(sp.Abs(u - root) + R(1, 10**6), u).holds


@pytest.mark.parametrize(("expr", "low", "high"), [(1 - u, 0, 1), (u - 1, 1, sp.oo), (u**3 - 1, 2, 3)])
def test_reasons_speak_of_the_interval_asked(expr, low, high):
    verdict = nonnegative(expr, u, low, high)
    assert verdict.holds and "negative" not in verdict.reason
    assert (
        f"its only zero is u = 1, outside ({low}, {high})" in verdict.reason or "positive" in verdict.reason
    )
    assert "zero" not in nonnegative((u**2 - u + 1) * u, u, low, high).reason


@pytest.mark.parametrize(
    "terms",
    [
        {0: 3, 1: -2},
        {0: 2, 1: -5, 2: 2},
        {0: 5, 1: -4, 2: 5},
        {0: 1, 1: -3, 3: -3, 4: 1},
        {0: 1, 1: -1, 3: -1, 4: 1},
        {0: 1, 2: 3, 3: -4},
        {0: 2, 1: -3, 3: 1},
        {0: 2, 1: -3, 3: 2},
        {0: 1, 1: 1, 2: -6, 4: 1, 5: 4},
    ],
    ids=str,
)
def test_shifts_roots_and_reflection_of_the_exponents_keep_the_signs(terms):
    """Of u^s p(u^r); a sum in 1/u has them in the other order. A witness is one by evaluation."""
    pattern = sum_signs({sp.Integer(k): sp.Integer(c) for k, c in terms.items()}).pattern
    for shift, root in ((R(-3, 2), R(1)), (R(7), R(2, 3)), (R(5), R(-1)), (R(-8), R(-3, 5))):
        moved = {shift + root * k: sp.Integer(c) for k, c in terms.items()}
        found = sum_signs(moved)
        assert found.pattern in (pattern if root > 0 else pattern[::-1], None)
        if -1 in pattern:
            t = mp.mpf(found.witness.numerator) / found.witness.denominator
            assert mp.fsum(float(c) * mp.exp(float(k) * t) for k, c in moved.items()) < 0
        else:
            assert found.witness is None


@pytest.mark.parametrize(
    ("expr", "low", "high"),
    [
        (-((u - 1) ** R(3, 2)) * (2 + u), 1, sp.oo),
        (-((1 - u) ** R(3, 2)) / u, 0, 1),
        (-u, 2, 3),
        (-1 - u, R(1, 9), R(1, 8)),
        (-u, 5, sp.oo),
        (-u - sp.log(u), 7, 8),
    ],
    ids=str,
)
def test_a_witness_lies_in_the_interval(expr, low, high):
    verdict = nonnegative(expr, u, low, high)
    at = mp.exp(verdict.witness_log_u)
    assert verdict.holds is False and low < at < high
    assert sp.N(expr.subs(u, sp.Float(at, 20))) < 0


def test_constants_that_vanish():
    assert constant_sign(sp.log(8) - 3 * sp.log(2)) == 0
    assert constant_sign(sp.sqrt(5 + 2 * sp.sqrt(6)) - sp.sqrt(2) - sp.sqrt(3)) == 0
    assert constant_sign(sp.log(8) - 3 * sp.log(2) - R(1, 10**30)) == -1
    assert constant_sign(sp.pi**sp.E - 22) == 1 and constant_sign(sp.log(R(1, 3)) * sp.sqrt(2)) == -1


KINKED = {  # with the places of their kinks
    sp.Abs(u - 2): [2],
    sp.Abs(sp.Abs(u - 2) - 1) * u: [1, 2, 3],
    sp.sign(u**2 - 2) + u: [math.sqrt(2)],
    sp.Heaviside(u - 2) * (u - 3): [2],
    sp.Max(u, 2, 5 - u): [2, 2.5, 3],
    sp.Min(u**2, 2, 6 - u): [math.sqrt(2), 2, 4],
    sp.Piecewise((u, u < 2), (4 - u, u < 5), (3, True)): [2, 5],
    sp.Abs(2 * u ** R(3, 2) - 3 * u ** R(1, 3)): [1.5 ** (6 / 7)],
    sp.Abs((u**2 - 3 * u) * (1 + u) ** R(1, 3)): [3],
    sp.Abs((u - 2) ** 2 * (u + 1)): [],
    sp.Abs(u**4 - 5 * u**2 + 4) / u: [1, 2],
    sp.Abs(u**2 - 3 * u + 1): [1.5 - math.sqrt(1.25), 1.5 + math.sqrt(1.25)],
    sp.Abs(sp.log(u) - 1) + sp.Abs(sp.sqrt(u) - 2): [math.e, 4],
    sp.Abs(u**2 + u ** sp.sqrt(2) - 3 * u): None,  # whose kink is not located
}


@pytest.mark.parametrize(
    ("base", "low", "high", "pattern"),
    [
        (u - 1, 1, sp.oo, (1,)),
        (u - 1, 0, 1, (1,)),
        (u - 1, 0, sp.oo, (1, 1)),
        (u - 2, 1, sp.oo, (1, 1)),
        (u - 2, 0, 1, (1,)),
        (u - R(1, 2), 0, 1, (1, 1)),
    ],
    ids=str,
)
def test_an_even_power_vanishes_where_its_base_does(base, low, high, pattern):
    low, high = sp.sympify(low), sp.sympify(high)
    assert signs_of(base**2, low, high).pattern == pattern
    assert signs_of(base**2 * (u**2 + 1), low, high).pattern == pattern


def test_a_kink_at_an_end_is_outside():
    assert pieces(sp.Abs(u - 2), sp.S.Zero, sp.Integer(2)) == [(0, 2, 2 - u)]
    assert pieces(sp.Abs(u - 2), sp.Integer(2), sp.oo) == [(2, sp.oo, u - 2)]


@pytest.mark.parametrize("expr", KINKED, ids=str)
def test_smooth_parts_have_the_values_of_the_whole(expr):
    found = pieces(expr, sp.S.Zero, sp.oo)
    if KINKED[expr] is None:
        assert found == [(0, sp.oo, None)]
        return
    ends = [float(end) for _, end, _ in found]
    assert all(any(kink == pytest.approx(end, rel=1e-14) for end in ends) for kink in KINKED[expr])
    assert [start for start, *_ in found[1:]] == [end for _, end, _ in found[:-1]]
    for start, end, part in found:
        last = end if end.is_finite else start + 3
        for share in (R(1, 100), R(1, 3), R(7, 10), R(99, 100)):
            at = start + share * (last - start)
            assert abs(sp.N((part - expr).subs(u, at), 20)) < 1e-15


@pytest.mark.parametrize("k", [1, 3, Fraction(1, 2)])
def test_what_shows_a_witness_is_true(k):
    for c0, c1 in ((-2, 3), (5, -1), (-1, -1)):
        data = TwoTerms(Fraction(c0), Fraction(c1), Fraction(k)).certificate()
        low, high = (
            float(part) for part in re.findall(r"[-\d.e]+(?= <= e)|(?<= <= )[-\d.e]+(?= at)", data["check"])
        )
        value = math.exp(k * Fraction(data["witness_log_u"]))
        assert low == pytest.approx(value, rel=1e-11) and high == pytest.approx(value, rel=1e-11)
        assert c0 + c1 * value < 0


@pytest.mark.parametrize(
    ("terms", "end"), [({0: -1, 1: -1, 2: 1, 3: 2}, "0"), ({0: 1, 1: 2, 2: -1, 3: -2}, "oo")]
)
def test_a_term_that_decides_far_out(terms, end):
    found = sum_signs({sp.Integer(k): sp.Integer(c) for k, c in terms.items()})
    assert f"which decides as u -> {end}, is negative" in found.reason
    assert sum(c * mp.exp(k * real(found.witness)) for k, c in terms.items()) < 0

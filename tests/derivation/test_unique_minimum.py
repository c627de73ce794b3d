"""Whether D_f >= 0 with equality only at P = Q, against grids at high precision and explicit pmf pairs."""

import json
import random
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from gantheory import objectives as go
from gantheory.derivation import derive
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.induced.equilibrium import Induced, Segment
from gantheory.derivation.signs.negative_pair import negative_pair
from gantheory.derivation.verdicts.piecewise_minimum import piecewise_minimum
from gantheory.derivation.verdicts.unique_minimum import of_smooth
from gantheory.divergences.kinds import KINDS

INF = float("inf")

R = sp.Rational


def probability(text):
    """Of text such as 1, 1/2, 2^-k, 1/2 + 2^-k, 1 - 2^-k."""
    total, sign = 0.0, 1
    for word in text.split():
        if word in "+-":
            sign = 1 if word == "+" else -1
        else:
            base, _, power = word.partition("^")
            total += sign * float(Fraction(base)) ** int(power or 1)
    return total


def generating(th):
    return sp.lambdify(th.u, th.f, "mpmath")


@pytest.mark.parametrize(
    ("a", "b", "saturating", "holds"),
    [
        (2, Fraction(2001, 1000), True, True),  # f'' < 0 far out, D_f > 0 all the same
        (2, INF, True, True),
        (3, 4, True, True),
        (2, 2, True, True),
        (2, 1, True, True),
        (Fraction(1, 2), Fraction(1, 3), True, True),
        (1, Fraction(1, 2), True, False),  # D_f = 0
        (Fraction(1, 2), Fraction(3, 10), True, False),
        (Fraction(1, 2), Fraction(333, 1000), True, False),
        (2, Fraction(9, 10), True, False),
        (3, 1, True, False),
        (2, 2, False, True),
        (3, 3, False, True),  # alpha_D (1 - 1/alpha_G) = 2: f(0) = 0
        (Fraction(5, 2), 3, False, True),
        (4, 2, False, True),
        (2, INF, False, True),
        (Fraction(301, 100), 3, False, False),
        (4, 4, False, False),
        (Fraction(22, 10), INF, False, False),
        (INF, INF, True, True),
        (INF, 2, True, True),
        (INF, 2, False, False),
        (INF, Fraction(1, 2), False, True),
        (INF, Fraction(1, 2), True, False),
    ],
)
def test_alpha_gan(a, b, saturating, holds):
    th = derive(go.alpha_gan(a, b, saturating=saturating))
    verdict = th.unique_minimum()
    assert verdict.holds is holds and verdict.method in ("symbolic", "computer algebra")
    assert json.loads(json.dumps(verdict.certificate)) == verdict.certificate
    if INF in (a,) or th.f == 0:
        return
    f = generating(th)
    with mp.workdps(400):
        values = [f(mp.exp(mp.mpf(t) / 8)) for t in range(-480, 481, 15) if t]
    if holds:
        assert min(values) > 0
    elif "pair" in verdict.certificate:
        assert_negative(th, verdict.certificate["pair"])
    else:
        pytest.fail("no pair of pmfs")


def assert_negative(th, pair):
    """D_f of the pair by another method: the pmf routine in float64."""
    P, Q = ([probability(x) for x in pair[name]] for name in "PQ")
    if min(*P, *Q) == 0 and not ("0" in pair["P"] or "0" in pair["Q"]):
        return  # a mass that float64 cannot hold, as for (0.5, 0.333)
    value = th.divergence(np.array(P), np.array(Q)).value
    assert value < 0
    if value > -1e300:
        assert value <= pair["divergence_at_most"] * (1 - 1e-6)


def test_random_alphas_agree_with_a_grid():
    # Independent: the signs of f itself at 400 digits. A grid cannot prove, but a violation is one.
    rng = random.Random(4)
    for _ in range(5):
        a, b = (Fraction(rng.randint(1, 50), 10) for _ in range(2))
        saturating = rng.random() < 0.5
        th = derive(go.alpha_gan(a, b, saturating=saturating))
        verdict = th.unique_minimum()
        assert verdict.holds is not None
        if th.f == 0:
            continue
        f = generating(th)
        with mp.workdps(400):
            least = min(f(mp.exp(mp.mpf(t) / 8)) for t in [*range(-400, 401, 7), -1, 1])
        assert (least > 0) is verdict.holds, (a, b, saturating)


@pytest.mark.parametrize("a", [0.3, 1, 2.5])
@pytest.mark.parametrize("saturating", [True, False])
def test_flow_divergence_always_holds(a, saturating):
    assert derive(go.alpha_gan(a, 0.2, saturating=saturating)).unique_minimum("flow").holds


@pytest.mark.parametrize(
    ("spec", "kind", "holds"),
    [
        ("hinge", "equilibrium", True),
        ("ebgan(1)", "equilibrium", False),  # f jumps down at u = 1
        ("ebgan(1)", "flow", True),
        ("lsgan(0, 1, 1)", "equilibrium", True),
        ("lsgan(0, 1, 0)", "equilibrium", False),
        ("lkgan(1)", "equilibrium", True),
        ("lkgan(2.5)", "equilibrium", True),
        ("lkgan(3)", "flow", False),
        ("vanilla", "discriminator", True),
        ('fgan("tv")', "equilibrium", True),
        ('hybrid_fgan(generator="kl", discriminator="gan")', "flow", False),
        ("renyi(2)", "equilibrium", None),
    ],
)
def test_other_objectives(spec, kind, holds):
    assert derive(go.from_spec(spec)).unique_minimum(kind).holds is holds


def test_a_function_with_logarithms_that_is_not_convex():
    th = derive(go.parse(real="-softplus(-v)", fake="-softplus(v)", generator="softplus(-v) + v**2/10"))
    assert th.convexity().holds is False
    verdict = th.unique_minimum()
    assert verdict.holds and verdict.method == "ball arithmetic"
    f = generating(th)
    with mp.workdps(100):
        assert min(f(mp.exp(mp.mpf(t) / 4)) for t in range(-200, 201) if t) > 0


@pytest.mark.parametrize(
    ("generator", "kind", "holds"),
    [
        ("abs(v)*(abs(v) - 1/2)", "equilibrium", False),  # below 0 around u = 1, above 0 at both ends
        ("abs(v)*(1/2 - abs(v))", "equilibrium", False),
        ("abs(v)*(1 + abs(v)/2)", "equilibrium", True),
        ("3*v**2 - max(0, v - 1/2)/3", "equilibrium", True),  # the slope falls at u = 3
        ("3*v**2 - max(0, v - 1/6)/3", "equilibrium", True),  # at u = 7/5
    ],
)
def test_in_pieces_as_the_criterion_has_it_on_a_grid(generator, kind, holds):
    """D_f >= 0 off P = Q iff f(u1)/(1 - u1) + f(u2)/(u2 - 1) > 0; least squares, v* = (u - 1)/(u + 1)."""
    th = derive(go.parse(real="-(v-1)**2", fake="-(v+1)**2", generator=generator))
    verdict, f = th.unique_minimum(kind), th.generating_function(kind)
    assert verdict.holds is holds, verdict
    t = np.linspace(1 / 64, 30, 600)
    sides = [f.of_log(s * t) / np.abs(np.expm1(s * t)) for s in (-1, 1)]
    least = sum(min(x.min(), end) for x, end in zip(sides, (f.at_zero, f.slope_at_infinity), strict=True))
    assert least > 1e-3 if holds else least <= 1e-12


def test_zeros_on_both_sides_of_one_are_no_unique_minimum():
    """P = (2/3, 1/3) and Q = (1/3, 2/3) have ratios 2 and 1/2, at which this f is 0."""
    f = (u - 1) ** 2 * (u - 2) ** 2 * (2 * u - 1) ** 2
    second = sp.expand(sp.diff(f, u, 2))
    found = of_smooth(f, second, (sp.Integer(4), sp.oo), second.subs(u, 1))
    assert found.holds is not True
    g = (u - 1) ** 2 * (u - 2) ** 2
    assert of_smooth(g, sp.diff(g, u, 2), (sp.Integer(4), sp.oo), sp.Integer(2)).holds  # on one side only
    assert of_smooth(f + u * (u - 1) ** 2, second + 6 * u - 4, (sp.Integer(4), sp.oo), sp.Integer(4)).holds
    assert of_smooth(None, second, (None, None), sp.S.One).holds is None


@pytest.mark.parametrize("power", [3, 4])  # f'' < 0 far out on both sides, or with more changes of sign
@pytest.mark.parametrize(("ends", "holds"), [((0, 0), False), ((0, 1), True), ((1, 0), True)])
def test_an_f_that_is_positive_goes_by_its_ends(power, ends, holds):
    """D_f of laws on disjoint supports is f(0) + f'(inf), and f(0) or f'(inf) alone with a part in common."""
    f = u * (u - 1) ** 2 / (1 + u) ** power
    second = sp.factor(sp.diff(f, u, 2))
    found = of_smooth(f, second, tuple(map(sp.Integer, ends)), second.subs(u, 1))
    assert found.holds is holds
    assert of_smooth(f, second, (None, sp.S.One), second.subs(u, 1)).holds is not False


def test_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="kind 'equilibrum': did you mean 'equilibrium'"):
        derive(go.vanilla()).unique_minimum("equilibrum")


def test_the_least_of_long_sums_that_are_equal_is_either():
    """sympy's Min raises "not comparable" for these."""
    from gantheory.derivation.verdicts.piecewise_minimum import _least

    e = sp.exp(3)
    one, other = sp.log(1 + e) - sp.log(1 + 1 / e), sp.Integer(3)
    assert _least([one, other]) in (one, other) and _least([one, sp.Integer(2), sp.oo]) == 2
    assert _least([one, -sp.oo]) == -sp.oo and _least([sp.oo, one]) == one


@pytest.mark.parametrize("jump", [R(0), R(1, 2), R(-1, 2)])  # at u = 1
@pytest.mark.parametrize("seed", range(6))
def test_piecewise_linear_f_by_its_values_at_the_breaks(seed, jump):
    """The least f/|u - 1| on each side is at a break, at u = 0, next to u = 1, or f'(inf)."""
    rng = random.Random(seed)
    breaks = [sp.S.Zero, R(1, 4), R(2, 3), sp.S.One, R(5, 3), sp.Integer(4)]
    heights = [R(rng.randint(-3, 12), 4) for _ in breaks]
    heights[3] = sp.S.Zero
    last = R(rng.randint(-2, 8), 3)
    slopes = [(b - a) / (y - x) for x, y, a, b in zip(breaks, breaks[1:], heights, heights[1:], strict=False)]
    slopes.append(last)
    segments = [
        Segment(start, end, a + slope * (u - start))
        for start, end, a, slope in zip(breaks, [*breaks[1:], sp.oo], heights, slopes, strict=True)
    ]
    slopes[3] -= jump / (breaks[4] - 1)
    segments[3] = Segment(breaks[3], breaks[4], jump + slopes[3] * (u - 1))
    verdict = piecewise_minimum(Induced(None, None, segments=tuple(segments)))
    low = min(*(f / (1 - x) for x, f in zip(breaks[:3], heights, strict=False)), -slopes[2])
    beside = slopes[3] if jump == 0 else jump * sp.oo
    high = min(*(f / (x - 1) for x, f in zip(breaks[4:], heights[4:], strict=True)), beside, last)
    assert list(verdict.certificate.values()) == [str(low), str(high)]
    assert verdict.holds is (True if low + high > 0 else False if low + high < 0 else None)


def test_a_pair_for_an_f_that_is_negative_in_the_middle_only():
    """Exact arithmetic: the pmfs of the certificate have a D_f that is no larger than it says."""
    f = (u - 1) ** 2 * ((u - 3) ** 2 - R(1, 2))
    pair = negative_pair(f, u, f.subs(u, 0), sp.oo, Fraction(11, 10))
    texts = [one.replace("1 - ", "").replace(" ", "*").replace("^", "**") for one in (pair.P[0], pair.Q[0])]
    p, q = (sp.Rational(sp.parse_expr(one)) for one in texts)
    assert pair.P[1] == f"1 - {pair.P[0]}" and pair.Q[1] == f"1 - {pair.Q[0]}"
    value = q * f.subs(u, p / q) + (1 - q) * f.subs(u, (1 - p) / (1 - q))
    assert value <= pair.divergence < 0 and pair.divergence < value * (1 - 1e-9)
    assert abs(sp.log(p / q) - 1.1) < 1e-3


def test_a_score_that_rests_around_one_has_zeros_off_one():
    # v* = 0 up to u = 2, where f is thus linear; beyond, S falls and D_f is negative.
    theory = derive(go.parse(real="v-v**2/4", fake="-2*v", generator="-v", domain=(0, 1)))
    assert all(theory.unique_minimum(kind).holds is False for kind in KINDS)
    assert theory.divergence([0.55, 0.45], [0.45, 0.55]).value == 0


@pytest.mark.parametrize(
    ("loss", "holds"),
    [
        (dict(fake="-2*v", generator="log(v)", domain=(0, 3)), (None, None, False)),
        (dict(fake="-2*v", generator="-v", generator_real="log(v)", domain=(0, 3)), (None, False, False)),
        (dict(fake="-2*v", generator="-v", domain=(0, 3)), (False, False, False)),
    ],
)
def test_a_score_that_rests_around_one_where_the_loss_is_infinite(loss, holds):
    # f is linear around u = 1 only if it is finite there; of h S alone counts.
    theory = derive(go.parse(real="v", **loss))
    assert (
        tuple(theory.unique_minimum(kind).holds for kind in ("equilibrium", "flow", "discriminator")) == holds
    )


def test_a_score_that_is_infinite_around_one():
    # tanh(v) is the greater the higher v is, for u > 1/2: f is linear there, and finite as S is.
    theory = derive(go.parse(real="tanh(v)", fake="-tanh(v)/2", generator="-tanh(v)"))
    assert theory.unique_minimum().holds is False
    assert theory.divergence((0.4, 0.6), (0.5, 0.5)).value == 0

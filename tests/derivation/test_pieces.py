"""f, h and f_D of losses with clamps, epsilons, kinks and jumps, from the optimal score alone.

With s = S(v*) and the mean s1 of both sides at u = 1, u dh' = -ds integrates by parts to

    h(u) = s1 (u - 1) - u int_1^u s(x)/x^2 dx,

so that no derivative of a piecewise function is taken. `test_optimum` compares v* with a grid search.
"""

import functools
import itertools
import math
from dataclasses import replace
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import integrate, optimize, stats

from gantheory.derivation import derive
from gantheory.derivation.induced.saturation import saturation
from gantheory.derivation.numbers.degenerate import InfiniteBeyond
from gantheory.derivation.numbers.end_values import (
    end_values,
    falls,
    flow_at_zero,
    flow_slope,
    height_at_one,
    heights,
)
from gantheory.derivation.numbers.numeric import inverse_link, score_of_piece
from gantheory.derivation.optimum.inversion import inverted_piece
from gantheory.derivation.optimum.solution import OptimalScore
from gantheory.derivation.theory import Theory
from gantheory.derivation.verdicts.certificate import of_theory
from gantheory.divergences import ClosedForm
from gantheory.errors import GantheoryError
from gantheory.objectives import from_spec, hinge, parse, v

SIGMOID = {"link": "sigmoid(v)"}
HUBER = "(min(abs({0}),1)**2/2 + abs({0}) - min(abs({0}),1))"
LOSSES = {
    "clipped logits": dict(
        real="-softplus(-min(max(v,-3),4))", fake="-softplus(min(max(v,-3),4))", generator="softplus(-v)"
    ),
    "clamped generator": dict(real="log(D)", fake="log(1 - D)", generator="-log(max(D, 1e-2))", **SIGMOID),
    "epsilon in the generator": dict(real="log(D)", fake="log(1 - D)", generator="-log(D + 1e-3)", **SIGMOID),
    "clamped probability": dict(
        real="log(max(D, 1e-3))", fake="log(max(1 - D, 1e-3))", generator="-log(max(D, 1e-3))", **SIGMOID
    ),
    "Huber": dict(
        real="-" + HUBER.format("v-1"),
        fake="-" + HUBER.format("v+1"),
        generator=HUBER.format("v-1"),
    ),
    "kinked generator": dict(
        real="-(v-1)**2", fake="-(v+1)**2", generator="abs(v-1/2)", generator_real="max(v,0)"
    ),
    "three steps": dict(
        real="min(0,v-1)+min(0,v-3)", fake="min(0,-v-1)", generator="v**2 - v", generator_real="v"
    ),
    "finite domain": dict(real="log(v)", fake="-v", generator="-v", domain=("1/4", "3")),
    "Welsch, a jump at u = 1": dict(real="exp(-(v-1)**2)", fake="exp(-(v+1)**2)", generator="-v"),
    "a jump elsewhere": dict(real="exp(-(v-1)**2)", fake="2*exp(-(v+1)**2)", generator="-v"),
    "quartic": dict(real="-(v-1)**4", fake="-(v+1)**4", generator="(v-1)**4"),
    "log-cosh": dict(real="-log(cosh(v-1))", fake="-log(cosh(v+1))", generator="log(cosh(v-1))"),
    "formulas, but none of h": dict(
        real="-softplus(-min(max(v,-1),2))",
        fake="-softplus(min(max(v,-1),2))",
        generator="exp(-v**2) + sign(v-1)/4",
    ),
    "clamped link": dict(
        real="log(sigmoid(v))",
        fake="log(1-sigmoid(v))",
        generator="-log(sigmoid(v))",
        link="max(sigmoid(v),1/4)",
    ),
}
PAIRS = [([0.5, 0.5], [0.9, 0.1]), ([0.02, 0.3, 0.68], [0.6, 0.25, 0.15]), ([1e-5, 1 - 1e-5], [0.5, 0.5])]


@functools.cache
def built(name):
    given = dict(LOSSES[name])
    domain = given.pop("domain", None)
    if domain is not None:
        given["domain"] = tuple(float(sp.Rational(end)) for end in domain)
    objective = parse(**given)
    return objective, derive(objective)


def at(expr, score):
    f = sp.lambdify(v, expr, ["scipy", "numpy"])
    with np.errstate(all="ignore"):
        return np.broadcast_to(f(score), score.shape).astype(float)


def integral(f, a, b):
    """Gauss-Legendre rules of 24 points on parts no longer than 1."""
    nodes, weights = np.polynomial.legendre.leggauss(24)
    edges = np.linspace(a, b, 2 + int(abs(b - a)))
    half = np.diff(edges)[:, None] / 2
    return float((half * weights * f((edges[:-1, None] + half * (1 + nodes)).ravel()).reshape(-1, 24)).sum())


@pytest.mark.slow_cases(
    "log-cosh",
    "Welsch, a jump at u = 1",
    "clipped logits",
    "formulas, but none of h",
    "clamped link",
)
@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow) if n == "a jump elsewhere" else n for n in LOSSES],
)
def test_divergences_from_the_score(name):
    objective, theory = built(name)

    score = theory.score_at_log_ratio

    def mean_at_one(*roles):
        around = score(np.array([-1e-9, 1e-9]))
        return sum(at(getattr(objective, role), around) for role in roles).mean()

    def value_at_one(*roles):
        """At the score reported there, which test_ties.py and test_optimum.py hold to be optimal."""
        return float(sum(at(getattr(objective, role), score(np.zeros(1))) for role in roles)[0])

    breaks = [float(sp.log(piece.end)) for piece in theory.solution.pieces[:-1]]

    def h(t):
        cuts = sorted({0.0, t, *(b for b in breaks if min(t, 0) < b < max(t, 0))}, reverse=t < 0)
        inside = sum(
            integral(lambda x: at(objective.S, score(x)) * np.exp(-x), a, b)
            for a, b in itertools.pairwise(cuts)
        )
        return mean_at_one("S") * math.expm1(t) - math.exp(t) * inside

    for P, Q in PAIRS:
        for kind, real, fake in (("equilibrium", "R", "S"), ("discriminator", "A", "B")):
            p, q = np.array(P), np.array(Q)
            best = score(np.log(p / q))
            terms = p * at(getattr(objective, real), best) + q * at(getattr(objective, fake), best)
            wanted = math.fsum(terms) - value_at_one(real, fake)
            found = theory.divergence(P, Q, kind)
            assert found.value == pytest.approx(wanted, rel=1e-8, abs=2e-8), (kind, P)
        wanted = math.fsum(q * h(math.log(p / q)) for p, q in zip(P, Q, strict=True))
        assert theory.divergence(P, Q, "flow").value == pytest.approx(wanted, rel=1e-7, abs=2e-8), P


@pytest.mark.parametrize(
    "name", ["clipped logits", "clamped generator", "Huber", "kinked generator", "three steps"]
)
def test_verdicts_are_those_of_chords(name):
    """A convex f has rising chords; a witness of the contrary is a real one."""
    _, theory = built(name)
    t = np.linspace(-6, 6, 1201)
    u = np.exp(t)
    for kind in ("equilibrium", "flow", "discriminator"):
        values = theory.generating_function(kind).of_log(t)
        slopes = np.diff(values) / np.diff(u)
        rises = bool((np.diff(slopes) >= -1e-6 * (1 + np.abs(slopes[1:]))).all())
        verdict = theory.convexity(kind)
        assert verdict.holds is rises, (kind, verdict)
        if verdict.holds is False and verdict.witness_log_u is not None:
            w = verdict.witness_log_u
            near = theory.generating_function(kind).of_log(np.array([w - 1e-2, w, w + 1e-2]))
            a, b, c = np.exp([w - 1e-2, w, w + 1e-2])
            assert (near[1] - near[0]) / (b - a) > (near[2] - near[1]) / (c - b)


THRESHOLD_ABOVE_ONE = dict(real="v**2", fake="-v**3", generator="-v**2", domain=(-0.5, 5))  # at 3/2


@pytest.mark.parametrize("name", ["clipped logits", "Huber", "kinked generator", "finite domain", "at 3/2"])
def test_representatives_vanish_at_one_with_opposite_slopes(name):
    theory = derive(parse(**THRESHOLD_ABOVE_ONE)) if name == "at 3/2" else built(name)[1]
    step = sp.Rational(1, 10**12)
    for f in (theory.f, theory.h, theory.f_D):
        left, middle, right = (sp.N(f.subs(theory.u, 1 + k * step), 40) for k in (-1, 0, 1))
        assert middle == 0
        assert (middle - left) / step == pytest.approx(-(right - middle) / step, abs=1e-10)


def test_a_threshold_that_is_known_to_digits_only_is_no_proof():
    with pytest.raises(ValueError, match="a threshold of its optimal score is known to 50 digits only"):
        built("clamped probability")[1].divergence([0.5, 0.5], [0.9, 0.1], certified=True)


@pytest.mark.parametrize("power", [1, 3])
def test_an_odd_power_of_the_score_is_written_with_one_absolute_value(power):
    """Least squares, v* = (u - 1)/(u + 1), whose generator loses |v|^k."""
    theory = derive(parse(real="-(v-1)**2", fake="-(v+1)**2", generator=f"abs(v)**{power}"))
    u = theory.u
    assert sp.simplify(theory.f - sp.Abs(u - 1) ** power / (u + 1) ** power) == 0
    assert not theory.f.has(sp.Piecewise)


@pytest.mark.parametrize("name", ["clamped probability", "Huber", "kinked generator"])
def test_mirrored_losses_have_symmetric_suprema(name):
    """A(-v) = B(v): to exchange P and Q changes the sign of the score. S is one-sided."""
    objective, theory = built(name)
    scores = np.linspace(-9, 9, 61)
    assert at(objective.A, -scores) == pytest.approx(at(objective.B, scores), abs=1e-12)
    assert theory.symmetric("discriminator") is True
    assert theory.symmetric("equilibrium") is False


def test_saturation_is_zero_where_the_score_rests():
    _, theory = built("clipped logits")
    assert theory.saturation_of_score([-5.0, -3.0, 0.0, 4.0, 6.0]) == pytest.approx([0, 0, 0.5, 0, 0])
    assert theory.landscape.in_words() == ("vanishes", "vanishes")


def test_a_clamped_generator_stops_learning():
    """S = -log max(D, 1/100): s = D - 1 above the clamp and 0 below."""
    _, theory = built("clamped generator")
    D = np.array([0.001, 0.009, 0.011, 0.5, 0.99])
    assert theory.saturation_at(D) == pytest.approx([0, 0, 1 - 0.011, 0.5, 0.01])
    assert theory.saturation.subs(sp.Symbol("D", positive=True), sp.Rational(1, 2)) == sp.Rational(1, 2)


MOVING = ["clipped logits", "clamped generator", "epsilon in the generator", "Huber", "kinked generator"]
MOVING += ["finite domain", "quartic", "log-cosh", "clamped link"]


@pytest.mark.parametrize("name", MOVING)
def test_printed_saturation_is_the_slope_of_the_generators_term(name):
    """s = d S(v*)/d log u, by central differences along the reported scores; 0 where they rest."""
    objective, theory = built(name)
    t, score, s = np.array([-6.3, -2.1, -0.7, 0.4, 1.3, 4.8]), theory.score_at_log_ratio, theory.landscape
    slopes = (at(objective.S, score(t + 1e-5)) - at(objective.S, score(t - 1e-5))) / 2e-5
    where = at(objective.link, score(t)) if s.symbol != v else score(t)
    printed = sp.lambdify(s.symbol, theory.saturation, ["scipy", "numpy"])(where)
    assert printed == pytest.approx(np.abs(slopes), rel=1e-8, abs=1e-10)
    signs = set(np.sign(slopes)) - {0}
    assert s.sign == (signs.pop() if len(signs) == 1 else 0)


def test_saturation_through_an_inverse_error_function():
    """lambda = log Phi(v) - log Phi(-v), so that s = -1/(phi/Phi + phi/(1 - Phi)) of S = -v."""
    theory = derive(parse(real="log(erfc(-v/sqrt(2))/2)", fake="log(erfc(v/sqrt(2))/2)", generator="-v"))
    at = np.array([-3.0, -0.5, 0.0, 2.0])
    wanted = stats.norm.cdf(at) * stats.norm.sf(at) / stats.norm.pdf(at)
    assert sp.lambdify(v, theory.saturation, ["scipy", "numpy"])(at) == pytest.approx(wanted, rel=1e-12)
    assert theory.landscape.sign == -1


def test_ends_of_a_saturation_without_a_formula_of_the_score():
    """log u goes as 2 v below and as (1/3 + sqrt(2)) v above, so that s = -1 over these."""
    game = dict(real="-exp(-v)-exp(-v/3)", fake="-exp(v)-exp(v*sqrt(2))", generator="-v")
    landscape = derive(parse(**game)).landscape
    assert landscape.at_fake == sp.S.Half
    assert sp.simplify(landscape.at_real * (sp.Rational(1, 3) + sp.sqrt(2))) == 1


CUBED = dict(real="-softplus(-v**3)", fake="-softplus(v**3)", generator="-v")  # v* = (log u)^(1/3)


def test_saturation_of_a_score_that_moves_with_infinite_slope():
    """S'/lambda' of S = -v, lambda = v^3."""
    theory = derive(parse(**CUBED))
    assert theory.saturation == 1 / (3 * v**2) and theory.landscape.sign == -1
    # f = -v*(u), from which no infinite slope at u = 1 is taken.
    assert [float(theory.f.subs(theory.u, sp.exp(t))) for t in (-27, 0, 8)] == [3, 0, -2]


def test_scores_where_a_slope_rounds_to_zero():
    """Beyond log u = -745 and 745 one of A' and B' is no float; they were 9.088 from there on."""
    theory, t = derive(parse(**CUBED)), np.array([-1e4, -800.0, -740.0, 800.0, 1e4])
    for scores in (theory.score_at_log_ratio(t), inverted_piece(theory.solution.pieces[0], t)):
        assert scores == pytest.approx(np.cbrt(t), rel=1e-13)


@pytest.mark.slow
def test_flow_of_a_score_that_moves_with_infinite_slope():
    """With u = exp(r^3) h' = int exp(-r^3) dr."""
    total = 0.0
    for u in (0.4, 1.6):
        score = math.copysign(abs(math.log(u)) ** (1 / 3), u - 1)
        slope = integrate.quad(lambda r: math.exp(-(r**3)), 0, score, epsabs=1e-14)[0]
        total += (u * slope - score) / 2
    found = derive(parse(**CUBED)).divergence([0.2, 0.8], [0.5, 0.5], kind="flow")
    assert found.value == pytest.approx(total, rel=1e-12)


ENDS_OF_H = {  # S, S', rho = -B'/A', and v* just above u = 1
    "quartic": (lambda v: (v - 1) ** 4, lambda v: 4 * (v - 1) ** 3, lambda v: ((1 + v) / (1 - v)) ** 3, 0.0),
    "log-cosh": (
        lambda v: math.log(math.cosh(v - 1)),
        lambda v: math.tanh(v - 1),
        lambda v: math.tanh(v + 1) / math.tanh(1 - v),
        0.0,
    ),
    "Welsch, a jump at u = 1": (
        lambda v: -v,
        lambda v: -1.0,
        lambda v: (1 + v) / (1 - v) * math.exp(-4 * v),
        optimize.brentq(lambda v: 2 * math.atanh(v) - 4 * v, 0.5, 1 - 1e-9, xtol=1e-15),
    ),
}


@pytest.mark.parametrize("name", ENDS_OF_H)
def test_weights_in_h_of_mass_that_one_side_lacks(name):
    """h(0) = S(v*(0)) - mean S(v*(1)), h'(oo) = (fall of S at 1)/2 - int S'/rho dv; no score has a formula,
    and v* goes from -1 to 1."""
    S, slope, rho, v1 = ENDS_OF_H[name]
    h = built(name)[1].generating_function("flow")
    assert h.at_zero == pytest.approx(S(-1) - (S(v1) + S(-v1)) / 2, rel=1e-12)
    above = integrate.quad(lambda v: -slope(v) / rho(v), v1, 1, epsabs=1e-13)[0]
    assert h.slope_at_infinity == pytest.approx((S(-v1) - S(v1)) / 2 + above, rel=1e-10)


def test_ends_of_h_from_formulas_that_give_none_of_h():
    """s = exp(-log(u)^2) +- 1/4 with a jump at u = e, and constant for u < 1/e and u > e^2."""
    theory = built("formulas, but none of h")[1]
    assert theory.h is None
    solution = theory.solution

    def s(t):
        return math.exp(-(min(max(t, -1.0), 2.0) ** 2)) + math.copysign(0.25, t - 1)

    mean = integrate.quad(lambda x: s(x) * math.exp(-x), 0, 40, points=[1, 2], epsabs=1e-14)[0]
    assert float(flow_at_zero(solution)) == pytest.approx(s(-9) - s(0), rel=1e-14)
    assert float(flow_slope(solution, falls(solution))) == pytest.approx(s(0) - mean, rel=1e-12)


VANILLA = dict(real="-softplus(-v)", fake="-softplus(v)")
CLIPPED = dict(real="-softplus(-min(max(v,-1),2))", fake="-softplus(min(max(v,-1),2))")


def without_formula(**game):
    """The theory of a smooth game whose formula of the score is withheld."""
    theory = derive(parse(**game))
    piece = replace(theory.solution.pieces[0], closed=None)
    return Theory(theory.objective, OptimalScore((piece,), "numeric"))


@pytest.mark.parametrize("generator", ["1/v", "1/(exp(v)-1)"])
@pytest.mark.parametrize("name", ["one formula", "pieces", "no formula"])
def test_a_loss_that_is_infinite_at_equal_laws_has_no_divergence(name, generator):
    """v*(1) = 0, from where neither f nor h can be counted."""
    game = dict(CLIPPED if name == "pieces" else VANILLA, generator=generator)
    theory = without_formula(**game) if name == "no formula" else derive(parse(**game))
    for kind in ("equilibrium", "flow"):
        assert theory.induced(kind).expr is None
        with pytest.raises(GantheoryError, match=rf"has no {kind} divergence: S is infinite at P_g = P_r"):
            theory.divergence([0.5, 0.5], [0.9, 0.1], kind=kind)
    if name != "no formula":
        assert "at P_g = P_r is" in theory.equilibrium.reason
        assert "at P_g = P_r is" in theory.flow.reason or generator == "1/v"


def test_a_saturation_that_goes_on_changing_has_no_limit():
    """S = sin(v), so that s = cos(log u)."""
    (piece,) = without_formula(**VANILLA, generator="v").solution.pieces
    piece = replace(piece, plain=replace(piece.plain, S=sp.sin(v)))
    solution = OptimalScore((piece,), "numeric")
    assert end_values(solution, "R", "S")[0] is None and flow_at_zero(solution) is None
    found = saturation(solution)
    assert found.at_fake is None and found.at_real is None
    assert found.in_words() == ("unknown", "unknown")


def test_an_end_of_f_where_u_times_an_infinite_loss_is_finite():
    """u R = 1, S = exp(-log(u)^2) and f'(1) = 0, so that f(0) = 1 + 0 - (1 + 1) and f'(oo) = 0."""
    game = dict(VANILLA, generator="exp(-v**2)", generator_real="exp(-v)")
    for theory in (without_formula(**game), derive(parse(**game))):
        assert [float(end) for end in end_values(theory.solution, "R", "S")] == [-1, 0]


def test_ends_of_f_that_is_tilted_at_one():
    """R = 0, S = 1/(1 + u): less the tangent 1/2 - (u - 1)/4 that is f(0) = 1 - 1/2 - 1/4, f'(oo) = 1/4."""
    game = dict(VANILLA, generator="1/(1+exp(v))")
    for theory in (without_formula(**game), derive(parse(**game))):
        assert [float(end) for end in end_values(theory.solution, "R", "S")] == pytest.approx([0.25, 0.25])


@pytest.mark.parametrize(
    ("S", "slope"),
    [
        (-2 * sp.exp(v), sp.oo),
        pytest.param(sp.exp(v), -sp.oo, marks=pytest.mark.slow),
        pytest.param(sp.exp(v) * (sp.sin(v) - sp.cos(v)), None, marks=pytest.mark.slow),
    ],
)
def test_a_slope_of_h_whose_integral_diverges_is_infinite(S, slope):
    """rho = e^v: -int S'/rho dv over all scores above 0; what oscillates is not resolved."""
    (piece,) = without_formula(**VANILLA, generator="v").solution.pieces
    solution = OptimalScore((replace(piece, plain=replace(piece.plain, S=S)),), "numeric")
    assert flow_slope(solution, ()) == slope


@pytest.mark.parametrize("power", [1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_a_generator_with_a_pole_where_the_scores_end(power):
    """S = (1 - v)^-n, and 1/rho of the order of (1 - v)^2 towards v*(oo) = 1: finite at n = 1."""
    real, fake = "-abs(v-1)**3/3-(v-1)**4", "-abs(v+1)**3/3-(v+1)**4"
    solution = derive(parse(real=real, fake=fake, generator=f"1/(1-v)**{power}")).solution
    found = float(flow_slope(solution, ()))
    if power > 1:
        assert found == -math.inf
        return

    def integrand(x):
        return (1 + 4 * (1 - x)) / ((1 + x) ** 2 + 4 * (1 + x) ** 3)  # S' = 1/(1 - v)^2

    assert found == pytest.approx(-integrate.quad(integrand, 0, 1, epsabs=1e-14)[0], rel=1e-12)


def test_what_a_jump_at_one_adds():
    """Of hinge, h = |u - 1|, whose slope falls by 2 at u = 1; A = B = -1 at the score between."""
    solution = derive(hinge()).solution
    assert falls(solution) == ((1, 2),) and float(flow_slope(solution, falls(solution))) == 1
    assert float(flow_at_zero(solution)) == 1
    assert float(height_at_one(solution, "A", "B")) == -2 and heights(solution) == ()


def test_a_continuous_score_has_no_jumps():
    assert falls(built("clipped logits")[1].solution) == ()


def test_ends_of_f_whose_slope_at_one_is_infinite():
    """f = -v*(u) = -log(u)^(1/3), from which no tangent is taken off, to the digits of v*(1)."""
    assert end_values(without_formula(**CUBED).solution, "R", "S") == (sp.oo, 0)


def test_a_formula_that_is_no_stationary_score_is_not_taken():
    (piece,) = derive(parse(**VANILLA, generator="v")).solution.pieces
    piece = replace(piece, closed=piece.closed + sp.Float(1e-9))
    t = np.array([-30.0, -1.0, 2.0])
    assert score_of_piece(piece, t) == pytest.approx(t, rel=1e-14)


def test_a_tie_off_one_has_the_height_of_its_score():
    """u R + S at u = 3, where R = 2 and S = 5; that at u = 1 is no height."""
    at = {"R": sp.Integer(2), "S": sp.Integer(5)}
    ties = [SimpleNamespace(at=sp.Integer(place), of=at.get) for place in (1, 3)]
    assert [[float(x) for x in tie] for tie in heights(SimpleNamespace(jumps=ties))] == [[3, 11]]


def test_an_end_of_f_that_is_oo_less_oo_is_unknown():
    """u R + S = -1/u + 1/u, term by term."""
    theory = without_formula(**VANILLA, generator="exp(-v)", generator_real="-exp(-2*v)")
    assert end_values(theory.solution, "R", "S")[0] is None


@pytest.mark.parametrize("link", [v, v + v**3, sp.tanh(v), 1 / (1 + sp.exp(-v)), 2 - sp.sinh(v)])
def test_scores_of_a_link(link):
    scores = np.array([[-4.0, -0.25], [0.0, 1.5]])
    given = np.array(sp.lambdify(v, link, "numpy")(scores))
    assert inverse_link(SimpleNamespace(link=sp.sympify(link)), given) == pytest.approx(scores, abs=1e-11)


@pytest.mark.parametrize("closed", [(True, True), (True, False), (False, True), (False, False)])
@pytest.mark.parametrize("sides", [(True, True), (True, False), (False, True)])
def test_an_f_that_is_infinite_beyond_some_ratios(closed, sides):
    """(u - 1)^2 from 1/2 to 2, at the ends where they are closed, else oo; on all of a side with none."""
    u = sp.Symbol("u", positive=True)
    core = ClosedForm((u - 1) ** 2, u, at_zero=1, slope_at_infinity=sp.oo)
    infinite = tuple(math.inf if side else None for side in sides)
    f = InfiniteBeyond(core, (sp.Rational(1, 2), sp.Integer(2)), infinite, closed)
    assert f.at_zero == (math.inf if sides[0] else 1)
    for at in (1 / 4, 1 / 2, 3 / 4, 3 / 2, 2, 4):
        k = 0 if at < 1 else 1
        beyond = at in (1 / 4, 4) or (at in (1 / 2, 2) and not closed[k])
        true = math.inf if sides[k] and beyond else (at - 1) ** 2
        with mpmath.workdps(60):
            assert float(f.mp(mpmath.log(mpmath.mpf(at)))) == pytest.approx(true, rel=1e-12)
        assert math.exp(max(math.log(at), 0)) * f.scaled(np.log([at]))[0] == pytest.approx(true, rel=1e-12), (
            at
        )
    ends = {0.5 if k == 0 else 2.0: core for k in (0, 1) if sides[k]}
    found = {float(at): float(value) for at, value in f.ties}
    assert found == {at: (at - 1) ** 2 if closed[at > 1] else math.inf for at in ends}


def test_a_loss_that_is_0_over_0_at_equal_laws():
    """S = v/(e^v - 1), s = log(u)/(u - 1) with s(1) = 1 and s'(1) = -1/2."""
    theory = derive(parse(**VANILLA, generator="v/(exp(v)-1)"))
    P, Q = [0.5, 0.4, 0.1], [0.9, 0.1, 0.0]
    ratios = [(p / q, q) for p, q in zip(P, Q, strict=True) if q]
    wanted = sum(q * (math.log(x) / (x - 1) - 1 + (x - 1) / 2) for x, q in ratios) + 0.1 / 2
    assert theory.divergence(P, Q).value == pytest.approx(wanted, rel=1e-13)
    mean = integrate.quad(lambda x: x / math.expm1(x) * math.exp(-x), 1e-15, 200, epsabs=1e-14)[0]
    assert float(flow_slope(theory.solution, ())) == pytest.approx(1 - mean, rel=1e-11)
    # The same of a score without a formula: S = tanh(v)/v is 1 at v*(1) = 0, and 0 at v*(0) = -oo.
    numeric = without_formula(**VANILLA, generator="tanh(v)/v")
    assert float(flow_at_zero(numeric.solution)) == -1


BETA_ENDS = {  # S = w^(1/2) (1 + w)^k of these w, and the u where it bends or jumps
    "two beta functions": ("exp(v/2)*(1+exp(v))**(1/3)", 1.0),
    "none in the last piece": ("exp(min(v,1)/2)*(1+exp(min(v,1)))**(-5/3)", math.e),
    "none in the first piece": ("exp(max(v,-1)/2)*(1+exp(max(v,-1)))**(-5/3)", math.exp(-1)),
    "a jump at u = 1": ("(1-sign(v))*exp(v/2)*(1+exp(v))**(-5/3)", 1.0),
}


@pytest.mark.slow_cases("none in the last piece", "a jump at u = 1")
@pytest.mark.parametrize("name", BETA_ENDS)
def test_ends_of_h_with_beta_functions(name):
    """v* = log u; by parts h'(oo) = mean S(v*(1)) - int_1^oo S(v*(u))/u^2 du."""
    formula, bend = BETA_ENDS[name]
    theory = derive(parse(real="log(sigmoid(v))", fake="log(1-sigmoid(v))", generator=formula))
    assert theory.h.has(sp.betainc)
    S = sp.lambdify(v, theory.objective.S)
    middle = (S(1e-13) + S(-1e-13)) / 2
    at_zero, slope = (float(sp.N(end, 20)) for end in theory.ends("flow"))
    assert at_zero == pytest.approx(S(-100.0) - middle, rel=1e-9)
    mean = integrate.quad(lambda x: S(-math.log(x)), 0, 1, points=[min(bend, 1 / bend)], epsabs=1e-12)[0]
    assert slope == pytest.approx(middle - mean, rel=1e-8)


ENDS = {  # no piece, the outer ones, or the one that holds u = 1 has a formula of the score; R = A, S = B
    "cubic": ("-abs(v-2)**3-v", "-2*abs(v+1)**3"),
    "atan of a score that runs to infinity": ("-log(1+v**2)/3", "-2*atan(v)"),
    "formulas at both ends": (
        "2-(v-1)**2-max(0,1/4-v**2)**2",
        "3-(v+1)**2-max(0,1/4-v**2)**2",
    ),
    "a formula around u = 1": (
        "2-(v-1)**2-max(0,v**2-1/4)**2",
        "3-2*(v+1)**2-max(0,v**2-1/4)**2",
    ),
}


@pytest.mark.slow_cases("cubic", "a formula around u = 1")
@pytest.mark.parametrize("name", ENDS)
def test_ends_of_f_are_where_it_goes(name):
    """f_D = u A + B less its tangent, or the mean of its tangents, at u = 1."""
    real, fake = ENDS[name]
    theory = derive(parse(real=real, fake=fake, generator="-v"))
    f = theory.generating_function("discriminator")
    t = np.array([-150.0, 0.0, 150.0])
    assert f.scaled(t) == pytest.approx([f.at_zero, 0.0, f.slope_at_infinity], rel=1e-10, abs=1e-12)


# Fast: clamps, kinks, steps, an end of the domain, jumps and no closed form, once each.
PRINTED = (
    "clipped logits",
    "kinked generator",
    "three steps",
    "finite domain",
    "Welsch, a jump at u = 1",
    "quartic",
)


@pytest.mark.parametrize(
    "name", [name if name in PRINTED else pytest.param(name, marks=pytest.mark.slow) for name in LOSSES]
)
def test_theories_print(name):
    _, theory = built(name)
    for text in (theory.to_text(), theory.to_latex(), str(theory.to_json())):
        assert "DiracDelta" not in text and "zoo" not in text and "nan" not in text.split("log u")[0]


@pytest.mark.parametrize(
    ("generator", "generator_real", "jumps"), [("v", "0", True), ("v**3 - v", "0", False), ("-v", "v", False)]
)
def test_only_an_f_without_jumps_has_a_certificate(generator, generator_real, jumps):
    """v* = -1 and 1, where u R + S jumps by 2 at u = 1 or is the same there; h never jumps."""
    theory = derive(
        parse(real="min(v,1)", fake="-max(v,-1)", generator=generator, generator_real=generator_real)
    )
    assert (of_theory(theory, "equilibrium") is None) is jumps
    assert of_theory(theory, "flow") is not None


def test_a_stretch_on_which_both_slopes_have_one_sign_has_no_branch():
    """A' > 0 and B' > 0 below the kink: -B'/A' is nowhere positive there, of which no logarithm is taken."""
    loss = dict(real="-softplus(-v)", fake="-abs(v - 2)", generator="-3*abs(v + 1)", generator_real="5*v")
    theory = derive(parse(**loss, domain=(-5, 3.5)))
    for t in (-2.0, 0.5, 3.0, 8.0):
        v = np.linspace(-5, 3.5, 400_001)
        payoff = -np.exp(t) * np.logaddexp(0, -v) - np.abs(v - 2)
        assert theory.score_at_log_ratio(np.array([t]))[0] == pytest.approx(v[np.argmax(payoff)], abs=1e-4)
    assert theory.convexity().holds is False and theory.convexity("flow").holds is True


def _three_levels(u0: str, lead: str) -> str:
    """Scores 0, 1 and 2 are maxima for all u, and 1 is the best for |u - u0| < 2 lead only."""
    near = "min(abs(v), abs(v - 1), abs(v - 2))"
    fake = f"-{u0}*v/2 + {lead}*max(0, 1 - abs(v - 1)) - 100*{near}"
    return f'parse(real="v/2 - 100*{near}", fake="{fake}", generator="-v", domain=(0, 2))'


@pytest.mark.parametrize(
    ("u0", "lead"), [("22", "1/10000"), ("1/22", "1/1000000"), ("500", "1/100"), ("1", "1/100000000")]
)
def test_a_winner_between_two_points_of_any_grid_is_found(u0, lead):
    solution = derive(from_spec(_three_levels(u0, lead))).solution
    middle, half = sp.Rational(u0), 2 * sp.Rational(lead)
    assert [(piece.end, piece.closed) for piece in solution.pieces] == [
        (middle - half, 0),
        (middle + half, 1),
        (sp.oo, 2),
    ]


def test_a_curved_winner_between_two_points_of_any_grid_is_found():
    # Near v = 1 the branch v = 1 + w/4, w = u - 22, has E = w/2 + 1/10000 + w^2/16, against 0 at v = 0 and w
    # at v = 2.
    dip = "100*max(0, min(abs(v), abs(v - 2), abs(v - 1) - 1/4))"
    bump = "max(0, 1/16 - (v - 1)**2) + (1/10000 - 1/16)*min(1, max(0, 2 - 2*abs(v - 1)))"
    spec = f'parse(real="v/2 - {dip}", fake="-11*v + {bump} - {dip}", generator="-v", domain=(0, 2))'
    solution = derive(from_spec(spec)).solution
    width = 4 - 4 * sp.sqrt(1 - sp.Rational(1, 10000))
    found = [piece.end for piece in solution.pieces[:-1]]
    assert [sp.simplify(at - want) for at, want in zip(found, (22 - width, 22 + width), strict=True)] == [
        0,
        0,
    ]
    assert [piece.level for piece in solution.pieces] == [True, False, True]


@pytest.mark.parametrize("low", [-9.0, -0.4, 0.0, 6.0])
def test_another_may_win_between_two_points_where_its_chord_passes_both_tangents(low):
    from gantheory.derivation.optimum.envelope import _undecided

    rng = np.random.default_rng(3)
    seen = set()
    for _ in range(100):
        t = np.array([low, low + rng.choice([0.01, 0.5, 2.0])])
        u = np.exp(t)
        # The winner is convex, between its tangents and its chord; the others lie below it at both ends.
        chord = rng.normal()
        values = rng.normal() + np.array([0.0, chord * (u[1] - u[0])])
        slopes = chord + np.array([-rng.exponential(), rng.exponential()])
        dip = (u[1] - u[0]) * min(chord - slopes[0], slopes[1] - chord)
        below = dip * rng.uniform(0.02, 1.0, (2, 2))
        E = np.stack([values, *(values - gap for gap in below)])
        A = np.stack([slopes, *rng.normal(size=(2, 2))])
        at = np.linspace(*u, 4001)
        tangents = np.maximum(*(values[k] + slopes[k] * (at - u[k]) for k in (0, 1)))
        above = max((np.interp(at, u, chords) - tangents).max() for chords in E[1:])
        if abs(above) > 1e-3 * dip:
            order = rng.permutation(3)
            assert _undecided(A[order], (E - u * A)[order], t)[0] == (above > 0)
            seen.add(above > 0)
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("spec", "thresholds"),
    [
        # u/4 + 1/8 at the end -1/2 against 4 u^3/27 on the branch 2u/3.
        ('parse(real="v**2", fake="-v**3", generator="-v", domain=(-1/2, 5))', ["3/2", "15/2"]),
        # u^2/2 (branch u) against 2 (1 - u) (end -2, A = -2, B = 2): u = -2 + 2 sqrt(2).
        (
            'parse(real="max(v, 0) - 2*max(0, min(1, -v))", fake="-max(v, 0)**2/2 + 2*max(0, min(1, -v))", '
            'generator="-v", domain=(-2, 9))',
            ["-2 + 2*sqrt(2)", "9"],
        ),
    ],
)
def test_thresholds_that_are_algebraic_print_as_such(spec, thresholds):
    solution = derive(from_spec(spec)).solution
    assert [str(piece.end) for piece in solution.pieces[:-1]] == thresholds


@pytest.mark.parametrize(
    ("real", "fake", "domain", "ends", "last"),
    [
        # B = -e^v is no float from log u = 709.8 on, where v = -1, a local maximum too, is none the better.
        ("max(-v/100, v)", "-exp(v) - 100*max(0, -v)", (-1, np.inf), ["1", "oo"], "log(u)"),
        ("max(-v/100, v)", "-exp(v) - 100*max(0, -v)", (-1, 800), ["1", "exp(800)", "oo"], "800"),
        ("max(-v/100, v)", "-exp(2*v) - 100*max(0, -v)", (-1, np.inf), ["2", "oo"], "log(u)/2 - log(2)/2"),
        # Two branches that meet as u -> 0, where the squares of scores are 0 or lost beside 1.
        ("max(v, -v/2)", "-v**2/2", None, ["oo"], "u"),
        ("max(v, -v/2)", "1 - v**2/2", None, ["oo"], "u"),
        ("max(v, -v/2)", "1 - max(0, abs(v) - 1)**2/2", None, ["oo"], "u + 1"),
        ("-v**2/2", "max(v, -v/2)", None, ["oo"], "1/u"),
        # Far from u = 1, where a formula is compared with the branch.
        ("v", "-exp(v)", (10, 30), ["exp(10)", "exp(30)", "oo"], "30"),
        ("v", "-exp(v)", (-30, -10), ["exp(-30)", "exp(-10)", "oo"], "-10"),
    ],
)
def test_the_winner_where_floats_end(real, fake, domain, ends, last):
    given = {} if domain is None else {"domain": domain}
    pieces = derive(parse(real=real, fake=fake, generator="-v", **given)).solution.pieces
    assert [str(piece.end) for piece in pieces] == ends
    assert str(pieces[-1].closed) == last
    assert None not in [piece.closed for piece in pieces]


@pytest.mark.parametrize("heights", [(0, 0), (0, 1)])
def test_a_crossing_that_newton_cannot_find_is_refused(heights):
    # A1 = A2: the step of Newton's method is 0/0 or infinite, and is no place where the score jumps.
    from gantheory.derivation.optimum.candidates import Candidate
    from gantheory.derivation.optimum.envelope import _polished
    from gantheory.derivation.optimum.game import Game
    from gantheory.errors import GantheoryError

    y = sp.Symbol("y", real=True)
    one, other = (
        Candidate(
            Game(sp.Integer(2) + 0 * y, sp.Integer(height), y, y, None, y, -sp.oo, sp.oo, y, y),
            sp.S.Zero,
            sp.oo,
            level=sp.S.Zero,
        )
        for height in heights
    )
    with pytest.raises(GantheoryError, match=r"jumps near log u = 0\.5, but A and B are too flat there"):
        _polished(one, other, 0.5)

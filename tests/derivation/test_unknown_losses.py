"""Losses that the package does not know, copies of those it does, and changes of score."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import minimize_scalar

from gantheory import objectives as go
from gantheory.derivation import derive
from gantheory.errors import GantheoryError
from gantheory.objectives import parse, v

POINTS = [sp.Rational(1, 9), sp.Rational(2, 3), sp.Rational(7, 2), sp.Integer(20)]


def assert_same_theory(one, other):
    for quantity in ("f", "h", "f_D"):
        a, b = getattr(one, quantity), getattr(other, quantity)
        assert (a is None) == (b is None), quantity
        if a is not None:
            for x in POINTS:
                assert abs(sp.N((a - b).subs(one.u, x), 30)) < 1e-20, quantity
    assert sp.N(one.ideal_loss - other.ideal_loss, 20) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("spec", ["vanilla", "alpha_gan(0.5, 1.2)", "lsgan(0, 1, 1)", 'fgan("js")', "hinge"])
def test_nothing_is_looked_up_by_name(spec):
    built_in = go.from_spec(spec)

    def text(expr):
        return str(expr).replace("Min", "min").replace("Max", "max")

    copy = parse(
        real=text(built_in.A),
        fake=text(built_in.B),
        generator=text(built_in.S),
        generator_real=text(built_in.R),
        link=text(built_in.link),
    )
    assert_same_theory(derive(copy), derive(built_in))


@pytest.mark.parametrize(
    "spec", ["vanilla(saturating=False)", "alpha_gan(0.5, 1.2, saturating=False)", "lsgan(0, 1, 1)"]
)
@pytest.mark.parametrize("phi", ["v**3 + v", "sinh(v)", "2*v + 1"])
def test_an_increasing_change_of_score_changes_nothing(spec, phi):
    obj = go.from_spec(spec)
    change = go.parse_expression(phi, {"v": v})
    moved = go.Objective(
        name="moved", **{role: getattr(obj, role).subs(v, change) for role in ("A", "B", "R", "S", "link")}
    )
    original, changed = derive(obj), derive(moved)
    assert_same_theory(changed, original)
    p, q = np.array([0.1, 0.5, 0.8]), np.array([0.7, 0.5, 0.1])
    np.testing.assert_allclose(changed.discriminator_at(p, q), original.discriminator_at(p, q), rtol=1e-12)


def test_probit_loss():
    """A = log Phi(v), B = log Phi(-v): another coordinate of the cross-entropy game."""
    th = derive(
        parse(
            real="log((1 + erf(v/sqrt(2)))/2)",
            fake="log((1 - erf(v/sqrt(2)))/2)",
            generator="log((1 - erf(v/sqrt(2)))/2)",
            generator_real="log((1 + erf(v/sqrt(2)))/2)",
            link="(1 + erf(v/sqrt(2)))/2",
        )
    )
    assert th.name() == "2 JSD"
    from scipy.stats import norm

    np.testing.assert_allclose(th.score_at([0.2, 0.6], [0.6, 0.2]), norm.ppf([0.25, 0.75]), rtol=1e-12)


def test_savage_loss():
    """l(1, D) = (1 - D)^2: D* = u/(1 + u), and the supremum is -int pq/(p + q) = Delta/4 - 1/2."""
    th = derive(parse(real="-(1 - D)**2", fake="-D**2", generator="-(1 - D)**2", link="sigmoid(v)"))
    assert th.equals("u/(1 + u)", "D").holds
    assert th.name("discriminator") == "1/4 triangular discrimination"
    assert th.landscape.in_words() == ("vanishes", "vanishes")


def test_squared_generator_of_a_chi_square_critic():
    """A = v, B = -v^2/2 estimates u itself; S = (1 - v)^2/2 gives f = (u - 1)^2/2 and h'' = (1 - u)/u."""
    th = derive(parse(real="v", fake="-v**2/2", generator="(1 - v)**2/2"))
    assert th.score == th.u
    assert th.name() == "1/2 Pearson chi^2(P_r||P_g)"
    assert sp.simplify(sp.diff(th.h, th.u, 2) - (1 - th.u) / th.u) == 0
    assert th.convexity("flow").holds is False


def ridge():
    """Cross-entropy with a penalty on the score: no closed form."""
    return parse(real="-softplus(-v) - v**2/10", fake="-softplus(v) - v**2/10", generator="softplus(-v)")


def test_the_numeric_twin_takes_over_and_says_so():
    th = derive(ridge())
    assert th.score is None and th.f is None
    assert "numeric" in th.solution.method and "numeric" in th.to_text()
    p, q = np.array([0.2, 0.5, 0.9, 0.999]), np.array([0.5, 0.5, 0.1, 0.001])
    for x, y, score in zip(p, q, th.score_at(p, q), strict=True):

        def loss(s, x=x, y=y):
            return x * (np.logaddexp(0, -s) + s * s / 10) + y * (np.logaddexp(0, s) + s * s / 10)

        best = minimize_scalar(loss, bounds=(-6, 6), method="bounded", options={"xatol": 1e-10})
        assert score == pytest.approx(best.x, abs=1e-6)
    assert float(th.ideal_loss) == pytest.approx(2 * np.log(2), rel=1e-12)


def test_the_numeric_twin_agrees_with_a_closed_form():
    """Vanilla whose solution was withheld."""
    from gantheory.derivation.optimum.solution import OptimalScore
    from gantheory.derivation.theory import Theory

    closed = derive(go.vanilla(saturating=False))
    withheld = replace(closed.solution.pieces[0], closed=None)
    twin = Theory(closed.objective, OptimalScore((withheld,), "numeric"))
    p = np.array([1e-12, 0.2, 0.5, 0.9])
    np.testing.assert_allclose(twin.score_at(p, 1 - p), closed.score_at(p, 1 - p), rtol=1e-12, atol=1e-13)
    t = np.array([-8.0, -1.0, -1e-3, 0.0, 0.4, 6.0])
    for kind in ("equilibrium", "flow", "discriminator"):
        np.testing.assert_allclose(
            twin.generating_function(kind).of_log(t),
            closed.generating_function(kind).of_log(t),
            rtol=1e-10,
            atol=1e-18,
        )


@pytest.mark.slow
def test_divergences_of_the_numeric_twin():
    """Against the trapezoidal rule on the optimal score found by the root finder."""
    from scipy import stats

    obj = ridge()
    th = derive(obj)
    P, Q = stats.norm(0, 1), stats.norm(1, 1)
    x = np.linspace(-11, 12, 4001)
    p, q = P.pdf(x), Q.pdf(x)
    score = th.score_at(p, q)
    values = obj.functions()
    supremum = np.trapezoid(p * values.A(score) + q * values.B(score), x)
    generator = np.trapezoid(q * values.S(score), x) - float(values.S(np.zeros(1))[0])
    assert th.divergence(P, Q, "discriminator").value - float(th.ideal_loss) == pytest.approx(
        supremum, rel=1e-12
    )
    assert th.divergence(P, Q).value == pytest.approx(generator, rel=1e-12)
    # D_h of a pmf from its definition: h = u h' + s - s(1), h' by quadrature over the score.
    from scipy.integrate import quad

    P, Q = [0.6, 0.4], [0.3, 0.7]
    total = 0.0
    for a, b in zip(P, Q, strict=True):
        end = float(th.score_at([a], [b])[0])

        def slope(v):
            u = -values.B.derivative(np.array(v)) / values.A.derivative(np.array(v))
            return float(-values.S.derivative(np.array(v)) / u)

        u = a / b
        total += b * (u * quad(slope, 0, end, epsabs=1e-13)[0] + float(values.S(end) - values.S(0.0)))
    assert th.divergence(P, Q, "flow").value == pytest.approx(total, rel=1e-10)


@pytest.mark.parametrize(("real", "fake"), [("-v**4", "-(v-1)**4"), ("-(v+1/3)**4", "-(v-1/7)**4")])
def test_scores_that_end_at_a_multiple_zero(real, fake):
    # u v^3 + (v - 1)^3 = 0 with v = 1/(1 + u^(1/3)): A' and B' have triple zeros at the ends of the scores.
    theory = derive(parse(real=real, fake=fake, generator="v"))
    assert theory.convexity().holds is None
    assert theory.convexity("flow").holds is True
    low, high = (0, 1) if real == "-v**4" else (-1 / 3, 1 / 7)
    P, Q = [0.5, 0.5], [0.25, 0.75]
    score = [low + (high - low) / (1 + (p / q) ** (1 / 3)) for p, q in zip(P, Q, strict=True)]
    expected = sum(q * s for q, s in zip(Q, score, strict=True)) - (low + high) / 2
    assert theory.divergence(P, Q).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n", [2, 4])
def test_scores_of_losses_whose_slopes_underflow(n):
    # u = (1 + 1/v)^(n-1) exp(v^n - (v+1)^n); from v = 30 on both slopes are 0 in float64, which is no root.
    theory = derive(parse(real=f"exp(-v**{n})", fake=f"-exp(-(v+1)**{n})", generator="tanh(v)"))
    t = np.array([-30.0, -3.0, 0.0, 0.7, 3.0])
    score = theory.score_at_log_ratio(t)
    np.testing.assert_allclose((n - 1) * np.log1p(1 / score) + score**n - (score + 1) ** n, t, atol=1e-12)


def test_next_to_a_zero_of_a_slope_rounding_is_no_sign():
    # A' vanishes at 0.988, where rho goes to infinity, and its float there has either sign.
    theory = derive(
        parse(real="-2*softplus(-v-1)-v**4/16", fake="2*exp(-v**2)+1/(2-v)", generator="v", domain=(-1, 1))
    )
    lowest = 0.06722655611911126  # B' = 0: 4 v (2 - v)^2 = exp(v^2)
    assert theory.score_at_log_ratio([-80.0, -50.0]) == pytest.approx(lowest, rel=1e-12)


@pytest.mark.slow
def test_maxima_far_out_are_compared_with_those_nearby():
    # The score goes to -infinity like -2/u: as u -> 0 its float is -inf, where B has a limit and no value.
    theory = derive(parse(real="2*atan(2*v)", fake="-1/(1+(v+1/2)**2)-2*tanh(v-2)", generator="v"))
    for u in (1e-12, 0.07, 0.13):
        score = float(theory.score_at(u, 1.0))
        slope = 4 / (1 + 4 * score**2)
        assert (2 * score + 1) / (1 + (score + 0.5) ** 2) ** 2 == pytest.approx(-u * slope, rel=1e-12)
        assert score < -16


@pytest.mark.slow
def test_a_difference_of_exponentials_overflows_and_its_slopes_do_not():
    theory = derive(parse(real="-abs(v)", fake="-tanh(v+1/2)-softplus(2-v)", generator="-v"))
    assert theory.score_at_log_ratio([-700.0]) == pytest.approx(702.0, rel=1e-13)


def test_an_infinite_value_at_equality_is_no_divergence():
    # v* = oo for all u: the generator's value is -oo everywhere, at P_g = P_r too.
    theory = derive(parse(real="-softplus(-v)", fake="0", generator="-v"))
    assert theory.convexity().holds is None and theory.unique_minimum().holds is None
    with pytest.raises(GantheoryError, match="the value at P_g = P_r is -oo"):
        theory.divergence([0.5, 0.5], [0.9, 0.1])


def test_negative_powers_of_a_probability_that_rounds_to_zero():
    # (D^c - 1)/c is minus the alpha-loss of alpha = 1/(1 - c): here 5/6. At v = -65536, D is 0 to 30 digits.
    mine = parse(real="-5*D**-0.2", fake="-5*(1 - D)**-0.2", generator="1 - D", link="sigmoid(v)")
    ratio = np.array([1e-3, 0.5, 1.0, 7.0])
    expected = ratio ** (5 / 6) / (1 + ratio ** (5 / 6))
    np.testing.assert_allclose(derive(mine).discriminator_at(ratio, np.ones(4)), expected, rtol=1e-13)


P, Q = [0.5, 0.5], [0.9, 0.1]


def best_score(objective, u, low, high):
    """argmax u A + B between two scores."""
    values = sp.lambdify(v, (objective.A, objective.B), [{"Abs": abs, "Max": max}, "math"])

    def loss(x):
        a, b = values(x)
        return -(u * a + b)

    return minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-11}).x


@pytest.mark.slow_cases("4/3")
@pytest.mark.parametrize("exponent", ["3/2", "4/3"])
def test_odd_chi_divergences_from_their_conjugates(exponent):
    k = 1 / (
        1 - 1 / float(sp.Rational(exponent))
    )  # the conjugate of |u - 1|^k is v + (k - 1) |v/k|^(k/(k-1))
    objective = parse(real="v", fake=f"-v - {k - 1:.0f}*abs(v/{k:.0f})**({exponent})", generator="-v")
    got = derive(objective).divergence(P, Q, kind="discriminator").value
    assert got == pytest.approx(0.9 * (4 / 9) ** k + 0.1 * 4**k, rel=1e-12)


def test_a_numeric_branch_that_ends_at_a_kink():
    # u e^-v = 1 + sqrt(v/3) above u = 1, where v* = 0 ends both branches.
    objective = parse(real="1 - exp(-v)", fake="-v - 2*abs(v/3)**1.5", generator="-v")
    theory = derive(objective)
    scores = [best_score(objective, p / q, -2.999, 9.0) for p, q in zip(P, Q, strict=True)]
    wanted = sum(-q * score for q, score in zip(Q, scores, strict=True))
    assert theory.divergence(P, Q).value == pytest.approx(wanted, rel=1e-6)
    height = sum(
        p * (1 - np.exp(-x)) - q * (x + 2 * abs(x / 3) ** 1.5) for p, q, x in zip(P, Q, scores, strict=True)
    )
    assert theory.divergence(P, Q, kind="discriminator").value == pytest.approx(height, rel=1e-12)


ASYMMETRIC = parse(
    real="log(D)",
    fake="max(D - 0.05, 0)**2*log(1 - max(D - 0.05, 0))",
    generator="-log(D)",
    link="sigmoid(v)",
)


def test_a_numeric_branch_that_ends_at_an_infinite_score():
    # The asymmetric loss: fakes below the margin count nothing, and D = 1 is best from some u on.
    tie = derive(ASYMMETRIC).solution.junctions[0]
    assert (tie.below, tie.above) == (sp.oo, sp.oo)
    assert float(tie.at) == pytest.approx(float(-2 * 0.95 * np.log(0.05) + 0.95**2 / 0.05), rel=1e-12)


def test_a_closed_form_that_ends_at_an_infinite_score():
    # Logits softly clipped at 2 pi: v* = tan(log(u)/4), where it has no value any more -oo and oo.
    clipped = parse(
        real="logsigmoid(4*atan(v))", fake="logsigmoid(-4*atan(v))", generator="-logsigmoid(4*atan(v))"
    )
    below, above = derive(clipped).solution.junctions
    assert (below.below, below.above, above.below, above.above) == (-sp.oo, -sp.oo, sp.oo, sp.oo)
    assert float(sp.log(above.at)) == pytest.approx(2 * np.pi, rel=1e-12)


@pytest.mark.slow
def test_divergences_of_the_asymmetric_loss():
    objective, theory = ASYMMETRIC, derive(ASYMMETRIC)
    scores = [best_score(objective, p / q, -2.9, 30.0) for p, q in zip(P, Q, strict=True)]
    one = best_score(objective, 1.0, -2.9, 30.0)
    wanted = sum(q * np.log1p(np.exp(-score)) for q, score in zip(Q, scores, strict=True)) - np.log1p(
        np.exp(-one)
    )
    assert theory.divergence(P, Q).value == pytest.approx(wanted, rel=1e-6)

    # h(u) = u int_1^u (s(1) - s(x))/x^2 dx with s = S(v*), 0 from the junction on, where D = 1 is reached.
    def loss(x):
        return np.log1p(np.exp(-best_score(objective, x, -2.9, 30.0))) if x < edge else 0.0

    def h(u):
        cuts = [1.0, min(edge, u), u]
        parts = (quad(lambda x: (loss(1.0) - loss(x)) / x**2, *ends)[0] for ends in pairwise(cuts))
        return u * sum(parts)

    edge = -2 * 0.95 * np.log(0.05) + 0.95**2 / 0.05
    pair = [0.5, 0.5], [0.001, 0.999]
    wanted = 0.001 * h(500) + 0.999 * h(0.5 / 0.999)
    assert theory.divergence(*pair, kind="flow").value == pytest.approx(wanted, rel=1e-6)


@pytest.mark.slow
def test_log_cosh_as_keras_writes_it_is_log_cosh():
    stable = "(abs({0}) + softplus(-2*abs({0})) - log(2))"
    losses = (stable.format("v-1"), stable.format("v")), ("log(cosh(v-1))", "log(cosh(v))")
    one, other = (derive(parse(real=f"-{a}", fake=f"-{b}", generator=a)) for a, b in losses)
    assert one.divergence(P, Q).value == pytest.approx(other.divergence(P, Q).value, rel=1e-13)


CLAMPED = ("log(max(D, 1e-7))", "log(max(1 - D, 1e-7))", "-log(D)")


def test_a_generator_without_the_clamp_of_its_discriminator():
    # D* = 0 below u = e 1e-7, where -log D is infinite; between, D* = u/(1 + u).
    theory = derive(parse(real=CLAMPED[0], fake=CLAMPED[1], generator=CLAMPED[2], link="sigmoid(v)"))

    def f(u):
        return np.log1p(1 / u) - np.log(2)

    assert theory.divergence(P, Q).value == pytest.approx(0.9 * f(5 / 9) + 0.1 * f(5.0), rel=1e-13)
    assert theory.divergence([1.0, 0.0], [0.0, 1.0]).value == np.inf
    assert theory.divergence([1e-9, 1 - 1e-9], [0.5, 0.5]).value == np.inf
    assert theory.divergence([1e-9, 1 - 1e-9], [0.5, 0.5], kind="flow").value == np.inf
    plain = derive(go.vanilla(saturating=False))
    assert theory.divergence(P, Q, kind="flow").value == pytest.approx(
        plain.divergence(P, Q, kind="flow").value, rel=1e-12
    )
    grid = theory.generating_function().of_log([-15.12, -15.11, 0.0, 3.0])
    np.testing.assert_allclose(
        grid,
        [np.inf, f(np.exp(-15.11)) + (np.exp(-15.11) - 1) / 2, 0, f(np.exp(3)) + (np.exp(3) - 1) / 2],
        rtol=1e-12,
    )


def test_an_epsilon_in_the_discriminators_real_term_alone():
    # u (1 - D) = D + e: D* = 0 up to u = e, where -log D grows to infinity.
    e = 1e-8
    theory = derive(parse(real=f"log(D + {e})", fake="log(1 - D)", generator="-log(D)", link="sigmoid(v)"))

    def loss(u):
        return -np.log((u - e) / (1 + u))

    wanted = 0.9 * loss(5 / 9) + 0.1 * loss(5.0) - loss(1.0)
    assert theory.divergence(P, Q).value == pytest.approx(wanted, rel=1e-12)
    assert theory.divergence([1.0, 0.0], [0.0, 1.0]).value == np.inf


@pytest.mark.parametrize("kind", ["equilibrium", "flow"])
def test_atoms_at_the_threshold_of_an_infinite_loss(kind):
    # D* = 0 below u = 2/3 and 4/5 above; of both, the finite loss is reported at u = 2/3.
    theory = derive(
        parse(real="min(max(D - 1/2, 0), 3/10)", fake="-D/4", generator="-log(D)", link="sigmoid(v)")
    )
    exact = [Fraction(2, 5), Fraction(3, 5)], [Fraction(3, 5), Fraction(2, 5)]
    assert theory.divergence(*exact, kind=kind, dps=30).value == 0
    rounded = [1 / 15, 14 / 15], [0.1, 0.9]
    assert theory.divergence(*rounded, kind=kind).value == 0
    assert theory.divergence([0.4 - 1e-9, 0.6 + 1e-9], [0.6, 0.4], kind=kind).value == np.inf


def test_a_loss_that_is_infinite_at_a_finite_score():
    # v* = u between the ends 1/4 and 2, where S is -oo: f = 1 - 1/(2 - u), h'' = -S'(u)/u = 1/(u (2 - u)^2).
    theory = derive(parse(real="v", fake="-v**2/2", generator="-1/(2 - v)", domain=(0.25, 2)))
    for p in (0.4, 0.26):
        at = np.array([0.5 / (1 - p), 0.5 / p])
        f = 1 - 1 / (2 - at)
        h = [quad(lambda x, u=u: (u - x) / (x * (2 - x) ** 2), 1, u)[0] for u in at]
        assert theory.divergence((0.5, 0.5), (1 - p, p)).value == pytest.approx(
            np.dot([1 - p, p], f), rel=1e-9
        )
        found = theory.divergence((0.5, 0.5), (1 - p, p), kind="flow").value
        assert found == pytest.approx(np.dot([1 - p, p], h), rel=1e-9)
    beyond = (0.5, 0.5), (0.24, 0.76)
    assert theory.divergence(*beyond).value == -np.inf
    assert theory.divergence(*beyond, kind="flow").value == np.inf


def test_a_loss_that_is_infinite_at_the_lowest_score():
    theory = derive(parse(real="v", fake="-v**2/2", generator="1/(4*v - 1)", domain=(0.25, 3)))
    p, q = np.array([0.1, 0.9]), np.array([0.39, 0.61])
    assert theory.divergence(p, q).value == pytest.approx(q @ (1 / (4 * p / q - 1) - 1 / 3), rel=1e-9)
    assert theory.divergence(p, (0.41, 0.59)).value == np.inf


EPSILON = parse(real="log(D + 1/100)", fake="log(1 - D + 1/100)", generator="-log(D)", link="sigmoid(v)")


def test_an_infinite_loss_at_its_threshold():
    # D* = (101 u - 1)/(100 (1 + u)) falls to 0 at u = 1/101.
    exact = [Fraction(1, 102), Fraction(101, 102)], [Fraction(101, 102), Fraction(1, 102)]
    assert derive(EPSILON).divergence(*exact, dps=30).value == np.inf


@pytest.mark.slow
def test_a_flow_divergence_whose_slope_is_infinite_at_a_threshold():
    def loss(u):
        return -np.log((101 * u - 1) / (100 * (1 + u))) if u < 101 else 0.0

    def h(u):
        cuts = [1.0, min(u, 101.0), u]
        return u * sum(
            quad(lambda x: (loss(1.0) - loss(x)) / x**2, *ends, epsabs=1e-13)[0] for ends in pairwise(cuts)
        )

    theory = derive(EPSILON)
    for p, q in ((P, Q), ([0.02, 0.98], [0.9, 0.1]), ([0.5, 0.5], [0.001, 0.999])):
        wanted = sum(b * h(a / b) for a, b in zip(p, q, strict=True))
        assert theory.divergence(p, q, kind="flow").value == pytest.approx(wanted, rel=1e-9)
    assert theory.divergence([0.001, 0.999], [0.5, 0.5], kind="flow").value == np.inf
    for kind in ("equilibrium", "flow"):
        assert theory.divergence([1 / 102, 101 / 102], [101 / 102, 1 / 102], kind=kind).value == np.inf
        assert theory.divergence(stats.norm(), stats.norm(1), kind=kind).value == np.inf


@pytest.mark.slow_cases("3/4-inf")
@pytest.mark.parametrize(("power", "place"), [("1/2", 2.0), ("3/4", np.inf)])
def test_roots_that_vanish_in_the_middle_of_the_scores(power, place):
    # At v = 1 the slope of v^2 is 2, that of |v - 1| is 1 and that of |v - 1|^(3/2) is 0.
    objective = parse(real=f"-log(1 + (v-1)**2)**({power})", fake="-v**2", generator="(v-1)**2")
    theory = derive(objective)
    assert float(theory.solution.pieces[0].end) == place
    scores = [best_score(objective, p / q, 0, 1) for p, q in zip(P, Q, strict=True)]
    height = [
        -p * np.log1p((x - 1) ** 2) ** float(sp.Rational(power)) - q * x**2
        for p, q, x in zip(P, Q, scores, strict=True)
    ]
    one = best_score(objective, 1.0, 0, 1)
    wanted = sum(height) + np.log1p((one - 1) ** 2) ** float(sp.Rational(power)) + one**2
    assert theory.divergence(P, Q, kind="discriminator").value == pytest.approx(wanted, rel=1e-7)


def test_an_infinite_loss_at_all_u_is_no_divergence():
    theory = derive(parse(real="-exp(v)", fake="-exp(v)", generator="-v"))  # v* = -oo for all u
    assert theory.unique_minimum().holds is None
    assert theory.convexity().holds is None
    with pytest.raises(GantheoryError, match="the value at P_g = P_r is oo"):
        theory.divergence(P, Q)

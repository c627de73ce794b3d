"""Derived theory against published formulas written out by hand, at 30 digits."""

import functools
import math
import time

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import stats

from gantheory import objectives as go
from gantheory.derivation import derive
from gantheory.derivation.numbers.evaluation import range_of
from gantheory.errors import NoPointwiseTheoryError
from gantheory.objectives import v

mp = mpmath.MPContext()
mp.dps = 30
U = [mp.mpf(x) for x in ("0.02", "0.3", "0.9", "1.4", "6", "80")]
POINTWISE = [spec for spec in go.BUILT_IN if spec not in {"wgan", 'ipm("lipschitz")', 'ipm("rkhs")'}]
CONSTRUCTORS = {spec.split("(")[0]: spec for spec in reversed(POINTWISE)}
PAIRS = [(0.3, 1), (0.5, 1.2), (0.5, 0.3), (2, 0.9), (2, 2), (1, 1), (1.7, math.inf), (0.37219, 1)]


def at(expr, u):
    """Value of a derived expression at the ratio u."""
    (symbol,) = expr.free_symbols or {sp.Symbol("u")}
    return mp.mpf(str(sp.N(expr.subs(symbol, sp.Float(str(u), 40)), 30)))


def modulo_line(f):
    """f less the line through its values at two points: what is left fixes D_f."""
    a, b = mp.mpf("0.5"), mp.mpf(3)
    slope = (f(b) - f(a)) / (b - a)
    return lambda u: f(u) - f(a) - slope * (u - a)


def same_divergence(derived, published, tolerance=1e-18):
    ours, theirs = modulo_line(lambda u: at(derived, u)), modulo_line(published)
    return all(abs(ours(u) - theirs(u)) <= tolerance * (1 + abs(theirs(u))) for u in U)


def c_of(alpha):
    return mp.mpf(1) if alpha == math.inf else 1 - 1 / mp.mpf(str(alpha))


@functools.cache
def alpha_theory(alpha_d, alpha_g, saturating):
    return derive(go.alpha_gan(alpha_d, alpha_g, saturating=saturating))


@pytest.mark.parametrize(("alpha_d", "alpha_g"), PAIRS)
@pytest.mark.parametrize("saturating", [True, False])
def test_alpha_gan_theory_is_the_published_one(alpha_d, alpha_g, saturating):
    th = alpha_theory(alpha_d, alpha_g, saturating)
    a, c = mp.mpf(str(alpha_d)), c_of(alpha_g)
    # ISIT 2023, eq. (6).
    for u in U:
        assert mp.almosteq(at(th.discriminator, u), u**a / (u**a + 1), 1e-20)
        assert mp.almosteq(at(th.score, u), a * mp.log(u), 1e-20)

    def f_s(u):  # eq. (7), as printed
        if c == 0:
            return a * u * mp.log(u) - (1 + u) * mp.log(1 + u**a)
        return ((u ** (a * c + 1) + 1) / (u**a + 1) ** c) / c

    def f_ns(u):  # eq. (12)
        return mp.log(1 + u**-a) if c == 0 else -((u**a / (1 + u**a)) ** c) / c

    assert same_divergence(th.f, f_s if saturating else f_ns)
    assert abs(at(th.f, mp.mpf(1))) < 1e-20
    assert abs(at(sp.diff(th.f, th.u), mp.mpf(1))) < 1e-20


@pytest.mark.parametrize(("alpha_d", "alpha_g"), PAIRS)
@pytest.mark.parametrize("saturating", [True, False])
def test_alpha_gan_flow_divergence_is_the_incomplete_beta_integral(alpha_d, alpha_g, saturating):
    th = alpha_theory(alpha_d, alpha_g, saturating)
    a, c = mp.mpf(str(alpha_d)), c_of(alpha_g)

    def slope(u):  # h'(u) as an integral over D, by quadrature
        p, q = (-1 / a, 1 / a - 1 + c) if saturating else (-1 / a - 1 + c, 1 / a)
        return mp.quad(lambda x: x**p * (1 - x) ** q, [mp.mpf("0.5"), u**a / (1 + u**a)])

    derivative = sp.diff(th.h, th.u)
    for u in U[1:5]:
        assert mp.almosteq(at(derivative, u), slope(u), 1e-12, 1e-14)
    assert abs(at(th.h, mp.mpf(1))) < 1e-20
    assert abs(at(derivative, mp.mpf(1))) < 1e-20


@pytest.mark.parametrize("spec", [s for s in POINTWISE if not s.startswith(("ipm", "renyi"))])
def test_flow_divergence_satisfies_its_definition(spec):
    """h - u h' = s - s(1), the property that a generator step defines."""
    th = derive(go.from_spec(spec))
    if th.h is None or th.solution.steps is not None:
        return
    s = th.solution.joined(lambda piece: piece.of(piece.game.S), lambda tie: tie.of("S"))
    for u in U:
        left = at(th.h, u) - u * at(sp.diff(th.h, th.u), u)
        right = at(s, u) - at(s, mp.mpf(1))
        assert abs(left - right) < mp.mpf(10) ** -18 * (1 + abs(right))


NAMES = {
    "kl": "KL(P_r||P_g)",
    "reverse_kl": "KL(P_g||P_r)",
    "pearson": "Pearson chi^2(P_r||P_g)",
    "neyman": "Neyman chi^2(P_r||P_g)",
    "squared_hellinger": "squared Hellinger",
    "js": "2 JSD",
    "gan": "2 JSD",
    "jeffrey": "Jeffreys",
    "tv": "TV",
}


@pytest.mark.parametrize("name", sorted(go.DIVERGENCES))
def test_fgan_returns_the_f_that_it_was_made_from(name):
    th = derive(go.fgan(name))
    row = go.DIVERGENCES[name]
    assert same_divergence(th.f, lambda u: at(row.f, u))
    assert same_divergence(th.h, lambda u: at(row.f, u))
    assert th.name() == NAMES[name]
    if name != "tv":
        for u in U:  # T* = f'(u)
            assert mp.almosteq(
                at(th.discriminator, u), at(sp.diff(row.f, sp.Symbol("u", positive=True)), u), 1e-18
            )


@pytest.mark.parametrize(("a", "b", "c"), [(0, 1, 1), (-1, 1, 0), (0, 1, 0), (1, 0, 1), (3, 1, 2)])
def test_lsgan(a, b, c):
    # f'' without and with the real term, claims ls-convex-nor and ls-convex-r, halved; D* of Mao et al. (5).
    plain, full = derive(go.lsgan(a, b, c)), derive(go.lsgan(a, b, c, real_term=True))
    for u in U:
        assert mp.almosteq(at(plain.discriminator, u), (b * u + a) / (1 + u), 1e-20, 1e-20)
        want = (a - b) * (2 * (b - c) * (1 + u) + 3 * (a - b)) / (1 + u) ** 4
        assert mp.almosteq(at(sp.diff(plain.f, plain.u, 2), u), want, 1e-18, 1e-22)
        assert mp.almosteq(at(sp.diff(full.f, full.u, 2), u), (a - b) ** 2 / (1 + u) ** 3, 1e-18)
        d = (b * u + a) / (1 + u)
        assert mp.almosteq(
            at(sp.diff(plain.h, plain.u, 2), u), (c - d) * (b - a) / (u * (1 + u) ** 2), 1e-16, 1e-22
        )


@pytest.mark.parametrize(
    ("spec", "kind", "name"),
    [
        ("vanilla", "equilibrium", "2 JSD"),
        ("alpha_gan(0.5, 0.5)", "equilibrium", "squared Hellinger"),
        ("alpha_gan(inf, inf)", "equilibrium", "TV"),
        ("alpha_gan(inf, 2)", "flow", "2 TV"),
        ("vanilla(saturating=False)", "equilibrium", "KL(P_g||P_r) - KL(P_g||M)"),
        ("vanilla(saturating=False)", "flow", "KL(P_g||P_r) - 2 JSD"),
        ("alpha_gan(1, inf)", "equilibrium", "1/2 triangular discrimination"),
        ("alpha_gan(1, inf, saturating=False)", "equilibrium", "1/4 triangular discrimination"),
        ("lsgan(-1, 1, 0, real_term=True)", "equilibrium", "1/2 triangular discrimination"),
        ("hinge", "equilibrium", "2 TV"),
        ("hinge(real_term=False)", "flow", "2 TV"),
        ("ebgan(3)", "flow", "3 TV"),
        ('fgan("jeffrey")', "equilibrium", "Jeffreys"),
        ('fgan("kl", saturating=False)', "flow", "KL(P_g||P_r)"),
        ("lsgan(0, 1, 1)", "equilibrium", None),
    ],
)
def test_known_divergences_are_recognized(spec, kind, name):
    assert derive(go.from_spec(spec)).name(kind) == name


@pytest.mark.parametrize("alpha_d", [0.5, 2])
@pytest.mark.parametrize("alpha_g", [0.7, 1, 3, math.inf])
@pytest.mark.parametrize("saturating", [True, False])
def test_saturation_of_alpha_gan(alpha_d, alpha_g, saturating):
    # claims sat-S, sat-NS: alpha_D D (1-D)^(1-1/alpha_G), with D and 1 - D exchanged if non-saturating.
    th = derive(go.alpha_gan(alpha_d, alpha_g, saturating=saturating))
    c = float(c_of(alpha_g))
    d = np.array([1e-300, 1e-9, 0.2, 0.5, 0.9, 1 - 1e-12])
    want = alpha_d * (d * (1 - d) ** c if saturating else (1 - d) * d**c)
    np.testing.assert_allclose(th.saturation_at(d), want, rtol=1e-12)
    end = 1 if saturating else 0
    words = th.landscape.in_words()
    assert words[1 - end] == "vanishes"
    assert words[end] == (
        "vanishes" if c > 0 else f"constant ({sp.nsimplify(alpha_d)})" if c == 0 else "explodes"
    )


def test_saturation_of_lsgan_and_its_range():
    th = derive(go.lsgan(0, 1, 1))
    d = np.linspace(0, 1, 11)
    np.testing.assert_allclose(th.saturation_at(d), d * (1 - d) ** 2, rtol=1e-13, atol=1e-16)
    with pytest.raises(ValueError, match=r"D must lie in \[0, 1\], the range of D\*, got 0.5 to 1.5"):
        th.saturation_at([0.5, 1.5])


@pytest.mark.parametrize(
    ("spec", "loss"),
    [
        ("vanilla", math.log(4)),
        ("alpha_gan(0.5, 3)", 2.0),
        ("alpha_gan(2, 1)", 4 * (1 - 2**-0.5)),
        ("alpha_gan(inf, 1)", 1.0),
        ("lsgan(0, 1, 1)", 0.25),
        ("lsgan(-1, 1, 0)", 1.0),
        ("hinge", 2.0),
        ("ebgan(2.5)", 2.5),
        ('fgan("kl")', 0.0),
        ('fgan("gan")', math.log(4)),
        ('ipm("bounded")', 0.0),
    ],
)
def test_ideal_loss(spec, loss):
    # Hazimeh and Ponomareva 2023, Table 1, and claims id-*.
    assert float(derive(go.from_spec(spec)).ideal_loss) == pytest.approx(loss, rel=1e-14, abs=1e-15)


def test_ends_of_f_and_h_weigh_the_mass_on_disjoint_supports():
    # claims disj-S and disj-NS: D_f = f(0) + f'(inf).
    b = 1.2
    total = sum(derive(go.alpha_gan(0.5, b)).ends())
    assert float(total) == pytest.approx(b / (b - 1) * (2 - 2 ** (1 / b)), rel=1e-14)
    c = 1 - 1 / b
    total = sum(derive(go.alpha_gan(0.5, b, saturating=False)).ends())
    assert float(total) == pytest.approx(2**-c / c, rel=1e-14)
    assert derive(go.vanilla(saturating=False)).ends()[0] is sp.oo
    zero, slope = derive(go.alpha_gan(0.5, b)).ends("flow")
    assert float(zero) == pytest.approx((1 - 2**-c) / c, rel=1e-14)
    want = mp.quad(lambda x: x**-2 * (1 - x) ** (2 - 1 / mp.mpf(b)), [0.5, 1])
    assert float(slope) == pytest.approx(float(want), rel=1e-12)


def test_curvature_at_one():
    # claims dd-at-1 and frozen-u1.
    for a, b in ((0.5, 1.2), (2, 0.9)):
        sat, non = derive(go.alpha_gan(a, b)), derive(go.alpha_gan(a, b, saturating=False))
        assert float(sat.curvature_at_one()) == pytest.approx(a * (2 * b - a) / b * 2 ** (1 / b - 2))
        assert float(non.curvature_at_one()) == pytest.approx(a / b * 2 ** (1 / b - 3) * (2 * b + a))
        for th in (sat, non):
            assert float(th.curvature_at_one("flow")) == pytest.approx(a * 2 ** (1 / b - 2))


def test_symmetry():
    assert derive(go.alpha_gan(0.5, 1.2)).symmetric()
    assert not derive(go.alpha_gan(0.5, 1.2)).symmetric("flow")
    assert not derive(go.alpha_gan(0.5, 1.2, saturating=False)).symmetric()
    # claim sym-NS-boundary: alpha_D (1 - 1/alpha_G) = 1.
    assert derive(go.alpha_gan(1.5, 3, saturating=False)).symmetric()
    assert derive(go.hinge()).symmetric()
    assert not derive(go.fgan("kl")).symmetric()
    # u g(-log u) + g(log u) is, for any g; f'' of a cube is no product of powers.
    game = dict(real="-softplus(-v)", fake="-softplus(v)", generator="v**3")
    assert derive(go.parse(**game, generator_real="-v**3")).symmetric() is True
    assert derive(go.parse(**game, generator_real="-2*v**3")).symmetric() is False


@pytest.mark.parametrize("spec", ["vanilla", "hinge", "alpha_gan(0.5, 1.2)", "lsgan(0, 1, 1)", "ebgan(2)"])
def test_discriminator_divergence_is_the_supremum(spec):
    obj = go.from_spec(spec)
    th = derive(obj)
    a, b = (sp.lambdify(v, expr, "numpy") for expr in (obj.A, obj.B))
    grid = np.linspace(max(-30.0, float(obj.domain[0])), 30.0, 600_001)
    for u in (0.2, 1.0, 3.0):
        brute = np.max(u * a(grid) + b(grid))
        # The offset and f_D(u) are those of the normalized representative: f_D'(1) was taken out.
        slope = (np.max(1.0001 * a(grid) + b(grid)) - np.max(0.9999 * a(grid) + b(grid))) / 2e-4
        derived = float(at(th.f_D, u)) - float(th.ideal_loss) + slope * (u - 1)
        assert derived == pytest.approx(brute, rel=2e-4, abs=2e-4)


def test_scores_and_discriminators_on_arrays():
    th = derive(go.alpha_gan(2, 1))
    p, q = np.array([0.2, 0.5, 0.0, 1e-200, 0.0]), np.array([0.5, 0.5, 1.0, 1e-10, 0.0])
    np.testing.assert_allclose(th.discriminator_at(p, q)[:4], [4 / 29, 0.5, 0, 0], rtol=1e-14, atol=1e-300)
    assert np.isnan(th.discriminator_at(p, q)[4])
    np.testing.assert_allclose(
        th.score_at(p, q)[[0, 1, 3]], [2 * math.log(0.4), 0, -380 * math.log(10)], rtol=1e-13
    )
    with pytest.raises(ValueError, match="p must hold densities of at least 0, got -1"):
        th.discriminator_at([-1.0], [1.0])
    with pytest.raises(ValueError, match="q must hold densities, got nan"):
        th.discriminator_at([1.0], [math.nan])
    with pytest.raises(ValueError, match="broadcast"):
        th.discriminator_at([1.0, 2.0], [1.0, 2.0, 3.0])


def test_step_functions_take_the_middle_at_a_tie():
    th = derive(go.alpha_gan(math.inf, 2))
    np.testing.assert_array_equal(th.discriminator_at([0.1, 0.5, 0.9], [0.5, 0.5, 0.5]), [0, 0.5, 1])
    np.testing.assert_array_equal(derive(go.ebgan(2)).score_at([0.1, 0.5, 0.9], [0.5] * 3), [2, 1, 0])
    infinite = derive(go.alpha_gan(math.inf, 0.5))
    assert infinite.ends("flow") == (sp.oo, sp.oo) and infinite.symmetric("flow") is True


def test_a_divergence_that_vanishes_is_symmetric():
    theory = derive(go.alpha_gan(1, 0.5))
    assert theory.f == 0 and theory.symmetric() is True


def test_the_range_of_a_score_whose_ends_are_not_known():
    assert range_of(lambda t: np.where(t > 0, 1.0, np.nan)) == (-np.inf, np.inf)


def test_a_reported_score_that_is_an_inverse_error_function():
    """D = v of a probit discriminator: Phi(v*) = p/(p + q)."""
    th = derive(go.parse(real="log(erfc(-v/sqrt(2))/2)", fake="log(erfc(v/sqrt(2))/2)", generator="-v"))
    t = np.array([-30.0, -2.0, 0.0, 0.5, 6.0])
    wanted = [
        -stats.norm.ppf(1 / (1 + math.exp(x))) if x > 0 else stats.norm.ppf(math.exp(x) / (1 + math.exp(x)))
        for x in t
    ]
    assert th.discriminator_at_log_ratio(t) == pytest.approx(wanted, rel=1e-11)


def test_saturation_at_the_ends_of_the_range():
    """S = log(1 - D), whose |s| = D."""
    assert derive(go.vanilla()).saturation_at([0.0, 0.5, 1.0]) == pytest.approx([0, 0.5, 1])
    with pytest.raises(ValueError, match="D must lie in"):
        derive(go.vanilla()).saturation_at([1.01])


def test_no_saturation_where_the_score_is_a_step_function():
    th = derive(go.hinge())
    np.testing.assert_array_equal(th.saturation_at([-1.0, 0.3, 1.0]), [0, 0, 0])
    assert th.landscape.in_words() == ("vanishes", "vanishes")


@pytest.mark.parametrize("spec", ["wgan", 'ipm("rkhs")'])
def test_a_critic_class_has_no_pointwise_theory(spec):
    with pytest.raises(NoPointwiseTheoryError, match="critic class"):
        derive(go.from_spec(spec))


def test_an_unbounded_game_is_refused():
    with pytest.raises(NoPointwiseTheoryError, match="bounded above"):
        derive(go.parse(real="v", fake="v**2", generator="-v"))
    with pytest.raises(NoPointwiseTheoryError, match="without bound"):
        derive(go.parse(real="v", fake="-v", generator="-v"))


def test_derive_wants_an_objective():
    with pytest.raises(TypeError, match="from_spec"):
        derive("vanilla")
    with pytest.raises(ValueError, match="did you mean 'flow'"):
        derive(go.vanilla()).ends("flows")


def test_an_outer_function_has_no_f_but_says_why():
    th = derive(go.renyi(2))
    assert th.f is None and th.h is None and th.f_D is not None
    assert "outer function" in th.equilibrium.reason


# Fast: each constructor once. The other members are derived above, and printed in test_latex.
@pytest.mark.parametrize(
    "spec",
    [s if s in CONSTRUCTORS.values() else pytest.param(s, marks=pytest.mark.slow) for s in POINTWISE],
)
def test_a_built_in_derives_in_time_and_prints(spec):
    start = time.process_time()
    th = derive(go.from_spec(spec))
    text = th.to_text()
    seconds = time.process_time() - start
    assert "v*(u)" in text
    assert "\\begin{align*}" in th.to_latex()
    data = th.to_json()
    assert set(data["divergences"]) == {"equilibrium", "flow", "discriminator"}
    assert data["discriminator"] == (None if th.discriminator is None else str(th.discriminator))
    assert seconds < 6  # the aim is 2 s on an idle machine

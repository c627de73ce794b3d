"""Objectives against the published losses, written out by hand."""

import math
from fractions import Fraction

import mpmath as mp
import pytest
import sympy as sp

from gantheory import objectives as go
from gantheory.derivation import derive
from gantheory.errors import UnknownObjectiveError
from gantheory.objectives import v

SCORES = (-7, -1.5, -0.25, 0.5, 2, 6)


def value(expr, score):
    return mp.mpf(str(sp.N(expr.subs(v, sp.Rational(str(score))), 30)))


def alpha_loss(p, alpha):
    """l_alpha(p) = alpha/(alpha - 1) (1 - p^((alpha - 1)/alpha)), ISIT 2023 eq. (2)."""
    if alpha == 1:
        return -mp.log(p)
    if alpha == math.inf:
        return 1 - p
    alpha = mp.mpf(alpha)
    return alpha / (alpha - 1) * (1 - p ** ((alpha - 1) / alpha))


@pytest.mark.parametrize("alpha_d", [0.3, 1, 2, math.inf])
@pytest.mark.parametrize("alpha_g", [0.5, 1, 1.25, math.inf])
@pytest.mark.parametrize("saturating", [True, False])
def test_alpha_gan_is_the_published_loss(alpha_d, alpha_g, saturating):
    obj = go.alpha_gan(alpha_d, alpha_g, saturating=saturating)
    for score in SCORES:
        d = 1 / (1 + mp.exp(-mp.mpf(score)))
        expected = {
            "A": -alpha_loss(d, alpha_d),
            "B": -alpha_loss(1 - d, alpha_d),
            "R": -alpha_loss(d, alpha_g) if saturating else 0,
            "S": -alpha_loss(1 - d, alpha_g) if saturating else alpha_loss(d, alpha_g),
        }
        for role, want in expected.items():
            assert mp.almosteq(value(getattr(obj, role), score), want, 1e-12, 1e-12), role


@pytest.mark.parametrize("name", sorted(go.DIVERGENCES))
def test_fgan_conjugate_is_the_legendre_transform_of_f(name):
    # Fenchel: f*(T*) = u T* - f(u) at T* = f'(u), Nowozin et al. 2016, Section 2.
    row, u, t = go.DIVERGENCES[name], sp.Symbol("u", positive=True), sp.Symbol("t", real=True)
    for point in (sp.Rational(1, 5), sp.Rational(4, 3), sp.Rational(37, 10)):
        slope = sp.diff(row.f, u).subs(u, point)
        gap = row.conjugate.subs(t, slope) - point * slope + row.f.subs(u, point)
        assert abs(sp.N(gap, 30)) < 1e-20


@pytest.mark.parametrize("name", sorted(go.DIVERGENCES))
def test_fgan_activation_rises_to_the_slope_of_f_at_infinity(name):
    row, u = go.DIVERGENCES[name], sp.Symbol("u", positive=True)
    assert sp.limit(sp.diff(row.f, u), u, sp.oo) == sp.limit(row.activation, v, sp.oo)


def test_fgan_activation_maps_into_the_domain_of_the_conjugate():
    for name in go.DIVERGENCES:
        obj = go.fgan(name)
        for score in SCORES:
            assert sp.N(obj.B.subs(v, sp.Rational(str(score))), 20).is_real, name


def test_default_real_terms_are_the_documented_ones():
    assert go.fgan("kl").zero_sum and go.wgan().zero_sum and go.vanilla().zero_sum
    assert v == go.hinge().R and go.hinge(real_term=False).R == 0
    assert go.lsgan().R == 0 and go.ebgan().R == 0
    assert not go.vanilla(saturating=False).saturating


def test_lsgan_has_the_halves_of_mao_et_al():
    obj = go.lsgan(a=-1, b=1, c=0, real_term=True)
    for score in SCORES:
        assert value(obj.A, score) == -((mp.mpf(score) - 1) ** 2) / 2
        assert value(obj.B, score) == -((mp.mpf(score) + 1) ** 2) / 2
        assert value(obj.R, score) == value(obj.S, score) == mp.mpf(score) ** 2 / 2


def test_numbers_of_all_kinds_give_the_same_objective():
    assert go.alpha_gan(0.1) == go.alpha_gan(Fraction(1, 10)) == go.alpha_gan(sp.Rational(1, 10))
    assert go.alpha_gan(1 / 3).parameters[0][1] == sp.Rational(1, 3)
    assert go.alpha_gan(math.inf) == go.alpha_gan(sp.oo)


def test_every_built_in_round_trips_through_its_name():
    for spec in go.BUILT_IN:
        obj = go.from_spec(spec)
        assert go.from_spec(obj.name) == obj
        assert obj.source != "user"


def test_objectives_are_frozen_and_hashable():
    obj = go.vanilla()
    with pytest.raises(AttributeError):
        obj.name = "other"
    assert len({obj, go.vanilla(), go.hinge()}) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: go.alpha_gan(0, 1), r"alpha_d must be in \(0, inf\], got 0"),
        (lambda: go.alpha_gan(1, -2), r"alpha_g must be in \(0, inf\], got -2"),
        (lambda: go.alpha_gan(float("nan"), 1), r"alpha_d must be in \(0, inf\], got nan"),
        (lambda: go.lsgan(1, 1, 0), r"a and b .* must differ, got a = b = 1"),
        (lambda: go.lsgan(0, math.inf, 0), "b must be finite"),
        (lambda: go.lkgan(0.5), r"k must be in \[1, inf\), got 0.5"),
        (lambda: go.fgan("kll"), "did you mean 'kl'"),
        (lambda: go.hybrid_fgan(generator="kl", discriminator="tv"), "tv"),
        (lambda: go.ebgan(0), r"margin must be in \(0, inf\), got 0"),
        (lambda: go.renyi(1), "not 1"),
        (lambda: go.ipm("lipshitz"), "did you mean 'lipschitz'"),
        (lambda: go.cpe("-log(x)", "D"), "unknown name 'x'"),
        (lambda: go.from_spec("alpha_gan(0.5"), "is not a name or a call"),
        (lambda: go.from_spec("alpha_gan(a)"), "'a' is not a number"),
        (lambda: go.from_spec("alpha_gan(1, 2, 3, 4)"), "the call is alpha_gan"),
        (
            lambda: go.from_spec('hybrid_fgan("kl", "tv")'),
            r"the call is hybrid_fgan\(generator=\.\.\., discriminator=\.\.\.\)",
        ),
        (lambda: go.from_spec("alpha_gan(1/0, 2)"), "division by zero"),
    ],
)
def test_bad_arguments_are_named_in_one_line(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


def test_a_number_of_the_wrong_type_is_a_type_error():
    with pytest.raises(TypeError, match="alpha_d must be a real number, got '1'"):
        go.alpha_gan("1", 1)
    with pytest.raises(TypeError, match="alpha_d"):
        go.alpha_gan(True, 1)


def test_an_unknown_objective_suggests_the_nearest():
    with pytest.raises(UnknownObjectiveError, match="did you mean 'vanilla'"):
        go.from_spec("vanila")


def test_an_expression_with_a_foreign_symbol_is_refused():
    with pytest.raises(ValueError, match=r"A may hold only the score v .* got also w"):
        go.Objective(name="x", A=sp.Symbol("w"), B=-v, R=v, S=-v)


def test_symbols_stand_for_parameters_in_algebra_only():
    a, b, c = sp.symbols("a b c", real=True)
    k = sp.Symbol("k", positive=True)
    game = go.lsgan(a, b, c, real_term=True)
    assert game.symbols == {a, b, c}
    numbers = {a: -1, b: 2, c: sp.Rational(1, 3)}
    at_numbers = go.lsgan(-1, 2, sp.Rational(1, 3), real_term=True)
    assert all(getattr(game, role).subs(numbers) == getattr(at_numbers, role) for role in "ABRS")
    for make, at in (
        (lambda x: go.alpha_gan(x, 2 * x), 3),
        (go.renyi, 3),
        (go.lkgan, 3),
        (go.ebgan, sp.Rational(5, 2)),
        (go.l_alpha, sp.Rational(1, 2)),
    ):
        symbolic, numeric = make(k), make(at)
        assert symbolic.symbols == {k} and not numeric.symbols
        for role in "ABRS":
            assert sp.simplify(getattr(symbolic, role).subs(k, at) - getattr(numeric, role)) == 0
    one_line = (
        r"^lsgan\(a, b, c, real_term=True\): .* needs numbers for its parameters, got the symbols a, b, c$"
    )
    for use in (derive, lambda o: o.functions(), lambda o: o.torch_losses()):
        with pytest.raises(ValueError, match=one_line):
            use(game)
    with pytest.raises(ValueError, match="cannot be written as text"):
        go.to_spec(game)


def test_other_symbols_are_refused():
    free, score = sp.Symbol("z"), go.v
    with pytest.raises(
        TypeError, match="a must be a real number or an expression of symbols declared real, got z"
    ):
        go.lsgan(free, 1, 1)
    with pytest.raises(TypeError, match="a must be a real number, got 'a'"):
        go.lsgan("a", 1, 1)
    with pytest.raises(ValueError, match="a must hold no symbol named v, x or y"):
        go.lsgan(score, 1, 1)
    with pytest.raises(
        ValueError, match=r"alpha_d must be in \(0, inf\], got r, which its symbols do not make"
    ):
        go.alpha_gan(sp.Symbol("r", real=True))
    with pytest.raises(ValueError, match=r"a and b .* must differ"):
        go.lsgan(sp.Symbol("a", real=True), sp.Symbol("a", real=True))


@pytest.mark.parametrize("given", [1e300, 1e-300, 1.7976931348623157e308, 5e-324])
def test_a_number_of_many_digits_is_named_as_the_float_that_gave_it(given):
    objective = go.alpha_gan(given, 1)
    assert objective.name == f"alpha_gan({given!r}, 1)"
    assert go.from_spec(objective.name) == objective
    whole = go.alpha_gan(10**30 + 1, 1)
    assert whole.name == f"alpha_gan({10**30 + 1}, 1)" and go.from_spec(whole.name) == whole

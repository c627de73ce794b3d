"""What the page computes, against the Python theory of the same objective."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

import gantheory as gt
from gantheory.derivation.regions.alphas import alpha_region, published
from gantheory.errors import ExpressionError
from gantheory.explorer.functions import FunctionTable, game
from gantheory.objectives import BUILT_IN, from_spec, parse

T = np.array([-8.0, -3.3, -1.0, -0.2, 0.0, 0.05, 0.7, 2.0, 5.5, 8.0])
POINTWISE = [
    spec
    for spec in BUILT_IN
    # Over a critic class, without f, or (alpha_D, alpha_G)-GANs, which are tested below.
    if not spec.startswith(("ipm", "wgan", "renyi", "alpha_gan", "vanilla", "l_alpha", "cpe"))
]


def check(found: dict, theory, smooth: bool, digits: float = 1e-10) -> None:
    """Everything at T; f and h against the larger of themselves and the terms that they are a sum of."""
    found = {**found, **{key: np.array(found[key], dtype=float) for key in ("score", "D", "f", "h", "s")}}
    found["curvature"] = np.array(found["curvature"], dtype=float)
    scale = 1 + np.exp(T)
    score = theory.score_at_log_ratio(T)
    np.testing.assert_allclose(found["score"], score, rtol=digits, atol=digits)
    np.testing.assert_allclose(found["D"], theory.discriminator_at_log_ratio(T), rtol=digits, atol=digits)
    # The numeric twins of Python take many seconds; f and h follow from the score in the same way.
    kinds = () if theory.solution.numeric else (("equilibrium", "f"), ("flow", "h"))
    for kind, name in kinds:
        expected = np.asarray(theory.generating_function(kind).of_log(T))
        size = np.maximum(np.abs(expected), scale)
        finite = np.isfinite(expected)
        values = found[name]
        np.testing.assert_array_equal(values[~finite], expected[~finite], err_msg=name)
        np.testing.assert_allclose(
            values[finite] / size[finite], expected[finite] / size[finite], atol=digits, err_msg=name
        )
    assert found["idealLoss"] == pytest.approx(float(theory.ideal_loss), rel=digits)
    if not smooth:
        return
    np.testing.assert_allclose(np.abs(found["s"]), theory.saturation_of_score(score), rtol=1e-9, atol=1e-13)
    if theory.f is not None:
        second = sp.diff(theory.f, theory.u, 2).replace(sp.DiracDelta, lambda *_: sp.S.Zero)
        second = sp.lambdify(theory.u, second, "mpmath")
        away = [i for i, t in enumerate(T) if t != 0]  # |u - 1| and the like
        expected = np.array([float(sp.re(second(sp.exp(sp.Float(T[i], 40))))) for i in away])
        size = np.exp(-T[away]) * (1 + np.exp(-T[away]))
        values = found["curvature"][away]
        np.testing.assert_allclose(values / size, expected / size, atol=10 * digits, rtol=10 * digits)


def words(theory) -> list[str]:
    return [word.partition(" ")[0] for word in theory.landscape.in_words()]


@pytest.mark.slow
def test_listed_objectives(engine):
    table = FunctionTable()
    theories = {spec: gt.derive(from_spec(spec)) for spec in POINTWISE}
    games = [game(theory, table) for theory in theories.values()]
    body = "return input[0].map((data) => quantities(catalog.listedGame(TABLE, data), input[1]));"
    for found, (spec, theory) in zip(engine(body, [games, T], table), theories.items(), strict=True):
        smooth = theory.solution.steps is None
        try:
            check(found, theory, smooth)
        except AssertionError as error:
            raise AssertionError(f"{spec}: {error}") from None
        assert [limit["word"] for limit in found["limits"]] == words(theory), spec
        for kind, answer in zip(("equilibrium", "flow"), found["convex"], strict=True):
            assert answer["convex"] == theory.convexity(kind).holds, (spec, kind)


def alphas() -> list[tuple[float, float]]:
    rng = np.random.default_rng(11)
    drawn = [tuple(map(float, np.exp(rng.uniform(-2, 2, 2)).round(2))) for _ in range(2)]
    special = [(0.3, 1.0), (0.3, math.inf), (1.0, 1.0), (1.0, math.inf), (1.0, 0.5), (2.5, 0.3)]
    return [*drawn, *special, (math.inf, math.inf), (math.inf, 2.0), (math.inf, 0.5), (math.inf, 1.0)]


@pytest.mark.slow_cases("True")
@pytest.mark.parametrize("saturating", [True, False])
def test_every_alpha_from_functions_with_alpha_left_open(engine, saturating):
    body = """
    const games = input[0].map(([a, b]) => catalog.alphaGame(TABLE, FAMILIES.alpha, a, b, input[2]));
    return games.map((game) => quantities(game, input[1]));"""
    pairs = alphas()[saturating::2]
    for found, (a, b) in zip(engine(body, [pairs, T, saturating]), pairs, strict=True):
        theory = gt.derive(gt.objectives.alpha_gan(a, b, saturating=saturating))
        try:
            check(found, theory, a != math.inf)
        except AssertionError as error:
            raise AssertionError(f"{a}, {b}: {error}") from None
        assert [limit["word"] for limit in found["limits"]] == words(theory), (a, b)


@pytest.mark.slow
def test_labels_of_least_squares(engine):
    rng = np.random.default_rng(5)
    cases = [(0.0, 1.0, 1.0, False), (-1.0, 1.0, 0.0, True), (0.0, 1.0, 0.0, False), (1.0, 0.0, 0.0, True)]
    cases += [(*map(float, rng.uniform(-2, 2, 3).round(2)), real) for real in (True, False)]
    body = """
    return input[0].map(([a, b, c, real]) => [
      quantities(catalog.labelGame(TABLE, FAMILIES.labels, a, b, c, real), input[1]),
      regions.labelRegion(a, b, c, real)]);"""
    for (found, region), (a, b, c, real) in zip(engine(body, [cases, T]), cases, strict=True):
        theory = gt.derive(gt.objectives.lsgan(a, b, c, real_term=real))
        check(found, theory, True)
        assert region == {"f": theory.convexity().holds, "h": theory.convexity("flow").holds}, (a, b, c, real)
        assert [answer["convex"] for answer in found["convex"]] == [region["f"], region["h"]]


def test_regions_agree_with_the_exact_ones(engine):
    rng = np.random.default_rng(3)
    pairs = [tuple(map(float, np.exp(rng.uniform(-2.5, 2.5, 2)).round(3))) for _ in range(300)]
    pairs += [
        (0.5, 1 / 3),
        (0.25, 0.2),
        (2.0, 1.0),
        (2.0, 2.0),
        (1.0, 0.5),
        (1.0, 0.25),
        (1.0, 3.0),
        (4.0, 2.0),
    ]
    pairs += [
        (2.0, math.inf),
        (1.0, math.inf),
        (1.5, 3.0),
        (math.inf, math.inf),
        (math.inf, 0.5),
        (math.inf, 2.0),
    ]
    cases = [(a, b, saturating) for a, b in pairs for saturating in (True, False)]
    body = "return input.map(([a, b, s]) => [regions.alphaRegion(a, b, s)[0], regions.published(a, b, s)]);"
    for (label, inside), (a, b, saturating) in zip(engine(body, cases), cases, strict=True):
        if (a, b) == (0.5, 1 / 3):
            b = sp.Rational(1, 3)
        assert label == alpha_region(a, b, saturating).label, (a, b, saturating)
        assert inside == published(a, b, saturating), (a, b, saturating)


OWN = [
    {"real": "log(D)", "fake": "log(1 - D)", "generator": "-log(D)", "link": "sigmoid(v)"},
    {
        "real": "-softplus(-v)",
        "fake": "-softplus(v)",
        "generator": "-softplus(v)",
        "generator_real": "-softplus(-v)",
    },
    {"real": "-(v - 1)**2/2", "fake": "-v**2/2", "generator": "(v - 1)**2/2"},
    {"real": "-exp(-v)", "fake": "-exp(v)", "generator": "exp(-v/2)"},
    {"real": "-exp(-v) - 0.1*v**2", "fake": "-softplus(v)", "generator": "-v"},
    {"real": "D**0.3/0.3", "fake": "(1 - D)**0.3/0.3", "generator": "1 - D", "link": "sigmoid(v)"},
    {"real": "log(v)", "fake": "-v", "generator": "-v", "domain": [0, math.inf]},
]
KINKED = [
    {"real": "min(0, v - 1)", "fake": "min(0, -v - 1)", "generator": "-v", "generator_real": "v"},
    {"real": "-v", "fake": "-max(0, 1 - v)", "generator": "v", "domain": [0, math.inf]},
    {"real": "D", "fake": "-D", "generator": "-D", "generator_real": "D", "link": "sigmoid(v)"},
]

BODY = """
const fromText = (x) => own_loss.ownGame({...x, generatorReal: x.generator_real});
"""


@pytest.mark.slow_cases("losses0-True")
@pytest.mark.parametrize(("losses", "smooth"), [(OWN, True), (KINKED, False)])
def test_the_users_own_losses_solved_in_the_page(engine, losses, smooth):
    body = BODY + "return input[0].map((texts) => quantities(fromText(texts), input[1]));"
    for found, texts in zip(engine(body, [losses, T]), losses, strict=True):
        domain = texts.get("domain")
        theory = gt.derive(parse(**{**texts, "domain": None if domain is None else tuple(domain)}))
        try:
            check(found, theory, smooth, digits=3e-9)
        except AssertionError as error:
            raise AssertionError(f"{texts}: {error}") from None


REFUSED = [
    "v^2",
    "foo",
    "lgo(v)",
    "exp(exp(exp(v)))",
    "v/0",
    "v**300",
    "max(v)",
    "exp(v, 1)",
    "v.real",
    "(v",
    "v +",
    "alert(1)",
    "constructor",
    "toString(v)",
    "__proto__",
    "v; v",
    "v == 1",
    "'v'",
    "softplus",
    "",
    "log(v)",
    "v" * 5000,
]


def test_what_python_refuses_the_page_refuses(engine):
    body = (
        BODY
        + """
    return input.map((text) => {
      try { fromText({real: text, fake: "-v**2", generator: "v"}); return null; }
      catch (error) { return [error instanceof parser.ExpressionError, error.message]; }
    });"""
    )
    for text, answer in zip(REFUSED, engine(body, REFUSED), strict=True):
        assert answer is not None and answer[0] is True, (text, answer)
        with pytest.raises((ExpressionError, ValueError)):
            parse(real=text, fake="-v**2", generator="v")


EQUAL = [
    "-2**2 + v",
    "2**-1*v",
    "2**3**2*v",
    "-v**2",
    "v*-3",
    "1 - -v",
    "+v/2/4",
    "1e-3*v",
    ".5*v + 3.",
    "pi*e*v",
]
EQUAL += [
    "(v + 1)*(v - 1)",
    "abs(v)**2.5",
    "2**v",
    "relu(v)",
    "logsigmoid(v)**3",
    "1/(1 + exp(-v))",
    "erf(v)",
]
EQUAL += [
    "log1p(v**2)",
    "LambertW(exp(v))",
    "min(v, 1, -v)",
    "sign(v)*sqrt(1 + v**2)",
    "expm1(v)/cosh(v)",
    "sinh(v)",
]


def test_the_grammar_gives_pythons_numbers_and_derivatives(engine):
    points = [-2.7, -0.4, 0.3, 1.9]
    body = """return input[0].map((text) => {
      const tree = parser.parseExpression(text, "x"); return input[1].map((v) => jets.jet(tree, v)); });"""
    for text, rows in zip(EQUAL, engine(body, [EQUAL, points]), strict=True):
        expr = gt.objectives.parsing.parse_expression(text, {"v": gt.objectives.v})
        for order in range(4):
            derivative = sp.diff(expr, gt.objectives.v, order).replace(sp.DiracDelta, lambda *_: sp.S.Zero)
            derivative = derivative.doit()
            for x, row in zip(points, rows, strict=True):
                true = float(derivative.subs(gt.objectives.v, sp.Rational(str(x))).evalf(30))
                assert row[order] == pytest.approx(true, rel=1e-11, abs=1e-11), (text, order, x)


def test_no_maximum_is_said(engine):
    body = BODY + """try { fromText(input); } catch (error) { return error.message; }"""
    message = engine(body, {"real": "exp(v)", "fake": "-v", "generator": "v"})
    assert "no maximum" in message
    assert "constant" in engine(body, {"real": "1", "fake": "2", "generator": "v"})


STABLE = [
    "lsgan(0, 1, 1)",
    "lsgan(-1, 1, 0)",
    'fgan("kl")',
    'fgan("reverse_kl")',
    'fgan("pearson")',
    "lkgan(3)",
]


def test_the_joint_game_near_the_data(engine):
    """kappa, b and s of the page against those of `gantheory.stability`, and the roots of its modes."""
    table = FunctionTable()
    theories = [gt.derive(from_spec(spec)) for spec in STABLE]
    body = """
      return input[0].map((data) => {
        const local = stability.localGame(theory.theoryOf(catalog.listedGame(TABLE, data)));
        const modes = input[1].map((lambda) => stability.modeAt(local, lambda));
        return [local, modes, stability.stabilityInWords(local)];
      });
    """
    lambdas = [0.02, 0.3, 1, 5, 40]
    found = engine(body, [[game(theory, table) for theory in theories], lambdas], table)
    for (local, modes, words), theory in zip(found, theories, strict=True):
        spectrum = gt.stability.local_spectrum(theory.objective, lambdas)
        name = theory.objective.name
        for key, expected in (("kappa", spectrum.kappa), ("b", spectrum.b), ("s", spectrum.s)):
            assert local[key] == pytest.approx(float(expected), rel=1e-9, abs=1e-12), (name, key)
        assert local["threshold"] == pytest.approx(float(spectrum.threshold), rel=1e-9)
        np.testing.assert_allclose([mode["damping"] for mode in modes], spectrum.damping, rtol=1e-9)
        np.testing.assert_allclose([mode["frequency"] for mode in modes], spectrum.frequency, rtol=1e-9)
        assert words.startswith("modes with" if float(spectrum.s) else "the generator feels no force")


def test_a_score_that_jumps_has_no_linear_form(engine):
    table = FunctionTable()
    data = game(gt.derive(from_spec("hinge")), table)
    body = "return stability.localGame(theory.theoryOf(catalog.listedGame(TABLE, input)));"
    assert engine(body, data, table) is None

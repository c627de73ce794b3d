"""Estimation-error bounds against suprema at 50 digits, the formulas written out again, and simulation."""

from __future__ import annotations

import functools
import math
import warnings
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from gantheory import bounds

_approx = functools.partial(pytest.approx, abs=0)  # pytest adds 1e-12 otherwise

ALPHAS = [0.05, 0.3, 0.7, 0.999, 1, 1.001, 1.2, 1.5, 2, 3, 10, 1e6, math.inf]
SCORES = [0.0, 0.1, 0.69, 1, 4, 30]


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def _sigma(v):
    return 1 / (1 + mp.exp(-v))


def _loss(alpha, v):
    """l_alpha(1, sigma(v)) in its own words, not through c."""
    if alpha == 1:
        return -mp.log(_sigma(v))
    if alpha == math.inf:
        return 1 - _sigma(v)
    alpha = mp.mpf(alpha)
    return alpha / (alpha - 1) * (1 - _sigma(v) ** ((alpha - 1) / alpha))


def _numeric_supremum(h, alpha):
    """sup of |d loss/dv| over [-h, h] by differencing the loss itself, then golden-section search."""
    with mp.workdps(50):
        slope = lambda v: abs(mp.diff(lambda t: _loss(alpha, t), v))  # noqa: E731
        low, high = mp.mpf(-h), mp.mpf(h)
        ratio = (mp.sqrt(5) - 1) / 2
        for _ in range(90):  # the slope has one peak, so its ends and this search suffice
            a, b = high - ratio * (high - low), low + ratio * (high - low)
            low, high = (low, b) if slope(a) > slope(b) else (a, high)
        return float(max(slope(low), slope(mp.mpf(-h)), slope(mp.mpf(h))))


@pytest.mark.parametrize("alpha", ALPHAS)
def test_the_tight_constant_is_the_supremum_and_the_published_one_is_exact_where_it_says(alpha):
    for h in SCORES:
        supremum = _numeric_supremum(h, alpha)
        published = bounds.loss_lipschitz(h, alpha)
        assert bounds.loss_lipschitz(h, alpha, tight=True) == _approx(supremum, rel=1e-12)
        exact = alpha <= 1 or (alpha == math.inf) or h >= math.log(alpha / (alpha - 1))
        if exact:
            assert published == _approx(supremum, rel=1e-12)
        else:
            assert published > supremum * (1 + 1e-14)


def test_printed_special_values():
    assert bounds.loss_lipschitz(3, math.inf) == 0.25
    assert bounds.loss_lipschitz(1, 1) == _approx(1 / (1 + math.exp(-1)), rel=1e-15)
    # alpha = 2: (1/3)^(1/2) 2/3; alpha = 1/2: sigma(h)/sigma(-h) = exp(h).
    assert bounds.loss_lipschitz(5, 2) == _approx(2 / (3 * math.sqrt(3)), rel=1e-15)
    assert bounds.loss_lipschitz(2, 0.5) == _approx(math.exp(2), rel=1e-14)
    assert bounds.loss_lipschitz(math.inf, 2) == bounds.loss_lipschitz(1, 2)
    assert [bounds.loss_lipschitz(math.inf, a) for a in (0.5, 1)] == [math.inf, 1]


@pytest.mark.parametrize("alpha", [1.0001, 1.5, 2, 7.0, 1e8])
def test_the_published_constant_above_one_is_equation_21(alpha):
    with mp.workdps(50):
        a = mp.mpf(alpha)
        printed = ((a - 1) / (2 * a - 1)) ** ((a - 1) / a) * a / (2 * a - 1)
    assert bounds.loss_lipschitz(0.1, alpha) == _approx(float(printed), rel=1e-14)


def test_the_published_constant_jumps_at_one_and_the_tight_one_does_not():
    below, at, above = (bounds.loss_lipschitz(1, a) for a in (1 - 1e-9, 1, 1 + 1e-9))
    assert below == _approx(at, rel=1e-8)
    assert at < 0.74
    assert above == _approx(1, abs=1e-6)
    tight = bounds.loss_lipschitz(1, [1 - 1e-9, 1, 1 + 1e-9], tight=True)
    assert tight == _approx([at] * 3, rel=1e-8)
    assert bounds.loss_lipschitz(1, 1e300, tight=True) == _approx(0.25, rel=1e-14)


def test_arrays_broadcast_and_exact_numbers_are_taken():
    h, alpha = np.array([0.5, 1, 2]), np.array([[0.5], [1], [2], [math.inf]])
    grid = bounds.loss_lipschitz(h, alpha)
    assert grid.shape == (4, 3)
    assert grid.dtype == np.float64
    for i, j in np.ndindex(4, 3):
        assert grid[i, j] == bounds.loss_lipschitz(float(h[j]), float(alpha[i, 0]))
    assert bounds.loss_lipschitz(1, Fraction(1, 3)) == bounds.loss_lipschitz(1, 1 / 3)
    assert bounds.loss_lipschitz(1, sp.oo) == 0.25
    assert isinstance(bounds.loss_lipschitz(1, sp.sqrt(2)), float)


def test_large_scores_and_small_alphas_stay_in_range_in_the_logarithm():
    for h, alpha in [(1e4, 0.5), (1e3, 1e-3), (800.0, 0.01), (1e5, 0.999)]:
        with mp.workdps(50):
            c = (mp.mpf(alpha) - 1) / mp.mpf(alpha)
            expected = mp.log(_sigma(mp.mpf(h))) + c * mp.log(_sigma(-mp.mpf(h)))
        assert bounds.log_loss_lipschitz(h, alpha) == _approx(float(expected), rel=1e-14)
    assert bounds.loss_lipschitz(1e4, 0.5) == math.inf
    assert bounds.loss_lipschitz(1e4, 1) == 1
    assert bounds.loss_lipschitz(1e4, 1.1, tight=True) == bounds.loss_lipschitz(1e4, 1.1)


@pytest.mark.parametrize(
    ("h", "alpha", "error", "message"),
    [
        (-1, 1, ValueError, r"h must be in \[0, inf\], got -1"),
        (math.nan, 1, ValueError, "h must be .* got nan"),
        (1, 0, ValueError, r"alpha must be in \(0, inf\], got 0"),
        (1, [1, -2], ValueError, r"alpha must be in \(0, inf\], got -2"),
        ("1", 1, TypeError, "h must hold real numbers"),
        (1, "2", TypeError, "alpha must hold real numbers"),
        (True, 1, TypeError, "h must hold real numbers"),
        (1, 1j, TypeError, "alpha must hold real numbers"),
        (1, sp.Symbol("a"), TypeError, "alpha must hold real numbers"),
        ([1, 2], [1, 2, 3], ValueError, "h and alpha must have shapes that broadcast"),
    ],
)
def test_bad_arguments_of_the_constant(h, alpha, error, message):
    with pytest.raises(error, match=message) as caught:
        bounds.loss_lipschitz(h, alpha)
    assert "\n" not in str(caught.value)


EXAMPLE = dict(
    alpha_g=0.8,
    discriminator_norms=[1.1, 0.9, 1.3],
    generator_norms=[0.7, 1.2],
    discriminator_lipschitz=[1.0, 1.5],
    generator_lipschitz=[0.5],
    real_bound=1.4,
    noise_bound=0.8,
    n=5000,
    m=7000,
    delta=0.03,
)


def _theorem_3(alpha_g, m_i, n_j, r_i, s_j, b_x, b_z, n, m, delta):
    """The bound as the paper prints it, summand by summand, at 50 digits."""
    with mp.workdps(50):
        k, l = len(m_i), len(n_j)  # noqa: E741
        number = lambda x: mp.mpf(str(x))  # noqa: E731
        u_w, u_t = number(m_i[-1]), number(n_j[-1])
        for norm, slope in zip(m_i[:-1], r_i, strict=True):
            u_w *= number(norm) * number(slope)
        for norm, slope in zip(n_j[:-1], s_j, strict=True):
            u_t *= number(norm) * number(slope)
        b_x, b_z = number(b_x), number(b_z)

        def lipschitz(h):
            if alpha_g == math.inf:
                return mp.mpf(1) / 4
            a = number(alpha_g)
            if a <= 1:
                return _sigma(h) * _sigma(-h) ** ((a - 1) / a)
            return ((a - 1) / (2 * a - 1)) ** ((a - 1) / a) * a / (2 * a - 1)

        c_x, c_z = lipschitz(u_w * b_x), lipschitz(u_w * u_t * b_z)
        root = mp.sqrt(mp.log(1 / number(delta)))
        return [
            4 * c_x * b_x * u_w * mp.sqrt(3 * k) / mp.sqrt(n),
            4 * c_z * u_w * u_t * b_z * mp.sqrt(3 * (k + l - 1)) / mp.sqrt(m),
            u_w * root * 4 * c_x * b_x / mp.sqrt(2 * n),
            u_w * root * 4 * c_z * b_z * u_t / mp.sqrt(2 * m),
        ]


@pytest.mark.parametrize("alpha", [0.2, 0.8, 1, 1.3, 4, math.inf])
def test_the_upper_bound_is_theorem_3(alpha):
    given = EXAMPLE | {"alpha_g": alpha}
    bound = bounds.estimation_error(**given)
    expected = _theorem_3(*given.values())
    assert list(bound.terms.values()) == _approx([float(x) for x in expected], rel=1e-13)
    assert bound.value == _approx(float(sum(expected)), rel=1e-13)
    assert float(bound) == bound.value == _approx(math.exp(bound.log_value), rel=1e-13)
    assert (bound.k, bound.l, bound.probability) == (3, 2, 0.94)
    assert bound.u_w == _approx(1.1 * 1.0 * 0.9 * 1.5 * 1.3, rel=1e-14)
    assert bound.u_t == _approx(0.7 * 0.5 * 1.2, rel=1e-14)
    assert bound.q_x == _approx(bound.u_w * 1.4, rel=1e-14)
    assert bound.q_z == _approx(bound.u_w * bound.u_t * 0.8, rel=1e-14)
    assert bound.c_x == _approx(bounds.loss_lipschitz(bound.q_x, alpha), rel=1e-14)
    assert bound.c_z == _approx(bounds.loss_lipschitz(bound.q_z, alpha), rel=1e-14)
    assert bound.violated == ()
    assert "with probability >= 0.94" in str(bound)


def test_scaling_laws():
    base = bounds.estimation_error(**EXAMPLE).terms
    more = bounds.estimation_error(**EXAMPLE | {"n": 20000}).terms
    for name in base:
        assert more[name] == _approx(base[name] / (2 if "real" in name else 1), rel=1e-14)
    surer = bounds.estimation_error(**EXAMPLE | {"delta": 0.03**4}).terms  # log(1/delta) four times as large
    for name in base:
        assert surer[name] == _approx(base[name] * (2 if "deviation" in name else 1), rel=1e-14)
    # Positive homogeneity: norms of one network may be moved between its layers.
    moved = bounds.estimation_error(**EXAMPLE | {"discriminator_norms": [2.2, 0.9, 0.65]}).terms
    assert moved == _approx(base, rel=1e-14)
    linear = [
        bounds.estimation_error(**EXAMPLE | {"alpha_g": math.inf, "noise_bound": b}).terms for b in (0.8, 8)
    ]
    assert linear[1]["complexity, fake"] == _approx(10 * linear[0]["complexity, fake"], rel=1e-14)


def test_tight_constants_lower_the_bound_above_one_only():
    for alpha, ordered in [(0.8, 0), (1, 0), (1.05, 1)]:
        given = EXAMPLE | {"alpha_g": alpha, "noise_bound": 0.1, "real_bound": 0.2}
        loose, tight = (bounds.estimation_error(**given, tight=t).value for t in (False, True))
        assert (tight < loose * 0.9) == bool(ordered)
        assert tight <= loose


def test_a_bound_beyond_floats_keeps_its_logarithm():
    bound = bounds.estimation_error(**EXAMPLE | {"alpha_g": 0.01, "discriminator_norms": [50] * 3})
    assert bound.value == math.inf
    q = 50**3 * 1.5 * 1.4
    assert bound.log_value == _approx(99 * q, rel=1e-3)
    assert bound.vacuous
    assert f"exp({bound.log_value:.6g})" in str(bound)
    assert bounds.estimation_error(**EXAMPLE | {"alpha_g": 1e-309}).log_trivial == math.inf
    assert bounds.estimation_error(**EXAMPLE | {"discriminator_norms": [1, 0, 1]}).value == 0


@pytest.mark.parametrize("alpha", [0.01, 0.4, 1, 1.7, math.inf])
def test_the_largest_possible_error_is_the_range_of_the_losses(alpha):
    bound = bounds.estimation_error(**EXAMPLE | {"alpha_g": alpha})
    with mp.workdps(50):
        a = mp.mpf(str(alpha)) if alpha < math.inf and alpha != 1 else alpha
        ranges = [_loss(a, -mp.mpf(q)) - _loss(a, mp.mpf(q)) for q in (bound.q_x, bound.q_z)]
        assert bound.log_trivial == _approx(float(mp.log(sum(ranges))), rel=1e-12, abs=1e-13)
    few = bounds.estimation_error(**EXAMPLE | {"alpha_g": alpha, "n": 1, "m": 1})
    many = bounds.estimation_error(**EXAMPLE | {"alpha_g": alpha, "n": 10**18, "m": 10**18})
    assert few.vacuous
    assert "says nothing" in str(few)
    assert not many.vacuous


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"alpha_g": 0}, ValueError, r"alpha_g must be in \(0, inf\], got 0"),
        ({"alpha_g": [1, 2]}, TypeError, "alpha_g must be a real number"),
        ({"discriminator_norms": []}, ValueError, "discriminator_norms must name at least one layer"),
        ({"generator_norms": ()}, ValueError, "generator_norms must name at least one layer"),
        ({"generator_norms": 2.0}, TypeError, "generator_norms must be a list, each a real number"),
        ({"discriminator_norms": [1, -1, 1]}, ValueError, r"discriminator_norms\[1\] must be in \[0, inf\)"),
        ({"generator_norms": [1, math.inf]}, ValueError, r"generator_norms\[1\] must be in \[0, inf\)"),
        ({"discriminator_lipschitz": [1.0]}, ValueError, "discriminator_lipschitz must be one number or 2"),
        (
            {"generator_lipschitz": math.nan},
            ValueError,
            r"generator_lipschitz must be in \[0, inf\), got nan",
        ),
        ({"real_bound": "1"}, TypeError, "real_bound must be a real number"),
        ({"n": 0}, ValueError, "n must be at least 1, got 0"),
        ({"m": 10.0}, TypeError, "m must be a whole number, got 10.0"),
        ({"n": True}, TypeError, "n must be a whole number"),
        ({"delta": 0.5}, ValueError, r"delta must be in \(0, 1/2\)"),
        ({"delta": 0}, ValueError, r"delta must be in \(0, 1/2\)"),
        ({"tight": 1}, TypeError, "tight must be True or False"),
    ],
)
def test_bad_arguments_of_the_upper_bound(change, error, message):
    with pytest.raises(error, match=message) as caught:
        bounds.estimation_error(**EXAMPLE | change)
    assert "\n" not in str(caught.value)


def test_lower_bound_by_hand():
    # Two layers, ReLU: r(M_1 B) = 6, r(-M_1 B) = 0, so log(2)/20 (sigma(3) - 1/2).
    value = bounds.lower_bound_constant(discriminator_norms=[2, 0.5], real_bound=3)
    assert value == _approx(math.log(2) / 20 * (1 / (1 + math.exp(-3)) - 0.5), rel=1e-14)
    leaky = bounds.lower_bound_constant(
        discriminator_norms=[2, 0.5], real_bound=3, activations=[lambda p: p if p > 0 else 0.5 * p]
    )
    by_hand = math.log(2) / 20 * (1 / (1 + math.exp(-3)) - 1 / (1 + math.exp(1.5)))
    assert leaky == _approx(by_hand, rel=1e-14)
    linear = bounds.lower_bound_constant(discriminator_norms=[2.0], real_bound=1)
    assert linear == _approx(math.log(2) / 20 * math.tanh(1), rel=1e-14)  # sigma(2) - sigma(-2)
    named = bounds.lower_bound_constant(
        discriminator_norms=[2, 0.5], real_bound=3, activations="leaky_relu"
    )  # of slope 1/5, that of the package's networks
    by_hand = math.log(2) / 20 * (1 / (1 + math.exp(-3)) - 1 / (1 + math.exp(0.6)))
    assert named == _approx(by_hand, rel=1e-14)
    assert bounds.lower_bound_constant(discriminator_norms=[1, 0], real_bound=1) == 0
    flat = bounds.lower_bound_constant(discriminator_norms=[1, 1], real_bound=1, activations=lambda p: 0.3)
    assert flat == 0, "a constant discriminator tells nothing apart"
    shifted = bounds.lower_bound_constant(
        discriminator_norms=[1, 1], real_bound=1e-9, activations=lambda p: p + 40
    )
    with mp.workdps(50):
        tiny = _sigma(40 + mp.mpf("1e-9")) - _sigma(40 - mp.mpf("1e-9"))
        assert shifted / float(mp.log(2) / 20 * tiny) == _approx(1, rel=1e-4)  # 40 + 1e-9 is rounded


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"discriminator_norms": []}, ValueError, "discriminator_norms must name at least one layer"),
        ({"real_bound": -1}, ValueError, r"real_bound must be in \[0, inf\), got -1"),
        ({"activations": ["relu", "relu"]}, ValueError, "activations must be one for all or 1"),
        ({"activations": "rlu"}, ValueError, "activations 'rlu': did you mean 'relu'"),
        ({"activations": [3]}, TypeError, r"activations\[0\] must be text or a function, got 3"),
        ({"activations": lambda p: -p}, ValueError, "activations must be finite and nondecreasing"),
    ],
)
def test_bad_arguments_of_the_lower_bound(given, error, message):
    with pytest.raises(error, match=message) as caught:
        bounds.lower_bound_constant(**{"discriminator_norms": [1, 1], "real_bound": 1} | given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 10**400}, "n must be at most 10^300, got a number of 401 digits"),
        ({"delta": math.nan}, "delta must be in (0, 1/2), for 1 - 2 delta to be a probability, got nan"),
        ({"delta": -1}, "delta must be in (0, 1/2), for 1 - 2 delta to be a probability, got -1.0"),
    ],
)
def test_sizes_and_probabilities_out_of_range_are_named(change, message):
    given = {
        "alpha_g": 1,
        "discriminator_norms": [1, 1],
        "generator_norms": [1, 1],
        "discriminator_lipschitz": 1,
        "generator_lipschitz": 1,
        "real_bound": 1,
        "noise_bound": 1,
        "n": 100,
        "m": 100,
        "delta": 0.05,
    }
    with pytest.raises(ValueError) as error:
        bounds.estimation_error(**{**given, **change})
    assert str(error.value) == message

"""``gantheory divergence``: its values against closed forms, and distributions written as text."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from gantheory.cli.distributions import parse_distribution
from gantheory.errors import ExpressionError


def _jsd(p, q, log=math.log):
    """Jensen-Shannon divergence in nats, from its definition."""
    return sum(x * log(2 * x / (x + y)) + y * log(2 * y / (x + y)) for x, y in zip(p, q, strict=True)) / 2


def _read(done):
    assert (done.status, done.err) == (0, "")
    return json.loads(done.out)


def test_the_vanilla_equilibrium_divergence_is_twice_jsd(cli):
    result = _read(cli("divergence", "vanilla", "--p", "0.5,0.5", "--q", "0.9,0.1", "--json"))
    assert result["value"] == pytest.approx(2 * _jsd([0.5, 0.5], [0.9, 0.1]), rel=1e-12)
    assert 0 <= result["error"] < 1e-12
    assert (result["kind"], result["objective"]) == ("equilibrium", "vanilla")


def test_dps_prints_that_many_digits(cli):
    args = ("divergence", "vanilla", "--p", "1/2,1/2", "--q", "1/4,3/4", "--dps", "30")
    with mpmath.workdps(40):
        quarter = mpmath.mpf(1) / 4
        expected = 2 * _jsd([2 * quarter, 2 * quarter], [quarter, 3 * quarter], mpmath.log)
        assert abs(mpmath.mpf(_read(cli(*args, "--json"))["digits"]) / expected - 1) < 1e-28
        assert mpmath.nstr(expected, 28)[:-1] in cli(*args).out


def test_kind_flow_of_the_non_saturating_vanilla_loss_is_reverse_kl_minus_two_jsd(cli):
    # Arjovsky and Bottou 2017: alpha = 1, non-saturating.
    p, q = [0.5, 0.5], [0.9, 0.1]
    args = ("divergence", "vanilla(saturating=False)", "--p", "0.5,0.5", "--q", "0.9,0.1", "--kind", "flow")
    expected = sum(y * math.log(y / x) for x, y in zip(p, q, strict=True)) - 2 * _jsd(p, q)
    assert _read(cli(*args, "--json"))["value"] == pytest.approx(expected, rel=1e-11)


def test_densities_give_what_the_definition_gives(cli):
    from scipy import integrate, stats

    p, q = stats.norm(0, 1), stats.norm(1, 2)

    def integrand(x):
        a, b = p.pdf(x), q.pdf(x)
        return a * np.log(2 * a / (a + b)) + b * np.log(2 * b / (a + b))

    expected = integrate.quad(integrand, -12, 14, epsabs=1e-13, epsrel=1e-12, limit=200)[0]
    result = _read(cli("divergence", "vanilla", "--p", "norm(0, 1)", "--q", "norm(1, scale=2)", "--json"))
    assert result["value"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ("0.5,0.4", "0.5,0.5", "0.9"),
        ("0.5,0.5", "0.2,0.3,0.5", "length"),
        ("1.5,-0.5", "0.5,0.5", "-0.5"),
        ("0.5,nan", "0.5,0.5", "nan"),
    ],
)
def test_a_bad_pmf_is_one_line(cli, p, q, message):
    done = cli("divergence", "vanilla", "--p", p, "--q", q)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: ") and done.err.count("\n") == 1
    assert message in done.err.lower()


def test_a_wrong_objective_is_one_line_that_suggests_the_nearest(cli):
    done = cli("divergence", "vanila", "--p", "0.5,0.5", "--q", "0.9,0.1")
    assert (done.status, done.out) == (2, "")
    assert "vanilla" in done.err and done.err.count("\n") == 1


def test_pmfs_are_lists_of_numbers():
    assert parse_distribution("0.25, 3/4") == [Fraction(1, 4), Fraction(3, 4)]
    assert parse_distribution("[1e-3, .999, -0.0]") == [Fraction(1, 1000), Fraction(999, 1000), 0]


def test_digits_are_those_of_the_numbers_typed(cli):
    done = cli("divergence", 'fgan("kl")', "--p", "1/3,2/3", "--q", "0.1,0.9", "--dps", "40", "--json")
    with mpmath.workdps(50):
        third, tenth = mpmath.mpf(1) / 3, mpmath.mpf(1) / 10
        want = third * mpmath.log(third / tenth) + 2 * third * mpmath.log(2 * third / (9 * tenth))
        assert abs(mpmath.mpf(json.loads(done.out)["digits"]) / want - 1) < mpmath.mpf(10) ** -38


def test_a_family_takes_the_arguments_of_scipy():
    from scipy import stats

    ours, theirs = parse_distribution("t(4, loc=-1, scale=1/2)"), stats.t(4, loc=-1, scale=0.5)
    np.testing.assert_array_equal(ours.pdf([-2.0, 0.5]), theirs.pdf([-2.0, 0.5]))


@pytest.mark.parametrize("text", ["zipf(1.02)", "zipfian(1, 10000000)"])
def test_no_quantile_of_a_law_with_a_slow_tail_is_searched(text, monkeypatch):
    from scipy import stats

    monkeypatch.setattr(stats.rv_discrete, "ppf", lambda *_, **__: pytest.fail("searches a quantile"))
    assert parse_distribution(text).support()[0] == 1


def test_a_mixture_has_the_density_of_its_parts():
    from scipy import stats

    mixture = parse_distribution("mixture([norm(-2, 1), norm(2, 1)], [0.3, 0.7])")
    expected = 0.3 * stats.norm(-2, 1).pdf(0.5) + 0.7 * stats.norm(2, 1).pdf(0.5)
    assert float(mixture.pdf(0.5)) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "__import__('os').system('true')",
        "norm(0, 1).rvs(3)",
        "norm(*[0, 1])",
        "norm(**{'loc': 0})",
        "norm('0', 1)",
        "rv_histogram([1, 2])",
        "0.5, True",
        "0.5 if 1 else 2",
        "1/0, 1",
        "mixture([norm(0, 1)])",
        "mixture(norm(0, 1), 1)",
        "(" * 500,
        "0.5,\x00",
    ],
)
def test_anything_else_is_refused_unexecuted(text):
    with pytest.raises(ExpressionError):
        parse_distribution(text, "--p")


@pytest.mark.parametrize(
    "text", ["norm(0, -1)", "norm(1, 2, 3)", "t(4, lok=1)", "beta(-1, 2)", "uniform(0, nan)"]
)
def test_parameters_out_of_range_are_refused(text):
    with pytest.raises(ValueError, match="--p") as caught:
        parse_distribution(text, "--p")
    assert "\n" not in str(caught.value)


def test_a_certified_interval_is_rounded_outward(cli):
    args = (
        "divergence",
        'fgan("kl")',
        "--p",
        "norm(0, 1)",
        "--q",
        "norm(1, 2)",
        "--certified",
        "--dps",
        "30",
    )
    result = _read(cli(*args, "--json"))
    with mpmath.workdps(60):
        truth = mpmath.log(2) - mpmath.mpf(1) / 4
        low, high = mpmath.mpf(result["low_digits"]), mpmath.mpf(result["high_digits"])
        assert low <= truth <= high and high - low < 1e-29
        assert result["low"] < truth < result["high"] and result["high"] - result["low"] < 1e-15
    assert result["method"] == "ball arithmetic, 30 digits"
    assert "low     0.443147180559945" in cli(*args).out


def test_what_cannot_be_certified_is_refused_in_one_line(cli):
    done = cli("divergence", "vanilla", "--p", "gamma(2)", "--q", "norm(0, 1)", "--certified")
    assert done.status == 2 and done.out == ""
    assert done.err.startswith("error: P must be") and done.err.count("\n") == 1


def test_seconds_bound_the_work(cli):
    done = cli(
        "divergence", "vanilla", "--p", "norm(0,1)", "--q", "norm(1,2)", "--dps", "30", "--seconds", "1e-5"
    )
    assert done.status == 2 and done.out == ""
    assert "was not found within 1e-05 s of processor time" in done.err
    assert (
        "seconds must be a number above 0"
        in cli("divergence", "vanilla", "--p", "1/2,1/2", "--q", "1/4,3/4", "--seconds", "0").err
    )

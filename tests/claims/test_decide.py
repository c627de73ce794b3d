"""From a check to its verdict: every outcome, its method, and what a wrong claim says of itself."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy as sp

import gantheory as gt
from gantheory.claims import (
    Claim,
    Decided,
    Equal,
    Limit,
    NonNegative,
    OnPmfs,
    SameDivergence,
    Within,
    claim,
    decide,
)
from gantheory.claims.comparisons.sampling import Sampler, satisfied
from gantheory.derivation.algebra.symbols import u

a, b = sp.symbols("a b", positive=True)
x = sp.Symbol("x", real=True)
n = sp.Symbol("n", positive=True, integer=True)


def _claim(check, **fields):
    given = {"id": "test", "kind": "equality", "statement": "a statement", "source": "a source", **fields}
    return Claim(check=check, **given)


def _verdict(check, **fields):
    result = decide(_claim(check, **fields))
    return result.verdict, result.method


def test_an_identity_is_proved_for_all_parameters():
    plan = lambda a, b: Equal((u**a) ** b, u ** (a * b))  # noqa: E731
    assert _verdict(plan, parameters=(a, b)) == ("holds", "computer algebra")


def test_an_identity_out_of_reach_of_the_proof_holds_at_points():
    assert _verdict(lambda: Equal(sp.sin(x) ** 2, 1 - sp.cos(x) ** 2)) == ("holds", "high precision")


@pytest.mark.parametrize("scale", [sp.Rational(1, 10**6), sp.Rational(1, 10**30)])
def test_a_small_difference_fails_with_a_counterexample(scale):
    result = decide(_claim(lambda: Equal(sp.log(1 + u), sp.log(1 + u) + scale * u)))
    assert result.verdict == "fails"
    assert result.counterexample.startswith("u = ")


def test_text_is_read_by_the_whitelist_and_nothing_else():
    assert _verdict(lambda: Equal(u**2 + 1, "u**2 + 1")) == ("holds", "computer algebra")
    result = decide(_claim(lambda: Equal(u, "__import__('os').getcwd()")))
    assert result.verdict == "errored"
    assert "ExpressionError" in result.reason


def test_the_same_divergence_up_to_the_linear_term_only():
    f = u * sp.log(u)
    assert _verdict(lambda: SameDivergence(f, f - 3 * (u - 1))) == ("holds", "computer algebra")
    assert _verdict(lambda: SameDivergence(f, f + sp.Rational(1, 10**9)))[0] == "fails"
    assert _verdict(lambda: SameDivergence(f, 2 * f))[0] == "fails"
    assert _verdict(lambda: SameDivergence(f, f + (u - 1) ** 2 / 10**6))[0] == "fails"
    kink = sp.Abs(u - 1) / 2
    assert _verdict(lambda: SameDivergence(kink, sp.Max(u - 1, 0))) == ("holds", "computer algebra")
    assert _verdict(lambda: SameDivergence(kink, sp.Max(u - 2, 0)))[0] == "fails"


@pytest.mark.slow
def test_no_point_that_satisfies_the_assumptions_is_undecided():
    for pointwise in (False, True):
        impossible = (sp.StrictGreaterThan(a, b), sp.StrictGreaterThan(b, a))
        result = decide(
            _claim(lambda a, b: Equal(a, a), parameters=(a, b), assumptions=impossible, pointwise=pointwise)
        )
        assert result.verdict == "undecided"
        assert "no point" in result.reason


def test_parameters_outside_the_assumptions_are_undecided_and_name_them():
    alpha = _claim(
        lambda a: Equal(sp.sqrt(a), a ** sp.Rational(1, 2)),
        parameters=(a,),
        assumptions=(a > 2,),
    )
    assert decide(alpha, {"a": 3}).verdict == "holds"
    outside = decide(alpha, {"a": 1})
    assert (outside.verdict, outside.reason) == (
        "undecided",
        "outside the assumptions: a > 2 is violated at a = 1",
    )
    assert decide(alpha, {"a": -3}).reason == "outside the assumptions: a = -3 is not positive"
    assert decide(alpha, {"a": sp.oo}).reason == "outside the assumptions: a = inf is not finite"
    with pytest.raises(ValueError, match="claim test has no parameter 'aa'; did you mean 'a'"):
        decide(alpha, {"aa": 1})


def test_proofs_at_points_are_no_proof_for_all_parameters():
    plan = lambda a: Equal(u**a, sp.exp(a * sp.log(u)))  # noqa: E731
    assert _verdict(plan, parameters=(a,), pointwise=True) == ("holds", "high precision")
    assert _verdict(plan, parameters=(a,), pointwise=False) == ("holds", "computer algebra")


def test_a_pointwise_claim_that_fails_somewhere_names_the_point():
    result = decide(_claim(lambda n: Equal(n, sp.Min(n, 4)), parameters=(n,), pointwise=True, points=30))
    assert result.verdict == "fails"
    assert result.counterexample.startswith("n = ")


def test_several_comparisons_hold_together_by_the_weakest_method():
    plan = lambda: [Equal(u, u), Equal(sp.sin(x) ** 2, 1 - sp.cos(x) ** 2)]  # noqa: E731
    assert _verdict(plan) == ("holds", "high precision")
    assert _verdict(lambda: [Equal(u, u), Equal(u, 2 * u)])[0] == "fails"
    assert _verdict(lambda: [Equal(u, u), Decided(None, "none", detail="unknown")])[0] == "undecided"
    assert _verdict(lambda: [])[0] == "undecided"


def test_signs_are_proved_on_the_whole_interval():
    assert _verdict(lambda: NonNegative(u**2 - 2 * u + 1, u)) == ("holds", "symbolic")
    dip = u**2 - 2 * u + 1 - sp.Rational(1, 10**12)
    result = decide(_claim(lambda: NonNegative(dip, u)))
    assert result.verdict == "fails"
    assert "log u" in result.counterexample
    assert _verdict(lambda: NonNegative(dip, u, 2, sp.oo))[0] == "holds"


def test_limits():
    assert _verdict(lambda: Limit(sp.sin(x) / x, x, 0, 1)) == ("holds", "computer algebra")
    assert _verdict(lambda: Limit(sp.sin(x) / x, x, 0, 1 + sp.Rational(1, 10**6)))[0] == "fails"
    assert _verdict(lambda: Limit(1 / u, u, 0, sp.oo)) == ("holds", "computer algebra")
    assert _verdict(lambda: Limit(1 / u, u, 0, 1))[0] == "fails"
    assert _verdict(lambda: Limit((1 + 1 / u) ** u, u, sp.oo, sp.E)) == ("holds", "computer algebra")
    assert _verdict(lambda: Limit(-1 / u, u, 0, sp.oo))[0] == "fails"


def test_a_limit_that_sympy_contradicts_fails():
    millionth = sp.Rational(1, 10**6)
    assert _verdict(lambda: Limit(1 + 1 / sp.log(u), u, sp.oo, 1)) == ("holds", "computer algebra")
    assert _verdict(lambda: Limit(1 + 1 / sp.log(u), u, sp.oo, 1 + millionth)) == (
        "fails",
        "computer algebra",
    )
    assert _verdict(lambda: Limit(1 / u, u, sp.oo, sp.Rational(1, 10**13)))[0] == "fails"
    assert _verdict(lambda: Limit(sp.sin(u), u, sp.oo, 0))[0] != "holds"


@pytest.mark.parametrize(
    ("computed", "claimed"),
    [
        (sp.S.One, 1 + sp.Rational(1, 10**45)),
        (sp.Rational(1, 10**61), sp.S.Zero),
        (u / 10**70, sp.S.Zero),
        (sp.exp(-1000 * u), sp.S.Zero),
        (sp.sqrt(2) * sp.pi, sp.sqrt(2) * sp.pi * (1 + sp.Rational(1, 10**49))),
        (sp.Max(a, 10), sp.Integer(10)),
        (sp.Heaviside(a - 9), sp.S.Zero),
        (sp.Piecewise((u * sp.log(u), u < 20), (0, True)), u * sp.log(u)),
    ],
)
def test_differences_that_are_tiny_or_far_out_are_seen(computed, claimed):
    result = decide(_claim(lambda: Equal(computed, claimed)))
    assert result.verdict == "fails"
    left, right = result.counterexample.split("computed ")[1].split(", claimed ")
    assert left != right


def test_cancellation_is_not_taken_for_a_difference():
    nested = sp.sqrt(2) + sp.sqrt(3) - sp.sqrt(5 + 2 * sp.sqrt(6))
    assert _verdict(lambda: Equal(nested * 10**80, 0))[0] == "holds"
    assert _verdict(lambda: Equal(sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1, 0)) == ("holds", "high precision")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Decided(True, "by magic", "x"), "method must be one of symbolic, computer algebra"),
        (lambda: Decided("yes", "symbolic", "x"), "holds must be True, False or None, got 'yes'"),
        (lambda: Decided(a > 1, "symbolic", "x"), "holds must be True, False or None, got a > 1"),
        (lambda: Decided(True, "symbolic"), "a verdict needs a method, and something computed"),
        (lambda: Within((1.1, 0.9), 1.0, 2.0), "interval must be finite with low <= high"),
        (lambda: Within((-float("inf"), 1.0), 1.0, 2.0), "interval must be finite with low <= high"),
        (lambda: Within((0.9, 1.1), 1.0, float("nan")), "control must be a finite number, got nan"),
        (lambda: OnPmfs(max, max, "<"), "relation must be =, <= or >=, got '<'"),
    ],
)
def test_comparisons_that_mean_nothing_are_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_values_on_pmfs():
    theory = gt.derive(gt.objectives.fgan("kl"))

    def exact(P, Q):
        return theory.divergence(P, Q, dps=60).value

    def log(P, Q):
        with mpmath.workdps(60):
            terms = []
            for p, q in zip(P, Q, strict=True):
                ratio = p / q
                terms.append(
                    mpmath.mpf(p.numerator)
                    / p.denominator
                    * mpmath.log(mpmath.mpf(ratio.numerator) / ratio.denominator)
                )
            return mpmath.fsum(terms)

    assert _verdict(lambda: OnPmfs(exact, log)) == ("holds", "high precision")
    assert _verdict(lambda: OnPmfs(exact, lambda P, Q: log(P, Q) * (1 + mpmath.mpf(10) ** -20)))[0] == "fails"
    assert _verdict(lambda: OnPmfs(exact, lambda P, Q: 0, ">="))[0] == "holds"
    assert _verdict(lambda: OnPmfs(exact, lambda P, Q: 0, "<="))[0] == "fails"


def test_an_interval_that_holds_the_control_decides_nothing():
    assert _verdict(lambda: Within((0.9, 1.1), 1.0, 2.0)) == ("holds", "Monte Carlo")
    assert _verdict(lambda: Within((0.9, 1.1), 1.2, 2.0))[0] == "fails"
    assert _verdict(lambda: Within((0.9, 2.1), 1.0, 2.0))[0] == "undecided"


def test_a_check_that_raises_is_errored_and_says_so():
    result = decide(_claim(lambda: 1 / 0))
    assert (result.verdict, result.reason) == (
        "errored",
        "the check raised ZeroDivisionError: division by zero",
    )
    assert decide(_claim(lambda: 5)).reason.startswith("the check raised TypeError: a check must return")
    assert decide(_claim(lambda: Equal(u, 0.5))).verdict == "errored"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": "two words"}, "id must be a word"),
        ({"kind": "equalty"}, "did you mean 'equality'"),
        ({"expected": "true"}, "expected must be one of holds, fails, undecided"),
        ({"source": " "}, "source of claim test must say something"),
        ({"statement": ""}, "statement of claim test must say something"),
        ({"parameters": (a,)}, "must take one argument per parameter"),
        ({"assumptions": (a > 1,)}, "which is no parameter of it"),
    ],
)
def test_a_claim_with_a_wrong_field_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        _claim(lambda: Equal(u, u), **fields)


def test_the_decorator_makes_a_claim():
    @claim("mine", "limit", statement="s", source="t")
    def mine():
        return Equal(u, u)

    assert isinstance(mine, Claim)
    assert decide(mine).to_dict()["kind"] == "limit"


def test_samples_satisfy_assumptions_and_pmfs_sum_to_one():
    sampler = Sampler(3, (a > b, sp.Ne(b, 1)))
    points = sampler.points({a, b}, 50)
    assert len(points) == 50
    assert all(satisfied(relation, point) for point in points for relation in sampler.assumptions)
    P, Q = sampler.pair()
    assert sum(P) == sum(Q) == Fraction(1)
    assert len(P) == len(Q)
    assert min(*P, *Q) > 0

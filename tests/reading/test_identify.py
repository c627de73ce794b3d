"""Losses in the styles of public code are found out, faults are flagged, and what is no loss is refused."""

from __future__ import annotations

import functools
import importlib.util
import math
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
import torch
from torch.nn import functional as F

import gantheory as gt


def _corpus(name):
    spec = importlib.util.spec_from_file_location(f"corpus_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


RIGHT, FAULTS = _corpus("right_losses").RIGHT, _corpus("faulty_losses").FAULTS


@pytest.fixture(scope="module", autouse=True)
def warm():
    """Libraries are imported once, at the first call, which is no loss's own time."""
    _ = gt.identify(RIGHT[0].d, RIGHT[0].g).theory


def test_the_corpus_is_as_large_as_promised():
    assert len(RIGHT) >= 40 and len(FAULTS) >= 10


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.id)
def test_right_losses_get_their_name_and_no_alarm(case):
    start = time.process_time()
    found = gt.identify(case.d, case.g)
    assert time.process_time() - start < 5
    assert found.name == case.name
    assert {each.kind for each in found.findings} == case.fragile
    for name, value in case.parameters.items():
        assert found.parameters[name] == pytest.approx(value, abs=1e-6)
    if case.ideal is not None:
        assert found.ideal_loss == pytest.approx(case.ideal, abs=1e-6)


@pytest.mark.slow_cases("hinge-of-the-mean")
@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.id)
def test_faults_are_flagged_and_nothing_else(case):
    found = gt.identify(case.d, case.g)
    assert {each.kind for each in found.findings} == case.kinds
    assert case.says in " ".join(each.text for each in found.findings)


OWN = [spec for spec in gt.objectives.catalogue.BUILT_IN if spec not in ('ipm("lipschitz")', 'ipm("rkhs")')]
LONG = ("alpha_gan(inf, inf)", "lkgan(3)", *(spec for spec in OWN if 'gan("' in spec or "cpe" in spec))


@pytest.mark.slow_cases("renyi(2)")
@pytest.mark.parametrize(
    "spec", [pytest.param(spec, marks=pytest.mark.slow) if spec in LONG else spec for spec in OWN]
)
def test_the_packages_own_losses_are_found_again(spec):
    objective = gt.objectives.from_spec(spec)
    found = gt.identify(*objective.torch_losses())
    assert {each.kind for each in found.findings} <= {"labels that leave the data", "swapped"}
    if objective.critic is not None:
        assert found.name == "wgan"
        return
    theory, t = gt.derive(objective), np.array([-1.5, -0.4, 0.3, 2.0])
    assert found.theory.score_at_log_ratio(t) == pytest.approx(
        theory.score_at_log_ratio(t), rel=1e-6, abs=1e-9
    )
    assert found.ideal_loss == pytest.approx(float(theory.ideal_loss), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_parameters_are_found_to_six_digits(seed):
    rng = np.random.default_rng(seed)
    alpha_d, alpha_g = rng.uniform(0.2, 3, 2)
    a, b, c = np.sort(rng.normal(0, 1, 3))
    k = rng.uniform(0.3, 4)
    alpha = gt.objectives.alpha_gan(float(alpha_d), float(alpha_g), saturating=False).torch_losses()
    found = gt.identify(lambda r, f: k * alpha[0](r, f) + 7, lambda r, f: alpha[1](r, f) / k)
    assert found.parameters["alpha_d"] == pytest.approx(alpha_d, abs=1e-6)
    assert found.parameters["alpha_g"] == pytest.approx(alpha_g, abs=1e-6)
    assert found.parameters["factor_d"] == pytest.approx(k, rel=1e-6)
    found = gt.identify(
        lambda r, f: ((r - b) ** 2).mean() + ((f - a) ** 2).mean(), lambda f: ((f - c) ** 2).mean()
    )
    assert [found.parameters[name] for name in "abc"] == pytest.approx([a, b, c], abs=1e-6)


def test_labels_that_lie_close_together_are_no_fault():
    found = gt.identify(
        lambda r, f: ((r - 0.31) ** 2).mean() + ((f - 0.29) ** 2).mean(), lambda f: ((f - 0.31) ** 2).mean()
    )
    assert found.findings == () and found.parameters["a"] == pytest.approx(0.29)


def test_modules_and_partial_functions():
    class OfFakes(torch.nn.Module):
        def forward(self, fake):
            return F.softplus(-fake).mean()

    def d_loss(real, fake, weight):
        return weight * (F.softplus(-real).mean() + F.softplus(fake).mean())

    found = gt.identify(functools.partial(d_loss, weight=3.0), OfFakes())
    assert found.name == "vanilla(saturating=False)" and found.parameters["factor_d"] == pytest.approx(3)


def test_a_closed_form_outside_the_catalogue_keeps_the_codes_constants():
    # Huber's loss, as F.smooth_l1_loss has it: u min(1, 1 - v) = min(1, v) gives v* = u/(1 + u).
    d = lambda r, f: F.smooth_l1_loss(r, torch.ones_like(r)) + F.smooth_l1_loss(f, torch.zeros_like(f))  # noqa: E731
    found = gt.identify(d, lambda f: F.smooth_l1_loss(f, torch.ones_like(f)))
    assert found.name == "a loss of its own" and found.findings == ()
    assert found.theory.score_at_log_ratio([math.log(3)]) == pytest.approx([0.75])
    assert float(found.theory.ideal_loss) == pytest.approx(found.ideal_loss) == pytest.approx(0.25)


def _mean_of(term):
    return lambda r, f: (term(r) + term(-f)).mean()


CLOSED = {
    "squared hinge": (lambda x: F.relu(1 - x) ** 2, lambda v: sp.Max(0, 1 - v) ** 2),
    "half of it": (lambda x: F.relu(1 - x) ** 2 / 2, lambda v: sp.Max(0, 1 - v) ** 2 / 2),
    "far squared hinge": (lambda x: F.relu(9 - x) ** 2, lambda v: sp.Max(0, 9 - v) ** 2),
    "smooth hinge": (
        lambda x: torch.where(x < 0, 0.5 - x, F.relu(1 - x) ** 2 / 2),
        lambda v: sp.Max(0, 1 - v) ** 2 / 2 - sp.Max(0, -v) ** 2 / 2,
    ),
    "wide Huber": (
        lambda x: F.huber_loss(x, torch.ones_like(x), delta=8.0, reduction="none"),
        lambda v: (sp.Max(0, v + 7) ** 2 - sp.Max(0, v - 9) ** 2) / 2 - 8 * v,
    ),
    "hinge and softplus": (
        lambda x: F.softplus(-x) + 0.3 * F.relu(-x - 2),
        lambda v: sp.log(1 + sp.exp(-v)) + sp.Rational(3, 10) * sp.Max(0, -v - 2),
    ),
    "exponential and absolute value": (
        lambda x: torch.exp(-x / 2) + (x - 0.7312).abs(),
        lambda v: sp.exp(-v / 2) + sp.Abs(v - sp.Rational("0.7312")),
    ),
}


@pytest.mark.parametrize("name", CLOSED)
def test_terms_with_kinks_have_the_closed_form_that_they_were_written_as(name):
    term, form = CLOSED[name]
    found = gt.identify(_mean_of(term), lambda f: -f.mean())
    assert found.findings == () and found.limits == {}
    v, scores = gt.objectives.v, np.linspace(-40, 40, 1601) + 1e-3
    for role, sign in (("A", 1), ("B", -1)):
        own, right = (
            np.asarray(sp.lambdify(v, e, "numpy")(scores))
            for e in (-getattr(found.objective, role), form(sign * v))
        )
        assert own - own[800] == pytest.approx(right - right[800], rel=1e-9, abs=1e-9)


def test_scores_are_not_taken_for_probabilities_because_a_form_of_these_is_known():
    leaky = lambda x: F.leaky_relu(x, 0.2)  # noqa: E731
    found = gt.identify(lambda r, f: (F.softplus(-leaky(r)) + F.softplus(leaky(f))).mean(), _g)
    assert (found.inputs, found.objective, found.findings) == ("scores", None, ())
    assert found.theory.score_at_log_ratio(0.0) == pytest.approx(0.0, abs=1e-6)


def test_an_answer_says_where_the_code_is_another_function():
    clamped = gt.identify(_mean_of(lambda x: F.softplus(-x.clamp(-10, 10))), _g)
    assert "from -9.9" in clamped.limits["A"] and "up to 9.9" in clamped.limits["B"]
    epsilon = gt.identify(_mean_of(lambda x: -torch.log(torch.sigmoid(x) + 1e-8)), _g)
    assert "epsilon 1e-08" in epsilon.limits["A"] and "S" not in epsilon.limits
    assert epsilon.limits["A"] in str(epsilon) and epsilon.to_json()["limits"] == epsilon.limits


def test_an_optimum_that_is_an_interval_is_no_swap():
    huber = lambda x, c: F.huber_loss(x, torch.full_like(x, c), delta=0.7)  # noqa: E731
    found = gt.identify(lambda r, f: huber(r, 1.0) + huber(f, -1.0), lambda f: huber(f, 0.0))
    assert found.findings == ()


def _focal(p):
    return -((1 - p) ** 2 * torch.log(p)).mean()


@pytest.mark.parametrize("rate", [1.5, pytest.param(2, marks=pytest.mark.slow)])
def test_a_numeric_theory_of_losses_that_are_steep_far_out_is_right_in_the_middle(rate):
    game = gt.objectives.parse(real=f"-exp(-{rate}*v)", fake="-exp(v)", generator="v")
    found = gt.identify(*game.torch_losses())
    assert found.objective is None
    t = np.array([-1.5, 0.3, 4.0])
    # u A' + B' = 0 at rate u e^(-rate v) = e^v
    want = (t + math.log(rate)) / (rate + 1)
    assert found.theory.score_at_log_ratio(t) == pytest.approx(want, abs=3e-5)  # tabulated slopes


_sp = lambda x: np.logaddexp(0, x)  # noqa: E731


@pytest.mark.parametrize("sign", [1, pytest.param(-1, marks=pytest.mark.slow)])
def test_a_numeric_theory_has_limits_where_the_optimum_is_far_out_or_infinite(sign):
    """Cross entropy of z = v/(1 + |v|) in (-1, 1): z = log u clipped to [-1, 1], so v* = t/(1 - |t|). With
    S = -sign softplus(sign z), f = S - S(0) and the gradient's factor is sigmoid(sign z)."""
    z = lambda v: v / (1 + v.abs())  # noqa: E731
    found = gt.identify(
        lambda r, f: F.softplus(-z(r)).mean() + F.softplus(z(f)).mean(),
        lambda f: -sign * F.softplus(sign * z(f)).mean(),
    )
    assert found.objective is None and "-30 to 30" in str(found).replace("\n", " ")
    t = np.array([-np.inf, -2, -0.99, -0.5, 0.9, 0.98, 2, 700])
    score = np.array([-np.inf, -np.inf, -99, -1, 9, 49, np.inf, np.inf])
    assert found.theory.score_at_log_ratio(t) == pytest.approx(score, rel=1e-4)
    at = np.clip(t, -1, 1)
    f = -sign * (_sp(sign * at) - _sp(0.0))
    assert found.theory.f_at_log_ratio(t) == pytest.approx(f, abs=2e-5)
    factor = np.where(abs(t) < 1, 1 / (1 + np.exp(-sign * at)), 0)
    assert found.theory.saturation_at_log_ratio(t) == pytest.approx(factor, rel=0.02)


def test_a_numeric_f_without_a_limit_is_infinite():
    """As before with S = -v: f falls without end as v* does."""
    z = lambda v: v / (1 + v.abs())  # noqa: E731
    d_loss = lambda r, f: F.softplus(-z(r)).mean() + F.softplus(z(f)).mean()  # noqa: E731
    theory = gt.identify(d_loss, lambda f: -f.mean()).theory
    assert theory.f_at_log_ratio([-2, 0.98, 2]) == pytest.approx([np.inf, -49, -np.inf], rel=1e-4)


@pytest.mark.parametrize(("real", "fake"), [(1, 2), (2, 1), (1, 3)])
def test_the_ideal_loss_at_a_kink_is_exact(real, fake):
    """real (1 - v)+ + fake (1 + v)+ is least at the kink of the heavier: 2 min(real, fake)."""
    d_loss = lambda r, f: real * F.relu(1 - r).mean() + fake * F.relu(1 + f).mean()  # noqa: E731
    ideal = gt.identify(d_loss, lambda f: -f.mean()).ideal_loss
    assert ideal == pytest.approx(2 * min(real, fake), rel=1e-15)


_bce = F.binary_cross_entropy_with_logits


@pytest.mark.parametrize("T", [0.07, 3.0, 10.0])
def test_a_temperature_is_found(T):
    # D of a loss of v/T is sigmoid(v/T): v* = T log u, and the divergence is the one of T = 1.
    logistic = gt.identify(
        lambda r, f: F.softplus(-r / T).mean() + F.softplus(f / T).mean(),
        lambda f: F.softplus(-f / T).mean(),
    )
    assert logistic.name.startswith("vanilla(saturating=False) in ") and not logistic.findings
    t = np.array([-3.0, 0.5])
    assert logistic.theory.score_at_log_ratio(t) == pytest.approx(T * t, rel=1e-12)
    p, q = [0.5, 0.5], [0.3, 0.7]
    plain = gt.derive(gt.objectives.vanilla(saturating=False)).divergence(p, q).value
    assert logistic.theory.divergence(p, q).value == pytest.approx(plain, rel=1e-14)


@pytest.mark.slow
def test_temperatures_in_other_losses_and_in_the_other_direction():
    ones, zeros = torch.ones_like, torch.zeros_like
    found = gt.identify(
        lambda r, f: _bce(r / 3, ones(r)) + _bce(f / 3, zeros(f)), lambda f: -_bce(f / 3, zeros(f))
    )
    assert found.name == "vanilla in v/3"
    found = gt.identify(
        lambda r, f: F.softplus(r / 3).mean() + F.softplus(-f / 3).mean(), lambda f: F.softplus(f / 3).mean()
    )
    assert found.name == "vanilla(saturating=False) in -v/3"
    root = lambda x: 2 * torch.sigmoid(x / 3).sqrt().mean()  # noqa: E731
    found = gt.identify(lambda r, f: -root(r) - root(-f), lambda f: root(-f))
    assert found.name == "alpha_gan(2, 2) in v/3"
    # u e^(-3v/2) = e^(3v/2)
    game = gt.objectives.parse(real="-exp(-1.5*v)", fake="-exp(1.5*v)", generator="v")
    found = gt.identify(*game.torch_losses())
    assert found.name == "fgan with another generator in 3*v/2"
    assert found.theory.score_at_log_ratio(np.array([0.9])) == pytest.approx([0.3], rel=1e-12)
    clamped = gt.identify(
        lambda r, f: F.softplus(-r.clamp(-9, 9) / 3).mean() + F.softplus(f / 3).mean(),
        lambda f: F.softplus(-f / 3).mean(),
    )
    assert clamped.name == "vanilla(saturating=False) in v/3" and "from -8.7" in clamped.limits["A"]


def test_a_loss_without_closed_form_gets_a_numeric_theory():
    d = lambda r, f: _focal(torch.sigmoid(r)) + _focal(torch.sigmoid(-f))  # noqa: E731
    found = gt.identify(d, lambda f: F.softplus(-f).mean())
    assert found.objective is None and "numeric" in found.name
    # By hand: v* solves u A' + B' = 0 with A' = q^2 (q - 2 p log p), p = sigmoid(v), q = 1 - p.
    v = float(found.theory.score_at_log_ratio(0.7)[0])
    p, q = 1 / (1 + math.exp(-v)), 1 / (1 + math.exp(v))
    on_real, on_fake = q**2 * (q - 2 * p * math.log(p)), p**2 * (p - 2 * q * math.log(q))
    assert math.exp(0.7) * on_real == pytest.approx(on_fake, rel=1e-4)
    assert found.ideal_loss == pytest.approx(2 * 0.25 * math.log(2))


ON_REAL_OR_FAKE = {
    "softplus": lambda v: F.softplus(-v),
    "leaky": lambda v: F.leaky_relu(1 - v, 0.2),
    "exponential": lambda v: torch.exp(-v),
    "focal": lambda v: torch.sigmoid(-v) ** 2 * F.softplus(-v),
    "square": lambda v: F.relu(1 - v) ** 2,
    "linear": lambda v: -v,
    "epsilon": lambda v: -torch.log(torch.sigmoid(v) + 1e-6) - v / 2,
}


@pytest.mark.parametrize(
    ("on_real", "on_fake", "temperature", "reduction"),
    [
        ("leaky", "softplus", 0.5, "mean"),  # optimal at a kink
        ("focal", "exponential", 0.5, "mean"),  # slopes of e^24 beside those at the optimum
        ("linear", "square", 2.0, "sum"),  # a sum of scores is no function of their mean
        ("leaky", "epsilon", 1.0, "sum"),
    ],
)
def test_numeric_theories_of_mixed_losses_are_those_of_a_fine_grid(on_real, on_fake, temperature, reduction):
    real, fake = (ON_REAL_OR_FAKE[name] for name in (on_real, on_fake))
    generator = lambda v: torch.sqrt(1 + v**2) - v - 0.3 * torch.tanh(v)  # noqa: E731

    def d_loss(r, f):
        return getattr(real(r / temperature), reduction)() + getattr(fake(-f / temperature), reduction)()

    found = gt.identify(d_loss, lambda f: getattr(generator(f), reduction)())
    assert found.reduction == reduction and found.objective is None and not found.findings
    v = torch.linspace(-20, 20, 400_001, dtype=torch.float64)
    a, b, s = real(v / temperature).numpy(), fake(-v / temperature).numpy(), generator(v).numpy()
    assert found.ideal_loss == pytest.approx((a + b).min(), rel=1e-7)
    best = {t: int(np.argmin(np.exp(t) * a + b)) for t in (-1.5, -0.3, 0.0, 0.4, 1.5)}
    scores, f = found.theory.score_at_log_ratio(list(best)), found.theory.f_at_log_ratio(list(best))
    for t, score, value in zip(best, scores, f, strict=True):
        if 0 < best[t] < len(v) - 1:
            assert score == pytest.approx(float(v[best[t]]), abs=1.1e-4)
            assert value == pytest.approx(s[best[t]] - s[best[0.0]], abs=2e-4)


@pytest.mark.parametrize(("real", "ideal"), [(lambda r: F.softplus(-r), 0.1), (lambda r: -r, None)])
def test_the_ideal_value_is_the_limit_where_the_best_score_is_infinite_or_none(real, ideal):
    found = gt.identify(lambda r, f: real(r).mean() + 0.1 * torch.tanh(f).mean(), _g)
    assert found.ideal_loss == (None if ideal is None else pytest.approx(ideal))
    assert ideal is None or np.ravel(found.theory.score_at_log_ratio(0.0)) == math.inf


def _p(D):
    return D.clamp(1e-6, 1 - 1e-6)


@pytest.mark.parametrize(
    ("on_real", "on_fake", "generator"),
    [
        # Finite at scores of [-1, 1], at which the generator's loss is not.
        (lambda D: -torch.log(_p(D)), lambda D: -D * torch.log(1 - D + 1e-6), lambda D: -torch.log(D + 1e-6)),
        # Finite at all scores that are not negative, but steep at 0.
        (lambda D: -torch.log(D + 1e-3), lambda D: 0.5 * D, lambda D: 0.5 * (1 - D)),
        (lambda D: 2 * (1 - D.sqrt()), lambda D: D**2, lambda D: -D.sqrt()),
    ],
)
def test_losses_of_probabilities_without_closed_form_are_seen_as_such(on_real, on_fake, generator):
    found = gt.identify(lambda r, f: on_real(r).mean() + on_fake(f).mean(), lambda f: generator(f).mean())
    assert found.inputs == "probabilities"
    D = torch.linspace(0, 1, 200_001, dtype=torch.float64)
    assert found.ideal_loss == pytest.approx(float((on_real(D) + on_fake(D)).min()), rel=1e-6, abs=2e-6)


def test_a_slope_that_turns_round_is_no_clamp():
    """|D - 0.9| is 0.9 - D at ordinary scores, and its slope goes to 0 far out, as that of D does."""
    found = gt.identify(
        lambda r, f: (r - 0.9).abs().mean() + f.mean(), lambda f: -f.mean(), inputs="probabilities"
    )
    assert found.objective is None and not found.limits
    assert found.theory.score_at_log_ratio(2.0)[0] == pytest.approx(math.log(9), abs=1e-12)


def test_a_loss_of_batch_statistics_is_named():
    found = gt.identify(lambda r, f: f.mean() / f.std() - r.mean() / r.std(), lambda f: -f.mean())
    assert found.name == "batch statistics" and found.theory is None and "single score" in found.theory_note


def _unsteady():
    calls = iter(range(10**6))
    return lambda r, f: F.softplus(-r).mean() * (1 + 0.1 * next(calls)) + F.softplus(f).mean()


def _g(f):
    return F.softplus(-f).mean()


def _jax_softplus(x):
    raise TypeError(f"the problematic value is of type {type(x)}")


REFUSED = {
    "needs more": (lambda r, f, images, net: r.mean() - f.mean(), _g, "it also takes images, net"),
    "no scalar": (
        lambda r, f: F.softplus(-r) + F.softplus(f),
        _g,
        "must return a scalar, got a tensor of shape",
    ),
    "float": (lambda r, f: (F.softplus(-r) + F.softplus(f)).mean().item(), _g, "returns a float"),
    "tuple": (lambda r, f: (r.mean(), f.mean()), _g, "must return one scalar tensor, got tuple"),
    "unsteady": (_unsteady(), _g, "changes its answer from call to call"),
    "detached": (lambda r, f: (F.softplus(-r) + F.softplus(f)).mean().detach(), _g, "detaches its input"),
    "weights by place": (
        lambda r, f: (torch.linspace(0.5, 1.5, len(r)) * F.softplus(-r)).mean() + F.softplus(f).mean(),
        _g,
        "weighs real scores by their place",
    ),
    "bfloat16": (
        lambda r, f: F.softplus(-r.bfloat16()).mean() + F.softplus(f.bfloat16()).mean(),
        _g,
        "returns bfloat16 of scores in float64",
    ),
    "other order": (
        lambda fake_logits, real_logits: F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean(),
        _g,
        r"names them \(fake_logits, real_logits\)",
    ),
    "JAX": (
        lambda r, f: _jax_softplus(-r).mean(),
        _g,
        "takes no torch tensors, and losses are read in PyTorch",
    ),
    "a class": (torch.nn.BCEWithLogitsLoss, _g, "is the class BCEWithLogitsLoss; give an instance"),
    "half detached": (
        lambda r, f: F.softplus(-r).mean() + F.softplus(f.detach()).mean(),
        _g,
        "detaches its input: moving the fake",
    ),
    "one side": (lambda r, f: F.softplus(-r).mean(), _g, "d_loss does not depend on the fake scores"),
    "generator": (
        lambda r, f: F.softplus(-r).mean() + F.softplus(f).mean(),
        lambda r, f: r.mean(),
        "g_loss does not depend on the fake scores",
    ),
    "raises": (
        lambda r, f: r.mean() - f.mean() + torch.ones(3) @ torch.ones(2),
        _g,
        "d_loss raised RuntimeError",
    ),
    "never finite": (lambda r, f: (r.mean() - f.mean()) / 0, _g, "d_loss is"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_loss_of_scores_is_refused_in_one_line(case):
    d, g, message = REFUSED[case]
    with pytest.raises(ValueError, match=message) as refusal:
        gt.identify(d, g)
    assert "\n" not in str(refusal.value)


def test_arguments_are_checked():
    with pytest.raises(TypeError, match="d_loss must be a function"):
        gt.identify("softplus", _g)
    with pytest.raises(ValueError, match="inputs must be one of"):
        gt.identify(_g, _g, inputs="logits")
    with pytest.raises(ValueError, match="function of 1 such argument"):
        gt.identify(_g, _g)
    logits_of_probabilities = lambda r, f: F.softplus(-r).mean() + F.softplus(f).mean()  # noqa: E731
    found = gt.identify(logits_of_probabilities, _g, inputs="probabilities")
    assert {each.kind for each in found.findings} == {"sigmoid twice"}


def test_a_real_term_that_the_code_lacks_is_said_and_is_no_limit():
    found = gt.identify(
        lambda real, fake: (torch.relu(1 - real) + torch.relu(1 + fake)).mean(), lambda fake: -fake.mean()
    )
    assert found.objective.R != 0
    assert found.limits == {
        "R": "R is 0 in the code: it moves no generator, and counts in the value at the optimal D"
    }


@pytest.mark.parametrize("average", [True, False])
def test_relativistic_sums_and_logarithms_with_an_epsilon(average):
    """A factor is of a sample, and -log(sigmoid + 1e-8) is softplus where scores are ordinary."""

    def phi(t):
        return -torch.log(torch.sigmoid(t) + 1e-8)

    def loss(up, down, phi):
        if average:
            return phi(up - down.mean()).sum() + phi(up.mean() - down).sum()
        return phi(up - down).sum()

    found = gt.identify(
        lambda real, fake: loss(real, fake, lambda t: F.softplus(-t)) / 2,
        lambda real, fake: loss(fake, real, phi),
    )
    assert found.objective == gt.objectives.relativistic("standard", average)
    assert found.parameters["factor_d"] == pytest.approx(0.5, rel=1e-12)
    assert found.parameters["factor_g"] == pytest.approx(1, rel=1e-4)
    assert [each.kind for each in found.findings] == ["clamped gradient"]
    assert "g_loss leaves the formula" in found.findings[0].text


@pytest.mark.parametrize(
    "loss, phi, T, factor",
    [
        ("standard", lambda t: F.softplus(-t / 0.2), 0.2, 1),
        ("least_squares", lambda t: (t - 0.9) ** 2, 0.9, 0.81),
        ("hinge", lambda t: torch.relu(2 - t), 2, 2),
        ("hinge", lambda t: torch.relu(100 - t), 100, 100),
    ],
)
@pytest.mark.parametrize("average", [True, False])
def test_relativistic_losses_of_scores_over_a_temperature(loss, phi, T, factor, average):
    """A margin m of the hinge, and labels +-m, are m and m^2 times the loss of scores over m."""

    def one(up, down):
        return (
            phi(up - down.mean()).mean() + phi(up.mean() - down).mean() if average else phi(up - down).mean()
        )

    found = gt.identify(one, lambda real, fake: one(fake, real))
    assert found.objective == gt.objectives.relativistic(loss, average, T)
    assert found.structure == ("coupled" if average else "paired") and not found.findings
    assert [found.parameters[f"factor_{k}"] for k in "dg"] == pytest.approx([factor] * 2, rel=1e-9)
    real, fake = torch.randn(2, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    own = found.objective.torch_losses()[0](real, fake)
    assert float(one(real, fake)) == pytest.approx(factor * float(own), rel=1e-12)


@pytest.mark.parametrize(
    "difference",
    [
        lambda up, down: (up - down).clamp(-5, 5),
        lambda up, down: up.clamp(-3, 3) - down.clamp(-3, 3),
    ],
)
def test_a_clip_of_relativistic_logits_hides_no_name(difference):
    def one(up, down):
        return F.softplus(-difference(up, down)).mean()

    found = gt.identify(one, lambda real, fake: one(fake, real))
    assert found.name == 'relativistic("standard", average=False)'
    assert [each.kind for each in found.findings] == ["clamped gradient"] * 2


@pytest.mark.parametrize("temperature", [0, -1, math.inf, "hot"])
def test_temperatures_that_are_none(temperature):
    with pytest.raises((ValueError, TypeError), match="temperature must be"):
        gt.objectives.relativistic("standard", True, temperature)


@pytest.mark.parametrize("of", [lambda f: f.max(), lambda f: f.topk(3).values, lambda f: f.median()])
def test_losses_of_some_scores_of_a_batch_are_no_sums(of):
    """They were, as the first score of the batch that was tried moved nothing."""
    found = gt.identify(
        lambda real, fake: F.softplus(-real).mean() + F.softplus(fake).mean(),
        lambda fake: F.softplus(-of(fake)).mean(),
    )
    assert found.name == "batch statistics"


@pytest.mark.parametrize(
    ("discriminator", "name"),
    [
        (
            lambda r, f: F.softplus(f - r).mean() + 0.1 * (r - f).mean(),
            "relativistic pairs r_i - f_i of another loss",
        ),
        (
            lambda r, f: 0.7 * F.softplus(f.mean() - r).mean() + 0.3 * F.softplus(f - r.mean()).mean(),
            "relativistic averages of another loss or other weights",
        ),
        (lambda r, f: F.softplus(f - r[:, None]).mean(), "relativistic over all pairs r_i - f_j"),
        (
            lambda r, f: F.softplus(f - r[:, None]).mean() + 0.01 * (r**2).mean(),
            "couples real and fake scores",
        ),
    ],
)
def test_relativistic_losses_that_are_none_of_the_known_ones_have_their_kind(discriminator, name):
    """Label smoothing is phi(t) + 0.1 t."""
    found = gt.identify(discriminator, lambda r, f: discriminator(f, r))
    assert (found.name, found.objective) == (name, None)

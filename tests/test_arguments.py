"""Every public function refuses what is no argument, in one line that names it, before any work."""

from __future__ import annotations

import inspect
import math
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from scipy import stats

import gantheory as gt
from gantheory import bounds, landscape, stability
from gantheory.arguments.arrays import as_float
from gantheory.arguments.checks import choice, flag, whole
from gantheory.divergences import compute, from_samples, log_density
from gantheory.divergences.kinds import KINDS
from gantheory.landscape.over_parameter import PARAMETERS
from gantheory.ntk import kernels
from gantheory.objectives import numerics
from gantheory.objectives.families.fgan import DIVERGENCES
from gantheory.objectives.families.ipm import CRITICS
from gantheory.objectives.numerics import NUMERICS
from gantheory.objectives.relativistic import LOSSES

PACKAGE = Path(gt.__file__).parent

BAD = ["no such thing", b"x", 1j, [1.0, 2j], np.array([1 + 1j]), object(), {"a": 1}, [["a"], [None]]]
"""None of these stands for any argument below."""

vanilla = gt.objectives.vanilla()
theory = gt.derive(vanilla)
f = theory.generating_function()
spectrum = stability.local_spectrum(vanilla, [1.0])
rng = np.random.default_rng(0)
x, y = rng.normal(size=(128, 1)), rng.normal(size=(128, 1))
points = np.linspace(-1, 1, 5)[:, None]
flow = gt.ntk.discriminator_flow(vanilla, kernels.rbf(1.0), points, points + 1)
PAIR = {"P": [0.5, 0.5], "Q": [0.4, 0.6]}
LAWS = {"P": stats.norm(), "Q": stats.norm(1)}

CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "score_at": (theory.score_at, {"p": 0.5, "q": 0.5}),
    "score_at_log_ratio": (theory.score_at_log_ratio, {"t": 0.0}),
    "discriminator_at": (theory.discriminator_at, {"p": 0.5, "q": 0.5}),
    "discriminator_at_log_ratio": (theory.discriminator_at_log_ratio, {"t": 0.0}),
    "saturation_at": (theory.saturation_at, {"D": 0.5}),
    "saturation_of_score": (theory.saturation_of_score, {"score": 0.5}),
    "divergence": (
        theory.divergence,
        PAIR | {"kind": "flow", "dps": None, "support": None, "method": None, "seed": None, "samples": 9},
    ),
    "certified": (theory.divergence, PAIR | {"certified": True, "seconds": 9}),
    "monte carlo": (theory.divergence, LAWS | {"method": "monte-carlo", "seed": 1, "samples": 100}),
    "callables": (theory.divergence, {"P": np.ones_like, "Q": lambda t: 2 * t, "support": (0, 1)}),
    "divergence_of_samples": (
        theory.divergence_of_samples,
        {"x": x, "y": y, "kind": "flow", "method": "classifier", "confidence": 0.9, "seed": 0},
    ),
    "convexity": (theory.convexity, {"kind": "flow"}),
    "ends": (theory.ends, {"kind": "flow"}),
    "name": (theory.name, {"kind": "flow"}),
    "certificate": (theory.certificate, {"kind": "flow"}),
    "generating_function": (theory.generating_function, {"kind": "flow"}),
    "equals": (theory.equals, {"formula": "u", "quantity": "f"}),
    "derive": (gt.derive, {"objective": vanilla}),
    "of_log": (f.of_log, {"t": 0.0}),
    "over_u": (f.over_u, {"t": 0.0}),
    "scaled": (f.scaled, {"t": 0.0}),
    "compute": (compute, {"generating_function": f, **PAIR, "certified": False}),
    "from_samples": (from_samples, {"generating_function": f, "x": x, "y": y, "method": "kde", "seed": 0}),
    "log_density": (log_density, {"function": np.zeros_like, "support": (0, 1)}),
    "alpha_grid": (
        gt.divergences.alpha_grid,
        {"alpha_d": 1, "alpha_g": 1, **PAIR, "saturating": True, "kind": "flow"},
    ),
    "mixture": (gt.mixture, {"distributions": [stats.norm(), stats.norm(1)], "weights": [0.5, 0.5]}),
    "Objective": (
        gt.objectives.Objective,
        {role: getattr(vanilla, role) for role in ("A", "B", "R", "S", "link", "domain", "parameters")}
        | {"name": "own"},
    ),
    "cpe": (gt.objectives.cpe, {"loss_real": "-log(D)", "loss_fake": "-log(1-D)", "generator_real": None}),
    "parse": (
        gt.objectives.parse,
        {"real": "v", "fake": "-v**2", "generator": "-v", "link": "v", "domain": (0, 1), "parameters": {}},
    ),
    "fgan": (gt.objectives.fgan, {"divergence": "kl", "saturating": True}),
    "hybrid_fgan": (gt.objectives.hybrid_fgan, {"generator": "kl", "discriminator": "js"}),
    "ipm": (gt.objectives.ipm, {"critic": "lipschitz"}),
    "lkgan": (gt.objectives.lkgan, {"k": 2, "a": 0, "b": 1, "c": 0, "real_term": True}),
    "relativistic": (gt.objectives.relativistic, {"loss": "hinge", "average": True}),
    "renyi": (gt.objectives.renyi, {"alpha": 2}),
    "torch_losses": (vanilla.torch_losses, {"numerics": "stable"}),
    "local_spectrum": (
        stability.local_spectrum,
        {"objective": vanilla, "eigenvalues": [1.0], "r1": 0, "rate_ratio": 1, "noise": 0},
    ),
    "update_roots": (
        stability.update_roots,
        {"spectrum": spectrum, "step": 0.1, "scheme": "alternating", "d_steps": 1, "momentum": 0.0},
    ),
    "largest_step": (stability.largest_step, {"spectrum": spectrum, "scheme": "alternating", "momentum": 0}),
    "eigenvalues": (stability.eigenvalues, {"count": 2, "noise": 0.0, "distribution": stats.norm()}),
    "of samples": (stability.eigenvalues, {"distribution": x, "bandwidth": 0.5}),
    "dirac_gan": (stability.dirac_gan, {"objective": vanilla, "r1": 0, "clip": math.inf, "noise": 0}),
    "operator_spectrum": (
        stability.operator_spectrum,
        {"objective": vanilla, "laplacian": np.eye(2), "kernel": np.eye(2), "generator": np.eye(2)},
    ),
    "alpha_threshold": (stability.alpha_threshold, {"saturating": True}),
    "alpha_thresholds": (stability.alpha_thresholds, {"alpha_d": 1, "alpha_g": 1, "saturating": True}),
    "landscape alpha": (landscape.alpha, {"alpha_d": 1, "alpha_g": 1, "at": 0.1, "saturating": True}),
    "saturation": (landscape.saturation, {"objectives": vanilla, "over": "D", "points": 5}),
    "parameter": (
        landscape.parameter,
        {"objectives": vanilla, "name": "shift", "real": stats.norm(), "generated": stats.norm()},
    ),
    "estimation_error": (
        bounds.estimation_error,
        {"alpha_g": 1, "discriminator_norms": [1.0], "generator_norms": [1.0], "delta": 0.1}
        | {"discriminator_lipschitz": 1.0, "generator_lipschitz": 1.0, "n": 10, "m": 10}
        | {"real_bound": 1.0, "noise_bound": 1.0},
    ),
    "lower_bound": (
        bounds.lower_bound_constant,
        {"discriminator_norms": [1.0], "real_bound": 1.0, "activations": "relu"},
    ),
    "mlp": (kernels.mlp, {"depth": 3, "activation": "relu", "w_std": 1.0, "b_std": 1.0, "kind": "ntk"}),
    "rbf": (kernels.rbf, {"gamma": 1.0}),
    "mmd": (
        gt.ntk.mmd_squared,
        {"kernel": kernels.rbf(1.0), "real": points, "fake": points, "unbiased": False},
    ),
    "discriminator_flow": (
        gt.ntk.discriminator_flow,
        {"objective": vanilla, "kernel": kernels.rbf(1.0), "real": points, "fake": points},
    ),
    "flow.scores": (flow.scores, {"x": points, "t": 1.0}),
    "check": (
        gt.validation.check,
        {"discriminator": lambda at: at[:, 0], "real": x, "fake": y, "obj": vanilla}
        | {"log_ratio": lambda at: at[:, 0], "confidence": 0.9},
    ),
}

SAID = {
    ("saturation", "objectives"): "objective",
    ("parameter", "objectives"): "objective",
    ("check", "obj"): "obj",
    ("eigenvalues", "distribution"): "samples|distribution",
    ("of samples", "distribution"): "samples|distribution",
    ("landscape alpha", "at"): "at|D",
}
"""Where a message calls an argument something else."""

ALLOWED = {("Objective", "name"): str, ("Objective", "parameters"): tuple, ("parse", "parameters"): dict}


@pytest.mark.parametrize("call", CALLS)
def test_what_is_no_argument_is_refused_in_one_line_that_names_it(call):
    function, arguments = CALLS[call]
    for name in arguments:
        for bad in BAD:
            if isinstance(bad, ALLOWED.get((call, name), ())):
                continue
            with pytest.raises((TypeError, ValueError)) as refused:
                function(**(arguments | {name: bad}))
            message = str(refused.value)
            said = SAID.get((call, name), name).split("|")
            assert any(word in message for word in said), (name, bad, message)
            assert "\n" not in message and len(message) < 400, (name, bad, message)
            last = traceback.extract_tb(refused.tb)[-1].filename
            assert PACKAGE in Path(last).parents, (name, bad, message, last)


@pytest.mark.parametrize(
    "law",
    [stats.norm([0, 1], 1), stats.norm(0, [1, 2]), stats.poisson([1, 2]), stats.Normal(mu=[0.0, 1.0])],
    ids=["loc", "scale", "discrete", "new"],
)
def test_a_law_with_arrays_for_parameters_is_many_laws(law):
    calls = [
        lambda: theory.divergence(law, stats.norm()),
        lambda: theory.divergence(stats.norm(), law),
        lambda: gt.mixture([law, stats.norm()], [0.5, 0.5]),
        lambda: gt.divergences.alpha_grid(1, 1, law, stats.norm()),
        lambda: landscape.density("vanilla", law, stats.norm()),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"must be one distribution, got an array of them with shape"):
            call()


def test_a_law_narrower_than_the_numbers_at_its_place_says_what_to_do():
    with pytest.raises(ValueError, match=r"P is narrower than the numbers near 1e\+300.*move P and Q"):
        theory.divergence(stats.norm(1e300, 1), stats.norm())


def test_monte_carlo_of_many_laws_and_of_a_seed_that_is_none():
    with pytest.raises(ValueError, match="P must be one distribution"):
        theory.divergence(stats.norm([0, 1], 1), stats.norm(), method="monte-carlo", seed=0)
    with pytest.raises(ValueError, match="seed must be a whole number of at least 0, got 'a'"):
        theory.divergence(*LAWS.values(), method="monte-carlo", seed="a")


@pytest.mark.parametrize("P", [[0.5, 0.5], stats.norm(), stats.poisson(1)])
def test_a_support_goes_with_callables_only(P):
    # A law that is silently not cut off gives the value of another pair.
    with pytest.raises(ValueError, match=r"support must be given for density callables only, got \(0, 1\)"):
        theory.divergence(P, P, support=(0, 1))


@pytest.mark.parametrize("support", [(1, 0), (0, math.nan), (0, 1, 2), 3, "01", ((1, 0), (0, 1)), (0, 1j)])
def test_a_support_is_checked_where_it_is_given(support):
    with pytest.raises(ValueError, match="support must"):
        log_density(np.zeros_like, support)


@pytest.mark.parametrize("value", [lambda t: (1 + 0j) * t, lambda t: "a", lambda t: None])
def test_a_density_that_is_no_real_number_is_refused(value):
    with pytest.raises(ValueError, match=r"P must return a density at .*must hold real numbers"):
        theory.divergence(value, np.ones_like, support=(0, 1))


def test_a_link_without_the_score_reports_nothing():
    with pytest.raises(ValueError, match="link must be a function of the score v, got 3"):
        gt.objectives.parse(real="-softplus(-v)", fake="-softplus(v)", generator="-v", link="3")


def test_helpers():
    assert choice("a", "name", ("a", "b")) == "a"
    assert flag(False, "name") is False
    assert whole(np.int64(3), "name", 3) == 3
    assert as_float(np.float32(0.5), "name") == 0.5
    for refused in (lambda: whole(3.0, "name"), lambda: whole(True, "name"), lambda: whole(2, "name", 3)):
        with pytest.raises(ValueError, match="name must be a whole number of at least"):
            refused()
    with pytest.raises(ValueError, match="did you mean 'hinge'"):
        choice("hinges", "name", ("hinge", "wgan"))
    with pytest.raises(TypeError, match="name must be one real number"):
        as_float([1.0, 2.0], "name")


@pytest.mark.parametrize(
    ("function", "name", "choices"),
    [
        (gt.objectives.fgan, "divergence", DIVERGENCES),
        (gt.objectives.ipm, "critic", CRITICS),
        (gt.objectives.relativistic, "loss", LOSSES),
        (landscape.parameter, "name", PARAMETERS),
        (theory.divergence, "kind", KINDS),
        (vanilla.torch_losses, "numerics", NUMERICS),
    ],
)
def test_the_type_of_a_choice_lists_what_is_accepted(function, name, choices):
    module = inspect.unwrap(function).__globals__
    written = inspect.signature(function).parameters[name].annotation
    assert set(get_args({**vars(numerics), **module}[written])) == set(choices)


@pytest.mark.parametrize(
    ("constructor", "args", "name"),
    [
        ("vanilla", (), "saturating"),
        ("alpha_gan", (2, 2), "saturating"),
        ("l_alpha", (2,), "saturating"),
        ("fgan", ("kl",), "saturating"),
        ("lsgan", (), "real_term"),
        ("lkgan", (2,), "real_term"),
        ("hinge", (), "real_term"),
        ("ebgan", (), "real_term"),
    ],
)
def test_a_flag_of_an_objective_is_no_array(constructor, args, name):
    for value in (np.array([]), np.array([1, 2]), "no"):
        with pytest.raises(TypeError, match=f"^{name} must be True or False, got "):
            getattr(gt.objectives, constructor)(*args, **{name: value})


@pytest.mark.parametrize("bad", [None, "zz", -1, math.nan, {}, np.array([])])
def test_what_is_no_object_of_the_package_is_named(bad):
    from gantheory import runs, training, validation

    calls = {
        "objective must be an Objective": lambda: gt.objectives.to_spec(bad),
        "config must be a GanConfig": lambda: training.pyramid_levels(bad),
        "preset must be a Preset": lambda: validation.run_preset(bad, "out"),
        "unknown preset" if isinstance(bad, str) else "name must be text": lambda: validation.preset(bad),
        "probability must be an? (sympy expression|Expr)": lambda: gt.objectives.alpha_loss(bad, 2),
    }
    if not isinstance(bad, str):
        calls["path must be a path"] = lambda: gt.sweeps.RunStore(bad)
    if isinstance(bad, (str, dict)):
        calls["values must hold real numbers"] = lambda: validation.mean_interval(bad, 0.9)
        calls["first must hold real numbers"] = lambda: runs.great_circle(bad, bad, 3)
    for message, call in calls.items():
        with pytest.raises((TypeError, ValueError), match=f"^{message}") as caught:
            call()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: gt.datasets.GaussianMixture("zz", 1.0),
        lambda: gt.datasets.GaussianMixture([[0.0]], "zz"),
        lambda: gt.datasets.PictureDensity([[1, 2], [3]]),
        lambda: gt.datasets.training_set(None, 3),
        lambda: gt.landscape.kernels(None),
        lambda: gt.landscape.kernel_shift([], [1.0]),
        lambda: gt.bounds.loss_lipschitz([[1, 2], [3]], 1.0),
        lambda: gt.validation.potential_of("vanilla", np.exp),
        lambda: gt.validation.preset_of(None),
    ],
)
def test_what_is_no_such_thing_is_told_in_one_line_of_ours(call):
    with pytest.raises((TypeError, ValueError)) as told:
        call()
    text = str(told.value)
    assert "\n" not in text and "must" in text and "ambiguous" not in text and "convert" not in text


def test_masked_numbers_are_refused_and_not_read_from_under_the_mask():
    torch = pytest.importorskip("torch")
    hidden = np.ma.masked_array(x, mask=x > 1)
    calls: list[Callable[[], Any]] = [
        lambda: theory.divergence_of_samples(hidden, y),
        lambda: theory.score_at(np.ma.masked, 1.0),
        lambda: stability.eigenvalues(hidden, 2),
        lambda: gt.datasets.ArrayData(hidden),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="must hold no masked numbers"):
            call()
    assert theory.divergence_of_samples(np.ma.masked_array(x), y).value >= 0
    for tensor in (torch.tensor(x, requires_grad=True), torch.tensor(x).bfloat16()):
        assert gt.datasets.ArrayData(tensor).shape == (1,)


def test_a_parameter_that_is_a_column_is_told_in_one_line():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match=r"alpha_g must be a real number, got 0 1.25") as error:
        gt.objectives.alpha_gan(0.5, pandas.Series([1.25]))
    assert "\n" not in str(error.value)

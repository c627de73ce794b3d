"""Theorem 3 read off PyTorch networks."""

from __future__ import annotations

import functools
import math
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest
from scipy.special import ndtr

from gantheory import bounds
from gantheory.bounds.activations import NAMED, of_module

torch = pytest.importorskip("torch")
nn = torch.nn

_approx = functools.partial(pytest.approx, abs=0)  # pytest adds 1e-12 otherwise

ALPHA = {"alpha_g": 1.2, "delta": 0.05}


def _networks(bias=False, activation=None):
    torch.manual_seed(0)
    middle = activation if activation is not None else nn.LeakyReLU(-1.5)
    d = nn.Sequential(nn.Linear(2, 5, bias=bias), middle, nn.Linear(5, 1, bias=bias), nn.Sigmoid())
    g = nn.Sequential(nn.Linear(3, 4, bias=bias), nn.ReLU(), nn.Linear(4, 2, bias=bias))
    return d, g


def _samples():
    rng = np.random.default_rng(0)
    return rng.normal(size=(50, 2)), rng.uniform(-1, 1, (60, 3))


def _norm(*parts):
    return math.sqrt(sum(float((p.detach().double() ** 2).sum()) for p in parts))


def _same(bound, manual):
    assert bound.value == _approx(manual.value, rel=1e-13)
    assert bound.terms == _approx(manual.terms, rel=1e-13)


def test_without_biases_it_is_the_bound_of_the_norms():
    d, g = _networks()
    real, noise = _samples()
    bound = bounds.from_torch(d, g, torch.tensor(real), noise, **ALPHA)
    manual = bounds.estimation_error(
        **ALPHA,
        discriminator_norms=[_norm(d[0].weight), _norm(d[2].weight)],
        generator_norms=[_norm(g[0].weight), _norm(g[2].weight)],
        discriminator_lipschitz=1.5,
        generator_lipschitz=1,
        real_bound=np.sqrt((real**2).sum(axis=1)).max(),
        noise_bound=np.sqrt((noise**2).sum(axis=1)).max(),
        n=50,
        m=60,
    )
    _same(bound, manual)
    known = bounds.from_torch(d, g, real_bound=5, noise_bound=2, n=100, m=200, **ALPHA)
    assert (known.real_bound, known.noise_bound) == (5, 2)
    assert known.q_x == _approx(5 * manual.u_w, rel=1e-13)
    tight = bounds.from_torch(d, g, real, noise, real_bound=bound.real_bound, **ALPHA)
    assert tight == bound, "the largest norm itself is a bound"


def test_scores_stay_within_q():
    d, g = _networks(bias=True, activation=nn.ReLU())
    real, noise = (torch.tensor(s, dtype=torch.float32) for s in _samples())
    bound = bounds.from_torch(d, g, real, noise, biases="absorb", **ALPHA)
    assert float(d[:3](real).detach().abs().max()) <= bound.q_x
    assert float(d[:3](g(noise)).detach().abs().max()) <= bound.q_z


def test_absorbed_biases_are_weights_of_a_constant_input():
    """The augmented networks are built and computed: same function, and the norms are theirs."""
    d, g = _networks(bias=True, activation=nn.LeakyReLU(0.2))
    real, noise = _samples()
    with pytest.raises(ValueError, match=r"discriminator layer 0 \(Linear\) has a bias.*biases='absorb'"):
        bounds.from_torch(d, g, real, noise, **ALPHA)
    bound = bounds.from_torch(d, g, real, noise, biases="absorb", **ALPHA)

    def augmented(layer, passes_on):
        rows = torch.cat([layer.weight, layer.bias[:, None]], dim=1).detach().double()
        last = torch.zeros(1, rows.shape[1], dtype=torch.float64)
        last[0, -1] = 1
        return torch.cat([rows, last]) if passes_on else rows

    d_weights = [augmented(d[0], True), augmented(d[2], False)]
    g_weights = [augmented(g[0], True), augmented(g[2], True)]
    assert bound.discriminator_norms == _approx([_norm(w) for w in d_weights], rel=1e-13)
    assert bound.generator_norms == _approx([_norm(w) for w in g_weights], rel=1e-13)
    z = torch.cat([torch.tensor(noise), torch.ones(60, 1)], dim=1)
    assert bound.noise_bound == _approx(float(z.norm(dim=1).max()), rel=1e-13)
    fake = nn.functional.relu(z @ g_weights[0].T) @ g_weights[1].T
    scores = nn.functional.leaky_relu(fake @ d_weights[0].T, 0.2) @ d_weights[1].T
    expected = d[:3].double()(g.double()(torch.tensor(noise)))
    assert torch.allclose(scores, expected, rtol=1e-12, atol=1e-14)


def test_a_bias_is_carried_no_further_than_needed():
    d, g = _networks()
    d[0].bias = nn.Parameter(
        torch.tensor([0.1, 0, 0, 0, 0])
    )  # only D's first layer: no layer passes the 1 on
    bound = bounds.from_torch(d, g, *_samples(), biases="absorb", **ALPHA)
    expected = [_norm(d[0].weight, d[0].bias), _norm(d[2].weight)]
    assert bound.discriminator_norms == _approx(expected, rel=1e-13)
    one = torch.ones(1)  # but G has to pass it on to D
    assert bound.generator_norms == _approx([_norm(x.weight, one) for x in (g[0], g[2])], rel=1e-13)
    d[0].bias = nn.Parameter(torch.zeros(5))
    _same(
        bounds.from_torch(d, g, *_samples(), **ALPHA),
        bounds.from_torch(d, g, *_samples(), biases="absorb", **ALPHA),
    )


def test_nested_networks_and_layers_that_change_nothing():
    d, g = _networks()
    nested = nn.Sequential(
        nn.Flatten(), nn.Sequential(d[0], nn.Sequential(d[1], nn.Identity())), nn.Dropout().eval(), d[2]
    )
    real, noise = _samples()
    _same(bounds.from_torch(nested, g, real, noise, **ALPHA), bounds.from_torch(d, g, real, noise, **ALPHA))
    # Two Linear layers in a row are a layer with the identity between.
    line = bounds.from_torch(d, nn.Sequential(g[0], g[2]), real, noise, **ALPHA)
    assert line.l == 2
    assert bounds.from_torch(nn.Linear(2, 1, bias=False), g, real, noise, **ALPHA).k == 1


def test_one_member_of_a_stack():
    from gantheory.training import StackedMLP

    d = StackedMLP([0, 1], (2, 6, 1), activation="leaky_relu", purpose="d")
    g = StackedMLP([0, 1], (3, 6, 2), activation="relu", purpose="g")
    real, noise = _samples()
    with pytest.raises(ValueError, match="member must say which of the 2 networks of the discriminator"):
        bounds.from_torch(d, g, real, noise, **ALPHA)
    with pytest.raises(ValueError, match="member must be an integer from 0 to 1, got 2"):
        bounds.from_torch(d, g, real, noise, member=2, **ALPHA)
    first, bound = (bounds.from_torch(d, g, real, noise, member=k, biases="absorb", **ALPHA) for k in (0, 1))
    assert first.q_x != bound.q_x

    def alone(stack, activation):
        layers = []
        for weight, bias in zip(stack.weights, stack.biases, strict=True):
            layer = nn.Linear(*weight.shape[1:])
            layer.weight, layer.bias = nn.Parameter(weight[1].T.clone()), nn.Parameter(bias[1, 0].clone())
            layers += [layer, activation]
        return nn.Sequential(*layers[:-1])

    separate = bounds.from_torch(
        alone(d, nn.LeakyReLU(0.2)), alone(g, nn.ReLU()), real, noise, biases="absorb", **ALPHA
    )
    _same(bound, separate)


@pytest.mark.parametrize(
    ("module", "function"),
    [
        (nn.Tanh(), np.tanh),
        (nn.Sigmoid(), lambda p: 1 / (1 + np.exp(-p))),
        (nn.Softplus(), lambda p: np.log1p(np.exp(p))),
        (nn.SiLU(), lambda p: p / (1 + np.exp(-p))),
        (nn.GELU(), lambda p: p * ndtr(p)),
        (nn.ELU(2.5), lambda p: np.where(p > 0, p, 2.5 * np.expm1(p))),
        (nn.ELU(0.5), lambda p: np.where(p > 0, p, 0.5 * np.expm1(p))),
        (nn.SELU(), lambda p: torch.selu(torch.tensor(p, dtype=torch.float64)).numpy()),
        (nn.ReLU(), lambda p: np.maximum(p, 0)),
        (nn.LeakyReLU(0.2), lambda p: np.where(p > 0, p, p / 5)),
        (nn.LeakyReLU(-3.0), lambda p: np.where(p > 0, p, -3 * p)),
        (nn.Identity(), lambda p: p),
    ],
    ids=lambda value: str(value) if isinstance(value, nn.Module) else "",
)
def test_lipschitz_constants_and_assumptions(module, function):
    """Against the largest slope between neighboring points, and the assumptions at a few of them."""
    known = of_module(module)
    points = np.arange(-8000, 20001) / 1000
    steepest = float(np.max(np.abs(np.diff(function(points)) / np.diff(points))))
    # A chord is less steep than a peak inside by second order, at a corner by first order.
    assert steepest <= known.lipschitz * (1 + 1e-9)
    assert steepest >= known.lipschitz * (1 - 6e-4)
    assert known.zero_at_zero == (abs(function(0.0)) < 1e-12)
    assert known.homogeneous == all(abs(function(2 * p) - 2 * function(p)) < 1e-12 for p in (1.0, -1.0))
    if known.one_at_one:
        assert abs(function(1.0) - 1) < 1e-12


def test_peaks_of_silu_and_gelu():
    for module, function in [
        (nn.SiLU(), lambda p: p / (1 + mp.exp(-p))),
        (nn.GELU(), lambda p: p * mp.ncdf(p)),
    ]:
        with mp.workdps(40):
            low, high = mp.mpf(1), mp.mpf(3)  # the slope rises at 1 and falls at 3
            for _ in range(60):
                middle = (low + high) / 2
                low, high = (middle, high) if mp.diff(function, middle, 2) > 0 else (low, middle)
            steepest = float(mp.diff(function, low))
        assert of_module(module).lipschitz == _approx(steepest, rel=1e-14)


def test_the_networks_of_training_are_known():
    from gantheory.training.networks import ACTIVATIONS

    assert set(NAMED) == set(ACTIVATIONS)


def test_waived_assumptions_are_listed():
    d, g = _networks(activation=nn.Tanh())
    with pytest.raises(
        ValueError, match=r"positive homogeneity.*Tanh after discriminator layer 0 \(Linear\)"
    ):
        bounds.from_torch(d, g, *_samples(), **ALPHA)
    bound = bounds.from_torch(d, g, *_samples(), strict=False, **ALPHA)
    assert len(bound.violated) == 1
    assert "NOT A BOUND" in str(bound)
    for k in (0, 1):
        nets = [nn.Sequential(*net[:3]) for net in _networks()]
        ends = nets[k][2].out_features
        nets[k].extend([nn.Tanh(), nn.Linear(ends, ends, bias=False)])  # the second activation
        assert len(bounds.from_torch(*nets, *_samples(), strict=False, **ALPHA).violated) == 1
    d, g = _networks(activation=nn.Softplus())
    with pytest.raises(ValueError, match=r"needs r\(0\) = 0: Softplus"):
        bounds.from_torch(d, g, *_samples(), **ALPHA)
    assert len(bounds.from_torch(d, g, *_samples(), strict=False, **ALPHA).violated) == 2
    d, g = _networks(bias=True, activation=nn.Tanh())
    with pytest.raises(ValueError, match=r"biases cannot be absorbed through Tanh.*r\(1\) = 1"):
        bounds.from_torch(d, g, *_samples(), strict=False, biases="absorb", **ALPHA)


def _bad(**change):
    d, g = _networks()
    real, noise = _samples()
    return {"discriminator": d, "generator": g, "real": real, "noise": noise} | change


def _linear(*widths):
    return nn.Sequential(*[nn.Linear(a, b, bias=False) for a, b in pairwise(widths)])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"discriminator": nn.Sequential(nn.Conv2d(1, 2, 3))},
            TypeError,
            r"layer 0 \(Conv2d\) cannot be read",
        ),
        (
            {"generator": nn.Sequential(nn.Linear(3, 2), nn.Sequential(nn.Identity(), nn.BatchNorm1d(2)))},
            TypeError,
            r"generator layer 1\.1 \(BatchNorm1d\) cannot be read",
        ),
        ({"discriminator": nn.Sequential(nn.Dropout(), nn.Linear(2, 1))}, TypeError, r"\(Dropout\) cannot"),
        ({"discriminator": lambda x: x}, TypeError, "discriminator cannot be read: function"),
        ({"discriminator": nn.Sequential()}, TypeError, "discriminator must have a Linear layer"),
        ({"discriminator": nn.Sequential(nn.ReLU(), nn.Linear(2, 1))}, TypeError, "begins with a Linear"),
        (
            {"discriminator": nn.Sequential(nn.Linear(2, 1, bias=False), nn.ReLU())},
            ValueError,
            "discriminator must end in its score or in Sigmoid, got ReLU",
        ),
        (
            {"generator": nn.Sequential(nn.Linear(3, 2, bias=False), nn.Tanh())},
            ValueError,
            "generator must end in a Linear layer, as in Theorem 3, got Tanh",
        ),
        ({"discriminator": _linear(2, 3)}, ValueError, "discriminator must have one output, got 3"),
        ({"generator": _linear(3, 4)}, ValueError, "generator must have the 2 outputs"),
        (
            {"discriminator": nn.Sequential(nn.Linear(2, 4), nn.Linear(3, 1))},
            ValueError,
            r"discriminator layer 1 \(Linear\) must take 4 inputs, got 3",
        ),
        ({"real": np.zeros((5, 3))}, ValueError, "real must have the network's 2 inputs, got 3"),
        ({"noise": np.full((5, 3), np.nan)}, ValueError, "noise must be finite"),
        ({"noise": np.zeros((0, 3))}, ValueError, "noise must have at least one sample"),
        ({"real": [["0", "1"]]}, TypeError, "real must hold real numbers"),
        ({"real": None}, ValueError, "real must be given, or both real_bound and n"),
        ({"noise": None, "noise_bound": 1}, ValueError, "noise must be given, or both noise_bound and m"),
        ({"n": 5}, ValueError, "n must be left out where real is given, got 5"),
        ({"noise_bound": 0.1}, ValueError, "noise_bound must be at least the largest norm of noise"),
        ({"biases": "ignore"}, ValueError, "biases must be one of refuse, absorb, got 'ignore'"),
        ({"strict": "no"}, TypeError, "strict must be True or False"),
    ],
)
def test_bad_arguments(change, error, message):
    with pytest.raises(error, match=message) as caught:
        bounds.from_torch(**_bad(**change), **ALPHA)
    assert "\n" not in str(caught.value)


def test_weights_that_are_not_finite_are_refused():
    d, g = _networks()
    with torch.no_grad():
        d[2].weight[0, 0] = math.nan
    with pytest.raises(ValueError, match=r"discriminator layer 2 \(Linear\) must have finite weights"):
        bounds.from_torch(d, g, *_samples(), **ALPHA)

"""Models as users have them: batch norm in training mode, dropout, bfloat16, hidden in a function."""

from __future__ import annotations

import copy
import functools
import math
import threading
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import gantheory as gt  # noqa: E402
from gantheory.arguments.arrays import as_float64  # noqa: E402
from gantheory.validation.models import evaluation_mode, scores_of  # noqa: E402

torch.manual_seed(0)
REAL, FAKE = torch.randn(2000, 1), torch.randn(2000, 1) + 1


def ratio(x):
    return 0.5 - x[:, 0]


class Net(torch.nn.Module):
    """In evaluation mode exactly log p/q = 1/2 - x; in training mode neither."""

    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Sequential(
            torch.nn.BatchNorm1d(1), torch.nn.Dropout(0.5), torch.nn.Linear(1, 1)
        )
        with torch.no_grad():
            self.inner[2].weight.fill_(-math.sqrt(1 + 1e-5))
            self.inner[2].bias.fill_(0.5)

    def forward(self, x):
        return self.inner(x)

    def method(self, x):
        return self(x)


class Holder:
    """What is no module and has one."""

    def __init__(self, discriminator):
        self.discriminator = discriminator

    def __call__(self, x):
        return self.discriminator(x)

    def score(self, x):
        return self(x)


def test_every_form_of_a_module_is_evaluated_in_evaluation_mode_and_left_as_it_was():
    net = Net().train()
    net.inner[1].eval()  # a mixed state
    modes = [m.training for m in net.modules()]
    before = copy.deepcopy(net.state_dict())
    held, named, gan = [net], {"D": net}, Holder(net)

    def helper(x):
        return gan.discriminator(x)

    for model in (
        net,
        net.method,
        lambda x: net(x),
        net.forward,
        lambda x: held[0](x).squeeze(-1),
        lambda x: named["D"](x),
        lambda x, inner=net: inner(x),
        lambda x: helper(x),
        functools.lru_cache(lambda x: net(x)),
        gan,
        gan.score,
        functools.partial(torch.func.functional_call, net, dict(net.named_parameters())),
    ):
        found = gt.validation.check(gt.objectives.vanilla(), model, REAL, FAKE, log_ratio=ratio)
        assert [p.verdict for p in found] == ["agrees"] * 4
        assert [m.training for m in net.modules()] == modes
        assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_the_mode_is_restored_after_an_error():
    net = torch.nn.Sequential(torch.nn.BatchNorm1d(3)).train()
    with pytest.raises(ValueError, match="discriminator raised RuntimeError on real samples: ") as error:
        scores_of(net, REAL, "real")
    assert "\n" not in str(error.value)
    assert net.training and net[0].training
    with evaluation_mode(net):
        assert not net[0].training and not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


def test_modules_of_other_threads_stay_in_training_mode():
    other = torch.nn.Sequential(torch.nn.BatchNorm1d(1)).train()
    with evaluation_mode(lambda x: x):
        thread = threading.Thread(target=other, args=(REAL,))
        thread.start()
        thread.join()
    assert other[0].num_batches_tracked == 1


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_scores_and_log_ratios_in_half_precision(dtype):
    found = gt.validation.check(
        gt.objectives.vanilla(),
        lambda x: (0.5 - x).to(dtype),
        REAL,
        FAKE,
        log_ratio=(ratio(REAL).to(dtype), ratio(FAKE).to(dtype)),
    )
    assert [p.verdict for p in found] == ["agrees"] * 4


@pytest.mark.parametrize(
    "model, message",
    [
        (lambda x: (x, x), "must return one array of scores, got a tuple of 2"),
        (lambda x: {"scores": x}, "must return one array of scores, got a dict of 1"),
        (lambda x: torch.cat([x, x], 1), "one score a sample"),
        (lambda x: x.T, "one score a sample"),
        (lambda x: x.to(torch.complex64), "real numbers, got torch.complex64"),
        (lambda x: x > 0, "real numbers, got torch.bool"),
        (lambda x: x.to("meta"), "meta device"),
        (lambda x: "scores", "real numbers, got 'scores'"),
        (lambda x: None, "real numbers"),
        (lambda x: x / 0, "not finite"),
    ],
)
def test_answers_that_are_no_scores_are_refused_in_one_line(model, message):
    with pytest.raises((TypeError, ValueError), match=message) as error:
        gt.validation.check(gt.objectives.vanilla(), model, REAL, FAKE)
    assert "\n" not in str(error.value)


def test_scores_with_a_gradient_and_of_shape_n_1():
    weight = torch.ones(1, 1, requires_grad=True)
    scores = scores_of(lambda x: 0.5 - x @ weight, REAL, "real")
    assert np.allclose(scores, ratio(REAL).numpy(), rtol=1e-6)


def test_samples_go_to_the_device_of_the_model():
    class Elsewhere(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1, device="meta"))

        def forward(self, x):
            assert x.device.type == "meta"
            return torch.zeros(len(x))

    assert scores_of(Elsewhere(), REAL, "real").tolist() == [0.0] * 2000


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_samples_go_to_the_floating_type_of_a_module_whatever_holds_them(dtype):
    net = torch.nn.Linear(1, 1).to(dtype)
    torch.nn.init.constant_(net.weight, -1.0)
    torch.nn.init.constant_(net.bias, 0.5)
    few = REAL[:100].reshape(-1, 1)
    wanted = 0.5 - few.double().numpy().ravel()
    for given in (few, few.double(), few.numpy(), few.double().numpy()[::-1][::-1], few.tolist()):
        np.testing.assert_allclose(scores_of(net, given, "real"), wanted, rtol=0.03, atol=0.03)


def test_integers_may_be_indices_and_other_callables_get_what_was_given():
    net = torch.nn.Sequential(torch.nn.Embedding(3, 1), torch.nn.Flatten())
    index = np.arange(3).repeat(2)
    wanted = net[0].weight.detach().numpy()[index, 0]
    for given in (index, torch.from_numpy(index)):
        np.testing.assert_allclose(scores_of(net, given[:, None], "real"), wanted)
    kinds = []
    scores_of(lambda x: kinds.append(type(x)) or x[:, 0], np.zeros((3, 1)), "real")
    assert kinds == [np.ndarray]


def test_a_log_ratio_that_raises_is_named():
    with pytest.raises(ValueError, match="log_ratio raised ZeroDivisionError on real samples"):
        gt.validation.check(gt.objectives.vanilla(), lambda x: 0.5 - x, REAL, FAKE, lambda x: 1 / 0)


def test_metrics_take_tensors_of_any_kind():
    mixture = gt.datasets.ring(8)
    points = torch.from_numpy(np.asarray(mixture.centers))
    from gantheory.training import metrics

    right = metrics.modes_covered(points.numpy(), mixture)
    for samples in (
        points.to(torch.bfloat16),
        points.clone().requires_grad_(),
        points.float().numpy().tolist(),
    ):
        assert metrics.modes_covered(samples, mixture) == right
        assert metrics.energy_distance(samples, points) == pytest.approx(0, abs=0.01)
    with pytest.raises(TypeError, match=r"samples must hold real numbers, got torch\.complex64"):
        metrics.modes_covered(points.to(torch.complex64), mixture)


def test_float64_of_what_users_have():
    jnp = pytest.importorskip("jax.numpy")
    pd = pytest.importorskip("pandas")
    right = [1.5, -2.0, 0.25]
    for values in (
        right,
        np.array(right, np.float16),
        jnp.array(right, jnp.bfloat16),
        torch.tensor(right, dtype=torch.bfloat16),
        torch.tensor(right, requires_grad=True),
        pd.Series(right),
        torch.tensor([-1.5, 2.0, -0.25])._neg_view(),
    ):
        found = as_float64(values)
        assert found.dtype == np.float64 and found.tolist() == right
    for wrong in (
        ["1", "2"],
        None,
        np.array([1, "2"], object),
        [1j],
        [True],
        [[1], [1, 2]],
        object(),
        torch.ones(2, dtype=torch.bool),
    ):
        with pytest.raises(TypeError, match="must hold real numbers") as error:
            as_float64(wrong)
        assert "\n" not in str(error.value)


def test_a_module_of_which_a_function_calls_a_method_is_evaluated():
    class Net(torch.nn.Module):
        def scores(self, x):
            return torch.nn.functional.dropout(x, 0.5, training=self.training)

    net, x = Net().train(), torch.ones(50, 1)
    for model in (lambda x: net.scores(x), partial(lambda scores, x: scores(x), net.scores)):
        assert (scores_of(model, x, "real") == 1.0).all()
        assert net.training

"""GANs of any two networks: the step beside a plain loop, members beside themselves alone, errors."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gantheory.datasets import ring
from gantheory.objectives import Relativistic, alpha_gan, lsgan, relativistic, renyi, vanilla, wgan
from gantheory.training import GanConfig, train, train_run
from gantheory.training.engines.by_hand.layers import known
from gantheory.training.engines.by_hand.networks import FlatEnsemble
from gantheory.training.engines.choice import gan_lanes
from gantheory.training.engines.lifted import LiftedEnsemble
from gantheory.training.inputs.batches import Batches
from gantheory.training.networks import networks_of
from gantheory.training.remedies import GradientPenalty, Remedy, WeightClipping


def pictures(n: int = 20) -> np.ndarray[Any, Any]:
    """(n, 3, 28, 28) in [-1, 1]."""
    return np.random.default_rng(3).uniform(-1, 1, (n, 3, 28, 28)).astype(np.float32)


def small(**changes: Any) -> GanConfig:
    """The published pair on 20 random pictures: steps of 8, 8 and 4 rows."""
    given: dict[str, Any] = {
        "objective": alpha_gan(1, 2, saturating=False),
        "data": pictures(),
        "seeds": range(3),
        "epochs": 2,
        "batch": 8,
        "test_samples": 4,
        "log_every": 1,
        "learning_rate": 2e-3,
        "dtype": "float64",
        "max_steps": 5,
    }
    return GanConfig(**{**given, **changes})


def perceptrons() -> tuple[nn.Module, nn.Module]:
    """A pair without batch norm for points in the plane."""
    generator = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
    return generator, nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))


def optimizer(name: str, network: nn.Module, rate: float, config: GanConfig) -> torch.optim.Optimizer:
    """PyTorch's own."""
    if name == "adam":
        return torch.optim.Adam(network.parameters(), lr=rate, betas=config.betas)
    kind = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop}[name]
    return kind(network.parameters(), lr=rate)


def plain_loop(config: GanConfig, seed: int) -> tuple[nn.Module, nn.Module, list[tuple[float, float]]]:
    """One seed as one writes it in PyTorch: modules, backward, torch.optim.Adam."""
    dtype = getattr(torch, config.dtype)
    g, d = (network.to(dtype) for network in config.networks.of_seed(seed))
    rates = (config.generator_rate, config.learning_rate)
    names = (config.generator_optimizer, config.discriminator_optimizer)
    g_adam, d_adam = (
        optimizer(name, network, rate, config)
        for name, network, rate in zip(names, (g, d), rates, strict=True)
    )
    pairs = isinstance(config.objective, Relativistic)
    d_loss_of, g_loss_of = config.objective.torch_losses(*() if pairs else (config.numerics,))
    losses = []
    for real, noise, draws in Batches(config, [seed]):
        steps = config.discriminator_steps
        for k, (x, z) in enumerate(zip(real[0].chunk(steps), noise[0].chunk(steps), strict=True)):
            fake = g(z)
            d_adam.zero_grad()
            d_loss = d_loss_of(d(x), d(fake.detach()))
            for remedy, draw in zip(config.changes, draws, strict=True):
                if isinstance(remedy, GradientPenalty):
                    share = draw[0, k].view(-1, *[1] * (x.ndim - 1))
                    between = (share * x + (1 - share) * fake.detach()).requires_grad_()
                    (slope,) = torch.autograd.grad(d(between).sum(), between, create_graph=True)
                    d_loss = d_loss + remedy.weight * ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
            d_loss.backward()
            d_adam.step()
            for remedy in config.remedies:
                if isinstance(remedy, WeightClipping):
                    for parameter in d.parameters():
                        parameter.data.clamp_(-remedy.bound, remedy.bound)
        g_adam.zero_grad()
        # Real scores are constants for the generator; the copy keeps them out of batch norm's statistics.
        with torch.no_grad():
            on_real = copy.deepcopy(d)(x)
        g_loss = g_loss_of(on_real, d(fake))
        if not pairs and config.objective.outer is None:  # a real term that does not matter is not reported
            g_loss = g_loss - config.objectives[0].functions("torch", dtype=None).R(on_real).mean()
        g_loss.backward()
        g_adam.step()
        losses.append((d_loss.item(), g_loss.item()))
    return g, d, losses


def assert_equals_plain(config: GanConfig, rtol: float = 1e-9) -> None:
    """Every seed of the ensemble ends as the plain loop does: weights, running statistics, losses."""
    run = train_run(config, progress=False)
    (ensemble,) = run._ensembles
    players = ensemble.players()
    for k, seed in enumerate(config.seeds):
        g, d, losses = plain_loop(config, seed)
        for player, module in zip(players, (g, d), strict=True):
            weights = torch.cat([parameter.detach().flatten() for parameter in module.parameters()])
            torch.testing.assert_close(player.weights[k], weights, rtol=rtol, atol=1e-9)
            for name, value in module.named_buffers():
                torch.testing.assert_close(player.buffers[name][k], value, rtol=rtol, atol=1e-11)
        rows = run.history[run.history["seed"] == seed]
        found = rows[["discriminator_loss", "generator_loss"]].to_numpy()
        np.testing.assert_allclose(found, losses, rtol=1e-9)


@pytest.mark.parametrize("engine", ["lifted", "auto"])
@pytest.mark.parametrize("objective", [alpha_gan(1, 2, saturating=False), lsgan(0, 1, 1)], ids=str)
def test_the_step_is_what_a_plain_loop_does(objective: Any, engine: str) -> None:
    assert_equals_plain(small(objective=objective, engine=engine))


OTHER_STEPS: list[dict[str, Any]] = [
    {"discriminator_steps": 2, "max_steps": 4},
    {"discriminator_optimizer": "sgd", "generator_optimizer": "rmsprop"},
    {"objective": relativistic("standard")},
    {"objective": relativistic("hinge", average=False)},
]


@pytest.mark.parametrize("changes", OTHER_STEPS, ids=lambda changes: next(iter(changes)))
def test_other_steps_are_what_a_plain_loop_does(changes: dict[str, Any]) -> None:
    assert_equals_plain(small(seeds=range(2), **changes))


def other_layers() -> tuple[nn.Module, nn.Module]:
    """Biases, even kernels, uneven strides, perceptrons with batch norm: what the published pair lacks."""
    generator = nn.Sequential(
        nn.Linear(5, 24, bias=False),  # before batch norm its gradient is rounding alone
        nn.BatchNorm1d(24, momentum=0.3),
        nn.LeakyReLU(0.1),
        nn.Unflatten(1, (6, 2, 2)),
        nn.ConvTranspose2d(6, 4, 4, 2, padding=1, bias=False),
        nn.BatchNorm2d(4, eps=1e-3),
        nn.ReLU(),
        nn.ConvTranspose2d(4, 2, (3, 5), (1, 2), padding=(0, 1), output_padding=(0, 1)),
        nn.Tanh(),
    )
    discriminator = nn.Sequential(
        nn.Conv2d(2, 4, (2, 3), (1, 3), padding=(1, 0)),
        nn.Tanh(),
        nn.Conv2d(4, 3, 3, 2, bias=False),
        nn.Flatten(),
        nn.Linear(9, 6, bias=False),
        nn.BatchNorm1d(6),
        nn.ReLU(),
        nn.Linear(6, 1),
    )
    return generator, discriminator


def test_hand_written_passes_know_more_layers_than_the_published_pair_has() -> None:
    data = np.random.default_rng(1).normal(size=(20, 2, 6, 10))
    config = small(data=data, latent=5, networks=f"{__name__}:other_layers", seeds=range(2))
    assert isinstance(gan_lanes(config).ensembles[0], FlatEnsemble)
    assert_equals_plain(config)


def test_hand_written_passes_train_what_they_know_and_nothing_else() -> None:
    assert isinstance(gan_lanes(small()).ensembles[0], FlatEnsemble)
    assert isinstance(gan_lanes(small(engine="lifted")).ensembles[0], LiftedEnsemble)
    assert isinstance(gan_lanes(small(remedies=[WeightClipping(1)])).ensembles[0], LiftedEnsemble)
    assert known(nn.Sequential(nn.Linear(2, 3), nn.ReLU()))
    for unknown in (
        nn.Sequential(nn.ReLU(), nn.Linear(2, 3)),  # would overwrite its input
        nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Tanh()),  # would overwrite what ReLU needs
        nn.Sequential(nn.Linear(2, 3), nn.SiLU()),
        nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(-0.1)),
        nn.Sequential(nn.Conv2d(2, 2, 3, groups=2)),
        nn.Sequential(nn.Conv2d(2, 2, 3, dilation=2)),
        nn.Sequential(nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect")),
        nn.Sequential(nn.Conv2d(2, 2, 3, padding="same")),
        nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, affine=False)),
        nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, track_running_stats=False)),
        nn.Sequential(*[nn.Linear(2, 2)] * 2),  # one layer twice
        nn.Linear(2, 3),
    ):
        assert not known(unknown), unknown


@pytest.mark.parametrize("engine", ["lifted", "auto"])
def test_a_generator_loss_that_is_no_sum_sees_the_real_batch(engine: str) -> None:
    assert_equals_plain(small(objective=renyi(2), engine=engine, seeds=range(2)))


@pytest.mark.parametrize("remedy", [GradientPenalty(10), WeightClipping(0.02)], ids=repr)
def test_remedies_change_the_step_as_in_a_plain_loop(remedy: Remedy) -> None:
    config = small(
        objective=wgan(),
        data=ring(),
        train_samples=20,
        latent=4,
        networks=(lambda: perceptrons()[0], lambda: perceptrons()[1]),
        remedies=[remedy],
        discriminator_steps=2,
        max_steps=4,
    )
    assert_equals_plain(config)


@pytest.mark.parametrize("remedy", [GradientPenalty(0), WeightClipping(float("inf"))], ids=repr)
def test_a_remedy_of_no_strength_is_plain_training(remedy: Remedy) -> None:
    plain = small(data=ring(), train_samples=20, latent=4, networks=f"{__name__}:perceptrons")
    same = replace(plain, remedies=[remedy])
    np.testing.assert_allclose(
        train_run(same, progress=False).samples, train_run(plain, progress=False).samples, rtol=1e-12
    )


@pytest.mark.parametrize(
    ("networks", "side", "remedies"),
    [
        ("mlp(width=12, depth=2)", 8, []),
        ("dcgan(width=4)", 28, []),
        ("dcgan(4, 'selu', 'selu')", 16, [GradientPenalty(10)]),
        ("dcgan(4, 'batch_norm', 'plain')", 16, [GradientPenalty(10)]),
        ("dcgan_dense(width=2)", 12, []),
        ("resnet(width=2)", 8, [GradientPenalty(10)]),
        ("resnet_bottleneck(width=4, blocks=2)", 8, [GradientPenalty(10)]),
    ],
)
def test_named_networks_step_as_in_a_plain_loop(networks: str, side: int, remedies: list[Remedy]) -> None:
    data = np.random.default_rng(3).uniform(-1, 1, (20, 2, side, side)).astype(np.float32)
    config = small(data=data, networks=networks, seeds=[0, 3], max_steps=3, latent=5, remedies=remedies)
    # Batch norm of eight rows makes the last digits matter.
    assert_equals_plain(config, rtol=1e-6)


@pytest.mark.parametrize("engine", ["lifted", "auto"])
def test_a_seed_in_an_ensemble_is_that_seed_alone(engine: str) -> None:
    config = small(dtype="float32", engine=engine)
    together = train_run(config, progress=False)
    alone = train_run(replace(config, seeds=[2]), progress=False)
    np.testing.assert_allclose(together.samples[2], alone.samples[0], rtol=2e-4, atol=2e-5)


class Poisoned:
    """Training data of a user's own, one row of which is not finite."""

    spec = "poisoned"
    shape = (3, 28, 28)

    def __len__(self) -> int:
        return 20

    def batch(self, rows: Any) -> Any:
        found = pictures()[rows]
        found[rows == 7] = np.nan
        return found


@pytest.mark.parametrize("engine", ["lifted", "auto"])
def test_a_member_that_diverges_is_frozen_and_the_others_go_on(engine: str) -> None:
    config = small(data=Poisoned(), engine=engine, epochs=1, max_steps=None)
    run = train_run(config, progress=False)
    players = run._ensembles[0].players()
    at = run.table["diverged_at"].tolist()
    assert run.table["diverged"].all() and len(set(at)) > 1 and set(at) <= {1, 2, 3}
    for k, seed in enumerate(config.seeds):
        rows = run.history[run.history["seed"] == seed]
        assert rows["discriminator_loss"].isna().tolist() == [step >= at[k] for step in rows["step"]]
        if at[k] == 1:
            modules = config.networks.of_seed(seed)
            before = [
                torch.cat([p.detach().flatten() for p in module.parameters()]).double() for module in modules
            ]
        else:
            alone = train_run(replace(config, seeds=[seed], max_steps=at[k] - 1), progress=False)
            before = [player.weights[0] for player in alone._ensembles[0].players()]
        for player, weights in zip(players, before, strict=True):
            torch.testing.assert_close(player.weights[k], weights, rtol=1e-9, atol=1e-12)
        assert all(bool(value[k].isfinite().all()) for player in players for value in player.buffers.values())


@pytest.mark.parametrize("engine", ["lifted", "auto"])
def test_a_resumed_run_ends_bit_identical(engine: str, tmp_path: Any) -> None:
    config = small(engine=engine, dtype="float32")
    whole = train_run(config, progress=False)
    path = tmp_path / "state"

    def stop(done: int, _: int) -> None:
        if done == 4:  # in the second epoch
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_run(config, progress=stop, checkpoint=path, checkpoint_seconds=1e-9)
    assert path.exists()
    resumed = train_run(config, progress=False, checkpoint=path)
    np.testing.assert_array_equal(resumed.samples, whole.samples)
    np.testing.assert_array_equal(resumed.history.to_numpy(), whole.history.to_numpy())


def test_several_objectives_share_seeds_and_the_ensemble() -> None:
    objectives = [alpha_gan(1, 2, saturating=False), lsgan(0, 1, 1)]
    both = train_run(small(objective=objectives, seeds=range(2)), progress=False)
    assert both.table["objective"].nunique() == 2
    for part, objective in zip((slice(0, 2), slice(2, 4)), objectives, strict=True):
        alone = train_run(small(objective=objective, seeds=range(2)), progress=False)
        np.testing.assert_allclose(both.samples[part], alone.samples, rtol=1e-7, atol=1e-9)


def test_training_leaves_the_global_generators_alone() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    train(small(seeds=[0], max_steps=1), progress=False)
    assert torch.equal(before, torch.get_rng_state())


def test_the_dictionary_of_a_configuration_brings_it_back() -> None:
    config = GanConfig(
        objective=[vanilla(), lsgan(0, 1, 1)],
        data=ring(),
        latent=4,
        networks=f"{__name__}:perceptrons",
        remedies=[WeightClipping(0.5), GradientPenalty(1)],
        seeds=[4, 2],
    )
    assert config.train_samples == len(config.data) == 100_000  # drawn
    assert replace(config, data=np.ones((70, 2))).train_samples == 70
    written = json.loads(json.dumps(config.to_dict()))
    assert GanConfig.from_dict(written).to_dict() == config.to_dict()


@dataclass(frozen=True)
class Wrong:
    """What is given and what the one line must say."""

    changes: dict[str, Any]
    error: type[Exception]
    says: str


def _flat() -> nn.Module:
    return nn.Sequential(nn.Linear(100, 12), nn.Unflatten(1, (3, 2, 2)))


def _two_scores() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(2352, 2))


def _dropout() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(2352, 1))


def _good(role: int) -> Any:
    return lambda: networks_of("stacked_mnist").build()[role]


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong(
            {"networks": (_flat, _good(1))},
            ValueError,
            r"the generator must map inputs of shape \(n, 100\) to \(n, 3, 28, 28\), .*, got \(n, 3, 2, 2\)",
        ),
        Wrong(
            {"networks": (_good(0), _two_scores)},
            ValueError,
            r"the discriminator must map inputs of shape \(n, 3, 28, 28\) to \(n,\) or .*, got \(n, 2\)",
        ),
        Wrong(
            {"latent": 99, "networks": (_good(0), _good(1))},
            ValueError,
            r"the generator cannot take inputs of shape \(n, 99\): ",
        ),
        Wrong(
            {"latent": 99},
            ValueError,
            r"stacked_mnist take noise of dimension 100 and pictures of shape \(3, 28, 28\), got 99 and data",
        ),
        Wrong(
            {"networks": "dcgan", "data": np.zeros((20, 3, 36, 30))},
            ValueError,
            r"networks dcgan take pictures .* of side 4 to 7 times a power of two, .*got data of shape",
        ),
        Wrong(
            {"networks": "resnet", "data": np.zeros((20, 3, 25, 25))},
            ValueError,
            r"got data of shape \(3, 25,",
        ),
        Wrong(
            {"networks": "dcgan_dense", "data": np.zeros((20, 1, 30, 30))}, ValueError, "a multiple of 4, got"
        ),
        Wrong({"networks": "dcgan(width=0)"}, ValueError, "width must be a positive integer, got 0"),
        Wrong({"networks": "resnet_bottleneck(width=6)"}, ValueError, "must be a multiple of 4, got 6"),
        Wrong(
            {"networks": "dcgan(wdith=8)"}, ValueError, r"the call is dcgan\(width=64, generator='batch_norm'"
        ),
        Wrong(
            {"networks": "dcgan(generator='elu')"},
            ValueError,
            "generator 'elu': did you mean 'selu'",
        ),
        Wrong({"networks": "dcgan(width=open('x'))"}, ValueError, "is not a number, inf, True, False or"),
        Wrong({"networks": "dgcan(8)"}, ValueError, "did you mean 'dcgan'"),
        Wrong(
            {"networks": (_good(0), _dropout)}, ValueError, "the discriminator draws random numbers .Dropout"
        ),
        Wrong({"networks": "stacked_mnits"}, ValueError, "did you mean 'stacked_mnist'"),
        Wrong({"networks": "no_such_module:build"}, ValueError, "module no_such_module cannot be imported"),
        Wrong({"networks": networks_of("stacked_mnist").build()}, TypeError, "two functions that build"),
        Wrong({"networks": f"{__name__}:pictures"}, TypeError, "must build a generator and a discriminator"),
        Wrong(
            {"data": "stacked"},
            ValueError,
            "data 'stacked': did you mean 'stacked_mnist'",
        ),
        Wrong(
            {"data": np.full((20, 3, 28, 28), np.nan)},
            ValueError,
            "data must be finite, 47040 numbers are not",
        ),
        Wrong({"batch": 21}, ValueError, "batch must be at most the training set's 20, got 21"),
        Wrong({"remedies": [7]}, TypeError, "remedies must be text such as 'r1"),
        Wrong({"objective": wgan()}, ValueError, "needs a critic class"),
        Wrong({"engine": "fast"}, ValueError, "engine must be one of auto, lifted, got 'fast'"),
    ],
    ids=lambda wrong: wrong.says[:30],
)
def test_bad_settings_are_one_line_before_any_work(wrong: Wrong) -> None:
    with pytest.raises(wrong.error, match=wrong.says) as caught:
        small(**wrong.changes)
    assert "\n" not in str(caught.value)


def test_the_published_networks_have_the_published_sizes() -> None:
    generator, discriminator = networks_of("stacked_mnist").of_seed(0)
    counts = [sum(p.numel() for p in module.parameters()) for module in (generator, discriminator)]
    # By hand: 9 weights a pair of channels, and two numbers a channel of batch norm.
    by_hand_g = 9 * (100 * 32 + 32 * 16 + 16 * 8 + 8 * 3) + 2 * (32 + 16 + 8)
    by_hand_d = 9 * (3 * 8 + 8 * 16 + 16 * 32 + 32) + 2 * (16 + 32)
    assert counts == [by_hand_g, by_hand_d] == [34_888, 6_360]
    sides, x = [], torch.zeros(1, 100)
    with torch.no_grad():
        for layer in generator.eval():
            x = layer(x)
            if isinstance(layer, nn.ConvTranspose2d):
                sides.append(x.shape[-1])
    assert sides == [3, 7, 14, 28] and x.shape == (1, 3, 28, 28)
    assert discriminator.eval()(x).shape == (1, 1)


def test_the_published_initialisation() -> None:
    drawn: dict[str, list[Tensor]] = {"conv": [], "scale": [], "offset": []}
    for seed in range(20):
        for module in networks_of("stacked_mnist").of_seed(seed):
            for layer in module.modules():
                if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                    assert layer.bias is None
                    drawn["conv"].append(layer.weight.detach().flatten())
                if isinstance(layer, nn.BatchNorm2d):
                    drawn["scale"].append(layer.weight.detach())
                    drawn["offset"].append(layer.bias.detach())
    joined = {name: torch.cat(values).double() for name, values in drawn.items()}
    n, m = len(joined["conv"]), len(joined["scale"])
    # Five standard errors: of a mean sd/sqrt(n), of a standard deviation sd/sqrt(2 n).
    assert abs(joined["conv"].mean()) < 5 * 0.02 / n**0.5
    assert abs(joined["conv"].std() / 0.02 - 1) < 5 / (2 * n) ** 0.5
    assert abs(joined["scale"].mean() - 1) < 5 * 0.02 / m**0.5
    assert abs(joined["scale"].std() / 0.02 - 1) < 5 / (2 * m) ** 0.5
    assert not joined["offset"].any()

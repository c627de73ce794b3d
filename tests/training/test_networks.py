"""Stacked networks against torch.nn modules built one by one."""

import itertools

import pytest
import torch
from torch import nn

from gantheory.training.networks import StackedMLP, mlp
from gantheory.training.seeding import torch_generator

MODULES = {
    "relu": nn.ReLU(),
    "leaky_relu": nn.LeakyReLU(0.2),
    "silu": nn.SiLU(),
    "softplus": nn.Softplus(),
    "tanh": nn.Tanh(),
}


def plain(seed, sizes, activation, purpose):
    """The same network as PyTorch builds it from the global generator in the same state."""
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(torch_generator(seed, purpose).get_state())
        layers = []
        for inputs, outputs in itertools.pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), MODULES[activation]]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("activation", MODULES)
def test_each_network_is_pytorchs_own(activation):
    seeds, sizes = (5, 0, 12), (2, 17, 8, 1)
    stacked = StackedMLP(seeds, sizes, activation, purpose="discriminator")
    x = torch.randn(3, 11, 2, generator=torch.Generator().manual_seed(0))
    scores = stacked(x)
    for k, seed in enumerate(seeds):
        alone = plain(seed, sizes, activation, "discriminator")
        linear = [layer for layer in alone if isinstance(layer, nn.Linear)]
        for layer, weight, bias in zip(linear, stacked.weights, stacked.biases, strict=True):
            assert torch.equal(weight[k].T, layer.weight) and torch.equal(bias[k, 0], layer.bias)
        torch.testing.assert_close(scores[k], alone(x[k]), rtol=1e-5, atol=1e-6)


def test_initial_weights_do_not_depend_on_the_other_seeds():
    together, alone = mlp(range(6), 2), mlp([4], 2)
    for many, one in zip(together.parameters(), alone.parameters(), strict=True):
        assert torch.equal(many[4], one[0])


def test_purposes_and_seeds_differ():
    first, second = mlp([1], 2, purpose="a"), mlp([1, 2], 2, purpose="b")
    assert not torch.equal(first.weights[0][0], second.weights[0][0])
    assert not torch.equal(second.weights[0][0], second.weights[0][1])


def test_two_axes_go_to_every_network():
    network = mlp([0, 1], 2, hidden=(5,))
    x = torch.rand(7, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(network(x), network(torch.stack([x, x])))


def test_global_generator_is_left_alone():
    state = torch.get_rng_state()
    mlp(range(3), 2)
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: mlp([0], 2, activation="reul"),
            r"activation 'reul': did you mean 'relu'",
        ),
        (lambda: mlp([], 2), "seeds must hold at least one seed, got none"),
        (lambda: mlp([1, 2, 1], 2), "seeds must differ, got 1 more than once"),
        (lambda: mlp([-1], 2), "seeds must be nonnegative integers, got -1"),
        (lambda: mlp([0.5], 2), r"seeds\[0\] must be a whole number, got 0.5"),
        (lambda: mlp([0], 2, hidden=(0,)), r"sizes must be at least two positive integers, got \(2, 0, 1\)"),
        (lambda: mlp([0], 2)(torch.zeros(3, 3)), r"x must have shape .*got \(3, 3\)"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()

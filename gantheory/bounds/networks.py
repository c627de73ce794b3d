"""Theorem 3 read off PyTorch networks: norms of the weights, Lipschitz constants, bounds of the inputs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from gantheory.arguments.arrays import Array, as_float64
from gantheory.arguments.checks import is_whole
from gantheory.bounds.activations import IDENTITY, NAMED, Activation, of_module
from gantheory.bounds.estimation import EstimationError, estimation_error
from gantheory.bounds.inputs import number

_READABLE = "nn.Linear, known activations, nn.Identity, nn.Dropout in eval mode and a leading nn.Flatten"


def from_torch(
    discriminator: Any,
    generator: Any,
    real: Any = None,
    noise: Any = None,
    *,
    alpha_g: float,
    delta: float,
    real_bound: float | None = None,
    noise_bound: float | None = None,
    n: int | None = None,
    m: int | None = None,
    biases: Literal["refuse", "absorb"] = "refuse",
    member: int | None = None,
    strict: bool = True,
    tight: bool = False,
) -> EstimationError:
    """`estimation_error` for the class of networks whose layers have at most the norms of these two.

    M_i and N_j are Frobenius norms of the weights, R_i and S_j Lipschitz constants of the activations, B_x
    and B_z the largest Euclidean norms of `real` and `noise`, n and m their numbers.

    Theorem 3 speaks of a class that was fixed before the data were seen, of supports in which all data and
    noise lie, and of the best generator of the class on the samples. Norms and bounds that are read off after
    training, noise without bounded support (a Gaussian), and an optimizer that stops short of the best
    generator are outside it; then the number shows the bound's size and is no guarantee.

    The theorem's networks have no biases. biases="absorb" makes a bias b the last column of a weight: the
    input gets a further coordinate 1, so |x| <= B_x becomes |(x, 1)| <= sqrt(B_x^2 + 1), and each layer
    before the last one with a bias passes that 1 on by a further row (0, ..., 0, 1), which needs r(1) = 1.
    The norms are then sqrt(|W|^2 + |b|^2 + 1), or sqrt(|W|^2 + |b|^2) where nothing is passed on; a generator
    passes the 1 on to a discriminator with biases. The class so bounded holds the networks given. Biases that
    are all zero count as none.

    Args:
        discriminator, generator: `torch.nn.Sequential` (nested ones too) of Linear layers and entrywise
            activations, one Linear layer, or a `gantheory.training.StackedMLP`. The discriminator ends in one
            score, with or without a final Sigmoid; the generator in a Linear layer.
        real, noise: samples, arrays or tensors of shape (n, ...) and (m, ...).
        alpha_g, delta, tight: as in `estimation_error`.
        real_bound, noise_bound: B_x and B_z where the supports are known; at least the largest norm of `real`
            and `noise`, which may then be left out.
        n, m: numbers of samples, where the samples themselves are not given.
        biases: what to do with biases that are not zero.
        member: which network of a `StackedMLP`, from 0; needed where it stacks more than one.
        strict: refuse activations outside the theorem (not positively homogeneous, or r(0) not 0). False
            evaluates the formula all the same and lists them in the result's `violated`.

    Raises:
        ValueError: a violated assumption, biases that are refused or cannot be absorbed, weights or samples
            that are not finite, widths that do not fit, samples beyond a given bound, or neither samples nor
            bound.
        TypeError: a layer that cannot be read, which is named.
    """
    if biases not in ("refuse", "absorb"):
        raise ValueError(f"biases must be 'refuse' or 'absorb', got {biases!r}")
    d = _read(discriminator, "discriminator", member)
    g = _read(generator, "generator", member)
    _check_ends(d, g)
    violated = tuple(_violations([*d[:-1], *g[:-1]], strict))
    for layer in (*d, *g):
        if biases == "refuse" and layer.biased:
            raise ValueError(
                f"{layer.where} has a bias, which the networks of Theorem 3 have not;"
                " biases='absorb' counts it as a weight of a constant input 1"
            )
    d_biased = any(layer.biased for layer in d)
    z_carries = d_biased or any(layer.biased for layer in g)
    b_x, n = _inputs(real, real_bound, n, d[0].weight.shape[1], "real", "n")
    b_z, m = _inputs(noise, noise_bound, m, g[0].weight.shape[1], "noise", "m")
    bound = estimation_error(
        alpha_g=alpha_g,
        discriminator_norms=_norms(d, passes_on=False),
        generator_norms=_norms(g, passes_on=d_biased),
        discriminator_lipschitz=[layer.after.lipschitz for layer in d[:-1]],
        generator_lipschitz=[layer.after.lipschitz for layer in g[:-1]],
        real_bound=math.hypot(b_x, 1) if d_biased else b_x,
        noise_bound=math.hypot(b_z, 1) if z_carries else b_z,
        n=n,
        m=m,
        delta=delta,
        tight=tight,
    )
    return dataclasses.replace(bound, violated=violated)


@dataclass(frozen=True)
class _Layer:
    """x -> r(W x + b), with W of shape (outputs, inputs)."""

    where: str
    weight: Array
    bias: Array
    after: Activation = IDENTITY

    @property
    def biased(self) -> bool:
        return bool(self.bias.any())


def _read(network: Any, name: str, member: int | None) -> list[_Layer]:
    layers: list[_Layer] = []
    for where, part in _parts(network, name, member):
        if isinstance(part, _Layer):
            layers.append(part)
        elif layers:
            layers[-1] = dataclasses.replace(layers[-1], after=layers[-1].after.then(part))
        elif part is not IDENTITY:
            raise TypeError(f"{where}: Theorem 3 begins with a Linear layer, not with an activation")
    if not layers:
        raise TypeError(f"{name} must have a Linear layer, got none")
    for layer in layers:
        if not (np.isfinite(layer.weight).all() and np.isfinite(layer.bias).all()):
            raise ValueError(f"{layer.where} must have finite weights")
    return layers


def _parts(
    module: Any, name: str, member: int | None, path: tuple[int, ...] = ()
) -> Iterator[tuple[str, _Layer | Activation]]:
    from torch import nn

    kind = type(module).__name__
    where = f"{name} layer {'.'.join(map(str, path))} ({kind})" if path else name
    if _is_stacked(module):
        yield from _stacked(module, where, member)
        return
    if isinstance(module, nn.Sequential) and type(module).forward is nn.Sequential.forward:
        for index, child in enumerate(module):
            if isinstance(child, nn.Flatten) and index == 0 and (child.start_dim, child.end_dim) == (1, -1):
                continue  # keeps norms
            yield from _parts(child, name, member, (*path, index))
        return
    if isinstance(module, nn.Linear) and type(module).forward is nn.Linear.forward:
        weight = as_float64(module.weight)
        bias = np.zeros(len(weight)) if module.bias is None else as_float64(module.bias)
        yield where, _Layer(where, weight, bias)
        return
    activation = of_module(module)
    if activation is None:
        raise TypeError(f"{where} cannot be read: {kind} is none of {_READABLE}")
    yield where, activation


def _is_stacked(module: Any) -> bool:
    # By its attributes: `training` is a layer above this one, and is not to be imported from here.
    return all(hasattr(module, name) for name in ("weights", "biases", "activation", "seeds", "sizes"))


def _stacked(module: Any, where: str, member: int | None) -> Iterator[tuple[str, _Layer | Activation]]:
    count = len(module.seeds)
    if member is None and count > 1:
        raise ValueError(f"member must say which of the {count} networks of the {where}, from 0, got None")
    chosen = 0 if member is None else member
    if not is_whole(chosen) or not 0 <= chosen < count:
        raise ValueError(f"member must be an integer from 0 to {count - 1}, got {member!r}")
    if module.activation not in NAMED:
        raise TypeError(f"{where} cannot be read: activation {module.activation!r} is unknown here")
    last = len(module.weights) - 1
    for index, (weight, bias) in enumerate(zip(module.weights, module.biases, strict=True)):
        label = f"{where} layer {index} (Linear)"
        yield label, _Layer(label, as_float64(weight[chosen]).T, as_float64(bias[chosen]).ravel())
        if index < last:
            yield label, NAMED[module.activation]


def _check_ends(d: Sequence[_Layer], g: Sequence[_Layer]) -> None:
    for layers in (d, g):
        for before, layer in pairwise(layers):
            if before.weight.shape[0] != layer.weight.shape[1]:
                raise ValueError(
                    f"{layer.where} must take {before.weight.shape[0]} inputs, got {layer.weight.shape[1]}"
                )
    if d[-1].after.name not in ("Identity", "Sigmoid"):
        raise ValueError(
            f"discriminator must end in its score or in Sigmoid, got {d[-1].after.name} at the end"
        )
    if g[-1].after is not IDENTITY:
        raise ValueError(
            f"generator must end in a Linear layer, as in Theorem 3, got {g[-1].after.name} at the end"
        )
    if d[-1].weight.shape[0] != 1:
        raise ValueError(f"discriminator must have one output, got {d[-1].weight.shape[0]}")
    if g[-1].weight.shape[0] != d[0].weight.shape[1]:
        raise ValueError(
            f"generator must have the {d[0].weight.shape[1]} outputs that the discriminator takes,"
            f" got {g[-1].weight.shape[0]}"
        )


def _violations(layers: Sequence[_Layer], strict: bool) -> Iterator[str]:
    for layer in layers:
        for violation in layer.after.violations:
            text = f"{violation}: {layer.after.name} after {layer.where}"
            if strict:
                raise ValueError(
                    f"Theorem 3 needs {text} violates it; strict=False evaluates the formula, then no bound"
                )
            yield text


def _norms(layers: Sequence[_Layer], *, passes_on: bool) -> list[float]:
    """Frobenius norms with biases absorbed; `passes_on`: the constant 1 is needed after the last layer."""
    last = (
        len(layers) if passes_on else max((i for i, layer in enumerate(layers) if layer.biased), default=-1)
    )
    norms = []
    for index, layer in enumerate(layers):
        carries = index < last
        if carries and not layer.after.one_at_one:
            raise ValueError(
                f"biases cannot be absorbed through {layer.after.name} after {layer.where}: it needs r(1) = 1"
            )
        norms.append(math.hypot(np.linalg.norm(layer.weight), np.linalg.norm(layer.bias), float(carries)))
    return norms


def _inputs(
    samples: Any, bound: float | None, count: int | None, width: int, name: str, count_name: str
) -> tuple[float, int]:
    """Bound of the norms and number of samples, from the samples, from what was given, or from both."""
    given = None if bound is None else number(bound, f"{name}_bound")
    if samples is None:
        if given is None or count is None:
            raise ValueError(f"{name} must be given, or both {name}_bound and {count_name}")
        return given, count
    if count is not None:
        raise ValueError(f"{count_name} must be left out where {name} is given, got {count}")
    points = as_float64(samples, name)
    if points.ndim == 0 or len(points) == 0:
        raise ValueError(f"{name} must have at least one sample, got shape {points.shape}")
    points = points.reshape(len(points), -1)
    if points.shape[1] != width:
        raise ValueError(f"{name} must have the network's {width} inputs, got {points.shape[1]}")
    if not np.isfinite(points).all():
        raise ValueError(f"{name} must be finite")
    largest = float(np.linalg.norm(points, axis=1).max())
    if given is not None and given < largest:
        raise ValueError(
            f"{name}_bound must be at least the largest norm of {name}, {largest:.17g}, got {bound}"
        )
    return (largest if given is None else given), len(points)

"""From what a configuration calls its networks to a pair of modules for each seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import nn

from gantheory.arguments.calls import read_call
from gantheory.arguments.checks import not_one_of
from gantheory.arguments.loader import load
from gantheory.errors import did_you_mean
from gantheory.training.seeding import torch_generator

Pair = tuple[nn.Module, nn.Module]
"""Generator: noise (n, latent) to points (n, *shape). Discriminator: points to n scores. Either may take
further tensors, and return a tuple, of which that is the first (`gantheory.training.variants`)."""

Compose = Callable[[Callable[..., Pair], int, tuple[int, ...]], Pair]
"""From a function (latent, shape, outputs=1) -> pair, the noise's dimension and the data's shape to a pair
made of such."""

Further = tuple[torch.Tensor, ...]
"""What a network takes beside noise or points."""

TRIED = 3
"""Rows on which networks are tried."""

_HERE = "gantheory.training.networks"

NAMED = {
    "stacked_mnist": f"{_HERE}.stacked_mnist:build",
    "mlp": f"{_HERE}.perceptrons:mlp_pair",
    "dcgan": f"{_HERE}.dcgan:dcgan",
    "dcgan_dense": f"{_HERE}.dcgan:dcgan_dense",
    "meow_dcgan": f"{_HERE}.dcgan:meow_dcgan",
    "meow_dcgan_selu": f"{_HERE}.dcgan:meow_dcgan_selu",
    "meow_wgan": f"{_HERE}.dcgan:meow_wgan",
    "meow_wgan_gp": f"{_HERE}.dcgan:meow_wgan_gp",
    "mlp_dcgan": f"{_HERE}.lsgan:mlp_dcgan",
    "lsgan_points": f"{_HERE}.lsgan:lsgan_points",
    "lsgan_digits": f"{_HERE}.lsgan:lsgan_digits",
    "resnet": f"{_HERE}.resnet:resnet",
    "resnet_bottleneck": f"{_HERE}.resnet:resnet_bottleneck",
}
"""Pairs of this package: functions of the noise's dimension and the data's shape, of settings, and of the
number of the discriminator's outputs."""


@dataclass(frozen=True)
class Networks:
    """A pair of networks that can be built anew for each seed.

    Attributes:
        build: -> (generator, discriminator), freshly initialised from PyTorch's global generator.
        text: what `networks_of` reads to give the same; None where nothing does (lambdas, closures).
        takes_shape: whether `build` takes the dimension of the noise and the shape of the data.
        arguments: these two, once `fitted` has been told; otherwise nothing.
        compose: makes the pair of what `build` gives, where it takes the shape.
    """

    build: Callable[..., Pair]
    text: str | None
    takes_shape: bool = False
    arguments: tuple[Any, ...] = ()
    compose: Compose | None = None

    def fitted(self, latent: int, shape: tuple[int, ...], compose: Compose | None = None) -> Networks:
        """These networks for noise of that dimension and data of that shape, as parts of what `compose` makes
        of them; the user's own are taken as they are."""
        if not self.takes_shape:
            return self
        return replace(self, arguments=(latent, shape), compose=compose)

    def to_text(self) -> str:
        """`text`, or ValueError where there is none."""
        if self.text is None:
            raise ValueError(
                "networks given as functions have no text form: put a function that returns both into a "
                'module, and name it "module:function"'
            )
        return self.text

    def of_seed(self, seed: int) -> Pair:
        """The networks of one seed; PyTorch's global generator is left as it was found."""
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.set_state(torch_generator(seed, "networks").get_state())
            pair = self.compose(self.build, *self.arguments) if self.compose else self.build(*self.arguments)
        modules = isinstance(pair, (tuple, list)) and all(isinstance(each, nn.Module) for each in pair)
        if not modules or len(pair) != 2:
            raise TypeError(
                f"networks {self.text or self.build!r} must build a generator and a discriminator, two "
                f"torch.nn.Module, got {type(pair).__name__}"
            )
        return pair[0], pair[1]

    def checked(
        self, latent: int, shape: tuple[int, ...], seed: int, given: tuple[Further, Further] = ((), ())
    ) -> Pair:
        """The networks of one seed, tried on a few rows.

        Args:
            latent, shape: of the noise and of a point.
            seed: one of the run's.
            given: what the generator and the discriminator take beside them, `TRIED` rows each.

        Raises:
            ValueError: one of them refuses its input, or what it returns has another shape; one line with
            shapes.
        """
        generator, discriminator = self.of_seed(seed)
        made = "one picture or point of the data each"
        _fits(generator, "generator", (latent,), shape, made, given[0])
        _fits(discriminator, "discriminator", shape, (), "one score each", given[1])
        return generator, discriminator


def listed(output: Any) -> tuple[Any, ...]:
    """What a network returns: its points or scores first."""
    return output if isinstance(output, tuple) else (output,)


def first(output: Any) -> torch.Tensor:
    """A network's points or scores, whatever it returns beside them."""
    found: torch.Tensor = listed(output)[0]
    return found


def networks_of(networks: Any) -> Networks:
    """The networks that a configuration names.

    Args:
        networks: a name in `NAMED`, with settings or without, such as "dcgan(width=32)"; "module:function"
            for a function of the user's that returns both; or two functions without arguments, one that
            builds the generator, one the discriminator.

    Raises:
        TypeError: anything else, such as modules in place of functions that build them.
        ValueError: an unknown name, or a module or function that cannot be imported.
    """
    if isinstance(networks, Networks):
        return networks
    if isinstance(networks, str):
        name = networks.partition("(")[0].strip()
        if name in NAMED:
            call = read_call(networks, "networks", "dcgan(width=32)")
            return Networks(partial(call.of, load(NAMED[name], "networks")), networks, takes_shape=True)
        if ":" not in networks:
            near = did_you_mean(name, NAMED)
            raise ValueError(not_one_of(networks, "networks", NAMED, ", or module:function", near))
        return Networks(load(networks, "networks"), networks)
    listed = tuple(networks) if isinstance(networks, (tuple, list)) else ()
    if len(listed) != 2 or any(isinstance(each, nn.Module) or not callable(each) for each in listed):
        raise TypeError(
            "networks must be a name, module:function, or two functions that build a generator and a "
            "discriminator for each seed anew (not modules), got "
            + (", ".join(type(each).__name__ for each in listed) or repr(networks))
        )
    return Networks(_Both(*listed), None)


@dataclass(frozen=True)
class _Both:
    generator: Callable[[], nn.Module]
    discriminator: Callable[[], nn.Module]

    def __call__(self) -> Pair:
        return self.generator(), self.discriminator()


def _fits(
    network: nn.Module,
    role: str,
    given: tuple[int, ...],
    wanted: tuple[int, ...],
    what: str,
    further: Further = (),
) -> None:
    for layer in network.modules():
        if isinstance(layer, nn.modules.dropout._DropoutNd) and layer.p > 0:
            raise ValueError(
                f"the {role} draws random numbers ({type(layer).__name__}), for which seeds have no stream: "
                "take it out, set p = 0, or take gantheory.training.networks.random_layers.Dropout"
            )
    rows = TRIED
    training = network.training
    # Evaluation: batch norm's statistics must not move, and need more than one value a channel to.
    network.eval()
    try:
        with torch.no_grad():
            found = first(network(torch.zeros(rows, *given), *further))
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        reason = str(error).splitlines()[0]
        beside = "".join(f" beside (n, {_text(tuple(each.shape[1:]))})" for each in further)
        raise ValueError(
            f"the {role} cannot take inputs of shape (n, {_text(given)}){beside}: {reason}"
        ) from None
    finally:
        network.train(training)
    shape = tuple(found.shape) if isinstance(found, torch.Tensor) else type(found).__name__
    right = isinstance(found, torch.Tensor) and (
        shape == (rows, *wanted) if wanted else found.shape[:1] == (rows,) and found.numel() == rows
    )
    if not right:
        expected = f"(n, {_text(wanted)})" if wanted else "(n,) or (n, 1)"
        got = f"(n, {_text(shape[1:])})" if isinstance(shape, tuple) and shape[:1] == (rows,) else shape
        raise ValueError(
            f"the {role} must map inputs of shape (n, {_text(given)}) to {expected}, {what}, got {got}"
        )


def _text(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))

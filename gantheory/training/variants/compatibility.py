"""Which variants go with which objectives and remedies."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gantheory.objectives import ebgan
from gantheory.training.networks.flat_module import FlatModule
from gantheory.training.networks.named import first, listed
from gantheory.training.remedies.compatibility import check_remedies, goes_with, kinds
from gantheory.training.remedies.remedy import Game, Remedy
from gantheory.training.variants import VARIANTS
from gantheory.training.variants.variant import Given, Pair, Seen, Variant


def check_game(
    changes: Sequence[Remedy],
    objectives: Sequence[Game],
    networks: Pair,
    latent: int,
    shape: tuple[int, ...],
    given: Given,
) -> None:
    """Refuse a game in which a remedy or the variant, the last of `changes`, means nothing.

    Args:
        changes, objectives: of a run.
        networks: tried already on what is `given`; may be changed.
        latent, shape: of the noise and of a point.
        given: for a few rows.

    Raises:
        ValueError: one line with the reason.
    """
    *remedies, variant = changes
    assert isinstance(variant, Variant)
    network = FlatModule(networks[1].train())
    weights, buffers = list(networks[1].parameters()), dict(networks[1].named_buffers())

    def score(x: Tensor) -> Tensor:
        return first(network.at(weights, buffers, x, *given.discriminator)[0])

    check_remedies(changes, objectives, score, shape)
    name = type(variant).__name__
    for remedy in remedies:
        told = type(remedy).__name__
        if variant.pairs_rows and type(remedy).mix is not Remedy.mix:
            raise ValueError(
                f"{told} puts other rows in place of generated ones, and those of {name} belong to what they "
                "were made from"
            )
        if variant.own_loss and remedy.reads_loss:
            raise ValueError(
                f"{told} needs the objective's discriminator loss, which {name} replaces by its own"
            )
    _try_losses(variant, objectives[0], networks, latent, given)


def _try_losses(variant: Variant, objective: Game, networks: Pair, latent: int, given: Given) -> None:
    """Whether the networks return what the variant's losses read.

    Raises:
        ValueError: they do not; one line.
    """
    rows = 3
    generator, discriminator = (each.eval() for each in networks)
    zero = torch.zeros(())
    try:
        with torch.no_grad():
            points, *made = listed(generator(torch.zeros(rows, latent), *given.generator))
            raw, *more = listed(discriminator(points, *given.discriminator))
            seen = Seen(points, variant.score(objective, raw.reshape(rows)), tuple(more))
            memory = variant.start([zero], tuple(points.shape[1:]), objective)
            variant.discriminator_loss(zero, seen, seen, given, memory)
            variant.generator_loss(zero, seen, tuple(made), given)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"these networks do not return what {type(variant).__name__} reads beside points and "
            f"scores: {reason}"
        ) from None
    finally:
        for each in networks:
            each.train()


def table() -> str:
    """Variants by kinds of objectives, as Markdown: "no" where one is refused."""
    columns = {**kinds(), "energies: ebgan": ebgan(10)}
    lines = [
        f"| | published with | {' | '.join(columns)} | labels |",
        "| --- |" + " --- |" * (len(columns) + 2),
    ]
    for name, kind in VARIANTS.items():
        cells = [goes_with(kind(), objective).partition(":")[0] for objective in columns.values()]
        labels = "needed" if kind.labelled else "not used"
        lines.append(f"| `{name}` | {' | '.join([f'`{kind.objective}`', *cells, labels])} |")
    return "\n".join(lines)

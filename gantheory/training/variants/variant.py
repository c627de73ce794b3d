"""The points at which a variant differs from the plain GAN: its networks, what they are given, its losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from gantheory.objectives import Objective, from_spec
from gantheory.objectives.objective import v
from gantheory.objectives.torch_loss import onto_domain
from gantheory.training.remedies.remedy import Game, Memory, Remedy

Pair = tuple[nn.Module, nn.Module]

Build = Callable[..., Pair]
"""(latent, shape, outputs=1) -> generator and discriminator, of the kind that the settings name."""


class Given(NamedTuple):
    """What the players are given beside noise and points, (n, ...) each.

    Attributes:
        generator, discriminator: further arguments of their modules.
    """

    generator: tuple[Tensor, ...] = ()
    discriminator: tuple[Tensor, ...] = ()


class Seen(NamedTuple):
    """A batch as the discriminator sees it, and what it returns.

    Attributes:
        points: (n, *shape).
        score: (n,), in the objective's domain.
        more: what its module returns after the score.
    """

    points: Tensor
    score: Tensor
    more: tuple[Tensor, ...] = ()


class Variant(Remedy):
    """A GAN whose networks, or losses, are not the plain ones; this class itself is the plain GAN.

    A variant is a remedy too: it may draw, remember, and set the pace (`Remedy`). Subclasses are frozen
    dataclasses whose fields are numbers or text, and all methods but `networks` see one member and are
    functions of their arguments alone.

    Attributes:
        objective: the game that it was published with, which `gantheory train` takes if none is named.
        labelled: whether it needs data with labels.
        pictures: whether it needs pictures, and not points.
        pairs_rows: whether a generated row belongs to what its network was given, so that no other may stand
            in its place.
        own_loss: whether the discriminator's loss is its own and not the objective's.
    """

    objective: ClassVar[str] = "vanilla(saturating=False)"
    labelled: ClassVar[bool] = False
    pictures: ClassVar[bool] = False
    pairs_rows: ClassVar[bool] = False
    own_loss: ClassVar[bool] = False

    def check(self, objective: Game, remedies: Sequence[Remedy]) -> None:
        """See `Remedy`. Losses of its own go with the objective that they were published with."""
        if self.own_loss and objective != from_spec(self.objective):
            raise ValueError(
                f"{type(self).__name__} has a discriminator loss of its own beside the generator's of "
                f"{self.objective}: take that objective, not {objective.name}"
            )

    def networks(self, build: Build, latent: int, shape: tuple[int, ...], classes: int) -> Pair:
        """Generator and discriminator, of parts that `build` makes; a user's own networks are taken as they
        are.

        The generator's module takes noise (n, latent) and `Given.generator`, and returns points (n, *shape)
        or a tuple that begins with them; the discriminator's takes points and `Given.discriminator`, and
        returns scores or a tuple that begins with them.

        Args:
            build: such parts, as `networks` of the settings names them.
            latent, shape: of the noise and of a point.
            classes: of the data's labels; 0 where there are none.

        Raises:
            ValueError: data of a shape that means nothing here; one line.
        """
        return build(latent, shape)

    def given(self, real: Tensor | None, labels: Tensor | None, draw: Tensor) -> Given:
        """What both players are given in an update.

        Args:
            real: its points, (n, *shape); None where a stored generator is asked without data.
            labels: of those, as zeros with a one, (n, classes); None unless `labelled`.
            draw: of `Remedy.draw`.
        """
        return Given()

    def score(self, objective: Game, raw: Tensor) -> Tensor:
        """The score (n,) from the discriminator's first output (n,)."""
        return onto_domain(objective, raw)

    def discriminator_loss(
        self, loss: Tensor, real: Seen, fake: Seen, given: Given, memory: Memory
    ) -> Tensor:
        """The discriminator's loss; `loss` is the objective's."""
        return loss

    def generator_loss(self, loss: Tensor, fake: Seen, more: tuple[Tensor, ...], given: Given) -> Tensor:
        """The generator's loss; `loss` is the objective's, `more` what its module returns after points."""
        return loss


class Energy(Variant):
    """A variant whose discriminator returns an energy, which is in the objective's domain as it comes."""

    objective = "ebgan(10)"

    def check(self, objective: Game, remedies: Sequence[Remedy]) -> None:
        """See `Remedy`."""
        energy = isinstance(objective, Objective) and objective.domain[0] == 0
        if not (energy and objective.A.diff(v).subs(v, 1) < 0):  # type: ignore[union-attr]
            raise ValueError(
                f"{type(self).__name__} needs scores that are energies, at least 0 and low at the data, as "
                f"those of {self.objective}, which {objective.name} has not"
            )

    def score(self, objective: Game, raw: Tensor) -> Tensor:
        """See `Variant`."""
        return raw


def trial(variant: Variant, rows: int, shape: tuple[int, ...], classes: int) -> Given:
    """What the players would be given with points of zeros and the first label."""
    labels = torch.zeros(rows, classes)
    labels[:, :1] = 1
    draw = variant.draw(rows, shape, torch.Generator().manual_seed(0))
    return variant.given(torch.zeros(rows, *shape), labels, draw)

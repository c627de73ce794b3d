"""Settings of a GAN of any two networks on any data, checked before any work starts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

from gantheory.arguments.checks import choice
from gantheory.datasets.training_data import data_from_spec, data_labels, data_name, data_spec, training_data
from gantheory.objectives import Objective, Relativistic
from gantheory.training.checks import OPTIMIZERS, check_count
from gantheory.training.settings.gan_settings import GanSettings
from gantheory.training.settings.ring_config import RingConfig

if TYPE_CHECKING:
    from torch import Tensor

    from gantheory.training.remedies import Remedy
    from gantheory.training.variants import Given, Variant


@dataclass(frozen=True, kw_only=True)
class GanConfig(GanSettings):
    """Data x two networks x objective x remedies x seeds; the defaults are the published Stacked MNIST
    protocol.

    Source: Welfert, Otstot, Kurri, Sankar, ISIT 2023, Section III-B.

    Attributes:
        objective: the game, or a sequence of games, such as all cells of a table. Its torch losses train both
            players. One over a critic class, such as wgan(), needs a remedy that enforces the class. Also
            relativistic ones.
        data: "stacked_mnist" (real MNIST from the folder that GANTHEORY_MNIST names) or another name of
            `gantheory.datasets.training_data.NAMES`; a folder of pictures, or an `ImageFolder` of it; a
            `GaussianMixture`; an array of points or pictures (n, *shape), pictures in [-1, 1] or bytes; or a
            `TrainingData` of the user's.
        networks: a name such as "stacked_mnist" or "dcgan(width=32)", which fits itself to the data;
            "module:function" for a function without arguments that returns a generator and a discriminator;
            or two functions that build one each. They are built for
            each seed anew. The generator maps noise (n, latent) to (n, *shape), the discriminator that to n
            scores.
        seeds: independent runs of each objective: initial weights, order of the data, noise.
        remedies: of `gantheory.training.remedies`, in the order in which they are applied: objects, or text
            such as "r1(0.1)".
        variant: of `gantheory.training.variants`, an object or text such as "acgan(1)"; None is the plain
            GAN.
        epochs: passes over the training set.
        batch: the last batch of an epoch is smaller where the training set is not a multiple.
        train_samples, test_samples: sizes of the training set and of the generated samples that are kept and
            measured. Data that are given, and not drawn, have their own number of rows, which is put here.
        data_seed: the training set is drawn once from this seed, the same for all runs.
        latent: dimension of the standard normal noise, fresh in every batch.
        learning_rate: the discriminator's, and the generator's unless `generator_learning_rate` is given.
        discriminator_steps: updates of the discriminator, each on a batch of its own, for one of the
            generator.
        discriminator_optimizer, generator_optimizer: "adam", "rmsprop" (decay 0.99) or "sgd".
        betas: Adam's.
        numerics: "stable" or "clamped", as in `Objective.torch_losses`.
        max_steps: stop after so many steps; None for all epochs.
        log_every: steps between two rows of the history.
        device: where to train, such as "cpu" or "cuda".
        dtype: "float32" or "float64".
        engine: "auto", or "lifted" for `torch.func` also where hand-written passes know all layers
            (`gantheory.training.engines.by_hand.networks`); the same to rounding.
    """

    objective: Objective | Relativistic | Sequence[Objective | Relativistic]
    data: Any = "stacked_mnist"
    networks: Any = "stacked_mnist"
    remedies: Any = ()
    variant: Any = None
    epochs: int = 50
    batch: int = 64
    train_samples: int = 100_000
    test_samples: int = 25_000
    latent: int = 100
    learning_rate: float = 1e-3
    discriminator_steps: int = 1
    discriminator_optimizer: str = "adam"
    generator_optimizer: str = "adam"
    log_every: int = 100
    engine: str = "auto"

    precision: ClassVar[str] = "float32"

    def __post_init__(self) -> None:
        from gantheory.training.networks import networks_of
        from gantheory.training.remedies import checked_remedies
        from gantheory.training.variants import checked_variant
        from gantheory.training.variants.compatibility import check_game

        object.__setattr__(self, "remedies", checked_remedies(self.remedies))
        object.__setattr__(self, "variant", checked_variant(self.variant))
        constrained = any(each.constrains for each in self.changes)
        self._check(constrained=constrained, pairs=True)
        check_count(self.discriminator_steps, "discriminator_steps")
        for name in ("discriminator_optimizer", "generator_optimizer"):
            choice(getattr(self, name), name, OPTIMIZERS)
        choice(self.engine, "engine", ("auto", "lifted"))
        networks = networks_of(self.networks)
        object.__setattr__(self, "data", training_data(self.data, self.train_samples, self.data_seed))
        object.__setattr__(self, "train_samples", len(self.data))
        compose = None if self.variant is None else partial(self.played.networks, classes=self.classes)
        object.__setattr__(self, "networks", networks.fitted(self.latent, self.data.shape, compose))
        if self.batch * self.discriminator_steps > len(self.data):
            per_step = "" if self.discriminator_steps == 1 else " over discriminator_steps"
            most = len(self.data) // self.discriminator_steps
            raise ValueError(f"batch must be at most the training set's {most}{per_step}, got {self.batch}")
        pair = self.networks.checked(self.latent, self.data.shape, next(iter(self.seeds)), self.tried)
        check_game(self.changes, self.objectives, pair, self.latent, self.data.shape, self.tried)

    @property
    def played(self) -> Variant:
        """The variant, also the plain GAN."""
        from gantheory.training.variants import Variant

        return self.variant or Variant()

    @property
    def changes(self) -> tuple[Remedy, ...]:
        """The remedies and, last, the variant."""
        return *self.remedies, self.played

    @cached_property
    def labels(self) -> Tensor | None:
        """Of the data, (n,), int64, where the variant needs them.

        Raises:
            ValueError: it does and the data have none.
        """
        import torch

        if self.variant is None or not self.variant.labelled:
            return None
        found = data_labels(self.data)
        if found is None:
            raise ValueError(
                f"variant {type(self.variant).__name__} needs data with labels, and {data_name(self.data)} "
                "has none: gantheory.datasets.Labelled(data, labels) adds them"
            )
        return torch.from_numpy(found)

    @cached_property
    def classes(self) -> int:
        """Number of the data's labels; 0 where the variant needs none."""
        return 0 if self.labels is None else int(self.labels.max()) + 1

    @cached_property
    def tried(self) -> Given:
        """What networks are given when they are tried."""
        from gantheory.training.networks.named import TRIED
        from gantheory.training.variants.variant import trial

        return trial(self.played, TRIED, self.data.shape, self.classes)

    @property
    def title(self) -> str:
        """For a progress bar."""
        return data_name(self.data)

    @property
    def steps(self) -> int:
        """Number of training steps: each `discriminator_steps` of the discriminator, then one of the
        generator."""
        return self._steps_over(self.steps_per_epoch)

    @property
    def steps_per_epoch(self) -> int:
        """Steps in a pass over the training set; only whole ones with several discriminator steps."""
        taken = self.batch * self.discriminator_steps
        return math.ceil(len(self.data) / taken) if self.discriminator_steps == 1 else len(self.data) // taken

    def columns(self) -> dict[str, Any]:
        """The settings as columns of a table: numbers and text, without objectives and seeds."""
        return {
            "data": data_name(self.data),
            "networks": self.networks.text or "own",
            "remedies": ", ".join(map(repr, self.remedies)),
            **({} if self.variant is None else {"variant": repr(self.variant)}),
            **self._columns({"data", "networks", "remedies", "variant", "engine"}),
        }

    def to_dict(self) -> dict[str, Any]:
        """Everything that determines the result, as JSON can hold it; `from_dict` is the inverse.

        An array of data is there by its hash: the dictionary tells it from others, but cannot bring it back.

        Raises:
            ValueError: an objective, a remedy or networks that no text stands for (functions without a name).
        """
        from gantheory.training.remedies import remedy_to_dict
        from gantheory.training.variants import variant_to_dict

        # Left out where there is none: a stored run is found by these.
        variant = {} if self.variant is None else {"variant": variant_to_dict(self.variant)}
        return {
            **self._plain({"engine", "variant"}),
            **variant,
            "data": data_spec(self.data),
            "networks": self.networks.to_text(),
            "remedies": [remedy_to_dict(remedy) for remedy in self.remedies],
        }

    @classmethod
    def _read(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        given = super()._read(settings)
        if isinstance(given.get("data"), Mapping):
            given["data"] = data_from_spec(given["data"])
        return given


def read_config(settings: Mapping[str, Any]) -> RingConfig | GanConfig:
    """The configuration that a dictionary of either kind describes: a `GanConfig` names its networks."""
    return (GanConfig if "networks" in settings else RingConfig).from_dict(settings)

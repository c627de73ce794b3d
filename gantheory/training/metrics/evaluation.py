"""What is measured on the trained networks of an ensemble."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from gantheory.arguments.arrays import Array
from gantheory.objectives import Objective, Relativistic
from gantheory.objectives.torch_loss import BatchLosses, batch_losses, onto_domain
from gantheory.training import metrics
from gantheory.training.engines.ensemble import Ensemble
from gantheory.training.metrics.optimality import classification_error, distance_to_optimum
from gantheory.training.networks import ACTIVATIONS
from gantheory.training.seeding import generator, torch_generator
from gantheory.training.settings.ring_config import RingConfig

_ENERGY_POINTS = 2500
"""Points of each sample in the energy distance: its cost is their square."""

_GRADIENT_POINTS = 2048
"""Generated points over which the generator's gradient is averaged."""

_NUMBERS_AT_ONCE = 1 << 26
"""Largest number of activations of one layer to hold at once: 256 MB in float32."""


def evaluate(config: RingConfig, ensemble: Ensemble) -> tuple[pd.DataFrame, Array]:
    """Metrics of the trained networks, a row a member, and the samples, (members, test_samples, d).

    On `test_samples` points of the mixture that no run has seen, and as many generated ones:

    - modes, major_modes, minor_modes (covered), share (high-quality share), kl, reverse_kl, jsd and tvd of
      the mode histogram, energy_distance (of the first 2,500 points of each): see
      `gantheory.training.metrics`;
    - discriminator_error (share of wrong decisions) and discriminator_distance (of D to D* on a grid, with
      the generated density estimated by a histogram): see `gantheory.training.metrics.optimality`;
    - discriminator_loss and generator_loss; with numerics="clamped" the clamped ones;
    - gradient_norm_1, gradient_norm_2, ... from the input on: the Euclidean norm of the gradient of the
      generator's loss in a layer's weights and biases, averaged over 2,048 points.

    For a member that diverged modes and share are 0 and all others missing.
    """
    n = config.test_samples
    points = config.mixture.sample(n, generator(config.data_seed, "test set"))
    like = ensemble.generator.parameters
    # Where runs share the noise that they are trained on, they share this too, as in the published code.
    of_member = [seed if config.fresh_noise else config.data_seed for _, seed in ensemble.members]
    seeds = list(dict.fromkeys(of_member))
    streams = [torch_generator(seed, "test noise") for seed in seeds]
    noise = torch.stack([torch.randn(n, config.latent, generator=stream) for stream in streams])
    noise = noise.to(like)[[seeds.index(seed) for seed in of_member]]
    real = torch.tensor(points).to(like)
    with torch.no_grad():
        fake = _in_parts(ensemble.generator.evaluate, noise, config.generator_hidden)
        raw_real, raw_fake = (
            _in_parts(ensemble.discriminator.evaluate, batch, config.discriminator_hidden).squeeze(-1)
            for batch in (real.expand(len(noise), *real.shape), fake)
        )
    samples = fake.double().cpu().numpy()
    diverged_at = [step or None for step in ensemble.diverged_at.tolist()]
    losses = _losses(config, ensemble, raw_real, raw_fake)
    norms = gradient_norms(config, ensemble, noise[:, :_GRADIENT_POINTS], real[:_GRADIENT_POINTS])
    rows = []
    for k, (objective, seed) in enumerate(ensemble.members):
        real_scores, fake_scores = (
            onto_domain(objective, raw[k]).double().cpu().numpy() for raw in (raw_real, raw_fake)
        )
        row = {"seed": seed, "objective": objective.name, **objective_columns(objective)}
        measured = _sample_metrics(samples[k], points, config)
        measured["discriminator_error"] = classification_error(real_scores, fake_scores, objective)
        measured["discriminator_distance"] = _distance(config, ensemble, k, samples[k], objective)
        measured["discriminator_loss"], measured["generator_loss"] = losses[k]
        measured |= {f"gradient_norm_{layer}": norm for layer, norm in enumerate(norms[k], start=1)}
        if diverged_at[k] is not None:
            failed = {"modes": 0, "major_modes": 0, "minor_modes": 0, "share": 0.0}
            measured = {name: failed.get(name, math.nan) for name in measured}
        rows.append(row | measured | {"diverged": diverged_at[k] is not None, "diverged_at": diverged_at[k]})
    return pd.DataFrame(rows), samples


@lru_cache(maxsize=256)
def _losses_of(objective: Objective, numerics: str) -> BatchLosses:
    return batch_losses(objective, numerics)


@lru_cache(maxsize=256)
def _link_of(objective: Objective) -> Any:
    return objective.functions("numpy").link


def gradient_norms(config: RingConfig, ensemble: Ensemble, noise: Tensor, real: Tensor) -> list[list[float]]:
    """Norms of the gradient of each member's generator loss by layer, (members, layers), by autograd.

    Args:
        config, ensemble: the members.
        noise: (members, n, latent).
        real: (n, d), which matters only where the generator's loss is no sum.
    """
    norms = []
    for k, (objective, _) in enumerate(ensemble.members):
        loss = _losses_of(objective, config.numerics)
        g = [block[k].detach().requires_grad_() for block in ensemble.generator.blocks]
        d = [block[k].detach() for block in ensemble.discriminator.blocks]
        fake = _forward(g, noise[k], config.generator_activation)
        scores = [
            onto_domain(objective, _forward(d, x, config.discriminator_activation).squeeze(-1))
            for x in (real, fake)
        ]
        gradients = torch.autograd.grad(loss.generator(*scores), g)
        depth = len(g) // 2
        layers = zip(gradients[:depth], gradients[depth:], strict=True)
        norms.append([math.hypot(float(w.norm()), float(b.norm())) for w, b in layers])
    return norms


def _forward(blocks: list[Tensor], x: Tensor, activation: str) -> Tensor:
    depth = len(blocks) // 2
    for layer in range(depth):
        x = torch.addmm(blocks[depth + layer], x, blocks[layer])
        if layer < depth - 1:
            x = ACTIVATIONS[activation](x)
    return x


def _in_parts(network: Any, x: Tensor, hidden: tuple[int, ...]) -> Tensor:
    rows = max(1, _NUMBERS_AT_ONCE // (len(x) * max(hidden)))
    return torch.cat([network(part) for part in x.split(rows, dim=1)], dim=1)


def _losses(
    config: RingConfig, ensemble: Ensemble, raw_real: Tensor, raw_fake: Tensor
) -> list[tuple[float, float]]:
    pairs: list[tuple[float, float]] = []
    with torch.no_grad():
        for k, (objective, _) in enumerate(ensemble.members):
            loss = _losses_of(objective, config.numerics)
            part = slice(k, k + 1)
            scores = [onto_domain(objective, raw[part]) for raw in (raw_real, raw_fake)]
            d_loss, g_loss = loss.discriminator(*scores), loss.generator(*scores)
            pairs += zip(d_loss.tolist(), g_loss.tolist(), strict=True)
    return pairs


def _sample_metrics(samples: Array, points: Array, config: RingConfig) -> dict[str, float]:
    mixture = config.mixture
    finite = samples[np.isfinite(samples).all(axis=1)]
    if not len(finite):
        names = ("kl", "reverse_kl", "jsd", "tvd", "energy_distance")
        return {
            "modes": 0,
            "major_modes": 0,
            "minor_modes": 0,
            "share": 0.0,
            **dict.fromkeys(names, math.nan),
        }
    major, minor = metrics.modes_covered_by_kind(finite, mixture)
    return {
        "modes": major + minor,
        "major_modes": major,
        "minor_modes": minor,
        "share": metrics.high_quality_share(finite, mixture) * len(finite) / len(samples),
        **metrics.mode_divergences(finite, mixture),
        "energy_distance": metrics.energy_distance(finite[:_ENERGY_POINTS], points[:_ENERGY_POINTS]),
    }


def _distance(
    config: RingConfig, ensemble: Ensemble, member: int, samples: Array, objective: Objective
) -> float:
    if not np.isfinite(samples).all() or config.mixture.dimension > 3:
        return math.nan
    blocks = [block[member] for block in ensemble.discriminator.blocks]
    link = _link_of(objective)

    def outputs(x: Array) -> Array:
        with torch.no_grad():
            points = torch.tensor(x).to(blocks[0])
            raw = _forward(blocks, points, config.discriminator_activation).squeeze(-1)
            return np.asarray(link(onto_domain(objective, raw).double().cpu().numpy()))

    return distance_to_optimum(outputs, samples, config.mixture, objective)


def objective_columns(objective: Objective | Relativistic) -> dict[str, Any]:
    """alpha_d, alpha_g (None where the objective has none) and saturating, for a row of a table."""
    if isinstance(objective, Relativistic):
        return dict.fromkeys(("alpha_d", "alpha_g", "saturating"))
    given = dict(objective.parameters)
    alpha = 1.0 if objective.name.startswith("vanilla") else None
    return {
        "alpha_d": float(given["alpha_d"]) if "alpha_d" in given else alpha,
        "alpha_g": float(given["alpha_g"]) if "alpha_g" in given else alpha,
        "saturating": objective.saturating,
    }

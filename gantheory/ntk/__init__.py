"""Neural tangent kernels: how an infinitely wide discriminator moves, for any objective.

In short, with points of shape (n, d):

    kernel = kernels.mlp(depth=3, activation="relu", w_std=1.0, b_std=1.0)
    flow = discriminator_flow(objective, kernel, real, fake)
    flow.scores(x, t)  # v_t(x)
    flow.field(x, t)   # -grad_x S(v_t(x)), along which the generator moves its samples
    particle_flow(objective, kernel, source, target, steps=100, step_size=1.0)  # samples that move freely
    generator_flow(objective, kernel, generators.mlp(2, 2), latent, target, steps=100)  # those of a network
    mmd_squared(kernel, real, fake)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gantheory.support.lazy import on_demand

if TYPE_CHECKING:
    import gantheory.ntk.samples.generators as generators
    import gantheory.ntk.samples.metrics as flow_metrics
    from gantheory.ntk import kernels, neural_tangents
    from gantheory.ntk.discriminator import DiscriminatorFlow, discriminator_flow
    from gantheory.ntk.finite.network import empirical_ntk
    from gantheory.ntk.finite.training import FiniteDiscriminatorFlow, finite_discriminator_flow
    from gantheory.ntk.samples.mmd import mmd_squared
    from gantheory.ntk.samples.particles import particle_flow
    from gantheory.ntk.samples.result import FlowResult
    from gantheory.ntk.samples.training import generator_flow

__all__ = [
    "DiscriminatorFlow",
    "FiniteDiscriminatorFlow",
    "FlowResult",
    "discriminator_flow",
    "empirical_ntk",
    "finite_discriminator_flow",
    "flow_metrics",
    "generator_flow",
    "generators",
    "kernels",
    "mmd_squared",
    "neural_tangents",
    "particle_flow",
]

__getattr__, __dir__ = on_demand(__name__)

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

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gantheory.ntk import kernels, neural_tangents
    from gantheory.ntk.discriminator import DiscriminatorFlow, discriminator_flow
    from gantheory.ntk.finite.network import empirical_ntk
    from gantheory.ntk.finite.training import FiniteDiscriminatorFlow, finite_discriminator_flow
    from gantheory.ntk.samples import generators
    from gantheory.ntk.samples import metrics as flow_metrics
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

# Public name -> the module that it is, or that holds it; no module has the name of a function.
_MODULES = {
    "flow_metrics": "gantheory.ntk.samples.metrics",
    "generators": "gantheory.ntk.samples.generators",
    "kernels": "gantheory.ntk.kernels",
    "neural_tangents": "gantheory.ntk.neural_tangents",
}
_HOME = {
    "DiscriminatorFlow": "gantheory.ntk.discriminator",
    "FiniteDiscriminatorFlow": "gantheory.ntk.finite.training",
    "FlowResult": "gantheory.ntk.samples.result",
    "discriminator_flow": "gantheory.ntk.discriminator",
    "empirical_ntk": "gantheory.ntk.finite.network",
    "finite_discriminator_flow": "gantheory.ntk.finite.training",
    "generator_flow": "gantheory.ntk.samples.training",
    "mmd_squared": "gantheory.ntk.samples.mmd",
    "particle_flow": "gantheory.ntk.samples.particles",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value: Any = importlib.import_module(_MODULES[name])
    elif name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value

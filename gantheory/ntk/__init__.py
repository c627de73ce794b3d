"""Neural tangent kernels: how an infinitely wide discriminator moves, for any objective.

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
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gantheory.ntk import flow_metrics, generators, kernels, neural_tangents
    from gantheory.ntk.discriminator_flow import DiscriminatorFlow, discriminator_flow
    from gantheory.ntk.finite_network import empirical_ntk
    from gantheory.ntk.finite_width import FiniteDiscriminatorFlow, finite_discriminator_flow
    from gantheory.ntk.flow_result import FlowResult
    from gantheory.ntk.generator_training import generator_flow
    from gantheory.ntk.mmd import mmd_squared
    from gantheory.ntk.particles import particle_flow

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

_HOME = {
    "DiscriminatorFlow": "gantheory.ntk.discriminator_flow",
    "FiniteDiscriminatorFlow": "gantheory.ntk.finite_width",
    "FlowResult": "gantheory.ntk.flow_result",
    "discriminator_flow": "gantheory.ntk.discriminator_flow",
    "empirical_ntk": "gantheory.ntk.finite_network",
    "finite_discriminator_flow": "gantheory.ntk.finite_width",
    "flow_metrics": "gantheory.ntk.flow_metrics",
    "generator_flow": "gantheory.ntk.generator_training",
    "generators": "gantheory.ntk.generators",
    "kernels": "gantheory.ntk.kernels",
    "mmd_squared": "gantheory.ntk.mmd",
    "neural_tangents": "gantheory.ntk.neural_tangents",
    "particle_flow": "gantheory.ntk.particles",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(_HOME[name])
    value = getattr(module, name, module)  # a function or class of its module, or the module itself
    globals()[name] = value
    return value


class _Package(ModuleType):
    """A function keeps its name where a module of the package has the same one."""

    def __setattr__(self, name: str, value: Any) -> None:
        # Python binds a submodule to its name in the package once it is imported.
        if isinstance(value, ModuleType) and callable(getattr(value, name, None)):
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

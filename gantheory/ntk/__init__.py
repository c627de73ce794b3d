"""Neural tangent kernels: how an infinitely wide discriminator moves, for any objective.

kernel = kernels.mlp(depth=3, activation="relu", w_std=1.0, b_std=1.0)
flow = discriminator_flow(objective, kernel, real, fake)
flow.scores(x, t)  # v_t(x)
flow.field(x, t)   # -grad_x S(v_t(x)), along which the generator moves its samples
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gantheory.ntk import kernels
    from gantheory.ntk.discriminator_flow import DiscriminatorFlow, discriminator_flow

__all__ = ["DiscriminatorFlow", "discriminator_flow", "kernels"]

_HOME = {
    "DiscriminatorFlow": "gantheory.ntk.discriminator_flow",
    "discriminator_flow": "gantheory.ntk.discriminator_flow",
    "kernels": "gantheory.ntk.kernels",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(_HOME[name])
    value = module if name == "kernels" else getattr(module, name)
    globals()[name] = value
    return value

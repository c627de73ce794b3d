"""Float64 where theory needs it, without touching the user's JAX configuration.

JAX computes in float32 unless its 64-bit mode is on. `precision("float64")` turns the mode on for the current
thread and only inside the ``with``; afterwards JAX is as it was. Public functions of `gantheory.ntk` return
NumPy arrays, since a float64 JAX array that meets 32-bit mode is rounded without a word.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import jax

from gantheory.arguments.checks import choice

PRECISIONS = ("float64", "float32")


def precision(name: str) -> AbstractContextManager[Any]:
    """Context in which JAX computes in float64 or float32.

    Raises:
        ValueError: an unknown name.
    """
    choice(name, "precision", PRECISIONS)
    wide = name == "float64"
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(wide)
    from jax import experimental  # the same context, by its name before JAX 0.8

    context: AbstractContextManager[Any] = getattr(experimental, "enable_x64")(wide)  # noqa: B009
    return context

"""gantheory: write a GAN objective once; get its theory, divergences, training, and the check of theory.

Importing the package loads none of its parts. A part is imported at its first use (PEP 562), so that
``import gantheory`` stays fast and needs neither torch nor JAX.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from gantheory._version import __version__

if TYPE_CHECKING:
    from gantheory import (
        bounds,
        claims,
        datasets,
        derivation,
        divergences,
        errors,
        exact,
        explorer,
        landscape,
        lowering,
        ntk,
        objectives,
        plotting,
        reading,
        runs,
        stability,
        sweeps,
        training,
        validation,
    )
    from gantheory.derivation.theory import Theory, derive
    from gantheory.divergences import mixture
    from gantheory.objectives import Objective
    from gantheory.reading import design, identify, monitor

__all__ = [
    "Objective",
    "Theory",
    "__version__",
    "bounds",
    "claims",
    "datasets",
    "derivation",
    "derive",
    "design",
    "divergences",
    "errors",
    "exact",
    "explorer",
    "identify",
    "landscape",
    "lowering",
    "mixture",
    "monitor",
    "ntk",
    "objectives",
    "plotting",
    "reading",
    "runs",
    "stability",
    "sweeps",
    "training",
    "validation",
]

# Public name -> the module that holds it. Every other name in __all__ is a submodule.
_HOME = {
    "Objective": "gantheory.objectives",
    "Theory": "gantheory.derivation.theory",
    "derive": "gantheory.derivation.theory",
    "design": "gantheory.reading",
    "identify": "gantheory.reading",
    "mixture": "gantheory.divergences",
    "monitor": "gantheory.reading",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in __all__:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

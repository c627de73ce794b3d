"""gantheory: write a GAN objective once; get its theory, divergences, training, and the check of theory.

Importing the package loads none of its parts. A part is imported at its first use (PEP 562), so that
``import gantheory`` stays fast and needs neither torch nor JAX.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gantheory._version import __version__
from gantheory.support.lazy import on_demand

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

__getattr__, __dir__ = on_demand(__name__)

"""Divergences as numbers: generating functions, pmfs, densities, samples and whole grids of alphas."""

from __future__ import annotations

from gantheory.arguments.door import open_door
from gantheory.divergences.alpha_grid import alpha_grid
from gantheory.divergences.compute import compute
from gantheory.divergences.functions.closed_form import ClosedForm
from gantheory.divergences.functions.flow_form import FlowForm
from gantheory.divergences.functions.generating_function import GeneratingFunction
from gantheory.divergences.functions.parametric import Parametric
from gantheory.divergences.inputs.laws import log_density
from gantheory.divergences.inputs.mixture import Mixture
from gantheory.divergences.inputs.prepared import mixture
from gantheory.divergences.result import DivergenceResult
from gantheory.divergences.sampling.from_samples import SampleEstimate, from_samples
from gantheory.divergences.sampling.monte_carlo import compute_from_samples

__all__ = [
    "ClosedForm",
    "DivergenceResult",
    "FlowForm",
    "GeneratingFunction",
    "Mixture",
    "Parametric",
    "SampleEstimate",
    "alpha_grid",
    "compute",
    "compute_from_samples",
    "from_samples",
    "log_density",
    "mixture",
]

open_door(__name__)

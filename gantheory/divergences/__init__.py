"""Divergences as numbers: generating functions, pmfs, densities, samples and whole grids of alphas."""

from __future__ import annotations

from gantheory.divergences.flow_form import FlowForm
from gantheory.divergences.generating_function import ClosedForm, GeneratingFunction
from gantheory.divergences.parametric import Parametric

__all__ = ["ClosedForm", "FlowForm", "GeneratingFunction", "Parametric"]

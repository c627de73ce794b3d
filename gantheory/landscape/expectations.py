"""Derivatives of a divergence by a parameter of P_g, as expectations over P_g.

E[phi(X)] = int_0^1 phi(F^-1(q)) dq by tanh-sinh quadrature, each half from its own end, so that tails keep
their digits and integrands may grow there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.derivation.theory import Theory
from gantheory.divergences.inputs.densities import density
from gantheory.divergences.inputs.mixture import Mixture
from gantheory.landscape.density_slope import log_density_slope
from gantheory.landscape.factors import factor, level
from gantheory.landscape.family import Family

_ACCURACY = 1e-4
"""Relative error above which an expectation counts as divergent or unknown."""


def slope(theory: Theory, family: Family, value: float, kind: str) -> float:
    """d/d theta of D_f (kind "equilibrium") or D_h ("flow"); NaN where the expectation does not converge."""
    generated = family.at(value)
    log_generated = density(generated, "generated").logpdf
    if family.name == "weight":
        value_at = level(theory, kind)

        def at(x: Array) -> Array:
            flat = np.ravel(x)
            with np.errstate(invalid="ignore"):
                log_u = family.log_real(flat) - log_generated(flat)
            return np.reshape(value_at(theory.score_at_log_ratio(log_u)), np.shape(x))

        return expectation(at, family.other) - expectation(at, family.base)
    pull_at = factor(theory, kind)
    real, fake = density(family.real, "real"), density(generated, "generated")

    def pulled(x: Array) -> Array:
        flat = np.ravel(x)
        with np.errstate(invalid="ignore"):
            log_u = real.logpdf(flat) - fake.logpdf(flat)
            pull = log_density_slope(real, flat) - log_density_slope(fake, flat)
            out = pull_at(theory.score_at_log_ratio(log_u)) * pull * family.velocity(flat, value)
        # Where P_r has no mass v* is constant: no pull.
        return np.where(np.isinf(log_u), 0.0, out).reshape(np.shape(x))

    return expectation(pulled, generated)


def expectation(values: Callable[[Array], Array], distribution: Any) -> float:
    """E[values(X)]; NaN where the quadrature does not settle."""
    from scipy.integrate import tanhsinh

    if isinstance(distribution, Mixture):
        return math.fsum(weight * expectation(values, part) for part, weight in distribution.parts())
    halves = []
    for quantile in (distribution.ppf, distribution.isf):

        def half(q: Array, quantile: Any = quantile) -> Array:
            return values(np.asarray(quantile(q)))

        with np.errstate(all="ignore"):
            found = tanhsinh(half, 0.0, 0.5, rtol=1e-11, atol=1e-14, minlevel=5, maxlevel=9)
        halves.append((float(found.integral), float(found.error)))
    total, error = sum(value for value, _ in halves), sum(error for _, error in halves)
    settled = error <= _ACCURACY * max(abs(value) for value, _ in halves) + 1e-12
    return total if settled and math.isfinite(total) else math.nan

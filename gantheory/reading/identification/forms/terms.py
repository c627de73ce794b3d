"""Smooth terms of which losses are sums, and how a sum of them is written."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array
from gantheory.objectives.objective import cosigmoid, sigmoid, v


def sigma(z: Array) -> Array:
    """The logistic function."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


TERMS: dict[str, tuple[sp.Expr, Callable[[Array], Array]]] = {
    "linear": (v, np.ones_like),
    "square": (v**2 / 2, lambda z: z),
    "softplus": (sp.log(1 + sp.exp(v)), sigma),
    "sigmoid": (sigmoid, lambda z: sigma(z) * sigma(-z)),
    "sigmoid squared": (sigmoid**2 / 2, lambda z: sigma(z) ** 2 * sigma(-z)),
    "exp": (sp.exp(v), np.exp),
    "exp-": (-sp.exp(-v), lambda z: np.exp(-z)),
    "exp half": (2 * sp.exp(v / 2), lambda z: np.exp(z / 2)),
    "exp- half": (-2 * sp.exp(-v / 2), lambda z: np.exp(-z / 2)),
    "tanh": (sp.tanh(v), lambda z: 1 / np.cosh(z) ** 2),
}
"""Each with its derivative."""


def expression(weights: dict[str, sp.Rational]) -> sp.Expr:
    """The sum; linear terms and softplus as log sigmoid(v) and log(1 - sigmoid(v)), as losses are written."""
    rest = dict(weights)
    expr = sp.S.Zero
    if "softplus" in rest:
        soft, linear = rest.pop("softplus"), rest.pop("linear", sp.S.Zero)
        expr = linear * sp.log(sigmoid) - (linear + soft) * sp.log(cosigmoid)
    if "square" in rest:  # as k (v - c)^2/2
        square, linear = rest.pop("square"), rest.pop("linear", sp.S.Zero)
        expr += square * (v + linear / square) ** 2 / 2
    return expr + sum((w * TERMS[name][0] for name, w in rest.items()), sp.S.Zero)

"""Divergences of laws with atoms: discrete distributions, their mixtures, and atoms beside a density.

By Lebesgue's decomposition the atoms of P and Q and their densities are summed apart:

    D_f(P||Q) = sum over atoms of q f(p/q)  +  int q f(p/q) dx,

where an atom of one that the other lacks counts p f'(inf) or q f(0), and so does a density that stands alone.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.divergences.engines.discrete.laws import Law, part_of
from gantheory.divergences.engines.discrete.sums import Sum
from gantheory.divergences.engines.line.quadrature import without_overflow
from gantheory.divergences.engines.scaled import Scaled, added, in_units_of
from gantheory.divergences.functions.generating_function import GeneratingFunction
from gantheory.divergences.inputs.densities import densities
from gantheory.divergences.inputs.mixture import Mixture, parts_of
from gantheory.divergences.inputs.prepared import prepared
from gantheory.divergences.result import DivergenceResult

_EPS = float(np.finfo(np.float64).eps)


def divergence_with_atoms(f: GeneratingFunction, P: Any, Q: Any) -> DivergenceResult:
    """D_f(P||Q) where P or Q has atoms.

    Raises:
        ValueError, TypeError: an argument of the wrong kind.
        ArithmeticError: +inf and -inf contributions, or sums of more than 4 million atoms that are no smooth
            function of their number.
    """
    (p, p_rest), (q, q_rest) = _decomposed(P, "P"), _decomposed(Q, "Q")
    results = [_of_atoms(f, p, q) if p.parts and q.parts else _alone(f, p.mass, q.mass)]
    p_mass, q_mass = (math.fsum(w for _, w in rest) for rest in (p_rest, q_rest))
    if p_rest and q_rest:
        one, other = densities(*(_joined(rest) for rest in (p_rest, q_rest)))
        results.append(without_overflow(f, _weighted(one, p_mass), _weighted(other, q_mass)))
    else:
        results.append(_alone(f, p_mass, q_mass))
    apart = (bool(p.parts), bool(p_rest)) == (not q.parts, not q_rest)
    method = "sum" if not (p_rest or q_rest) else "mutually singular laws" if apart else "sum and quadrature"
    return added(results, method)


def _of_atoms(f: GeneratingFunction, p: Law, q: Law) -> DivergenceResult:
    """The sum over atoms; where it overflows, in units of its largest term and from there outwards."""
    plain = Sum(f, p, q)
    result = plain.total()
    if not plain.overflows or (top := plain.largest()) is None:
        return result
    shift, place = top
    return in_units_of(shift, Sum(Scaled(f, shift), p, q, place).total())


def atoms_of(P: Any, Q: Any) -> tuple[Array, Array]:
    """Probabilities of two discrete laws on their common atoms, but for what is below 1e-17 of the mass.

    Raises:
        ValueError: a law with a density, or with more atoms than can be listed.
    """
    (p, p_rest), (q, q_rest) = _decomposed(P, "P"), _decomposed(Q, "Q")
    if p_rest or q_rest:
        raise ValueError("P and Q must both be discrete or both have densities, got one of each")
    return Sum(None, p, q).listed()


def _alone(f: GeneratingFunction, p_mass: float, q_mass: float) -> DivergenceResult:
    """Contribution of P-mass that Q lacks, and of Q-mass that P lacks."""
    parts = []
    for mass, t in ((p_mass, np.inf), (q_mass, -np.inf)):
        if mass <= 0:
            continue
        at, log_mass = np.array([t]), np.log(np.array([mass]))
        value, size = float(f.weighted(at, log_mass)[0]), float(f.log_weighted(at, log_mass)[0])
        if math.isinf(value) and math.isfinite(size):
            one = DivergenceResult(value=math.copysign(1.0, value), error=4 * _EPS, method="")
            parts.append(in_units_of(size, one))
        else:
            parts.append(DivergenceResult(value=value, error=0.0, method=""))
    return added(parts, "")


def _decomposed(distribution: Any, name: str) -> tuple[Law, list[tuple[Any, float]]]:
    """(atoms, components with a density)."""
    kind, distribution = prepared(distribution, name)
    if kind in ("pmf", "callable", "plane"):
        what = {"pmf": "an array", "callable": "a callable", "plane": "a law of the plane"}[kind]
        raise TypeError(
            f"P and Q must be of one kind, got a discrete distribution and {what}; a pmf on known points is "
            "scipy.stats.rv_discrete(values=(points, pmf))"
        )
    pairs = parts_of(distribution)
    atoms, rest = [], []
    for part, weight in pairs:
        if prepared(part, name)[0] == "discrete":
            atoms.append((part_of(part, name), weight))
        else:
            rest.append((part, weight))
    return Law(atoms), rest


def _joined(rest: list[tuple[Any, float]]) -> Any:
    total = math.fsum(w for _, w in rest)
    return Mixture(tuple(d for d, _ in rest), tuple(w / total for _, w in rest))


def _weighted(one: Any, mass: float) -> Any:
    return replace(one, weights=tuple(w * mass for w in one.weights))

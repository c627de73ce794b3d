"""Eigenvalues of L = -div(p grad .)/p on the line and in the plane, by spectral elements.

int p grad(phi).grad(psi) = lambda int p phi psi, with polynomials on elements: continuous, nothing prescribed
at the ends, as no mass flows out there. Quadrature is Gauss's inside the elements, so that densities that
vanish or have a pole at an end of their support are never evaluated there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from gantheory.arguments.arrays import Array

LogDensity = Callable[[Array], Array]

DEGREE = 8
"""Of the polynomials on the line."""

PLANE_DEGREE = 5
"""Of the polynomials in each coordinate of the plane."""

_DENSE = 700
"""Up to so many unknowns the matrices are dense."""

_BEYOND = 60.0
"""A density may fall by e^-60 below the cut inside an element; less counts as that, so that masses stay
positive."""


@dataclass(frozen=True)
class Reference:
    """Polynomials of Lagrange on [-1, 1], nodes with both ends, at the points of a Gauss rule."""

    nodes: Array
    points: Array
    weights: Array
    values: Array
    slopes: Array


@lru_cache(maxsize=8)
def reference(degree: int) -> Reference:
    """Of a degree, with degree + 3 quadrature points."""
    from numpy.polynomial import legendre

    inner = legendre.Legendre.basis(degree).deriv().roots().real
    nodes = np.concatenate([[-1.0], np.sort(inner), [1.0]])
    return _at(nodes, *legendre.leggauss(degree + 3))


def _at(nodes: Array, points: Array, weights: Array) -> Reference:
    """The polynomials of these nodes at the points of a rule."""
    from numpy.polynomial import legendre

    degree = nodes.size - 1
    vander = np.linalg.inv(legendre.legvander(nodes, degree))
    slopes = np.stack([legendre.legval(points, legendre.legder(row)) for row in np.eye(degree + 1)], axis=1)
    return Reference(nodes, points, weights, legendre.legvander(points, degree) @ vander, slopes @ vander)


def line_operators(
    log_density: LogDensity, edges: Array, top: float, drop: float, powers: tuple[float, float]
) -> tuple[Any, Any]:
    """Stiffness and mass matrix (sparse) of elements between the edges, in basis functions over sqrt(p).

    So nothing underflows, however far the tails are followed.

    Elements where p is below e^(top - drop) everywhere are left out: of a part without mass, its own
    eigenvalues would appear. Near the first and last edge p is these `powers` of the distance to it (of
    `power_at`, 0 for none) times a smooth function: Gauss-Jacobi quadrature.
    """
    ref = reference(DEGREE)
    half = 0.5 * np.diff(edges)
    x = edges[:-1, None] + half[:, None] * (1 + ref.points)
    logs = _logs(log_density, x, top)
    values = np.broadcast_to(ref.values, (half.size, *ref.values.shape)).copy()
    slopes = np.broadcast_to(ref.slopes, values.shape).copy()
    weights = np.broadcast_to(np.log(ref.weights), logs.shape).copy()
    for element, side, power in ((0, 1, powers[0]), (-1, -1, powers[1])):
        end, inside = float(edges[element]), side * 2 * float(half[element])
        if power:
            rule = _jacobi(DEGREE, power, side)
            values[element], slopes[element], weights[element] = (
                rule.values,
                rule.slopes,
                np.log(rule.weights),
            )
            distance = 0.5 * (1 + side * rule.points)
            logs[element] = _logs(log_density, end + inside * distance, top) - power * np.log(2 * distance)
    kept = logs.max(axis=1) > -drop
    half, logs, weights = half[kept], np.maximum(logs[kept], -drop - _BEYOND), weights[kept]
    values, slopes = values[kept], slopes[kept]
    numbers = np.nonzero(kept)[0][:, None] * DEGREE + np.arange(DEGREE + 1)
    size = np.full((edges.size - 1) * DEGREE + 1, -np.inf)
    np.maximum.at(size, numbers, logs.max(axis=1)[:, None])
    p = np.exp(0.5 * (weights + logs)[:, :, None] - 0.5 * size[numbers][:, None, :])
    values, slopes = values * p, slopes * p
    mass = np.einsum("e,eqi,eqj->eij", half, values, values)
    stiff = np.einsum("e,eqi,eqj->eij", 1 / half, slopes, slopes)
    return _assembled(stiff, numbers), _assembled(mass, numbers)


def split(
    log_density: LogDensity,
    edges: Array,
    top: float,
    drop: float,
    powers: tuple[float, float],
    steepest: float,
) -> Array:
    """Edges with elements halved, ten times at most, in which log p varies by more than `steepest`; those at
    ends where p is a power are left as they are."""
    points = np.append(np.insert(reference(DEGREE).points, 0, -0.999), 0.999)
    found, inner = [edges], slice(int(powers[0] != 0), -1 - int(powers[1] != 0))
    low, width = edges[inner], np.diff(edges)[slice(inner.start, inner.stop + 1 or None)]
    for _ in range(10):
        logs = _logs(log_density, low[:, None] + 0.5 * width[:, None] * (1 + points), top)
        most = logs.max(axis=1)
        steep = (most > -drop) & (most - np.maximum(logs.min(axis=1), -drop) > steepest)
        if not steep.any():
            break
        low, width = low[steep], 0.5 * width[steep]
        found.append(low + width)
        low, width = np.concatenate([low, low + width]), np.concatenate([width, width])
    return np.unique(np.concatenate(found))


def power_at(log_density: LogDensity, end: float, inside: float) -> float:
    """gamma of p = |x - end|^gamma times a smooth function; 0 where it is none, as for exp(-1/x)."""
    logs = _logs(log_density, end + inside * np.array([1e-5, 2e-5, 4e-5]), 0.0)
    if not np.isfinite(logs).all():
        return 0.0
    near, far = np.diff(logs) / np.log(2)
    found = float(2 * near - far)
    return found if 1e-6 < abs(found) < 20 and found > -1 and abs(near - far) < 1e-3 else 0.0


@lru_cache(maxsize=32)
def _jacobi(degree: int, power: float, side: int) -> Reference:
    """The polynomials at the points of a Gauss rule for (1 + t)^power, or (1 - t)^power for side -1."""
    from scipy.special import roots_jacobi

    return _at(reference(degree).nodes, *roots_jacobi(degree + 3, *((0, power) if side > 0 else (power, 0))))


def plane_operators(
    log_density: LogDensity, x_edges: Array, y_edges: Array, top: float, drop: float
) -> tuple[Any, Any]:
    """The same on rectangles."""
    ref = reference(PLANE_DEGREE)
    corners = np.stack(np.meshgrid(_thirds(x_edges), _thirds(y_edges), indexing="ij"), axis=-1)
    near = _logs(log_density, corners, top) > -drop
    shape = x_edges.size - 1, y_edges.size - 1
    keep = np.zeros(shape, dtype=bool)
    for k, m in itertools.product(range(4), repeat=2):
        keep |= near[k : k + 3 * shape[0] : 3, m : m + 3 * shape[1] : 3]
    i, j = np.nonzero(keep)
    hx, hy = 0.5 * np.diff(x_edges)[i], 0.5 * np.diff(y_edges)[j]
    x = x_edges[i][:, None] + hx[:, None] * (1 + ref.points)
    y = y_edges[j][:, None] + hy[:, None] * (1 + ref.points)
    where = np.stack(np.broadcast_arrays(x[:, :, None], y[:, None, :]), axis=-1)
    p = (
        np.exp(np.maximum(_logs(log_density, where, top), -drop - _BEYOND))
        * ref.weights[:, None]
        * ref.weights
    )
    V, D = ref.values, ref.slopes
    size = (PLANE_DEGREE + 1) ** 2

    def local(weight: Array, X: Array, Y: Array) -> Array:
        found = np.einsum("exy,xi,xk,yj,yl->eijkl", weight, X, X, Y, Y, optimize=True)
        return np.asarray(found.reshape(len(weight), size, size))

    mass = local(p * (hx * hy)[:, None, None], V, V)
    stiff = local(p * (hy / hx)[:, None, None], D, V) + local(p * (hx / hy)[:, None, None], V, D)
    count = (y_edges.size - 1) * PLANE_DEGREE + 1
    a = np.arange(PLANE_DEGREE + 1)
    rows = i[:, None, None] * PLANE_DEGREE + a[:, None]
    columns = j[:, None, None] * PLANE_DEGREE + a
    numbers = (rows * count + columns).reshape(len(i), size)
    return _assembled(stiff, numbers), _assembled(mass, numbers)


def lowest(stiff: Any, mass: Any, count: int, scale: float) -> Array:
    """The `count` least eigenvalues of stiff phi = lambda mass phi, increasing; `scale` is a typical one.

    NaN says that rounding has taken over.

    They are the largest of mass phi = 1/(lambda + scale) (stiff + scale mass) phi. Elements and masses differ
    by many decades, and with the diagonal of stiff + scale mass scaled to 1 its factors lose no digits.
    """
    from scipy.linalg import eigh
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import LinearOperator, eigsh, splu

    both = stiff + scale * mass
    unit = diags_array(1 / np.sqrt(both.diagonal()))
    both, mass = unit @ both @ unit, unit @ mass @ unit
    size = mass.shape[0]
    count = min(count, size)
    if size <= max(_DENSE, 3 * count):
        try:
            found = eigh(
                mass.toarray(), both.toarray(), eigvals_only=True, subset_by_index=[size - count, size - 1]
            )
        except np.linalg.LinAlgError:  # masses of an element differ beyond rounding: it is too long
            return np.full(count, np.nan)
    else:
        factors = splu(both.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0)
        inverse = LinearOperator((size, size), matvec=factors.solve)
        start = np.random.default_rng(0).standard_normal(size)
        found = eigsh(
            mass,
            count,
            both,
            which="LM",
            Minv=inverse,
            v0=start,
            ncv=3 * count + 10,
            return_eigenvectors=False,
        )
    values = np.sort(1 / found - scale)
    # A negative one beyond rounding says that rounding has taken over, and no two such results agree.
    large = max(scale, float(values[-1]))
    values = np.where(values < -1e-7 * large, np.nan, np.where(values < 1e-12 * scale, 0.0, values))
    values[0] *= abs(values[0]) > 1e-6 * scale  # the constant's
    return values


def _thirds(edges: Array) -> Array:
    """The edges and two points inside each element."""
    inner = edges[:-1, None] + np.diff(edges)[:, None] * np.arange(3) / 3
    return np.append(inner.ravel(), edges[-1])


def _logs(log_density: LogDensity, x: Array, top: float) -> Array:
    with np.errstate(divide="ignore", under="ignore", invalid="ignore"):
        found = np.asarray(log_density(x), dtype=np.float64) - top
    return np.where(np.isnan(found), -np.inf, found)


def _assembled(blocks: Array, numbers: Any) -> Any:
    from scipy.sparse import coo_array

    _, dense = np.unique(numbers, return_inverse=True)
    numbers = dense.reshape(numbers.shape)
    size = blocks.shape[1]
    rows = np.repeat(numbers, size, axis=1).ravel()
    columns = np.tile(numbers, (1, size)).ravel()
    total = int(numbers.max()) + 1
    return coo_array((blocks.ravel(), (rows, columns)), shape=(total, total)).tocsr()

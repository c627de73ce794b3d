"""Divergences of one-dimensional densities by quadrature."""

from __future__ import annotations

import math

import numpy as np

from gantheory.divergences.engines.line.integrand import Contributions
from gantheory.divergences.engines.line.panels import KRONROD, NODES, Integral, adaptive
from gantheory.divergences.engines.line.tails import tail, to_end
from gantheory.divergences.engines.mass import LOST, SlowTailError
from gantheory.divergences.engines.scaled import LARGEST_LOG, Scaled, in_units_of, log_peak
from gantheory.divergences.engines.segments import segments
from gantheory.divergences.functions.generating_function import GeneratingFunction
from gantheory.divergences.inputs.callables import check_mass
from gantheory.divergences.inputs.density import CALLABLE, Density
from gantheory.divergences.result import DivergenceResult

_EPS = float(np.finfo(np.float64).eps)
_THIN = 1e-6
"""Width of a support beside its place below which it is integrated over distances from an end."""


def without_overflow(f: GeneratingFunction, p: Density, q: Density) -> DivergenceResult:
    """`of_densities`, in units of the largest contribution where no float is so large."""
    result = of_densities(f, p, q)
    return result if math.isfinite(result.value) else in_range(result, f, p, q)


def in_range(result: DivergenceResult, f: GeneratingFunction, p: Density, q: Density) -> DivergenceResult:
    """An infinite result, or the number of mpmath that it is where it is none but an overflow."""
    if (top := log_peak(f, p, q)) is None or top[0] < LARGEST_LOG:
        return result
    shift, place = top
    part = of_densities(Scaled(f, shift), p, q, (place,))
    return in_units_of(shift, part) if math.isfinite(part.value) else result


def of_densities(
    f: GeneratingFunction, p: Density, q: Density, places: tuple[float, ...] = ()
) -> DivergenceResult:
    """D_f(P||Q) = int q f(p/q) dx of two densities on the line; panels also begin at `places`.

    Where the integrand lives decides the range, not the quantiles of P or Q: panels start at the centers and
    scales of all components and at all ends of supports, and go outwards geometrically until the
    contributions have ended. Relative accuracy 1e-9 for smooth densities, mostly 1e-13. Contributions that
    grow outwards, or that an end of a support makes non-integrable, give inf or -inf.

    Raises:
        ArithmeticError: the divergence holds both +inf and -inf; a law has mass that no panel sees.

    Warns:
        UserWarning: a callable does not integrate to 1.
    """
    try:
        total, found = _resolved(Contributions(f, p, q), p, q, places)
    except SlowTailError as error:
        raise ArithmeticError(f"no divergence by quadrature: {error}") from None
    if not math.isfinite(total.value):
        return DivergenceResult(value=total.value, error=0.0, method="quadrature")
    doubt = total.error + _rounding(total, p, q) + unseen(f, total, p, q, found)
    return DivergenceResult(value=total.value, error=doubt, method="quadrature")


def unseen(
    f: GeneratingFunction, total: Integral, p: Density, q: Density, found: tuple[float, ...] = ()
) -> float:
    """What mass that no panel saw may count; a callable may have more than 1, and lack less than half of it.

    Raises:
        ArithmeticError: more than a thousandth of a law was not seen, or half of a callable, or as much of a
            callable as counts without bound.
    """
    expected = [math.fsum(side.weights) for side in (p, q)]  # less than 1 beside atoms
    given = [side.components[0].name == CALLABLE for side in (p, q)]
    for k in range(2):
        if given[k]:
            mass = float(total.seen.masses[k])
            own = check_mass(mass, "PQ"[k], pole=next(iter(found), None))
            expected[k] = 1.0 if own - 1.0 <= LOST else own
    return total.seen.error(
        f,
        (expected[0], expected[1]),
        "; check that its density integrates to 1, or move P and Q to near 0",
        (given[0], given[1]),
    )


def _resolved(
    f: Contributions, p: Density, q: Density, found: tuple[float, ...] = ()
) -> tuple[Integral, tuple[float, ...]]:
    """Integrate, and again from points at which bisection got stuck: singularities that nobody named.

    Returns the integral and all such points.
    """
    total = over_segments(f, p, q, found)
    for _ in range(3):
        stuck = {simplest(a, b) for a, b in _clusters(total.rough)}
        points = tuple(sorted(stuck - set(found)))[:20]
        if not points:
            break
        found = (*found, *points)
        total = over_segments(f, p, q, found)
    return total, found


def _clusters(panels: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Hulls of panels that lie together: those around one singularity."""
    hulls: list[list[float]] = []
    for a, b in sorted(panels):
        if hulls and a - hulls[-1][1] <= 1e-8 * max(abs(a), abs(b)) + 8.0 * (b - a):
            hulls[-1][1] = max(b, hulls[-1][1])
        else:
            hulls.append([a, b])
    return [(a, b) for a, b in hulls]


def simplest(a: float, b: float) -> float:
    """The number with the fewest decimal digits within the panel [a, b] or a width beside it."""
    low, high = 2 * a - b, 2 * b - a
    if low <= 0.0 <= high:
        return 0.0
    middle = 0.5 * (a + b)
    for digits in range(1, 18):
        rounded = float(f"{middle:.{digits}g}")
        if low <= rounded <= high:
            return rounded
    return middle


def over_segments(f: Contributions, p: Density, q: Density, found: tuple[float, ...] = ()) -> Integral:
    """Integrate over the union of the supports; `found` are further points to begin panels at."""
    total = Integral()
    parts = []
    for low, high, inner in segments(p, q, found):
        if f.f.poles and (height := f.at_poles(low, high, inner)):
            total.add(Integral(height, 0.0, math.inf))
        if high - low < _THIN * max(abs(low), abs(high)):
            # Numbers lie too far apart there, distances from an end do not.
            total.add(_thin(f, p, q, low, high, total.size))
        else:
            parts.append((low, high, f.split(low, high, inner)))
    for _, _, inner in parts:
        total.add(adaptive(f, f.refined(inner), total.size))
    size = total.size if math.isfinite(total.size) else 0.0
    for low, high, inner in parts:
        span = max(float(inner[-1] - inner[0]), 1e-3 * abs(float(inner[0])), 1e-300)
        if inner.size == 1:  # distances begin inside the segment
            span = min(span, 0.5 * min(inner[0] - low, high - inner[0]))
        for end, near, sign in ((low, float(inner[0]), 1.0), (high, float(inner[-1]), -1.0)):
            if math.isfinite(end):
                reach = abs(end - near)
                # Nobody said where a point is that bisection found.
                known = end == 0.0 or end not in found
                exact = known and all(c.exact_near(end) for c in (*p.components, *q.components))
                # Otherwise a distance of 2^-26 of the end's magnitude has lost half of its digits.
                most = 900 if exact else max(4, 26 + int(math.log2(reach / abs(end))))
                side, start, step = f.near(end, sign), reach, 0.5
                most = side.halvings(reach, most)
                part = to_end(side, reach, most, size, f.f.bounded)
            else:
                most = max(8, int(500 - math.log2(span)))
                # Distances span, 2 span, ... begin at `near`; rounding must not move their origin out of the
                # support.
                origin = (
                    float(np.clip(near + sign * span, inner[0], inner[-1]))
                    if inner.size > 1
                    else near + sign * span
                )
                side, start, step = f.near(origin, -sign), span, 2.0
                part = tail(side, span, 2.0, most, size, f.f.bounded)
            total.add(_all_seen(part, side, start, step, most))
            # An infinite part says nothing about what is small in the others.
            size += part.size if math.isfinite(part.size) else 0.0
    return total


def _thin(f: Contributions, p: Density, q: Density, low: float, high: float, scale: float) -> Integral:
    """Over (low, high) in distances from its ends, where both may be singular."""
    components = (*p.components, *q.components)
    # Where none ends at `high` another begins there: floats, whose difference is exact.
    width = min((c.width_from(low) for c in components if c.high == high), default=high - low)
    total = Integral()
    for end, sign in ((low, 1.0), (high, -1.0)):
        near = f.near(end, sign)
        total.add(adaptive(near, np.linspace(0.125, 0.5, 4) * width, scale + total.size))
        reach = 0.125 * width
        most = near.halvings(reach, 900 if all(c.exact_near(end) for c in components) else 26)
        part = to_end(near, reach, most, scale + total.size, f.f.bounded)
        total.add(_all_seen(part, near, reach, 0.5, most))
    return total


def _all_seen(part: Integral, side: Contributions, start: float, step: float, most: int) -> Integral:
    """The integral over geometric panels, beyond which nothing happens that matters.

    Raises:
        SlowTailError: p/q still changes there, and P or Q has mass.
    """
    if (part.seen.beyond > LOST).any() and not side.settles(start, step, most):
        known = all(c.log_mp is not None for c in (*side.p.components, *side.q.components))
        raise SlowTailError(
            "p/q still changes where more than a thousandth of P or Q is out of floats' reach; "
            + ("dps=15 goes on" if known else "frozen laws of scipy.stats with a formula may go on by dps=15")
        )
    return part


def _rounding(total: Integral, p: Density, q: Density) -> float:
    """Rounding of the log densities, of f and of the sum.

    Rounding errors of nodes are in part independent (the norm) and in part common (the sum, and the
    normalizing constants of log densities). The factors make the estimate hold in 99 % of random cases; where
    all panels of a singular end lean to one side it needs the factor 2 of the last.
    """
    independent = common = 0.0
    for integrand, a, b in total.panels:
        half = 0.5 * (b - a)
        y = integrand.noise((a + half)[:, None] + half[:, None] * NODES)
        parts = half[:, None] * KRONROD * y
        largest = float(parts.max(initial=0.0)) or 1.0
        independent = math.hypot(independent, largest * float(np.linalg.norm(parts / largest)))
        common += float(parts.sum())
    constants = sum(max(c.log.constant for c in d.components) + (len(d.components) > 1) for d in (p, q))
    return 3 * independent + 0.15 * common + 2 * (6 + constants) * _EPS * total.size

"""A divergence as a ball that provably contains it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sympy as sp

from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.optimum.poles import ratios_at_poles
from gantheory.derivation.verdicts.certificate import MOST_DIGITS, of_pmfs
from gantheory.derivation.verdicts.played import optimum_is_proved
from gantheory.divergences import DivergenceResult, certified
from gantheory.divergences.compute import certified_digits
from gantheory.divergences.functions.generating_function import one_sign
from gantheory.divergences.kinds import Kind

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory


def certified_divergence(theory: Theory, P: Any, Q: Any, kind: Kind, **options: Any) -> DivergenceResult:
    """A ball that provably contains the divergence, from the closed form of f.

    Raises:
        ValueError: f has no closed form, or an option that does not go with a proof.
        ArithmeticError: an atom at whose ratio f tends to oo on one side and to -oo on the other.
    """
    limit = {"seconds": options.pop("seconds")} if "seconds" in options else {}
    dps = certified_digits(options)
    part = theory.induced(kind)
    if part.infinite is not None:
        return certified.infinite_unless_equal(int(sp.sign(part.infinite)), P, Q, dps)
    if part.expr is None:
        raise ValueError(f"{theory.objective.name} has no {kind} f to certify: {part.reason}")
    if any(piece.end.has(sp.Float) for piece in theory.solution.pieces):
        raise ValueError(
            f"{theory.objective.name} has no {kind} f to certify: a threshold of its optimal score is known "
            "to 50 digits only"
        )
    if not optimum_is_proved(theory):
        raise ValueError(
            f"{theory.objective.name} has no {kind} f to certify: that its optimal score is the maximum over "
            "all scores was not proved; leave certified out for a number with an estimated error"
        )
    poles = ratios_at_poles(theory.solution.pieces, flow=False) if kind == "equilibrium" else {}
    pmfs = certified.exact_pmfs(P, Q)
    for at, height in poles.items():
        if any(q and sp.Rational(p / q) == at for p, q in zip(*(pmfs or ([], [])), strict=True)):
            sign = one_sign(float(sp.sign(height)), at)
            return certified.infinite_unless_equal(int(sign), P, Q, dps)
    result = certified.certified_divergence(part.expr, u, P, Q, dps, **limit)
    if pmfs is None or not math.isfinite(result.value) or dps > MOST_DIGITS:
        return result
    # Only where there is a certificate of its digits it is called certified.
    data = of_pmfs(theory, kind, part.expr, *pmfs, result.decimals(dps + 5))
    return result if data is None else replace(result, method=f"certified, {dps} digits", certificate=data)

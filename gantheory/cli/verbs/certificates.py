"""The certificates that `gantheory check` and `gantheory derive` write."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from gantheory.support.atomic import write_atomically

_ALPHAS = tuple(Fraction(a) for a in ("1/5", "1/2", "2/3", "1", "6/5", "2", "5/2", "4"))
_PAIRS = (
    (("1/2", "1/2"), ("1/3", "2/3")),
    (("1/10", "3/10", "6/10"), ("4/10", "4/10", "2/10")),
    (("0", "1/4", "3/4"), ("1/2", "1/4", "1/4")),
)
"""Pmfs whose divergences are certified; in the last, Q has mass where P has none."""


def write(certificates: Iterable[dict[str, Any]], path: Path) -> int:
    """Write a JSON list, each certificate once, and return how many there are.

    Raises:
        OSError: the file cannot be written.
    """
    once = {json.dumps(data, sort_keys=True): data for data in certificates}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(list(once.values()), indent=1) + "\n").encode())
    return len(once)


def of_theory(theory: Any) -> Iterator[dict[str, Any]]:
    """The certificates of f, h and f_D of one objective."""
    from gantheory.derivation.theory import KINDS

    for kind in KINDS:
        found = theory.certificate(kind)
        if found is not None:
            yield found


def standard() -> Iterator[dict[str, Any]]:
    """Of the built-in objectives, with divergences of a few pmfs, and of a grid of (alpha_D, alpha_G)."""
    from gantheory.derivation import derive
    from gantheory.derivation.regions.alphas import alpha_region
    from gantheory.errors import NoPointwiseTheoryError
    from gantheory.objectives import BUILT_IN, from_spec

    for spec in BUILT_IN:
        try:
            theory = derive(from_spec(spec))
        except NoPointwiseTheoryError:
            continue
        yield from of_theory(theory)
        for P, Q in _PAIRS:
            yield from _of_divergence(theory, [Fraction(p) for p in P], [Fraction(q) for q in Q])
    for saturating in (True, False):
        for alpha_d in _ALPHAS:
            for alpha_g in (*_ALPHAS, math.inf):
                data = alpha_region(alpha_d, alpha_g, saturating).exported
                if data is not None:
                    yield data


def _of_divergence(theory: Any, P: list[Fraction], Q: list[Fraction]) -> Iterator[dict[str, Any]]:
    for kind in ("equilibrium", "flow"):
        if theory.objective.outer is not None or theory.induced(kind).expr is None:
            continue
        try:
            result = theory.divergence(P, Q, kind, certified=True)
        except (ArithmeticError, ImportError, ValueError):
            continue
        if getattr(result, "certificate", None) is not None:
            yield result.certificate

"""From a claim to its verdict."""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import sympy as sp

from gantheory.claims.comparisons.finding import Comparison, Finding, Plan, PremiseError, all_hold, undecided
from gantheory.claims.comparisons.sampling import Sampler, violated
from gantheory.claims.definition import Claim
from gantheory.derivation.text.plain import plain
from gantheory.errors import nearest
from gantheory.exact import exact
from gantheory.support.deadline import within

OUTSIDE = "outside the assumptions"


@dataclass(frozen=True)
class Result:
    """A claim's verdict: holds, fails, undecided, or errored where its check raised."""

    id: str
    paper: str
    source: str
    kind: str
    statement: str
    verdict: str
    expected: str
    method: str
    seconds: float
    computed: str = ""
    claimed: str = ""
    reason: str = ""
    counterexample: str = ""
    correction: str = ""
    about: str = "package"
    certificates: tuple[dict[str, Any], ...] = ()

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the one on record, which says nothing of points outside the assumptions."""
        return self.verdict == self.expected or self.outside

    @property
    def outside(self) -> bool:
        """Whether values of parameters lie outside the assumptions, so that nothing was checked."""
        return self.reason.startswith(OUTSIDE)

    def to_dict(self) -> dict[str, Any]:
        """Text and numbers; the certificates are for a file of their own."""
        return {name: value for name, value in asdict(self).items() if name != "certificates"}


def decide(
    claim: Claim, at: Mapping[str, Any] | None = None, seed: int = 0, seconds: float = math.inf
) -> Result:
    """Run a claim's check.

    Args:
        at: values of some or all parameters by name; outside the assumptions the verdict is undecided. The
            other parameters are drawn at random.
        seed: of the random points.
        seconds: of processor time; a check that takes longer counts as one that raised.

    Raises:
        ValueError: a name in `at` that is no parameter, or a value that is no number.
    """
    fixed = _fixed(claim, at or {})
    start = time.perf_counter()
    sampler = Sampler(zlib.crc32(claim.id.encode()) + seed, claim.assumptions)
    try:
        finding = within(seconds, lambda: _found(claim, fixed, sampler))
        verdict = finding.verdict
    except (Exception, SystemExit) as error:
        # A check is a user's code: what it raises is its outcome, and the other claims still run.
        finding = undecided(f"the check raised {type(error).__name__}: {' '.join(str(error).split())}")
        verdict = "errored"
    of_claim = ("id", "paper", "source", "kind", "statement", "expected", "correction", "about")
    found = ("method", "computed", "claimed", "counterexample", "certificates")
    return Result(
        **{name: getattr(claim, name) for name in of_claim},
        **{name: getattr(finding, name) for name in found},
        verdict=verdict,
        seconds=time.perf_counter() - start,
        reason=finding.detail,
    )


def comparisons(plan: Plan) -> list[Comparison]:
    """The comparisons that a check returned: one, or a sequence of them."""
    listed = list(plan) if isinstance(plan, Iterable) else [plan]
    for item in listed:
        if not hasattr(item, "decide"):
            raise TypeError(f"a check must return comparisons such as Equal(computed, claimed), got {item!r}")
    return listed


def _fixed(claim: Claim, at: Mapping[str, Any]) -> dict[sp.Symbol, sp.Expr]:
    by_name = {symbol.name: symbol for symbol in claim.parameters}
    for name in at:
        if name not in by_name:
            known = f"; it has {', '.join(by_name)}" if by_name else "; it has none"
            raise ValueError(f"claim {claim.id} has no parameter {name!r}{nearest(name, by_name)}{known}")
    return {by_name[name]: exact(value, name) for name, value in at.items()}


def _found(claim: Claim, fixed: dict[sp.Symbol, sp.Expr], sampler: Sampler) -> Finding:
    outside = _outside(claim, fixed)
    if outside:
        return undecided(f"{OUTSIDE}: {outside}")
    free = [symbol for symbol in claim.parameters if symbol not in fixed]
    if not claim.parameters:
        return _at(claim, {}, sampler)
    points = _points(claim, fixed, free, sampler)
    if not points:
        return undecided("no point satisfied the assumptions " + ", ".join(claim.domain()))
    if not claim.pointwise and not fixed:
        return _at(claim, {symbol: symbol for symbol in claim.parameters}, sampler)
    findings = []
    for point in points:
        finding = _at(claim, point, sampler)
        if finding.holds is not True:
            where = ", ".join(f"{symbol} = {value}" for symbol, value in point.items())
            shown = f"{where}: {finding.counterexample or finding.detail}" if finding.holds is False else ""
            detail = f"at {where}: {finding.detail}" if finding.detail else ""
            return replace(finding, detail=detail, counterexample=shown, certificates=())
        findings.append(finding)
    whole = all_hold(findings)
    if not free:
        return whole
    # A proof at some parameters is none for all of them.
    method = (
        "high precision"
        if whole.method in ("symbolic", "computer algebra", "ball arithmetic")
        else whole.method
    )
    first = findings[0]
    return Finding(
        True,
        method,
        first.computed,
        first.claimed,
        f"{whole.method} at each of {len(points)} random parameter points; the first shown",
    )


def _points(
    claim: Claim, fixed: dict[sp.Symbol, sp.Expr], free: list[sp.Symbol], sampler: Sampler
) -> list[dict[sp.Symbol, sp.Expr]]:
    if not free:
        return [dict(fixed)]
    relations = [relation.subs(fixed) for relation in claim.assumptions]
    narrowed = Sampler(sampler.random.randint(0, 2**31), [r for r in relations if r != sp.true])
    drawn = narrowed.points(free, claim.points)
    return [{symbol: {**fixed, **point}[symbol] for symbol in claim.parameters} for point in drawn]


def _outside(claim: Claim, fixed: dict[sp.Symbol, sp.Expr]) -> str:
    """The violated assumption, in words; empty if there is none."""
    for symbol, value in fixed.items():
        if (symbol.is_positive and not value > 0) or (symbol.is_integer and not value.is_integer):
            return f"{symbol} = {value} is not {'a positive integer' if symbol.is_integer else 'positive'}"
        if value.is_infinite and symbol.is_finite is not False:
            return f"{symbol} = {plain(value)} is not finite"
    relation = violated(claim.assumptions, fixed)
    if relation is None:
        return ""
    values = ", ".join(f"{s} = {fixed[s]}" for s in sorted(relation.free_symbols, key=str))
    return f"{plain(relation)} is violated at {values}"


def _at(claim: Claim, point: dict[sp.Symbol, sp.Expr], sampler: Sampler) -> Finding:
    try:
        plan = claim.check(*(point[symbol] for symbol in claim.parameters))
    except PremiseError as error:
        return undecided(f"the premise is not met: {error}")
    return all_hold([item.decide(sampler) for item in comparisons(plan)])

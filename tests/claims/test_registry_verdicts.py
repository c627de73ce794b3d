"""Every claim: its verdict is the one on record, docs/claims.md says so, and wrong variants are caught."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
import sympy as sp

from gantheory.claims import Equal, OnPmfs, SameDivergence, bibliography, decide, registry
from gantheory.claims.comparisons.equal import as_expr
from gantheory.claims.comparisons.sampling import Sampler
from gantheory.claims.decision import comparisons
from gantheory.claims.report import row
from gantheory.derivation.algebra.symbols import u

PAGE = Path(__file__).parents[2] / "docs" / "claims.md"
CLAIMS = registry()
MILLIONTH = sp.Rational(1, 10**6)


@pytest.mark.parametrize("name", CLAIMS)
def test_verdict_and_its_line_in_the_docs(name):
    claim = CLAIMS[name]
    result = decide(claim)
    evidence = f"{result.verdict}: {result.counterexample or result.reason}"
    assert result.verdict == claim.expected, evidence
    assert result.method != "none" or result.verdict == "undecided"
    assert result.reason or result.counterexample, "a verdict comes with its evidence"
    if result.verdict != "holds":
        assert result.counterexample or result.verdict == "undecided"
        assert claim.correction, "a statement that fails on record says what would be right"
    line = row(claim, result, bibliography()[claim.paper].cite)
    assert line in PAGE.read_text(encoding="utf-8").splitlines(), (
        "docs/claims.md is not current: gantheory check --markdown > docs/claims.md"
    )


def test_the_page_has_no_other_claims_and_the_right_counts():
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert [re.match(r"\| `([^`]+)`", line).group(1) for line in lines] == [
        claim.id for key in bibliography() for claim in CLAIMS.values() if claim.paper == key
    ]
    assert len(CLAIMS) >= 120
    pure = sum(claim.about == "mathematics" for claim in CLAIMS.values())
    counted = (
        f"{len(CLAIMS)} claims, {len(CLAIMS) - pure} on objects of this package and {pure} statements of pure"
    )
    assert f"\n{counted} mathematics. " in PAGE.read_text(encoding="utf-8")


def _mutants(item):
    """Variants of a comparison with another sign, another constant, another exponent."""
    if isinstance(item, OnPmfs):
        if item.relation == "=":
            yield (
                "constant",
                dataclasses.replace(item, claimed=lambda P, Q: item.claimed(P, Q) * (1 + 1e-6) + 1e-9),
            )
        return
    if not isinstance(item, (Equal, SameDivergence)):
        return
    claimed = as_expr(item.claimed, as_expr(item.computed).free_symbols | {u})
    if claimed.is_infinite:
        return
    curved = (u - 1) ** 2 * MILLIONTH if isinstance(item, SameDivergence) else MILLIONTH
    yield "added", dataclasses.replace(item, claimed=claimed + curved)
    flat = isinstance(item, SameDivergence) and sp.simplify(sp.diff(claimed, u, 2)) == 0
    if claimed == 0 or flat:
        return
    yield "sign", dataclasses.replace(item, claimed=-claimed)
    yield "factor", dataclasses.replace(item, claimed=claimed * (1 + MILLIONTH))
    powers = [p for p in sp.preorder_traversal(claimed) if isinstance(p, sp.Pow) and p.base.has(u)]
    if powers and not isinstance(item, SameDivergence):
        changed = claimed.subs(powers[0], powers[0].base ** (powers[0].exp + MILLIONTH))
        yield "exponent", dataclasses.replace(item, claimed=changed)


HOLDING = [name for name, claim in CLAIMS.items() if claim.expected == "holds"]


def _first_of_each_paper_and_kind():
    """Each way to compare, with each paper's helpers; of the other claims, fast tests take the verdict."""
    first = {}
    for name in HOLDING:
        first.setdefault((CLAIMS[name].paper, CLAIMS[name].kind), name)
    return set(first.values())


FAST = _first_of_each_paper_and_kind()


@pytest.mark.slow_cases("jf-alpha", "eq-conv", "frozen-train")
@pytest.mark.parametrize(
    "name", [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in HOLDING]
)
def test_subtly_wrong_variants_are_caught(name):
    claim = CLAIMS[name]
    sampler = Sampler(1, claim.assumptions)
    if claim.pointwise:
        point = sampler.points(claim.parameters, 1)[0]
        arguments = [point[symbol] for symbol in claim.parameters]
    else:
        arguments = list(claim.parameters)
    missed, tried = [], 0
    for item in comparisons(claim.check(*arguments))[:4]:
        for what, mutant in _mutants(item):
            tried += 1
            if mutant.decide(sampler).holds is not False:
                missed.append((what, mutant))
    if not tried:
        pytest.skip("decided by a sign, a limit or an experiment; mutated in the test of its paper")
    assert not missed


@pytest.mark.slow
def test_at_least_twenty_claims_are_mutated():
    """The parametrized test above skips what it has no mutant for: this one counts the others."""
    constants = [claim for claim in (CLAIMS[name] for name in HOLDING) if not claim.parameters]
    mutated = [
        claim.id
        for claim in constants[:60]
        if any(True for item in comparisons(claim.check())[:2] for _ in _mutants(item))
    ]
    assert len(mutated) >= 20

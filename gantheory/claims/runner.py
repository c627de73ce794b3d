"""Many claims at once, in worker processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

from gantheory.claims.catalogue import load, registry
from gantheory.claims.decision import Result, decide
from gantheory.claims.definition import Claim
from gantheory.support.workers import workers

Listener = Callable[[Result], None]

SECONDS = 60.0
"""Processor time that one claim may take."""


def run(
    claims: Sequence[Claim] | None = None,
    *,
    at: Mapping[str, Any] | None = None,
    seed: int = 0,
    jobs: int = 1,
    seconds: float = SECONDS,
    files: Sequence[Path] = (),
    listener: Listener | None = None,
) -> list[Result]:
    """Decide claims, in order; by default all of the registry.

    Args:
        at: values of parameters by name, for every claim given.
        seed: of the random points.
        jobs: worker processes; with 1 all runs in this one. Workers import their claims, so with more than
            one a claim must come from the registry or from `files`.
        seconds: of processor time for each claim, as for `decide`.
        files: the users' files that claims come from.
        listener: called with each result as it comes.

    Raises:
        ValueError: `at` names no parameter of a claim, or jobs < 1.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs}")
    chosen = list(registry().values() if claims is None else claims)
    told = listener or (lambda result: None)
    if jobs == 1 or len(chosen) < 2:
        results = []
        for claim in chosen:
            results.append(decide(claim, at, seed, seconds))
            told(results[-1])
        return results
    by_id: dict[str, Result] = {}
    with workers(jobs, _prepare, tuple(files)) as pool:
        futures = [pool.submit(_by_id, claim.id, at, seed, seconds, tuple(files)) for claim in chosen]
        for future in as_completed(futures):
            result = future.result()
            by_id[result.id] = result
            told(result)
    return [by_id[claim.id] for claim in chosen]


def _prepare(files: tuple[Path, ...]) -> None:
    registry()
    for path in files:
        load(path)


def _by_id(
    name: str, at: Mapping[str, Any] | None, seed: int, seconds: float, files: tuple[Path, ...]
) -> Result:
    known = dict(registry())
    for path in files:
        known |= {claim.id: claim for claim in load(path).claims}
    return decide(known[name], at, seed, seconds)

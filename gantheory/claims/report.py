"""Verdicts as pages: the table of all claims, and the report on errata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gantheory.claims.catalogue import bibliography, registry
from gantheory.claims.comparisons.finding import METHODS
from gantheory.claims.decision import Result
from gantheory.claims.definition import Claim

_PREFACE = """\
Published and derived statements, each with the verdict that this package computes. The page is generated
from the registry by `gantheory check --markdown`; a test keeps it current. How a verdict is reached, from
the strongest method to the weakest: *symbolic* (exact algebra with a certificate that a short program
checks without this package, see [certificates](certificates.md)), *computer algebra* (sympy shows that the
residual vanishes identically, or a sign), *ball arithmetic* (on the whole domain), *high precision* (50
digits at random points that satisfy the assumptions), *training* (a deterministic optimization), *Monte
Carlo* (a confidence interval).

A statement that fails or is undecided on record is one that is wrong or ambiguous as published; its line
says what would be right. [Claims of your own](claims-of-your-own.md) shows how to add one."""

VERDICTS = ("holds", "fails", "undecided", "errored")


def is_erratum(claim: Claim) -> bool:
    """Whether a published statement is wrong, ambiguous or not sharp: its correction says what is right."""
    return claim.kind == "erratum" or claim.expected != "holds" or bool(claim.correction)


def counts(results: Sequence[Result]) -> dict[str, dict[str, int]]:
    """Number of claims by verdict and method; rows without any are left out."""
    table: dict[str, dict[str, int]] = {}
    for verdict in VERDICTS:
        found = Counter(r.method for r in results if r.verdict == verdict)
        if found:
            table[verdict] = {method: found[method] for method in METHODS if found[method]}
    return table


def summary(results: Sequence[Result]) -> str:
    """One line: how many hold, fail, are undecided, and by which methods."""
    parts = [
        f"{sum(methods.values())} {_verb(verdict, sum(methods.values()))} "
        f"({', '.join(f'{n} {method}' for method, n in methods.items())})"
        for verdict, methods in counts(results).items()
    ]
    unexpected = sum(not r.as_expected for r in results)
    return f"{_total(results)}: {'; '.join(parts)}; {unexpected} not as on record"


def _total(results: Sequence[Result]) -> str:
    """How many claims, those that a slip in the package could not change counted apart."""
    n, pure = len(results), sum(r.about == "mathematics" for r in results)
    total = f"{n} claim{'s' * (n != 1)}"
    if not pure:
        return total
    noun = f"statement{'s' * (pure != 1)} of pure mathematics"
    return f"{total}, {n - pure} on objects of this package and {pure} {noun}"


def markdown(results: Sequence[Result]) -> str:
    """docs/claims.md: every claim of the registry with the verdict and the method of `results`."""
    by_id = {result.id: result for result in results}
    lines = [
        "# Claims",
        "",
        _PREFACE,
        "",
        f"{_total(results)}. No slip in this package could change the verdicts of the latter, "
        "whose kind says",
        "*mathematics*. The others are computed from its objectives, kernels, bounds and flows: tests break",
        "those, and see verdicts change.",
        "",
        "| verdict | " + " | ".join(METHODS) + " | all |",
        "| --- |" + " ---: |" * (len(METHODS) + 1),
    ]
    for verdict, methods in counts(results).items():
        numbers = [str(methods.get(method, 0) or "") for method in METHODS]
        lines.append(f"| {verdict} | " + " | ".join(numbers) + f" | {sum(methods.values())} |")
    for key, paper in bibliography().items():
        claims = [claim for claim in registry().values() if claim.paper == key]
        if not claims:
            continue
        link = f" ([arXiv:{paper.arxiv}](https://arxiv.org/abs/{paper.arxiv}))" if paper.arxiv else ""
        lines += ["", f"## {paper.cite}{link}", "", "| id | statement | where | kind | verdict | method |"]
        lines.append("| --- | --- | --- | --- | --- | --- |")
        lines += [row(claim, by_id[claim.id], paper.cite) for claim in claims]
    return "\n".join(lines) + "\n"


def errata(results: Sequence[Result]) -> str:
    """What is wrong or ambiguous in the published statements, with the computed evidence."""
    known = registry()
    lines: list[str] = []
    for result in results:
        if result.id in known and not is_erratum(known[result.id]):
            continue
        lines += ["", f"{result.id}: {result.verdict} ({result.method})", f"  published   {result.statement}"]
        lines.append(f"  source      {result.source}")
        if result.computed or result.claimed:
            lines.append(f"  computed    {result.computed or '-'}")
            lines.append(f"  claimed     {result.claimed or '-'}")
        evidence = result.counterexample or result.reason
        if evidence:
            lines.append(f"  evidence    {evidence}")
        if result.correction:
            lines.append(f"  would hold  {result.correction}")
    return "\n".join(lines[1:])


def row(claim: Claim, result: Result, cite: str) -> str:
    """A line of `markdown`."""
    statement = claim.statement.replace("|", r"\|")
    if claim.latex:
        # A bar would end the table's cell, inside mathematics too.
        formula = claim.latex.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
        statement += f"<br>${formula}$"
    if claim.correction:
        statement += "<br>Would hold: " + claim.correction.replace("|", r"\|")
    where = claim.source.removeprefix(f"{cite}: ").replace("|", r"\|")
    kind = claim.kind + (", mathematics" if claim.about == "mathematics" else "")
    cells = (f"`{claim.id}`", statement, where, kind, result.verdict, result.method)
    return "| " + " | ".join(cells) + " |"


def _verb(verdict: str, n: int) -> str:
    singular = {"holds": "hold", "fails": "fail", "undecided": "undecided", "errored": "errored"}
    return verdict if n == 1 else singular[verdict]

"""``gantheory check``: published closed forms, machine-checked."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gantheory.arguments.checks import choice
from gantheory.cli.options import Jobs, default_jobs
from gantheory.cli.output import picture_provenance, print_json, writable
from gantheory.errors import did_you_mean, nearest
from gantheory.support.lines import with_inf, wrapped
from gantheory.support.progress import terminal_bar

if TYPE_CHECKING:
    from gantheory.claims.decision import Result
    from gantheory.claims.definition import Claim
    from gantheory.claims.runner import Listener

EXAMPLES = (
    "gantheory check",
    "gantheory check gan-jsd fS-form --json",
    "gantheory check fS-form --at alpha_D=1/2 --at alpha_G=3",
    "gantheory check --paper goodfellow-2014",
    "gantheory check --errata",
    "gantheory check --regions --out out/regions",
    "gantheory check --certificates out/certificates.json",
)

_MANY = 8
"""Claims from which on they take longer than the start of a worker."""

_COLORS = {"holds": "green", "fails": "red", "undecided": "yellow", "errored": "red"}


def run(
    claims: Annotated[
        list[str] | None,
        typer.Argument(help="claim ids, or Python files with claims of your own; all if none"),
    ] = None,
    paper: Annotated[
        list[str] | None, typer.Option(help="only claims of this paper, such as goodfellow-2014")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="only equality, inequality, iff, limit, region or erratum")
    ] = None,
    at: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="check at this value of a parameter")
    ] = None,
    errata: Annotated[
        bool, typer.Option("--errata", help="report what is wrong or ambiguous as published")
    ] = False,
    regions: Annotated[
        bool,
        typer.Option("--regions", help="write the certified region map over (alpha_D, alpha_G), CSV and PNG"),
    ] = False,
    out: Annotated[Path, typer.Option(help="folder of --regions")] = Path("out/regions"),
    certificates: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="write the proofs of these claims, of built-in objectives and regions as JSON",
        ),
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="print the claims without checking them")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the verdicts as a JSON list")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="print docs/claims.md, generated anew")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="shifts every random point")] = 0,
    jobs: Jobs = None,
) -> int:
    """Check published and derived statements; each holds, fails (with a counterexample) or is undecided.

    Each verdict is computed, by the strongest method that applies: proof with a certificate, computer
    algebra, ball arithmetic, 50 digits at random points, training, or Monte Carlo. Exit status 0 if every
    verdict is the one on record, 1 if not, 3 if --at lies outside the assumptions of some and the others'
    are: of those nothing was checked.
    """
    if regions:
        if claims or paper or kind or errata or at or markdown:
            raise ValueError("--regions goes with --out and --json only")
        return _regions(out, as_json)
    if markdown and (claims or paper or kind or errata or at or as_json):
        raise ValueError("--markdown prints the page of all claims and goes with --seed and --jobs only")
    chosen, files, broken = _chosen(claims or [], paper or [], kind or [], errata)
    values = _values(at or [])
    for name in values:
        if not any(name == symbol.name for claim in chosen for symbol in claim.parameters):
            raise ValueError(_unknown_parameter(name, chosen))
    if values:
        chosen = [c for c in chosen if set(values) <= {symbol.name for symbol in c.parameters}]
        if not chosen:
            raise ValueError(f"--at: no claim has all of the parameters {', '.join(values)}")
    if listing:
        return _list(chosen, as_json)

    from gantheory.claims.runner import run as run_claims

    if certificates is not None:
        writable("--certificates", certificates, certificates.parent)
    start = time.perf_counter()
    with _progress(len(chosen)) as listener:
        results = run_claims(
            chosen,
            at=values,
            seed=seed,
            jobs=jobs or (default_jobs() if len(chosen) >= _MANY else 1),
            files=files,
            listener=listener,
        )
    results += broken
    if certificates is not None:
        from gantheory.cli.verbs.certificates import standard, write

        proofs = [data for result in results for data in result.certificates]
        count = write([*proofs, *standard()], certificates)
        print(f"{count} certificates in {certificates}", file=sys.stderr)
    if markdown:
        from gantheory.claims.report import markdown as page

        print(page(results), end="")
    elif as_json:
        expected = [None if result.outside else result.as_expected for result in results]
        print_json([{**r.to_dict(), "as_expected": x} for r, x in zip(results, expected, strict=True)])
    else:
        _print(results, errata, time.perf_counter() - start)
    if not all(result.as_expected for result in results):
        return 1
    return 3 if any(result.outside for result in results) else 0


def _chosen(
    names: list[str], paper_keys: list[str], kinds: list[str], errata: bool
) -> tuple[list[Claim], list[Path], list[Result]]:
    """The claims asked for, the users' files, and an errored result for each file that raised."""
    from gantheory.claims.catalogue import bibliography, named, registry
    from gantheory.claims.definition import KINDS
    from gantheory.claims.report import is_erratum

    for key in paper_keys:
        if key not in bibliography():
            raise ValueError(f"unknown paper {key!r}{nearest(key, bibliography())}; --list names them all")
    for name in kinds:
        choice(name, "--kind", KINDS)
    paths = [Path(name).resolve() for name in names if name.endswith(".py") or os.sep in name]
    ids = [name for name in names if not (name.endswith(".py") or os.sep in name)]
    chosen = named(ids) if names else list(registry().values())
    files, broken = [], []
    for path in paths:
        found, result = _of_file(path)
        chosen += found
        broken += result
        files.append(path)
    chosen = list(dict.fromkeys(chosen))
    if paper_keys:
        chosen = [claim for claim in chosen if claim.paper in paper_keys]
    if kinds:
        chosen = [claim for claim in chosen if claim.kind in kinds]
    if errata:
        chosen = [claim for claim in chosen if is_erratum(claim)]
    if not chosen and not broken:
        raise ValueError("no claim is left by these filters; --list prints them all")
    return chosen, files, broken


def _of_file(path: Path) -> tuple[list[Claim], list[Result]]:
    from gantheory.claims.catalogue import load
    from gantheory.claims.decision import Result

    found = load(path)
    if not found.error:
        return list(found.claims), []
    broken = Result(
        id=path.name,
        paper="user",
        source=path.name,
        kind="file",
        statement=f"{path.name} runs",
        verdict="errored",
        expected="holds",
        method="none",
        seconds=0.0,
        reason=f"the file raised: {found.error}",
    )
    return list(found.claims), [broken]


def _values(pairs: list[str]) -> dict[str, Any]:
    from gantheory.objectives.parsing import parse_expression

    values: dict[str, Any] = {}
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator or not name or not text:
            raise ValueError(f"--at must be NAME=VALUE, got {pair!r}")
        if name.strip() in values:
            raise ValueError(f"--at gives {name.strip()} twice: {values[name.strip()]} and {text}")
        values[name.strip()] = float(text) if text.strip() == "inf" else parse_expression(text, {}, name)
    return values


def _unknown_parameter(name: str, chosen: Sequence[Claim]) -> str:
    known = sorted({symbol.name for claim in chosen for symbol in claim.parameters})
    listed = f"; there are {', '.join(known)}" if known else "; these claims have none"
    return f"--at: unknown parameter {name!r}{did_you_mean(name, known)}{listed}"


def _list(chosen: Sequence[Claim], as_json: bool) -> int:
    if as_json:
        names = ("id", "paper", "source", "kind", "about", "expected", "statement", "latex")
        rows = [{name: getattr(claim, name) for name in names} for claim in chosen]
        print_json([{**row, "assumptions": claim.domain()} for row, claim in zip(rows, chosen, strict=True)])
        return 0
    width = max(len(claim.id) for claim in chosen)
    for key in dict.fromkeys(claim.paper for claim in chosen):
        print(f"{key}:")
        for claim in chosen:
            if claim.paper == key:
                note = "" if claim.expected == "holds" else f"  (on record: {claim.expected})"
                print(wrapped(f"  {claim.id:{width}}  {claim.statement}{note}"))
    return 0


def _print(results: Sequence[Result], errata: bool, seconds: float) -> None:
    from gantheory.claims import report

    if errata:
        print(wrapped(report.errata(results)))
    else:
        width = max(len(result.id) for result in results)
        for result in results:
            # The record is what a reader compares with: a refuted misprint is no failure of this run.
            mark = "" if result.as_expected else f"   <-- {result.expected} on record"
            pure = "mathematics: " if result.about == "mathematics" else ""
            row = (
                f"{result.verdict:9}  {result.id:{width}}  {result.method:16}  {pure}{result.statement}{mark}"
            )
            print(wrapped(with_inf(row)))
            if not result.as_expected or len(results) <= 5:
                for label, text in (
                    ("computed", result.computed),
                    ("claimed", result.claimed),
                    ("at", result.counterexample),
                    ("reason", result.reason),
                ):
                    if text:
                        print(wrapped(with_inf(f"{'':11}{label:8}  {text}")))
    print(wrapped(f"\n{report.summary(results)}; {seconds:.1f} s"))


def _regions(folder: Path, as_json: bool) -> int:
    from gantheory.plotting.theory.regions import write_regions

    about = {**picture_provenance(), "P": "every one", "Q": "every one"}
    writable("--out", folder, folder)
    with _progress(1, "certifying the region map"):
        paths = write_regions(folder, about=about)
    if as_json:
        print_json({}, paths)
    else:
        print(*paths, sep="\n")
    return 0


@contextmanager
def _progress(total: int, label: str = "checking") -> Iterator[Listener | None]:
    """A bar on a terminal; nothing elsewhere."""
    with terminal_bar(total, label, left=False) as bar:
        if bar is None:
            yield None
            return

        def listen(result: Result) -> None:
            bar.update(advance=1, description=f"{label}: {result.id}")
            if not result.as_expected:
                color = _COLORS[result.verdict]
                bar.say(f"[{color}]{result.verdict}[/]  {result.id} ({result.expected} on record)")

        yield listen

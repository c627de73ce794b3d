"""``gantheory divergence``: the value of an objective's divergence between two distributions."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated, Any

import typer

from gantheory.cli.options import Json, Objective
from gantheory.cli.output import print_json
from gantheory.support.lines import wrapped

EXAMPLES = (
    "gantheory divergence vanilla --p 0.5,0.5 --q 0.9,0.1",
    'gantheory divergence "alpha_gan(0.5, 1.2)" --p "norm(0,1)" --q "norm(1,2)" --kind flow',
    "gantheory divergence vanilla --p 1/2,1/2 --q 1/4,3/4 --dps 30 --json",
    'gantheory divergence "lsgan(0, 1, 1)" --p "norm(0,1)" --q "norm(1,2)" --certified',
    'gantheory divergence vanilla --p "poisson(3)" --q "binom(10, 0.3)"',
    "gantheory divergence vanilla --samples-p real.csv --samples-q generated.npy",
)


class Kind(StrEnum):
    """The three divergences of an objective."""

    EQUILIBRIUM = "equilibrium"
    FLOW = "flow"
    DISCRIMINATOR = "discriminator"


def run(
    objective: Objective,
    p: Annotated[str, typer.Option(metavar="P", help="real: a pmf 0.5,0.5 or norm(0, 1)")] = "",
    q: Annotated[str, typer.Option(metavar="Q", help="generated, written the same way")] = "",
    kind: Annotated[Kind, typer.Option(help="which divergence")] = Kind.EQUILIBRIUM,
    dps: Annotated[int | None, typer.Option(metavar="N", min=1, help="compute N decimal digits")] = None,
    certified: Annotated[
        bool, typer.Option("--certified", help="prove the digits: an interval that contains the value")
    ] = False,
    seconds: Annotated[
        float, typer.Option(metavar="X", help="give up after this much processor time")
    ] = 60.0,
    samples_p: Annotated[
        str, typer.Option(metavar="FILE", help="real samples, .npy or .csv, a row a sample")
    ] = "",
    samples_q: Annotated[
        str, typer.Option(metavar="FILE", help="generated samples, in place of --p and --q")
    ] = "",
    method: Annotated[str, typer.Option(help="of samples: auto, classifier, knn or kde")] = "auto",
    confidence: Annotated[float, typer.Option(help="of the interval of samples")] = 0.95,
    seed: Annotated[int, typer.Option(help="of folds and features for samples")] = 0,
    as_json: Json = False,
) -> None:
    """Value of the divergence that OBJECTIVE induces between P (real) and Q (generated), in nats.

    equilibrium: D_f, what the generator's objective equals at the optimal discriminator. flow: D_h, the
    divergence that a generator step with the discriminator held fixed descends. discriminator: D_{f_D}, the
    supremum of the discriminator's own value. The value comes with an absolute error estimate, or with
    --certified with proved bounds. From samples alone it is an estimate with a confidence interval.
    """
    if samples_p or samples_q:
        if p or q or dps is not None or certified:
            raise ValueError("--samples-p and --samples-q stand in place of --p, --q, --dps and --certified")
        if not (samples_p and samples_q):
            raise ValueError("--samples-p and --samples-q must be given together")
        _from_samples(objective, kind, samples_p, samples_q, method, confidence, seed, as_json)
        return
    if not (p and q):
        raise ValueError("give --p and --q, or --samples-p and --samples-q")
    from gantheory.cli.distributions import parse_distribution

    real, generated = parse_distribution(p, "--p"), parse_distribution(q, "--q")

    from gantheory.derivation.theory import derive
    from gantheory.objectives import from_spec

    theory = derive(from_spec(objective))
    options: dict[str, Any] = {"seconds": seconds} | ({} if dps is None else {"dps": dps})
    if certified:
        options["certified"] = True
    result = theory.divergence(real, generated, kind=kind.value, **options)
    interval: dict[str, str] = {}
    bounds: dict[str, float] = {}
    if certified:
        from gantheory.divergences.certified import CertifiedResult

        assert isinstance(result, CertifiedResult)
        interval = dict(zip(("low", "high"), result.decimals((dps or 15) + 3), strict=True))
        # Doubles outside the proved digits, so that the numbers are bounds too.
        bounds = {
            name: math.nextafter(float(text), -math.inf if name == "low" else math.inf)
            for name, text in interval.items()
        }
    if as_json:
        print_json(
            {
                "objective": objective,
                "kind": kind.value,
                "p": p,
                "q": q,
                "value": float(result.value),
                **({} if dps is None else {"digits": _digits(result.value, dps)}),
                "error": float(result.error),
                "method": result.method,
                **bounds,
                **{f"{name}_digits": text for name, text in interval.items()},
            }
        )
        return
    print(wrapped(f"{kind.value} divergence of {objective}"))
    print(f"  value   {_digits(result.value, dps)}")
    print(f"  error   {float(result.error):.1e}")
    for name, text in interval.items():
        print(wrapped(f"  {name:6}  {text}"))
    print(wrapped(f"  method  {result.method}"))


def _from_samples(
    objective: str, kind: Kind, x: str, y: str, method: str, confidence: float, seed: int, as_json: bool
) -> None:
    from gantheory.cli.verbs.sample_files import read_both

    real, generated = read_both(x, y)

    from gantheory.derivation.theory import derive
    from gantheory.objectives import from_spec

    result = derive(from_spec(objective)).divergence_of_samples(
        real,
        generated,
        kind.value,
        method=method,  # type: ignore[arg-type]
        confidence=confidence,
        seed=seed,
    )
    assert result.interval is not None
    low, high = result.interval
    if as_json:
        print_json(
            {
                "objective": objective,
                "kind": kind.value,
                "samples_p": x,
                "samples_q": y,
                "value": result.value,
                "error": result.error,
                "low": low,
                "high": high,
                "confidence": confidence,
                "standard_error": result.standard_error,
                "log_loss": result.log_loss,
                "method": result.method,
                "notes": list(result.notes),
            }
        )
        return
    print(wrapped(f"{kind.value} divergence of {objective}, from samples"))
    print(f"  value     {result.value:.6g}")
    print(f"  interval  {low:.6g} to {high:.6g} ({100 * confidence:g} %)")
    print(f"  log loss  {result.log_loss:.3g} (0.693: not told apart; 0: no overlap)")
    print(wrapped(f"  method    {result.method}"))
    for note in result.notes:
        print(wrapped(f"  note      {note}"))


def _digits(value: Any, dps: int | None) -> str:
    """Every digit of a double, or ``dps`` digits of an mpmath number."""
    if dps is None:
        return repr(float(value))
    from gantheory.support.multiprecision import nstr

    return nstr(value, dps)

"""``gantheory stability``: how the joint game moves near P_g = P_r, mode by mode, and what damps it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gantheory.cli.options import Json
from gantheory.cli.output import print_json
from gantheory.cli.words import numbers
from gantheory.support.lines import wrapped

if TYPE_CHECKING:
    from gantheory.stability import DiracGan, LocalSpectrum

EXAMPLES = (
    "gantheory stability vanilla",
    'gantheory stability "alpha_gan(0.5, 1.2)" --p "norm(0, 2)" --r1 0.1 --json',
    'gantheory stability wgan --p "mixture([norm(-2, 1), norm(2, 1)], [0.5, 0.5])" --r1 1',
    'gantheory stability "lsgan(0, 1, 1)" --eigenvalues 1,4,9 --rate-ratio 4 --d-steps 2',
    "gantheory stability vanilla --samples real.csv --count 4 --dirac",
    "gantheory stability --map --out out/stability",
)


def run(
    objective: Annotated[
        str | None, typer.Argument(metavar="OBJECTIVE", help='vanilla, "lsgan(0, 1, 1)" ...; none for --map')
    ] = None,
    p: Annotated[str | None, typer.Option(metavar="P", help='the data; else "norm(0, 1)"')] = None,
    samples: Annotated[
        str | None, typer.Option(metavar="FILE", help="the data: .npy or .csv, a row a sample")
    ] = None,
    eigenvalues: Annotated[list[str] | None, typer.Option(metavar="X,X...", help="lambda itself")] = None,
    count: Annotated[int, typer.Option(min=1, help="eigenvalues of the data")] = 6,
    r1: Annotated[float, typer.Option(metavar="GAMMA", help="of gamma/2 E_r |grad v|^2")] = 0.0,
    r2: Annotated[float, typer.Option(metavar="GAMMA", help="of gamma/2 E_g |grad v|^2")] = 0.0,
    penalty: Annotated[str | None, typer.Option(metavar="P(g)", help='such as "10*max(0, g - 1)**2"')] = None,
    weight_decay: Annotated[float, typer.Option(help="of the discriminator")] = 0.0,
    noise: Annotated[float, typer.Option(help="standard deviation of instance noise")] = 0.0,
    rate_ratio: Annotated[float, typer.Option(help="D's rate over G's")] = 1.0,
    d_steps: Annotated[int, typer.Option(help="D's steps for each of G's")] = 1,
    momentum: Annotated[float, typer.Option(help="beta of both in their steps")] = 0.0,
    score: Annotated[float | None, typer.Option(help="v*(1) where it is not unique")] = None,
    dirac: Annotated[bool, typer.Option("--dirac", help="also the Dirac-GAN with these remedies")] = False,
    alpha_map: Annotated[bool, typer.Option("--map", help="lambda_c over (alpha_D, alpha_G)")] = False,
    out: Annotated[Path, typer.Option(help="of --map: folder, or one file .png ... .json")] = Path(
        "out/stability"
    ),
    as_json: Json = False,
) -> None:
    """The local spectrum of the joint game at P_g = P_r.

    For each eigenvalue lambda of the data's weighted Laplacian -div(p grad .)/p, discriminator and generator
    are one mode: mu^2 + kappa mu + b s lambda = 0. Printed are kappa, b and s of the objective, the threshold
    lambda_c above which modes swing, and for each mode frequency, damping, verdict (damped, oscillating,
    undamped, unstable), what damps it critically (gamma of R1 or R2; D's rate over G's), and the largest
    step with which it settles.
    """
    if alpha_map:
        _map(objective, out, as_json)
        return
    if objective is None:
        raise ValueError("OBJECTIVE is missing: gantheory stability vanilla, or --map")
    given = [name for name, x in (("--p", p), ("--samples", samples), ("--eigenvalues", eigenvalues)) if x]
    if len(given) > 1:
        raise ValueError(f"give one of --p, --samples and --eigenvalues, got {' and '.join(given)}")

    import numpy as np

    from gantheory import stability
    from gantheory.objectives import from_spec

    obj = from_spec(objective)
    remedies: dict[str, Any] = {"r1": r1, "r2": r2, "penalty": penalty, "weight_decay": weight_decay}
    remedies["rate_ratio"] = rate_ratio
    stability.local_spectrum(obj, noise=noise, score=score, **remedies)  # refused before any work
    exact = False
    if eigenvalues:
        values = np.array(numbers(eigenvalues, "--eigenvalues"))
    elif samples:
        from gantheory.cli.verbs.sample_files import read_samples

        values = stability.eigenvalues(np.asarray(read_samples(samples, "--samples")), count)
    else:
        from gantheory.cli.distributions import parse_distribution

        law = parse_distribution(p or "norm(0, 1)", "--p")
        if isinstance(law, list):
            raise ValueError(f"--p must have a density, such as norm(0, 1), got the pmf {p}")
        exact = noise > 0 and r1 == r2 == 0 and penalty is None
        values = stability.eigenvalues(law, count, noise=noise if exact else 0.0)
    spectrum = stability.local_spectrum(obj, values, noise=0 if exact else noise, score=score, **remedies)
    steps: dict[str, Any] = {
        scheme: stability.largest_step(spectrum, scheme, d_steps, momentum)
        for scheme in stability.SCHEMES
        if d_steps == 1 or scheme == "alternating"
    }
    single = stability.dirac_gan(obj, noise=noise, **remedies) if dirac else None
    data = "samples" if samples else "eigenvalues" if eigenvalues else (p or "norm(0, 1)")
    if as_json:
        print_json({"objective": objective, "data": data, **_as_dict(spectrum, steps, single)})
        return
    _print(objective, data, spectrum, steps, single)


def _map(objective: str | None, out: Path, as_json: bool) -> None:
    from gantheory.cli import pictures

    if objective is not None:
        raise ValueError(f"--map maps all (alpha_D, alpha_G) and takes no OBJECTIVE, got {objective}")
    files = pictures.targets(out, "thresholds")

    from gantheory.plotting import threshold_map
    from gantheory.stability import alpha_threshold, alpha_thresholds

    table = alpha_thresholds()
    pictures.write(files, table, lambda: threshold_map(table))
    if as_json:
        print_json({"formula": str(alpha_threshold()), "table": pictures.columns(table)}, files)
        return
    print(wrapped(f"lambda_c = {alpha_threshold()}"))
    print(*files, sep="\n")


def _as_dict(spectrum: LocalSpectrum, steps: dict[str, Any], single: DiracGan | None) -> dict[str, Any]:
    names = ("kappa", "b", "s", "threshold", "critical_r1_for_all")
    symbols = {name: getattr(spectrum, name) for name in names} | {"score": spectrum.game.score}
    found: dict[str, Any] = {name: None if x is None else float(x) for name, x in symbols.items()}
    found |= {f"{name}_exact": str(x) for name, x in symbols.items() if x is not None}
    found["stable"] = spectrum.stable
    found["modes"] = [
        {
            "lambda": spectrum.eigenvalues[k],
            "roots": [[root.real, root.imag] for root in spectrum.roots[k]],
            "frequency": spectrum.frequency[k],
            "damping": spectrum.damping[k],
            "verdict": str(spectrum.verdict[k]),
            "critical_r1": spectrum.critical_r1[k],
            "critical_rate_ratio": spectrum.critical_rate_ratio[k],
            **{f"largest_step_{scheme}": values[k] for scheme, values in steps.items()},
        }
        for k in range(spectrum.eigenvalues.size)
    ]
    found |= {f"largest_step_{scheme}": _least(spectrum, values) for scheme, values in steps.items()}
    if single is not None:
        roots = single.eigenvalues
        found["dirac"] = {
            "verdict": single.verdict,
            "reason": single.reason,
            "eigenvalues": None if roots is None else [str(root) for root in roots],
        }
    return found


def _print(
    objective: str, data: str, spectrum: LocalSpectrum, steps: dict[str, Any], single: DiracGan | None
) -> None:
    print(wrapped(f"local spectrum of {objective} at P_g = P_r, data {data}"))
    for name, x in (("kappa", spectrum.kappa), ("b", spectrum.b), ("s", spectrum.s)):
        print(wrapped(f"  {name:9}  {_exact(x)}"))
    threshold = spectrum.threshold
    print(wrapped(f"  lambda_c   {'by mode only' if threshold is None else _exact(threshold)}"))
    if spectrum.critical_r1_for_all is not None:
        gamma = spectrum.critical_r1_for_all
        said = "no finite one" if gamma.is_infinite else f"{_exact(gamma)} or more"
        print(wrapped(f"  gamma      {said} keeps every mode from swinging"))
    print()
    head = ("lambda", "frequency", "damping", "verdict", "gamma", "rate", *(f"{s[:3]}. step" for s in steps))
    print(" ".join(f"{name:>11}" if name == "verdict" else f"{name:>9}" for name in head))
    for k, value in enumerate(spectrum.eigenvalues):
        cells = [value, spectrum.frequency[k], spectrum.damping[k], str(spectrum.verdict[k])]
        cells += [spectrum.critical_r1[k], spectrum.critical_rate_ratio[k], *(x[k] for x in steps.values())]
        print(" ".join(f"{x:>11}" if isinstance(x, str) else f"{_cell(x):>9}" for x in cells))
    print()
    for scheme, values in steps.items():
        least = _least(spectrum, values)
        said = f"up to {least:.4g}" if least > 0 else "no step makes all modes settle"
        print(wrapped(f"{scheme} steps of G: {said}"))
    if single is not None:
        print(wrapped(f"Dirac-GAN: {single.verdict} ({single.reason})"))
        if single.eigenvalues is not None:
            print(wrapped(f"  eigenvalues  {', '.join(map(str, single.eigenvalues))}"))


def _least(spectrum: LocalSpectrum, steps: Any) -> float:
    """The step that all modes bear which move at all."""
    return float(steps[~spectrum.idle].min(initial=math.inf))


def _exact(x: Any) -> str:
    from gantheory.support.multiprecision import mp

    if len(str(x)) >= 50:
        return str(mp.nstr(mp.mpf(str(x.evalf(15))), 6))  # beyond the range of a double too
    return str(x) if x.is_Rational or x.is_infinite else f"{float(x):.6g} = {x}"


def _cell(x: float) -> str:
    return "-" if math.isnan(x) else f"{x:.4g}"

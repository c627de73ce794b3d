"""``gantheory landscape``: how much gradient reaches the generator, as pictures and numbers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from gantheory.cli import pictures
from gantheory.cli.options import Json
from gantheory.cli.output import print_json
from gantheory.cli.words import numbers
from gantheory.support.lines import wrapped

EXAMPLES = (
    'gantheory landscape saturation vanilla "vanilla(saturating=False)" "lsgan(0, 1, 1)"',
    "gantheory landscape alpha --at 0.01 --out out/alpha",
    'gantheory landscape density vanilla --p "norm(-2, 1)" --q "norm(2, 1)" --out density.pdf',
    'gantheory landscape ring "vanilla(saturating=False)" --shift 0.6,0.3 --points 61',
    "gantheory landscape parameter vanilla --parameter shift --points 9 --json",
    'gantheory landscape ntk "lsgan(0, 1, 1)" --kernel relu --kernel rbf --times 1',
)


class Kind(StrEnum):
    """What the gradient is shown over."""

    SATURATION = "saturation"
    ALPHA = "alpha"
    DENSITY = "density"
    RING = "ring"
    PARAMETER = "parameter"
    NTK = "ntk"


# Option -> the kinds that read it; given with another kind it is an error and not ignored.
_GOES_WITH = {
    "--over": ("saturation", "alpha", "ntk"),
    "--range": ("saturation", "density", "parameter", "ntk"),
    "--scale": ("saturation",),
    "--at": ("alpha",),
    "--alpha-d": ("alpha", "ntk"),
    "--alpha-g": ("alpha", "ntk"),
    "--p": ("density", "parameter"),
    "--q": ("density", "parameter"),
    "--other": ("parameter",),
    "--parameter": ("parameter",),
    "--std": ("ring",),
    "--shift": ("ring",),
    "--spread": ("ring",),
    "--kernel": ("ntk",),
    "--times": ("ntk",),
}
_POINTS = {"saturation": 401, "alpha": 101, "density": 601, "ring": 121, "parameter": 41, "ntk": 200}


def run(
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help=", ".join(Kind))],
    objectives: Annotated[
        list[str] | None,
        typer.Argument(metavar="OBJECTIVE...", help='such as vanilla or "lsgan(0, 1, 1)"; none for alpha'),
    ] = None,
    out: Annotated[Path, typer.Option(help="folder, or one file .png .pdf .svg .csv .json")] = Path(
        "out/landscape"
    ),
    over: Annotated[
        str | None, typer.Option(help="saturation, alpha: D, score, log_u; ntk: x, shift")
    ] = None,
    interval: Annotated[
        str | None, typer.Option("--range", metavar="LOW,HIGH", help="of the horizontal axis")
    ] = None,
    scale: Annotated[str | None, typer.Option(help="saturation over D: logit, log or linear")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="D", help="alpha: this D, or LOW,HIGH for an axis")
    ] = None,
    alpha_d: Annotated[str | None, typer.Option(metavar="A", help="alpha: one value, or LOW,HIGH")] = None,
    alpha_g: Annotated[str | None, typer.Option(metavar="A", help="alpha: one value, or LOW,HIGH")] = None,
    p: Annotated[str | None, typer.Option(help='real data, such as "norm(0, 1)"')] = None,
    q: Annotated[str | None, typer.Option(help="generated data, at parameter 0 or 1")] = None,
    other: Annotated[str | None, typer.Option(help="what a weight mixes into the generated data")] = None,
    parameter: Annotated[
        str | None, typer.Option(help="shift, scale or weight of the generated data")
    ] = None,
    std: Annotated[float | None, typer.Option(help="ring: of each mode; 0.15")] = None,
    shift: Annotated[
        str | None, typer.Option(metavar="X,Y", help="ring: where the generator is; 0.6,0.3")
    ] = None,
    spread: Annotated[
        float | None, typer.Option(help="ring: standard deviation of the generator; 0.4")
    ] = None,
    kernel: Annotated[
        list[str] | None, typer.Option(help="ntk: relu, relu_no_bias, erf or rbf; again for more")
    ] = None,
    times: Annotated[
        list[str] | None, typer.Option(metavar="T,T...", help="ntk: of the discriminator's training")
    ] = None,
    points: Annotated[int | None, typer.Option(min=3, help="per axis")] = None,
    usetex: Annotated[bool, typer.Option("--usetex", help="typeset with LaTeX, which must exist")] = False,
    as_json: Json = False,
) -> None:
    """Gradient-saturation landscapes: how much of D's gradient reaches the generator, and where.

    saturation: |s(D)|, what the objective leaves of the gradient, with its ends: vanishes, constant or
    explodes. alpha: |s| over (alpha_D, alpha_G). density: D* and the gradient along x for P (real) and Q
    (generated). ring: the field on the ring of Gaussians. parameter: D_f, D_h and the generator's value
    against a shift, scale or weight, flat where gradients vanish and steep where they explode. ntk: the
    gradient of an infinitely wide discriminator in training, by kernel and time; without OBJECTIVE over
    (alpha_D, alpha_G).

    A folder receives KIND.png, KIND.pdf and KIND.csv.
    """
    given: dict[str, Any] = {
        "--over": over, "--range": interval, "--scale": scale, "--at": at, "--alpha-d": alpha_d,
        "--alpha-g": alpha_g, "--p": p, "--q": q, "--other": other, "--parameter": parameter, "--std": std,
        "--shift": shift, "--spread": spread, "--kernel": kernel or None,
        "--times": numbers(times, "--times") if times else None,
    }  # fmt: skip
    for option, value in given.items():
        if value is not None and kind not in _GOES_WITH[option]:
            raise ValueError(f"{option} goes with {' and '.join(_GOES_WITH[option])}, not with {kind}")
    specs = list(objectives or [])
    maps_alphas = kind is Kind.ALPHA or (kind is Kind.NTK and not specs)
    if kind is Kind.ALPHA and specs:
        raise ValueError(f"alpha maps all (alpha_D, alpha_G) and takes no OBJECTIVE, got {', '.join(specs)}")
    if kind is Kind.NTK and specs and (alpha_d or alpha_g):
        raise ValueError("--alpha-d and --alpha-g of ntk go without OBJECTIVE: they map all pairs")
    if not maps_alphas and not specs:
        raise ValueError(f"OBJECTIVE is missing: gantheory landscape {kind} vanilla")
    files = pictures.targets(out, kind.value)
    if usetex:
        pictures.check_latex()
    size = points or (13 if kind is Kind.NTK and over == "shift" else _POINTS[kind])

    from gantheory.cli.verbs import landscape_tables as tables

    draw: dict[str, Any] = {}
    if kind is Kind.SATURATION:
        table, draw = tables.saturation(specs, given, size)
    elif kind is Kind.ALPHA:
        table, draw = tables.alpha(given, size), {"over": over or "D"}
    elif kind is Kind.NTK and maps_alphas:
        table = tables.ntk_alpha(given, size)
    else:
        table = {
            Kind.DENSITY: tables.density,
            Kind.RING: tables.ring,
            Kind.PARAMETER: tables.parameter,
            Kind.NTK: tables.ntk,
        }[kind](specs, given, size)
    ends = _ends(specs) if kind is Kind.SATURATION else []

    from gantheory.plotting.landscape.figures import landscape_figure

    about = tables.distributions(kind.value, given)
    pictures.write(files, table, lambda: landscape_figure(kind.value, table, **draw), usetex, about)
    if as_json:
        found = {"kind": kind.value, **({"ends": ends} if ends else {}), "table": pictures.columns(table)}
        print_json({**found, **about}, files)
        return
    for end in ends:
        print(wrapped(f"{end['objective']}: {end['reason'] or _in_words(end)}"))
    print(*files, sep="\n")


def _ends(specs: list[str]) -> list[dict[str, Any]]:
    from gantheory.landscape import ends

    rows: list[dict[str, Any]] = ends(specs).to_dict("records")
    return rows


def _in_words(end: dict[str, Any]) -> str:
    def word(side: str) -> str:
        verb, limit = end[f"at_{side}"], end[f"limit_{side}"]
        return {"constant": f"tends to {limit}", "unknown": "has an unknown limit"}.get(verb, verb)

    return f"|s| {word('fake')} where u -> 0 and {word('real')} where u -> inf"

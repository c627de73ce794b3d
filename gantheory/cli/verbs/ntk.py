"""``gantheory ntk``: infinitely wide discriminators, and what samples do under them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gantheory.arguments.checks import choice
from gantheory.cli.options import Json
from gantheory.cli.output import picture_provenance, print_json, writable
from gantheory.cli.words import numbers
from gantheory.support.lines import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

EXAMPLES = (
    'gantheory ntk flow letters --objective "lsgan(-1, 1, 0)" --kernel rbf --n 64 --steps 20',
    'gantheory ntk adequation overlap --kernel "mlp(depth=1)" --width 64 --times 0.3,3',
    'gantheory ntk field ring --objective "lsgan(-1, 1, 0)" --kernel rbf --n 24 --times 0.1,1',
)

ACTIONS = {
    "flow": "move samples along the field of the discriminator",
    "adequation": "trained networks of finite width beside the infinitely wide discriminator",
    "field": "scores and velocities in the plane at several times",
    "check": "predictions about flows beside measurements",
}


def run(
    action: Annotated[str, typer.Argument(help="flow, adequation, field or check")],
    data: Annotated[
        str | None, typer.Argument(help="ring, density, letters, separate, overlap or mnist")
    ] = None,
    objective: Annotated[str, typer.Option(help='such as vanilla or "lsgan(-1, 1, 0)"')] = "ipm('rkhs')",
    kernel: Annotated[
        str,
        typer.Option(
            help='relu, relu_no_bias, sigmoid, rbf, or such as "mlp(depth=2, b_std=0.5)" or "rbf(1.0)"'
        ),
    ] = "relu",
    n: Annotated[int, typer.Option(min=2, help="samples, and as many real points")] = 500,
    steps: Annotated[int, typer.Option(min=1, help="steps of a flow")] = 100,
    step_size: Annotated[float | None, typer.Option(help="of a flow; a default for each data set")] = None,
    times: Annotated[
        list[str] | None,
        typer.Option(metavar="T,T...", help="of the discriminator's training; 1; a flow takes the first"),
    ] = None,
    discriminator: Annotated[str, typer.Option(help="reset before each step, or warm")] = "reset",
    batch: Annotated[int | None, typer.Option(min=1, help="points a step trains on; all")] = None,
    width: Annotated[int, typer.Option(min=1, help="of trained networks (adequation)")] = 512,
    metrics: Annotated[
        str, typer.Option(help="of sinkhorn, energy and mmd, separated by commas")
    ] = "energy,mmd",
    precision: Annotated[
        str, typer.Option(help="of a flow: float32 or float64; all else is float64")
    ] = "float32",
    seed: Annotated[int, typer.Option(min=0, help="of all draws")] = 0,
    folder: Annotated[Path | None, typer.Option("--mnist", help="folder of MNIST's idx files")] = None,
    out: Annotated[Path | None, typer.Option(help="folder of what is written; out/ntk/ACTION-DATA")] = None,
    as_json: Json = False,
) -> int:
    """Infinitely wide discriminators under gradient flow, and what samples do under them.

    flow moves samples and writes metrics.csv, samples.npz, settings.json, pictures (PNG and PDF) and
    state.npz, from which the same command goes on if it was interrupted. adequation trains networks of finite
    width beside the infinitely wide discriminator; field draws scores and velocities. check holds predictions
    against measurements; its exit status is 1 if one is not as recorded. One unit of --times is one for all
    objectives: the discriminator ascends E_r A + E_g B at unit rate.
    """
    choice(action, "action", ACTIONS)
    if action == "check":
        return _check(seed, as_json)
    from gantheory.cli.verbs import ntk_experiments as experiments
    from gantheory.ntk.kernels.named import kernel_from_spec
    from gantheory.ntk.samples.setups import setup
    from gantheory.objectives import from_spec

    name = data or ("overlap" if action == "adequation" else "ring")
    task = experiments.Task(
        setup=setup(name, n, seed, folder),
        objective=from_spec(objective),
        kernel=kernel_from_spec(kernel),
        times=numbers(times or ["1"], "--times"),
        seed=seed,
        progress=sys.stderr.isatty(),
    )
    place = out or Path("out") / "ntk" / f"{action}-{name}"
    writable("--out", place, place)
    if action == "flow":
        summary, figures = experiments.flow(
            task,
            place,
            steps=steps,
            step_size=step_size,
            discriminator=discriminator,
            batch=batch,
            metrics=tuple(part.strip() for part in metrics.split(",") if part.strip()),
            precision=precision,
        )
    elif action == "adequation":
        summary, figures = experiments.adequation(task, place, width)
    else:
        summary, figures = experiments.field(task, place)
    # An objective, a kernel and two sets of points make the field; the command names the first two.
    points = {"P": f"{name}, {n} points, seed {seed}", "Q": f"samples of {action} on {name}"}
    files = _write(figures, place, {**picture_provenance(), **points})
    _report({**summary, "folder": str(place), "figures": files}, points, as_json)
    return 1 if summary.get("stopped") else 0


def _write(figures: dict[str, Callable[[], Figure]], place: Path, about: dict[str, str]) -> list[str]:
    from gantheory.plotting import paper, style

    written = []
    with style():
        for name, draw in figures.items():
            written += [str(path) for path in paper.write(draw(), place, name, about)]
    return written


def _report(summary: dict[str, Any], points: dict[str, str], as_json: bool) -> None:
    if as_json:
        folder = Path(summary["folder"])
        print_json({**summary, **points}, sorted(path for path in folder.iterdir() if path.is_file()))
        return
    figures = summary.pop("figures")
    width = max(map(len, summary))
    for key, value in summary.items():
        shown = f"{value:.6g}" if isinstance(value, float) else value
        if isinstance(value, dict):
            shown = ", ".join(f"{k} {v:.4g}" for k, v in value.items())
        if shown not in ("", None):
            print(wrapped(f"{key:{width}}  {shown}"))
    print(*figures, sep="\n")


def _check(seed: int, as_json: bool) -> int:
    from gantheory.validation.experiments.ntk import flow_predictions

    predictions = flow_predictions(seed)
    if as_json:
        print_json([prediction.to_dict() for prediction in predictions])
    else:
        print(predictions)
    return 0 if predictions.as_expected else 1

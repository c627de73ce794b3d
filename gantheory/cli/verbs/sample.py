"""``gantheory sample``: what a stored generator makes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

import typer

from gantheory.cli import output
from gantheory.cli.options import Json

EXAMPLES = (
    "gantheory sample out/ring --count 500 --out points.csv",
    "gantheory sample out/ring --count 4 --interpolate 8 --out paths.npy",
)

_FORMATS = (".png", ".npy", ".csv")


def run(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="folder that gantheory train has made")],
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="samples, or paths")] = 64,
    seed: Annotated[int, typer.Option(min=0, help="of the noise")] = 0,
    of_seed: Annotated[
        int | None, typer.Option(help="which of the run's seeds; the first if left out")
    ] = None,
    interpolate: Annotated[
        int | None, typer.Option(min=2, max=1000, help="so many steps on a great circle, a row a path")
    ] = None,
    networks: Annotated[str | None, typer.Option(help="module:function of a run with own networks")] = None,
    out: Annotated[Path | None, typer.Option(help="FILE.png, .npy or .csv (points); RUN/samples.png")] = None,
    as_json: Json = False,
) -> None:
    """Draw from the generator of a run: a sheet of pictures, or an array.

    With --interpolate each row of the sheet leads from one random noise vector to another along the great
    circle through both, and --count is the number of rows. The data are not needed, and nothing that the
    files say is executed.
    """
    import numpy as np

    from gantheory.runs import paths, png, sheet, stored_generator
    from gantheory.support.atomic import write_atomically

    generator = stored_generator(folder, of_seed, networks)
    pictures = len(generator.shape) == 3
    target = out or folder / ("samples.png" if pictures else "samples.csv")
    ending = target.suffix.lower()
    if ending not in _FORMATS or (ending == ".png") > pictures or (ending == ".csv") > (not pictures):
        fit = ".png or .npy" if pictures else ".csv or .npy"
        raise ValueError(f"--out must end in {fit} for samples of shape {generator.shape}, got {target}")
    if not target.parent.is_dir():
        raise ValueError(f"--out {target}: no folder {target.parent}")
    if interpolate is None:
        noise = np.random.default_rng(seed).standard_normal((count, generator.latent))
    else:
        noise = paths(generator.latent, count, interpolate, seed)
    samples = generator(noise)
    if ending == ".png":
        content = png(sheet(samples, interpolate), output.picture_provenance().get("command", ""))
    else:
        buffer = io.BytesIO()
        if ending == ".npy":
            np.save(buffer, samples, allow_pickle=False)
        else:
            np.savetxt(buffer, samples.reshape(len(samples), -1), delimiter=",", fmt="%.9g")
        content = buffer.getvalue()
    write_atomically(target, content)
    if as_json:
        told = {"run": str(folder), "seed": generator.seed, "shape": list(samples.shape)}
        output.print_json(told, [target])
    else:
        print(f"{len(samples)} samples of seed {generator.seed} in {target}")

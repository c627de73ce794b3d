"""``gantheory train``: one run on pictures or points, into a folder."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gantheory.arguments.checks import choice
from gantheory.cli import output, words
from gantheory.cli.options import Device, Json
from gantheory.support.files import user_path
from gantheory.support.lines import WIDTH, wrapped

if TYPE_CHECKING:
    from gantheory.training import GanConfig
    from gantheory.training.metrics.features import Extractor

EXAMPLES = (
    "gantheory train ring --steps 300 --out out/ring",
    "gantheory train ring --variant acgan --steps 100 --out out/labels",
    'gantheory train faces --size 32 --networks "dcgan(width=8)" --steps 20 --batch 8',
)

_DEFAULT = "alpha_gan(1, 1, saturating=False)"

_PICTURES = {
    "networks": "dcgan", "learning_rate": 2e-4, "betas": (0.5, 0.999), "epochs": 50, "test_samples": 2000,
}  # fmt: skip
"""As published for the DCGAN; of "stacked_mnist" the defaults are `GanConfig`'s own, its published ones."""

_POINTS = {
    "networks": "mlp(width=200, depth=3)", "learning_rate": 1e-3, "betas": (0.5, 0.999), "latent": 2,
    "batch": 128, "train_samples": 50_000, "epochs": 20, "test_samples": 2500,
}  # fmt: skip

_SHOWN = ("modes", "share", "discriminator_loss", "generator_loss", "diverged", "seconds")

_COLUMN = 12


def run(
    data: Annotated[
        str,
        typer.Argument(
            help="folder of pictures, stacked_mnist, mnist, fashion_mnist, cifar10, digits, or a mixture: "
            "ring, grid, lattice, polar"
        ),
    ],
    objective: Annotated[list[str] | None, typer.Option(help=f"the game; {_DEFAULT} if left out")] = None,
    networks: Annotated[str | None, typer.Option(help="one of those below, or module:function")] = None,
    remedies: Annotated[
        list[str] | None, typer.Option("--remedies", "--remedy", help="such as r1(0.1); may repeat")
    ] = None,
    variant: Annotated[str | None, typer.Option(help="such as acgan; brings its own objective")] = None,
    levels: Annotated[
        int | None, typer.Option(min=1, help="of lapgan's pyramid; down to a side of 4 to 7 if left out")
    ] = None,
    seeds: Annotated[str, typer.Option(help="how many runs, or which: 0,5,7")] = "1",
    epochs: Annotated[int | None, typer.Option(min=1, help="passes over the data")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="stop after so many")] = None,
    batch: Annotated[int | None, typer.Option(min=2, help="rows of a step")] = None,
    latent: Annotated[int | None, typer.Option(min=1, help="dimension of the noise")] = None,
    rate: Annotated[float | None, typer.Option(help="learning rate of Adam")] = None,
    generator_rate: Annotated[float | None, typer.Option(help="the generator's, where it differs")] = None,
    critic_steps: Annotated[
        int | None, typer.Option(min=1, help="the discriminator's in each of the generator's")
    ] = None,
    optimizer: Annotated[str | None, typer.Option(help="adam, rmsprop or sgd")] = None,
    generator_optimizer: Annotated[str | None, typer.Option(help="the generator's, where it differs")] = None,
    betas: Annotated[str | None, typer.Option(help="Adam's, such as 0.5,0.999")] = None,
    size: Annotated[int | None, typer.Option(help="folder: side in pixels; 64 if left out")] = None,
    channels: Annotated[int | None, typer.Option(help="folder: 3, or 1 for grey; 3 if left out")] = None,
    crop: Annotated[
        bool | None, typer.Option("--crop/--no-crop", help="folder: take the square about the centre, or not")
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="folder: leave out what cannot be decoded")
    ] = False,
    samples: Annotated[int | None, typer.Option(min=2, help="generated for the metrics")] = None,
    features: Annotated[
        str | None, typer.Option(help="pictures' metrics: pixels (if left out), lenet5, inception, none")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option("--inception-weights", help="file of Inception's weights")
    ] = None,
    frames: Annotated[int, typer.Option(min=1, max=1000, help="of the animation")] = 30,
    log: Annotated[str, typer.Option(help="csv, or tensorboard beside it")] = "csv",
    live: Annotated[
        bool, typer.Option("--live", help="print losses, gap and histograms of scores at each frame")
    ] = False,
    device: Device = "cpu",
    out: Annotated[Path | None, typer.Option(help="folder of the run; out/DATA if left out")] = None,
    as_json: Json = False,
) -> int:
    """Train a GAN, and leave samples, an animation, metrics and the generator.

    The folder --out gets samples-seed0.png, animation-seed0.gif, generator-seed0.pt (a state dict),
    metrics.json, metrics.csv and history.csv. Ctrl-C keeps what is done, and the same command goes on from
    there. Pictures of a folder are cropped and resized once, and kept. With --variant lapgan each level of
    the pyramid is a run in a folder of its own, and samples and metrics are of all together. Exit status 1
    if every run diverged.
    """
    from gantheory.runs import RunFolder, train_into, train_pyramid_into
    from gantheory.runs.recorder import LOGS, drawable
    from gantheory.training.laplacian import pyramid_levels
    from gantheory.training.variants import LAPGAN, checked_variant

    choice(log, "--log", LOGS)
    played = checked_variant(variant)
    pyramid = isinstance(played, LAPGAN)
    if levels is not None and not pyramid:
        raise ValueError(f"--levels needs --variant lapgan, got --levels {levels}")
    if betas is not None and optimizer not in (None, "adam") and generator_optimizer != "adam":
        raise ValueError(f"--betas are of Adam, and no optimizer is adam, got --betas {betas}")
    given = {
        "networks": networks, "epochs": epochs, "max_steps": steps, "batch": batch, "latent": latent,
        "learning_rate": rate, "generator_learning_rate": generator_rate, "test_samples": samples,
        "discriminator_steps": critic_steps,
        "discriminator_optimizer": optimizer, "generator_optimizer": generator_optimizer or optimizer,
        "betas": None if betas is None else words.numbers([betas], "--betas"),
        "variant": played,
    }  # fmt: skip
    default = _DEFAULT if played is None else played.objective
    config = _config(
        _data(data, {"size": size, "channels": channels, "crop": crop, "skip_bad": skip_bad or None}),
        objective or [default],
        {name: value for name, value in given.items() if value is not None},
        remedies=remedies or [],
        seeds=read_seeds(seeds),
        device=device,
    )
    extractor = _extractor(features, weights, pictures=drawable(config.data.shape) == "pictures")
    parts = pyramid_levels(config, levels) if pyramid else None
    out = out or Path("out") / Path(data).name
    output.writable("--out", out, out)
    folder = RunFolder.begin(out, config, output.provenance().get("command", ""))
    told: dict[str, Any] = {"extractor": extractor, "frames": frames, "log": log, "live": live}
    if folder.metrics.is_file():
        print(f"{folder.path} is finished; name another folder to train again", file=sys.stderr)
        table = folder.table()
    else:
        try:
            if parts is None:
                table = train_into(folder, config, **told)
            else:
                table = train_pyramid_into(folder, parts, **told)
        except KeyboardInterrupt:
            print(f"interrupted: {folder.path} keeps what is done; the same command goes on", file=sys.stderr)
            raise
    files = sorted(path for path in folder.path.iterdir() if path.is_file())
    if as_json:
        output.print_json({"run": str(folder.path), "table": table.to_dict("records")}, files)
    else:
        _print(table, files)
    if table["diverged"].all():
        at = ", ".join(f"{step:.0f}" for step in table["diverged_at"])
        print(f"every run diverged, at step {at}", file=sys.stderr)
        return 1
    return 0


def notes() -> str:
    """Names of networks, variants and remedies, at the end of the help."""
    from gantheory.training.networks import NAMED

    settings = "\"dcgan(width=32, noise=0.1, up='pixel_shuffle')\""
    line = f"Networks: {', '.join(NAMED)}; with settings: {settings}"
    networks = "\b\n" + textwrap.fill(line, 76, subsequent_indent="  ")
    return f"{networks}\n\n{words.variants()}\n\n{words.remedies()}"


def _data(data: str, of_folder: dict[str, Any]) -> Any:
    from gantheory.datasets import ImageFolder
    from gantheory.datasets.training_data import NAMES

    given = {name: value for name, value in of_folder.items() if value is not None}
    if data in NAMES:
        for name, value in given.items():
            option = "--no-crop" if value is False else f"--{name.replace('_', '-')}"
            raise ValueError(f"{option} needs a folder of pictures as data, got {data}")
        return data
    if not user_path(data, "data").is_dir():
        return data
    return ImageFolder(data, on_error="skip" if given.pop("skip_bad", False) else "raise", **given)


def _config(
    data: Any, objectives: list[str], given: dict[str, Any], *, remedies: list[str], seeds: Any, device: str
) -> GanConfig:
    from gantheory.datasets.published import NAMED as MIXTURES
    from gantheory.objectives import from_spec
    from gantheory.training import GanConfig
    from gantheory.training.remedies import remedy_from_text

    if len(objectives) > 1:
        raise ValueError(f"--objective must be one, got {len(objectives)}; gantheory sweep trains many")
    defaults: dict[str, Any] = {} if data == "stacked_mnist" else _POINTS if data in MIXTURES else _PICTURES
    return GanConfig(
        **{
            **defaults,
            **given,
            "objective": from_spec(objectives[0]),
            "data": data,
            "remedies": [remedy_from_text(each) for each in remedies],
            "seeds": seeds,
            "device": device,
        }
    )


def read_seeds(text: str) -> Any:
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"--seeds must be a number of runs, or seeds such as 0,5,7, got {text!r}") from None
    if len(numbers) == 1 and "," not in text:
        if numbers[0] < 1:
            raise ValueError(f"--seeds must be at least 1, got {numbers[0]}")
        return range(numbers[0])
    return numbers


def _extractor(features: str | None, weights: Path | None, *, pictures: bool) -> Extractor | None:
    from gantheory.training.metrics.features import inception, lenet5, pixels

    if features not in (None, "pixels", "lenet5", "inception", "none"):
        raise ValueError(f"--features must be pixels, lenet5, inception or none, got {features!r}")
    if not pictures and features not in (None, "none"):
        raise ValueError(f"--features {features} needs pictures, got points")
    if features == "inception":
        if weights is None:
            raise ValueError("--features inception needs --inception-weights FILE: a bare FID is of them")
        return inception(weights)
    if weights is not None:
        raise ValueError("--inception-weights needs --features inception")
    if features == "lenet5":
        from gantheory.training.metrics.digit_classifier import digit_classifier

        return lenet5(digit_classifier())
    return None if features == "none" else pixels()


def _print(table: Any, files: list[Path]) -> None:
    """A row a metric and a column a seed, as many beside each other as fit."""
    measured = [name for name in table if "(" in name or name in _SHOWN]
    name_width = max(map(len, measured))
    across = (WIDTH - name_width) // _COLUMN
    for first in range(0, len(table), across):
        part = table.iloc[first : first + across]
        print(f"{'seed':{name_width}}" + "".join(f"{seed:>{_COLUMN}}" for seed in part["seed"]))
        for name in measured:
            print(f"{name:{name_width}}" + "".join(f"{_short(value):>{_COLUMN}}" for value in part[name]))
    print(wrapped(f"wrote {', '.join(map(str, files))}"))


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)

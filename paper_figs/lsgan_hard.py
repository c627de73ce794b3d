"""LSGAN's hard settings: pictures of every run, least squares beside the vanilla loss.

Rendered digits of small variance; a row is an architecture of Mao et al. (2019), four pictures of each run:
left least squares, right the non-saturating vanilla loss, four runs of each, 5,000 steps. From
results/lsgan_hard and results/lsgan_hard_penalty; a run whose squares are grey all over has learnt nothing,
and one with four times the same picture has a single mode.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from gantheory.plotting import canvas, paper
from gantheory.sweeps import RunStore
from gantheory.sweeps.store.canonical import digest

RESULTS = Path(__file__).resolve().parents[1] / "results"
STORES = ("lsgan_hard", "lsgan_hard_penalty")
OBJECTIVES = ("lsgan(0, 1, 1)", "vanilla(saturating=False)")
COMMAND = "python experiments/full_length.py experiments/{}.toml"
NAMES = {
    "dcgan(width=16)": "DCGAN",
    "dcgan(width=16, discriminator='layer_norm')": "DCGAN",
    "dcgan(width=16, generator='plain', constant=True)": "constant, G plain",
    "dcgan(width=16, generator='plain', constant=True, discriminator='layer_norm')": "constant, G plain",
    "dcgan(width=16, generator='plain', discriminator='plain')": "no batch norm",
    "dcgan(width=16, generator='tanh', discriminator='tanh')": "tanh",
    "dcgan(width=16, generator='tanh', discriminator='layer_norm')": "tanh",
    "dcgan(width=16, generator='gated', discriminator='gated')": "gated",
    "mlp_dcgan(width=16)": "MLP generator",
    "mlp_dcgan(width=16, discriminator='layer_norm')": "MLP generator",
}


def draw() -> Figure:
    rows = [row for store in STORES for row in pictures(store)]
    columns = max(len(each) for _, pair in rows for each in pair)
    figure, panels = canvas(len(rows), 2 * columns, width=6.4, height=0.3 + 0.63 * len(rows))
    for (name, pair), line in zip(rows, panels, strict=True):
        for axes in line:
            axes.set(xticks=[], yticks=[])
            axes.set_axis_off()
        for side, runs in enumerate(pair):
            for axes, four in zip(line[side * columns :], runs, strict=False):
                square = four.reshape(2, 2, 28, 28).transpose(0, 2, 1, 3).reshape(56, 56)
                axes.imshow(square, cmap="gray", vmin=0, vmax=255, interpolation="none")
        line[0].set_axis_on()
        line[0].spines[:].set_visible(False)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    panels[0, 0].set_title("least squares", fontsize=8)
    panels[0, columns].set_title("vanilla", fontsize=8)
    return figure


def pictures(store: str) -> Iterator[tuple[str, list[np.ndarray]]]:
    """A row's name, and of each objective the first four pictures (seeds, 4, 28, 28) of its runs."""
    command = COMMAND.format(store)
    folder = paper.needed(RESULTS / store, command)
    # Seeds that were trained together are stored together, with both objectives.
    found: dict[str, set[str]] = {}
    for record in RunStore(folder).records():
        label = NAMES[str(record.config["networks"])] + (" + penalty" if record.config["remedies"] else "")
        found.setdefault(label, set()).add(digest({**record.config, "objective": list(OBJECTIVES)})[:16])
    order = list(dict.fromkeys(NAMES.values()))
    for label in sorted(found, key=lambda each: order.index(each.removesuffix(" + penalty"))):
        halves = []
        for name in sorted(found[label]):
            with np.load(paper.needed(folder / "samples" / f"{name}.npz", command)) as stored:
                halves.append(np.split(stored["pictures"][:, :4, 0], len(OBJECTIVES)))
        yield label, [np.concatenate(each) for each in zip(*halves, strict=True)]


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))

"""Pictures of docs/tutorials/landscape.md, written beside this file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gantheory import landscape, plotting

HERE = Path(__file__).parent
PAIR = ["vanilla", "vanilla(saturating=False)"]
OTHERS = ["alpha_gan(0.5, 1.2, saturating=False)", "lsgan(0, 1, 1)"]


def main() -> None:
    """Draw all of them; the last, discriminators in training, takes a minute."""
    logits = landscape.saturation("vanilla", points=101)["D"]
    tables = {
        "saturation": landscape.saturation(
            [*PAIR, "alpha_gan(0.5, 0.5)", "alpha_gan(0.5, 1.2)", "lsgan(0, 1, 1)"]
        ),
        "alpha": pd.concat(
            [landscape.alpha(alpha_d=1, at=logits, saturating=kind) for kind in (True, False)]
        ),
        "ring": landscape.ring(PAIR),
        "parameter": landscape.parameter([*PAIR, *OTHERS, "hinge"], "shift"),
        "ntk": landscape.kernels(["vanilla", "lsgan(0, 1, 1)"]),
    }
    for kind, table in tables.items():
        with plotting.style():
            plotting.landscape_figure(kind, table).savefig(HERE / f"landscape_{kind}.png", dpi=150)


if __name__ == "__main__":
    main()

"""Width study: discriminators of width 64 to 4096 against the infinitely wide one, for four objectives.

Trains every network, stores errors and fitted slopes, and takes about 15 minutes of one core (--fast: one).
Widths that are stored already are not trained again.

    python experiments/ntk_width.py [--out results/ntk/width.json] [--fast]
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd

from gantheory.ntk.finite.study import COLUMNS, fitted_rate, width_study
from gantheory.ntk.kernels import mlp
from gantheory.objectives import alpha_gan, lsgan, vanilla, wgan
from gantheory.support.atomic import write_atomically
from gantheory.validation.environment import environment

OBJECTIVES = (wgan(), lsgan(), vanilla(), alpha_gan(0.5, 1.2))
KERNEL = mlp(depth=2, activation="relu", w_std=2**0.5, b_std=0.3)
TIMES = (0.5, 1.0, 2.0)
NETWORKS = {64: 32, 128: 32, 256: 32, 512: 24, 1024: 12, 2048: 6, 4096: 4}
FAST = {64: 16, 256: 16, 1024: 6}
TOLERANCE = 5e-4


def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Real and fake training points and held-out points, on the plane."""
    draw = np.random.default_rng(0)
    real, fake, held_out = draw.normal(size=(12, 2)), draw.normal(size=(12, 2)), draw.normal(size=(16, 2))
    return real + np.array([1.5, 0.0]), fake, held_out + np.array([0.75, 0.0])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("results/ntk/width.json"))
    parser.add_argument("--fast", action="store_true", help="widths 64, 256, 1024 and fewer networks")
    options = parser.parse_args()
    networks = FAST if options.fast else NETWORKS
    stored = json.loads(options.out.read_text(encoding="utf-8"))["errors"] if options.out.exists() else []
    table = pd.DataFrame(stored, columns=list(COLUMNS))
    real, fake, held_out = data()
    for width, count in networks.items():
        if len(table[table["width"] == width]) == count * len(OBJECTIVES) * len(TIMES):
            continue
        new = width_study(
            OBJECTIVES,
            KERNEL,
            real,
            fake,
            held_out,
            TIMES,
            {width: count},
            tolerance=TOLERANCE,
            dtype="float32",
        )
        table = pd.concat([table[table["width"] != width], new], ignore_index=True)
        store(options.out, table)
        print(f"width {width}: {count} networks under {len(OBJECTIVES)} objectives", flush=True)


def store(path: Path, table: pd.DataFrame) -> None:
    """Write errors and, where there are widths enough, slopes."""
    groups = {"pooled": table, **{str(name): group for name, group in table.groupby("objective")}}
    rates = {}
    if table["width"].nunique() >= 3:
        rates = {name: asdict(fitted_rate(group)) for name, group in groups.items()}
        for name, rate in rates.items():
            print(f"  {name}: slope {rate['slope']:.3f} [{rate['low']:.3f}, {rate['high']:.3f}]")
    record = {
        "environment": {**environment(), "jax": metadata.version("jax")},
        "kernel": repr(KERNEL),
        "times": TIMES,
        "points": {"real": 12, "fake": 12, "held_out": 16},
        "tolerance": TOLERANCE,
        "dtype": "float32",
        "slopes": rates,
        "errors": table.sort_values(list(COLUMNS[:4]), ignore_index=True).to_dict("records"),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(record, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()

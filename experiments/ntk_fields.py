"""Scores and velocities in the plane under infinitely wide discriminators: objectives and kernels.

24 real points in eight clusters on a circle, 24 generated ones in the middle; the exact kernel dynamics from
v = 0 to t = 4. Stored: v on a grid, and -grad S(v) on a coarser one. 20 seconds on one core, most of it for
compiling.

    python experiments/ntk_fields.py [--out results/ntk_fields/fields.npz]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from gantheory.ntk import discriminator_flow, kernels
from gantheory.ntk.kernels.kernel import Kernel
from gantheory.objectives import Objective, alpha_gan, lsgan, vanilla, wgan

ROOT = Path(__file__).resolve().parents[1]

OBJECTIVES: dict[str, Objective] = {
    "IPM": wgan(),
    "LSGAN (0, 1, 1)": lsgan(0, 1, 1),
    "vanilla, sat.": vanilla(),
    "(0.5, 1.2) non-sat.": alpha_gan(0.5, 1.2, saturating=False),
}
KERNELS: dict[str, Kernel] = {"ReLU network": kernels.mlp(depth=3), "Gaussian kernel": kernels.rbf(1.0)}
TIME = 4.0
GRID, COARSE = np.linspace(-3, 3, 61), np.linspace(-2.7, 2.7, 13)


def points() -> tuple[np.ndarray, np.ndarray]:
    """Real and generated."""
    rng = np.random.default_rng(0)
    angles = 2 * np.pi * np.arange(8) / 8
    centers = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.repeat(centers, 3, axis=0) + 0.08 * rng.normal(size=(24, 2)), 0.4 * rng.normal(size=(24, 2))


def square(values: np.ndarray) -> np.ndarray:
    """All pairs, the first coordinate varying fastest, shape (n^2, 2)."""
    x, y = np.meshgrid(values, values)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def main() -> None:
    """Compute and store."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "ntk_fields" / "fields.npz")
    path = parser.parse_args().out
    path.parent.mkdir(parents=True, exist_ok=True)
    real, generated = points()
    flows = [
        discriminator_flow(objective, kernel, real, generated)
        for kernel in KERNELS.values()
        for objective in OBJECTIVES.values()
    ]
    shape = (len(KERNELS), len(OBJECTIVES))
    scores = np.stack([flow.scores(square(GRID), TIME) for flow in flows])
    fields = np.stack([flow.field(square(COARSE), TIME) for flow in flows])
    np.savez_compressed(
        path,
        objectives=np.array(list(OBJECTIVES)),
        kernels=np.array(list(KERNELS)),
        time=np.array(TIME),
        real=real,
        generated=generated,
        grid=GRID,
        coarse=COARSE,
        scores=scores.reshape(*shape, GRID.size, GRID.size).astype(np.float32),
        field=fields.reshape(*shape, COARSE.size, COARSE.size, 2).astype(np.float32),
    )
    print(path, f"{path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()

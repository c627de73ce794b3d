"""Discriminators of finite width beside the infinitely wide one, on a line and in the plane.

After the adequation experiments of Franceschi et al. 2022: both are trained from v = 0 to the same time on
the same points, and their scores are stored where there are no points too. ReLU networks of 3 hidden layers
with biases, gradient flow. About a minute of one core.

    python experiments/ntk_adequation.py [--out results/ntk_adequation/scores.npz]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from gantheory.ntk import discriminator_flow, kernels
from gantheory.ntk.finite.training import finite_discriminator_flow
from gantheory.objectives import Objective, lsgan, vanilla, wgan

ROOT = Path(__file__).resolve().parents[1]

OBJECTIVES: dict[str, Objective] = {"IPM": wgan(), "LSGAN (0, 1, 1)": lsgan(0, 1, 1), "vanilla": vanilla()}
KERNEL = kernels.mlp(depth=3)
TIME = 2.0
WIDTHS = (64, 512)
NETWORKS = 8
LINE = np.linspace(-3.0, 3.0, 161)
PLANE = np.linspace(-3.0, 3.0, 41)


def on_a_line() -> dict[str, np.ndarray]:
    """Two modes of real points, generated ones between; scores (objectives, widths, networks, points)."""
    rng = np.random.default_rng(1)
    real = np.concatenate([-1.6 + 0.15 * rng.normal(size=8), 1.2 + 0.15 * rng.normal(size=8)])
    generated = -0.2 + 0.3 * rng.normal(size=16)
    return scores(real, generated, LINE, WIDTHS, NETWORKS)


def in_the_plane() -> dict[str, np.ndarray]:
    """Three clusters of real points, generated ones in the middle; one network of each width."""
    rng = np.random.default_rng(2)
    angles = 2 * np.pi * np.array([0.1, 0.4, 0.75])
    centers = 1.8 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    real = np.repeat(centers, 6, axis=0) + 0.2 * rng.normal(size=(18, 2))
    generated = 0.4 * rng.normal(size=(18, 2))
    x, y = np.meshgrid(PLANE, PLANE)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    return scores(real, generated, points, WIDTHS, 1)


def scores(
    real: np.ndarray, generated: np.ndarray, x: np.ndarray, widths: tuple[int, ...], networks: int
) -> dict[str, np.ndarray]:
    """v_TIME at x of the infinitely wide discriminator and of networks of each width."""
    infinite, finite = [], []
    for objective in OBJECTIVES.values():
        infinite.append(discriminator_flow(objective, KERNEL, real, generated).scores(x, TIME))
        runs = [
            finite_discriminator_flow(objective, KERNEL, real, generated, width, seed=seed, tolerance=1e-3)
            for width in widths
            for seed in range(networks)
        ]
        rows = [run.scores(x, TIME) for run in runs]
        finite.append(np.reshape(rows, (len(widths), networks, len(x))))
    return {
        "real": real,
        "generated": generated,
        "infinite": np.stack(infinite).astype(np.float32),
        "finite": np.stack(finite).astype(np.float32),
    }


def main() -> None:
    """Train and store."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "ntk_adequation" / "scores.npz")
    path = parser.parse_args().out
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, np.ndarray] = {
        "objectives": np.array(list(OBJECTIVES)),
        "widths": np.array(WIDTHS),
        "time": np.array(TIME),
        "line": LINE,
        "plane": PLANE,
        "kernel": np.array(repr(KERNEL)),
    }
    for name, part in (("line", on_a_line()), ("plane", in_the_plane())):
        arrays |= {f"{name}_{key}": value for key, value in part.items()}
    np.savez_compressed(path, **arrays)
    print(path, f"{path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()

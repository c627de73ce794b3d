"""Particles that follow infinitely wide discriminators onto eight Gaussians: objectives and kernels.

160 particles start in the middle of 160 real points on a circle of radius 2. In each of 300 steps the
discriminator is trained for one unit of time from v = 0, then every particle moves along -grad S(v). Stored:
where they are at 21 steps, and the energy distance to the data. After Franceschi et al. 2022. About 2 minutes
on one core.

    python experiments/ntk_particles.py [--out results/ntk_particles/particles.npz]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from gantheory.datasets import ring
from gantheory.ntk import kernels
from gantheory.ntk.kernels.kernel import Kernel
from gantheory.ntk.samples.particles import particle_flow
from gantheory.objectives import Objective, alpha_gan, lsgan, vanilla, wgan

ROOT = Path(__file__).resolve().parents[1]

OBJECTIVES: dict[str, Objective] = {
    "IPM": wgan(),
    "LSGAN (0, 1, 1)": lsgan(0, 1, 1),
    "LSGAN (-1, 1, 1)": lsgan(-1, 1, 1),
    "vanilla, sat.": vanilla(),
    "(0.5, 1.2) non-sat.": alpha_gan(0.5, 1.2, saturating=False),
}
KERNELS: dict[str, Kernel] = {"ReLU network": kernels.mlp(depth=3), "Gaussian kernel": kernels.rbf(1.0)}
PARTICLES, STEPS, STEP_SIZE = 160, 300, 0.5


def points() -> tuple[np.ndarray, np.ndarray]:
    """Where the particles start, and the real data."""
    rng = np.random.default_rng(0)
    return 0.4 * rng.normal(size=(PARTICLES, 2)), ring(radius=2.0, variance=0.01).sample(PARTICLES, rng)


def main() -> None:
    """Move and store."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "ntk_particles" / "particles.npz")
    path = parser.parse_args().out
    path.parent.mkdir(parents=True, exist_ok=True)
    source, target = points()
    trajectories, distances, recorded = [], [], np.zeros(0)
    for kernel_name, kernel in KERNELS.items():
        for name, objective in OBJECTIVES.items():
            run = particle_flow(
                objective, kernel, source, target, steps=STEPS, step_size=STEP_SIZE, metrics=("energy",)
            )
            if run.stopped:
                raise RuntimeError(f"{name}, {kernel_name}: {run.stopped}")
            trajectories.append(run.trajectory)
            distances.append(run.metrics["energy"])
            recorded = run.recorded
            print(
                f"{kernel_name}, {name}: {distances[-1].iloc[-1]:.3f} after {run.seconds:.0f} s", flush=True
            )
    shape = (len(KERNELS), len(OBJECTIVES), len(recorded))
    np.savez_compressed(
        path,
        objectives=np.array(list(OBJECTIVES)),
        kernels=np.array(list(KERNELS)),
        target=target.astype(np.float32),
        trajectory=np.reshape(trajectories, (*shape, PARTICLES, 2)).astype(np.float16),
        energy_distance=np.reshape(distances, shape).astype(np.float32),
        flow_time=recorded * STEP_SIZE,
    )
    print(path, f"{path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()

"""Flows of the experiments of GAN(TK)^2 and alpha objectives: distances over steps and seeds, and samples.

500 samples towards 500 real points: eight Gaussians, a density, letters. Stored: metrics at every record for
three seeds (flows.csv), and seed 0's samples at start, middle and end (flows.npz). A run that is in the table
is not done again. Sinkhorn divergences, with the blur and scaling of the peer's evaluation, for the ReLU
network on eight Gaussians; they take longer than the flows. Steps of the peer's eta = 1000 are 2 of ours; its
LSGAN counts time and S twice.

    python experiments/ntk/flows.py [--out results/ntk] [--seeds 3]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from gantheory.ntk import particle_flow
from gantheory.ntk.kernels.named import kernel_from_spec
from gantheory.ntk.samples.setups import setup
from gantheory.objectives import from_spec

ROOT = Path(__file__).resolve().parents[2]
STEPS, EVERY = 100, 20

# objective -> (spec, time, step size, as a multiple of the setup's)
OBJECTIVES = {
    "IPM": ("ipm('rkhs')", 1.0, 1.0),
    "LSGAN": ("lsgan(-1, 1, 0)", 2.0, 2.0),
    "vanilla, non-saturating": ("vanilla(saturating=False)", 1.0, 1.0),
    "vanilla, saturating": ("vanilla", 1.0, 1.0),
    "(0.5, 2), non-saturating": ("alpha_gan(0.5, 2, saturating=False)", 1.0, 1.0),
    "(2, 0.5), saturating": ("alpha_gan(2, 0.5)", 1.0, 1.0),
}
RUNS = [("ring", name, "relu", "reset") for name in OBJECTIVES]
RUNS += [("ring", "IPM", kernel, "reset") for kernel in ("relu_no_bias", "sigmoid", "rbf")]
RUNS += [("ring", "LSGAN", kernel, "reset") for kernel in ("relu_no_bias", "sigmoid", "rbf")]
RUNS += [(data, "IPM", kernel, "reset") for data in ("density", "letters") for kernel in ("relu", "rbf")]
RUNS += [("ring", "IPM", "rbf", "warm")]
KEYS = ["data", "objective", "kernel", "discriminator", "seed"]


def main() -> None:
    """Run what is missing and store after each run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "ntk")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    table_path, samples_path = given.out / "flows.csv", given.out / "flows.npz"
    tables = [pd.read_csv(table_path)] if table_path.exists() else []
    done = {tuple(row) for table in tables for row in table[KEYS].drop_duplicates().to_numpy().tolist()}
    samples = dict(np.load(samples_path, allow_pickle=False)) if samples_path.exists() else {}
    for seed in range(given.seeds):
        for run in RUNS:
            if (*run, seed) in done:
                continue
            table, trajectory, target, note = flow(*run, seed)
            tables.append(table)
            pd.concat(tables).to_csv(table_path, index=False, float_format="%.6g", lineterminator="\n")
            if seed == 0:
                name = " | ".join(run)
                samples[name] = trajectory.astype(np.float16)
                samples[f"target {run[0]}"] = target.astype(np.float16)
                np.savez_compressed(samples_path, **samples)
            print(*run, seed, table.iloc[-1].to_dict(), note, flush=True)


def flow(
    data: str, objective: str, kernel: str, discriminator: str, seed: int
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, str]:
    """Metrics, samples at start, middle and end, real points, and why the flow ended early."""
    task = setup(data, 500, seed)
    spec, time, factor = OBJECTIVES[objective]
    metrics = ("sinkhorn", "energy", "mmd") if (data, kernel) == ("ring", "relu") else ("energy", "mmd")
    result = particle_flow(
        from_spec(spec),
        kernel_from_spec(kernel),
        task.source,
        task.target,
        steps=STEPS,
        # What a warm discriminator has learned grows by a time unit a step.
        step_size=task.step_size * factor * (0.02 if discriminator == "warm" else 1.0),
        time=time,
        discriminator=discriminator,
        record_every=EVERY,
        metrics=metrics,
    )
    table = result.metrics
    for key, value in zip(KEYS, (data, objective, kernel, discriminator, seed), strict=True):
        table[key] = value
    chosen = [0, len(result.trajectory) // 2, -1]
    return table, result.trajectory[chosen], task.target, result.stopped


if __name__ == "__main__":
    main()

"""Ring samples over the epochs, and of six seeds at the end: what Figures 2a and 3 of Welfert et al. show.

The reduced protocol of ring_reduced.toml (which is read), stable numerics; not the published one. No seed
is chosen: the first ones, as everywhere. A saturated run amplifies rounding, so that the same seed may
end elsewhere in another ensemble, as it does in results/ring: compare rates, not seeds.

- over_epochs.npz: saturating, alpha_G = 1, alpha_D = 1 and 0.2. Covered modes and high-quality share of
  seeds 0 to 7 at several epochs; for seed 0 also samples, and D on a grid, at a few of them.
- six_seeds.npz: non-saturating, (1, 1) and (0.5, 1.2), seeds 0 to 5: samples after the last epoch.

A run that ends after k epochs has the weights of a longer one at epoch k, so each epoch is a run of its
own. About 2 minutes on one CPU core.

    python experiments/ring_samples.py [--out results/ring_samples]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gantheory.objectives import alpha_gan
from gantheory.sweeps import Sweep
from gantheory.training import RingConfig, TrainingRun, train_run

ROOT = Path(__file__).resolve().parents[1]

EPOCHS = (2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100)
SHOWN_EPOCHS = (5, 20, 50, 100)
SHOWN = 1000
"""Samples kept of each run."""

GRID = np.linspace(-1.6, 1.6, 97)
"""D is stored at all pairs of these, with the first coordinate along the columns."""


def over_epochs(epochs: tuple[int, ...] = EPOCHS, shown: tuple[int, ...] = SHOWN_EPOCHS) -> dict[str, Any]:
    """Arrays of over_epochs.npz: (objectives, seeds, epochs); of seed 0 (objectives, shown epochs, ...)."""
    config = _reduced([alpha_gan(1, 1), alpha_gan(0.2, 1)], range(8))
    modes, share, samples, outputs = [], [], [], []
    for epoch in epochs:
        run = train_run(_ended(config, epoch))
        modes.append(_by_objective(run, "modes"))
        share.append(_by_objective(run, "share"))
        if epoch in shown:
            first = [config.members.index((objective, 0)) for objective in config.objectives]
            samples.append(run.samples[first, :SHOWN])
            outputs.append(_outputs(run)[first])
    return {
        "epochs": np.array(epochs),
        "modes": np.stack(modes, axis=-1).astype(np.int8),
        "share": np.stack(share, axis=-1).astype(np.float32),
        "shown_epochs": np.array(shown),
        "samples": np.stack(samples, axis=1).astype(np.float16),
        "discriminator": np.stack(outputs, axis=1).astype(np.float16),
        "grid": GRID.astype(np.float32),
        **_about(config),
    }


def six_seeds(epochs: int | None = None) -> dict[str, Any]:
    """Arrays of six_seeds.npz: (objectives, seeds, ...)."""
    config = _reduced([alpha_gan(1, 1, saturating=False), alpha_gan(0.5, 1.2, saturating=False)], range(6))
    run = train_run(config if epochs is None else _ended(config, epochs))
    shape = (len(config.objectives), len(config.seeds))
    return {
        "samples": run.samples[:, :SHOWN].reshape(*shape, -1, 2).astype(np.float16),
        "modes": _by_objective(run, "modes").astype(np.int8),
        "share": _by_objective(run, "share").astype(np.float32),
        **_about(run.config),
    }


def _reduced(objectives: list[Any], seeds: range) -> RingConfig:
    train = Sweep.read(ROOT / "experiments" / "ring_reduced.toml").settings[0]
    kept = {name: value for name, value in train.items() if name not in ("objective", "numerics")}
    return RingConfig.from_dict({**kept, "objective": objectives, "seeds": list(seeds)})


def _ended(config: RingConfig, epochs: int) -> RingConfig:
    settings = config.to_dict()
    return RingConfig.from_dict({**settings, "epochs": epochs})


def _by_objective(run: TrainingRun, column: str) -> np.ndarray:
    values: np.ndarray = run.table[column].to_numpy()
    return values.reshape(len(run.config.objectives), len(run.config.seeds))


def _outputs(run: TrainingRun) -> np.ndarray:
    """D of every member on the grid, (members, rows, columns)."""
    x, y = np.meshgrid(GRID, GRID)
    scores = run.scores(np.stack([x.ravel(), y.ravel()], axis=1))
    outputs = [
        objective.functions().link(row)
        for (objective, _), row in zip(run.config.members, scores, strict=True)
    ]
    return np.stack(outputs).reshape(-1, *x.shape)


def _about(config: RingConfig) -> dict[str, Any]:
    """What the numbers belong to; `config` is text that RingConfig.from_dict(json.loads(...)) reads."""
    return {
        "seeds": np.array(config.seeds),
        "centers": config.mixture.centers,
        "radius": 3 * config.mixture.scales,
        "config": np.array(json.dumps(config.to_dict())),
    }


def main() -> None:
    """Train and store."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "ring_samples")
    folder = parser.parse_args().out
    # Rounding depends on the number of threads, and training on rounding.
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    for name, arrays in (("six_seeds", six_seeds), ("over_epochs", over_epochs)):
        path = folder / f"{name}.npz"
        np.savez_compressed(path, **arrays())
        print(path, f"{path.stat().st_size / 1e3:.0f} kB", flush=True)


if __name__ == "__main__":
    main()

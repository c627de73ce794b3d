"""What each remedy costs in time a step, beside a step without.

Perceptrons on the ring, all seeds together by `torch.func`. All take turns in every round, so that a machine
that others use slows all of them; ratios are taken within a round, and medians over rounds are reported.
Without remedies training uses hand-written passes where it can, which are faster: they are the last row.

    python experiments/benchmarks/remedies.py [--json] [--rounds 7] [--networks "mlp(width=128, depth=3)"]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

import torch

from gantheory.datasets import ring
from gantheory.objectives import vanilla
from gantheory.training import GanConfig
from gantheory.training.engines.choice import engine
from gantheory.training.inputs.batches import Batches
from gantheory.training.remedies import REMEDIES

STEPS = 8


class Steps:
    """A configuration's ensemble, a step at each call, on batches drawn before."""

    def __init__(self, networks: str, seeds: int, batch: int, **changes: Any) -> None:
        config = GanConfig(
            objective=vanilla(saturating=False),
            data=ring(),
            networks=networks,
            train_samples=20_000,
            latent=2,
            batch=batch,
            seeds=range(seeds),
            **changes,
        )
        self.ensemble = engine(config, config.members)
        feed = iter(Batches(config, list(config.seeds)))
        self.batches = [next(feed) for _ in range(STEPS)]

    def seconds(self) -> float:
        """A step's, over all its batches."""
        start = time.perf_counter()
        with torch.no_grad():
            for batch in self.batches:
                self.ensemble.step(*batch)
        return (time.perf_counter() - start) / STEPS


def measure(networks: str, seeds: int, batch: int, rounds: int) -> dict[str, Any]:
    """Milliseconds a step of all seeds, and ratios to the step without remedies."""
    tried = {"none": Steps(networks, seeds, batch, engine="lifted")}
    tried |= {name: Steps(networks, seeds, batch, remedies=[name]) for name in REMEDIES}
    tried["none, by hand"] = Steps(networks, seeds, batch)
    taken: dict[str, list[float]] = {name: [] for name in tried}
    for k in range(rounds + 1):
        for name, steps in tried.items():
            seconds = steps.seconds()
            if k:  # the first round warms up
                taken[name].append(seconds)
    rows = {}
    for name, seconds in taken.items():
        ratios = [one / none for one, none in zip(seconds, taken["none"], strict=True)]
        rows[name] = {"milliseconds": 1e3 * statistics.median(seconds), "ratio": statistics.median(ratios)}
    settings = {"networks": networks, "seeds": seeds, "batch": batch, "rounds": rounds}
    return {**settings, "threads": torch.get_num_threads(), "torch": torch.__version__, "remedies": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--networks", default="mlp(width=128, depth=3)")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    given = parser.parse_args()
    found = measure(given.networks, given.seeds, given.batch, given.rounds)
    print(f"{given.networks}, {given.seeds} seeds, batch {given.batch}")
    for name, row in found["remedies"].items():
        print(f"{name:18} {row['milliseconds']:8.2f} ms {row['ratio']:6.2f}")
    if given.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()

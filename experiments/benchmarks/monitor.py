"""What `gt.monitor` costs a loop: a plain ring step of the published sizes with and without it, in turns.

python experiments/benchmarks/monitor.py [--json]
"""

from __future__ import annotations

import itertools
import json
import statistics
import tempfile
import time
from pathlib import Path

import torch
from torch import nn

import gantheory as gt

STEPS, ROUNDS, BATCH, CALLS = 100, 5, 128, 20_000


def network(*sizes: int) -> nn.Sequential:
    """A ring network of the published sizes."""
    layers = [layer for a, b in itertools.pairwise(sizes) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def main() -> None:
    config = gt.training.RingConfig(objective=gt.objectives.vanilla(saturating=False))
    d, g = network(2, *config.discriminator_hidden, 1), network(config.latent, *config.generator_hidden, 2)
    d_adam, g_adam = (torch.optim.Adam(net.parameters(), lr=1e-4) for net in (d, g))
    d_loss, g_loss = config.objective.torch_losses()
    real = torch.randn(BATCH, 2)

    def steps() -> float:
        start = time.perf_counter()
        for _ in range(STEPS):
            fake = g(torch.randn(BATCH, config.latent))
            d_adam.zero_grad()
            d_loss(d(real), d(fake.detach())).backward()
            d_adam.step()
            g_adam.zero_grad()
            g_loss(d(real), d(fake)).backward()
            g_adam.step()
        return (time.perf_counter() - start) / STEPS

    def calls(**options: object) -> float:
        """Mean time of a call, looks at every hundredth included."""
        watch = gt.monitor(config.objective, **options)  # type: ignore[arg-type]
        scores = d(real), d(real)
        watch(*scores)
        start = time.perf_counter()
        for _ in range(CALLS):
            watch(*scores)
        return (time.perf_counter() - start) / CALLS

    with tempfile.TemporaryDirectory() as folder:
        csv = Path(folder) / "watch.csv"
        rounds = [(steps(), calls(), calls(log=csv)) for _ in range(ROUNDS)]
    step, plain, logged = (statistics.median(column) for column in zip(*rounds, strict=True))
    summary = {
        "step_ms": 1e3 * step,
        "call_us": 1e6 * plain,
        "call_with_csv_us": 1e6 * logged,
        "share_of_step": plain / step,
        "share_with_csv": logged / step,
        "torch": torch.__version__,
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()

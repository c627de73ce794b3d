"""The Stacked MNIST ensemble beside a plain one-seed loop, torch.func alone, and its products alone.

The published pair of networks (41,248 parameters), batch 64. Everything takes turns in every round, so that
a machine that others use slows all of them; ratios are taken within a round, and medians over rounds are
reported.

- plain: PyTorch as one writes it for one seed: a DataLoader, two nn.Sequential, backward, torch.optim.Adam.
  It reuses the generator's forward pass. It runs on all threads and on one, and the faster counts.
- torch.func: the step of one member, lifted over all seeds by vmap, on all threads, batches drawn by the
  package.
- JAX: the same step by vmap and jit (stacked_mnist_jax.py), which the first round checks to give the same
  losses; left out where JAX is not installed.
- products: all matrix products of a step, nothing else, as the ensemble batches them over members and
  threads.
- ensemble: `gantheory.training`, from drawing batches to Adam.

Pictures are MNIST's where GANTHEORY_MNIST names its folder, else noise: the time does not depend on them.

    python experiments/benchmarks/image_ensemble.py [--json] [--seeds 8,16] [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

from gantheory.datasets import StackedMnist
from gantheory.datasets.images.mnist import FOLDER_VARIABLE
from gantheory.objectives import alpha_gan
from gantheory.training import GanConfig
from gantheory.training.engines.choice import gan_lanes, operations
from gantheory.training.engines.hardware.precision import product_precision
from gantheory.training.engines.lanes import Lanes
from gantheory.training.engines.lifted import LiftedEnsemble
from gantheory.training.inputs.batches import Batches
from gantheory.training.networks import networks_of

OBJECTIVE = alpha_gan(1, 2, saturating=False)
PICTURES = 6_400
ROUND_SECONDS = 0.5

# A layer a line: channels of a product's result, of its other side times the kernel, positions in a picture.
GENERATOR = [(100, 9 * 32, 1), (32, 9 * 16, 9), (16, 9 * 8, 49), (8, 9 * 3, 196)]
DISCRIMINATOR = [(8, 9 * 3, 196), (16, 9 * 8, 49), (32, 9 * 16, 9), (1, 9 * 32, 1)]


def configuration(seeds: int) -> GanConfig:
    """The published protocol on a part of the data."""
    data = StackedMnist(PICTURES) if os.environ.get(FOLDER_VARIABLE) else pictures()
    return GanConfig(objective=OBJECTIVE, data=data, seeds=range(seeds))


def pictures() -> np.ndarray[Any, np.dtype[np.float32]]:
    """Noise of the shape of the data."""
    return np.random.default_rng(0).uniform(-1, 1, (PICTURES, 3, 28, 28)).astype(np.float32)


def plain_loop() -> Iterator[None]:
    """One training step of one seed at each `next`."""
    g, d = networks_of("stacked_mnist").of_seed(0)
    config = configuration(1)
    g_adam, d_adam = (
        torch.optim.Adam(network.parameters(), lr=config.learning_rate, betas=config.betas)
        for network in (g, d)
    )
    d_loss, g_loss = OBJECTIVE.torch_losses()
    data = torch.from_numpy(config.data.batch(np.arange(PICTURES)))
    loader = DataLoader(TensorDataset(data), batch_size=config.batch, shuffle=True)
    while True:
        for (real,) in loader:
            fake = g(torch.randn(len(real), config.latent))
            d_adam.zero_grad()
            d_loss(d(real), d(fake.detach())).backward()
            d_adam.step()
            g_adam.zero_grad()
            on_fake = d(fake)
            g_loss(torch.zeros_like(on_fake), on_fake).backward()
            g_adam.step()
            yield


def products(members: int) -> Callable[[], None]:
    """All products of one step of so many members, each product one call."""
    batch = 64
    shapes = []
    for out, inside, positions in GENERATOR:
        n = positions * batch
        shapes += [(inside, out, n), (out, n, inside)]
        shapes += [(out, inside, n)] if out != 100 else []
    for out, inside, positions in DISCRIMINATOR:
        n = positions * batch
        shapes += [(out, inside, 2 * n), (out, 2 * n, inside)]
        shapes += [(inside, out, 2 * n)] if inside != 27 else []
        shapes += [(out, inside, n), (inside, out, n)]
    jobs = [
        (torch.randn(members, a, b), torch.randn(members, b, c), torch.empty(members, a, c))
        for a, b, c in shapes
    ]

    def run() -> None:
        for left, right, result in jobs:
            torch.bmm(left, right, out=result)

    return run


def on_threads(runs: list[Callable[[], None]]) -> Callable[[], None]:
    """Each of `runs` 4 times on a thread of its own."""
    threads = torch.get_num_threads()

    def alone(run: Callable[[], None]) -> None:
        torch.set_num_threads(1)
        for _ in range(4):
            run()

    def all_runs() -> None:
        with ThreadPoolExecutor(len(runs)) as pool:
            list(pool.map(alone, runs))
        torch.set_num_threads(threads)

    return all_runs


def torch_func(config: GanConfig) -> Callable[[], None]:
    """One step of all seeds by torch.func, batches drawn by the package."""
    ensemble = LiftedEnsemble(config, config.members)
    batches = iter(Batches(config, list(config.seeds)))

    def run() -> None:
        with torch.no_grad():
            ensemble.step(*next(batches))

    return run


def in_jax(config: GanConfig) -> Callable[[], None] | None:
    """One step of all seeds in JAX, batches drawn by the package; None without JAX."""
    try:
        import stacked_mnist_jax
    except ImportError:
        return None
    networks = networks_of("stacked_mnist")
    ensemble = stacked_mnist_jax.Ensemble([networks.of_seed(seed) for seed in config.seeds])
    ours = LiftedEnsemble(config, config.members)
    batches = iter(Batches(config, list(config.seeds)))
    real, noise, draws = next(batches)
    with torch.no_grad():
        wanted = ours.step(real, noise, draws)
    for value, other in zip(ensemble.step(real, noise), wanted, strict=True):
        np.testing.assert_allclose(value, other.numpy(), rtol=1e-4)

    def run() -> None:
        real, noise, _ = next(batches)
        ensemble.step(real, noise)

    return run


def seconds_of(run: Callable[[], object]) -> float:
    """Seconds a call, over about ROUND_SECONDS."""
    start, calls = time.perf_counter(), 0
    while time.perf_counter() - start < ROUND_SECONDS or calls < 2:
        run()
        calls += 1
    return (time.perf_counter() - start) / calls


def measure(seeds: list[int], rounds: int) -> dict[str, Any]:
    """Times and ratios; see the module."""
    threads = torch.get_num_threads()
    step = plain_loop().__next__
    lanes: dict[int, Lanes] = {count: gan_lanes(configuration(count)) for count in seeds}
    lifted = {count: torch_func(configuration(count)) for count in seeds}
    jax = {count: in_jax(configuration(count)) for count in seeds}
    floors = {
        count: on_threads([products(max(1, count // threads)) for _ in range(min(count, threads))])
        for count in seeds
    }
    seconds: dict[Any, list[float]] = {}
    for each in range(rounds + 1):  # the first round warms up
        if each == 1:
            seconds.clear()
        found: dict[Any, float] = {}
        for number in sorted({1, threads}):
            torch.set_num_threads(number)
            found["plain", number] = seconds_of(step)
        torch.set_num_threads(threads)
        found["plain"] = min(found.values())
        with product_precision("float32", "cpu"):
            for count in seeds:
                found["ours", count] = seconds_of(lambda: lanes[count].advance(4)) / 4 / count  # noqa: B023
                found["products", count] = seconds_of(floors[count]) / 4 / count
                if (run := jax[count]) is not None:
                    found["jax", count] = seconds_of(run) / count
                for number in sorted({1, threads}):
                    torch.set_num_threads(number)
                    taken = seconds_of(lifted[count]) / count
                    found["torch.func", count] = min(taken, found.get(("torch.func", count), taken))
                torch.set_num_threads(threads)
        for name, value in found.items():
            seconds.setdefault(name, []).append(value)
    return report(seconds, seeds, rounds)


def report(seconds: dict[Any, list[float]], seeds: list[int], rounds: int) -> dict[str, Any]:
    """Medians over rounds of times and of ratios within a round."""
    median = {name: statistics.median(values) for name, values in seconds.items()}
    work = operations(configuration(1))

    def over(name: Any, count: int) -> float:
        pairs = zip(seconds[name], seconds["ours", count], strict=True)
        return statistics.median(other / ours for other, ours in pairs)

    rows = {
        str(count): {
            "seconds_per_step_and_seed": median["ours", count],
            "plain_over_ensemble": over("plain", count),
            "torch_func_seconds_per_step_and_seed": median["torch.func", count],
            "torch_func_over_ensemble": over(("torch.func", count), count),
            **(
                {
                    "jax_seconds_per_step_and_seed": median["jax", count],
                    "jax_over_ensemble": over(("jax", count), count),
                }
                if ("jax", count) in median
                else {}
            ),
            "products_seconds_per_step_and_seed": median["products", count],
            "share_of_products": over(("products", count), count),
            "gflops": work / median["ours", count] / 1e9,
        }
        for count in seeds
    }
    return {
        "device": platform.processor() or "cpu",
        "machine": platform.platform(),
        "threads": torch.get_num_threads(),
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "torch": torch.__version__,
        "rounds": rounds,
        "operations_per_step_and_seed": work,
        "plain_seconds_per_step": median["plain"],
        "plain_seconds_by_threads": {name[1]: value for name, value in median.items() if name[0] == "plain"},
        "float32": rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")
    parser.add_argument("--seeds", default="8,16", help="ensemble sizes, such as 8,16")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    result = measure([int(text) for text in options.seeds.split(",")], options.rounds)
    if options.json:
        print(json.dumps(result))
        return
    print(f"plain loop {result['plain_seconds_per_step'] * 1e3:.2f} ms a step")
    for count, row in result["float32"].items():
        print(
            f"{count:>3} seeds: {row['seconds_per_step_and_seed'] * 1e3:.2f} ms a step and seed, "
            f"{row['plain_over_ensemble']:.2f} x plain, {row['torch_func_over_ensemble']:.2f} x torch.func, "
            f"{row['share_of_products']:.0%} of the products' speed"
        )


if __name__ == "__main__":
    main()

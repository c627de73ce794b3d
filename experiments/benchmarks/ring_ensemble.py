"""The ring ensemble beside a plain one-seed loop and beside matrix products of the same shapes.

Full published network sizes, batch 128, 50,000 training samples. Plain loop, products and ensembles take
turns in every round, so that a machine that others use slows all of them; ratios are taken within a round,
and medians over rounds are reported.

- plain: PyTorch as one writes it for one seed: two DataLoaders (data, noise), torch.nn.Sequential, sigmoid,
  clamp, alpha-loss, backward, torch.optim.Adam. It reuses the generator's forward pass. On the CPU it runs
  on all threads and on one, and the faster counts: threads that wait for each other after every operation
  lose on a busy machine.
- products: all products of one step, nothing else. "gemm" is torch.mm in PyTorch's default settings, on all
  threads or one member a thread, whichever is faster; "best gemm" is the fastest that was found at all, with
  oneDNN's float32 kernels and batches of members; for bfloat16 it is the fastest of bfloat16 products.
- ensemble: `gantheory.training`, from drawing batches to Adam.

    python experiments/benchmarks/ring_ensemble.py [--json] [--device cuda] [--seeds 1,4,8] [--rounds 7]
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from gantheory.datasets import training_set
from gantheory.objectives import alpha_gan
from gantheory.training import RingConfig
from gantheory.training.engines.hardware.precision import onednn_is_exact, product_precision
from gantheory.training.engines.lanes import Lanes, step_operations

ALPHA_D, ALPHA_G = 0.5, 1.2
CONFIG = RingConfig(objective=alpha_gan(ALPHA_D, ALPHA_G, saturating=False))
OPERATIONS = step_operations(CONFIG)
ROUND_SECONDS = 0.5


def plain_loop(device: str) -> Iterator[None]:
    """One training step of one seed at each `next`."""

    def network(sizes: tuple[int, ...], activation: nn.Module) -> nn.Sequential:
        pairs = itertools.pairwise(sizes)
        layers = [layer for a, b in pairs for layer in (nn.Linear(a, b), activation)]
        return nn.Sequential(*layers[:-1]).to(device)

    def alpha_loss(probability: Tensor, alpha: float) -> Tensor:
        clamped = probability.clamp(1e-7, 1 - 1e-7)
        return (alpha / (alpha - 1) * (1 - clamped ** ((alpha - 1) / alpha))).mean()

    d = network((2, *CONFIG.discriminator_hidden, 1), nn.LeakyReLU(0.2))
    g = network((CONFIG.latent, *CONFIG.generator_hidden, 2), nn.ReLU())
    d_adam = torch.optim.Adam(d.parameters(), lr=CONFIG.learning_rate, betas=CONFIG.betas)
    g_adam = torch.optim.Adam(g.parameters(), lr=CONFIG.learning_rate, betas=CONFIG.betas)
    n = CONFIG.train_samples
    data = torch.tensor(training_set(CONFIG.mixture, n), dtype=torch.float32)
    real_loader = DataLoader(TensorDataset(data), batch_size=CONFIG.batch, shuffle=True)
    noise_loader = DataLoader(TensorDataset(torch.randn(n, 2)), batch_size=CONFIG.batch, shuffle=True)
    while True:
        for (real,), (noise,) in zip(real_loader, noise_loader, strict=True):
            fake = g(noise.to(device))
            d_adam.zero_grad()
            d_loss = alpha_loss(torch.sigmoid(d(real.to(device))), ALPHA_D)
            d_loss = d_loss + alpha_loss(1 - torch.sigmoid(d(fake.detach())), ALPHA_D)
            d_loss.backward()
            d_adam.step()
            g_adam.zero_grad()
            g_loss = alpha_loss(torch.sigmoid(d(fake)), ALPHA_G)
            g_loss.backward()
            g_adam.step()
            yield


def shapes() -> list[tuple[int, int, int]]:
    """(m, k, n) of every product (m, k) @ (k, n) in one member's step."""
    n = CONFIG.batch
    g = list(itertools.pairwise((CONFIG.latent, *CONFIG.generator_hidden, 2)))
    d = list(itertools.pairwise((2, *CONFIG.discriminator_hidden, 1)))
    found = [(n, a, b) for a, b in g] + [(a, n, b) for a, b in g] + [(n, b, a) for a, b in g[1:]]
    found += [(2 * n, a, b) for a, b in d] + [(a, 2 * n, b) for a, b in d] + [(2 * n, b, a) for a, b in d[1:]]
    found += [(n, a, b) for a, b in d] + [(n, b, a) for a, b in d]
    assert sum(2 * m * k * n for m, k, n in found) == OPERATIONS
    return found


def products(batch: int, device: str, dtype: torch.dtype = torch.float32) -> Callable[[], None]:
    """All products of one step of `batch` members, each product one call; 0 for torch.mm on one member."""
    shape = (batch,) if batch else ()
    jobs = []
    for m, k, n in shapes():
        a, b = (torch.randn(*shape, *size, device=device).to(dtype) for size in ((m, k), (k, n)))
        jobs.append((a, b, torch.empty(*shape, m, n, device=device, dtype=dtype)))
    multiply = torch.bmm if batch else torch.mm

    def run() -> None:
        for a, b, out in jobs:
            multiply(a, b, out=out)

    return run


def seconds_of(run: Callable[[], object], device: str) -> float:
    """Seconds a call, over about ROUND_SECONDS."""
    synchronize = torch.cuda.synchronize if device == "cuda" else lambda: None
    synchronize()
    start, calls = time.perf_counter(), 0
    while time.perf_counter() - start < ROUND_SECONDS or calls < 2:
        run()
        calls += 1
        # A GPU's queue would swallow any number of calls.
        synchronize()
    return (time.perf_counter() - start) / calls


def by_thread(threads: int, dtype: torch.dtype) -> Callable[[], None]:
    """Every thread computes its own member's products, 8 times."""
    runs = [products(1, "cpu", dtype) for _ in range(threads)]

    def alone(run: Callable[[], None]) -> None:
        torch.set_num_threads(1)
        for _ in range(8):
            run()

    def all_runs() -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(alone, runs))
        torch.set_num_threads(threads)

    return all_runs


def candidates(device: str, largest: int, half: bool) -> list[tuple[str, str, Callable[[], None], int]]:
    """(reference, precision setting, function, members' steps in a call) of all ways to time products."""
    threads = torch.get_num_threads()
    found: list[tuple[str, str, Callable[[], None], int]] = []
    dtypes = {"gemm": torch.float32, "best": torch.float32} | ({"bfloat16": torch.bfloat16} if half else {})
    for reference, dtype in dtypes.items():
        setting = "float32" if reference == "best" else "default"
        found.append((reference, setting, products(0, device, dtype), 1))
        if reference != "gemm":
            found += [(reference, setting, products(n, device, dtype), n) for n in sorted({8, largest})]
        if device == "cpu" and threads > 1:
            found.append((reference, setting, by_thread(threads, dtype), 8 * threads))
    return found


def has_bfloat16(device: str) -> bool:
    """Whether products of bfloat16 numbers have hardware of their own."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported()
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())


def measure(device: str, seeds: list[int], rounds: int) -> dict[str, Any]:
    """Times and ratios; see the module."""
    lanes: dict[tuple[str, int], Lanes] = {}
    precisions = ["float32", *(["tf32"] if device == "cuda" else [])]
    precisions += ["bfloat16"] if has_bfloat16(device) else []
    for precision in precisions:
        for count in seeds:
            config = replace(CONFIG, seeds=range(count), device=device, precision=precision)
            lanes[precision, count] = Lanes(config)
    step = plain_loop(device).__next__
    half = "bfloat16" in precisions
    others = candidates(device, max(seeds), half)
    threads = torch.get_num_threads()
    seconds: dict[Any, list[float]] = {}

    def advance(lane: Lanes, precision: str, steps: int) -> None:
        with product_precision(precision, device):
            lane.advance(steps)

    for each in range(rounds + 1):  # the first round warms up
        if each == 1:
            seconds.clear()
        found: dict[Any, float] = {("plain", threads): seconds_of(step, device)}
        if device == "cpu" and threads > 1:
            torch.set_num_threads(1)
            found["plain", 1] = seconds_of(step, device)
            torch.set_num_threads(threads)
        found["plain"] = min(value for name, value in found.items() if name[0] == "plain")
        for reference, setting, run, members in others:
            with product_precision(setting, device):
                taken = seconds_of(run, device) / members
            found[reference] = min(taken, found.get(reference, taken))
        for (precision, count), lane in lanes.items():
            steps = max(2, 64 // count)
            taken = seconds_of(lambda: advance(lane, precision, steps), device)  # noqa: B023
            found[precision, count] = taken / steps / count
        # The fastest at all is also the fastest among the defaults, where one of these wins.
        found["best"] = min(found["best"], found["gemm"])
        for name, value in found.items():
            seconds.setdefault(name, []).append(value)
    return report(device, rounds, seconds, precisions, seeds)


def report(
    device: str, rounds: int, seconds: dict[Any, list[float]], precisions: list[str], seeds: list[int]
) -> dict[str, Any]:
    """Medians over rounds of times and of ratios within a round."""
    median = {name: statistics.median(values) for name, values in seconds.items()}
    result: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if device == "cuda" else platform.processor() or device,
        "machine": platform.platform(),
        "threads": torch.get_num_threads(),
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "torch": torch.__version__,
        "onednn_float32": device == "cpu" and onednn_is_exact(),
        "rounds": rounds,
        "operations_per_step_and_seed": OPERATIONS,
        "plain_seconds_per_step": median["plain"],
        "plain_seconds_by_threads": {name[1]: value for name, value in median.items() if name[0] == "plain"},
        "gemm_gflops": OPERATIONS / median["gemm"] / 1e9,
        "best_gemm_gflops": OPERATIONS / median["best"] / 1e9,
    }
    if "bfloat16" in seconds:
        result["bfloat16_gemm_gflops"] = OPERATIONS / median["bfloat16"] / 1e9

    def against(reference: str, ours: list[float]) -> float:
        return statistics.median(r / o for r, o in zip(seconds[reference], ours, strict=True))

    for precision in precisions:
        rows = {}
        for count in seeds:
            ours = seconds[precision, count]
            rows[str(count)] = {
                "seconds_per_step_and_seed": statistics.median(ours),
                "plain_over_ensemble": against("plain", ours),
                "gflops": OPERATIONS / statistics.median(ours) / 1e9,
                "share_of_gemm": against("gemm", ours),
                "share_of_best_gemm": against("bfloat16" if precision == "bfloat16" else "best", ours),
            }
        result[precision] = rows
    if device == "cuda":
        result["adam_floor"] = adam_floor(seeds, seconds)
    return result


def adam_floor(seeds: list[int], seconds: dict[Any, list[float]]) -> dict[str, Any]:
    """Adam's traffic at the measured bandwidth: 4 arrays read and 3 written, each 4 bytes a parameter."""
    sizes = ((2, *CONFIG.discriminator_hidden, 1), (CONFIG.latent, *CONFIG.generator_hidden, 2))
    parameters = sum(a * b + b for size in sizes for a, b in itertools.pairwise(size))
    source = torch.empty(1 << 28, device="cuda")
    target = torch.empty_like(source)
    copy = seconds_of(lambda: target.copy_(source), "cuda")
    bandwidth = 2 * source.numel() * 4 / copy
    count = max(seeds)
    floor = 28 * parameters * count / bandwidth
    step = statistics.median(seconds["float32", count]) * count
    return {
        "seeds": count,
        "bandwidth_gb_s": bandwidth / 1e9,
        "adam_s": floor,
        "step_s": step,
        "share": floor / step,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--seeds", default=None, help="ensemble sizes, such as 1,4,8")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    default = "1,32,200" if options.device == "cuda" else "1,4,8,16,32"
    seeds = [int(text) for text in (options.seeds or default).split(",")]
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda was asked for, but PyTorch finds no CUDA device here")
    result = measure(options.device, seeds, options.rounds)
    if options.json:
        print(json.dumps(result))
        return
    print(f"plain loop {result['plain_seconds_per_step'] * 1e3:.2f} ms a step")
    print(
        f"products of one step: {result['gemm_gflops']:.0f} GFLOP/s, at best {result['best_gemm_gflops']:.0f}"
    )
    for precision in ("float32", "tf32", "bfloat16"):
        for count, row in result.get(precision, {}).items():
            milliseconds = row["seconds_per_step_and_seed"] * 1e3
            print(
                f"{precision:9} {count:>3} seeds: {milliseconds:6.3f} ms a step and seed, "
                f"{row['plain_over_ensemble']:.2f} x plain, {row['gflops']:.0f} GFLOP/s = "
                f"{row['share_of_gemm']:.0%} of the products, {row['share_of_best_gemm']:.0%} of the best"
            )


if __name__ == "__main__":
    main()

"""Particle flows and kernels beside GAN(TK)^2, neural-tangents, and a floor of the machine.

The task is that of GAN(TK)^2's eight Gaussians: 500 + 500 points in the plane, radius 5, float32, a ReLU
network of three hidden layers. Per iteration: its own loss and gradient functions, driven as its training
loop drives them, against `gantheory.ntk.particle_flow`'s compiled step. Both take turns in every round, so
that a machine that others use slows both; ratios are taken within a round, and medians over rounds are
reported. With a checkout of the peer, (``--peer PATH``; it needs neural-tangents, geomloss and torch), its
Sinkhorn curve stands beside ours over seeds.

- floor: elementwise operations of the kernel's pass over all pairs (3 polynomial arc cosines, roots and
quotients) as
  plain JAX on arrays of that shape: what the same arithmetic costs without a kernel around it.
- memory: an IPM flow on 20,000 + 20,000 points in a process of its own; peak resident set size.
- exponent: fitted slope of log seconds over log n, IPM, n + n points from 1,000 to 16,000.
- kernel table: seconds for a matrix and for the gradient of its row sums, float64 and float32.

    python experiments/benchmarks/ntk_flow.py [--json] [--peer PATH] [--quick] [--rounds 7]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gantheory.datasets import ring
from gantheory.ntk import blocks, particle_flow
from gantheory.ntk.kernels.named import NAMED
from gantheory.ntk.precision import precision
from gantheory.ntk.samples.metrics import Sinkhorn
from gantheory.ntk.samples.particles import started
from gantheory.ntk.samples.run import Rows
from gantheory.ntk.samples.settings import plan_of
from gantheory.objectives import alpha_gan, ipm, lsgan, vanilla

KERNEL = NAMED["relu"]()
# GAN(TK)^2 takes eta = 1000 times the gradient of a mean over 500 samples: steps of 2. Its LSGAN has no
# halves, so that its unit time is 2 of ours, and its S is twice ours.
TASKS = {"ipm": (ipm("rkhs"), 1.0, 2.0, "inf_ipm"), "lsgan": (lsgan(-1, 1, 0), 2.0, 4.0, "inf_lsgan")}
MORE_TASKS = {
    "vanilla": (vanilla(saturating=False), 1.0, 2.0),
    "alpha(0.5, 2)": (alpha_gan(0.5, 2, saturating=False), 1.0, 2.0),
}
ETA = 1000.0
TABLE = {500: (0.014, 0.008, 0.028, 0.011), 1000: (0.054, 0.030, 0.125, 0.046)}
TABLE |= {2000: (0.108, 0.118, 0.274, 0.199), 4000: (0.462, 0.486, 1.09, 0.793)}
"""n -> seconds of neural-tangents on 2 cores: matrix (float64, float32), then gradient of row sums."""


def data(seed: int, n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """(source, target): a standard normal, and eight Gaussians of deviation 1/2 at radius 5."""
    source = np.random.default_rng([seed, 0]).standard_normal((n, 2)).astype(np.float32)
    target = ring(8, 5.0, 0.25).sample(n, seed=np.random.default_rng([seed, 1])).astype(np.float32)
    return source.astype(np.float64), target.astype(np.float64)


def our_loop(objective: Any, t: float, step: float, x: np.ndarray, y: np.ndarray) -> Callable[[int], None]:
    """A function that runs so many steps from the start."""
    plan = plan_of(
        objective, KERNEL, x, y, initial=None, time=t, discriminator="reset", batch=None, dtype="float32",
        block=None, name="source",
    )  # fmt: skip
    engine, state = started(plan, x, y, step)

    def loop(steps: int) -> None:
        after = engine.advance(plan, state, steps, Rows(None, None))
        if not float(after.error) <= plan.tolerance:
            raise RuntimeError(f"{objective.name}: the coefficients' error is {float(after.error):.3g}")

    return loop


def peer_kernel() -> Callable[..., Any]:
    """The peer's network, put together with neural-tangents as its model factory does it."""
    from gantheory.ntk import neural_tangents

    stax = neural_tangents.load().stax
    layers = [stax.Flatten(), stax.Dense(128, W_std=1.0, b_std=1.0, parameterization="ntk")]
    for k in range(3):
        last = k == 2
        bias = 0 if last else 1.0
        layers += [stax.Relu(), stax.Dense(1 if last else 128, W_std=1.0, b_std=bias, parameterization="ntk")]
    kernel_fn = stax.serial(*layers)[2]
    return lambda x, y: kernel_fn(x, y, "ntk")


def peer_loop(path: str, loss: str) -> Callable[[np.ndarray, np.ndarray, int], np.ndarray]:
    """The peer's own gradient function in its training loop's order, without evaluation and plots."""
    kernel = peer_kernel()
    if path not in sys.path:
        sys.path.insert(0, path)
    from gantk2.losses import grad_particle_loss_factory

    gradient = grad_particle_loss_factory(loss, 1, 0)

    def loop(x: np.ndarray, y: np.ndarray, steps: int) -> np.ndarray:
        samples, real = jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32)
        for _ in range(steps):
            value, slopes = gradient(jnp.stack([samples]), samples, real, kernel)
            samples = samples - ETA * jnp.concatenate(slopes)
            value[0].mean().item()
        return np.asarray(samples, np.float64)

    return loop


def seconds(run: Callable[[int], Any], steps: int) -> float:
    """Seconds a step."""
    start = time.perf_counter()
    run(steps)
    return (time.perf_counter() - start) / steps


def iterations(rounds: int, peer: str | None, steps: int) -> dict[str, Any]:
    """Seconds an iteration: ours, the peer's, the floor, and medians of ratios within rounds."""
    x, y = data(0)
    out: dict[str, Any] = {}
    floor = arithmetic_floor(500, 1000)
    floor(1)
    for name, (objective, t, step, *loss) in {**TASKS, **MORE_TASKS}.items():
        ours = our_loop(objective, t, step, x, y)
        ours(1)
        theirs = partial(peer_loop(peer, loss[0]), x, y) if peer and loss else None
        if theirs:
            theirs(1)
        times: dict[str, list[float]] = {"ours": [], "peer": [], "floor": []}
        for _ in range(rounds):
            times["ours"].append(seconds(ours, steps))
            times["floor"].append(seconds(floor, steps))
            if theirs:
                times["peer"].append(seconds(theirs, max(1, steps // 5)))
        entry = {key: statistics.median(values) for key, values in times.items() if values}
        entry["over_floor"] = statistics.median(
            a / b for a, b in zip(times["ours"], times["floor"], strict=True)
        )
        if theirs:
            entry["peer_over_ours"] = statistics.median(
                b / a for a, b in zip(times["ours"], times["peer"], strict=True)
            )
        out[name] = entry
    return out


def arithmetic_floor(n: int, m: int) -> Callable[[int], Any]:
    """The elementwise arithmetic of one pass over n x m pairs through three layers, in blocks."""
    rows = blocks.rows_of(m, None, n)

    @partial(jax.jit, static_argnames=("count",))
    def run(eta: jax.Array, count: int) -> jax.Array:
        def block(part: jax.Array) -> jax.Array:
            value, slope = part, part
            for _ in range(3):
                s = jnp.minimum(value, 2 - value) / 2
                polynomial = s
                for _ in range(6):
                    polynomial = polynomial * s + 0.1
                root, other = jnp.sqrt(s), jnp.sqrt(value * (2 - value))
                slope = slope * polynomial / (other + 1) + slope
                value = jnp.abs(value * root * polynomial) / 2 + 0.1
            return jnp.stack([value.sum(1), slope.sum(1)], axis=1)

        def step(_: int, carry: jax.Array) -> jax.Array:
            parts = (eta + 1e-9 * carry).reshape(-1, rows, m)
            return jax.lax.map(block, parts).mean() + carry * 0

        return jax.lax.fori_loop(0, count, step, jnp.zeros(()))

    padded = -(-n // rows) * rows
    eta = jnp.asarray(np.random.default_rng(0).uniform(0.1, 1.9, (padded, m)), jnp.float32)
    return lambda steps: run(eta, steps).block_until_ready()


def sinkhorn_curves(peer: str | None, seeds: int, quick: bool) -> dict[str, Any]:
    """Sinkhorn divergence over steps; the peer's from its own loop at the same data."""
    at = [0, 20, 40] if quick else [0, 20, 40, 60, 80, 100]
    metric = Sinkhorn(scaling=0.8 if quick else 0.95)
    out: dict[str, Any] = {"steps": at}
    for name, (objective, t, step, loss) in TASKS.items():
        ours, theirs = [], []
        for seed in range(seeds):
            x, y = data(seed)
            flow = particle_flow(
                objective, KERNEL, x, y, steps=at[-1], step_size=step, time=t, record_every=20,
                metrics={"sinkhorn": metric}, progress=False,
            )  # fmt: skip
            ours.append(flow.metrics.sinkhorn.tolist())
            if peer and seed == 0:
                theirs = [metric(x, y)]
                samples, loop = x, peer_loop(peer, loss)
                for _ in at[1:]:
                    samples = loop(samples, y, 20)
                    theirs.append(metric(samples, y))
        table = np.array(ours)
        out[name] = {
            "least": table.min(0).tolist(),
            "mean": table.mean(0).tolist(),
            "most": table.max(0).tolist(),
        }
        if theirs:
            out[name]["peer_seed_0"] = theirs
            out[name]["ours_seed_0"] = ours[0]
            inside = (table.min(0) <= theirs) & (theirs <= table.max(0))
            close = np.abs(np.array(theirs) - ours[0]) <= 0.02 * np.array(theirs)
            out[name]["peer_within_spread"] = bool((inside | close).all())
    return out


MEMORY_CHILD = """
import json, resource, sys, time
import numpy as np
from gantheory.ntk import particle_flow
from gantheory.ntk.kernels.named import NAMED
from gantheory.objectives import ipm
from gantheory.datasets import ring
n, steps = int(sys.argv[1]), int(sys.argv[2])
x = np.random.default_rng(0).standard_normal((n, 2))
y = ring(8, 5.0, 0.25).sample(n, seed=1)
options = dict(step_size=2.0, metrics=(), progress=False)
particle_flow(ipm("rkhs"), NAMED["relu"](), x, y, steps=1, **options)
start = time.perf_counter()
flow = particle_flow(ipm("rkhs"), NAMED["relu"](), x, y, steps=steps, **options)
each = (time.perf_counter() - start) / steps
try:  # getrusage's peak includes that of the process that started this one
    status = open("/proc/self/status").read()
    peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
except (OSError, IndexError):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
found = {"points": n, "seconds": each, "peak_bytes": peak, "finite": bool(np.isfinite(flow.samples).all())}
print(json.dumps(found))
"""


def in_child(n: int, steps: int) -> dict[str, Any]:
    """An IPM flow on n + n points in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY_CHILD, str(n), str(steps)], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def scaling(quick: bool) -> dict[str, Any]:
    """Seconds a step over n, and the fitted exponent."""
    sizes = [1000, 2000, 4000] if quick else [1000, 2000, 4000, 8000, 16000]
    each = {}
    for n in sizes:
        x, y = data(0, n)
        loop = our_loop(ipm("rkhs"), 1.0, 2.0, x, y)
        loop(1)
        repeats = max(1, min(20, 8_000_000 // n**2))
        each[n] = min(seconds(loop, repeats) for _ in range(3))
    slope = float(np.polyfit(np.log(sizes), np.log(list(each.values())), 1)[0])
    return {"seconds": {str(n): value for n, value in each.items()}, "exponent": slope}


def kernel_table(quick: bool, rounds: int, with_peer: bool) -> dict[str, Any]:
    """Seconds of matrix and gradient of row sums, ours and neural-tangents' where it is installed."""
    out: dict[str, Any] = {}
    for n in [500, 1000] if quick else list(TABLE):
        points = np.random.default_rng(0).normal(size=(n, 2)) * 3
        others = np.random.default_rng(1).normal(size=(n, 2)) * 3
        entry: dict[str, Any] = {}
        for column, dtype in enumerate(("float64", "float32")):
            with precision(dtype):
                x, y = (jnp.asarray(array, dtype) for array in (points, others))
                functions = {"matrix": _matrix(n), "gradient": _gradient(n)}
                if with_peer:
                    functions |= {"nt_matrix": jax.jit(peer_kernel()), "nt_gradient": _peer_gradient()}
                for function in functions.values():
                    jax.block_until_ready(function(x, y))
                times: dict[str, list[float]] = {name: [] for name in functions}
                for _ in range(rounds):
                    for name, function in functions.items():
                        start = time.perf_counter()
                        jax.block_until_ready(function(x, y))
                        times[name].append(time.perf_counter() - start)
                entry[dtype] = {name: statistics.median(values) for name, values in times.items()}
                entry[dtype]["before"] = {"matrix": TABLE[n][column], "gradient": TABLE[n][2 + column]}
        out[str(n)] = entry
    return out


def _matrix(n: int) -> Callable[..., Any]:
    rows = blocks.rows_of(n, None, n)
    return jax.jit(lambda x, y: blocks.map_rows(lambda part: KERNEL.matrix(part, y), x, rows))


def _gradient(n: int) -> Callable[..., Any]:
    rows = blocks.rows_of(n, None, n)

    def run(x: jax.Array, y: jax.Array) -> jax.Array:
        ones = jnp.ones(len(y), x.dtype)
        return blocks.map_rows(lambda part: KERNEL.value_and_gradient(part, y, ones)[1], x, rows)

    return jax.jit(run)


def _peer_gradient() -> Callable[..., Any]:
    kernel = peer_kernel()
    return jax.jit(jax.grad(lambda x, y: kernel(x, y).sum()))


def _has_neural_tangents() -> bool:
    from gantheory.errors import MissingPackageError
    from gantheory.ntk import neural_tangents

    try:
        neural_tangents.load()
    except MissingPackageError:
        return False
    return True


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object on the last line only")
    parser.add_argument("--peer", help="a checkout of emited/gantk2")
    parser.add_argument("--quick", action="store_true", help="fewer sizes and rounds: about a minute")
    parser.add_argument("--rounds", type=int, default=None)
    given = parser.parse_args()
    rounds = given.rounds or (3 if given.quick else 7)
    parts: dict[str, Callable[[], Any]] = {
        "iteration_seconds": lambda: iterations(rounds, given.peer, 5 if given.quick else 20),
        "scaling": lambda: scaling(given.quick),
        "memory": lambda: in_child(4000 if given.quick else 20000, 2),
        "kernels": lambda: kernel_table(given.quick, rounds, _has_neural_tangents()),
        "sinkhorn": lambda: sinkhorn_curves(given.peer, 2 if given.quick else 3, given.quick),
    }
    result: dict[str, Any] = {
        "machine": {"cpus": os.cpu_count(), "platform": platform.platform(), "jax": jax.__version__}
    }
    for name, measure in parts.items():
        start = time.perf_counter()
        result[name] = measure()
        print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    if not given.json:
        show(result)
    print(json.dumps(result))


def show(result: dict[str, Any]) -> None:
    """Tables for readers."""
    print("seconds an iteration, 500 + 500 points")
    for name, entry in result["iteration_seconds"].items():
        shown = "  ".join(f"{key} {value:.4g}" for key, value in entry.items())
        print(f"  {name:14} {shown}")
    print("Sinkhorn divergence at steps", *result["sinkhorn"]["steps"])
    for name in TASKS:
        for key, values in result["sinkhorn"][name].items():
            if isinstance(values, list):
                print(f"  {name:6} {key:12}", *(f"{value:.3f}" for value in values))
            else:
                print(f"  {name:6} {key}: {values}")
    each = ", ".join(f"{n}: {value:.4g}" for n, value in result["scaling"]["seconds"].items())
    print(f"IPM step, seconds over n: {each}; exponent {result['scaling']['exponent']:.2f}")
    memory = result["memory"]
    n = memory["points"]
    print(f"{n} + {n} points: {memory['seconds']:.3g} s a step, peak "
          f"{memory['peak_bytes'] / 1e9:.2f} GB")  # fmt: skip
    print("kernels, seconds: ours (neural-tangents here) [neural-tangents before]")
    for n, entry in result["kernels"].items():
        for dtype, row in entry.items():
            cells = [
                f"{kind} {row[kind]:.4f} ({row.get('nt_' + kind, math.nan):.4f}) [{row['before'][kind]:.3f}]"
                for kind in ("matrix", "gradient")
            ]
            print(f"  {n:>5} {dtype}  {'  '.join(cells)}")


if __name__ == "__main__":
    main()

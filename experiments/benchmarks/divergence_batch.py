"""10,000 (alpha_D, alpha_G) divergences of a Gaussian pair in one call, beside scipy's quad in a loop.

The floor is one exponential for each pair and node: with N nodes, 10,000 N exponentials on two threads.

    python experiments/benchmarks/divergence_batch.py [--json]
"""

from __future__ import annotations

import json
import platform
import sys
import time

import numpy as np
from scipy import integrate, stats

from gantheory.divergences import alpha_grid

PAIRS = 10_000
LOOPED = 100


def by_quad(a: float, b: float, saturating: bool) -> float:
    """The equilibrium divergence of N(0, 1) and N(1, 1) by the loop that a user would write."""
    c = 1 - 1 / b
    P, Q = stats.norm(0, 1), stats.norm(1, 1)

    def integrand(x: float) -> float:
        log_p, log_q = P.logpdf(x), Q.logpdf(x)
        z = a * (log_p - log_q)
        tail_real, tail_fake = -c * np.logaddexp(0, -z), -c * np.logaddexp(0, z)  # of D^c and (1 - D)^c
        if saturating:  # eq. (7) of ISIT 2023 with f'(1) = 0
            bulk = np.exp(log_q + tail_fake) + np.exp(log_p + tail_real)
            return float(bulk - 2**-c * (np.exp(log_p) + np.exp(log_q))) / c
        return float(2**-c * np.exp(log_q) - np.exp(log_q + tail_real)) / c

    return float(integrate.quad(integrand, -25, 25, epsabs=0, epsrel=1e-9, limit=200)[0])


def exponential_floor(nodes: int) -> float:
    """Seconds for 10,000 x nodes exponentials, once, on one thread."""
    x = np.linspace(-30, 0, PAIRS * nodes)
    start = time.perf_counter()
    np.exp(x)
    return time.perf_counter() - start


def main() -> None:
    rng = np.random.default_rng(0)
    a, b = np.exp(rng.uniform(np.log(0.5), np.log(4), (2, PAIRS)))
    P, Q = stats.norm(0, 1), stats.norm(1, 1)
    alpha_grid(a[:2], b[:2], P, Q)  # scipy.stats' import is not what is timed
    seconds, values = {}, {}
    for kind in ("equilibrium", "flow", "discriminator"):
        for saturating in (True, False):
            start = time.perf_counter()
            out = alpha_grid(a, b, P, Q, saturating=saturating, kind=kind)
            name = f"{kind}, {'saturating' if saturating else 'non-saturating'}"
            seconds[name], values[name] = time.perf_counter() - start, out
    start = time.perf_counter()
    looped = [by_quad(a[i], b[i], True) for i in range(LOOPED)]
    loop = (time.perf_counter() - start) / LOOPED * PAIRS
    gap = np.max(np.abs(np.array(looped) / values["equilibrium, saturating"][:LOOPED] - 1))
    floor = exponential_floor(128)
    result = {
        "pairs": PAIRS,
        "seconds": seconds,
        "slowest_s": max(seconds.values()),
        "quad_loop_s": loop,
        "quad_loop_measured_pairs": LOOPED,
        "quad_loop_over_batched": loop / seconds["equilibrium, saturating"],
        "largest_relative_gap_to_quad": float(gap),
        "exponentials_128_nodes_s": floor,
        "batched_over_exponentials": seconds["equilibrium, saturating"] / floor,
        "machine": platform.platform(),
    }
    if "--json" in sys.argv:
        print(json.dumps(result))
        return
    for name, value in seconds.items():
        print(f"{name:30} {value:7.3f} s for {PAIRS} pairs")
    print(f"quad in a loop                 {loop:7.1f} s (from {LOOPED} pairs), largest gap {gap:.1e}")


if __name__ == "__main__":
    main()

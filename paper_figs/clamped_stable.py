"""Clamped against stable numerics: gradients passed on, and ring rates.

Above: |d loss/d z| of the alpha-loss over the logit z of the true label, in float32 as training passes it
on, and exact. The published code clamps D to [1e-7, 1 - 1e-7]: beyond |z| = 16.1 the gradient is exactly
zero (shaded), also on confident mistakes (z < 0), where it is largest for alpha < 1. At alpha = 1 the
code went through binary cross entropy, whose gradient fades below z = -28 in place of ending at -16.
Below: the same objectives and seeds with both numerics, from results/ring (reduced protocol, Wilson's 95
% intervals); success covers all 8 modes, failure none. "Differ" counts pairs with Holm's p < 0.05.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure

from gantheory.objectives import alpha_gan, from_spec
from gantheory.plotting import paper
from gantheory.plotting.theory.numerics import passed_gradient
from gantheory.plotting.training.rates import paired_rates
from gantheory.sweeps import RunStore
from gantheory.sweeps.reports.proportions import Rate, compare, holm
from gantheory.sweeps.reports.ring_report import ring_report
from gantheory.sweeps.reports.ring_results import Clamping

ROOT = Path(__file__).resolve().parents[1]
ALPHAS = {0.5: "0.5", 1: "1", 3: "3", float("inf"): r"\infty"}
LOGITS = np.linspace(-40, 40, 801, dtype=np.float32)


def draw() -> Figure:
    store = paper.needed(ROOT / "results" / "ring", "gantheory sweep experiments/ring_reduced.toml")
    protocols = ring_report(RunStore(store).records()).protocols
    reduced = max((p for p in protocols if p.kind == "reduced"), key=lambda p: len(p.settings))
    figure = Figure(figsize=(7.0, 5.6), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[2.3, 3.3])
    panels = above.subplots(1, len(ALPHAS), sharey=True)
    for axes, (alpha, name) in zip(panels, ALPHAS.items(), strict=True):
        passed = [gradient(alpha, numerics, torch.float32) for numerics in ("stable", "clamped")]
        passed_gradient(axes, LOGITS, exact(alpha), *passed)
        axes.set(title=rf"$\alpha = {name}$", xlabel="$z$", xticks=[-40, -16, 0, 16, 40], ylim=(1e-19, 1e19))
    panels[0].set_ylabel(r"$|\mathrm{d}\,\ell_\alpha/\mathrm{d}z|$")
    above.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    sides = below.subplots(1, 2, sharey=True, width_ratios=[100, 45])
    for axes, name in zip(sides, ("success", "failure"), strict=True):
        pairs = rates(reduced.clamping, name)
        series = {
            numerics: tuple(zip(*(percent(getattr(pair, numerics)) for pair in pairs), strict=True))
            for numerics in ("clamped", "stable")
        }
        paired_rates(axes, [label(pair.objective) for pair in pairs], series)
        differ = sum(p < 0.05 for p in holm([compare(pair.clamped, pair.stable).p for pair in pairs]))
        axes.set(title=f"{name}: {differ} of {len(pairs)} differ", xlabel="% of runs")
    sides[1].set_xlim(-2, 42)
    below.legend(*sides[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def gradient(alpha: float, numerics: str, dtype: torch.dtype) -> np.ndarray:
    """|d loss/d z| that autograd gets from the package's discriminator loss on real data."""
    loss, _ = alpha_gan(alpha, alpha).torch_losses(numerics)
    scores = torch.tensor(LOGITS, dtype=dtype, requires_grad=True)
    # The mean over real data, times their number, is the sum; scores on generated data do not matter here.
    (slope,) = torch.autograd.grad(loss(scores, torch.zeros(1, dtype=dtype)) * len(scores), scores)
    return slope.abs().numpy()


def exact(alpha: float) -> np.ndarray:
    """|l'(z)| = sigmoid(z)^c sigmoid(-z), c = 1 - 1/alpha, in float64 from logarithms."""
    z = LOGITS.astype(np.float64)
    c = 1 - 1 / alpha
    return np.exp(-c * np.logaddexp(0, -z) - np.logaddexp(0, z))


def rates(pairs: tuple[Clamping, ...], name: str) -> list[Clamping]:
    """The pairs of one rate, saturating first, by alphas."""
    return sorted((pair for pair in pairs if pair.rate == name), key=lambda pair: order(pair.objective))


def order(objective: str) -> tuple[bool, float, float]:
    given = dict(from_spec(objective).parameters)
    return not given["saturating"], float(given["alpha_g"]), float(given["alpha_d"])


def label(objective: str) -> str:
    unsaturated, alpha_g, alpha_d = order(objective)
    return f"({alpha_d:g}, {alpha_g:g}) {'non-sat.' if unsaturated else 'sat.'}"


def percent(rate: Rate) -> tuple[float, float, float]:
    low, high = rate.interval()
    return 100 * rate.value, 100 * low, 100 * high


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))

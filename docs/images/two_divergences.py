"""Pictures of docs/two-divergences.md, written beside this file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import stats

import gantheory as gt
from gantheory import plotting, validation
from gantheory.plotting import COLORS
from gantheory.validation.experiments.flow import START, TARGET
from gantheory.validation.experiments.optimum import optimum

# A backward diffusion has no limit on finer grids: few cells.
CELLS = {"lsgan(0, 1, 0)": 80, "lsgan(0, 1, 1)": 200}

HERE = Path(__file__).parent


def generator_loss(theory: gt.Theory, frozen: float, shift: float) -> float:
    """E_g S(v) for P_g = N(shift, 1), with the discriminator that is optimal against N(frozen, 1)."""
    S = theory.objective.functions().S

    x, weight = np.polynomial.hermite_e.hermegauss(80)
    x = x + shift
    scores = theory.score_at(stats.norm.pdf(x), stats.norm.pdf(x, frozen))
    return float(weight @ S(scores) / np.sqrt(2 * np.pi))


def slopes() -> None:
    """D_f and D_h of the non-saturating GAN over a shift, and what a generator step sees of their slopes."""
    theory = gt.derive(gt.objectives.vanilla(saturating=False))
    m = np.linspace(0, 3, 61)
    target = stats.norm(0, 1)
    D_f, D_h = (
        np.array([theory.divergence(target, stats.norm(shift, 1), kind=kind).value for shift in m])
        for kind in ("equilibrium", "flow")
    )
    points, step = m[4::7], 1e-3
    seen = [
        (generator_loss(theory, at, at + step) - generator_loss(theory, at, at - step)) / (2 * step)
        for at in points
    ]
    with plotting.style():
        figure, (values, derivatives) = plotting.canvas(1, 2, width=2 * plotting.COLUMN, height=2.5)
        for curve, name, color in ((D_f, "D_f", "control"), (D_h, "D_h", "measured")):
            values.plot(m, curve, color=COLORS[color], label=f"${name}$")
            slope = np.gradient(curve, m, edge_order=2)
            derivatives.plot(m, slope, color=COLORS[color], label=f"slope of ${name}$")
        derivatives.plot(
            points,
            seen,
            "o",
            color=COLORS["theory"],
            markersize=3.5,
            label="slope of $G$'s loss, $D$ held fixed",
        )
        values.set(title="the two divergences", ylabel="nats")
        derivatives.set(title="their slopes", ylabel="nats per unit of $m$")
        for axes in (values, derivatives):
            axes.set(xlabel="$m$, where $P_r = N(0, 1)$, $P_g = N(m, 1)$", xlim=(0, 3), ylim=(0, None))
            axes.legend(loc="upper left")
        figure.savefig(HERE / "two_divergences.png")


def leaving() -> None:
    """LSGAN's label codings (0, 1, 0) and (0, 1, 1): D_h falls in both flows, only one approaches P_r."""
    flows = {spec: _flow(spec) for spec in ("lsgan(0, 1, 0)", "lsgan(0, 1, 1)")}
    with plotting.style():
        figure, panels = plotting.canvas(2, 2, width=2 * plotting.COLUMN, height=4.2)
        lines = zip(flows.items(), panels[0], ("control", "measured"), strict=True)
        for (spec, flow), axes, color in lines:
            name = spec.replace("lsgan", "labels ")
            plotting.densities(axes, flow.centers, flow.target, flow.densities[::10], flow.times[::10])
            axes.set(xlim=(-4, 4), ylim=(0, 0.8), title=f"LSGAN, {name}")
            h = gt.derive(gt.objectives.from_spec(spec)).generating_function("flow")
            panels[1, 0].plot(flow.times, flow.divergence(h.of_log), color=COLORS[color], label=name)
            panels[1, 1].plot(flow.times, flow.total_variation, color=COLORS[color], label=name)
        panels[0, 0].legend(loc="upper left")
        panels[1, 0].set(title="flow divergence: falls in both", xlabel="time", ylabel="$D_h$ (nats)")
        panels[1, 1].set(
            title="distance: falls in one", xlabel="time", ylabel="total variation to $P_r$", ylim=(0, 0.6)
        )
        panels[1, 1].legend(loc="lower left")
        figure.savefig(HERE / "leaving.png")


def _flow(spec: str) -> validation.DensityFlow:
    return validation.solve(
        optimum(spec).potential,
        target=lambda x: TARGET.density(x[:, None]),
        initial=lambda x: START.density(x[:, None]),
        support=(-9.0, 9.0),
        times=np.linspace(0.0, 1.2, 41),
        cells=CELLS[spec],
        upwind=spec == "lsgan(0, 1, 0)",
    )


if __name__ == "__main__":
    slopes()
    leaving()

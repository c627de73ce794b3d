"""LSGAN's label codings (a, b, c): f, h, and where the flow takes a density.

a labels generated, b real data, c is the generator's target. Top: f of the published objective (with its
real term, Mao et al. 2017) and h, which a training step descends; "convex" is the package's own verdict.
Middle: a density moved by the exact optimal discriminator, from one bump towards two
(gantheory.validation.solve, 60 cells). Bottom: total variation to P_r on the way. All three codings have a
convex f. Only (0, 1, 1) has a convex h, and arrives. Where h is concave the flow is a backward diffusion,
and mass runs away from P_r into single cells, faster on finer grids: for (-1, 1, 0), the Pearson coding,
where p_r > p_g, and for (0, 1, 0) everywhere. Those two stop at time 10, when nothing moves any more.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

import gantheory as gt
from gantheory.plotting import canvas, densities, paper, total_variation
from gantheory.plotting.theory.two_divergences import generating_functions
from gantheory.validation.experiments.density_flow import DensityFlow, solve
from gantheory.validation.experiments.flow import START, TARGET
from gantheory.validation.experiments.optimum import optimum

ENDS = {(0, 1, 1): 100.0, (-1, 1, 0): 10.0, (0, 1, 0): 10.0}
"""Coding -> when its flow ends."""

U = np.linspace(0.01, 4, 400)
CELLS = 60


def draw() -> Figure:
    figure, panels = canvas(3, 3, width=7.0, height=5.8)
    for column, (coding, end) in enumerate(ENDS.items()):
        top, middle, bottom = panels[:, column]
        f, h = curves(coding)
        generating_functions(top, U, f, h)
        top.set_title(f"{coding}\n{verdicts(coding)}", fontsize=7.5)
        moved = flow(coding)
        rows = [0, *(int(np.argmin(abs(moved.times - t))) for t in shown(end))]
        densities(middle, moved.centers, moved.target, moved.densities[rows], moved.times[rows])
        middle.set(xlim=(-4.5, 4.5))
        middle.legend(fontsize=6, loc="upper left", handlelength=1.0)
        total_variation(bottom, moved.times[1:], moved.total_variation[1:])
        bottom.set(xscale="log", xlim=(0.05, 100), ylim=(0, 1))
        for axes in (top, middle, bottom) if column else ():
            axes.set_ylabel("")
    panels[0, 0].set_ylabel("generating function")
    panels[0, 0].legend(fontsize=6, loc="upper center")
    return figure


def shown(end: float) -> list[float]:
    return [time for time in (0.3, 1.0, 10.0, 100.0) if time <= end]


def theory(coding: tuple[int, int, int]) -> gt.Theory:
    return gt.derive(gt.objectives.lsgan(*coding, real_term=True))


def curves(coding: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """f and h on U."""
    found = theory(coding)
    f, h = (found.generating_function(kind).of_log(np.log(U)) for kind in ("equilibrium", "flow"))
    return f, h


def verdicts(coding: tuple[int, int, int]) -> str:
    """Convexity of f and h in words."""
    found = theory(coding)
    f, h = (found.convexity(kind).holds for kind in ("equilibrium", "flow"))
    return f"$f$ {'convex' if f else 'not convex'}, $h$ {'convex' if h else 'not convex'}"


def flow(coding: tuple[int, int, int]) -> DensityFlow:
    """One bump on its way, from time 0 to its end; upwind where mass runs away from P_r."""
    return solve(
        optimum(f"lsgan{coding}").potential,
        target=lambda x: TARGET.density(x[:, None]),
        initial=lambda x: START.density(x[:, None]),
        support=(-9.0, 9.0),
        times=np.unique([0, *np.geomspace(0.01, ENDS[coding], 61), *shown(ENDS[coding])]),
        cells=CELLS,
        tolerance=2e-4,
        upwind=not theory(coding).convexity("flow").holds,
    )


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))

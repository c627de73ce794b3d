"""D_f, D_h and their difference over (alpha_D, alpha_G), for two Gaussians.

Exact values for P_r = N(0, 1) and P_g = N(1, 1), in nats (gantheory.divergences.alpha_grid). D_f is what
the generator's objective equals at the optimal discriminator, D_h what a training step descends.
Saturating, the two agree where alpha_D = alpha_G (zero-sum; straight contour at 0). D_h is positive
everywhere; D_f is negative where alpha_G is small beside alpha_D in the saturating game (gray).
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from gantheory.divergences import alpha_grid
from gantheory.plotting import canvas, paper
from gantheory.plotting.theory.two_divergences import divergence_map

ALPHAS = np.geomspace(0.5, 4, 97)
LEVELS = [0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1]
DIFFERENCES = [-0.8, -0.4, -0.2, -0.1, -0.05, 0, 0.05, 0.1, 0.2, 0.4, 0.8]


def draw() -> Figure:
    figure, panels = canvas(2, 3, width=7.0, height=4.15)
    for row, saturating in zip(panels, (True, False), strict=True):
        f, h = (values(saturating, kind) for kind in ("equilibrium", "flow"))
        both = divergence_map(row[0], ALPHAS, ALPHAS, f, LEVELS)
        divergence_map(row[1], ALPHAS, ALPHAS, h, LEVELS)
        apart = divergence_map(row[2], ALPHAS, ALPHAS, h - f, DIFFERENCES)
        figure.colorbar(both, ax=row[:2], label="nats", pad=0.02, shrink=0.8, format="%g", ticks=LEVELS)
        figure.colorbar(apart, ax=row[2], label="nats", pad=0.02, shrink=0.8, format="%g", ticks=DIFFERENCES)
        row[0].set_ylabel(f"{'saturating' if saturating else 'non-saturating'}\n" + r"$\alpha_G$")
        for axes in row[1:]:
            axes.tick_params(labelleft=False)
    panels[0, 0].text(2.6, 0.68, "$D_f < 0$", ha="center", fontsize=7)
    for axes, title in zip(panels[0], ("$D_f$", "$D_h$", "$D_h - D_f$"), strict=True):
        axes.set_title(title)
        axes.tick_params(labelbottom=False)
    for axes in panels[1]:
        axes.set_xlabel(r"$\alpha_D$")
    return figure


def values(saturating: bool, kind: str) -> np.ndarray:
    """Rows alpha_G, columns alpha_D."""
    real, generated = stats.norm(0, 1), stats.norm(1, 1)
    return alpha_grid(ALPHAS[None, :], ALPHAS[:, None], real, generated, saturating, kind)


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))

"""f and h over u: the divergence at equilibrium, and the one a step descends.

Exact theory of (alpha_D, alpha_G)-GANs; both have value and slope 0 at u = 1. f belongs to the
generator's objective once the discriminator is optimal (published theorems speak of it), h to a generator
step with the discriminator held fixed. They agree at (1, 1) saturating, a zero-sum game, and differ
elsewhere. Words in the panels are the certified kind of f; h is convex in every panel, also where f is
not and where D_f is no divergence.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

import gantheory as gt
from gantheory.derivation.regions.alphas import NONE, STRICT, UNIQUE, alpha_region
from gantheory.plotting import canvas, paper
from gantheory.plotting.theory.two_divergences import generating_functions

PAIRS = {True: [(1, 1), (0.5, 1.2), (2, 4), (4, 1.5)], False: [(1, 1), (0.5, 1.2), (2, 4), (4, 4)]}
U = np.linspace(0.01, 4, 400)
WORDS = {STRICT: "$f$ strictly convex", UNIQUE: "$f$ not convex,\nunique minimum", NONE: "no divergence"}


def draw() -> Figure:
    figure, panels = canvas(2, 4, width=7.0, height=3.9)
    for row, saturating in zip(panels, (True, False), strict=True):
        for axes, (alpha_d, alpha_g) in zip(row, PAIRS[saturating], strict=True):
            f, h = curves(alpha_d, alpha_g, saturating)
            generating_functions(axes, U, f, h)
            word = WORDS[alpha_region(alpha_d, alpha_g, saturating).label]
            axes.set_title(f"({alpha_d:g}, {alpha_g:g})")
            axes.text(0.12, 0.98, word, transform=axes.transAxes, va="top", fontsize=6.5)
            axes.set_xlabel("" if saturating else axes.get_xlabel())
        row[0].set_ylabel("saturating" if saturating else "non-saturating")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def curves(alpha_d: float, alpha_g: float, saturating: bool) -> tuple[np.ndarray, np.ndarray]:
    """f and h on U."""
    theory = gt.derive(gt.objectives.alpha_gan(alpha_d, alpha_g, saturating=saturating))
    f, h = (theory.generating_function(kind).of_log(np.log(U)) for kind in ("equilibrium", "flow"))
    return f, h


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))

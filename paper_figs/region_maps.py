"""Region maps over (alpha_D, alpha_G) with the published boundaries.

Areas are the certified regions: f strictly convex; f not convex, though D_f vanishes only at P_g = P_r;
no divergence. They are proved as a whole in gantheory.derivation.regions.theorems, not sampled on a grid.
Curves bound the hypotheses of Theorems 1 and 2 of Welfert et al. (ISIT 2023, Figure 1): inside them f is
strictly convex, as published, and on the dashed ones too, but for (1, 1/2), where D_f is zero. Amber is
what those theorems leave open: f is not convex there, and D_f is a divergence all the same.
"""

from __future__ import annotations

from matplotlib.figure import Figure

from gantheory.plotting import paper
from gantheory.plotting.theory.regions import region_maps


def draw() -> Figure:
    return region_maps()


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))

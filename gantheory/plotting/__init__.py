"""Pictures of results: functions that take numbers and matplotlib Axes, and return the Axes.

    from gantheory import plotting

    with plotting.style():
        figure, axes = plotting.canvas()
        plotting.discriminator_1d(axes, x, optimal, trained)

Nothing global is touched: no pyplot, no rc parameters outside the `style` context. Colors are told apart with
any color vision, and each role (theory, measured, control, real, generated) has the same color everywhere.
"""

from gantheory.plotting.curves import densities, divergence_decay, total_variation, value_convergence
from gantheory.plotting.discriminators import discriminator_1d, discriminator_2d, heat_map
from gantheory.plotting.landscapes import saturation
from gantheory.plotting.regions import alpha_regions, write_regions
from gantheory.plotting.samples import ring_samples
from gantheory.plotting.style import COLORS, COLUMN, SERIES, STYLE, canvas, style
from gantheory.plotting.summary import distances

__all__ = [
    "COLORS",
    "COLUMN",
    "SERIES",
    "STYLE",
    "alpha_regions",
    "canvas",
    "densities",
    "discriminator_1d",
    "discriminator_2d",
    "distances",
    "divergence_decay",
    "heat_map",
    "ring_samples",
    "saturation",
    "style",
    "total_variation",
    "value_convergence",
    "write_regions",
]

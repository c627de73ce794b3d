"""Pictures of results: functions that take numbers and matplotlib Axes, and return the Axes.

    from gantheory import plotting

    with plotting.style():
        figure, axes = plotting.canvas()
        plotting.discriminator_1d(axes, x, optimal, trained)

Nothing global is touched: no pyplot, no rc parameters outside the `style` context. Colors are told apart with
any color vision, and each role (theory, measured, control, real, generated) has the same color everywhere.
"""

from gantheory.plotting.alpha_maps import alpha_map
from gantheory.plotting.curves import densities, divergence_decay, total_variation, value_convergence
from gantheory.plotting.discriminators import discriminator_1d, discriminator_2d, heat_map
from gantheory.plotting.kernels import kernel_curves
from gantheory.plotting.landscape_figures import landscape_figure
from gantheory.plotting.landscapes import saturation
from gantheory.plotting.parameters import parameter_curves
from gantheory.plotting.regions import alpha_regions, write_regions
from gantheory.plotting.samples import ring_samples
from gantheory.plotting.saturations import end_legend, saturation_curves
from gantheory.plotting.space_landscapes import (
    density_gradients,
    density_outputs,
    density_pair,
    field_legend,
    ring_field,
)
from gantheory.plotting.style import COLORS, COLUMN, LINES, SERIES, STYLE, canvas, style
from gantheory.plotting.summary import distances

__all__ = [
    "COLORS",
    "COLUMN",
    "LINES",
    "SERIES",
    "STYLE",
    "alpha_map",
    "alpha_regions",
    "canvas",
    "densities",
    "density_gradients",
    "density_outputs",
    "density_pair",
    "discriminator_1d",
    "discriminator_2d",
    "distances",
    "divergence_decay",
    "end_legend",
    "field_legend",
    "heat_map",
    "kernel_curves",
    "landscape_figure",
    "parameter_curves",
    "ring_field",
    "ring_samples",
    "saturation",
    "saturation_curves",
    "style",
    "total_variation",
    "value_convergence",
    "write_regions",
]

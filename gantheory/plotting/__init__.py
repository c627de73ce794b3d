"""Pictures of results: functions that take numbers and matplotlib Axes, and return the Axes.

    from gantheory import plotting

    with plotting.style():
        figure, axes = plotting.canvas()
        plotting.discriminator_1d(axes, x, optimal, trained)

Nothing global is touched: no pyplot, no rc parameters outside the `style` context. Colors are told apart with
any color vision, and each role (theory, measured, control, real, generated) has the same color everywhere.
"""

from gantheory.arguments.door import open_door
from gantheory.plotting.landscape.alpha_maps import alpha_map
from gantheory.plotting.landscape.figures import landscape_figure
from gantheory.plotting.landscape.gradients import saturation
from gantheory.plotting.landscape.parameters import parameter_curves
from gantheory.plotting.landscape.saturations import end_legend, saturation_curves
from gantheory.plotting.landscape.space import (
    density_gradients,
    density_outputs,
    density_pair,
    field_legend,
    ring_field,
)
from gantheory.plotting.landscape.thresholds import threshold_map
from gantheory.plotting.ntk.fields import score_map, vector_field
from gantheory.plotting.ntk.kernels import kernel_curves
from gantheory.plotting.ntk.widths import errors_over_width, scores_of_widths
from gantheory.plotting.report.summary import distances
from gantheory.plotting.style.style import COLORS, COLUMN, LINES, SERIES, STYLE, canvas, style
from gantheory.plotting.theory.numerics import passed_gradient
from gantheory.plotting.theory.regions import alpha_regions, write_regions
from gantheory.plotting.theory.two_divergences import divergence_map, generating_functions
from gantheory.plotting.training.curves import densities, divergence_decay, total_variation, value_convergence
from gantheory.plotting.training.discriminators import discriminator_1d, discriminator_2d, heat_map
from gantheory.plotting.training.rates import paired_rates, rates_over
from gantheory.plotting.training.runs import every_run
from gantheory.plotting.training.samples import modes_over_epochs, ring_samples, samples_on_discriminator

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
    "divergence_map",
    "end_legend",
    "errors_over_width",
    "every_run",
    "field_legend",
    "generating_functions",
    "heat_map",
    "kernel_curves",
    "landscape_figure",
    "modes_over_epochs",
    "paired_rates",
    "parameter_curves",
    "passed_gradient",
    "rates_over",
    "ring_field",
    "ring_samples",
    "samples_on_discriminator",
    "saturation",
    "saturation_curves",
    "score_map",
    "scores_of_widths",
    "style",
    "threshold_map",
    "total_variation",
    "value_convergence",
    "vector_field",
    "write_regions",
]

open_door(__name__)

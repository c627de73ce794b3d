"""Pictures: what is drawn is what was given, and nothing global is touched."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest

from gantheory import plotting
from gantheory.plotting.report import figures as report_figures

X = np.linspace(-2, 2, 41)
RUNS = np.stack([np.tanh(X) + 0.01 * k for k in range(3)])


def lines(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def test_the_optimal_discriminator_and_every_seed_are_drawn():
    _, axes = plotting.canvas()
    assert plotting.discriminator_1d(axes, X, np.tanh(X), RUNS, np.exp(-(X**2)), np.ones_like(X)) is axes
    assert np.array_equal(lines(axes)["$D^*$"].get_ydata(), np.tanh(X))
    drawn = [line for line in axes.get_lines() if np.array_equal(line.get_ydata(), RUNS[1])]
    assert len(drawn) == 1
    assert "trained, 3 seeds" in axes.get_legend_handles_labels()[1]


def test_the_two_dimensional_panels_show_optimum_training_and_difference():
    _, axes = plotting.canvas(columns=3)
    best, mean = np.outer(X, X), np.outer(X, X) + 0.1
    panels = plotting.discriminator_2d(tuple(axes), X, X, best, mean)
    shown = [panel.collections[0].get_array().reshape(41, 41) for panel in panels]
    assert np.allclose(shown[0], best)
    assert np.allclose(shown[2], 0.1)
    low, high = panels[2].collections[0].get_clim()
    assert low == -high, "colors of a difference are symmetric about 0"


def test_the_landscape_is_on_logarithmic_axes_and_leaves_out_wrong_signs():
    d = np.array([0.3, 0.01, 0.1])
    measured = np.stack([d, 1.1 * d, [-0.3, 0.012, 0.09]])
    _, axes = plotting.canvas()
    assert plotting.saturation(axes, d, d, measured) is axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    median = lines(axes)["trained, 3 seeds"]
    assert list(median.get_xdata()) == [0.01, 0.1, 0.3]
    assert median.get_ydata() == pytest.approx([0.011, 0.1, 0.315])


def test_curves_of_a_flow():
    _, axes = plotting.canvas()
    times, values = np.linspace(0, 1, 5), np.exp(-np.linspace(0, 1, 5))
    plotting.divergence_decay(axes, times, values, values, 2 * values)
    assert np.array_equal(lines(axes)["control: $D_f$ (shifted)"].get_ydata(), 2 * values)
    _, axes = plotting.canvas()
    plotting.total_variation(axes, times, values)
    plotting.total_variation(axes, times, 3 * values)
    assert axes.get_ylim()[1] > 3, "a later, higher curve is not cut off"
    _, axes = plotting.canvas()
    assert plotting.value_convergence(axes, times, np.stack([values, values]), 0.5) is axes
    assert list(lines(axes)["supremum"].get_ydata()) == [0.5, 0.5]


def test_ring_samples_have_a_circle_per_mode():
    _, axes = plotting.canvas()
    centers = np.array([[1.0, 0.0], [-1.0, 0.0]])
    plotting.ring_samples(axes, np.zeros((5, 2)), centers, 0.03, title="t")
    assert [tuple(patch.center) for patch in axes.patches] == [(1.0, 0.0), (-1.0, 0.0)]
    assert {patch.radius for patch in axes.patches} == {0.03}


def test_the_style_ends_with_its_context():
    before = dict(mpl.rcParams)
    with plotting.style():
        assert mpl.rcParams["axes.spines.top"] is False
    assert dict(mpl.rcParams) == before
    data = {"steps": X, "values": RUNS, "limit": 0.1, "ylabel": "y"}
    first = report_figures.svg(report_figures.draw("value_convergence", "t", data))
    assert dict(mpl.rcParams) == before
    assert first.startswith("<svg")
    assert first == report_figures.svg(report_figures.draw("value_convergence", "t", data)), (
        "the same bytes again"
    )
    with pytest.raises(ValueError, match="did you mean 'flow'"):
        report_figures.draw("flows", "t", {})


def test_pyplot_is_not_imported():
    code = (
        "import sys; from gantheory import plotting; plotting.canvas(); "
        "import gantheory.plotting.report.figures; assert 'matplotlib.pyplot' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_roles_are_told_apart_without_color():
    """Luminance of theory, measurement and control differs, for print and any color vision."""

    def luminance(color):
        r, g, b = (int(color[k : k + 2], 16) / 255 for k in (1, 3, 5))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    values = sorted(luminance(plotting.COLORS[role]) for role in ("theory", "measured", "control"))
    assert min(np.diff(values)) > 0.05

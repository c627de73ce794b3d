"""Landscape pictures: what is drawn is what the tables say, and the Axes come back."""

import io
import shutil
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gantheory import landscape, plotting
from gantheory.plotting.landscape.saturations import END_MARKERS
from gantheory.plotting.style.direct_labels import _apart
from gantheory.plotting.style.names import short_name, short_names

SPECS = ["vanilla", "vanilla(saturating=False)", "hinge"]


def lines(axes):
    return {line.get_label(): line for line in axes.get_lines()}


@pytest.mark.parametrize("over", ["D", "score", "log_u"])
def test_saturation_curves_are_the_table(over):
    table = landscape.saturation(SPECS, over, points=51)
    _, axes = plotting.canvas()
    assert plotting.saturation_curves(axes, table, over) is axes
    for label, spec in (("vanilla S", "vanilla"), ("vanilla NS", "vanilla(saturating=False)")):
        rows = table[table["objective"] == spec]
        assert np.array_equal(lines(axes)[label].get_xdata(), rows[over])
        assert np.array_equal(lines(axes)[label].get_ydata(), rows["s"])
    assert "hinge: $|s| = 0$" in lines(axes), "no curve is left out"
    assert axes.get_yscale() == "log" and axes.get_xscale() == ("logit" if over == "D" else "linear")
    # Saturating: vanishes at the fake end, constant at the real one; non-saturating the other way round.
    drawn = [(line.get_label(), line.get_marker()) for line in axes.get_lines() if line.get_marker() in "v^o"]
    assert drawn == [
        ("_at_fake", END_MARKERS["vanishes"]),
        ("_at_real", END_MARKERS["constant"]),
        ("_at_fake", END_MARKERS["constant"]),
        ("_at_real", END_MARKERS["vanishes"]),
    ]
    left, right = (
        [line.get_xdata()[0] for line in axes.get_lines() if line.get_label() == f"_at_{end}"]
        for end in ("fake", "real")
    )
    assert max(left) < min(right), "each marker stands at its own end"
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["vanilla S", "vanilla NS", "hinge: $|s| = 0$"]


def test_other_scales_of_d():
    table = landscape.saturation("vanilla", "D", points=11)
    for scale in ("log", "linear"):
        _, axes = plotting.canvas()
        assert plotting.saturation_curves(axes, table, scale=scale).get_xscale() == scale
    wide = landscape.saturation("lsgan(-1, 1, 0, real_term=True)", "D", points=11)
    _, axes = plotting.canvas()
    assert plotting.saturation_curves(axes, wide).get_xscale() == "linear", "D from -1 to 1 has no logit"
    with pytest.raises(ValueError, match="scale must be logit"):
        plotting.saturation_curves(axes, table, scale="logs")


@pytest.mark.parametrize("saturating", [True, False])
def test_the_map_of_the_alphas_is_the_table(saturating):
    values = np.geomspace(0.3, 3, 7)
    table = landscape.alpha(values, values, 0.05, saturating)
    _, axes = plotting.canvas()
    shuffled = table.sample(frac=1, random_state=0)
    assert plotting.alpha_map(axes, shuffled) is axes
    shown = np.asarray(axes.collections[0].get_array()).reshape(7, 7)
    low, high = axes.collections[0].get_clim()
    clipped = np.clip(table["s"].to_numpy().reshape(7, 7).T, 0.99 * low, 1.01 * high)
    np.testing.assert_array_equal(shown, clipped)
    end = "real" if saturating else "fake"
    height = lines(axes)[f"_at_{end}"].get_ydata()[0]
    assert height == float(landscape.alpha_formula(saturating).boundary(end)) == 1
    words = {text.get_text() for text in axes.texts if "as" in text.get_text()}
    limit = 1 if saturating else 0
    assert words == {rf"vanishes as $D \to {limit}$", rf"explodes as $D \to {limit}$"}
    assert low * high == pytest.approx(1), "colors are symmetric about |s| = 1"


def test_a_map_needs_a_full_grid():
    table = landscape.alpha([1.0, 2.0], [1.0, 2.0], [0.1, 0.2])
    _, axes = plotting.canvas()
    with pytest.raises(ValueError, match="full grid over alpha_d and alpha_g: 2 x 2, got 8 rows"):
        plotting.alpha_map(axes, table)


def test_density_panels_are_the_table():
    table = landscape.density(SPECS[:2], stats.norm(-1, 1), stats.norm(1, 1), points=31)
    _, (first, second, third) = plotting.canvas(3, 1)
    assert plotting.density_pair(first, table) is first
    assert plotting.density_outputs(second, table) is second
    assert plotting.density_gradients(third, table) is third
    rows = table[table["objective"] == "vanilla"]
    assert np.array_equal(lines(first)["real $p_r$"].get_ydata(), rows["p_r"])
    assert np.array_equal(lines(second)["vanilla S"].get_ydata(), rows["D"])
    assert np.array_equal(lines(third)["vanilla S"].get_ydata(), rows["gradient"].abs())


def test_the_field_points_against_the_gradient():
    table = landscape.ring("vanilla", points=31)
    _, axes = plotting.canvas()
    assert plotting.ring_field(axes, table, arrows=7) is axes
    (arrows,) = [c for c in axes.collections if type(c).__name__ == "Quiver"]
    at = {(round(r.x, 9), round(r.y, 9)): r for r in table.itertuples()}
    hidden = np.broadcast_to(arrows.Umask, arrows.U.shape)
    assert not hidden.all()
    for x, y, u, v in zip(*(a[~hidden] for a in (arrows.X, arrows.Y, arrows.U, arrows.V)), strict=True):
        row = at[round(x, 9), round(y, 9)]
        assert (u, v) == pytest.approx((-row.gradient_x / row.gradient, -row.gradient_y / row.gradient))
    with pytest.raises(ValueError, match="table must hold one objective"):
        plotting.ring_field(axes, landscape.ring(SPECS[:2], points=5))


@pytest.mark.parametrize("name", ["shift", "scale", "weight"])
def test_parameter_curves_are_the_table(name):
    table = pd.DataFrame(
        {
            "objective": ["vanilla"] * 3 + ["renyi(2)"] * 3,
            "parameter": name,
            "value": [0.2, 0.5, 0.8] * 2,
            "D_h": [1.0, 2.0, np.inf, np.nan, np.nan, np.nan],
            "dD_h": [-1.0, 0.0, 4.0, np.nan, np.nan, np.nan],
        }
    )
    _, axes = plotting.canvas()
    assert plotting.parameter_curves(axes, table, "D_h") is axes
    assert np.array_equal(lines(axes)["vanilla S"].get_ydata(), [1, 2, np.nan], equal_nan=True)
    assert not any("nyi" in label for label in lines(axes)), "what has no D_h is not drawn"
    _, axes = plotting.canvas()
    plotting.parameter_curves(axes, table, "dD_h")
    drawn = lines(axes)["vanilla S"].get_ydata()
    assert (drawn[0], drawn[2]) == (1, 4) and axes.get_yscale() == "log"
    assert axes.get_ylim()[0] > 1e-3, "an exact zero does not stretch the axis"
    with pytest.raises(ValueError, match="did you mean 'D_h'"):
        plotting.parameter_curves(axes, table, "D_hh")


def test_kernel_curves_are_the_table():
    table = pd.DataFrame(
        {
            "objective": "vanilla",
            "kernel": "rbf",
            "t": [1.0, 1.0, 2.0, 2.0],
            "x": [0.0, 1.0, 0.0, 1.0],
            "gradient": [0.1, -0.2, 0.3, -0.4],
        }
    )
    table.attrs.update(real=[0.2], fake=[0.8])
    _, axes = plotting.canvas()
    assert plotting.kernel_curves(axes, table) is axes
    assert list(lines(axes)["$t = 2$"].get_ydata()) == [0.3, 0.4]
    assert {c.get_label() for c in axes.collections} == {"_real", "_fake"}
    with pytest.raises(ValueError, match="table must hold one kernel, got rbf, erf"):
        plotting.kernel_curves(axes, pd.concat([table, table.assign(kernel="erf")]))


def test_labels_are_kept_apart_and_near():
    placed = _apart(np.array([0.9, 0.5, 0.49, 0.48, 0.1]), 0.08)
    assert (-np.diff(placed) >= 0.08 - 1e-12).all()
    assert placed[[0, 4]] == pytest.approx([0.9, 0.1]) and placed[2] == pytest.approx(0.49)


def test_short_names():
    assert short_name("alpha_gan(1/2, 6/5, saturating=False)") == r"$\alpha$-GAN (0.5, 1.2) NS"
    assert short_name("alpha_gan(1/3, oo)") == r"$\alpha$-GAN (1/3, $\infty$) S"
    assert short_name("lsgan(0, 1, 1, real_term=True)") == "LSGAN (0, 1, 1) with real term"
    assert short_name('fgan("kl")') == "$f$-GAN KL"
    assert short_name("my_loss") == "my loss"
    assert short_names(["vanilla", "vanilla()"]) == ["vanilla", "vanilla()"], "never two the same"


@pytest.mark.parametrize("kind", ["saturation", "alpha", "density", "ring"])
def test_whole_figures_are_drawn_and_embed_their_fonts(kind):
    values = np.geomspace(0.5, 2, 5)
    table = {
        "saturation": lambda: landscape.saturation(SPECS, points=21),
        "alpha": lambda: pd.concat([landscape.alpha(values, values, 0.1, kind) for kind in (True, False)]),
        "density": lambda: landscape.density(SPECS, stats.norm(0, 1), stats.norm(1, 1), points=21),
        "ring": lambda: landscape.ring(SPECS, points=15),
    }[kind]()
    with plotting.style():
        figure = plotting.landscape_figure(kind, table)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="pdf")
    content = buffer.getvalue()
    assert b"/FontFile2" in content and b"/Type3" not in content, "TrueType, not Type 3"
    with pytest.raises(ValueError, match="did you mean 'ring'"):
        plotting.landscape_figure("rign", table)


@pytest.mark.skipif(shutil.which("latex") is None, reason="no TeX here")
@pytest.mark.slow
def test_latex_typesets_the_same_figure(tmp_path):
    table = landscape.saturation(["vanilla", "alpha_gan(0.5, 1.2, saturating=False)", "hinge"], points=21)
    with plotting.style(usetex=True):
        figure = plotting.landscape_figure("saturation", table)
        figure.savefig(tmp_path / "figure.pdf")
    assert (tmp_path / "figure.pdf").stat().st_size > 5000


def test_saturation_goes_over_log_u_where_links_differ_and_ends_where_the_score_ends():
    from matplotlib.figure import Figure

    table = landscape.saturation(["vanilla", "lsgan(0, 1, 1)"], points=21)
    assert table.attrs["over"] == "log_u"
    assert landscape.saturation(["vanilla", "alpha_gan(2, 2)"], points=5).attrs["over"] == "D"

    own = "parse(real='-softplus(-v)', fake='-softplus(v)', generator='softplus(-v)', domain=(-3, 3))"
    table = landscape.saturation(["vanilla", own], "log_u", points=201)
    axes = Figure().subplots()
    plotting.saturation_curves(axes, table)
    assert axes.get_xlabel() == r"$\log\, p_r/p_g$"
    curve = next(line for line in axes.lines if line.get_label() == "parsed")
    seen = np.asarray(curve.get_xdata())[np.isfinite(np.asarray(curve.get_ydata(), dtype=float))]
    assert abs(seen[0] + 3) < 0.1 and abs(seen[-1] - 3) < 0.1
    assert [line.get_label() for line in axes.lines].count("_at_fake") == 2
    assert any(text.get_text() == "parsed" for text in axes.texts)


def test_markers_stand_at_ends_only_and_not_where_the_axis_was_cut():
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    plotting.saturation_curves(axes, landscape.saturation("vanilla", "D", np.linspace(0.2, 0.7, 9)))
    assert not [line for line in axes.lines if str(line.get_label()).startswith("_at")]


def test_factors_near_the_end_of_the_doubles():
    table = landscape.saturation("alpha_gan(0.001, 0.001)")
    _, axes = plotting.canvas()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plotting.saturation_curves(axes, table)
        axes.figure.canvas.draw()
    low, high = axes.get_ylim()
    assert 1e300 < low < table["s"][np.isfinite(table["s"])].max() <= high < np.inf


@pytest.mark.parametrize(
    "draw",
    [
        plotting.alpha_map,
        plotting.saturation_curves,
        plotting.parameter_curves,
        plotting.ring_field,
        plotting.kernel_curves,
        plotting.errors_over_width,
        plotting.density_outputs,
        plotting.density_gradients,
        plotting.density_pair,
        *(
            lambda _, table, kind=kind: plotting.landscape_figure(kind, table)
            for kind in ("saturation", "alpha", "density", "ring", "parameter", "ntk")
        ),
    ],
)
def test_a_table_of_another_kind_is_refused_by_its_columns(draw):
    _, axes = plotting.canvas()
    for table, held in ((pd.DataFrame({"a": [1]}), "a"), (pd.DataFrame(), "none")):
        with pytest.raises(ValueError, match=f"table must have columns .*, got {held}$"):
            draw(axes, table)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"limit": np.nan}, r"limit must be in \(0, inf\), got nan"),
        ({"opacity": 3.0}, r"opacity must be in \(0, 1\], got 3.0"),
        ({"radius": [1, 2, 3]}, "radius must be one number or 2 of them"),
    ],
)
def test_samples_on_a_ring_are_drawn_within_what_can_be_seen(given, says):
    _, axes = plotting.canvas()
    with pytest.raises(ValueError, match=says):
        plotting.ring_samples(axes, np.zeros((3, 2)), np.zeros((2, 2)), **{"radius": 1.0, **given})

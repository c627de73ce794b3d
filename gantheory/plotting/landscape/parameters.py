"""Divergences against a parameter of the generator: flat is a vanishing gradient, steep an exploding one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gantheory.arguments.checks import choice, finite_number, has_columns
from gantheory.plotting.style.direct_labels import label_curves
from gantheory.plotting.style.names import short_names
from gantheory.plotting.style.style import COLORS, look_of

_QUANTITIES = {
    "D_f": r"$D_f(P_r\,\|\,P_g)$ (nats)",
    "D_h": r"$D_h(P_r\,\|\,P_g)$ (nats)",
    "V_G": "generator's value $V_G$ at $D^*$",
    "dD_f": r"$\mathrm{d}D_f/\mathrm{d}\theta$",
    "dD_h": r"$\mathrm{d}D_h/\mathrm{d}\theta$: gradient of a step",
}
_PARAMETERS = {
    "shift": r"shift $\theta$ of $P_g$",
    "scale": r"scale $\theta$ of $P_g$",
    "weight": r"weight $\theta$ of the second component",
}


def parameter_curves(
    axes: Axes, table: pd.DataFrame, quantity: str = "D_h", top: float | None = None, labels: bool = True
) -> Axes:
    """One column of a table of `gantheory.landscape.parameter` against the parameter, a curve an objective.

    A derivative is drawn in magnitude on a logarithmic axis, where a vanishing one falls and an exploding one
    rises without limit.

    Args:
        axes: where to draw.
        table: of `gantheory.landscape.parameter`, one parameter.
        quantity: "D_f", "D_h", "V_G", "dD_f" or "dD_h".
        top: end of the vertical axis; by default all that is finite is shown.
        labels: names at the right ends of the curves; without them the caller sets a legend.

    Raises:
        ValueError: an unknown quantity.
    """
    choice(quantity, "quantity", _QUANTITIES)
    has_columns(table, "objective", "parameter", "value", quantity)
    if top is not None:
        finite_number(top, "top")
    derivative = quantity.startswith("d")
    kind = str(table["parameter"].iloc[0])
    names = [name for name, rows in table.groupby("objective", sort=False) if rows[quantity].notna().any()]
    if derivative:
        # A difference of equal values is rounding, and no slope.
        sums = table[quantity.removeprefix("d")].abs()
        rounding = 1e-9 * float(sums[np.isfinite(sums)].max())
        table = table.assign(**{quantity: table[quantity].mask(table[quantity].abs() < rounding, 0.0)})
    sizes = table[quantity].abs()
    ceiling = float(sizes[np.isfinite(sizes)].max())
    # Not down to the rounding at a minimum.
    floor = float(sizes[sizes > 1e-6 * ceiling].min()) if ceiling > 0 else 0.0
    lines = []
    texts = list(short_names([str(name) for name in names]))
    for k, (name, text) in enumerate(zip(names, texts, strict=True)):
        rows = table[table["objective"] == name]
        values = rows[quantity].where(np.isfinite(rows[quantity]))
        (line,) = axes.plot(
            rows["value"],
            # A zero leads off the bottom of a logarithmic axis; NaN, at a kink, is a gap.
            values.abs().clip(lower=floor / 10) if derivative else values,
            label=text,
            **look_of(k),
        )
        if not derivative and np.isposinf(rows[quantity]).any() and values.notna().sum() < 2:
            texts[k] = f"{text}: $\\infty$"  # no curve is seen, and its name alone would say 0
            line.set_label(texts[k])
        lines.append(line)
    if kind == "scale":
        axes.set_xscale("log")
        low, high = float(table["value"].min()), float(table["value"].max())
        ticks = [t for t in (0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100) if low <= t <= high]
        axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
        axes.set_xticks([], minor=True)
    axes.set_xlim(float(table["value"].min()), float(table["value"].max()))
    label = _QUANTITIES[quantity]
    if derivative:
        label = "$|" + label.strip("$") + "|$" if ":" not in label else _magnitude(label)
        if ceiling > 0:
            axes.set_yscale("log")
            axes.set_ylim(floor / 1.6, 1.6 * ceiling)
            axes.minorticks_off()
    if top is not None:
        axes.set_ylim(top=top)
    axes.set(xlabel=_PARAMETERS[kind], ylabel=label)
    if not derivative and quantity != "V_G":
        axes.axhline(0, color=COLORS["muted"], linewidth=0.6, zorder=1, label="_zero")
    if labels:
        label_curves(axes, lines, texts)
    return axes


def _magnitude(label: str) -> str:
    formula, _, words = label.partition("$:")
    return f"$|{formula.lstrip('$')}|$:{words}"

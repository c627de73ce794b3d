"""The pictures of a card: f, h and f_D over log u, and the saturation of the generator's gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gantheory.derivation.theory import Theory
from gantheory.divergences.kinds import Kind

COLORS = ("#0b5fa5", "#c1440e", "#6b7280")
SIZE = (6.3, 1.75)
"""Inches: the text width of A4 with wide margins."""

CURVES: tuple[tuple[Kind, str], ...] = (("equilibrium", "f"), ("flow", "h"), ("discriminator", "f_D"))
LOG_U = np.linspace(-4, 4, 201)
FAR = np.linspace(-24, 24, 481)
"""log u from where D* is 0 to where it is 1, for curves over D."""


def figure(columns: int) -> tuple[Figure, list[Axes]]:
    """An empty figure that no display knows of, with thin axes."""
    made = Figure(figsize=SIZE, layout="constrained")
    axes = [made.add_subplot(1, columns, k + 1) for k in range(columns)]
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.tick_params(labelsize=7)
    return made, axes


def divergence_curves(theory: Theory) -> list[tuple[str, NDArray[np.float64]]]:
    """(symbol, values over `LOG_U`) of those of f, h and f_D that exist."""
    found = []
    for kind, symbol in CURVES:
        part = theory.induced(kind)
        if theory.objective.outer is not None and kind != "discriminator":
            continue
        if part.expr is None and part.infinite is not None:
            continue
        values = theory.generating_function(kind).of_log(LOG_U)
        found.append((symbol, np.asarray(values, dtype=np.float64)))
    return found


def optimum_symbol(theory: Theory) -> str:
    """The symbol D where the discriminator reports a probability, else v."""
    return str(theory.landscape.symbol)


def optimum(theory: Theory, log_u: NDArray[np.float64]) -> NDArray[np.float64]:
    """D* at log u, or v* where D is no probability."""
    if optimum_symbol(theory) == "D":
        return theory.discriminator_at_log_ratio(log_u)
    return theory.score_at_log_ratio(log_u)


def saturation_values(theory: Theory, log_u: NDArray[np.float64]) -> NDArray[np.float64]:
    """|s| at the optimal scores of log u; NaN where they are infinite."""
    scores = theory.score_at_log_ratio(log_u)
    finite = np.isfinite(scores)
    values = np.full_like(scores, np.nan)
    values[finite] = theory.saturation_of_score(scores[finite])
    return values


def divergences(theory: Theory) -> Figure:
    """Left the optimum over log u, right the functions of the divergences."""
    made, (left, right) = figure(2)
    left.plot(LOG_U, optimum(theory, LOG_U), color=COLORS[0], lw=1.4)
    _named(left, "log u", f"${optimum_symbol(theory)}^*(u)$")
    for (name, curve), color, dash in zip(divergence_curves(theory), COLORS, ("-", "--", ":"), strict=False):
        right.plot(LOG_U, curve, dash, color=color, lw=1.4, label=f"${name}(u)$")
    _named(right, "log u", "")
    _within(right)
    right.legend(frameon=False, fontsize=7)
    return made


def saturation(theory: Theory) -> Figure:
    """Left |s| over D, right over log u on a logarithmic scale, beside the vanilla losses where D is one."""
    made, (left, right) = figure(2)
    symbol, values = optimum_symbol(theory), saturation_values(theory, LOG_U)
    over = FAR if symbol == "D" else LOG_U
    left.plot(
        optimum(theory, over),
        saturation_values(theory, over),
        color=COLORS[0],
        lw=1.4,
        label="this objective",
    )
    right.plot(LOG_U, values, color=COLORS[0], lw=1.4, label="this objective")
    if symbol == "D":
        d = 1 / (1 + np.exp(-LOG_U))
        for slope, curve, style, name in (
            ([0, 1], d, "--", "vanilla"),
            ([1, 0], 1 - d, ":", "vanilla, non-saturating"),
        ):
            left.plot([0, 1], slope, style, color=COLORS[2], lw=1, label=name)
            right.plot(LOG_U, curve, style, color=COLORS[2], lw=1, label=name)
        right.legend(frameon=False, fontsize=6.5)
        if np.nanmax(values) > 2:
            left.set_ylim(0, 2)
    _named(left, f"${symbol}$", f"$|s({symbol})|$")
    _named(right, "log u", "")
    positive = values[values > 0]
    if len(positive):
        right.set_yscale("log")
        right.set_ylim(bottom=max(1e-6, 0.5 * float(positive.min())))
    return made


def _named(axes: Axes, horizontal: str, vertical: str) -> None:
    axes.set_xlabel(horizontal, fontsize=8)
    axes.set_ylabel(vertical, fontsize=8)


def _within(axes: Axes) -> None:
    """Cut what grows without bound at some multiple of the smaller end."""
    heights = [np.asarray(line.get_ydata(), dtype=np.float64) for line in axes.lines]
    if not heights:
        return
    finite: Any = np.concatenate(heights)
    finite = finite[np.isfinite(finite)]
    top = min(float(finite.max()), 6 * float(np.quantile(finite, 0.6)) + 0.1)
    low = max(float(finite.min()), -top)
    axes.set_ylim(low - 0.05 * (top - low), top)

"""The generator's gradient under an infinitely wide discriminator in training: by architecture and time.

    d v_t(x)/dt = sum_i k(x, x_i) A'(v_t(x_i))/n + sum_j k(x, y_j) B'(v_t(y_j))/m,   v_0 = 0

A step of the generator follows -grad_x S(v_t(x)). Theory with an optimal discriminator knows neither k nor t.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gantheory.arguments.arrays import Array
from gantheory.arguments.checks import choice, whole
from gantheory.landscape.inputs import announced, grid, objectives_of
from gantheory.landscape.over_alphas import checked_alphas, score_slope
from gantheory.objectives import Objective, alpha_gan
from gantheory.objectives.objective import sigmoid, v

if TYPE_CHECKING:
    from gantheory.ntk.kernels import Kernel

    Listener = Callable[[int, int], None] | None

NAMES = ("relu", "relu_no_bias", "erf", "rbf")
"""Kernels that go by name: networks of three hidden layers with unit variances, and exp(-|x - y|^2)."""

TIMES = (0.1, 1.0, 10.0)
"""Times by default."""

_SAMPLES = 48


def spelled(name: str) -> str:
    """The name as `NAMES` has it, where it is one of them but for hyphens."""
    from gantheory.ntk.kernels.named import canonical_name

    return canonical_name(name, NAMES) if isinstance(name, str) else name


def named_kernel(name: str) -> Kernel:
    """A kernel by name: "relu", "relu_no_bias", "erf" (three hidden layers) or "rbf" (gamma = 1).

    Raises:
        ValueError: unknown name.
    """
    from gantheory.ntk import kernels as of

    name = spelled(name)
    choice(name, "kernel", NAMES)
    if name == "rbf":
        return of.rbf(1.0)
    bias = 0.0 if name == "relu_no_bias" else 1.0
    return of.mlp(depth=3, activation=name.partition("_")[0], w_std=1.0, b_std=bias)


def kernels(
    objectives: Any,
    of: Any = NAMES,
    times: Any = TIMES,
    real: Any = None,
    fake: Any = None,
    x: Any = None,
    points: int = 200,
    listener: Listener = None,
) -> pd.DataFrame:
    """v_t(x) and the generator's gradient along x, for objectives, kernels and times.

    Args:
        objectives: one or several; also IPMs, whose pointwise optimum does not exist.
        of: names of kernels (`NAMES`), or a mapping of names to kernels of `gantheory.ntk.kernels`.
        times: increasing, positive, or one number.
        real, fake: training points on the line; by default 48 quantiles each of norm(-1, 0.5) and
            norm(1, 0.5).
        x: increasing points; by default one and a half ranges of the data.
        points: of the default.
        listener: called with (flows done, flows in all).

    Returns:
        Columns objective, kernel, t, x, score (v_t), D (the link of it), gradient (d/dx S(v_t(x)), signed).
        The training points are in `attrs["real"]` and `attrs["fake"]`.

    Raises:
        ValueError: unknown kernel or objective, times that are not positive, points that are not on the line.

    Source of the flow: Franceschi et al., A neural tangent kernel perspective of GANs (2022), eq. (9).
    """
    found, chosen, when = objectives_of(objectives), _kernels(of), _times(times)
    first, second = _samples(real, "real", -1.0), _samples(fake, "fake", 1.0)
    at = _range(first, second, points) if x is None else grid(x, "x")
    tables = []
    for objective, (name, kernel) in announced(product(found, chosen.items()), listener):
        flow = _flow(objective, kernel, first, second)
        link = objective.functions().link
        scores, field = flow.scores(at, when), flow.field(at, when)[..., 0]
        for t, score, velocity in zip(when, scores, field, strict=True):
            columns = {
                "objective": objective.name,
                "kernel": name,
                "t": t,
                "x": at,
                "score": score,
                "D": link(score),
                "gradient": -velocity,
            }
            tables.append(pd.DataFrame(columns))
    table = pd.concat(tables, ignore_index=True)
    table.attrs.update(real=first.tolist(), fake=second.tolist())
    return table


def kernel_shift(
    objectives: Any,
    shifts: Any = None,
    of: Any = NAMES,
    times: Any = TIMES,
    real: Any = None,
    fake: Any = None,
    listener: Listener = None,
) -> pd.DataFrame:
    """Root mean square of the generator's gradient over the fake points, against their displacement.

    Args:
        objectives, of, times, listener: as in `kernels`.
        shifts: increasing; added to the fake points; by default 13 from -4 to 4.
        real, fake: training points on the line; by default 48 quantiles of norm(0, 0.5) each.

    Returns:
        Columns objective, kernel, t, shift, gradient, total_gradient (the signed mean, which is the gradient
        of a generator that can only shift).

    Raises:
        ValueError: as in `kernels`.
    """
    found, chosen, when = objectives_of(objectives), _kernels(of), _times(times)
    first, second = _samples(real, "real", 0.0), _samples(fake, "fake", 0.0)
    moves = np.linspace(-4, 4, 13) if shifts is None else grid(shifts, "shifts")
    rows: list[dict[str, Any]] = []
    places = product(found, chosen.items(), moves.tolist())
    for objective, (name, kernel), shift in announced(places, listener):
        moved = second + shift
        field = _flow(objective, kernel, first, moved).field(moved, when)[..., 0]
        for t, velocity in zip(when.tolist(), field, strict=True):
            row = {"objective": objective.name, "kernel": name, "t": t, "shift": shift}
            row["gradient"] = float(np.sqrt(np.mean(velocity**2)))
            row["total_gradient"] = float(-velocity.mean())
            rows.append(row)
    return pd.DataFrame(rows)


def kernel_alpha(
    alpha_d: Any = None,
    alpha_g: Any = None,
    of: Any = ("relu",),
    times: Any = (1.0,),
    real: Any = None,
    fake: Any = None,
    listener: Listener = None,
) -> pd.DataFrame:
    """Root mean square of the generator's gradient over the fake points, over (alpha_D, alpha_G).

    Only alpha_D moves the discriminator: one flow for each alpha_D and kernel serves any number of alpha_G
    and both generators, saturating and not.

    Args:
        alpha_d: increasing, in (0, inf); by default 9 from 0.2 to 5.
        alpha_g: increasing, in (0, inf]; by default 61 from 0.2 to 5.
        of, times, real, fake, listener: as in `kernels`.

    Returns:
        Columns kernel, t, alpha_d, alpha_g, saturating, gradient, relative (gradient over that of the vanilla
        GAN, alpha_D = alpha_G = 1, with the same generator), D (mean over the fake points).

    Raises:
        ValueError: as in `kernels`; an alpha outside its interval.
    """
    d_values = checked_alphas(np.geomspace(0.2, 5, 9) if alpha_d is None else alpha_d, "alpha_d", False)
    g_values = checked_alphas(np.geomspace(0.2, 5, 61) if alpha_g is None else alpha_g, "alpha_g", True)
    chosen, when = _kernels(of), _times(times)
    first, second = _samples(real, "real", -1.0), _samples(fake, "fake", 1.0)
    tables = []
    vanilla: dict[tuple[str, float, bool], float] = {}
    places = product(chosen.items(), (None, *d_values.tolist()))  # the first is the vanilla GAN's own
    for (name, kernel), value in announced(places, listener):
        scores, slopes = _score_slopes(value or 1.0, kernel, first, second, when)
        for t, score, slope in zip(when.tolist(), scores, slopes, strict=True):
            for saturating in (True, False):
                if value is None:
                    unit = _size(score, slope, np.ones(1), saturating)
                    vanilla[name, t, saturating] = float(unit[0])
                    continue
                size = _size(score, slope, g_values, saturating)
                columns = {
                    "kernel": name,
                    "t": t,
                    "alpha_d": value,
                    "alpha_g": g_values,
                    "saturating": saturating,
                    "gradient": size,
                    "relative": size / vanilla[name, t, saturating],
                    "D": float(np.mean(1 / (1 + np.exp(-score)))),
                }
                tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def _score_slopes(alpha_d: float, kernel: Any, real: Array, fake: Array, times: Array) -> tuple[Array, Array]:
    """(v_t, dv_t/dx) at the fake points, each of shape (times, n)."""
    game = alpha_gan(alpha_d, 1)
    # S = -v has the field +grad v_t, which every alpha_G shares.
    probe = Objective(name="probe", A=game.A, B=game.B, R=game.R * 0, S=-v, link=sigmoid)
    flow = _flow(probe, kernel, real, fake)
    return flow.scores(fake, times), flow.field(fake, times)[..., 0]


def _size(score: Array, slope: Array, alpha_g: Array, saturating: bool) -> Array:
    """Root mean square of S'(v) dv/dx over the points, for each alpha_G."""
    pull = score_slope(score[None, :], alpha_g[:, None], saturating) * slope
    return np.asarray(np.sqrt(np.mean(pull**2, axis=1)))


def _flow(objective: Objective, kernel: Any, real: Array, fake: Array) -> Any:
    from gantheory import ntk

    return ntk.discriminator_flow(objective, kernel, real, fake)


def _kernels(of: Any) -> dict[str, Any]:
    if isinstance(of, Mapping):
        found = dict(of)
    else:
        names = [spelled(name) for name in ([of] if isinstance(of, str) else of)]
        if isinstance(of, Iterable) and len(set(names)) != len(names):
            raise ValueError(f"kernels must be different, got {', '.join(map(str, names))}")
        found = {name: named_kernel(name) for name in names}
    if not found:
        raise ValueError(f"kernels must hold at least one of {', '.join(NAMES)}, got none")
    return found


def _times(times: Any) -> Array:
    when = np.atleast_1d(np.asarray(times, dtype=np.float64))
    if when.ndim != 1 or when.size == 0 or np.isnan(when).any() or (when <= 0).any():
        raise ValueError(f"times must be positive, got {times}")
    if not (np.diff(when) > 0).all():
        raise ValueError(f"times must increase, got {times}")
    return when


def _samples(points: Any, name: str, center: float) -> Array:
    if points is None:
        from scipy import stats

        levels = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
        return np.asarray(stats.norm(center, 0.5).ppf(levels))
    array = np.asarray(points, dtype=np.float64)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite points on the line, got shape {array.shape}")
    return array


def _range(real: Array, fake: Array, points: int) -> Array:
    low, high = min(real.min(), fake.min()), max(real.max(), fake.max())
    pad = 0.25 * (high - low) if high > low else 1.0
    if not math.isfinite(pad):
        raise ValueError(f"x must be given where the data reach from {low:g} to {high:g}")
    return np.linspace(low - pad, high + pad, whole(points, "points", 2))

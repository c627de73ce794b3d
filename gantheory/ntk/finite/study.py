"""How fast discriminators of finite width approach the infinitely wide one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from gantheory.ntk.discriminator import discriminator_flow
from gantheory.ntk.finite.training import finite_discriminator_flow
from gantheory.ntk.kernels.mlp import MLP
from gantheory.objectives import Objective

COLUMNS = ("objective", "width", "seed", "t", "error")


def width_study(
    objectives: Iterable[Objective],
    kernel: MLP,
    real: ArrayLike,
    fake: ArrayLike,
    x: ArrayLike,
    t: ArrayLike,
    seeds: Mapping[int, int],
    *,
    tolerance: float = 3e-4,
    dtype: str = "float64",
    done: Callable[[int, int], None] = lambda done, total: None,
) -> pd.DataFrame:
    """Relative errors of networks of finite width against the infinite-width flow.

        error(width, seed, t) = |v_t(x; width, seed) - v_t(x)| / |v_t(x)|, Euclidean norms over the points x

    Args:
        objectives: each is studied.
        kernel: of `kernels.mlp`, the architecture.
        real, fake: training points.
        x: points at which scores are compared; take others than the training points.
        t: times > 0.
        seeds: width -> how many networks of it; network k of a width has seed 1000 k + 1, at every width.
        tolerance, dtype: as in `finite_discriminator_flow`. An error below about 10 tolerances/|v| is one of
            the steps.
        done: called with (networks trained, networks in all).

    Returns:
        A DataFrame with columns objective, width, seed, t, error.

    Raises:
        ValueError: as in `discriminator_flow` and `finite_discriminator_flow`.
    """
    chosen = list(objectives)
    times = np.atleast_1d(np.asarray(t, dtype=np.float64))
    limits = [discriminator_flow(objective, kernel, real, fake).scores(x, times) for objective in chosen]
    total, count = len(chosen) * sum(seeds.values()), 0
    rows = []
    for width, networks in sorted(seeds.items()):
        for objective, limit in zip(chosen, limits, strict=True):
            for seed in (1000 * k + 1 for k in range(networks)):
                flow = finite_discriminator_flow(
                    objective, kernel, real, fake, width, seed=seed, tolerance=tolerance, dtype=dtype
                )
                errors = np.linalg.norm(flow.scores(x, times) - limit, axis=1) / np.linalg.norm(limit, axis=1)
                rows += [
                    (objective.name, width, seed, time, error)
                    for time, error in zip(times, errors, strict=True)
                ]
                count += 1
                done(count, total)
    return pd.DataFrame(rows, columns=list(COLUMNS))


@dataclass(frozen=True)
class Rate:
    """A fitted power law error = constant * width^slope with a 95 % interval of the slope."""

    slope: float
    low: float
    high: float
    constant: float


def fitted_rate(table: pd.DataFrame, resamples: int = 2000) -> Rate:
    """Least-squares line through log(root-mean-square error) against log(width).

    The mean square is over seeds, after errors of a network at all times and objectives in the table have
    been averaged in the same way; widths weigh as many networks as they have. The interval is a bootstrap
    over the networks of each width: networks of one width share nothing, while the errors of one network
    under several objectives and times do.

    Raises:
        ValueError: fewer than three widths, or a width with fewer than two networks.
    """
    squares = table.assign(square=table["error"] ** 2).groupby(["width", "seed"])["square"].mean()
    groups = [(float(width), group.to_numpy()) for width, group in squares.groupby("width")]
    if len(groups) < 3 or min(len(values) for _, values in groups) < 2:
        raise ValueError(
            "table must hold at least three widths with two networks each, got "
            + ", ".join(f"{len(values)} of width {width:g}" for width, values in groups)
        )
    logs = np.log([width for width, _ in groups])
    weights = np.sqrt([len(values) for _, values in groups])

    def line(samples: list[np.ndarray]) -> np.ndarray:
        heights = np.log([np.sqrt(values.mean()) for values in samples])
        return np.polyfit(logs, heights, 1, w=weights)

    draw = np.random.default_rng(0)
    slope, intercept = line([values for _, values in groups])
    again = [line([draw.choice(values, len(values)) for _, values in groups])[0] for _ in range(resamples)]
    low, high = np.quantile(again, [0.025, 0.975])
    return Rate(float(slope), float(low), float(high), float(np.exp(intercept)))

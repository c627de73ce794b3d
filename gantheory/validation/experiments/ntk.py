"""What theory says of flows under an infinitely wide discriminator, beside what flows and trained networks
do.

With v_0 = 0 an integral probability metric's discriminator is v_t = t w, where w is the mean embedding of
real minus that of generated data. Samples move with velocity grad v_t, so that along the particle flow

    d/dtau MMD^2/2 = -<w, d mu_g/dtau> = -E_g [grad w . grad v_t] = -(1/t) E_g |velocity|^2.

Saturating and non-saturating (alpha_D, alpha_G) generators see one and the same discriminator, and

    |velocity, saturating| / |velocity, non-saturating| = (D/(1 - D))^(1/alpha_G) = exp(v_t(x)/alpha_G),

so that saturation follows the score that the kernel and t allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.objectives import alpha_gan, ipm
from gantheory.validation.predictions.intervals import mean_interval
from gantheory.validation.predictions.prediction import Prediction, Predictions, about, beside_wrong_theory

if TYPE_CHECKING:
    from gantheory.ntk import FlowResult
    from gantheory.ntk.kernels import Kernel
    from gantheory.objectives import Objective


TIME = 2.0
"""Of the discriminator's training; not 1, so that a missing factor t is seen."""

_STEPS = (32, 64)
_RATE_TOLERANCE = 0.01
_SLOPE_TOLERANCE = 0.02
_WIDTH, _NETWORKS, _WIDTH_TOLERANCE, _LEVEL = 512, 8, 0.1, 0.95


def flow_predictions(seed: int = 0) -> Predictions:
    """All predictions of this file, each with its measurement and a negative control; about ten seconds.

    Args:
        seed: of data and networks.
    """
    from gantheory.ntk.kernels import mlp, rbf

    kernels: dict[str, Kernel] = {
        "relu": mlp(2, "relu", 1.0, 0.5),
        "erf": mlp(2, "erf", 1.5, 0.2),
        "rbf": rbf(0.3),
    }
    rates = [mmd_rate(name, kernel, seed) for name, kernel in kernels.items()]
    saturation = [saturation_slope(name, kernels[name], 0.5, alpha_g, seed) for name, alpha_g in _SATURATION]
    return Predictions([*rates, linear_in_time(seed), *saturation])


_SATURATION = (("relu", 3.0), ("rbf", 0.5))


def mmd_rate(name: str, kernel: Kernel, seed: int) -> Prediction:
    """MMD^2/2 that an IPM flow loses, over the integral of E_g |velocity|^2 / t along it."""
    ratios = [_lost_over_predicted(kernel, seed, steps) for steps in _STEPS]
    # Euler's error is of first order in the step, so that the limit is about as far from the finer ratio as
    # the two are from each other.
    spread = abs(ratios[1] - ratios[0])
    wrong = 1 / TIME
    return Prediction(
        id=f"ntk.mmd_rate.{name}",
        quantity=f"loss of MMD^2/2 over integral of E|velocity|^2/t, {name} kernel",
        objective='ipm("rkhs")',
        **beside_wrong_theory(
            (ratios[1], (ratios[1] - spread, ratios[1] + spread)),
            (1.0, about(1.0, _RATE_TOLERANCE)),
            (wrong, about(wrong, _RATE_TOLERANCE)),
            "rate without the factor 1/t",
        ),
        basis=f"{_STEPS[0]} and {_STEPS[1]} steps",
    )


def _lost_over_predicted(kernel: Kernel, seed: int, steps: int) -> float:
    from gantheory.ntk import discriminator_flow, mmd_squared

    x, y = _data(seed, 40, 30)
    flow = _flow(ipm("rkhs"), kernel, x, y, steps=steps, step_size=0.08 / steps, record_every=1)
    powers = []
    for samples in flow.trajectory:
        velocity = discriminator_flow(ipm("rkhs"), kernel, y, samples).field(samples, TIME)
        powers.append((velocity**2).sum(1).mean() / TIME)
    # The trapezoidal rule is of second order; what is left is the flow's own error.
    predicted = float(np.trapezoid(powers, dx=0.08 / steps))
    lost = (mmd_squared(kernel, y, flow.trajectory[0]) - mmd_squared(kernel, y, flow.trajectory[-1])) / 2
    return lost / predicted


def linear_in_time(seed: int) -> Prediction:
    """Scores of trained networks under an IPM, as a multiple of t times the mean embedding difference."""
    from gantheory.ntk.finite.training import finite_discriminator_flow
    from gantheory.ntk.kernels import mlp

    kernel = mlp(1, "erf", 1.5, 0.5)
    x, y = _data(seed, 8, 6)
    points = np.random.default_rng([seed, 3]).normal(size=(40, 2)) * 1.5
    w = kernel(points, y).mean(1) - kernel(points, x).mean(1)
    multiples = []
    for network in range(_NETWORKS):
        flow = finite_discriminator_flow(
            ipm("rkhs"), kernel, y, x, _WIDTH, seed=1000 * seed + network, tolerance=1e-3
        )
        scores = flow.scores(points, 0.5)
        multiples.append(float(scores @ w / (w @ w)) / 0.5)
    return Prediction(
        id="ntk.linear_in_time",
        quantity=f"scores of networks of width {_WIDTH} over t (mean embedding difference)",
        objective='ipm("rkhs")',
        **beside_wrong_theory(
            mean_interval(multiples, _LEVEL),
            (1.0, about(1.0, _WIDTH_TOLERANCE)),
            (0.5, about(0.5, _WIDTH_TOLERANCE)),
            "time unit of a mean over real and generated points together",
        ),
        basis=f"{_NETWORKS} networks",
    )


def saturation_slope(name: str, kernel: Kernel, alpha_d: float, alpha_g: float, seed: int) -> Prediction:
    """Slope of log(speed, saturating / speed, non-saturating) over the score, for one step of either flow."""
    from gantheory.ntk import discriminator_flow

    x, y = _data(seed, 40, 30)
    pair = [alpha_gan(alpha_d, alpha_g, saturating=saturating) for saturating in (True, False)]
    steps = [_flow(obj, kernel, x, y, steps=1, step_size=1e-3).samples - x for obj in pair]
    speeds = [np.linalg.norm(step, axis=1) for step in steps]
    scores = discriminator_flow(pair[0], kernel, y, x).scores(x, TIME)
    design = np.stack([scores, np.ones_like(scores)], axis=1)
    logs = np.log(speeds[0] / speeds[1])
    solution, *_ = np.linalg.lstsq(design, logs, rcond=None)
    slope = float(solution[0])
    rest = logs - design @ solution
    error = 2 * float(np.sqrt((rest**2).sum() / (len(x) - 2)) / np.linalg.norm(scores - scores.mean()))
    wrong = 1.0 if alpha_g != 1 else 2.0
    return Prediction(
        id=f"ntk.saturation.{name}.{alpha_g:g}",
        quantity=f"slope of log speed ratio over v, alpha_G = {alpha_g:g}, {name} kernel",
        objective=pair[0].name,
        **beside_wrong_theory(
            (slope, (slope - error, slope + error)),
            (1 / alpha_g, about(1 / alpha_g, _SLOPE_TOLERANCE / alpha_g)),
            (wrong, about(wrong, _SLOPE_TOLERANCE * wrong)),
            "slope 1, that of vanilla",
        ),
        basis=f"{len(x)} samples, two standard errors",
    )


def _flow(objective: Objective, kernel: Kernel, x: Array, y: Array, **settings: Any) -> FlowResult:
    from gantheory.ntk import particle_flow

    return particle_flow(
        objective, kernel, x, y, time=TIME, precision="float64", metrics=(), progress=False, **settings
    )


def _data(seed: int, n: int, m: int) -> tuple[Array, Array]:
    """Generated and real points in the plane that overlap a little."""
    rng = np.random.default_rng([seed, 1])
    return rng.normal(size=(n, 2)), rng.normal(size=(m, 2)) * 0.8 + np.array([1.5, 0.5])

"""The joint game's local spectrum beside networks that are trained: predictions are stored, then tested.

    nice python experiments/stability_measured.py            # results/stability/{predicted,measured}.json

Fourteen objectives x four treatments (none, R1 and R2 of weight 1, D at four times the rate of G) x four
players: Hermite features on N(0, 1), where the theory is mu^2 + kappa mu + b s lambda = 0 with lambda = 1, 2,
3, and tanh networks of width 128 on a Gaussian, a double well and a ring of Gaussians in the plane, where it
is the linear form with their tangent kernels (`gantheory.validation.experiments.local_modes`). A cell agrees
if frequency and damping are within 10 % and the mode grows or decays as predicted. Its control must not
agree: the theory without the treatment, or with s wrong by a half where there is none. What is measured
already is kept; predictions are written before the first run of their cells, and never changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import stats

from gantheory import mixture
from gantheory import objectives as gans
from gantheory.stability import local_spectrum
from gantheory.support.atomic import write_atomically
from gantheory.validation.experiments.local_modes import (
    HermiteScore,
    HermiteShift,
    Players,
    Setting,
    measured_rate,
    perceptron,
)

FOLDER = Path("results/stability")
TOLERANCE = 0.1
WRONG = 1.5
DEGREE, WIDTH = 3, 128

OBJECTIVES = [
    gans.vanilla(),
    gans.vanilla(saturating=False),
    gans.alpha_gan(0.5, 1),
    gans.alpha_gan(0.5, 1.2, saturating=False),
    gans.alpha_gan(2, 2),
    gans.alpha_gan(3, 0.8, saturating=False),
    gans.lsgan(0, 1, 1),
    gans.fgan("kl"),
    gans.fgan("reverse_kl"),
    gans.fgan("pearson"),
    gans.fgan("squared_hellinger"),
    gans.hinge(),
    gans.wgan(),
    gans.relativistic("standard"),
]
TREATMENTS: dict[str, dict[str, float]] = {
    "none": {},
    "r1": {"r1": 1.0},
    "rate_ratio": {"rate_ratio": 4.0},
    "r2": {"r2": 1.0},
}


def quantiles(law: Any, n: int) -> Any:
    """n points of equal weight, (n, 1)."""
    return np.asarray(law.ppf((np.arange(n) + 0.5) / n))[:, None]


def players() -> dict[str, Players]:
    """By name."""
    angles = np.repeat(2 * np.pi * np.arange(6) / 6, 4)
    spread = np.tile([[0.2, 0], [0, 0.2], [-0.2, 0], [0, -0.2]], (6, 1))
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * 1.5 + spread
    well = mixture([stats.norm(-1, 0.5), stats.norm(1, 0.5)], [0.5, 0.5])
    found = {"hermite": Players(quantiles(stats.norm(), 4000), HermiteScore(DEGREE), HermiteShift(DEGREE))}
    clouds = {"gaussian": quantiles(stats.norm(), 24), "double well": quantiles(well, 24), "ring": ring}
    for name, points in clouds.items():
        d = points.shape[1]
        found[name] = Players(
            points,
            perceptron((d, WIDTH, WIDTH, 1), 0, "discriminator"),
            perceptron((d, WIDTH, WIDTH, d), 0, "generator"),
        )
    return found


def predicted(name: str, of: Players, setting: Setting) -> dict[str, Any]:
    """mu of the mode that is followed, and of the control."""
    treated = setting != Setting(setting.objective)
    mode, control = of.mode(setting), of.mode(Setting(setting.objective), 1.0 if treated else WRONG)
    rates = [mode.rate, control.rate]
    if name == "hermite":  # the closed form instead of the points' own matrix
        roots = local_spectrum(
            setting.objective,
            range(1, DEGREE + 1),
            r1=setting.r1,
            r2=setting.r2,
            rate_ratio=setting.rate_ratio,
        ).roots.ravel()
        rates[0] = complex(roots[np.argmin(abs(roots - mode.rate))])
    rate = mode.learning_rate
    stepped = [complex(np.log(1 + rate * mu) / rate) for mu in rates]
    return {
        "mu": [rates[0].real, rates[0].imag],
        "learning_rate": rate,
        "expected": [stepped[0].real, stepped[0].imag],
        "control": [stepped[1].real, stepped[1].imag],
    }


def errors(expected: list[float], found: complex) -> list[float]:
    """Of damping and frequency, relative; the frequency's only where the mode swings."""
    pairs = [(expected[0], found.real)] + ([(expected[1], found.imag)] if expected[1] else [])
    return [abs(b - a) / abs(a) for a, b in pairs]


def main() -> None:
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    cells = {
        f"{name} | {objective.name} | {treatment}": (name, of, Setting(objective, **given))
        for name, of in players().items()
        for objective in OBJECTIVES
        for treatment, given in TREATMENTS.items()
    }
    path = FOLDER / "predicted.json"
    listed: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    if new := {key: predicted(*cell) for key, cell in cells.items() if key not in listed}:
        listed |= new
        write_atomically(path, json.dumps(listed, indent=1).encode())
    path = FOLDER / "measured.json"
    measured: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    for done, (key, (_, of, setting)) in enumerate(cells.items()):
        if key in measured:
            continue
        expected = listed[key]
        mode = of.mode(setting)
        times, amplitudes = of.followed(setting, mode)
        mu = measured_rate(times, amplitudes, real=not expected["mu"][1])
        found, control = errors(expected["expected"], mu), errors(expected["control"], mu)
        measured[key] = {
            "measured": [mu.real, mu.imag],
            "stable": bool(mu.real < 0),
            "errors": found,
            "agrees": max(found) <= TOLERANCE and (mu.real < 0) == (expected["expected"][0] < 0),
            "control_contradicted": max(control) > TOLERANCE,
        }
        write_atomically(path, json.dumps(measured, indent=1).encode())
        print(f"{done + 1}/{len(cells)} {key}: errors {found}, control {max(control):.2f}", flush=True)
    agree = [each["agrees"] for each in measured.values()]
    held = [each["control_contradicted"] for each in measured.values()]
    print(f"{sum(agree)} of {len(agree)} cells agree; {sum(held)} of {len(held)} controls are contradicted")


if __name__ == "__main__":
    main()

"""Losses that couple scores: relativistic ones, averaged or in pairs, and the Renyi generator."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.objectives import Objective, Relativistic, relativistic, renyi
from gantheory.objectives.relativistic import LOSSES, t
from gantheory.reading.identification.calls.probe import Probe
from gantheory.reading.identification.forms.evidence import TOLERANCE
from gantheory.reading.identification.forms.shape import number

_BATCHES = 7


@dataclass(frozen=True)
class Pairing:
    """A relativistic objective that a loss is, up to a factor and a constant.

    Attributes:
        factors: of each loss that matches, by name.
        raised: which scores each of these losses makes rise, "real" or "fake".
        duplicated: the names of the losses that hold the term of the scores to rise twice, and not the other.
    """

    objective: Relativistic
    factors: dict[str, float]
    raised: dict[str, str]
    duplicated: tuple[str, ...] = ()


def pairing_of(d: Probe, g: Probe) -> Pairing | None:
    """Compare both losses with every relativistic objective on batches of random scores."""
    for loss in LOSSES:
        for average in (True, False):
            objective = relativistic(loss, average)
            factors: dict[str, float] = {}
            raised: dict[str, str] = {}
            duplicated = []
            forms = [_whole(objective), *([_up_only(objective)] if average else [])]
            for probe, form, up in itertools.product((d, g), forms, ("real", "fake")):
                factor = None if probe.name in factors else _factor(probe, up, form)
                if factor is not None:
                    factors[probe.name], raised[probe.name] = factor, up
                    if form is not forms[0]:
                        duplicated.append(probe.name)
            if "d_loss" in factors:
                return Pairing(objective, factors, raised, tuple(duplicated))
    return None


def _phi(objective: Relativistic) -> Callable[[Array], Array]:
    from gantheory.lowering import lower

    return lower(objective.phi, t, backend="numpy", dtype="float64")


def _whole(objective: Relativistic) -> Callable[[Array, Array], float]:
    phi = _phi(objective)
    return lambda up, down: float(objective.mean(up, down, phi))


def _up_only(objective: Relativistic) -> Callable[[Array, Array], float]:
    """The first of the two terms of an averaged loss, which faulty code holds twice."""
    phi = _phi(objective)
    return lambda up, down: 2 * float(phi(up - down.mean()).mean())


def _factor(probe: Probe, up: str, model: Callable[[Array, Array], float]) -> float | None:
    """k > 0 with loss = k model + const on random batches, of scores that fit it and wider ones, or None."""

    def values(batches: list[Array]) -> tuple[Array, Array]:
        rows = [(model(*(b if up == "real" else b[::-1])), probe(*b).value) for b in batches]
        own, seen = np.array(rows).T
        return own, seen

    rng = np.random.default_rng(1)
    own, seen = values([rng.normal(0, 1.5, (2, 5)) for _ in range(_BATCHES)])
    matrix = np.stack([own, np.ones_like(own)], 1)
    k, constant = np.linalg.lstsq(matrix, seen, rcond=None)[0].tolist()
    if not (k > 0 and np.abs(k * own + constant - seen).max() <= 1e-9 * max(1.0, np.abs(seen).max())):
        return None
    own, seen = values([rng.uniform(-9, 9, (2, 5)) for _ in range(3 * _BATCHES)])
    same = np.abs(k * own + constant - seen) <= TOLERANCE * np.maximum(1.0, np.abs(seen))
    return k if same.all() else None


def renyi_of(g: Probe) -> Objective | None:
    """The Renyi objective whose generator this is.

    Its gradients at fake scores x and y have the ratio ((1 - D(x))/(1 - D(y)))^(alpha - 1) D(x)/D(y).
    """
    real, fake = np.array([0.2, -0.9]), np.array([-1.3, 0.8])
    answer = g(real, fake)
    if answer.fake[0] * answer.fake[1] <= 0:
        return None
    up, down = -np.logaddexp(0, -fake), -np.logaddexp(0, fake)
    power = (np.log(answer.fake[0] / answer.fake[1]) - (up[0] - up[1])) / (down[0] - down[1])
    alpha = number(float(power + 1))
    if alpha <= 0 or alpha == 1:
        return None
    objective = renyi(alpha)
    loss = objective.torch_losses()[1]

    def model(up: Array, down: Array) -> float:
        import torch

        return float(loss(torch.tensor(down), torch.tensor(up)))

    return objective if _factor(g, "fake", model) is not None else None

"""Losses that couple scores: relativistic ones, averaged or in pairs, and the Renyi generator."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import Array
from gantheory.objectives import Objective, Relativistic, relativistic, renyi
from gantheory.objectives.relativistic import LOSSES, PairLossName, t
from gantheory.reading.identification.calls.probe import Probe
from gantheory.reading.identification.forms.evidence import TOLERANCE
from gantheory.reading.identification.forms.shape import number

_BATCHES = 7
_EACH = 5
"""Scores of either kind in a batch."""
_EPSILON = 1e-4
"""What an epsilon inside a logarithm may change a loss by at ordinary scores."""
_CLIPPED = 1e-2
"""How far above the formula clipped scores may keep a loss where they are far apart."""
_FARTHEST = 1e3
"""The largest margin of a hinge, or clip of scores, that is looked for."""


@dataclass(frozen=True)
class Pairing:
    """A relativistic objective that a loss is, up to a factor and a constant.

    Attributes:
        factors: of each loss that matches, by name.
        raised: which scores each of these losses makes rise, "real" or "fake".
        duplicated: the names of the losses that hold the term of the scores to rise twice, and not the other.
        cut: the names of the losses that are not the objective's where scores are far apart.
    """

    objective: Relativistic
    factors: dict[str, float]
    raised: dict[str, str]
    duplicated: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()


def pairing_of(d: Probe, g: Probe) -> Pairing | None:
    """Compare both losses with every relativistic objective on batches of random scores."""
    reach = {probe.name: _reach(probe) for probe in (d, g)}
    for loss in LOSSES:
        for temperature, average in itertools.product(_temperatures(d, loss), (True, False)):
            objective = relativistic(loss, average, temperature)
            factors: dict[str, float] = {}
            raised: dict[str, str] = {}
            duplicated, cut = [], []
            forms = _forms(objective)[: 1 + average]
            for probe, form, up in itertools.product((d, g), forms, ("real", "fake")):
                found = (
                    None
                    if probe.name in factors
                    else _factor(probe, up, form, reach[probe.name], temperature)
                )
                if found is not None:
                    factors[probe.name], raised[probe.name] = found[0], up
                    if not found[1]:
                        cut.append(probe.name)
                    if form is not forms[0]:
                        duplicated.append(probe.name)
            if "d_loss" in factors:
                return Pairing(objective, factors, raised, tuple(duplicated), tuple(cut))
    return None


def _temperatures(d: Probe, loss: PairLossName) -> list[sp.Rational]:
    """T with which phi(t/T) has the slopes of d_loss where all real scores are t above all fake ones; first a
    short number beside it, for an epsilon moves slopes."""

    def slope(t: float) -> float:
        return float(d(np.full(_EACH, t), np.zeros(_EACH)).real.sum())

    if loss == "hinge":  # phi' = 0 from t = T on
        way = 1.0 if slope(-1e-6) else -1.0
        T, high = _end(lambda t: bool(slope(way * t)))
        if high == _FARTHEST:
            return []
    else:
        with np.errstate(all="ignore"):
            ratio = np.float64(slope(1.0)) / slope(-1.0)
            T = float(abs(1 / np.log(ratio) if loss == "standard" else (1 + ratio) / (1 - ratio)))
    if not (math.isfinite(T) and T > 0):
        return []
    short = sp.Rational(Fraction(T).limit_denominator(20))
    return [short] * (abs(float(short) - T) <= 1e-3 * T) + [number(T)]


def _forms(objective: Relativistic) -> list[Callable[[Array, Array], float]]:
    """The loss, and the first of the two terms of an averaged one, which faulty code holds twice."""
    from gantheory.lowering import lower

    phi: Callable[[Array], Array] = lower(objective.phi, t, backend="numpy", dtype="float64")
    return [
        lambda up, down: float(objective.mean(up, down, phi)),
        lambda up, down: 2 * float(phi(up - down.mean()).mean()),
    ]


def _reach(probe: Probe) -> float:
    """c of a loss whose scores are clipped to [-c, c], where equal ones lose their slope; else infinity."""

    def moves(score: float) -> bool:
        return bool(probe(np.full(_EACH, score), np.full(_EACH, score)).real.any())

    if moves(_FARTHEST) or moves(-_FARTHEST):
        return math.inf
    return float(number(_end(lambda score: moves(score) or moves(-score))[0]))


def _end(holds: Callable[[float], bool]) -> tuple[float, float]:
    """Numbers next to each other, of which the first is the last in (0, _FARTHEST) at which it holds."""
    low, high = 0.0, _FARTHEST
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low, high


def _factor(
    probe: Probe,
    up: str,
    model: Callable[[Array, Array], float],
    reach: float = math.inf,
    temperature: float = 1.0,
) -> tuple[float, bool] | None:
    """k > 0 with loss = k model + const on random batches of ordinary scores, and whether on wider ones too.

    None where there is none, or where the loss departs upwards by more than clipped scores make it.
    """

    wide = max(1.0, float(temperature))

    def values(batches: list[Array]) -> tuple[Array, Array]:
        batches = [wide * b for b in batches]
        clipped = [np.clip(b, -reach, reach)[:: 1 if up == "real" else -1] for b in batches]
        rows = [(model(*own), probe(*b).value) for own, b in zip(clipped, batches, strict=True)]
        own, seen = np.array(rows).T
        return own, seen

    rng = np.random.default_rng(1)
    own, seen = values([rng.normal(0, 0.8, (2, _EACH)) for _ in range(_BATCHES)])
    matrix = np.stack([own, np.ones_like(own)], 1)
    k, constant = np.linalg.lstsq(matrix, seen, rcond=None)[0].tolist()
    size = np.maximum(1.0, np.abs(seen))
    apart = np.abs(k * own + constant - seen)
    if not (k > 0 and (apart <= _EPSILON * size).all()):
        return None
    whole = bool((apart <= 1e-9 * size.max()).all())
    apart_most = np.linspace(-9, 9, _EACH)
    far = [np.stack([apart_most, way * apart_most]) for way in (-1, 1)]
    own, seen = values([*far, *(rng.uniform(-9, 9, (2, _EACH)) for _ in range(3 * _BATCHES))])
    above = seen - (k * own + constant)
    size = np.maximum(1.0, np.abs(seen))
    if (above > _CLIPPED * size).any():
        return None
    each = _EACH if set(probe.reductions.values()) == {"sum"} else 1
    return k / each, whole and reach == math.inf and bool((np.abs(above) <= TOLERANCE * size).all())


def relativistic_kind(d: Probe, paired: bool) -> str | None:
    """What d_loss is called, if it is of differences of scores: moving all of them together leaves it.

    Of r_i - mean(f) and f_j - mean(r) the slopes at two real scores differ by what only the mean of the fake
    scores changes.
    """
    real, fake = np.random.default_rng(2).normal(0, 0.8, (2, _EACH))
    at, together = d(real, fake), d(real + 0.7, fake + 0.7)
    if abs(together.value - at.value) > 1e-9 * max(1.0, abs(at.value)):
        return None
    if paired:
        return "relativistic pairs r_i - f_i of another loss"
    spread = np.array([0.3, -0.3, *np.zeros(_EACH - 2)])
    moved = d(real, fake + spread).real - at.real
    if np.ptp(moved) <= 1e-9 * np.abs(at.real).max():
        return "relativistic averages of another loss or other weights"
    return "relativistic over all pairs r_i - f_j"


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

    found = _factor(g, "fake", model)
    return objective if found is not None and found[1] else None

"""An objective's theory in the terms of an experiment: functions of t = log p_r/p_g at points."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.derivation.theory import Theory, derive
from gantheory.divergences.kinds import Kind
from gantheory.objectives import Objective, ObjectiveFunctions, from_spec
from gantheory.validation.experiments.density_flow import Potential, potential_of
from gantheory.validation.experiments.pairs import Pair


@dataclass(frozen=True)
class Optimum:
    """The optimal discriminator of an objective, and what follows from it at given log-ratios."""

    theory: Theory

    @property
    def objective(self) -> Objective:
        """The objective."""
        return self.theory.objective

    @cached_property
    def functions(self) -> ObjectiveFunctions:
        """A, B, R, S and the link on NumPy arrays."""
        return self.objective.functions()

    def score(self, t: Array) -> Array:
        """v*(e^t)."""
        return np.asarray(self.theory.score_at_log_ratio(t))

    @property
    def smooth(self) -> bool:
        """Whether v* is a smooth function of u; it jumps for hinge, total variation, alpha = inf."""
        return self.theory.solution.steps is None

    @property
    def resolves_tails(self) -> bool:
        """Whether v* is unbounded on both sides, like log u.

        A bounded score (least squares, Pearson) tells small u apart only absolutely: training leaves the
        relative error of D, and of the gradient that it passes on, undetermined where D is small.
        """
        with np.errstate(over="ignore"):
            ends = self.score(np.array([-50.0, 50.0]))
        return self.smooth and bool((np.abs(ends) > 10).all())

    @cached_property
    def potential(self) -> Potential:
        """t -> (S(v*(e^t)), its derivative in t); the derivative is the saturation factor with its sign."""
        return potential_of(self.objective, self.score)

    def saturation(self, t: Array) -> Array:
        """s(D*) = d S(v*(e^t))/dt: grad_x S(v*) = s grad_x t."""
        return self.potential(np.asarray(t, dtype=np.float64))[1]

    @cached_property
    def compares_outputs(self) -> bool:
        """Whether the reported D* has limits at p_r/p_g -> 0 and inf, and so is fit for a root-mean-square
        error."""
        near, far = (self.functions.link(self.score(np.array([-t, t]))) for t in (100.0, 200.0))
        with np.errstate(invalid="ignore"):
            return bool(np.isfinite(far).all() and (np.abs(far - near) < 1e-3).all())

    def comparable(self, scores: Array) -> Array:
        """A bounded function of the score: the reported D, or else the probability of "real" that the score
        implies.

        At the optimum u = -B'(v)/A'(v), so that a score stands for the probability u/(1 + u), whatever its
        scale.
        """
        if self.compares_outputs:
            return np.asarray(self.functions.link(scores))
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            ratio = -self.functions.B.derivative(scores) / self.functions.A.derivative(scores)
            # Scores below v*(0) stand for a negative ratio; the nearest that can be is 0.
            ratio = np.maximum(ratio, 0.0)
            return np.where(np.isinf(ratio), 1.0, ratio / (1 + ratio))

    @property
    def compared(self) -> str:
        """Name of `comparable` for tables."""
        return "D" if self.compares_outputs else "implied probability of real"

    def supremum(self, pair: Pair) -> float:
        """sup E_r A + E_g B = D_{f_D} + (A + B)(v*(1))."""
        return self.divergence(pair, "discriminator") - self.ideal_loss

    def generator_value(self, pair: Pair) -> float:
        """E_r R + E_g S at the optimal discriminator: D_f + (R + S)(v*(1))."""
        return self.divergence(pair, "equilibrium") + self.generator_constant

    @cached_property
    def generator_constant(self) -> float:
        """(R + S)(v*(1))."""
        at_one = self.score(np.zeros(1))
        return float((self.functions.R(at_one) + self.functions.S(at_one))[0])

    @cached_property
    def ideal_loss(self) -> float:
        """The discriminator's loss at P_r = P_g."""
        return float(self.theory.ideal_loss)

    def divergence(self, pair: Pair, kind: Kind) -> float:
        """D_f, D_h or D_{f_D} between the pair's distributions."""
        if (pair.name, kind) not in self._divergences:
            if self.smooth or pair.dimension == 1:
                arguments, options = pair.as_arguments()
                value = float(self.theory.divergence(*arguments, kind=kind, **options).value)
            else:  # adaptive cubature follows the curve where v* jumps, to digits that no training resolves
                value = self.divergence_on_grid(pair, kind)
            self._divergences[pair.name, kind] = value
        return self._divergences[pair.name, kind]

    def divergence_on_grid(self, pair: Pair, kind: Kind) -> float:
        """The same by the trapezoidal rule on a fixed grid: fast, and good to 1e-4 where f has a kink."""
        f = self.theory.generating_function(kind)
        return pair.expectation(np.zeros_like, f.of_log)

    @cached_property
    def _divergences(self) -> dict[tuple[str, str], float]:
        return {}


@dataclass(frozen=True)
class Tempered(Optimum):
    """A wrong theory near any right one: that of the density ratio u^power. It serves as a control where no
    well-known objective is far enough, and needs none."""

    power: float = 1.0

    def score(self, t: Array) -> Array:
        """v*(e^(power t))."""
        return super().score(self.power * np.asarray(t, dtype=np.float64))

    @cached_property
    def potential(self) -> Potential:
        """t -> S(v*(e^(power t))) and its derivative in t."""
        right = potential_of(self.objective, super().score)

        def of_power(t: Array) -> tuple[Array, Array]:
            value, slope = right(self.power * np.asarray(t, dtype=np.float64))
            return value, self.power * slope

        return of_power

    @cached_property
    def ideal_loss(self) -> float:
        """The loss of the constant score that stands for u = power, which is not ideal."""
        at = super().score(np.log([self.power])) if self.smooth else self.power * super().score(np.ones(1))
        return -float((self.functions.A(at) + self.functions.B(at))[0])

    def divergence_on_grid(self, pair: Pair, kind: Kind) -> float:
        """The value at the wrong score, less its value at P_g = P_r."""
        functions = self.functions
        if kind == "discriminator":
            real, fake = functions.A, functions.B
            start = -Optimum(self.theory).ideal_loss
        else:
            real, fake, start = functions.R, functions.S, self.generator_constant
        value = pair.expectation(lambda t: real(self.score(t)), lambda t: fake(self.score(t)))
        return value - start

    def divergence(self, pair: Pair, kind: Kind) -> float:
        """As `divergence_on_grid`."""
        return self.divergence_on_grid(pair, kind)


_TEMPERED = " of u^"


def tempered(spec: str, power: float) -> str:
    """The spec of the theory of `spec` at the density ratio u^power."""
    return f"{spec}{_TEMPERED}{power:g}"


@lru_cache(maxsize=64)
def optimum(spec: str) -> Optimum:
    """Derive the objective that `spec` names, such as "alpha_gan(0.5, 1.2, saturating=False)".

    "vanilla of u^2" is the wrong theory that `Tempered` describes.

    Raises:
        ValueError: unknown objective, bad arguments, or no pointwise theory.
    """
    plain, found, power = spec.partition(_TEMPERED)
    theory = optimum(plain).theory if found else derive(from_spec(spec))
    return Tempered(theory, float(power)) if found else Optimum(theory)


def slug(spec: str) -> str:
    """The spec as part of an id: "alpha_gan(0.5, 1.2, saturating=False)" -> "alpha_gan-0.5-1.2-ns"."""
    short = spec.replace("saturating=False", "ns").replace("saturating=True", "")
    return re.sub(r"[^A-Za-z0-9_.]+", "-", short).strip("-")

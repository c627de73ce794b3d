"""The Dirac-GAN: real data at 0, generated data at theta, a discriminator v = v0 + psi x; its simplest game.

    theta' = -psi S'(v0 + psi theta),    psi' = tau (theta B'(v0 + psi theta) - remedies),    v0 = v*(1).

What makes it hard is in every game near P_g = P_r: without a remedy the linear form at (0, 0) is a rotation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from gantheory.arguments.arrays import Array, as_float
from gantheory.exact import positive
from gantheory.lowering import lower
from gantheory.objectives.objective import Objective, v
from gantheory.objectives.relativistic import Relativistic, t
from gantheory.stability.discrete import Scheme, check_scheme
from gantheory.stability.local_game import LocalGame, local_game, smooth_part
from gantheory.stability.penalties import g, penalty_of, slope_at_zero, slope_near_zero
from gantheory.stability.settings import nonnegative

DIRAC_VERDICTS = ("converges", "converges slowly", "cycles", "diverges", "undecided")
"""Near (0, 0): exponentially; like 1/sqrt(t); on closed orbits or a limit cycle; away; not known."""

_NODES = 80
"""Of Gauss and Hermite, for the expectation over noise."""


@dataclass(frozen=True)
class DiracGan:
    """What `dirac_gan` made.

    Attributes:
        game: kappa, b, s and v0.
        matrix: the linear form of (theta, psi) at (0, 0), exact; None where the penalty has no slope there.
        verdict, reason: one of `DIRAC_VERDICTS`, and why.
    """

    game: LocalGame
    objective: Objective
    gamma: sp.Expr
    penalty: sp.Expr
    clip: float
    noise: sp.Expr
    weight_decay: sp.Expr
    consensus: sp.Expr
    rate_ratio: sp.Expr

    @cached_property
    def _slopes(self) -> tuple[sp.Expr, sp.Expr]:
        return slope_at_zero(self.penalty)

    @cached_property
    def matrix(self) -> sp.Matrix | None:
        slope, curvature = self._slopes
        if slope != 0 or not curvature.is_finite:
            return None
        b, s, tau = self.game.b, self.game.s, self.rate_ratio
        held = self.game.kappa * self.noise**2 + self.gamma + curvature + self.weight_decay
        return sp.Matrix(
            [
                [-self.consensus * tau**2 * b**2, s],
                [-tau * b, -tau * held - self.consensus * s**2],
            ]
        )

    @property
    def eigenvalues(self) -> tuple[sp.Expr, sp.Expr] | None:
        """Of the matrix, exact: trace/2 +- sqrt(trace^2/4 - determinant)."""
        if self.matrix is None:
            return None
        half, rest = self.matrix.trace() / 2, self.matrix.det()
        root = sp.sqrt(sp.simplify(half**2 - rest))
        return sp.simplify(half + root), sp.simplify(half - root)

    @property
    def verdict(self) -> str:
        return self._judged[0]

    @property
    def reason(self) -> str:
        return self._judged[1]

    @cached_property
    def _judged(self) -> tuple[str, str]:
        if self.matrix is None:
            if self._slopes[0].is_negative:
                return "cycles", "the penalty pushes |psi| away from 0, so (0, 0) is no equilibrium"
            return "undecided", "the penalty has a kink at psi = 0, so no linear form exists"
        trace, rest = sp.simplify(self.matrix.trace()), sp.simplify(self.matrix.det())
        if rest.is_negative or trace.is_positive:
            return "diverges", "an eigenvalue has a positive real part"
        if trace.is_negative and rest.is_positive:
            return "converges", "both eigenvalues have negative real parts"
        if trace == 0 and rest.is_positive:
            return self._by_energy()
        return "undecided", "an eigenvalue is 0, or its sign is not known"

    def _by_energy(self) -> tuple[str, str]:
        """Where the linear form rotates: E = (tau b theta^2 + s psi^2)/2, E' = tau theta psi G(psi theta).

        Remedies come here where they cancel in the linear form, as weight decay does with a penalty that
        pushes |psi| away from 0.
        """
        part = smooth_part(self.objective, self.game.score)
        bent = any(sp.simplify(sp.diff(f, v, 2)) != 0 for f in (part.A, part.B, part.S))
        remedied = sp.simplify(slope_near_zero(self.penalty) - self._slopes[1] * g) != 0
        if remedied or (bent and (self.noise != 0 or self.consensus != 0)):
            return (
                "undecided",
                "the linear form rotates, and with these remedies the next order is not derived",
            )
        G = self.game.s * sp.diff(part.B, v) - self.game.b * sp.diff(part.S, v)
        if sp.simplify(G) == 0:
            return "cycles", "tau b theta^2 + s psi^2 is conserved: closed orbits"
        first = sp.simplify(sp.diff(G, v).subs(v, self.game.score) * sp.sign(self.game.b))
        if first.is_negative:
            return "converges slowly", "the linear form rotates; the next order shrinks the orbits, r^2 ~ 1/t"
        if first.is_positive:
            return "diverges", "the linear form rotates; the next order widens the orbits"
        return "undecided", "the linear form rotates, and the next order vanishes"

    @cached_property
    def field(self) -> Callable[[float, float], tuple[float, float]]:
        """(theta, psi) -> (theta', psi')."""
        f = self.objective.functions()
        v0, tau, noise = float(self.game.score), float(self.rate_ratio), float(self.noise)
        held = float(self.gamma + self.weight_decay)
        penalty = None if self.penalty == 0 else lower(self.penalty, g, backend="numpy").derivative
        consensus = float(self.consensus)
        if consensus:
            second = [
                lower(sp.diff(expr, v), v, backend="numpy").derivative
                for expr in (self.objective.S, self.objective.B)
            ]
        points, weights = np.polynomial.hermite_e.hermegauss(_NODES if noise else 1)
        points, weights = noise * points, weights / weights.sum()

        def field(theta: float, psi: float) -> tuple[float, float]:
            fake = theta + points
            score = v0 + psi * fake
            up, push = f.S.derivative(score), f.B.derivative(score)
            velocity = -psi * float(weights @ up)
            force = float(weights @ (fake * push))
            if noise:
                force += float(weights @ (points * f.A.derivative(v0 + psi * points)))
            force -= held * psi
            if penalty is not None:
                force -= float(penalty(np.array(abs(psi)))) * float(np.sign(psi))
            force *= tau
            if consensus:
                S1, B1 = float(up[0]), tau * float(push[0])
                S2, B2 = float(second[0](score)[0]), tau * float(second[1](score)[0])
                shared = psi**2 * S1 * S2 + theta**2 * B1 * B2  # d/d(psi theta) of half the squared field
                velocity -= consensus * (theta * B1**2 + shared * psi)
                force -= consensus * (psi * S1**2 + shared * theta)
            return velocity, force

        return field

    def steps(self, start: ArrayLike, step: float, count: int, scheme: Scheme = "simultaneous") -> Array:
        """(theta, psi) after 0, 1, ..., `count` gradient steps, shape (count + 1, 2); alternating steps move
        psi first, and clipping follows each of its steps."""
        check_scheme(scheme)
        theta, psi = _pair(start)
        out = np.empty((count + 1, 2))
        out[0] = theta, psi
        for k in range(1, count + 1):
            velocity, force = self.field(theta, psi)
            new = min(max(psi + step * force, -self.clip), self.clip)
            if scheme == "alternating":
                velocity = self.field(theta, new)[0]
            theta, psi = theta + step * velocity, new
            out[k] = theta, psi
        return out

    def flow(self, start: ArrayLike, times: ArrayLike) -> Array:
        """(theta, psi) at increasing times, the first of which is that of the start: shape (times, 2).

        Raises:
            ValueError: clipping or a penalty with a kink at psi = 0, where gradient steps have to be taken.
        """
        from scipy.integrate import solve_ivp

        if np.isfinite(self.clip) or self.matrix is None:
            raise ValueError("flow needs a smooth field; with clip, or a penalty not smooth at 0, use steps")
        t = np.asarray(times, dtype=np.float64)
        done = solve_ivp(
            lambda _, y: self.field(y[0], y[1]),
            (t[0], t[-1]),
            _pair(start),
            method="DOP853",
            t_eval=t,
            rtol=1e-10,
            atol=1e-13,
        )
        return np.asarray(done.y.T)


def dirac_gan(
    objective: Objective | Relativistic,
    *,
    r1: Any = 0,
    r2: Any = 0,
    penalty: Any = None,
    clip: float = float("inf"),
    noise: Any = 0,
    weight_decay: Any = 0,
    consensus: Any = 0,
    rate_ratio: Any = 1,
) -> DiracGan:
    """The Dirac-GAN of an objective with remedies.

    A relativistic objective plays B(v) = -phi(-v), S(v) = phi(v), as both batches are one point.

    Args:
        objective: as for `local_spectrum`, with numbers.
        r1, r2: weights of psi^2/2, the same at both points.
        penalty: P(|psi|), text or an expression in `g`; centered at 1 (WGAN-GP) it has no linear form and
            ends in a limit cycle.
        clip: |psi| is cut to it after each step of `steps`.
        noise: standard deviation of Gaussian noise on both points.
        weight_decay: of psi.
        consensus: weight of half the squared field, whose gradient both players also descend (Mescheder et
            al. 2017); not with noise.
        rate_ratio: tau.

    Raises:
        NoLocalSpectrumError: no v*(1) with a linear form.
        ValueError: a setting outside its interval; consensus with noise; symbols as parameters.

    Source: Mescheder, Geiger, Nowozin 2018, Section 2 and the notebook diracgan of their code, where the
    sign of psi is the opposite.
    """
    if isinstance(objective, Relativistic):
        weight = 2 if objective.average else 1
        four = Objective(
            name=objective.name,
            A=-weight * objective.phi.subs(t, v),
            B=-weight * objective.phi.subs(t, -v),
            R=sp.S.Zero,
            S=weight * objective.phi.subs(t, v),
        )
        game = local_game(objective)
        objective = four
    else:
        game = local_game(objective)
        objective.need_numbers("the Dirac-GAN")
    if not as_float(clip, "clip") > 0:
        raise ValueError(f"clip must be in (0, inf], got {clip}")
    made = DiracGan(
        game=game,
        objective=objective,
        gamma=nonnegative(r1, "r1") + nonnegative(r2, "r2"),
        penalty=sp.S.Zero if penalty is None else penalty_of(penalty),
        clip=float(clip),
        noise=nonnegative(noise, "noise"),
        weight_decay=nonnegative(weight_decay, "weight_decay"),
        consensus=nonnegative(consensus, "consensus"),
        rate_ratio=positive(rate_ratio, "rate_ratio"),
    )
    if made.consensus != 0 and made.noise != 0:
        raise ValueError("consensus and noise are not combined here: give one of them")
    return made


def _pair(start: ArrayLike) -> tuple[float, float]:
    found = np.asarray(start, dtype=np.float64)
    if found.shape != (2,) or not np.isfinite(found).all():
        raise ValueError(f"start must be two finite numbers (theta, psi), got {start!r}")
    return float(found[0]), float(found[1])

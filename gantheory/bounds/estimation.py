"""Upper bound of the estimation error, for two networks of bounded norms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gantheory.arguments.arrays import as_float, positive_array
from gantheory.bounds.inputs import number, numbers, size
from gantheory.bounds.loss import log_loss_lipschitz, log_loss_range


@dataclass(frozen=True, kw_only=True)
class EstimationError:
    """Bound of the estimation error, in the units of the loss (nats at alpha_G = 1), with what it is made of.

    A number beyond the range of floats is inf; `log_value` is then still finite.

    Attributes:
        value: the bound, the sum of `terms`.
        log_value: its natural logarithm.
        terms: the four summands: "complexity, real", "complexity, fake" (Rademacher complexity of the
            scores), "deviation, real", "deviation, fake" (concentration).
        probability: 1 - 2 delta, with which the bound holds at least.
        u_w, u_t: U_w and U_t, products of norms and Lipschitz constants of D and of G.
        q_x, q_z: Q_x = U_w B_x and Q_z = U_w U_t B_z, bounds of |v| on real and on generated samples.
        c_x, c_z: C_{Q_x}(alpha_G) and C_{Q_z}(alpha_G).
        k, l: number of layers of D and of G.
        discriminator_norms, generator_norms, real_bound, noise_bound: M_i, N_j, B_x and B_z used.
        log_trivial: log of what the error never exceeds, whatever the data: by how much the loss can vary
            over |v| <= Q_x plus over |v| <= Q_z.
        violated: assumptions of the theorem that do not hold, where they were explicitly waived. If there is
            any, `value` is the formula's value and not a bound.
    """

    value: float
    log_value: float
    terms: dict[str, float]
    probability: float
    u_w: float
    u_t: float
    q_x: float
    q_z: float
    c_x: float
    c_z: float
    k: int
    l: int  # noqa: E741 - the theorem's name
    discriminator_norms: tuple[float, ...]
    generator_norms: tuple[float, ...]
    real_bound: float
    noise_bound: float
    log_trivial: float
    violated: tuple[str, ...] = ()

    @property
    def vacuous(self) -> bool:
        """Whether the bound says nothing, because no error can be above it in any case."""
        return self.log_value >= self.log_trivial

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        total = f"{self.value:.6g}" if self.value < math.inf else f"exp({self.log_value:.6g})"
        lines = [f"estimation error <= {total} with probability >= {self.probability:.6g}"]
        lines += [f"  {name:<18} {value:.6g}" for name, value in self.terms.items()]
        lines.append(f"  k = {self.k}, l = {self.l}, U_w = {self.u_w:.6g}, U_t = {self.u_t:.6g}")
        lines.append(
            f"  Q_x = {self.q_x:.6g}, Q_z = {self.q_z:.6g}, C_Qx = {self.c_x:.6g}, C_Qz = {self.c_z:.6g}"
        )
        if self.vacuous:
            lines.append(f"  says nothing: the error never exceeds {_exp(self.log_trivial):.6g}")
        lines += [f"  NOT A BOUND, violated: {name}" for name in self.violated]
        return "\n".join(lines)


def estimation_error(
    *,
    alpha_g: float,
    discriminator_norms: Sequence[float],
    generator_norms: Sequence[float],
    discriminator_lipschitz: float | Sequence[float],
    generator_lipschitz: float | Sequence[float],
    real_bound: float,
    noise_bound: float,
    n: int,
    m: int,
    delta: float,
    tight: bool = False,
) -> EstimationError:
    r"""Upper bound of the estimation error of an (alpha_D, alpha_G)-GAN (ISIT 2023, Theorem 3, eq. (20)).

    The networks have no biases,

        D(x) = sigma(w_k r_{k-1}(W_{k-1} ... r_1(W_1 x))),   |W_i|_F <= M_i,   r_i R_i-Lipschitz,
        G(z) = V_l s_{l-1}(V_{l-1} ... s_1(V_1 z)),          |V_j|_F <= N_j,   s_j S_j-Lipschitz,

    with entrywise positively homogeneous activations, |x| <= B_x and |z| <= B_z. With
    U_w = M_k prod_{i<k} M_i R_i, U_t = N_l prod_{j<l} N_j S_j, Q_x = U_w B_x, Q_z = U_w U_t B_z and
    C_h = `loss_lipschitz(h, alpha_g)`, the error is with probability at least 1 - 2 delta at most

        4 C_{Q_x} Q_x sqrt(3 k/n) + 4 C_{Q_z} Q_z sqrt(3 (k + l - 1)/m)
          + sqrt(log(1/delta)) (4 C_{Q_x} Q_x/sqrt(2 n) + 4 C_{Q_z} Q_z/sqrt(2 m)).

    The bounds M, N, B belong to the class and are fixed before the data are seen.

    alpha_D is not in the bound. The error is d(generator trained on the samples) - inf d, where d is the
    generator's value at alpha_G for the best discriminator of the class. Uniform deviations give the
    constants above if that discriminator maximizes the same value, alpha_D = alpha_G. If it maximizes another
    one, d may jump as the generator moves, and then the error need not fall with n at all: docs/bounds.md has
    an example, in which this number is no bound.

    Args:
        alpha_g: of the generator's loss, in (0, inf].
        discriminator_norms: M_1, ..., M_k; k is their number.
        generator_norms: N_1, ..., N_l; l is their number.
        discriminator_lipschitz: R_1, ..., R_{k-1}, or one number for all (1 for ReLU and leaky ReLU).
        generator_lipschitz: S_1, ..., S_{l-1}, or one number for all.
        real_bound, noise_bound: B_x and B_z, bounds of the Euclidean norms of data and noise.
        n, m: number of real and of generated samples.
        delta: in (0, 1/2).
        tight: with the exact Lipschitz constants of the loss, which the proof allows, in place of the
            published ones. Differs for alpha_g > 1 only.

    Raises:
        ValueError: a number outside its interval, no layer, or lengths that do not fit.
        TypeError: not numbers.
    """
    alpha = as_float(positive_array(alpha_g, "alpha_g"), "alpha_g")
    m_norms = numbers(discriminator_norms, "discriminator_norms")
    n_norms = numbers(generator_norms, "generator_norms")
    k, l = len(m_norms), len(n_norms)  # noqa: E741
    if not (k and l):
        name = "generator_norms" if k else "discriminator_norms"
        raise ValueError(f"{name} must name at least one layer, got none")
    slopes_d = _slopes(discriminator_lipschitz, "discriminator_lipschitz", k)
    slopes_g = _slopes(generator_lipschitz, "generator_lipschitz", l)
    b_x, b_z = number(real_bound, "real_bound"), number(noise_bound, "noise_bound")
    n, m = size(n, "n"), size(m, "m")
    delta = as_float(delta, "delta")
    if not 0 < delta < 0.5:
        raise ValueError(f"delta must be in (0, 1/2), for 1 - 2 delta to be a probability, got {delta}")

    # In logarithms: for alpha < 1, C grows like exp(Q (1 - alpha)/alpha), and Q of trained networks is large.
    log_u_w = sum(map(_log, (*m_norms, *slopes_d)))
    log_u_t = sum(map(_log, (*n_norms, *slopes_g)))
    log_q = (log_u_w + _log(b_x), log_u_w + log_u_t + _log(b_z))
    q_x, q_z = map(_exp, log_q)
    log_c = tuple(log_loss_lipschitz(q, alpha, tight=tight) for q in (q_x, q_z))
    # A network that is zero has no error, even where C is infinite.
    products = [
        -math.inf if q == -math.inf else math.log(4) + q + c for q, c in zip(log_q, log_c, strict=True)
    ]
    logs = {
        "complexity, real": products[0] + math.log(3 * k / n) / 2,
        "complexity, fake": products[1] + math.log(3 * (k + l - 1) / m) / 2,
        "deviation, real": products[0] + math.log(-math.log(delta) / (2 * n)) / 2,
        "deviation, fake": products[1] + math.log(-math.log(delta) / (2 * m)) / 2,
    }
    log_value = float(np.logaddexp.reduce(list(logs.values())))
    return EstimationError(
        value=_exp(log_value),
        log_value=log_value,
        terms={name: _exp(term) for name, term in logs.items()},
        probability=1 - 2 * delta,
        u_w=_exp(log_u_w),
        u_t=_exp(log_u_t),
        q_x=q_x,
        q_z=q_z,
        c_x=_exp(log_c[0]),
        c_z=_exp(log_c[1]),
        k=k,
        l=l,
        discriminator_norms=m_norms,
        generator_norms=n_norms,
        real_bound=b_x,
        noise_bound=b_z,
        log_trivial=float(np.logaddexp(log_loss_range(q_x, alpha), log_loss_range(q_z, alpha))),
    )


def _slopes(value: float | Sequence[float], name: str, layers: int) -> tuple[float, ...]:
    if not isinstance(value, Sequence) and not getattr(value, "ndim", 0):
        return (number(value, name),) * (layers - 1)
    slopes = numbers(value, name)
    if len(slopes) != layers - 1:
        raise ValueError(
            f"{name} must be one number or {layers - 1}, one for each of {layers} layers but the last,"
            f" got {len(slopes)}"
        )
    return slopes


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf

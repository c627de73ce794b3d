"""Least-squares and least k-th order GANs."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory.exact import exact, finite, written
from gantheory.objectives.objective import Objective, v


def lsgan(a: Any = 0, b: Any = 1, c: Any = 1, real_term: bool = False) -> Objective:
    """Least-squares GAN with label a for fake and b for real data, and the generator's target c.

        A = -(v - b)^2/2,  B = -(v - a)^2/2,  S = (v - c)^2/2,  R = S if real_term else 0

    `real_term` adds 1/2 E_r (v - c)^2, which is constant in the generator for a fixed discriminator but
    not once the optimal discriminator is substituted: Mao et al. add it to derive their divergence.
    The labels may be expressions of real sympy symbols, for algebra (see `Objective.symbols`).

    Raises:
        ValueError: a = b, so that the labels do not tell real from fake; an infinite label.

    Source: Mao et al., Least squares generative adversarial networks (2017), eqs. (2) and (6).
    """
    a_, b_, c_ = (finite(label, name, symbolic=True) for label, name in ((a, "a"), (b, "b"), (c, "c")))
    _distinct(a_, b_)
    generator = (v - c_) ** 2 / 2
    return Objective(
        name=f"lsgan({written(a_)}, {written(b_)}, {written(c_)}{', real_term=True' if real_term else ''})",
        A=-((v - b_) ** 2) / 2,
        B=-((v - a_) ** 2) / 2,
        R=generator if real_term else sp.S.Zero,
        S=generator,
        source="Mao et al. 2017, " + ("eq. (6)" if real_term else "eq. (2)"),
        parameters=(("a", a_), ("b", b_), ("c", c_), ("real_term", real_term)),
    )


def lkgan(k: Any, a: Any = 0, b: Any = 1, c: Any = 0.5, real_term: bool = True) -> Objective:
    """Least k-th order GAN: an LSGAN discriminator, and a generator that minimizes E|v - c|^k.

        A = -(v - b)^2/2,  B = -(v - a)^2/2,  S = |v - c|^k,  R = S if real_term else 0

    Args:
        k: order, at least 1.
        a, b, c: labels of fake and real data and the generator's target; a + b = 2c gives the Pearson-Vajda
            divergence of order k.
        real_term: whether E_r |v - c|^k is included, as in the published objective.

    Raises:
        ValueError: k < 1 or infinite, or a = b.

    Source: Bhatia, Paul, Alajaji, Gharesifard, Burlina, Least kth-order and Renyi generative adversarial
    networks (2021), Section 4.
    """
    order = exact(k, "k", symbolic=True)
    if order is sp.oo or (order >= 1) == False or not order.is_positive:  # noqa: E712  a relation of symbols
        raise ValueError(f"k must be in [1, inf), got {k}")
    a_, b_, c_ = (finite(label, name, symbolic=True) for label, name in ((a, "a"), (b, "b"), (c, "c")))
    _distinct(a_, b_)
    generator = sp.Abs(v - c_) ** order
    numbers = ", ".join(map(written, (order, a_, b_, c_)))
    return Objective(
        name=f"lkgan({numbers}{'' if real_term else ', real_term=False'})",
        A=-((v - b_) ** 2) / 2,
        B=-((v - a_) ** 2) / 2,
        R=generator if real_term else sp.S.Zero,
        S=generator,
        source="Bhatia et al. 2021, Section 4",
        parameters=(("k", order), ("a", a_), ("b", b_), ("c", c_), ("real_term", real_term)),
    )


def _distinct(a: sp.Expr, b: sp.Expr) -> None:
    if a == b:
        raise ValueError(f"a and b are the labels of fake and real data and must differ, got a = b = {a}")

"""Arjovsky and Bottou (2017): what the non-saturating generator step descends."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

import gantheory as gt
from gantheory.claims import Decided, Equal, Paper, Plan, SameDivergence
from gantheory.derivation.algebra.symbols import u

PAPER = Paper(
    key="arjovsky-2017",
    cite="Arjovsky and Bottou, Towards principled methods for training GANs, ICLR 2017",
    arxiv="1701.04862",
)


@PAPER.claim(
    "ab-25",
    "equality",
    where="Theorem 2.5 (number not checked)",
    statement="the non-saturating step with D* held fixed is the gradient of KL(P_g||P_r) - 2 JSD(P_r, P_g)",
    latex=r"-\mathbb{E}_g[\nabla \log D^*] = \nabla\left[\mathrm{KL}(P_g\|P_r) - 2\,\mathrm{JSD}(P_g, P_r)\right]",
)
def non_saturating_step() -> Plan:
    theory = gt.derive(gt.objectives.vanilla(saturating=False))
    jsd_twice = u * sp.log(2 * u / (1 + u)) + sp.log(2 / (1 + u))
    claimed = -sp.log(u) - jsd_twice
    return SameDivergence(theory.h, claimed)


@PAPER.claim(
    "ns-vs-frozen",
    "equality",
    where="remark after Theorem 2.5, made precise here",
    statement="vanilla non-saturating: f'' = 1/u^2 - 1/(1+u)^2 with D* substituted, h'' = 1/(u^2 (1+u)) with D* held "
    "fixed; f'' > h'' for every u, and at u = 1 they are 3/4 and 1/2",
    latex=r"f'' = \frac{1}{u^2} - \frac{1}{(1+u)^2}, \qquad h'' = \frac{1}{u^2(1+u)}",
)
def substituted_and_held_fixed() -> Plan:
    theory = gt.derive(gt.objectives.vanilla(saturating=False))
    f2, h2 = sp.diff(theory.f, u, 2), sp.diff(theory.h, u, 2)
    return [
        Equal(f2, 1 / u**2 - 1 / (1 + u) ** 2),
        Equal(h2, 1 / (u**2 * (1 + u))),
        Equal(f2 - h2, 1 / (u * (1 + u) ** 2)),
        Equal(f2.subs(u, 1), sp.Rational(3, 4)),
        Equal(h2.subs(u, 1), sp.Rational(1, 2)),
    ]


@PAPER.claim(
    "ab-cauchy",
    "equality",
    where="Theorem 2.6 (number not checked)",
    statement="with centered Gaussian noise on D and on its gradient the non-saturating update is Cauchy, so that its "
    "mean and variance do not exist",
    latex=r"\frac{\nabla D}{D} \sim \mathrm{Cauchy}",
    about="mathematics",
)
def cauchy_updates() -> Plan:
    """Kolmogorov distance of 200,000 ratios to the Cauchy law and, as a control, to Student's t_2."""
    from scipy import stats

    rng = np.random.default_rng(0)
    n = 200_000
    numerator, denominator = rng.standard_normal((2, n))
    ratios = numerator / denominator
    # The Dvoretzky-Kiefer-Wolfowitz inequality with Massart's constant, at 99.9 %.
    radius = math.sqrt(math.log(2 / 0.001) / (2 * n))
    near = float(stats.kstest(ratios, stats.cauchy.cdf).statistic)
    far = float(stats.kstest(ratios, stats.t(2).cdf).statistic)
    return Decided(
        (near <= radius) if far > radius else None,
        "Monte Carlo",
        f"Kolmogorov distance {near:.5f} of {n} ratios",
        f"at most {radius:.5f} (99.9 %)",
        f"the control, Student's t_2, is at {far:.5f}",
        f"distance {near:.5f}",
    )

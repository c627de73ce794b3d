"""A, B, R and S of each family against the published losses, typed as functions of the score."""

from __future__ import annotations

import mpmath as mp
import pytest
import sympy as sp

from gantheory.objectives import from_spec, v

SCORES = (-2.5, -0.3, 0.2, 0.9, 3.0)
zero = 0.0


def d(x):
    return 1 / (1 + mp.exp(-x))


def alpha_loss(p, alpha):
    return alpha / (alpha - 1) * (1 - p ** ((alpha - 1) / mp.mpf(alpha)))


# Nowozin et al. 2016: the activation g of Table 6 (of Table 2 for the others), and -f*(g(v)) by Table 6.
F_GANS = {
    "kl": (lambda x: x, lambda x: -mp.exp(x - 1)),
    "reverse_kl": (lambda x: -mp.exp(-x), lambda x: 1 - x),
    "pearson": (lambda x: x, lambda x: -x * x / 4 - x),
    "neyman": (lambda x: 1 - mp.exp(-x), lambda x: 2 * mp.exp(-x / 2) - 2),
    "squared_hellinger": (lambda x: 1 - mp.exp(-x), lambda x: 1 - mp.exp(x)),
    "js": (lambda x: mp.log(2) + mp.log(d(x)), lambda x: mp.log(2) + mp.log(1 - d(x))),
    "gan": (lambda x: mp.log(d(x)), lambda x: mp.log(1 - d(x))),
    "tv": (lambda x: mp.tanh(x) / 2, lambda x: -mp.tanh(x) / 2),
}

PUBLISHED = {
    **{f'fgan("{name}")': (a, b, a, b) for name, (a, b) in F_GANS.items()},
    **{
        f'fgan("{name}", saturating=False)': (a, b, zero, lambda x, a=a: -a(x))
        for name, (a, b) in F_GANS.items()
    },
    # Poole et al. 2016: the generator's f of u = e^v, the ratio that a vanilla discriminator has.
    'hybrid_fgan(generator="kl", discriminator="gan")': (*F_GANS["gan"], zero, lambda x: x * mp.exp(x)),
    'hybrid_fgan(generator="pearson", discriminator="kl")': (
        *F_GANS["kl"], zero, lambda x: (mp.exp(x - 1) - 1) ** 2
    ),
    'ipm("bounded")': (lambda x: x, lambda x: -x, lambda x: x, lambda x: -x),
    "wgan": (lambda x: x, lambda x: -x, lambda x: x, lambda x: -x),
    # Lim and Ye 2017, eqs. (12)-(13)
    "hinge": (lambda x: min(0, x - 1), lambda x: min(0, -x - 1), lambda x: x, lambda x: -x),
    "hinge(real_term=False)": (lambda x: min(0, x - 1), lambda x: min(0, -x - 1), zero, lambda x: -x),
    # Zhao et al. 2017, eqs. (1)-(2)
    "ebgan(2)": (lambda x: -x, lambda x: -max(0, 2 - x), zero, lambda x: x),
    "ebgan(2, real_term=True)": (lambda x: -x, lambda x: -max(0, 2 - x), lambda x: -x, lambda x: x),
    # Mao et al. 2017, eqs. (2) and (6)
    "lsgan(-1, 2, 0.5)": (
        lambda x: -((x - 2) ** 2) / 2, lambda x: -((x + 1) ** 2) / 2, zero, lambda x: (x - 0.5) ** 2 / 2
    ),
    # Bhatia et al. 2021, Sections 3 and 4
    "lkgan(3, -1, 2, 0.5)": (
        lambda x: -((x - 2) ** 2) / 2,
        lambda x: -((x + 1) ** 2) / 2,
        lambda x: abs(x - 0.5) ** 3,
        lambda x: abs(x - 0.5) ** 3,
    ),
    "lkgan(1.5, 0, 1, real_term=False)": (
        lambda x: -((x - 1) ** 2) / 2, lambda x: -(x**2) / 2, zero, lambda x: abs(x - 0.5) ** 1.5
    ),
    "renyi(3)": (
        lambda x: mp.log(d(x)), lambda x: mp.log(1 - d(x)), lambda x: d(x) ** 2, lambda x: (1 - d(x)) ** 2
    ),
    # Welfert et al. 2024: l_G(1, D) = 1 - D, l_G(0, D) = D^2
    'cpe("-log(D)", "-log(1 - D)", "1 - D", "D**2")': (
        lambda x: mp.log(d(x)), lambda x: mp.log(1 - d(x)), lambda x: d(x) - 1, lambda x: -(d(x) ** 2)
    ),
    'cpe("-log(D)", "D", "1 - D", "D**2", saturating=False)': (
        lambda x: mp.log(d(x)), lambda x: -d(x), zero, lambda x: 1 - d(x)
    ),
    # Veiner et al. 2024, Theorem 1
    "l_alpha(3)": (
        lambda x: mp.log(d(x)),
        lambda x: mp.log(1 - d(x)),
        lambda x: -alpha_loss(d(x), 3),
        lambda x: -alpha_loss(1 - d(x), 3),
    ),
    "l_alpha(3, saturating=False)": (
        lambda x: mp.log(d(x)), lambda x: mp.log(1 - d(x)), zero, lambda x: alpha_loss(d(x), 3)
    ),
}  # fmt: skip


@pytest.mark.parametrize("spec", PUBLISHED)
def test_the_losses_are_the_published_ones(spec):
    objective = from_spec(spec)
    for role, want in zip("ABRS", PUBLISHED[spec], strict=True):
        for score in (x for x in SCORES if objective.domain[0] <= x):
            found = mp.mpf(sp.N(getattr(objective, role).subs(v, sp.Rational(str(score))), 30))
            expected = want(mp.mpf(score)) if callable(want) else want
            assert mp.almosteq(found, expected, 1e-13, 1e-13), (role, score)


@pytest.mark.parametrize(
    ("spec", "domain"), [("ebgan(2)", (0, sp.oo)), ('ipm("bounded")', (-1, 1)), ("wgan", (-sp.oo, sp.oo))]
)
def test_scores_lie_in_the_published_interval(spec, domain):
    assert from_spec(spec).domain == domain


def test_default_labels_and_terms():
    assert from_spec("lsgan") == from_spec("lsgan(0, 1, 1, real_term=False)")
    assert from_spec("lkgan(3)") == from_spec("lkgan(3, 0, 1, 0.5, real_term=True)")
    assert from_spec("ebgan") == from_spec("ebgan(1, real_term=False)")
    assert from_spec("ipm") == from_spec('ipm("lipschitz")')


def test_the_outer_function_of_renyi():
    """2/(alpha - 1) times the mean logarithm of both expectations; Bhatia et al. 2021, eq. of Section 3."""
    outer = from_spec("renyi(3)").outer
    x, y = sorted(outer.free_symbols, key=str)
    assert float(outer.subs({x: 2, y: 5})) == pytest.approx(float(mp.log(10) / 2), rel=1e-14)

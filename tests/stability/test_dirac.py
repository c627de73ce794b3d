"""The Dirac-GAN beside the published table of Mescheder et al. 2018, trajectories and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import gantheory as gt
from gantheory.objectives import from_spec
from gantheory.objectives.relativistic import relativistic
from gantheory.stability import dirac_gan, local_spectrum

VANILLA = gt.objectives.vanilla()
NS = gt.objectives.vanilla(saturating=False)
WGAN = from_spec("wgan")
START = (1.0, -1.0)  # (1, 1) where a large psi says "fake"

REMEDIES = [
    ("vanilla", {}, "cycles"),
    ("vanilla(saturating=False)", {}, "converges slowly"),
    ("vanilla", {"r1": 0.3}, "converges"),
    ("vanilla(saturating=False)", {"r2": 0.3, "rate_ratio": 2}, "converges"),
    ("vanilla", {"noise": 1}, "converges"),
    ("vanilla", {"consensus": 0.5, "rate_ratio": 2}, "converges"),
    ("vanilla", {"penalty": "g**2"}, "converges"),
    ("vanilla", {"penalty": "max(0, g - 1)**2"}, "cycles"),
    ("vanilla", {"penalty": "(g**2 - 1)**2"}, "diverges"),
    ("wgan", {}, "cycles"),
    ("wgan", {"clip": 0.3}, "cycles"),
    ("wgan", {"noise": 1}, "cycles"),
    ("wgan", {"penalty": "0.5*(g - 0.3)**2"}, "cycles"),
    ("wgan", {"weight_decay": 0.1}, "converges"),
    ("hinge", {}, "cycles"),
    ("ebgan(1)", {}, "cycles"),
    ("lsgan(0, 1, 1)", {}, "converges slowly"),
    ("lsgan(0, 1, 1)", {"noise": 0.5}, "converges"),
    ("lsgan(1, 0, 1)", {}, "diverges"),
    ('fgan("reverse_kl")', {}, "cycles"),
    ('fgan("kl", saturating=False)', {}, None),
    ('parse(real="-softplus(-v)", fake="-softplus(v)", generator="-exp(v)")', {}, "diverges"),
    ("wgan", {"penalty": "-g**2", "weight_decay": 2}, "cycles"),
    ("wgan", {"penalty": "(g**2 - 1)**2", "weight_decay": 4}, "undecided"),  # the orbits shrink by g^4
    ("vanilla", {"penalty": "-2*g**2", "noise": sp.sqrt(8)}, "undecided"),
    ("lsgan(0, 1, 0.5)", {}, "undecided"),  # S'(v*) = 0
    ("lsgan(0, 1, 0.5)", {"r1": 1}, "undecided"),
]


@pytest.mark.parametrize(("spec", "settings", "verdict"), REMEDIES, ids=str)
def test_the_linear_form_is_the_jacobian_of_the_field(spec, settings, verdict):
    game = dirac_gan(from_spec(spec), **settings)
    assert verdict in (None, game.verdict), game.reason
    if game.matrix is None:
        assert game.eigenvalues is None
        return
    h = 1e-5
    jacobian = np.array(
        [(np.array(game.field(*(h * e))) - game.field(*(-h * e))) / (2 * h) for e in np.eye(2)]
    ).T
    np.testing.assert_allclose(jacobian, np.array(game.matrix, dtype=float), atol=1e-7)
    wanted = np.linalg.eigvals(jacobian)
    found = [complex(x) for x in game.eigenvalues]
    np.testing.assert_allclose(np.sort_complex(found), np.sort_complex(wanted.astype(complex)), atol=1e-7)


@pytest.mark.slow_cases("vanilla-{'penalty': '(g**2 - 1)**2'}-diverges")
@pytest.mark.parametrize(("spec", "settings", "verdict"), REMEDIES, ids=str)
def test_verdicts_are_what_the_flow_does(spec, settings, verdict):
    game = dirac_gan(from_spec(spec), **settings)
    if game.matrix is None or "clip" in settings or game.verdict == "undecided":
        return
    # closed orbits are measured in the energy that the linear form conserves
    b, s, tau = abs(float(game.game.b)), abs(float(game.game.s)), float(game.rate_ratio)
    path = game.flow((0.05, 0.02), np.linspace(0, 200, 201))
    energy = tau * b * path[:, 0] ** 2 + s * path[:, 1] ** 2
    early, late = energy[:20].mean(), energy[-20:].mean()
    match game.verdict:
        case "converges":
            assert late < 1e-6 * early
        case "converges slowly":
            assert 0.5 * early < late < (1 - 1e-4) * early
        case "cycles":
            assert late == pytest.approx(early, rel=1e-6)
        case "diverges":
            assert late > (1 + 1e-3) * early


def test_eigenvalues_of_the_published_table():
    gamma, half = sp.Rational(1, 5), sp.Rational(1, 2)
    table = {
        (): (0, half**2), (("r1", gamma),): (-gamma / 2, half**2 - gamma**2 / 4),
        (("noise", 1),): (-sp.Rational(1, 4), half**2 - sp.Rational(1, 16)),
        (("consensus", gamma),): (-gamma / 4, half**2),
    }  # fmt: skip
    for settings, (real, square) in table.items():
        for objective in (VANILLA, NS):
            first, second = dirac_gan(objective, **dict(settings)).eigenvalues
            assert sp.simplify((first + second) / 2 - real) == 0
            assert sp.simplify((first - second) ** 2 / 4 + square) == 0
    # critical: gamma = 1 and noise variance 2
    assert dirac_gan(VANILLA, r1=1).eigenvalues == (-half, -half)
    assert dirac_gan(VANILLA, noise=sp.sqrt(2)).eigenvalues == (-half, -half)


def test_published_trajectories_of_gradient_steps():
    h = 0.1
    radius = np.linalg.norm(dirac_gan(VANILLA).steps(START, h, 50), axis=1)
    # with f' = 1/2 near 0 only: each step widens the orbit by sqrt(1 + h^2/4)
    small = np.linalg.norm(dirac_gan(VANILLA).steps((1e-4, 1e-4), h, 50), axis=1)
    np.testing.assert_allclose(small[1:] / small[:-1], np.sqrt(1 + h**2 / 4), rtol=1e-6)
    assert radius[-1] > radius[0]
    for gamma, wanted in ((0.1, 6.6e-4), (0.5, 9.5e-22), (1, 3.5e-43), (3, 3.3e-8)):
        path = dirac_gan(VANILLA, r1=gamma).steps(START, h, 2000)
        assert np.linalg.norm(path[-1]) == pytest.approx(wanted, rel=0.02)
    # steps of NS stall near sqrt(2 h)
    stalled = np.linalg.norm(dirac_gan(NS).steps(START, h, 4000)[-300:], axis=1)
    assert stalled.max() == pytest.approx(0.449, rel=0.005)
    clipped = dirac_gan(WGAN, clip=0.3).steps(START, h, 2000)[-1000:, 0]
    assert np.abs(clipped).max() == pytest.approx(0.32, abs=0.01)
    for weight, target, wanted in ((1, 0.3, 0.42), (10, 1, 10)):
        game = dirac_gan(WGAN, penalty=f"{weight}/2*(g - {target})**2")
        assert np.abs(game.steps(START, 0.02, 8000)[-4000:, 0]).max() == pytest.approx(wanted, rel=0.01)


def test_published_flows():
    path = dirac_gan(VANILLA).flow(START, np.linspace(0, 50, 11))
    np.testing.assert_allclose((path**2).sum(axis=1), 2, rtol=1e-7)
    # NS: d(r^2)/dt = -2 psi theta tanh(psi theta/2), so that r^2 ~ 8/t
    late = dirac_gan(NS).flow(START, [0, 400, 800])
    fall = 1 / (late[2] ** 2).sum() - 1 / (late[1] ** 2).sum()  # of 1/r^2, without the start
    assert 400 / fall == pytest.approx(8, rel=0.02)


def test_alternating_steps_stay_on_the_circle():
    path = dirac_gan(VANILLA).steps((1e-3, 0), 0.1, 5000, "alternating")
    assert np.linalg.norm(path, axis=1)[-500:].max() == pytest.approx(1e-3, rel=0.1)


def test_relativistic_pairs_have_the_field_of_the_nonsaturating_game():
    pairs, plain = dirac_gan(relativistic(average=False), r1=0.1), dirac_gan(NS, r1=0.1)
    np.testing.assert_allclose(pairs.field(0.3, 0.8), plain.field(0.3, 0.8), rtol=1e-12)
    assert pairs.matrix == plain.matrix
    average = dirac_gan(relativistic(average=True))
    np.testing.assert_allclose(
        average.field(0.3, 0.8), 2 * np.array(dirac_gan(NS).field(0.3, 0.8)), rtol=1e-12
    )
    assert average.matrix == 2 * dirac_gan(NS).matrix


def test_noise_is_the_first_mode_of_a_narrow_gaussian():
    """P_r = N(0, s0^2) with s0 -> 0 through noise sigma: lambda = 1/sigma^2, and psi has the rate sigma^2."""
    sigma = 0.7
    spectrum = local_spectrum(VANILLA, [1 / sigma**2], rate_ratio=sigma**2)
    wanted = [complex(x) for x in dirac_gan(VANILLA, noise=sigma).eigenvalues]
    np.testing.assert_allclose(np.sort_complex(spectrum.roots[0]), np.sort_complex(wanted), rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: dirac_gan(VANILLA, clip=0), "clip must be in"),
        (lambda: dirac_gan(VANILLA, consensus=1, noise=1), "not combined"),
        (lambda: dirac_gan(VANILLA, r1=-1), "r1 must be at least 0"),
        (lambda: dirac_gan(WGAN, clip=1).flow(START, [0, 1]), "flow needs a smooth field"),
        (lambda: dirac_gan(WGAN).steps((1, 2, 3), 0.1, 5), "start must be two finite numbers"),
        (lambda: dirac_gan(from_spec("renyi(2)")), "outer function"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ValueError, match=message):
        make()

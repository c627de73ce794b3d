"""The local spectrum beside the Jacobian of a game that is played on a grid, by finite differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import linear_sum_assignment

import gantheory as gt
from gantheory.errors import NoLocalSpectrumError
from gantheory.objectives.catalogue import BUILT_IN
from gantheory.objectives.relativistic import relativistic
from gantheory.objectives.specification import from_spec
from gantheory.stability import LAMBDA, MU, local_game, local_spectrum, operator_spectrum

CELLS = 24
VANILLA = gt.objectives.vanilla()


class GridGame:
    """Cells on [-3, 3] with masses p of N(0, 1): the discriminator's values v and the generator's masses q.

    Mass flows between neighbours along -grad S(v). Nothing here knows kappa, b or s.
    """

    def __init__(self) -> None:
        x = np.linspace(-3, 3, CELLS + 1)
        self.dx = x[1] - x[0]
        middle = 0.5 * (x[1:] + x[:-1])
        self.p = np.exp(-0.5 * middle**2)
        self.p /= self.p.sum()
        self.edge = 0.5 * (self.p[1:] + self.p[:-1])
        grad = np.diff(np.eye(CELLS), axis=0) / self.dx
        self.laplacian = grad.T @ np.diag(self.edge) @ grad / self.p[:, None]
        self.grad = grad

    @property
    def eigenvalues(self) -> np.ndarray:
        root = np.sqrt(self.p)
        found = np.linalg.eigvalsh(root[:, None] * self.laplacian / root)
        return np.maximum(found, 0)

    def eigenvalue_function(self, f: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """The operator f(L)."""
        root = np.sqrt(self.p)
        values, vectors = np.linalg.eigh(root[:, None] * self.laplacian / root)
        return (vectors * f(np.maximum(values, 0))) @ vectors.T * root / root[:, None]

    def field(self, objective, state, tau=1.0, r1=0.0, r2=0.0, decay=0.0, penalty=None, K=None, T=None):
        f = objective.functions()
        v, q = np.split(state, 2)
        edge_q = 0.5 * (q[1:] + q[:-1])
        push = self.p * f.A.derivative(v) + q * f.B.derivative(v)
        slope = self.grad @ v
        weight = r1 * self.edge + r2 * edge_q
        push = push - self.grad.T @ (weight * slope)
        if penalty is not None:
            push = push - self.grad.T @ (self.edge * penalty(slope))
        push = push / self.p
        dv = tau * ((push if K is None else K @ push) - decay * v)
        flow = edge_q * (self.grad @ f.S(v))
        return np.concatenate([dv, -self.grad.T @ flow])

    def roots(self, objective, v0, **settings) -> np.ndarray:
        start = np.concatenate([np.full(CELLS, v0), self.p])
        columns = []
        for k in range(2 * CELLS):
            h = 1e-5 * (self.p[k - CELLS] if k >= CELLS else 1)
            step = np.zeros(2 * CELLS)
            step[k] = h
            ahead, behind = (self.field(objective, start + sign * step, **settings) for sign in (1, -1))
            columns.append((ahead - behind) / (2 * h))
        scale = np.concatenate([np.ones(CELLS), self.p])
        jacobian = np.array(columns).T * scale / scale[:, None]
        assert np.abs(self.field(objective, start, **settings)).max() < 1e-9
        return np.linalg.eigvals(jacobian)


@pytest.fixture(scope="module")
def game() -> GridGame:
    return GridGame()


def assert_same_roots(found: np.ndarray, wanted: np.ndarray, rtol: float = 2e-6) -> None:
    cost = np.abs(found[:, None] - wanted.ravel()[None, :])
    rows, columns = linear_sum_assignment(cost)
    # a double root moves as the square root of a perturbation
    assert cost[rows, columns].max() < rtol * np.abs(wanted).max()


LOCAL = [spec for spec in BUILT_IN if spec not in ("alpha_gan(inf, inf)", 'fgan("tv")', "renyi(2)")]


@pytest.mark.parametrize("spec", LOCAL)
def test_the_roots_are_those_of_the_game_on_a_grid(game, spec):
    objective = from_spec(spec)
    spectrum = local_spectrum(objective, game.eigenvalues)
    found = game.roots(objective, float(spectrum.game.score))
    assert_same_roots(found, spectrum.roots)


@pytest.mark.parametrize(
    ("given", "played"),
    [
        ({"r1": 0.3}, {"r1": 0.3}),
        ({"r2": 0.3, "rate_ratio": 2.5}, {"r2": 0.3, "tau": 2.5}),
        ({"weight_decay": 0.2, "rate_ratio": 0.5}, {"decay": 0.2, "tau": 0.5}),
        ({"penalty": "0.1*(g**2 - 1)**2"}, {"penalty": lambda g: 0.4 * g * (g**2 - 1)}),
        ({"penalty": "max(0, g - 1)**2", "r1": 0.1, "r2": 0.2}, {"r1": 0.1, "r2": 0.2}),
        ({"kernel": lambda x: 1 / (1 + x), "weight_decay": 0.1}, {"K": lambda x: 1 / (1 + x), "decay": 0.1}),
        ({"kernel": 3, "r1": 0.1}, {"K": lambda x: 3 + 0 * x, "r1": 0.1}),
    ],
    ids=["r1", "r2", "decay", "two-sided penalty", "one-sided penalty", "kernel", "flat kernel"],
)
def test_remedies_on_the_grid(game, given, played):
    if "K" in played:
        played = {**played, "K": game.eigenvalue_function(played["K"])}
    for objective in (VANILLA, from_spec("alpha_gan(0.5, 1.2, saturating=False)")):
        found = game.roots(objective, 0.0, **played)
        assert_same_roots(found, local_spectrum(objective, game.eigenvalues, **given).roots)


def test_a_kernel_that_shares_no_modes_with_the_data(game):
    x = np.arange(CELLS) * game.dx
    K = np.exp(-((x[:, None] - x) ** 2) / 0.5) * game.p  # an operator on L2(p)
    for spec in ("vanilla", "lsgan(0, 1, 1)"):
        objective = from_spec(spec)
        score = float(local_game(objective).score)
        found = game.roots(objective, score, K=K, r1=0.2, tau=2.0)
        wanted = operator_spectrum(objective, game.laplacian, kernel=K, r1=0.2, rate_ratio=2)
        assert_same_roots(found, wanted)
    plain = operator_spectrum(VANILLA, game.laplacian)
    assert_same_roots(plain, local_spectrum(VANILLA, game.eigenvalues).roots)
    with pytest.raises(ValueError, match="kernel must be 24 x 24 as the laplacian"):
        operator_spectrum(VANILLA, game.laplacian, kernel=np.eye(3))
    with pytest.raises(NoLocalSpectrumError, match="spares constant scores"):
        operator_spectrum(relativistic(), game.laplacian)


def test_a_score_without_a_formula(game):
    spec = (
        'parse(real="-softplus(-v) - v**2/10", fake="-softplus(v) - (v - 1)**4/20", generator="softplus(-v)")'
    )
    objective = from_spec(spec)
    spectrum = local_spectrum(objective, game.eigenvalues)
    assert 0 < spectrum.game.score < 1
    assert_same_roots(game.roots(objective, float(spectrum.game.score)), spectrum.roots)


def test_noise_and_a_generator_kernel_on_a_circle():
    """Fourier modes on a circle of uniform density, where smoothing by noise is a factor for each mode."""
    n, sigma = 16, 0.3
    k = np.fft.fftfreq(n, 1 / n)
    k[n // 2] = 0  # the derivative of the mode that alternates is not seen
    dft = np.fft.fft(np.eye(n), axis=0)
    d = (np.linalg.inv(dft) @ (1j * k[:, None] * dft)).real
    smooth = (np.linalg.inv(dft) @ (np.exp(-0.5 * sigma**2 * k**2)[:, None] * dft)).real
    G = (np.linalg.inv(dft) @ (1 / (1 + k**2)[:, None] * dft)).real
    f = from_spec("lsgan(0, 1, 1)").functions()

    def field(state: np.ndarray) -> np.ndarray:
        v, q = np.split(state, 2)
        dv = f.A.derivative(v) + (smooth @ q) * f.B.derivative(v)
        velocity = -G @ (d @ (smooth @ f.S(v)))
        return np.concatenate([dv, -d @ (q * velocity)])

    start = np.concatenate([np.full(n, 0.5), np.ones(n)])
    h = 1e-5
    jacobian = np.array([(field(start + h * e) - field(start - h * e)) / (2 * h) for e in np.eye(2 * n)]).T
    spectrum = local_spectrum(
        from_spec("lsgan(0, 1, 1)"), k**2, noise=sigma, generator_kernel=lambda x: 1 / (1 + x)
    )
    assert_same_roots(np.linalg.eigvals(jacobian), spectrum.roots)


def test_pairs_on_a_grid(game):
    """Relativistic losses: the losses themselves differentiated, over all pairs of cells."""
    loss = {"standard": lambda t: -1 / (1 + np.exp(t)), "least_squares": lambda t: 2 * (t - 1)}
    for name, slope in loss.items():
        for average in (False, True):

            def field(state: np.ndarray, slope=slope, average=average) -> np.ndarray:
                v, q = np.split(state, 2)
                p = game.p
                if average:
                    low, high = slope(v - q @ v), slope(p @ v - v)
                    real = p * low + p * (q @ high)  # d/dv of E_r f(v_r - m_g) + E_g f(m_r - v_g)
                    fake = q * high + q * (p @ low)
                    # the generator's loss exchanges real and fake: E_g f(v_g - m_r) + E_r f(m_g - v_r)
                    push = slope(v - p @ v) + p @ slope(q @ v - v)
                else:
                    pairs = slope(v[:, None] - v[None, :])
                    real, fake = p * (pairs @ q), q * (pairs.T @ p)
                    push = pairs @ p
                dv = -(real - fake) / p
                # the velocity is -push grad v, at edges
                edge = 0.5 * (q[1:] + q[:-1])
                flow = edge * 0.5 * (push[1:] + push[:-1]) * (game.grad @ v)
                return np.concatenate([dv, -game.grad.T @ flow])

            start = np.concatenate([np.zeros(CELLS), game.p])
            scale = np.concatenate([np.ones(CELLS), game.p])
            h = 1e-6
            jacobian = np.array(
                [
                    (field(start + h * s * e) - field(start - h * s * e)) / (2 * h)
                    for s, e in zip(scale, np.eye(2 * CELLS), strict=True)
                ]
            ).T / scale[:, None]  # fmt: skip
            values = game.eigenvalues
            values[0] = 0
            roots = local_spectrum(relativistic(name, average), values).roots
            assert_same_roots(np.linalg.eigvals(jacobian), roots, rtol=1e-5)


def test_published_and_derived_thresholds():
    table = {
        "vanilla": 1 / 4, "vanilla(saturating=False)": 1 / 4, "alpha_gan(0.5, 1)": 2, 
        "alpha_gan(0.2, 1)": 100, "alpha_gan(2, 2)": 1 / 16, "lsgan(0, 1, 1)": 4, "wgan": 0, "hinge": 0,
    }  # fmt: skip
    for spec, wanted in table.items():
        assert local_spectrum(from_spec(spec)).threshold == sp.nsimplify(wanted)
    assert float(local_spectrum(from_spec("alpha_gan(0.3, 1)")).threshold) == pytest.approx(14, rel=1e-3)


@pytest.mark.parametrize("saturating", [True, False])
def test_the_threshold_for_all_alphas(saturating):
    a, g = sp.symbols("a g", positive=True)
    found = local_spectrum(gt.objectives.alpha_gan(a, g, saturating=saturating)).threshold
    assert sp.simplify(found - 2 ** (1 / a - 1 / g) / (4 * a**2)) == 0


def test_the_flow_divergence_knows_the_same_numbers():
    """h''(1) = s v*'(1), and v*'(1) = b/kappa by implicit differentiation: two derivations of one object."""
    compared = 0
    for spec in LOCAL:
        objective = from_spec(spec)
        spectrum = local_spectrum(objective)
        if spectrum.kappa == 0 or objective.critic:
            continue
        wanted = gt.derive(objective).curvature_at_one("flow")
        assert float(spectrum.s * spectrum.b / spectrum.kappa) == pytest.approx(float(wanted), rel=1e-12)
        compared += 1
    assert compared > 15


def test_the_threshold_with_remedies_is_where_the_roots_meet():
    for settings in (
        {}, {"r1": 0.1}, {"r2": 0.2, "rate_ratio": 2}, {"noise": 0.4}, {"weight_decay": 0.1, "r1": 0.05},
        {"kernel": 3, "generator_kernel": 0.5}, {"penalty": "(g**2 - 1/10)**2"},
    ):  # fmt: skip
        edge = float(local_spectrum(VANILLA, **settings).threshold)
        around = local_spectrum(VANILLA, [edge * (1 - 1e-6), edge * (1 + 1e-6)], **settings)
        assert list(around.verdict) == ["damped", "oscillating"], settings
    for settings in ({"r1": 0.6}, {"noise": 1.3}):
        assert local_spectrum(VANILLA, **settings).threshold == sp.oo
        assert set(local_spectrum(VANILLA, np.geomspace(1e-3, 10, 200), **settings).verdict) == {"damped"}


def test_what_damps_critically():
    values = np.array([0.1, 1.0, 5.0, 30.0])
    for settings in ({}, {"rate_ratio": 3}, {"weight_decay": 0.1}, {"kernel": 2}, {"noise": 0.1}):
        spectrum = local_spectrum(VANILLA, values, **settings)
        for gamma, value in zip(spectrum.critical_r1, values, strict=True):
            if gamma == 0:
                continue
            more, less = (local_spectrum(VANILLA, [value], r1=gamma * f, **settings) for f in (1.001, 0.999))
            assert (more.verdict[0], less.verdict[0]) == ("damped", "oscillating")
        rest = {name: x for name, x in settings.items() if name != "rate_ratio"}
        for tau, value in zip(spectrum.critical_rate_ratio, values, strict=True):
            more, less = (
                local_spectrum(VANILLA, [value], rate_ratio=tau * f, **rest) for f in (1.001, 0.999)
            )
            assert (more.verdict[0], less.verdict[0]) == ("damped", "oscillating")
    many = np.geomspace(1e-3, 1e4, 4001)
    for settings in ({"rate_ratio": 2}, {"weight_decay": 0.3, "kernel": 3}, {"generator_kernel": 0.4}):
        edge = float(local_spectrum(VANILLA, **settings).critical_r1_for_all)
        assert local_spectrum(VANILLA, many, **settings).critical_r1.max() == pytest.approx(edge, rel=1e-5)


def test_verdicts():
    assert list(local_spectrum(from_spec("wgan"), [0, 1]).verdict) == ["undamped", "undamped"]
    assert list(local_spectrum(from_spec("wgan"), [1], r1=0.1).verdict) == ["oscillating"]
    assert list(local_spectrum(VANILLA, [0, 0.1, 0.25, 1]).verdict) == [*["damped"] * 3, "oscillating"]
    unstable = local_spectrum(gt.objectives.lsgan(1, 0, 1), [1.0])  # the generator aims at the fake label
    assert unstable.verdict[0] == "unstable" and unstable.damping[0] < 0 and not unstable.stable
    # Pearson's coding: the generator's force vanishes to first order
    assert local_spectrum(from_spec("lsgan(-1, 1, 0)"), [1.0]).verdict[0] == "undamped"


def test_symbols_everywhere():
    a, gamma, tau = sp.symbols("a gamma tau", positive=True)
    spectrum = local_spectrum(gt.objectives.alpha_gan(a, 1), [1.0], r1=gamma, rate_ratio=tau)
    wanted = MU**2 + tau * (spectrum.kappa + gamma * LAMBDA) * MU + tau * spectrum.b * spectrum.s * LAMBDA
    assert sp.simplify(spectrum.characteristic - wanted) == 0
    assert sp.simplify(spectrum.critical_r1_for_all - spectrum.b * spectrum.s / (tau * spectrum.kappa)) == 0
    at = {a: sp.Rational(1, 2), gamma: sp.Rational(1, 10), tau: 2}
    numbers = local_spectrum(gt.objectives.alpha_gan(0.5, 1), r1=0.1, rate_ratio=2)
    assert float(spectrum.threshold.subs(at)) == pytest.approx(float(numbers.threshold), rel=1e-12)
    with pytest.raises(ValueError, match="roots and verdicts need numbers, got the symbols a, gamma, tau"):
        _ = spectrum.roots


def test_a_score_where_the_maximum_is_flat():
    with pytest.raises(NoLocalSpectrumError, match="give score="):
        local_game(from_spec("alpha_gan(inf, inf)"))
    found = local_game(from_spec("alpha_gan(inf, inf)"), score=0)
    assert (found.kappa, found.b, found.s) == (0, sp.Rational(1, 4), sp.Rational(1, 4))
    with pytest.raises(ValueError, match="free only where"):
        local_game(VANILLA, score=1)
    with pytest.raises(ValueError, match="score must be in"):
        local_game(from_spec("hinge"), score=2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: local_game(from_spec("renyi(2)")), "outer function is not a sum"),
        (lambda: local_game(from_spec('parse(real="-abs(v)", fake="-abs(v)", generator="-v")')), "at a kink"),
        (  # of B alone
            lambda: local_game(from_spec('parse(real="-softplus(-v)", fake="-abs(v)", generator="-v")')),
            "at a kink",
        ),
        (
            lambda: local_game(from_spec('parse(real="-(v - 1)**2", fake="-(v + 3)**2", generator="-v", '
            "domain=(-1, 5))")),
            "at an end of the domain",
        ),
        (
            lambda: local_game(from_spec('parse(real="-(v**2 - 1)**2 + v/10", fake="-(v**2 - 1)**2 - v/10", '
            'generator="-v")')),
            "jumps at u = 1",
        ),
        (
            lambda: local_game(from_spec('parse(real="v - v**4", fake="-v - v**4", generator="-v")')),
            r"curvature 0 at v\*\(1\) = 0 ",
        ),
        (lambda: local_spectrum(VANILLA, penalty="10*(g - 1)**2"), "not smooth there"),
        (lambda: local_spectrum(from_spec("lsgan(0, 1, 1)"), weight_decay=0.1), "equilibrium itself moves"),
    ],
)  # fmt: skip
def test_no_linear_form(make, message):
    with pytest.raises(NoLocalSpectrumError, match=message):
        make()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"eigenvalues": [-1.0]}, "eigenvalues must be finite and at least 0, got -1"),
        ({"eigenvalues": [[1.0]]}, "one-dimensional"),
        ({"r1": -1}, "r1 must be at least 0, got -1"),
        ({"rate_ratio": 0}, "rate_ratio must be in"),
        ({"kernel": [1.0, 2.0], "eigenvalues": [1.0]}, "kernel must be a number or one for each of the 1"),
        ({"penalty": "g + x"}, "x"),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(ValueError, match=message):
        local_spectrum(VANILLA, **settings)

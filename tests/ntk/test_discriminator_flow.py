"""The flow against closed forms, other solvers, limits and differences."""

import math

import numpy as np
import pytest
from scipy import linalg
from scipy.integrate import solve_ivp
from scipy.special import wrightomega

import gantheory as gt
from gantheory.ntk.dynamics.linear import LinearDynamics

RNG = np.random.default_rng(7)
REAL, FAKE = RNG.normal(size=(12, 2)) + np.array([1.5, 0]), RNG.normal(size=(9, 2))
X = RNG.normal(size=(5, 2))
KERNEL = gt.ntk.kernels.mlp(depth=2, activation="relu", w_std=1.0, b_std=0.5)
TIMES = np.array([0.0, 0.2, 1.0, 5.0])
SPECS = [
    "wgan",
    "lsgan(-1, 1, 0)",
    "lsgan(0, 1, 1)",
    'fgan("pearson")',
    "vanilla",
    "alpha_gan(0.5, 1.2)",
    "alpha_gan(inf, inf)",
    'fgan("kl")',
    "hinge",
]

FEW = ["wgan", "lsgan(-1, 1, 0)", "alpha_gan(0.5, 1.2)", "hinge"]


def flow(spec, **options):
    return gt.ntk.discriminator_flow(gt.objectives.from_spec(spec), KERNEL, REAL, FAKE, **options)


def by_scipy(spec, times, start=None):
    """Training scores by another solver, straight from the equation."""
    f = gt.objectives.from_spec(spec).functions("numpy")
    n, m = len(REAL), len(FAKE)
    points = np.concatenate([REAL, FAKE])
    k = KERNEL(points)

    def velocity(_, v):
        return k[:, :n] @ f.A.derivative(v[:n]) / n + k[:, n:] @ f.B.derivative(v[n:]) / m

    v0 = np.zeros(n + m) if start is None else start(points)
    return solve_ivp(velocity, (0, times[-1]), v0, method="Radau", t_eval=times, rtol=1e-10, atol=1e-12).y.T


@pytest.mark.parametrize("spec", [s for s in SPECS if s != "hinge"])
def test_training_scores_equal_another_solvers(spec):
    f = flow(spec)
    np.testing.assert_allclose(f.scores(f.points, TIMES), by_scipy(spec, TIMES), rtol=1e-7, atol=1e-8)


def test_hinge_equals_small_explicit_steps():
    f = flow("hinge")
    functions = gt.objectives.hinge().functions("numpy")
    k, n, m = KERNEL(f.points), len(REAL), len(FAKE)
    v, steps = np.zeros(n + m), 20_000
    for _ in range(steps):
        slope = np.concatenate([functions.A.derivative(v[:n]) / n, functions.B.derivative(v[n:]) / m])
        v = v + 4.0 / steps * (k @ slope)
    assert (np.abs(v[:n] - 1) < 1e-3).any()  # some scores are held on the margin
    # Explicit steps chatter about the margin with the size of a step.
    np.testing.assert_allclose(f.scores(f.points, 4.0), v, atol=2e-3)
    # Halving the step halves the distance, so that the limit of small steps is met.
    far = np.abs(f.scores(f.points, 4.0) - v).max()
    assert far < 4.0 / steps * np.abs(k).sum(1).max()


@pytest.mark.parametrize("spec", FEW)
def test_the_flow_starts_at_v0_and_climbs(spec):
    f = flow(spec)
    assert (f.scores(X, 0.0) == 0).all()
    energy = f.energy(np.array([0, 0.1, 0.3, 1.0, 3.0]))
    assert (np.diff(energy) > 0).all()
    # dE/dt = |sum_z w_z g_z k(z, .)|^2 in the kernel's norm, at t = 0
    functions = f.objective.functions("numpy")
    n, m = len(REAL), len(FAKE)
    slope = np.concatenate([functions.A.derivative(np.zeros(n)) / n, functions.B.derivative(np.zeros(m)) / m])
    step = 1e-5
    rate = (f.energy(step) - f.energy(0.0)) / step
    assert rate == pytest.approx(slope @ KERNEL(f.points) @ slope, rel=2e-3)


@pytest.mark.parametrize("spec", FEW)
def test_fields_equal_differences(spec):
    f = flow(spec)
    s = f.objective.functions("numpy").S
    step = 1e-5
    expected = [
        -(s(f.scores(X + step * e, 1.0)) - s(f.scores(X - step * e, 1.0))) / (2 * step) for e in np.eye(2)
    ]
    found = f.field(X, 1.0)
    np.testing.assert_allclose(found, np.stack(expected, 1), atol=1e-7 * np.abs(found).max())
    np.testing.assert_allclose(f.field(X, [0.5, 1.0])[1], found, rtol=1e-6)


def test_ipm_is_linear_in_time_and_is_the_mean_embedding_difference():
    f = flow("wgan")
    witness = KERNEL(X, REAL).mean(1) - KERNEL(X, FAKE).mean(1)
    for t in (0.3, 7.0):
        np.testing.assert_allclose(f.scores(X, t), t * witness, rtol=1e-12)


def test_least_squares_equal_the_matrix_exponential():
    f = flow("lsgan(0, 1, 1)")
    n, m = len(REAL), len(FAKE)
    w = np.repeat([1 / n, 1 / m], [n, m])
    label = np.repeat([1.0, 0.0], [n, m])
    k = KERNEL(f.points)
    for t in (0.5, 20.0):
        expected = label - linalg.expm(-t * k * w) @ label
        np.testing.assert_allclose(f.scores(f.points, t), expected, rtol=1e-9)
    np.testing.assert_allclose(f.scores(f.points, math.inf), label, atol=1e-9)


def test_least_squares_limit_of_points_that_coincide():
    # A real and a fake point at one place: their common score tends to the mean label, weighted by 1/n and
    # 1/m.
    real, fake = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[0.0, 1.0]])
    f = gt.ntk.discriminator_flow(gt.objectives.lsgan(0, 1, 1), KERNEL, real, fake)
    assert f.scores([[0.0, 1.0]], math.inf)[0] == pytest.approx(1 / 3, rel=1e-9)


def test_the_two_point_solution_is_lamberts():
    # With K = diag on two far points and n = m = 1: v' = k sigma(-v), so that v + exp(v) = k t + 1.
    kernel = gt.ntk.kernels.rbf(1.0)
    f = gt.ntk.discriminator_flow(gt.objectives.vanilla(), kernel, [[-50.0]], [[50.0]])
    t = np.array([0.1, 1.0, 10.0, 100.0, 1000.0])
    # omega(z) = W(exp(z)), without overflow
    expected = t + 1 - wrightomega(t + 1)
    scores = f.scores([[-50.0], [50.0]], t)
    np.testing.assert_allclose(scores[:, 0], expected, rtol=1e-7)
    np.testing.assert_allclose(scores[:, 1], -expected, rtol=1e-7)


def test_the_two_point_solution_is_lamberts_for_coupled_points():
    # By symmetry v(x) = -v(y) =: v, and v' = (k(x, x) - k(x, y)) sigma(-v).
    kernel = gt.ntk.kernels.rbf(0.5)
    real, fake = np.array([[0.3]]), np.array([[-0.3]])
    rate = 1 - kernel(real, fake)[0, 0]
    t = np.array([0.5, 20.0])
    f = gt.ntk.discriminator_flow(gt.objectives.vanilla(), kernel, real, fake)
    np.testing.assert_allclose(f.scores(real, t)[:, 0], rate * t + 1 - wrightomega(rate * t + 1), rtol=1e-8)


def test_hinge_comes_to_rest_with_no_loss():
    f = flow("hinge")
    assert f.energy(math.inf) == pytest.approx(0, abs=1e-9)
    assert (f.scores(REAL, math.inf) >= 1 - 1e-9).all()
    assert (f.scores(FAKE, math.inf) <= -1 + 1e-9).all()


def test_vanilla_has_a_limit_where_points_coincide():
    # Two real points and one fake at one place: sigma(v) = u/(1 + u) with u the ratio of the shares 1 and 1.
    real, fake = np.array([[0.0], [0.0], [2.0]]), np.array([[0.0], [2.0], [2.0], [2.0]])
    f = gt.ntk.discriminator_flow(gt.objectives.vanilla(), gt.ntk.kernels.rbf(1.0), real, fake)
    found = f.scores([[0.0], [2.0]], math.inf)
    expected = np.log([(2 / 3) / (1 / 4), (1 / 3) / (3 / 4)])
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("spec", ["wgan", 'fgan("pearson")', "vanilla"])
def test_scores_without_a_limit_are_refused(spec):
    with pytest.raises(ValueError, match=r"t must be finite"):
        flow(spec).scores(X, math.inf)


@pytest.mark.parametrize("spec", ["wgan", "alpha_gan(inf, 1)"])
def test_equal_real_and_fake_points_are_at_rest(spec):
    f = gt.ntk.discriminator_flow(gt.objectives.from_spec(spec), KERNEL, REAL, REAL)
    np.testing.assert_allclose(f.scores(X, math.inf), 0, atol=1e-12)


@pytest.mark.parametrize("spec", ["lsgan(0, 1, 1)", "vanilla"])
def test_any_initial_discriminator(spec):
    def start(x):
        return 0.3 * x[:, 0] - 0.1 * x[:, 1] ** 2

    f = flow(spec, initial=start)
    np.testing.assert_allclose(f.scores(X, 0.0), start(X), rtol=1e-14)
    expected = by_scipy(spec, TIMES, start)
    np.testing.assert_allclose(f.scores(f.points, TIMES), expected, rtol=1e-7, atol=1e-8)
    gradient = np.stack([np.full(len(X), 0.3), -0.2 * X[:, 1]], 1)
    s = f.objective.functions("numpy").S
    np.testing.assert_allclose(f.field(X, 0.0), -s.derivative(start(X))[:, None] * gradient, rtol=1e-12)


@pytest.mark.slow_cases('fgan("pearson")')
@pytest.mark.parametrize("spec", ["lsgan(-1, 1, 0)", 'fgan("pearson")'])
def test_krylov_equals_the_eigenbasis(spec, monkeypatch):
    real, fake = RNG.normal(size=(300, 2)) + 1, RNG.normal(size=(260, 2))
    f = gt.ntk.discriminator_flow(gt.objectives.from_spec(spec), KERNEL, real, fake)
    found = f.coefficients(3.0)
    assert f.dynamics.method == "krylov"
    monkeypatch.setattr(LinearDynamics, "_prefers_krylov", lambda *_: False)
    expected = f.dynamics.coefficients([3.0])[0]
    assert f.dynamics.method == "eigenbasis"
    np.testing.assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())


def test_a_streamed_kernel_equals_a_held_one(monkeypatch):
    expected = flow("lsgan(0, 1, 1)").scores(X, 2.0), flow("vanilla").scores(X, 2.0)
    monkeypatch.setattr("gantheory.ntk.dynamics.training_kernel.HELD_BYTES", 0)
    for spec, value in zip(("lsgan(0, 1, 1)", "vanilla"), expected, strict=True):
        f = flow(spec, block=4)
        assert not f.dynamics.operator.held
        np.testing.assert_allclose(f.scores(X, 2.0), value, rtol=1e-8)


def test_points_too_many_for_an_implicit_method_are_solved_explicitly(monkeypatch):
    expected = flow("vanilla").coefficients(TIMES)
    monkeypatch.setattr("gantheory.ntk.dynamics.ode.IMPLICIT_UP_TO", 0)
    f = flow("vanilla")
    np.testing.assert_allclose(f.coefficients(TIMES), expected, rtol=1e-7, atol=1e-12)
    assert f.dynamics.method == "explicit"
    monkeypatch.setattr("gantheory.ntk.dynamics.ode._MOST_STEPS", 20)
    with pytest.raises(RuntimeError, match=r"t=1e\+06 is too long for vanilla.*at most 0 points"):
        f.coefficients(1e6)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: flow("wgan").scores(X, -1.0), ValueError, "t must be at least 0, got -1"),
        (lambda: flow("wgan").scores(X, [0.0, math.nan]), ValueError, "t must be at least 0, got nan"),
        (
            lambda: flow("wgan").scores(X, "a"),
            ValueError,
            "t must be a time >= 0 or an array",
        ),
        (lambda: flow("wgan", initial=3), TypeError, "initial must be a function or None"),
        (lambda: flow("wgan").scores(np.zeros((2, 3)), 1.0), ValueError, "x must have 2 coordinates"),
        (
            lambda: gt.ntk.discriminator_flow(gt.objectives.wgan(), KERNEL, REAL, np.zeros((3, 1))),
            ValueError,
            "real and fake must have one dimension, got 2 and 1",
        ),
        (
            lambda: gt.ntk.discriminator_flow(gt.objectives.wgan(), KERNEL, np.ones((3, 2)), np.ones((2, 2))),
            ValueError,
            "hold one point only",
        ),
        (
            lambda: gt.ntk.discriminator_flow(gt.objectives.wgan(), KERNEL, [[math.inf, 0]], FAKE),
            ValueError,
            r"real must be finite, got \[inf, 0.0\] in row 0",
        ),
        (
            lambda: gt.ntk.discriminator_flow(gt.objectives.wgan(), lambda x, y: -(x @ y.T), REAL, FAKE),
            ValueError,
            r"positive semidefinite.*smallest eigenvalue on the training points is -\d",
        ),
        (
            lambda: gt.ntk.discriminator_flow(
                gt.objectives.wgan(), lambda x, y: x @ np.array([[1.0, 0.5], [0, 1]]) @ y.T, REAL, FAKE
            ),
            ValueError,
            "kernel must be symmetric",
        ),
        (
            lambda: gt.ntk.discriminator_flow(
                gt.objectives.parse(real="sign(v)", fake="-softplus(v)", generator="-v"), KERNEL, REAL, FAKE
            ),
            ValueError,
            r"has no gradient: A\(v\) = sign\(v\)",
        ),
        (
            lambda: gt.ntk.discriminator_flow(gt.objectives.Relativistic(), KERNEL, REAL, FAKE),
            TypeError,
            "objective must be an Objective",
        ),
        (lambda: flow("renyi(2)").field(X, 1.0), ValueError, "minimizes a function of two means"),
        (lambda: flow("ebgan(1)").scores(X, 1.0), ValueError, r"must stay in the domain \[0, inf\]"),
        (lambda: flow("wgan", initial=lambda x: x), ValueError, r"initial must map points"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()

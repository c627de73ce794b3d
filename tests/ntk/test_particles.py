"""Particle flow: against the discriminator flow it is made of, plain loops, resumed runs and closed forms."""

from __future__ import annotations

import json

import jax.numpy as jnp
import numpy as np
import pytest

from gantheory.ntk.discriminator import discriminator_flow
from gantheory.ntk.kernels import mlp, rbf
from gantheory.ntk.samples.particles import particle_flow
from gantheory.objectives import alpha_gan, ebgan, ipm, lsgan, parse, vanilla

RELU = mlp(depth=2, b_std=0.5)
QUIET = {"progress": False, "metrics": ()}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    return rng.normal(size=(14, 2)), rng.normal(size=(11, 2)) + np.array([2.0, 0.5])


def plain(obj, kernel, x, y, steps, h, t, initial=None):
    """A loop of `discriminator_flow.field`, which has solvers of its own."""
    for _ in range(steps):
        x = x + h * discriminator_flow(obj, kernel, y, x, initial=initial).field(x, t)
    return x


HALF_STEADY = parse(real="v", fake="-v**2/2", generator="(v-1)**2/2")


@pytest.mark.slow_cases("float64-half")
@pytest.mark.parametrize(
    ("obj", "kernel"),
    [
        # Fast: scores linear in time, in closed form, resting on one side, by a solver; each kind of kernel.
        pytest.param(ipm("rkhs"), RELU, marks=pytest.mark.slow),
        (ipm("rkhs"), rbf(0.3)),
        pytest.param(lsgan(-1, 1, 0), RELU, marks=pytest.mark.slow),
        (HALF_STEADY, rbf(0.3)),
        pytest.param(vanilla(saturating=False), RELU, marks=pytest.mark.slow),
        (alpha_gan(0.5, 2, saturating=True), mlp(depth=1, activation="erf")),
        (lsgan(-1, 1, 0), lambda x, y: (1 + x @ y.T) ** 2 / 10),
    ],
    ids=["ipm-relu", "ipm-rbf", "lsgan-relu", "half", "vanilla", "alpha-erf", "callable"],
)
@pytest.mark.parametrize("dtype", ["float64", pytest.param("float32", marks=pytest.mark.slow)])
def test_steps_follow_the_field_of_the_discriminator_flow(data, obj, kernel, dtype):
    x, y = data
    expected = plain(obj, kernel, x, y, 3, 0.3, 1.3)
    flow = particle_flow(obj, kernel, x, y, steps=3, step_size=0.3, time=1.3, precision=dtype, **QUIET)
    assert abs(expected - x).max() > 0.01
    assert abs(flow.samples - expected).max() / abs(expected - x).max() < (
        1e-7 if dtype == "float64" else 3e-4
    )
    assert flow.steps == 3 and not flow.diverged


@pytest.mark.slow
def test_an_initial_discriminator_takes_part(data):
    x, y = data

    def initial(points):
        return jnp.sin(points[:, 0]) - points[:, 1] ** 2 / 4

    for obj in (ipm("rkhs"), lsgan(-1, 1, 0)):
        expected = plain(obj, RELU, x, y, 2, 0.3, 1.0, initial)
        flow = particle_flow(
            obj, RELU, x, y, steps=2, step_size=0.3, initial=initial, precision="float64", **QUIET
        )
        np.testing.assert_allclose(flow.samples, expected, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(
    "obj",
    [lsgan(-1, 1, 0), *(pytest.param(obj, marks=pytest.mark.slow) for obj in (ipm("rkhs"), vanilla()))],
    ids=str,
)
def test_a_warm_discriminator_keeps_what_it_learned(data, obj):
    """Scores before each step are those after the last one: v = v_0 + sum over steps of k(., Z_s) c_s."""
    x, y = data
    t, h, kernel = 0.7, 0.3, rbf(0.4)
    history = []

    def before(points):
        return sum((kernel(points, z) @ c for z, c in history), np.zeros(len(points)))

    expected = x
    for _ in range(5):
        z = np.concatenate([y, expected])
        now = discriminator_flow(obj, kernel, y, expected, initial=before)
        c = now.coefficients(t)
        history.append((z, c))
        slope = np.asarray(obj.functions("numpy").S.derivative(before(expected)))
        gradient = sum(kernel.gradient(expected, z, c) for z, c in history)
        expected = expected - h * slope[:, None] * gradient
    flow = particle_flow(
        obj,
        kernel,
        x,
        y,
        steps=5,
        step_size=h,
        time=t,
        discriminator="warm",
        precision="float64",
        record_every=2,
        **QUIET,
    )
    np.testing.assert_allclose(flow.samples, expected, rtol=1e-6, atol=1e-7)


def test_minibatches_train_on_subsets_and_move_every_sample(data):
    x, y = data
    options = {"step_size": 0.3, "precision": "float64", **QUIET}
    flow = particle_flow(lsgan(-1, 1, 0), rbf(0.3), x, y, steps=1, batch=(6, 5), seed=4, **options)
    rows = [
        np.random.default_rng([4, 0, side]).choice(n, size, replace=False, shuffle=False)
        for side, (n, size) in enumerate(((len(y), 6), (len(x), 5)))
    ]
    field = discriminator_flow(lsgan(-1, 1, 0), rbf(0.3), y[rows[0]], x[rows[1]]).field(x, 1.0)
    np.testing.assert_allclose(flow.samples, x + 0.3 * field, rtol=1e-8, atol=1e-9)
    whole = particle_flow(ipm("rkhs"), rbf(0.3), x, y, steps=3, batch=(11, 14), **options)
    same = particle_flow(ipm("rkhs"), rbf(0.3), x, y, steps=3, **options)
    np.testing.assert_allclose(whole.samples, same.samples, rtol=1e-9)


@pytest.mark.parametrize(
    ("discriminator", "batch"),
    [
        ("warm", 7),
        pytest.param("reset", None, marks=pytest.mark.slow),
        pytest.param("warm", None, marks=pytest.mark.slow),
    ],
)
def test_a_resumed_run_is_identical(data, tmp_path, discriminator, batch):
    x, y = data
    options = {"step_size": 0.2, "discriminator": discriminator, "batch": batch, "record_every": 2}
    options |= {"metrics": ("energy",), "progress": False}
    whole = particle_flow(lsgan(-1, 1, 0), rbf(0.3), x, y, steps=6, **options)
    file = tmp_path / "state.npz"
    for steps in (2, 3, 6):
        part = particle_flow(lsgan(-1, 1, 0), rbf(0.3), x, y, steps=steps, checkpoint=file, **options)
    assert np.array_equal(part.samples, whole.samples)
    assert np.array_equal(part.trajectory, whole.trajectory)
    assert part.metrics.equals(whole.metrics)
    assert part.metrics.step.tolist() == [0, 2, 4, 6]
    again = particle_flow(lsgan(-1, 1, 0), rbf(0.3), x, y, steps=6, checkpoint=file, **options)
    assert np.array_equal(again.samples, whole.samples)
    with pytest.raises(ValueError, match="steps must be at least 6"):
        particle_flow(lsgan(-1, 1, 0), rbf(0.3), x, y, steps=5, checkpoint=file, **options)
    for change, message in (({"step_size": 0.1}, "other step_size"), ({"seed": 1}, "other seed")):
        with pytest.raises(ValueError, match=message):
            particle_flow(lsgan(-1, 1, 0), rbf(0.3), x, y, steps=6, checkpoint=file, **(options | change))
    with pytest.raises(ValueError, match="other data or kernel"):
        particle_flow(lsgan(-1, 1, 0), rbf(0.3), x + 1, y, steps=6, checkpoint=file, **options)
    file.write_bytes(file.read_bytes()[:500])
    with pytest.warns(UserWarning, match="cannot be read, starting again"):
        particle_flow(lsgan(-1, 1, 0), rbf(0.3), x, y, steps=1, checkpoint=file, **options)


def test_an_interrupted_run_goes_on_from_where_it_was(data, tmp_path):
    x, y = data
    options = {
        "steps": 20,
        "step_size": 0.2,
        "discriminator": "warm",
        "record_every": 10,
        "metrics": ("energy",),
    }
    whole = particle_flow(lsgan(-1, 1, 0), rbf(0.3), x, y, progress=False, **options)
    file = tmp_path / "state.npz"

    def interrupt(done, _):
        if done >= 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        particle_flow(lsgan(-1, 1, 0), rbf(0.3), x, y, progress=interrupt, checkpoint=file, **options)
    begun = []
    part = particle_flow(
        lsgan(-1, 1, 0),
        rbf(0.3),
        x,
        y,
        checkpoint=file,
        progress=lambda done, _: begun.append(done),
        **options,
    )
    assert begun[0] >= 7
    assert np.array_equal(part.samples, whole.samples)
    assert np.array_equal(part.trajectory, whole.trajectory)
    assert part.metrics.equals(whole.metrics)


def test_nothing_is_compiled_again_in_the_loop(data):
    """A kernel of the user's own counts how often JAX traces it."""
    x, y = data
    traced = []

    def kernel(a, b):
        traced.append(a.shape)
        return jnp.exp(-((a[:, None] - b[None]) ** 2).sum(-1))

    counts = []
    for steps in (2, 40, 41, 90):
        particle_flow(lsgan(-1, 1, 0), kernel, x, y, steps=steps, step_size=0.1, record_every=7, **QUIET)
        counts.append(len(traced))
        traced.clear()
    # The first call traces it (also for checks of its input); later ones only check again.
    assert counts[1] == counts[2] == counts[3] < counts[0]


def test_a_run_that_diverges_returns_what_it_has(data):
    x, y = data
    # With a linear kernel each step multiplies the difference of the means by 1 - step_size = -49.
    options = {"step_size": 50.0, "record_every": 10, "metrics": ("energy",), "progress": False}
    flow = particle_flow(ipm("rkhs"), lambda a, b: a @ b.T, x, y, steps=200, **options)
    assert flow.diverged and "diverged" in flow.stopped and 0 < flow.steps < 200
    assert np.isfinite(flow.samples).all() and np.isfinite(flow.metrics.to_numpy()).all()
    assert flow.metrics.step.iloc[-1] == flow.steps
    # float32 ends at 3.4e38 = 49^22.8.
    assert flow.steps in (22, 23)


def test_scores_that_leave_the_domain_stop_the_run(data):
    x, y = data
    flow = particle_flow(ebgan(1.0), rbf(1.0), x, y, steps=5, step_size=0.1, time=3.0, **QUIET)
    assert "left the domain [0, inf]" in flow.stopped and flow.steps == 1


@pytest.mark.parametrize("obj", [pytest.param(ipm("rkhs"), marks=pytest.mark.slow), lsgan(-1, 1, 0)], ids=str)
def test_blocks_and_matrices_formed_anew_change_nothing(data, monkeypatch, obj):
    x, y = data
    options = {"steps": 2, "step_size": 0.3, "precision": "float64", **QUIET}
    whole = particle_flow(obj, rbf(0.3), x, y, **options).samples
    monkeypatch.setattr("gantheory.ntk.samples.step.HELD_BYTES", 0)
    parts = particle_flow(obj, rbf(0.3), x, y, block=3, **options).samples
    np.testing.assert_allclose(parts, whole, rtol=1e-12)


def test_results_are_data(data, tmp_path):
    x, y = data
    seen = []
    flow = particle_flow(
        ipm("rkhs"),
        RELU,
        x,
        y,
        steps=5,
        step_size=0.1,
        record_every=2,
        trajectory=False,
        metrics={"mmd": "mmd", "rightmost": lambda samples, target: samples[:, 0].max()},
        progress=lambda done, total: seen.append((done, total)),
    )
    assert flow.metrics.columns.tolist() == ["step", "time", "mmd", "rightmost"]
    assert flow.metrics.step.tolist() == [0, 2, 4, 5] and flow.recorded.tolist() == [0, 5]
    assert flow.trajectory.shape == (2, 14, 2) and np.array_equal(flow.trajectory[-1], flow.samples)
    assert seen[-1] == (5, 5)
    assert flow.metrics.rightmost.iloc[-1] == flow.samples[:, 0].max()
    flow.save(tmp_path / "run")
    assert json.loads((tmp_path / "run" / "settings.json").read_text())["objective"] == 'ipm("rkhs")'
    assert np.load(tmp_path / "run" / "samples.npz", allow_pickle=False)["samples"].shape == (14, 2)


BAD = [
    ({"step_size": 0.0}, r"step_size must be in \(0, inf\), got 0.0"),
    ({"steps": 0}, "steps must be a positive integer, got 0"),
    ({"time": -1.0}, r"time must be in \(0, inf\), got -1.0"),
    ({"time": np.inf}, r"time must be in \(0, inf\), got inf"),
    ({"batch": 12}, "batch must be between 1 and the 11 points of target, got 12"),
    ({"batch": (2, 3, 4)}, "batch must be a number of points or a pair"),
    ({"discriminator": "hot"}, "discriminator must be one of reset, warm, got 'hot'"),
    ({"precision": "float16"}, "precision 'float16': did you mean 'float64' or 'float32'"),
    ({"metrics": ("enrgy",)}, "did you mean 'energy'"),
    ({"seed": -1}, "seed must be a nonnegative integer, got -1"),
    ({"record_every": 0}, "record_every must be a positive integer, got 0"),
    ({"block": 0}, "block must be a positive number of rows, got 0"),
    ({"checkpoint": "/nowhere/x.npz"}, "/nowhere does not"),
    ({"target": np.zeros((3, 3))}, "source and target must have one dimension, got 2 and 3"),
    ({"source": [[0.0, np.nan]]}, "source must be finite"),
    ({"source": np.ones((3, 2)), "target": np.ones((4, 2))}, "one point only"),
    ({"kernel": lambda x, y: x @ y.T + x.sum(1)[:, None]}, "kernel must be symmetric"),
    ({"kernel": lambda x, y: -x @ y.T}, "positive semidefinite, but its smallest eigenvalue"),
    ({"objective": parse(real="v", fake="-v", generator="2")}, "has no gradient: S"),
    ({"objective": parse(real="sign(v)", fake="-sign(v)", generator="-v")}, "has no gradient: A"),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=[message[:30] for _, message in BAD])
def test_bad_input_is_named_before_any_work(data, change, message):
    x, y = data
    arguments = {"objective": lsgan(-1, 1, 0), "kernel": RELU, "source": x, "target": y}
    arguments |= {"steps": 3, "step_size": 0.1, **QUIET} | change
    with pytest.raises(ValueError, match=message):
        particle_flow(**arguments)


def test_kernels_and_objectives_that_cannot_be_used(data):
    from gantheory.objectives import relativistic

    x, y = data
    with pytest.raises(TypeError, match="has no gradient in x"):
        particle_flow(ipm("rkhs"), lambda a, b: np.asarray(a) @ np.asarray(b).T, x, y, steps=1, step_size=1.0)
    with pytest.raises(TypeError, match="couple real and fake scores"):
        particle_flow(relativistic(), RELU, x, y, steps=1, step_size=1.0)
    with pytest.raises(TypeError, match="initial has no gradient"):
        particle_flow(ipm("rkhs"), RELU, x, y, steps=1, step_size=1.0, initial=lambda p: np.asarray(p)[:, 0])

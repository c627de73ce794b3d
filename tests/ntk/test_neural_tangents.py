"""neural-tangents on the installed JAX: JAX stays as it was, TensorFlow is not needed, what failed is right.

tests/ntk/jax_versions.py runs this file, and test_stax.py, on other versions of JAX.
"""

from __future__ import annotations

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory.ntk import neural_tangents
from gantheory.ntk.neural_tangents import loading
from gantheory.ntk.precision import precision

IMPORT = """
import sys
import jax, jax.core, jax.extend.core, jax.interpreters.ad
try:
    import jax.util  # neural-tangents imports it where it exists
except ImportError:
    pass
import scipy.linalg

def names():
    watched = [m for n, m in sorted(sys.modules.items()) if n.split(".")[0] in ("jax", "scipy")]
    return {(m.__name__, n): id(v) for m in watched if m for n, v in list(vars(m).items()) if n[:2] != "__"}

before, util = names(), "jax.util" in sys.modules
from gantheory.ntk import neural_tangents
nt = neural_tangents.load()
assert nt is neural_tangents.load()
after = names()
added = {k for k in after if k[0] in {m for m, _ in before}} - set(before)
added = {(m, n) for m, n in added if f"{m}.{n}" not in sys.modules and type(after[(m, n)]) is not type(sys)}
changed = {k for k in before if after.get(k) != before[k]}
assert not added, added
assert not changed, changed
assert ("jax.util" in sys.modules) == util
assert not [m for m in sys.modules if m.split(".")[0] in ("tensorflow", "tf2jax")]
assert "neural_tangents.experimental" not in sys.modules and not hasattr(nt, "experimental")
import neural_tangents as again
assert again is nt and again.__version__ == "0.6.5"
print("as it was")
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", code],
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_jax_is_as_it_was_and_tensorflow_is_not_imported():
    done = run(IMPORT)
    assert done.stdout.strip() == "as it was", done.stderr


@pytest.mark.parametrize("missing", ["neural_tangents", "frozendict"])
def test_a_missing_package_is_named_with_the_command(missing):
    done = run(
        "import importlib.metadata as metadata, importlib.util as util\n"
        "real, found = util.find_spec, metadata.version\n"
        f"util.find_spec = lambda name: None if name == {missing!r} else real(name)\n"
        "def version(name):\n"
        f"    if name.replace('-', '_') == {missing!r}: raise metadata.PackageNotFoundError(name)\n"
        "    return found(name)\n"
        "metadata.version = version\n"
        "from gantheory.ntk import neural_tangents\n"
        "neural_tangents.load()"
    )
    last = done.stderr.strip().splitlines()[-1]
    assert "MissingPackageError" in last
    assert last.endswith("pip install --no-deps neural-tangents==0.6.5 frozendict"), last


def test_another_version_is_refused(monkeypatch):
    monkeypatch.setattr(loading, "_loaded", [])
    monkeypatch.setattr(loading.metadata, "version", lambda name: "0.6.4")
    with pytest.raises(ImportError, match=r"neural-tangents 0.6.5, and 0.6.4 is installed: pip install"):
        neural_tangents.load()


@pytest.fixture(scope="module")
def nt():
    return neural_tangents.load()


@pytest.fixture(scope="module")
def kernels(nt):
    """NTK between 5 training points, and from 3 others to them, float64."""
    stax = nt.stax
    *_, kernel_fn = stax.serial(stax.Dense(1, 1.3, 0.2), stax.Relu(), stax.Dense(1))
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(5, 2)), draw.normal(size=(3, 2))
    with precision("float64"):
        return np.asarray(kernel_fn(x, x, "ntk")), np.asarray(kernel_fn(y, x, "ntk"))


LABELS = np.array([[1.0], [-1.0], [0.5], [2.0], [0.0]])


def predicted(nt, train, test, t, **kwargs):
    predict = nt.predict.gradient_descent_mse(train, jnp.asarray(LABELS), **kwargs)
    return predict(t, jnp.zeros((5, 1)), jnp.zeros((3, 1)), test)[1]


def solution(train, test, t):
    """Gradient flow of the mean of (f - y)^2/2 over 5 points, by scipy."""
    from scipy import linalg

    decay = np.eye(5) if t is None else np.eye(5) - linalg.expm(-train * t / 5)
    return test @ linalg.solve(train, decay @ LABELS)


@pytest.mark.parametrize("t", [0.7, None])
@pytest.mark.slow
def test_gradient_descent_of_a_traced_kernel(nt, kernels, t):
    with precision("float64"):
        train, test = map(jnp.asarray, kernels)
        eager = predicted(nt, train, test, t)
        jitted = jax.jit(lambda a, b: predicted(nt, a, b, t))(train, test)
        mapped = jax.vmap(lambda s: predicted(nt, s * train, s * test, t))(jnp.array([1.0, 2.0]))

        # The kernel is outside the inner trace, where the function is called first; then outside it.
        def twice(a):
            predict = nt.predict.gradient_descent_mse(a, jnp.asarray(LABELS))
            inner = jax.jit(lambda start: predict(t, start)[0] if t else predict(t, start))(jnp.zeros((5, 1)))
            return inner, predict(t, jnp.ones((5, 1)))

        inner, _ = jax.jit(twice)(train)
        assert np.isfinite(np.asarray(inner)).all()
        eager, jitted, mapped = map(np.asarray, (eager, jitted, mapped))
    expected = solution(*kernels, t)
    np.testing.assert_allclose(eager, expected, rtol=1e-9)
    np.testing.assert_allclose(jitted, expected, rtol=1e-9)
    np.testing.assert_allclose(mapped[0], expected, rtol=1e-9)
    np.testing.assert_allclose(mapped[1], solution(2 * kernels[0], 2 * kernels[1], t), rtol=1e-9)


@pytest.mark.slow
def test_gradient_through_gradient_descent(nt, kernels):
    """d/ds of the prediction under s K against differences, with a traced kernel and a traced regularizer."""
    with precision("float64"):
        train, test = map(jnp.asarray, kernels)

        def scaled(s):
            return predicted(nt, s * train, s * test, 0.7).sum()

        def regularized(reg):
            return predicted(nt, train, test, 0.7, diag_reg=reg, diag_reg_absolute_scale=True).sum()

        for function, at in ((scaled, 1.0), (regularized, 0.1)):
            slope = float(jax.grad(function)(at))
            h = 1e-5
            difference = float(function(at + h) - function(at - h)) / (2 * h)
            assert slope == pytest.approx(difference, rel=1e-7)


@pytest.mark.slow
def test_a_number_stays_outside_the_trace(nt, kernels):
    """A concrete kernel is decomposed once, also if the first call is traced."""
    with precision("float64"):
        train = jnp.asarray(kernels[0])
        predict = nt.predict.gradient_descent_mse(train, jnp.asarray(LABELS))
        start = jnp.zeros((5, 1))
        traced = np.asarray(jax.jit(lambda t: predict(t, start))(0.7))
        again = np.asarray(predict(0.7, start))
    np.testing.assert_allclose(traced, again, rtol=1e-12)


def test_largest_learning_rate(nt, kernels):
    train = kernels[0]
    with precision("float64"):
        rate = float(nt.predict.max_learning_rate(jnp.asarray(train)))
    assert rate == pytest.approx(2 * 5 / np.linalg.eigvalsh(train)[-1], rel=1e-9)


def dense(stax):
    return stax.serial(stax.Dense(4, b_std=0.1), stax.Erf(), stax.Dense(2)), (3,)


def convolution(stax):
    """Residual, with pooling and layer norm."""
    layers = [
        stax.Conv(3, (3, 3), padding="SAME"),
        stax.FanOut(2),
        stax.parallel(stax.Identity(), stax.serial(stax.Abs(), stax.Conv(3, (3, 3), padding="SAME"))),
        stax.FanInSum(),
        stax.AvgPool((2, 2), (2, 2)),
        stax.Relu(),
        stax.Flatten(),
        stax.LayerNorm(),
        stax.Dense(2),
    ]
    return stax.serial(*layers), (4, 4, 1)


@pytest.mark.parametrize(
    "architecture, implementations",
    [(dense, (3, 0)), pytest.param(convolution, (1, 2, 3, 0), marks=pytest.mark.slow)],
)
def test_empirical_kernels_agree_with_jacobians(nt, architecture, implementations):
    """By structured derivatives (3) and whichever is cheapest (0), against products of plain Jacobians."""
    (init, apply, _), shape = architecture(nt.stax)
    draw = np.random.default_rng(1)
    with precision("float64"):
        x, y = jnp.asarray(draw.normal(size=(3, *shape))), jnp.asarray(draw.normal(size=(2, *shape)))
        _, parameters = jax.jit(init, static_argnums=1)(jax.random.PRNGKey(0), x.shape)
        parameters = jax.tree_util.tree_map(lambda p: p.astype("float64"), parameters)
        jacobians = jax.jit(jax.jacobian(apply))

        def jacobian(points):
            pieces = jax.tree_util.tree_leaves(jacobians(parameters, points))
            return np.concatenate([np.asarray(p).reshape(len(points), 2, -1) for p in pieces], axis=2)

        expected = np.einsum("iap,jap->ij", jacobian(x), jacobian(y)) / 2
        for implementation in implementations:
            function = jax.jit(nt.empirical_ntk_fn(apply, implementation=implementation, vmap_axes=0))
            found = np.asarray(function(x, y, parameters))
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12, err_msg=f"{implementation}")


def test_linearized_functions(nt):
    """An output that does not depend on the parameters, and one that is a parameter."""
    with precision("float64"):
        parameters = (jnp.array([2.0, -1.0]), jnp.array([3.0, 0.5]))
        x = jnp.array([[1.0, 2.0], [3.0, 4.0]])
        for apply, expected in (
            (lambda p, points: points * 1.0, np.zeros((2, 2))),
            (lambda p, points: points * p[0], np.asarray(x) @ np.asarray(x).T),
        ):
            found = nt.empirical_ntk_fn(apply, implementation=3, trace_axes=(-1,))(x, None, parameters)
            np.testing.assert_allclose(np.asarray(found), expected / 2, rtol=1e-12, atol=1e-12)


def test_flops_are_counted(nt):
    from neural_tangents._src import empirical

    for optimize in (False, True):
        flops = empirical._get_flops(lambda a: a @ a, optimize, jnp.ones((8, 8)))
        assert flops == pytest.approx(2 * 8**3, rel=0.1)

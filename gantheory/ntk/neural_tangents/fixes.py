"""Run-time fixes of neural-tangents 0.6.5, all inside its own modules; JAX stays as it is.

One code path for every JAX version, through public functions of JAX:

- `predict.gradient_descent_mse` with a traced kernel (under jit, vmap, grad), which leaves
``jax.core.eval_context``;
- `predict.max_learning_rate`, which calls scipy's ``eigvalsh`` by an argument that it no longer has;
- the empirical NTK by structured derivatives, which uses inner functions of ``jax.interpreters.ad``;
- the choice of the cheapest empirical NTK, which reads the result of ``cost_analysis``.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp


def apply() -> None:
    """Put the fixes into the imported package."""
    predict: Any = importlib.import_module("neural_tangents._src.predict")
    _fix_traced_kernels(predict)
    predict.sp = _Overlay(predict.sp, linalg=_Overlay(predict.sp.linalg, eigvalsh=_eigvalsh))
    empirical: Any = importlib.import_module("neural_tangents._src.empirical")
    empirical._get_flops = _flops
    empirical._get_primals_out_and_pullback = functools.partial(_primals_out_and_pullback, empirical)
    empirical._eqn_vjp_fn = functools.partial(_transposed, empirical)
    unnamed = SimpleNamespace(transform_name_stack=lambda name: nullcontext())
    unchecked = SimpleNamespace(jax_enable_checks=False)
    empirical.ad = _Overlay(empirical.ad, source_info_util=unnamed, config=unchecked)
    if not hasattr(empirical.core, "DShapedArray"):
        empirical.core = _Overlay(empirical.core, DShapedArray=_NoShape)


class _Overlay:
    """A module seen by one other module with some names replaced."""

    def __init__(self, module: Any, **names: Any) -> None:
        self._module = module
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class _NoShape:
    """The type of no value."""


def _fix_traced_kernels(predict: Any) -> None:
    """Let `gradient_descent_mse` take a kernel, or a regularizer, that is being traced.

    The function decomposes the kernel once, outside any trace (``jax.core.eval_context``), and keeps the
    result for later calls. That is right for numbers. In today's JAX a traced value cannot leave its trace,
    and one that is kept
    from an inner trace would leak: for those a copy of the function runs in the trace and keeps nothing.
    """
    original = predict.gradient_descent_mse
    inside = _Overlay(jax, core=_Overlay(jax.core, eval_context=nullcontext))
    names = {**vars(predict), "jax": inside, "lru_cache": lambda size: lambda function: function}
    uncached = FunctionType(
        original.__code__, names, original.__name__, original.__defaults__, original.__closure__
    )
    uncached.__kwdefaults__ = original.__kwdefaults__

    @functools.wraps(original)
    def gradient_descent_mse(k_train_train: Any, *args: Any, **kwargs: Any) -> Any:
        leaves = jax.tree_util.tree_leaves((k_train_train, args, kwargs))
        traced = any(isinstance(leaf, jax.core.Tracer) for leaf in leaves)
        return (uncached if traced else original)(k_train_train, *args, **kwargs)

    predict.gradient_descent_mse = gradient_descent_mse
    public: Any = importlib.import_module("neural_tangents.predict")
    public.gradient_descent_mse = gradient_descent_mse


def _eigvalsh(matrix: Any, *, eigvals: tuple[int, int]) -> Any:
    from scipy import linalg

    return linalg.eigvalsh(matrix, subset_by_index=eigvals)


def _flops(function: Callable[..., Any], optimize: bool, *args: Any, **kwargs: Any) -> float:
    """Number of operations that XLA counts in a call of the function; infinite where it does not count."""
    lowered = jax.jit(function).lower(*args, **kwargs)
    analysis = (lowered.compile() if optimize else lowered).cost_analysis()
    if isinstance(analysis, list | tuple):
        analysis = analysis[0] if analysis else None
    return float((analysis or {}).get("flops", float("inf")))


def _primals_out_and_pullback(
    empirical: ModuleType,
    function: Callable[..., Any],
    mode: Any,
    _j_rules: bool,
    _s_rules: bool,
    _fwd: bool | None,
    *primals: Any,
) -> tuple[Any, Callable[..., Any]]:
    """Value of the function at ``primals``, and what maps cotangents of it to the pieces that `mode` asks
    for.

    The linearized function is written out as a list of linear equations (`jax.linearize`, `jax.make_jaxpr`),
    which neural-tangents then walks backwards.
    """
    flat, tree = jax.tree_util.tree_flatten(primals)

    structure: Any = None

    def flattened(*leaves: Any) -> list[Any]:
        nonlocal structure
        out, structure = jax.tree_util.tree_flatten(function(*jax.tree_util.tree_unflatten(tree, leaves)))
        return out

    with jax.disable_jit():
        out, linear = jax.linearize(flattened, *flat)
        closed = jax.make_jaxpr(linear)(*(jnp.zeros_like(leaf) for leaf in flat))

    def pullback(*cotangents: Any) -> Any:
        inputs = [empirical.UndefinedPrimal(variable.aval) for variable in closed.jaxpr.invars]
        pieces = empirical._backward_pass(
            closed.jaxpr,
            mode=mode,
            consts=closed.consts,
            primals_in=inputs,
            cotangents_in=tuple(jax.tree_util.tree_leaves(cotangents)),
            _j_rules=_j_rules,
            _s_rules=_s_rules,
            _fwd=_fwd,
        )
        return jax.tree_util.tree_unflatten(tree, pieces)

    return jax.tree_util.tree_unflatten(structure, out), pullback


def _transposed(empirical: ModuleType, equation: Any, cotangent: Any, *values: Any) -> Sequence[Any]:
    """Cotangents of the inputs of one linear equation: None for those in which it is not linear."""
    if equation is None:  # the identity
        return (cotangent,)
    undefined = [isinstance(value, empirical.UndefinedPrimal) for value in values]
    if isinstance(cotangent, empirical.Zero):
        return [
            empirical.Zero(value.aval) if linear else None
            for value, linear in zip(values, undefined, strict=True)
        ]
    # A value of which only the shape is left does not matter.
    known = [
        jnp.zeros(value.shape, value.dtype) if isinstance(value, empirical.ShapedArray) else value
        for value in values
    ]

    def bound(*arguments: Any) -> Any:
        left = iter(arguments)
        inputs = [next(left) if linear else value for value, linear in zip(known, undefined, strict=True)]
        out = equation.primitive.bind(*inputs, **equation.params)
        return out[0] if equation.primitive.multiple_results else out

    shapes = [
        jax.ShapeDtypeStruct(value.aval.shape, value.aval.dtype)
        for value, linear in zip(values, undefined, strict=True)
        if linear
    ]
    found = iter(jax.linear_transpose(bound, *shapes)(cotangent))
    return [next(found) if linear else None for linear in undefined]

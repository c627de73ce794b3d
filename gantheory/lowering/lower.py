"""``lower``: one path from a sympy expression to NumPy, mpmath, JAX, torch and JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from importlib import import_module
from typing import Any, Literal, get_args

import sympy as sp

from gantheory.lowering.backends import javascript_backend
from gantheory.lowering.forms.atoms import V, W
from gantheory.lowering.forms.differentiate import differentiate
from gantheory.lowering.forms.normal_form import normal_form
from gantheory.lowering.programs.compile import compile_normal_form
from gantheory.lowering.programs.program import Program

Backend = Literal["numpy", "mpmath", "jax", "torch", "javascript"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)
DType = Literal["float64", "float32"]


class LoweredFunction:
    """An elementwise function of one real variable on one backend.

    Calling it evaluates the expression; ``derivative`` is the lowered exact derivative (built on first
    use), which has a ``derivative`` of its own. At a kink of Min, Max and Abs the derivative is the
    midpoint of the two one-sided derivatives; a Piecewise takes the derivative of the branch that holds at
    the point.
    """

    def __init__(
        self, normal: sp.Expr, symbol: sp.Symbol, backend: str, dtype: str | None, expr: sp.Expr | None = None
    ) -> None:
        self.symbol = symbol
        self.backend = backend
        self.dtype = dtype
        self._normal = normal
        self._expr = expr

    @cached_property
    def expr(self) -> sp.Expr:
        """The sympy expression in :attr:`symbol`."""
        return (
            self._normal.xreplace({W: sp.exp(self.symbol), V: self.symbol})
            if self._expr is None
            else self._expr
        )

    @cached_property
    def program(self) -> Program:
        return compile_normal_form(self._normal)

    @cached_property
    def source(self) -> str:
        """The function as JavaScript text, ``(x, p) => ...``, whatever the backend.

        It calls what ``gantheory.lowering.javascript_runtime()`` defines; ``p`` holds values of parameters.
        """
        return javascript_backend.source(self.program)

    @cached_property
    def derivative(self) -> LoweredFunction:
        return _build(differentiate(self._normal), self.symbol, self.backend, self.dtype)

    @cached_property
    def _call(self) -> Callable[[Any], Any]:
        backend = import_module(f"gantheory.lowering.backends.{self.backend}_backend")
        call: Callable[[Any], Any] = backend.make(self)
        return call

    def __call__(self, x: Any) -> Any:
        return self._call(x)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_call"}  # made again

    def __repr__(self) -> str:
        return f"LoweredFunction({self.expr}, {self.symbol}, backend={self.backend!r}, dtype={self.dtype!r})"


@lru_cache(maxsize=1024)
def _build(normal: sp.Expr, symbol: sp.Symbol, backend: str, dtype: str | None) -> LoweredFunction:
    return LoweredFunction(normal, symbol, backend, dtype)


@lru_cache(maxsize=1024)
def _lower(expr: sp.Expr, symbol: sp.Symbol, backend: str, dtype: str | None) -> LoweredFunction:
    function = LoweredFunction(normal_form(expr, symbol), symbol, backend, dtype, expr)
    # Unsupported nodes are reported here and not at the first call.
    _ = function.program
    return function


def lower(
    expr: sp.Expr, symbol: sp.Symbol, backend: Backend = "numpy", dtype: DType | None = "float64"
) -> LoweredFunction:
    """Lower a sympy expression in the real ``symbol`` to a stable elementwise function.

    ``backend`` is "numpy", "mpmath", "jax", "torch" or "javascript", which is not called from Python but
    has its text in ``.source``. ``dtype`` "float64" or "float32" is the type of the result; None follows
    the input. JAX gives float32 unless 64-bit mode is enabled; mpmath ignores ``dtype`` and works at the
    precision of its argument's context, which is ``mpmath.mp`` for a plain number; JavaScript ignores it too
    and works in float64.

    Values and derivatives are accurate to about 1e-13 (float32: 1e-6) relative for products of powers of v,
    exp(v) and sums of exponentials; a sum that is no such product is accurate relative to its largest term,
    or to max(1, |value|) where its terms are of order one.

    Raises ValueError for an unknown backend or dtype, a second free symbol, or a node without a lowering,
    which it names.
    """
    return _lower(sp.sympify(expr, strict=True), symbol, backend, dtype)

"""The Objective type: a GAN game as four scalar functions of the discriminator's score."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp

from gantheory.arguments.checks import flag
from gantheory.errors import shown
from gantheory.exact import exact

if TYPE_CHECKING:
    import torch

    from gantheory.arguments.arrays import Array
    from gantheory.lowering import LoweredFunction
    from gantheory.lowering.lower import Backend, DType
    from gantheory.objectives.numerics import Numerics

    TorchLoss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

v = sp.Symbol("v", real=True)
"""The score: the discriminator's raw output, a logit where D = sigmoid(v)."""

x, y = sp.symbols("x y", real=True)
"""Arguments of `Objective.outer`: x = E_r[R(v)], y = E_g[S(v)]."""

sigmoid: sp.Expr = 1 / (1 + sp.exp(-v))
"""D = sigmoid(v)."""

cosigmoid: sp.Expr = 1 / (1 + sp.exp(v))
"""1 - D, written so that it does not cancel."""


@dataclass(frozen=True, kw_only=True)
class ObjectiveFunctions:
    """The four functions of an objective and its link, lowered to one backend."""

    A: LoweredFunction
    B: LoweredFunction
    R: LoweredFunction
    S: LoweredFunction
    link: LoweredFunction


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A GAN objective in the four-function form.

    The discriminator's score v(x) and the generator play

        discriminator maximizes   E_r[A(v)] + E_g[B(v)]
        generator     minimizes   Phi(E_r[R(v)], E_g[S(v)])

    with E_r over real and E_g over generated data. R = 0 for a non-saturating generator.

    Attributes:
        name: short name, such as ``alpha_gan(0.5, 1.2, saturating=False)``.
        A, B, R, S: sympy expressions in the score `v`, and in the symbols of `parameters`.
        parameters: (name, exact value) pairs.
        source: the paper that the objective comes from.
        domain: interval of v, ends included where finite.
        link: the reported discriminator output D as a function of v.
        outer: Phi as an expression in the symbols `x`, `y`; None stands for the sum x + y.
        critic: the function class that an integral probability metric's supremum runs over; None
            where the score is free at every point, which is what pointwise theory needs.

    Raises:
        TypeError: a field of another type.
        ValueError: an expression holds a symbol other than v, the link no v, or the domain is empty.
    """

    name: str
    A: sp.Expr
    B: sp.Expr
    R: sp.Expr
    S: sp.Expr
    source: str = "user"
    parameters: tuple[tuple[str, Any], ...] = ()
    domain: tuple[sp.Expr, sp.Expr] = (-sp.oo, sp.oo)
    link: sp.Expr = v
    outer: sp.Expr | None = None
    critic: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise TypeError(f"name must be text, got {shown(self.name)}")
        if not _pairs(self.parameters):
            raise TypeError(f"parameters must be pairs of a name and a value, got {shown(self.parameters)}")
        for role in ("A", "B", "R", "S", "link"):
            expr = getattr(self, role)
            expr = sp.sympify(expr, strict=True) if isinstance(expr, int) else expr
            if not isinstance(expr, sp.Expr):
                raise TypeError(
                    f"{role} must be a sympy expression in v, got {expr!r}; for text use objectives.parse"
                )
            unknown = expr.free_symbols - {v} - self.symbols
            if unknown:
                names = ", ".join(sorted(map(str, unknown)))
                raise ValueError(
                    f"{role} may hold only the score v (gantheory.objectives.v), got also {names}"
                )
            object.__setattr__(self, role, expr)
        object.__setattr__(self, "parameters", tuple(map(tuple, self.parameters)))
        for name, value in self.parameters:
            if name in ("saturating", "real_term"):
                flag(value, name)
            if not isinstance(value, Hashable):
                raise TypeError(f"{name} must be a number, text or a truth value, got {shown(value)}")
        if not (isinstance(self.domain, (tuple, list)) and len(self.domain) == 2):
            raise TypeError(f"domain must be an interval (low, high), got {shown(self.domain)}")
        low, high = (exact(end, "domain") for end in self.domain)
        object.__setattr__(self, "domain", (low, high))
        if not low < high:
            raise ValueError(f"domain must be an interval (low, high) with low < high, got ({low}, {high})")
        if not self.link.has(v):
            raise ValueError(f"link must be a function of the score v, got {self.link}")
        if self.A.has(v) is False and self.B.has(v) is False:
            raise ValueError("A and B are both constant: the discriminator has nothing to maximize")

    def __str__(self) -> str:
        return self.name

    def _formulas(self) -> list[tuple[str, str]]:
        names = {"A": "A(v)", "B": "B(v)", "R": "R(v)", "S": "S(v)", "link": "D"}
        found = [(name, sp.latex(getattr(self, role))) for role, name in names.items()]
        if self.domain != (-sp.oo, sp.oo):
            found.append(("v", r"\in [" + ", ".join(map(sp.latex, self.domain)) + "]"))
        if self.outer is not None:
            found.append((r"\Phi(x, y)", sp.latex(self.outer)))
        return found

    def _repr_latex_(self) -> str:
        lines = [f"{name} &{'' if name == 'v' else '='} {formula}" for name, formula in self._formulas()]
        return r"$$\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}$$"

    def _repr_html_(self) -> str:
        from gantheory.support.notebook import inline, table

        rows = [(inline(name), inline(formula)) for name, formula in self._formulas()]
        return table(self.name, [*rows, ("source", self.source)])

    @property
    def symbols(self) -> frozenset[sp.Symbol]:
        """Symbols that stand for parameters, as in ``lsgan(a, b, c)`` with sympy's a, b, c.

        Such an objective serves algebra for all parameters at once; `derive`, `functions` and `torch_losses`
        need numbers and refuse it.
        """
        values = [value for _, value in self.parameters if isinstance(value, sp.Basic)]
        symbols = frozenset[sp.Symbol]().union(*(value.free_symbols for value in values))
        return frozenset(symbol for symbol in symbols - {v, x, y} if symbol.is_real)

    def need_numbers(self, task: str) -> None:
        """Raise ValueError where a parameter is a symbol, which `task` cannot work with."""
        if self.symbols:
            names = ", ".join(sorted(map(str, self.symbols)))
            raise ValueError(f"{self.name}: {task} needs numbers for its parameters, got the symbols {names}")

    def need_inside(self, scores: Array, name: str) -> None:
        """Raise ValueError where one of the scores lies outside the domain, where it means nothing."""
        low, high = (float(end) for end in self.domain)
        outside = scores[(scores < low) | (scores > high)]
        if outside.size:
            where = f"[{low:g}, {high:g}], the domain of {self.name}"
            raise ValueError(f"{name} must lie in {where}, got {outside[0]:g}")

    @property
    def saturating(self) -> bool:
        """True where the generator's objective also holds the real term R."""
        return self.R.has(v)

    @property
    def zero_sum(self) -> bool:
        """True where R = A and S = B, so that the generator minimizes what the discriminator maximizes."""
        return self.outer is None and self.R - self.A == 0 and self.S - self.B == 0

    def functions(self, backend: Backend = "numpy", dtype: DType | None = "float64") -> ObjectiveFunctions:
        """Lower A, B, R, S and the link to `backend` ("numpy", "mpmath", "jax" or "torch").

        Each is elementwise and has `.derivative`, lowered from the symbolic derivative.
        """
        from gantheory.lowering import lower

        self.need_numbers("lowering")

        roles = ("A", "B", "R", "S", "link")
        return ObjectiveFunctions(**{role: lower(getattr(self, role), v, backend, dtype) for role in roles})

    def torch_losses(self, numerics: Numerics = "stable") -> tuple[TorchLoss, TorchLoss]:
        """Return the discriminator's and the generator's loss for PyTorch.

        Both take (real scores, fake scores), tensors of any shape, and return a scalar mean to
        minimize: ``-mean A(real) - mean B(fake)`` and ``Phi(mean R(real), mean S(fake))``. Gradients
        come from the symbolic derivatives, so that they stay nonzero where autograd of the
        value would underflow; second derivatives work.

        Args:
            numerics: "stable", or "clamped" for what the code of the published ring experiments does: D
                clamped to [1e-7, 1 - 1e-7] before the losses, beyond which the gradient is exactly zero, and
                `torch.nn.BCELoss` for log D and log(1 - D); see `gantheory.objectives.torch_loss.losses`.
        """
        from gantheory.objectives.torch_loss import losses

        self.need_numbers("a loss for PyTorch")
        return losses(self, numerics)


def _pairs(parameters: Any) -> bool:
    return isinstance(parameters, (tuple, list)) and all(
        isinstance(pair, (tuple, list)) and len(pair) == 2 and isinstance(pair[0], str) for pair in parameters
    )

"""Distributions written on the command line: ``0.9,0.1``, ``norm(0, 1)``, ``mixture([...], [...])``.

The text is parsed into a syntax tree of which only numbers and calls of listed names are accepted. Nothing of
it is executed as Python.
"""

from __future__ import annotations

import ast
import math
from fractions import Fraction
from typing import Any

from gantheory.errors import ExpressionError, nearest

# Families of scipy.stats; their arguments are scipy's, including loc and scale.
CONTINUOUS = (
    *("arcsine", "beta", "burr12", "cauchy", "chi2", "crystalball", "dgamma", "dweibull", "expon", "f"),
    *("foldnorm", "gamma", "genextreme", "gennorm", "genpareto", "gumbel_l", "gumbel_r", "halfcauchy"),
    *("halfnorm", "hypsecant", "invgamma", "invgauss", "invweibull", "laplace", "laplace_asymmetric", "levy"),
    *("levy_l", "loggamma", "logistic", "loglaplace", "lognorm", "loguniform", "moyal", "nct", "norm"),
    *("pareto", "powerlaw", "rayleigh", "rice", "skewcauchy", "skewnorm", "t", "trapezoid", "triang"),
    *("truncexpon", "truncnorm", "uniform", "vonmises", "vonmises_line", "weibull_max", "weibull_min"),
    "wrapcauchy",
)
DISCRETE = (
    *("bernoulli", "betabinom", "binom", "boltzmann", "dlaplace", "geom", "hypergeom", "logser", "nbinom"),
    *("planck", "poisson", "randint", "skellam", "zipf", "zipfian"),
)
FAMILIES = (*CONTINUOUS, *DISCRETE)


def parse_distribution(text: str, argument: str = "distribution") -> Any:
    """What ``text`` says: a list of exact probabilities, a frozen scipy.stats distribution or a mixture.

    A pmf is a comma-separated list of numbers, where ``1/3`` is allowed; ``0.1`` means one tenth, so that
    ``--dps`` gives digits of what was typed. A mixture is
    ``mixture([norm(-2, 1), norm(2, 1)], [0.3, 0.7])``. ``argument`` names the option in error messages.

    Raises
    ------
    ExpressionError
        If the text is anything else.
    ValueError
        If scipy.stats has no such distribution at these parameters.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _refusal(text, argument) from None
    try:
        if isinstance(tree, ast.Call):
            return _distribution(tree, argument)
        return _pmf(tree)
    except _NotAllowed:
        raise _refusal(text, argument) from None


class _NotAllowed(Exception):
    """The syntax tree holds something other than numbers and listed calls."""


def _refusal(text: str, argument: str) -> ExpressionError:
    return ExpressionError(
        f"{argument} {text!r} is not a distribution; write a pmf such as 0.9,0.1, a scipy.stats family "
        "such as norm(0, 1), or mixture([norm(-2, 1), norm(2, 1)], [0.3, 0.7])"
    )


def _pmf(node: ast.expr) -> list[Fraction | float]:
    items = node.elts if isinstance(node, (ast.Tuple, ast.List)) else [node]
    return [_exact(item) for item in items]


def _distribution(node: ast.expr, argument: str) -> Any:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise _NotAllowed
    name = node.func.id
    if name == "mixture":
        return _mixture(node, argument)
    if name not in FAMILIES:
        raise ExpressionError(f"{argument}: unknown family {name!r}{nearest(name, (*FAMILIES, 'mixture'))}")
    args = [_number(arg) for arg in node.args]
    kwargs = {_keyword(k): _number(k.value) for k in node.keywords}

    from scipy import stats

    from gantheory.divergences.inputs.laws import one_law

    family: Any = getattr(stats, name)
    try:
        frozen = family(*args, **kwargs)
    except TypeError:
        rest = ["loc"] if name in DISCRETE else ["loc", "scale"]
        takes = ", ".join([*(family.shapes or "").split(", "), *rest]).lstrip(", ")
        raise ValueError(
            f"{argument}: wrong arguments in {ast.unparse(node)}; {name} takes {takes}"
        ) from None
    one_law(frozen, argument)  # scipy accepts any parameters, and answers nan where they are out of range
    return frozen


def _mixture(node: ast.Call, argument: str) -> Any:
    if node.keywords or len(node.args) != 2:
        raise _NotAllowed
    components, weights = node.args
    if not isinstance(components, (ast.List, ast.Tuple)) or not isinstance(weights, (ast.List, ast.Tuple)):
        raise _NotAllowed

    from gantheory.divergences import mixture

    return mixture(
        [_distribution(item, argument) for item in components.elts], [_number(item) for item in weights.elts]
    )


def _keyword(keyword: ast.keyword) -> str:
    if keyword.arg is None:  # **mapping
        raise _NotAllowed
    return keyword.arg


def _exact(node: ast.expr) -> Fraction | float:
    """A literal as it was typed: ``0.1`` is 1/10. Infinity and NaN stay floats, for the pmf check to name."""
    match node:
        case ast.Constant(value=float() as value) if math.isfinite(value):
            return Fraction(repr(value))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_exact(operand)
        case ast.BinOp(left=left, op=ast.Div(), right=right) if _number(right) != 0:
            return _exact(left) / _exact(right)
    value = _number(node)
    return Fraction(value) if math.isfinite(value) else value


def _number(node: ast.expr) -> float:
    """A literal: ``2``, ``-0.5``, ``1/3``, ``inf``."""
    match node:
        case ast.Constant(value=bool()):
            raise _NotAllowed
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id="inf" | "nan" as name):
            return float(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand)
        case ast.BinOp(left=left, op=ast.Div(), right=right) if _number(right) != 0:
            return _number(left) / _number(right)
    raise _NotAllowed

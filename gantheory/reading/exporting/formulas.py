"""The losses of an objective as lines of Python, with their own gradients where autograd would not do."""

from __future__ import annotations

import sympy as sp

from gantheory.lowering.forms.differentiate import differentiate
from gantheory.lowering.forms.normal_form import normal_form
from gantheory.lowering.programs.plain import compile_plain
from gantheory.objectives.objective import Objective, v, x, y
from gantheory.objectives.relativistic import Relativistic, t
from gantheory.reading.exporting.code import AUTOGRAD, Body, Dialect, NoExportError, body, number

WIDTH = 110


def definitions(game: Objective | Relativistic, dialect: Dialect) -> list[str]:
    """A, B, R and S of an objective, or phi of a relativistic one, as functions of scores."""
    if isinstance(game, Relativistic):
        return _function("phi", game.phi.subs(t, v), dialect)
    lines: list[str] = []
    written: dict[str, sp.Expr] = {}
    for role in roles(game):
        expr = getattr(game, role)
        lines += _again(role, expr, written) or _function(role, expr, dialect)
        written[role] = expr
    return lines if lines[-2:] != ["R = A", "S = B"] else [*lines[:-2], "R, S = A, B"]


def roles(game: Objective) -> list[str]:
    """The functions that are written: without R = 0."""
    return [role for role in "ABRS" if role != "R" or game.outer is not None or game.R != 0]


def losses(game: Objective | Relativistic, log: str) -> tuple[str, str]:
    """The expressions that d_loss(real, fake) and g_loss(real, fake) return; `log` is the framework's."""
    if isinstance(game, Relativistic):
        if game.average:
            form = "phi({0} - {1}.mean()).mean() + phi({0}.mean() - {1}).mean()"
        else:
            form = "phi({0} - {1}).mean()"
        return form.format("real", "fake"), form.format("fake", "real")
    means = {x: "R(real).mean()", y: "S(fake).mean()"}
    discriminator = "-A(real).mean() - B(fake).mean()"
    if game.outer is not None:
        return discriminator, _outer(game.outer, means, log)
    return discriminator, " + ".join(means[s] for s in (x, y) if s == y or "R" in roles(game))


def _again(role: str, expr: sp.Expr, written: dict[str, sp.Expr]) -> list[str]:
    """`role` by a function that is written already: up to its sign, at v or at -v."""
    for name, other in written.items():
        for argument, at in (("v", v), ("-v", -v)):
            for sign, factor in (("", 1), ("-", -1)):
                if normal_form(expr, v) == normal_form(factor * other.subs(v, at), v):
                    same = argument == "v" and not sign
                    return [f"{role} = {name}" if same else _line(role, f"{sign}{name}({argument})")]
    return []


def _function(name: str, expr: sp.Expr, dialect: Dialect) -> list[str]:
    normal = normal_form(expr, v)
    value = body(compile_plain(normal), dialect)
    if value.words <= AUTOGRAD:
        return _defined(name, value)
    slope = body(compile_plain(differentiate(normal)), dialect)
    parts = [_argument(f"{name}_value", value), _argument(f"{name}_slope", slope)]
    before = [line for _, lines in parts for line in lines]
    texts = [text for text, _ in parts]
    line = f"{name} = exact({', '.join(texts)})"
    if len(line) <= WIDTH:
        return [*before, line]
    return [*before, f"{name} = exact(", *(f"    {text}," for text in texts), ")"]


def _argument(name: str, found: Body) -> tuple[str, list[str]]:
    """A function as an argument, and the lines that must come before it."""
    if not found.assignments:
        return f"lambda v: {found.result}", []
    return name, _defined(name, found)


def _line(name: str, result: str) -> str:
    return f"def {name}(v): return {result}"


def _defined(name: str, found: Body) -> list[str]:
    if not found.assignments:
        return [_line(name, found.result)]
    return [f"def {name}(v):", *(f"    {each}" for each in found.assignments), f"    return {found.result}"]


def _outer(expr: sp.Expr, means: dict[sp.Symbol, str], log: str) -> str:
    """Phi of the two means, of which `torch_losses` takes sums, products, powers, exp and log."""
    if expr in means:
        return means[expr]
    if expr.is_number:
        return number(expr).text
    parts = [_outer(part, means, log) for part in expr.args]
    if expr.is_Add:
        return " + ".join(parts)
    if expr.is_Mul:
        return " * ".join(f"({part})" for part in parts)
    if expr.is_Pow:
        return f"({parts[0]}) ** ({parts[1]})"
    if isinstance(expr, (sp.log, sp.exp)):
        return f"{log}.{expr.func.__name__}({parts[0]})"
    raise NoExportError(f"objective has an outer function that cannot be written: {expr}")

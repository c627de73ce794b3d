"""No string is evaluated: sympy's parser, which runs any Python it is given, is closed below this package.

``sympy.sympify`` hands a string to ``eval``, and most of sympy calls it: ``E.subs(x, text)``,
``sp.log(text)``, ``sp.factor(text)``. A text of a user is read by `gantheory.objectives.parsing`, which knows
a list of names and evaluates nothing; a string that reaches sympy through any other function of the package
is a mistake or an attack, and is refused here, at the one place through which all of them go. Calls of sympy
that do not come from this package are as they were.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

from sympy.parsing import sympy_parser

from gantheory.errors import ExpressionError

_PACKAGE = __name__.partition(".")[0]
_NSIMPLIFY = ("sympy.simplify.simplify", "nsimplify_real")


def refuse_text(value: Any, name: str = "expression") -> None:
    """Raise ExpressionError where a string stands for a formula or a symbol."""
    if isinstance(value, (str, bytes)):
        raise ExpressionError(
            f"{name} must be a sympy expression, got the text {_short(value)}; "
            "text is read by gantheory.objectives.parse_expression"
        )


def _short(text: Any) -> str:
    shown = repr(text)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _called_from_here(text: Any) -> bool:
    """Whether a function of this package called into sympy, which did not write the text itself."""
    frame: Any = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if (module, frame.f_code.co_name) == _NSIMPLIFY:
            return False  # reads back what mpmath.identify wrote of a number
        if module.partition(".")[0] != "sympy":
            return module.partition(".")[0] == _PACKAGE
        if text in frame.f_code.co_consts:
            return False  # such as S("3/2") in the tables of its integrals
        frame = frame.f_back
    return False


def _install() -> None:
    original = sympy_parser.parse_expr
    if getattr(original, "_closed_below", None) == _PACKAGE:
        return

    @functools.wraps(original)
    def parse_expr(text: Any, *args: Any, **options: Any) -> Any:
        if _called_from_here(text):
            refuse_text(text)
        return original(text, *args, **options)

    parse_expr._closed_below = _PACKAGE  # type: ignore[attr-defined]
    sympy_parser.parse_expr = parse_expr


_install()

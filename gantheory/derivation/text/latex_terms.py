"""Formulas as a paper would set them: sympy's expressions in readable form, and their LaTeX."""

from __future__ import annotations

import re

import sympy as sp
from sympy.printing.latex import LatexPrinter

from gantheory.lowering.forms.atoms import Atom
from gantheory.objectives.objective import v


class sigma(Atom):
    """The logistic sigmoid, kept as a symbol so that it is printed as one."""

    is_real = True
    is_positive = True

    @classmethod
    def eval(cls, argument: sp.Expr) -> None:
        return None

    def _eval_evalf(self, prec: int) -> sp.Expr:
        return (1 / (1 + sp.exp(-self.args[0])))._eval_evalf(prec)


def readable(expr: sp.Expr) -> sp.Expr:
    """An equal expression that is shorter in print: sigma(v) for 1/(1 + exp(-v)), no signs, fewer terms."""
    if expr.has(sp.Piecewise):
        return expr
    if expr.has(sp.sign):
        expr = sp.simplify(expr.replace(sp.sign, lambda a: sp.Abs(a) / a))
    expr = _with_cubes(expr)
    if expr.has(v):
        expr = _with_sigma(expr)
    expr = _over_one_root(expr)
    candidates = [expr]
    if expr.as_coeff_Mul()[1].is_Add or expr.has(sp.exp):
        expanded = [_over_one_root(sp.expand_mul(expr, deep=deep)) for deep in (False, True)]
        candidates = [_fractions(form) for form in (*expanded, expr)]
    return min(candidates, key=lambda form: width(to_latex(form)))


def _with_cubes(expr: sp.Expr) -> sp.Expr:
    """|a|^3 for a^2 |a|, and no absolute value inside another."""

    def split(e: sp.Abs) -> sp.Expr:
        return sp.Mul(*map(sp.Abs, e.args[0].args))

    def join(e: sp.Mul) -> sp.Expr:
        powers = e.as_powers_dict()
        for a in [base.args[0] for base in powers if isinstance(base, sp.Abs)]:
            if (k := powers.get(a, 0)) != 0 and k.is_even:
                e = sp.Mul(e / a**k / sp.Abs(a), sp.Pow(sp.Abs(a), k + 1, evaluate=False))
        return e

    expr = expr.replace(lambda e: isinstance(e, sp.Abs) and e.args[0].is_Mul and e.args[0].has(sp.Abs), split)
    return expr.replace(lambda e: e.is_Mul and e.has(sp.Abs), join)


def _fractions(expr: sp.Expr) -> sp.Expr:
    """A sum with its rational functions factored: (u - 1)(5u + 3)/(u + 1) for a cubic over a square."""
    return sp.Add(*(sp.factor(t) if _is_fraction(t) else t for t in sp.Add.make_args(expr)))


def _is_fraction(term: sp.Expr) -> bool:
    symbols = term.free_symbols
    return bool(symbols) and sp.fraction(term)[1].has(*symbols) and term.is_rational_function(*symbols)


def _with_sigma(expr: sp.Expr) -> sp.Expr:
    expr = expr.xreplace({1 + sp.exp(-v): 1 / sigma(v), 1 + sp.exp(v): 1 / sigma(-v)})
    if not expr.has(sigma):
        return expr
    expr = sp.factor_terms(expr) if expr.is_Add else expr
    for z in (v, -v):
        expr = expr.replace(
            lambda e, z=z: e.is_Add and e.has(sigma(z)), lambda e, z=z: _complement(e, sigma(z), sigma(-z))
        )
    logarithm = sp.Wild("logarithm")
    expr = expr.replace(sp.log(logarithm), lambda logarithm: sp.expand_log(sp.log(sp.factor(logarithm))))
    expr = expr.subs(sp.log(sigma(v)) - sp.log(sigma(-v)), v).subs(sp.exp(v) * sigma(-v), sigma(v))
    return expr.replace(lambda e: e.is_Mul and e.has(sigma), _odds)


def _complement(total: sp.Expr, one: sp.Expr, other: sp.Expr) -> sp.Expr:
    """c - c sigma(z) = c sigma(-z), for a sum of just these two terms."""
    slope = total.coeff(one)
    rest = sp.expand(total - slope * one)
    return slope * -other if rest == -slope and slope.is_number else total


def _odds(product: sp.Expr) -> sp.Expr:
    """sigma(v)/sigma(-v) = exp(v)."""
    powers = product.as_powers_dict()
    k = powers.get(sigma(v), 0)
    if k != 0 and powers.get(sigma(-v), 0) == -k:
        return sp.exp(k * v) * product / (sigma(v) / sigma(-v)) ** k
    return product


def _over_one_root(expr: sp.Expr) -> sp.Expr:
    """1/(1 + 1/sqrt(u)) as sqrt(u)/(sqrt(u) + 1): no fraction in a fraction's denominator."""
    nested = [a for a in expr.atoms(sp.Pow) if a.base.is_Add and any(_reciprocal(t) for t in a.base.args)]
    if not nested:
        return expr
    return expr.xreplace({a: _opened(a) for a in nested})


def _reciprocal(term: sp.Expr) -> bool:
    return any(p.is_Pow and p.exp.is_negative and p.base.is_Symbol for p in sp.Mul.make_args(term))


def _opened(power: sp.Expr) -> sp.Expr:
    top, bottom = sp.fraction(sp.together(power.base))
    return sp.powdenest(top**power.exp * bottom**-power.exp) if bottom.is_positive else power


class _Printer(LatexPrinter):
    """sympy's printer with log u, u^{3/10} and coefficients in front, as papers write them."""

    def __init__(self, upper: dict[sp.Expr, str]) -> None:
        super().__init__({"root_notation": False, "fold_frac_powers": True, "inv_trig_style": "full"})
        self._upper = upper

    def _print_log(self, expr: sp.Expr, exp: str | None = None) -> str:
        (inner,) = expr.args
        power = f"^{{{exp}}}" if exp else ""
        if inner.is_Symbol or inner.is_Integer or isinstance(inner, sigma):
            return rf"\log{power} {self._print(inner)}"
        return rf"\log{power}\left({self._print(inner)}\right)"

    def _print_sigma(self, expr: sp.Expr, exp: str | None = None) -> str:
        return rf"\sigma({self._print(expr.args[0])})" + (f"^{{{exp}}}" if exp else "")

    def _print_Pow(self, expr: sp.Expr) -> str:
        if expr.exp == sp.S.Half:
            return rf"\sqrt{{{self._print(expr.base)}}}"
        if expr.exp == -sp.S.Half:
            return rf"\frac{{1}}{{\sqrt{{{self._print(expr.base)}}}}}"
        return str(super()._print_Pow(expr))

    def _print_Mul(self, expr: sp.Expr) -> str:
        betas = [factor for factor in expr.args if isinstance(factor, sp.betainc)]
        if betas:  # an integral comes last, so that it needs no brackets
            before = expr / betas[0]
            front = "" if before == 1 else "-" if before == -1 else self._factor(before) + r"\,"
            return front + self._print(betas[0])
        coefficient, rest = expr.as_coeff_Mul()
        simple = (
            rest.is_Symbol or rest.as_independent(*rest.free_symbols)[0] != 1 or sp.fraction(rest)[1] != 1
        )
        if coefficient.is_Rational and coefficient.q != 1 and not simple:
            sign = "-" if coefficient < 0 else ""
            return rf"{sign}\frac{{{abs(coefficient.p)}}}{{{coefficient.q}}} {self._factor(rest)}"
        return str(super()._print_Mul(expr))

    def _factor(self, expr: sp.Expr) -> str:
        text = self._print(expr)
        return rf"\left({text}\right)" if expr.is_Add else text

    def _print_ExpBase(self, expr: sp.Expr, exp: str | None = None) -> str:
        coefficient, rest = expr.args[0].as_coeff_Mul()
        if exp or not coefficient.is_Rational or coefficient.q == 1 or rest.is_Add:
            return str(super()._print_ExpBase(expr, exp))
        top = self._print(coefficient.p * rest)
        return rf"e^{{{top}/{coefficient.q}}}"

    def _print_Abs(self, expr: sp.Expr, exp: str | None = None) -> str:
        inside = rf"\left|{self._print(expr.args[0])}\right|"
        return inside + (f"^{{{exp}}}" if exp else "")

    def _print_betainc(self, expr: sp.Expr) -> str:
        a, b, low, high = expr.args
        powers = "".join(self._power_in_line(base, k) for base, k in (("z", a - 1), ("(1 - z)", b - 1)))
        top = self._upper.get(high) or self._print(high)
        return rf"\int_{{{_inline(low)}}}^{{{top}}} {powers}\,\mathrm{{d}}z"

    def _power_in_line(self, base: str, k: sp.Expr) -> str:
        return "" if k == 0 else base if k == 1 else f"{base}^{{{_inline(k)}}}"

    def _print_Piecewise(self, expr: sp.Expr) -> str:
        rows = [
            rf"{self._print(value)} & \text{{otherwise}}"
            if condition == sp.true
            else rf"{self._print(value)} & \text{{if }} {self._print(condition)}"
            for value, condition in expr.args
        ]
        return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


def _inline(number: sp.Expr) -> str:
    return f"{number.p}/{number.q}" if number.is_Rational and number.q != 1 else str(sp.latex(number))


_FLAT = re.compile(r"\\left\(((?:[^()\\]|\\(?:log|sigma|sqrt)(?![a-z])|\\sigma\([^()]*\))*)\\right\)")
_ARGUMENT = re.compile(r"(\\(?:tanh|arctan|max|min))\{(\([^{}()]*\))\}")


def to_latex(expr: sp.Expr, upper: dict[sp.Expr, str] | None = None) -> str:
    """LaTeX of an expression; `upper` names what stands at the upper end of integrals, such as D*(u)."""
    return _flat(_Printer(upper or {}).doprint(expr))


def terms(expr: sp.Expr, upper: dict[sp.Expr, str] | None = None) -> list[str]:
    """LaTeX of the terms of a sum, each after the first with its sign, a positive one in front."""
    printer = _Printer(upper or {})
    if not expr.is_Add:
        return [_flat(printer.doprint(expr))]
    texts = [_flat(printer.doprint(term)) for term in printer._as_ordered_terms(expr)]
    first = next((i for i, text in enumerate(texts) if not text.startswith("-")), 0)
    texts.insert(0, texts.pop(first))
    return [texts[0], *(f"- {t[1:].lstrip()}" if t.startswith("-") else f"+ {t}" for t in texts[1:])]


def _flat(text: str) -> str:
    """Brackets of the ordinary size around what is not tall."""
    return _ARGUMENT.sub(r"\1\2", _FLAT.sub(r"(\1)", text))


def width(text: str) -> float:
    """About how wide a formula is, in digits: a fraction counts its wider half, an exponent 0.7 of itself."""
    total, i = 0.0, 0
    while i < len(text):
        if match := re.compile(r"\\[td]?frac(?=\{)").match(text, i):
            top, i = _group(text, match.end())
            bottom, i = _group(text, i)
            total += max(width(top), width(bottom))
        elif text[i] in "^_" and text[i + 1 : i + 2] == "{":
            script, i = _group(text, i + 1)
            total += 0.7 * width(script)
        elif match := re.compile(r"\\(left|right|begin|end|text|mathrm|,|;|!)").match(text, i):
            i = match.end()
        elif match := re.compile(r"\\[a-zA-Z]+\*?").match(text, i):
            total += 3 if match[0] in {r"\log", r"\min", r"\max", r"\tanh"} else 1
            i = match.end()
        else:
            total += 2 if text[i] in "+-=" else text[i] not in " {}&\\"
            i += 1
    return total


def _group(text: str, start: int) -> tuple[str, int]:
    """The text between the brace at `start` and its partner, and the position behind it."""
    depth = 0
    for i in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return text[start + 1 : i], i + 1
    raise AssertionError(f"unbalanced braces in {text!r}")

"""LaTeX of theories: read back as a reader would and compared with the derived values, and compiled."""

from __future__ import annotations

import functools
import math
import re
import shutil
import subprocess

import pytest
import sympy as sp
from scipy.integrate import quad
from scipy.special import lambertw

import gantheory as gt
from gantheory.derivation.text.latex import NAMES, formulas, name_to_latex, upper_ends
from gantheory.derivation.text.latex_terms import readable, to_latex, width
from gantheory.derivation.text.presentation import to_html
from gantheory.derivation.verdicts.equality import KNOWN
from gantheory.objectives.objective import v

SPECS = [spec for spec in gt.objectives.BUILT_IN if spec not in {"wgan", 'ipm("lipschitz")', 'ipm("rkhs")'}]
OWN = {
    "squared hinge": dict(real="-max(0, 1 - v)**2", fake="-max(0, 1 + v)**2", generator="-v"),
    "arctan": dict(real="atan(v) - v**2", fake="-v**2", generator="-v"),
}


class Reader:
    """Value of a formula in LaTeX, by recursive descent; knows the notation and nothing of the printer."""

    TOKEN = re.compile(r"\\[a-zA-Z]+|\d+|[a-zA-Z]|[-+*/^_(){}|,]")
    FUNCTIONS = {  # noqa: RUF012
        r"\log": math.log,
        r"\sigma": lambda a: 1 / (1 + math.exp(-a)),
        r"\tanh": math.tanh,
        "W": lambda a: float(lambertw(a).real),
    }

    def __init__(self, text: str, **values: float) -> None:
        text = re.sub(r"\\(left|right|quad|[,;])(?![a-zA-Z])|\\mathrm\{d\}z|D\^\*\(u\)", self._plain, text)
        self.tokens, self.at, self.values = self.TOKEN.findall(text), 0, values

    @staticmethod
    def _plain(match: re.Match[str]) -> str:
        return {r"\mathrm{d}z": " d ", "D^*(u)": " o "}.get(match[0], "")

    def value(self) -> float:
        result = self.sum()
        assert self.at == len(self.tokens), f"left over: {self.tokens[self.at :]}"
        return result

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        assert expected in ("", token), f"{expected} expected, {token!r} found"
        self.at += 1
        return token

    def sum(self) -> float:
        total, sign = 0.0, 1.0
        while True:
            if self.peek() in {"+", "-"}:
                sign = -1.0 if self.take() == "-" else 1.0
            total += sign * self.product()
            if self.peek() not in {"+", "-"}:
                return total

    def product(self) -> float:
        result = self.power()
        while self.peek() and self.peek() not in {"+", "-", ")", "}", ",", "d"}:
            if self.peek() == "|" and self.in_bars:
                break
            if self.peek() == "/":
                self.take()
                result /= self.power()
            else:
                if self.peek() == r"\cdot":
                    self.take()
                result *= self.power()
        return result

    in_bars = False

    def power(self) -> float:
        base = self.atom()
        if self.peek() == "^":
            self.take()
            base **= self.group()
        return base

    def group(self) -> float:
        if self.peek() != "{":
            return self.atom()
        self.take("{")
        result = self.sum()
        self.take("}")
        return result

    def atom(self) -> float:
        token = self.take()
        if token.isdigit():
            return float(token)
        if token == "(":
            result = self.sum()
            self.take(")")
            return result
        if token == "|":
            self.in_bars, outer = True, self.in_bars
            result = abs(self.sum())
            self.take("|")
            self.in_bars = outer
            return result
        if token == "e":
            return math.e
        if token == r"\frac":
            return self.group() / self.group()
        if token == r"\sqrt":
            return math.sqrt(self.group())
        if token in {r"\min", r"\max"}:
            self.take("(")
            first = self.sum()
            self.take(",")
            second = self.sum()
            self.take(")")
            return (min if token == r"\min" else max)(first, second)
        if token == r"\int":
            return self.integral()
        if token in self.FUNCTIONS:
            k = 1.0
            if self.peek() == "^":  # log^2 u
                self.take()
                k = self.group()
            argument = self.atom() if self.peek() == "(" else self.power()
            return self.FUNCTIONS[token](argument) ** k
        return self.values[token]

    def integral(self) -> float:
        self.take("_")
        low = self.group()
        self.take("^")
        high = self.group()
        start = self.at

        def integrand(z: float) -> float:
            self.at, self.values["z"] = start, z
            return self.product()

        result = quad(integrand, low, high, epsabs=0, epsrel=1e-12)[0]
        integrand(low)
        self.take("d")
        return float(result)


@functools.cache
def _theory(spec: str) -> gt.Theory:
    return gt.derive(gt.objectives.from_spec(spec))


def _formulas(latex: str) -> dict[str, str]:
    """Left-hand side -> formula, with the lines of a broken one joined and f = h = f_D taken apart."""
    body = re.search(r"\\begin\{align\*\}\n(.*)\n\\end\{align\*\}$", latex, re.S)[1]
    joined = re.sub(r" \\\\\n  &\\quad", "", body)
    rows = [line.strip().removesuffix(r" \\").split(" &= ") for line in joined.splitlines()]
    return {name: formula for left, formula in rows for name in left.split(" = ")}


# Fast: each constructor once, with the longest formulas of its members.
LONGEST = {"lsgan(-1, 1, 0, real_term=True)", 'fgan("jeffrey")', "alpha_gan(0.5, 1.2, saturating=False)"}
PRINTED = LONGEST | {
    spec for spec in SPECS if spec.split("(")[0] not in {long.split("(")[0] for long in LONGEST}
}


@pytest.mark.parametrize(
    "spec", [spec if spec in PRINTED else pytest.param(spec, marks=pytest.mark.slow) for spec in SPECS]
)
def test_what_is_printed_has_the_derived_values(spec):
    theory = _theory(spec)
    objective = theory.objective
    printed = _formulas(theory.to_latex())
    expected = {f"{role}(v)": (getattr(objective, role), "v", (0.3, 0.8)) for role in "ABRS"}
    for name, expr in {"v^*(u)": theory.score, "D^*(u)": theory.discriminator}.items():
        expected[name] = (expr, "u", (0.4, 2.7))
    for symbol, kind in {"f": "equilibrium", "h": "flow", "f_D": "discriminator"}.items():
        expected[f"{symbol}(u)"] = (theory.induced(kind).expr, "u", (0.4, 2.7))
    symbol = theory.landscape.symbol
    expected[f"|s({symbol})|"] = (theory.saturation, str(symbol), (0.2, 0.7))
    expected[r"\mathcal{L}_D^{\mathrm{ideal}}"] = (theory.ideal_loss, "u", (1.0,))
    for name, (expr, variable, points) in expected.items():
        assert (name in printed) == (expr is not None), name
        if expr is None or r"\begin{cases}" in printed[name]:
            continue
        for point in points:
            at = {s: sp.Float(point, 30) for s in expr.free_symbols}
            value = float(expr.subs(at).evalf(20))
            optimum = (
                {"o": float(theory.discriminator_at(point, 1))} if theory.discriminator is not None else {}
            )
            read = Reader(printed[name], **{variable: point}, **optimum).value()
            assert read == pytest.approx(value, rel=1e-10, abs=1e-12), (name, printed[name])


def test_steps_are_printed_as_cases():
    printed = _formulas(gt.derive(gt.objectives.hinge()).to_latex())
    cases = r"\begin{cases} -1 & \text{if } u < 1 \\ 0 & \text{if } u = 1 \\ 1 & \text{otherwise} \end{cases}"
    assert printed["v^*(u)"] == cases


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("log(1/(1 + exp(-v)))", r"\log \sigma(v)"),
        ("log(1/(1 + exp(v)))", r"\log \sigma(- v)"),
        ("-1 + 1/(1 + exp(-v))", r"- \sigma(- v)"),
        ("(v - 1/2)**2*Abs(v - 1/2)", r"\left|v - \frac{1}{2}\right|^{3}"),
        ("exp(-v/2)", r"e^{- v/2}"),
    ],
)
def test_expressions_of_the_score_are_printed_as_a_paper_has_them(text, latex):
    expr = sp.sympify(text, locals={"v": v})  # a text of this test
    assert to_latex(readable(expr)) == latex


def test_every_name_of_a_divergence_has_latex():
    for name in KNOWN:
        assert r"\text" not in name_to_latex(name), name
        assert r"\text" not in name_to_latex(f"1/8 {name}")
    assert name_to_latex("1/8 TV") == r"\frac{1}{8}\," + NAMES["TV"]
    assert name_to_latex("KL(P_g||P_r) - 2 JSD").count("-") == 1


def test_symbols_and_missing_closed_forms_are_named_in_comments():
    jeffrey = gt.derive(gt.objectives.fgan("jeffrey")).to_latex()
    assert "% W is Lambert's function\n" in jeffrey
    assert "% M = (P_r + P_g)/2\n" in gt.derive(gt.objectives.vanilla(saturating=False)).to_latex()
    numeric = gt.derive(gt.objectives.parse(**OWN["arctan"])).to_latex()
    assert "% no closed form: v^*, D^*, f, h, f_D\n" in numeric


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no TeX is installed")
def test_the_fragments_compile_and_fit_the_line(tmp_path):
    fragments = [_theory(spec).to_latex() for spec in SPECS]
    fragments += [gt.derive(gt.objectives.parse(**own)).to_latex() for own in OWN.values()]
    document = [r"\documentclass{article}", r"\usepackage{amsmath}", r"\begin{document}", *fragments]
    (tmp_path / "all.tex").write_text("\n".join([*document, r"\end{document}"]), encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "-no-shell-escape", "all.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert re.findall(r"^(?:Overfull|LaTeX Warning).*", done.stdout, re.M) == []


SIGMA = 1 / (1 + sp.exp(-v))


@pytest.mark.parametrize(
    ("expr", "latex"),
    [
        (sp.sign(v) * v**2, r"v \left|v\right|"),
        (sp.sign(v - 1) * (v - 1) ** 3 + v, r"v + \left|v - 1\right|^{3}"),
        (sp.Abs(v * sp.Abs(v - 2)), r"\left|v\right| \left|v - 2\right|"),
        (1 / sp.sqrt(v**2 + 1) + sp.exp(-v), r"e^{- v} + \frac{1}{\sqrt{v^{2} + 1}}"),
        (SIGMA**2 - 3 / (1 + sp.exp(v)), r"- 3 \sigma(- v) + \sigma(v)^{2}"),
        (sp.log(SIGMA) - sp.log(1 - SIGMA), "v"),
        (3 * (SIGMA / (1 - SIGMA)) ** 2, "3 e^{2 v}"),
        (1 + (v**3 - v) / (v + 1) ** 2, r"\frac{v (v - 1)}{v + 1} + 1"),
        (v * (1 - v), "v (1 - v)"),
        (v * SIGMA**2, r"v \sigma(v)^{2}"),
        (v * (1 + sp.exp(v)), r"\frac{v}{\sigma(- v)}"),
        (v * SIGMA + v, r"v (\sigma(v) + 1)"),
        (1 - 1 / (1 + sp.exp(v)), r"\sigma(v)"),
        (SIGMA * (1 - SIGMA) * (1 - v), r"(1 - v) \sigma(- v) \sigma(v)"),
    ],
)
def test_a_readable_form_has_the_same_value(expr, latex):
    form = readable(expr)
    assert to_latex(form) == latex
    for at in (sp.Rational(-7, 3), sp.Rational(5, 4)):
        assert abs((form - expr).subs(v, at).evalf(30)) < 1e-20


def test_a_name_that_is_not_known_is_text():
    assert name_to_latex("a new name") == r"\text{a new name}"


u = sp.Symbol("u", positive=True)


@pytest.mark.parametrize(
    ("expr", "latex"),
    [
        (3 * u / 2, r"\frac{3 u}{2}"),
        (-3 * u**2 / 2, r"-\frac{3}{2} u^{2}"),
        (2 / (3 * u), r"\frac{2}{3 u}"),
        (sp.sqrt(2) * sp.log(u) / 2, r"\frac{\sqrt{2} \log u}{2}"),
        (sp.Abs(u - 1) / 2, r"\frac{1}{2} \left|u - 1\right|"),
    ],
)
def test_a_rational_factor_stands_in_front_of_what_is_no_fraction(expr, latex):
    assert to_latex(expr) == latex


@pytest.mark.parametrize(("a", "b"), [("3/2", "1"), ("3/2", "2"), ("1", "5/2"), ("2", "1/3"), ("3", "4")])
def test_an_incomplete_beta_function_is_read_as_its_integral(a, b):
    low, high = sp.Rational(1, 5), sp.Rational(3, 4)
    text = to_latex(-2 * sp.betainc(sp.Rational(a), sp.Rational(b), low, high), {high: "D^*(u)"})
    assert r"\int_{1/5}^{D^*(u)} " in text and "/1}" not in text
    value = quad(lambda z: z ** float(sp.Rational(a) - 1) * (1 - z) ** float(sp.Rational(b) - 1), 0.2, 0.75)[
        0
    ]
    assert Reader(text, o=0.75).value() == pytest.approx(-2 * value, rel=1e-10)


def test_an_integral_up_to_the_optimum_names_it():
    assert list(upper_ends(_theory("l_alpha(2)")).values()) == ["D^*(u)"]


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("u + 1", 4),
        ("v^*(u)", 6),
        (r"\frac{u + 1}{2}", 4),
        (r"2 \frac{2}{u + 1}", 5),
        (r"\frac{12}{u + 12}", 5),
        ("u^{12} x_{1}", 2 + 0.7 * 3),
        (r"\log u - \sigma(v)", 4 + 2 + 4),
        (r"\left(u\right)\,\mathrm{d}z", 5),
    ],
)
def test_width_in_digits(text, digits):
    assert width(text) == pytest.approx(digits, rel=1e-12)


@pytest.mark.parametrize(("left", "count"), [("f", 18), ("f(u)", 18), ("ff(u)", 17), ("ff(u) = h", 16)])
def test_a_line_holds_52_digits_less_what_its_left_side_has_beyond_four(left, count):
    """n symbols with signs between them are 3 n - 2 digits wide."""
    names = sp.symbols("a:z")
    for n, lines in ((count, 1), (count + 1, 2)):
        assert len(formulas([(left, sp.Add(*names[:n]))])) == lines, n


def test_a_table_names_only_what_has_a_name():
    theory = _theory("alpha_gan(0.5, 1.2, saturating=False)")
    assert theory.name("equilibrium") is None and theory.name("discriminator") is not None
    html = to_html(theory)
    assert "None" not in html and html.count("; ") == 3 + 1 and theory.name("discriminator") in html

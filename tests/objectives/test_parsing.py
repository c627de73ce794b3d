"""The whitelist: what it reads, and that it executes nothing."""

import mpmath
import pytest
import sympy as sp

from gantheory import objectives as go
from gantheory.errors import ExpressionError
from gantheory.objectives import parse, parse_expression, v
from gantheory.objectives.parsing import FUNCTIONS


def test_parsed_vanilla_is_the_built_in():
    obj = parse(real="-softplus(-v)", fake="-softplus(v)", generator="softplus(-v)")
    built_in = go.vanilla(saturating=False)
    for role in "ABRS":
        gap = getattr(obj, role) - getattr(built_in, role)
        assert all(abs(sp.N(gap.subs(v, x), 30)) < 1e-25 for x in (-3, sp.Rational(1, 3), 5))


WRITTEN_OUT = {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "logsigmoid": lambda x: -mpmath.log(1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "relu": lambda x: max(x, 0),
    "abs": abs,
    "Abs": abs,
    "LambertW": mpmath.lambertw,
}
PAIRED = {"min": min, "Min": min, "max": max, "Max": max} | dict.fromkeys(
    ("clamp", "clip"), lambda x, a, b: min(max(x, a), b)
)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_name_is_the_function_that_mpmath_has_under_it(name):
    for x in (-0.6, 0.3, 1.7):
        if name in PAIRED:
            text, right = f"{name}(v, 1/2, 1)", PAIRED[name](x, 0.5, 1)
        elif x < 0 and name in ("log", "sqrt", "LambertW"):
            continue
        else:
            text, right = f"{name}(v)", WRITTEN_OUT.get(name, getattr(mpmath, name, None))(x)
        assert float(parse_expression(text, {"v": v}).subs(v, x)) == pytest.approx(float(right), rel=1e-14)


def test_a_domain_bounded_above_is_looked_at_inside():
    texts = {"real": "log(1 - v)", "fake": "log(2 - v)/3 - log(1 - v)", "generator": "v"}
    assert parse(**texts, domain=(-sp.oo, 1)).domain == (-sp.oo, 1)
    assert r"v & \in [-\infty, 1]" in parse(**texts, domain=(-sp.oo, 1))._repr_latex_()


def test_d_stands_for_the_link():
    obj = parse(real="log(D)", fake="log(1 - D)", generator="-log(D)", link="sigmoid(v)")
    assert sp.simplify(obj.A - sp.log(1 / (1 + sp.exp(-v)))) == 0


def test_parameters_are_exact():
    obj = parse(real="-(v - b)**2", fake="-v**2", generator="(v - b)**2", parameters={"b": 0.1})
    assert -((v - sp.Rational(1, 10)) ** 2) == obj.A


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("foo(v)", "function 'foo' is not allowed"),
        ("sigmod(v)", "did you mean 'sigmoid'"),
        ("w + 1", "unknown name 'w'"),
        ("v.__class__", "attribute access is not allowed"),
        ("__import__('os').system('true')", "is not allowed"),
        ("(lambda: v)()", "is not allowed"),
        ("[v for v in (1,)]", "is not allowed"),
        ("v if v else 1", "is not allowed"),
        ("'v'", "is not a real number"),
        ("1j*v", "is not a real number"),
        ("True", "is not a real number"),
        ("v^2", r"write \*\* for a power"),
        ("exp", "needs an argument"),
        ("exp(v, v)", "takes 1 argument"),
        ("min(v)", "two or more"),
        ("exp(x=v)", "is not allowed"),
        ("1/0", "division by zero"),
        ("9**9**9", "at most 200"),
        ("v**1000000", "at most 200"),
        ("exp(exp(exp(v)))", "nested 3 deep, at most 2"),
        ("2**(3**sinh(v))", "nested 3 deep"),
        ("exp(exp(exp(5)))*v", "nested 3 deep"),
        ("log(v", "is not an expression"),
        ("(" * 300 + "v" + ")" * 300, "."),
        ("v + " * 2000 + "v", "at most"),
        ("", "is not an expression"),
    ],
)
def test_what_is_not_on_the_whitelist_is_refused_in_one_line(text, message):
    with pytest.raises(ExpressionError, match=message) as caught:
        parse_expression(text, {"v": v}, "real")
    assert "\n" not in str(caught.value)


def test_nothing_is_executed(tmp_path):
    target = tmp_path / "made"
    for text in (f"open({str(target)!r}, 'w')", f"__import__('pathlib').Path({str(target)!r}).touch()"):
        with pytest.raises(ExpressionError):
            parse(real=text, fake="v", generator="v")
    assert not target.exists()


def test_an_expression_that_is_not_real_is_refused_with_a_hint():
    with pytest.raises(ValueError, match=r"real 'log\(D\)' is not real at v = .*link='sigmoid\(v\)'"):
        parse(real="log(D)", fake="log(1 - D)", generator="-log(D)")


def test_text_is_required():
    with pytest.raises(TypeError, match="real must be text"):
        parse(real=1, fake="v", generator="v")

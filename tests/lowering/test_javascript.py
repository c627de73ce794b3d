"""JavaScript run by node, against NumPy's and SciPy's results for the same objectives."""

from __future__ import annotations

import re

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import gantheory as gt
from gantheory.lowering import javascript_runtime, lower, parameter
from gantheory.objectives import BUILT_IN, from_spec, v

ROLES = ("A", "B", "R", "S", "link")
_SIZES = np.concatenate([np.geomspace(1e-6, 1e4, 37), [0.3, 0.5, 1, 2, 20, 80, 700, 708.5]])
GRID = np.concatenate([-_SIZES[::-1], [0.0], _SIZES])


def values_in(node, sources: list[str], points, parameters: dict | None = None) -> list[np.ndarray]:
    """Values of JavaScript functions at points."""
    code = f"""{javascript_runtime()}
    const functions = [{", ".join(sources)}];
    return functions.map((f) => input.points.map((x) => f(x, input.parameters)));"""
    return [
        np.array(row, dtype=float) for row in node(code, {"points": points, "parameters": parameters or {}})
    ]


SUMS = ('fgan("js")', 'fgan("jeffrey")', "log(erfc(v))")
"""Values that pass through zero as a sum of terms of order one: no more than rounding of these is asked
there.
"""


def compare(found: np.ndarray, expected: np.ndarray, tolerance: float, what: tuple) -> None:
    """Equal where infinite, NaN or subnormal numbers are; else within a relative tolerance."""
    rounding = 2e-15 if what[0] in SUMS else 0.0
    tiny = np.abs(expected) < 1e-300
    same = (found == expected) | (np.isnan(found) & np.isnan(expected)) | (tiny & (np.abs(found) < 1e-299))
    with np.errstate(all="ignore"):
        error = np.where(same, 0.0, (np.abs(found - expected) - rounding) / np.abs(expected))
    worst = int(np.argmax(np.where(np.isnan(error), np.inf, error)))
    assert error[worst] <= tolerance, (
        what,
        GRID[worst % len(GRID)],
        found[worst],
        expected[worst],
        error[worst],
    )


def orders(expr, backend="javascript"):
    function = lower(expr, v, backend)
    return [function, function.derivative, function.derivative.derivative]


def test_every_built_in_objective_has_numpys_values_and_derivatives(node):
    functions = {
        (spec, role, order): (js, plain)
        for spec in BUILT_IN
        for role in ROLES
        for order, (js, plain) in enumerate(
            zip(
                orders(getattr(from_spec(spec), role)),
                orders(getattr(from_spec(spec), role), "numpy"),
                strict=True,
            )
        )
    }
    found = values_in(node, [js.source for js, _ in functions.values()], GRID)
    for (what, (_, plain)), values in zip(functions.items(), found, strict=True):
        compare(values, plain(GRID), 1e-13, what)


@pytest.mark.slow_cases("2.713")
@pytest.mark.parametrize("value", ["2.713", "0.617"])
def test_one_function_serves_all_alphas_on_its_side_of_1(node, value):
    """Lowered once with alpha open; the values are those of the objective lowered at each alpha."""
    name = "alpha"
    alpha = parameter(name, value)
    above = alpha.value > 1
    rng = np.random.default_rng(7)
    exponents = rng.uniform(0.02, 4, 2) if above else -rng.uniform(0.02, 3, 2)
    numbers = [*map(float, np.exp(exponents).round(4)), 1.0001 if above else 0.9999]
    for saturating in (True, False):
        opened = gt.objectives.alpha_gan(alpha, alpha, saturating)
        functions = [f for role in "ABRS" for f in orders(getattr(opened, role))]
        for number in numbers:
            fixed = gt.objectives.alpha_gan(number, number, saturating)
            expected = [f for role in "ABRS" for f in orders(getattr(fixed, role), "numpy")]
            found = values_in(node, [f.source for f in functions], GRID[np.abs(GRID) < 600], {name: number})
            for values, function in zip(found, expected, strict=True):
                compare(values, function(GRID[np.abs(GRID) < 600]), 2e-11, (number, saturating, function))


def test_error_functions_and_omega_against_high_precision(node):
    points = np.concatenate([np.linspace(-7, 27, 341), np.geomspace(1e-9, 1e3, 61)])
    positive = np.abs(points)
    names = ("erf", "erfc", "erfcx", "omega")
    code = f"""{javascript_runtime()}
    return [input[0].map(M.erf), input[0].map(M.erfc), input[1].map(M.erfcx), input[0].map(M.omega)];"""
    found = node(code, [points, positive])
    with mp.workdps(40):
        exact = (
            [mp.erf(x) for x in points],
            [mp.erfc(x) for x in points],
            [mp.exp(mp.mpf(x) ** 2) * mp.erfc(x) for x in positive],
            [mp.re(mp.lambertw(mp.exp(x))) for x in points],
        )
        for name, values, references in zip(names, found, exact, strict=True):
            errors = [
                float(abs(value - true) / abs(true)) if abs(true) > 1e-300 else abs(value)
                for value, true in zip(values, references, strict=True)
            ]
            assert max(errors) < 2e-15 * 5, (name, points[int(np.argmax(errors))], max(errors))
    ends = node(
        f"{javascript_runtime()} return [1/0, -1/0, NaN].map((x) => [M.erf(x), M.erfc(x), M.omega(x)]);"
    )
    np.testing.assert_array_equal(ends[:2], [[1, 0, np.inf], [-1, 2, 0]])
    assert np.isnan(ends[2]).all()


def test_user_functions_with_every_operation(node):
    names = [
        "atan(v)",
        "erf(v)",
        "erfc(2*v)",
        "log(erfc(v))",
        "tanh(v)**3",
        "abs(v - 1/3)**2.5",
        "sign(v)",
        "LambertW(exp(v))",
    ]
    names += [
        "min(v, 1, -v)",
        "max(0, v)**2",
        "sqrt(1 + v**2)",
        "expm1(v)/(1 + exp(v))",
        "exp(-v**2)",
        "log1p(v**2)",
    ]
    from gantheory.objectives.parsing import parse_expression

    near = GRID[np.abs(GRID) < 25]
    for text in names:
        expr = parse_expression(text, {"v": v})
        pairs = list(zip(orders(expr)[:2], orders(expr, "numpy")[:2], strict=True))
        for values, (_, plain) in zip(
            values_in(node, [js.source for js, _ in pairs], near), pairs, strict=True
        ):
            compare(values, plain(near), 4e-13, (text,))


def test_a_parameter_is_a_number_that_is_compared_by_its_value():
    alpha, beta = parameter("alpha", "1.37"), parameter("beta", "-0.5")
    assert alpha is parameter("alpha", "1.37") and alpha != parameter("alpha", "2.37")
    assert alpha > 1 and not alpha > 2 and alpha.is_positive and beta.is_negative and (alpha - 1).is_positive
    assert float(alpha) == 1.37 and sp.simplify((alpha**2 - alpha) / alpha - (alpha - 1)) == 0
    assert "p.alpha" in lower(alpha * v + 1, v, "javascript").source
    assert lower(alpha * v + 1, v)(2.0) == pytest.approx(3.74)


def test_calling_it_in_python_says_where_it_runs():
    with pytest.raises(TypeError, match="node"):
        lower(v**2, v, "javascript")(1.0)
    assert lower(v**2, v, "javascript").source == lower(v**2, v).source


def test_wrights_omega_does_not_square_a_score(node):
    """omega(z) = z - log z to 16 digits."""
    (found,) = values_in(node, [lower(sp.LambertW(sp.exp(v)), v, "javascript").source], [1e17, 1e160, 1e308])
    np.testing.assert_allclose(found, [1e17, 1e160, 1e308], rtol=1e-14)


def test_infinite_and_undefined_numbers(node):
    branches = [[(sp.oo, True)], [(-sp.oo, True)], []]
    sources = [lower(sp.Piecewise((v, v < 1), *rest), v, "javascript").source for rest in branches]
    found = values_in(node, sources, [0.5, 2.0])
    assert [row.tolist() for row in found] == [
        [0.5, np.inf],
        [0.5, -np.inf],
        [0.5, pytest.approx(np.nan, nan_ok=True)],
    ]


@pytest.mark.parametrize("spec", ['fgan("jeffrey")', "alpha_gan(0.5, 1.2)"])
def test_only_what_is_long_or_used_again_has_a_name(spec):
    for role in ROLES:
        text = lower(getattr(from_spec(spec), role), v, "javascript").source
        for name, formula in re.findall(r"const (t\d+) = (.*);", text):
            uses = len(re.findall(rf"\b{name}\b", text)) - 1
            assert len(formula) >= 60 or uses > 1 or f"return {name};" in text, text
            assert formula != "x" and not re.fullmatch(r"[\d.e-]+", formula), text

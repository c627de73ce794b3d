"""The page as text, its command, its formulas."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import webbrowser
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from scipy import integrate

import gantheory as gt
from gantheory.explorer.bundle import bundle, module
from gantheory.explorer.formulas import alpha_expressions, listed


@pytest.fixture(scope="module")
def text():
    return gt.explorer.page(["hinge"])


def test_the_page_holds_everything_and_asks_for_nothing(text):
    assert len(text.encode()) < 1_000_000
    assert re.findall(r"""(?:src|href)\s*=\s*["'](?!data:|#)""", text) == []
    assert re.findall(r"https?://(?!www\.w3\.org/)", text) == []
    assert "{{" not in text
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    for element, directive in (("script", "script-src"), ("style", "style-src")):
        (content,) = re.findall(rf"<{element}>(.*?)</{element}>", text, re.S)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
        assert not re.search(r"\beval\(|new Function|\bimport\(|\bfetch\(|XMLHttpRequest", content)


def test_the_script_parses_and_no_module_hides_another(node):
    parse = "try { new (require('vm').Script)(input); return 'ok'; } catch (error) { return error.message; }"
    assert node(parse, f"(() => {{ {bundle(['app'])} }})()") == "ok"
    for path in (Path(gt.explorer.__file__).parent / "js").glob("*.js"):
        # A module becomes a constant of its name: what it declares itself must not hide one that it imports.
        own = re.findall(r"^(?:export )?(?:const|let|function|class) (\w+)", module(path.stem), re.M)
        imported = re.findall(r'from "\./(\w+)\.js"', module(path.stem))
        assert not set(own) & set(imported), path.name


@pytest.mark.parametrize(
    ("objectives", "error", "message"),
    [
        ("hinge", TypeError, "objectives must be a list, each text or an Objective, got 'hinge'"),
        (["hinge", "hinge"], ValueError, "twice"),
        (["renyi(2)"], ValueError, "no f"),
        (["wgan"], ValueError, "critic"),
        (["hinje"], ValueError, "hinge"),
        ([3], TypeError, "3"),
    ],
)
def test_what_cannot_be_listed(objectives, error, message):
    with pytest.raises(error, match=message):
        gt.explorer.page(objectives)


def test_the_command_writes_opens_and_says_where(cli, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    asked = []
    monkeypatch.setattr(webbrowser, "open", lambda url: asked.append(url) or True)
    done = cli("explore", "hinge", "--out", "out/page.html")
    assert (done.status, done.out, done.err) == (0, "out/page.html\n", "")
    assert asked == [(tmp_path / "out/page.html").as_uri()]
    assert (tmp_path / "out/page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_browser_that_cannot_open(cli, monkeypatch, tmp_path):
    def fail(url):
        raise webbrowser.Error("no browser")

    for opener in (fail, lambda url: False):
        monkeypatch.setattr(webbrowser, "open", opener)
        done = cli("explore", "hinge", "--out", str(tmp_path / "page.html"))
        assert done.status == 0
        assert done.out == f"{tmp_path / 'page.html'}\n"
        assert "no browser" in done.err


@pytest.mark.parametrize("out", ["page.txt", "."])
def test_a_place_to_write_that_is_no_page(cli, monkeypatch, tmp_path, out):
    monkeypatch.chdir(tmp_path)
    done = cli("explore", "hinge", "--out", out, "--no-open")
    assert (done.status, done.out) == (2, "")
    assert "--out" in done.err


def value(expr, **numbers: float) -> float:
    symbols = {s: sp.Float(numbers[s.name], 30) for s in expr.free_symbols}
    return float(sp.re(expr.subs(symbols).evalf(25)))


PAIRS = [(0.37, 1.9), (2.4, 0.6), (1.0, 1.7), (1.0, 1.0), (0.6, 1.0), (1.8, math.inf), (1.0, math.inf)]


@pytest.mark.slow_cases("2.4-0.6-True", "2.4-0.6-False", "1.0-1.7-True", "0.6-1.0-True")
@pytest.mark.parametrize("saturating", [True, False])
@pytest.mark.parametrize(("alpha_d", "alpha_g"), PAIRS)
def test_the_typeset_formulas_of_alpha_are_the_derived_ones(alpha_d, alpha_g, saturating):
    theory = gt.derive(gt.objectives.alpha_gan(alpha_d, alpha_g, saturating=saturating))
    d = "one" if alpha_d == 1 else "generic"
    g = {1.0: "one", math.inf: "inf"}.get(alpha_g, "generic")
    shown = alpha_expressions(d, g, saturating)
    for t in (-1.3, 0.4, 2.0):
        u = math.exp(t)
        D = float(theory.discriminator_at_log_ratio(t))
        numbers = {"alpha_D": alpha_d, "alpha_G": alpha_g, "c": 1 - 1 / alpha_g, "u": u, "D": D}
        assert value(shown["D"], **numbers) == pytest.approx(D, rel=1e-12)
        f = float(theory.generating_function("equilibrium").mp(t))
        assert value(shown["f"], **numbers) == pytest.approx(f, rel=1e-9)
        integrand = shown["h1"].subs({s: numbers[s.name] for s in shown["h1"].free_symbols if s.name != "x"})
        slope = integrate.quad(sp.lambdify(sp.Symbol("x", positive=True), integrand), 0.5, D, epsabs=1e-11)[0]
        h = float(theory.generating_function("flow").mp(t))
        assert u * slope + value(shown["s"], **numbers) == pytest.approx(h, rel=1e-8)
        assert value(shown["saturation"], **numbers) == pytest.approx(
            float(theory.saturation_at(D)), rel=1e-9
        )


def test_listed_formulas_are_well_formed_mathml():
    from xml.dom import minidom

    for spec in ("vanilla", "hinge", 'fgan("jeffrey")', "lkgan(3)"):
        rows = listed(gt.derive(gt.objectives.from_spec(spec)))
        assert {"A", "B", "S", "D", "f", "h", "s"} <= {row["id"] for row in rows}
        for row in rows:
            minidom.parseString(row["math"].replace("&nbsp;", " "))


def test_the_density_flow_is_that_of_the_python_solver(engine, families):
    from gantheory.datasets import GaussianMixture
    from gantheory.validation import solve
    from gantheory.validation.experiments.optimum import optimum

    target = GaussianMixture([[-1.0], [1.0], [0.0]], [0.49, 0.49, 3.24], [0.4, 0.4, 0.2], name="target")
    start = GaussianMixture([[1.3], [0.0]], [0.25, 3.24], [0.8, 0.2], name="start")
    times = [0.0, 0.5, 2.0]
    body = """
    const game = catalog.alphaGame(TABLE, FAMILIES.alpha, input[0], input[1], input[2]);
    const th = theory.theoryOf(game);
    const p = flow.gaussians([[0.4, -1, 0.7], [0.4, 1, 0.7], [0.2, 0, 1.8]]);
    const q = flow.gaussians([[0.8, 1.3, 0.5], [0.2, 0, 1.8]]);
    const run = new flow.DensityFlow(th.potential, p, q, {low: -7, high: 7, cells: 120, tolerance: 1e-4});
    const D = () => run.expectation(th.hPrime, th.potential[0]), out = [];
    for (const time of input[3]) {
      run.advance(time);
      const [q, tv, lost] = [Array.from(run.density), run.totalVariation, run.dissipated];
      out.push({q, tv, lost, mass: run.mass, D: D()});
    }
    return out;"""
    for spec, pair in (
        ("alpha_gan(0.5, 1.2)", (0.5, 1.2, True)),
        ("vanilla(saturating=False)", (1.0, 1.0, False)),
    ):
        expected = solve(
            optimum(spec).potential,
            target=lambda x: target.density(x[:, None]),
            initial=lambda x: start.density(x[:, None]),
            support=(-7, 7),
            times=np.array(times),
            cells=120,
        )
        values = expected.divergence(optimum(spec).theory.generating_function("flow").of_log)
        for k, found in enumerate(engine(body, [*pair, times])):
            np.testing.assert_allclose(found["q"], expected.densities[k], atol=2e-4)
            assert found["mass"] == pytest.approx(1, abs=1e-10)
            assert found["tv"] == pytest.approx(expected.total_variation[k], abs=1e-4)
            assert found["D"] == pytest.approx(values[k], rel=1e-3)
            assert found["lost"] == pytest.approx(expected.dissipated[k], rel=1e-3, abs=1e-12)

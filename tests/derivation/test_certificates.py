"""Certificates: the verifying program accepts what the package exports, and refuses a thousand mutants."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import json
import math
import random
import re
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
import sympy as sp
from scipy import stats

import gantheory as gt
from gantheory.claims import registry
from gantheory.claims.decision import decide
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.regions.alphas import LABELS, alpha_region
from gantheory.derivation.verdicts.certificate import of_sign
from gantheory.derivation.verdicts.language import NoCertificateError, smooth
from gantheory.errors import NoPointwiseTheoryError
from gantheory.objectives import BUILT_IN, from_spec

PROGRAM = Path(__file__).resolve().parents[2] / "tools" / "verify_certificates.py"
SPECS = (
    "vanilla",
    "alpha_gan(0.5, 1.2, saturating=False)",
    "lsgan(-1, 1, 0, real_term=True)",
    "hinge",
    'fgan("tv")',
    'fgan("kl")',
)
ALPHAS = (Fraction(1, 5), Fraction(1, 2), Fraction(1), Fraction(6, 5), Fraction(2), Fraction(4))
P, Q = (
    (Fraction(1, 10), Fraction(3, 10), Fraction(6, 10)),
    (Fraction(4, 10), Fraction(4, 10), Fraction(2, 10)),
)


def _program():
    specification = importlib.util.spec_from_file_location("verify_certificates", PROGRAM)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


VERIFIER = _program()


@pytest.fixture(scope="module")
def certificates():
    found = []
    for spec in SPECS:
        theory = gt.derive(from_spec(spec))
        found += [
            data for kind in ("equilibrium", "flow", "discriminator") if (data := theory.certificate(kind))
        ]
        found.append(theory.divergence(P, Q, certified=True).certificate)
    found += [
        alpha_region(a, b, saturating).exported
        for saturating in (True, False)
        for a in ALPHAS
        for b in (*ALPHAS, math.inf)
    ]
    found += [
        of_sign(u**2 - 2 * u + 1, u),
        of_sign(u**3 - 3 * u + 2, u),
        of_sign(1 - u**2, u),
        of_sign(2 - u, u, 0, 2),
    ]
    return json.loads(json.dumps(found))


def test_the_program_is_short_and_needs_the_standard_library_alone():
    source = PROGRAM.read_text(encoding="utf-8")
    assert len(source.splitlines()) < 300
    names = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }
    assert names <= set(sys.stdlib_module_names)
    assert not {"eval", "exec", "compile", "__import__"} & set(re.findall(r"\b(\w+)\(", source))


def test_every_certificate_is_accepted(certificates):
    assert {data["statement"]: why for data in certificates if (why := VERIFIER.refusal(data))} == {}
    assert len(certificates) > 100


def test_the_program_runs_by_itself(certificates, tmp_path):
    """Without the package on its path; a refused certificate ends it with exit status 1."""
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(certificates[:3]), encoding="utf-8")
    bad.write_text(json.dumps([certificates[0] | {"optimum": ["u**2"]}]), encoding="utf-8")
    for paths, status, line in (([good], 0, "3 certificates hold, 0 refused"), ([good, bad], 1, "1 refused")):
        done = subprocess.run(
            [sys.executable, "-I", PROGRAM, *paths], capture_output=True, text=True, cwd=tmp_path, check=False
        )
        assert done.returncode == status and line in done.stdout, done.stderr


@pytest.mark.parametrize("count", [300, pytest.param(1000, marks=pytest.mark.slow)])
def test_mutants_are_refused(certificates, count):
    """Each has one number, sign, exponent, end of an interval or conclusion changed, and is false."""
    chance, made = random.Random(20), Counter()
    by_kind = {}
    for data in certificates:
        by_kind.setdefault(_kind(data), []).append(data)
    for kind in itertools.cycle(by_kind):
        data = chance.choice(by_kind[kind])
        mutant = _mutant(data, chance)
        if mutant is None:
            continue
        made[kind] += 1
        assert VERIFIER.refusal(mutant), (mutant, data)
        if made.total() == count:
            break
    assert len(made) == 6 and min(made.values()) >= count / 20


def _kind(data):
    if "signs" in data:
        return "sign"
    return "number" if "P" in data else "region" if "-GAN" in data["statement"] else data["function"]


def _mutant(data, chance):
    """One change of the statement; None where it would leave it true."""
    mutant = json.loads(json.dumps(data))
    # Another formula may well have the same signs.
    keys = ["signs"] if "signs" in data else [k for k in data if k not in ("statement", "domain", "pieces")]
    key = chance.choice(keys)
    if key == "function":
        return _other_function(mutant, chance)
    if key == "holds":
        name = chance.choice(list(data["holds"]))
        mutant["holds"][name] = not data["holds"][name]
    elif key == "game":
        # What f, h and f_D are made of; additive constants change none of them.
        name = chance.choice({"f": "ABRS", "h": "ABS", "f_D": "AB"}[data["function"]])
        if data["game"][name] == "0" or not any("u" in score for score in data["optimum"]):
            return None  # nothing to change; and steps have no second derivative that would tie their heights
        old = data["game"][name]
        mutant["game"][name] = new = _changed(old, chance)
        if new is None or _constant(new, old):
            return None
    elif key == "signs":
        mutant["signs"] = chance.choice([[1], [-1], [0], [1, -1], [-1, 1], [1, 1]])
    elif key == "between":
        low, high = (Fraction(end) for end in data["between"])
        step = (high - low) * chance.randint(1, 9) + Fraction(1, 10**12)
        mutant["between"] = (
            [str(low + step), str(high + step)] if chance.random() < 0.5 else [str(low - step), str(low)]
        )
    elif isinstance(data[key], str):
        mutant[key] = _changed(data[key], chance)
    else:
        place = chance.randrange(len(data[key]))
        mutant[key][place] = _changed(data[key][place], chance)
    return (
        None if mutant == data or None in (mutant.get("formula", 0), *mutant.get("optimum", ())) else mutant
    )


def _other_function(mutant, chance):
    """f for h and the like, where the second derivatives differ."""
    others = [name for name in ("f", "h", "f_D") if name != mutant["function"]]
    mutant["function"] = chance.choice(others)
    game = mutant["game"]
    zero_sum = game["R"] == game["A"] and game["S"] == game["B"]
    return None if zero_sum or "formula" in mutant or VERIFIER.refusal(mutant) is None else mutant


def _changed(text, chance):
    """The text with a number, a sign or an operation changed; None if there is nothing to change."""
    places = list(re.finditer(r"\d+|(?<=[\w)]) ?[-+*] ?|/", text))
    if not places:
        return None
    at = chance.choice(places)
    old = at.group()
    if old.isdigit():
        new = str(int(old) + chance.choice([1, 2, 7]))
    else:
        new = {"-": "+", "+": "-", "*": "+", "/": "*"}[old.strip()]
    return text[: at.start()] + new + text[at.end() :]


def _constant(new, old):
    """Whether two functions of y differ by a constant only."""
    VERIFIER.GENERATORS[:] = [("x", None)]
    try:
        y = VERIFIER.number(1, 0, 1)
        return not VERIFIER.parse(f"({new}) - ({old})", {"y": y}).slope().factored()
    except (ArithmeticError, LookupError, SyntaxError, TypeError, ValueError):
        return False


def test_labels_of_regions_are_what_their_certificates_hold():
    """On both sides of each border: the five labels are the five patterns of conclusions that occur."""
    seen = {}
    for saturating in (True, False):
        for a in ALPHAS:
            for b in (*ALPHAS, Fraction(1, 2), Fraction(3, 5)):
                region = alpha_region(a, b, saturating)
                seen.setdefault(region.label, set()).add(tuple(region.exported["holds"].values()))
    assert all(len(patterns) == 1 for patterns in seen.values()) and set(seen) < set(LABELS)


def test_only_what_has_a_certificate_is_called_symbolic_or_certified():
    hybrid = gt.derive(from_spec('hybrid_fgan(generator="kl", discriminator="gan")')).convexity("flow")
    assert hybrid.method == "ball arithmetic" and hybrid.exported is None
    vanilla = gt.derive(gt.objectives.vanilla())
    assert vanilla.convexity().method == "symbolic" and vanilla.convexity().exported is not None
    assert vanilla.divergence(P, Q, certified=True).method == "certified, 15 digits"
    flow = gt.derive(from_spec("alpha_gan(0.3, 1)")).divergence(P, Q, "flow", certified=True)
    assert flow.method == "ball arithmetic, 15 digits" and flow.certificate is None
    # Not more digits than the program computes, nothing infinite, and no laws.
    digits = [vanilla.divergence(P, Q, certified=True, dps=dps) for dps in (60, 61)]
    assert [found.method for found in digits] == ["certified, 60 digits", "ball arithmetic, 61 digits"]
    kl = gt.derive(gt.objectives.fgan("kl"))
    for laws in (([Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]), (stats.norm(), stats.norm(1))):
        found = kl.divergence(*laws, certified=True)
        assert found.certificate is None and found.method.startswith("ball arithmetic")


@pytest.mark.slow
@pytest.mark.parametrize("spec", BUILT_IN)
def test_every_verdict_that_holds_for_a_built_in_objective_has_a_certificate(spec):
    try:
        theory = gt.derive(from_spec(spec))
    except NoPointwiseTheoryError:
        return
    for kind in ("equilibrium", "flow", "discriminator"):
        verdicts = theory.convexity(kind), theory.unique_minimum(kind)
        data = theory.certificate(kind)
        if any(verdict.holds for verdict in verdicts):
            assert data is not None and VERIFIER.refusal(data) is None
            assert data["holds"]["convex"] is verdicts[0].holds


@pytest.mark.slow
def test_every_claim_on_regions_carries_certificates_that_are_accepted():
    """Of the pairs that it probes, and of a grid inside the regions that it names."""
    names = [n for n, claim in registry().items() if claim.kind == "region" and n != "fg-act"]
    assert len(names) > 12
    for name in names:  # (fg-act is about the ranges of activations)
        result = decide(registry()[name])
        assert result.verdict == "holds" and result.certificates, name
        assert [why for data in result.certificates if (why := VERIFIER.refusal(data))] == []


def test_a_kink_inside_is_not_smooth():
    assert smooth(sp.Abs(u - 2), sp.Integer(2), sp.oo) == u - 2
    with pytest.raises(NoCertificateError, match="kinks inside a piece"):
        smooth(sp.Abs(u - 2), sp.S.Zero, sp.oo)
    assert of_sign(sp.Abs(u - 2) + 1, u) is None

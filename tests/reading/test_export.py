"""Exported scripts run without gantheory, and their losses and gradients are the package's."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys

import pytest

pytest.importorskip("torch")

import torch

from gantheory.errors import GantheoryError
from gantheory.objectives import v
from gantheory.objectives.catalogue import BUILT_IN
from gantheory.objectives.specification import from_spec, game_from_spec
from gantheory.reading import NoExportError, citation, export
from gantheory.reading.citing.citation import bibliography, by_key, used

OWN = 'parse(real="-log(1 + exp(-v) + exp(-2*v))", fake="-Max(0, v)**2", generator="erf(v)*log(1 + v**2)")'
PAIRS = ('relativistic("hinge")', 'relativistic("standard", average=False)')
GAMES = [spec for spec in (*BUILT_IN, *PAIRS, OWN) if spec != 'ipm("rkhs")']
IN_JAX = ("alpha_gan(0.3, 1)", "wgan")
MORE_IN_JAX = ('fgan("jeffrey")', 'fgan("tv")', "renyi(2)", "ebgan(1)", 'relativistic("hinge")', OWN)

RUN = """
import json, runpy, sys
sys.modules["gantheory"] = None
found = {}
for path in sys.argv[2:]:
    names = runpy.run_path(path)
    names["train"](2)
    LOSSES
print(json.dumps(found))
"""
TORCH = """
    torch = names["torch"]
    scores = [torch.tensor(s, dtype=torch.float64, requires_grad=True) for s in json.loads(sys.argv[1])[path]]
    values = [names[loss](*scores) for loss in ("d_loss", "g_loss")]
    found[path] = [[value.item(), *[
        (torch.zeros_like(s) if g is None else g).tolist()
        for s, g in zip(scores, torch.autograd.grad(value, scores, allow_unused=True, retain_graph=True))
    ]] for value in values]
"""
JAX = """
    jax, jnp = names["jax"], names["jnp"]
    jax.config.update("jax_enable_x64", True)
    scores = [jnp.array(s) for s in json.loads(sys.argv[1])[path]]
    found[path] = []
    for loss in ("d_loss", "g_loss"):
        value, gradients = jax.value_and_grad(names[loss], argnums=(0, 1))(*scores)
        found[path].append([float(value), *[g.tolist() for g in gradients]])
    jax.config.update("jax_enable_x64", False)
"""


def _scores(spec):
    """Real and fake scores within the domain, in +-30, at no kink."""
    low, high = (float(end) for end in game_from_spec(spec).domain)
    both = (
        torch.linspace(-29.7, 30, 24, dtype=torch.float64),
        torch.linspace(-30, 29.3, 24, dtype=torch.float64),
    )
    if abs(low) != float("inf") and abs(high) != float("inf"):
        return [low + (high - low) * (s + 31) / 62 for s in both]
    return [low + (s + 31) / 2 if low != -float("inf") else s for s in both]


def _run(tmp_path, specs, framework, losses):
    paths, scores = {}, {}
    for i, spec in enumerate(specs):
        path = tmp_path / f"loop{i}.py"
        path.write_text(export(spec, framework))
        paths[spec] = str(path)
        scores[str(path)] = [s.tolist() for s in _scores(spec)]
    command = [sys.executable, "-c", RUN.replace("    LOSSES", losses.strip("\n")), json.dumps(scores)]
    done = subprocess.run(
        [*command, *paths.values()], capture_output=True, text=True, cwd=tmp_path, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    *told, last = done.stdout.splitlines()
    assert sum(line.startswith("step 2: D loss") for line in told) == len(specs)
    found = json.loads(last)
    return {spec: found[path] for spec, path in paths.items()}


def _expected(spec):
    rows = []
    for loss in game_from_spec(spec).torch_losses():
        real, fake = (s.clone().requires_grad_() for s in _scores(spec))
        value = loss(real, fake)
        gradients = torch.autograd.grad(value, (real, fake), allow_unused=True)
        rows.append([value.item(), *(torch.zeros(24) if g is None else g for g in gradients)])
    return rows


@pytest.fixture(scope="module")
def in_torch(tmp_path_factory):
    return _run(tmp_path_factory.mktemp("torch"), GAMES, "torch", TORCH)


def _compare(found, spec, rtol):
    for (value, *gradients), (due, *slopes) in zip(found, _expected(spec), strict=True):
        assert value == pytest.approx(due, rel=rtol, abs=1e-13)
        for got, expected in zip(gradients, slopes, strict=True):
            # Every slope on its own: those of 1e-13 count as much as those of order one.
            torch.testing.assert_close(
                torch.tensor(got, dtype=torch.float64), expected.double(), rtol=rtol, atol=0
            )


@pytest.mark.parametrize("spec", GAMES)
def test_a_torch_script_runs_alone_with_the_packages_losses_and_gradients(in_torch, spec):
    _compare(in_torch[spec], spec, 1e-11)


@pytest.mark.slow
@pytest.mark.parametrize("specs", [IN_JAX, pytest.param(MORE_IN_JAX, marks=pytest.mark.slow)])
def test_jax_scripts_do_too(tmp_path, specs):
    pytest.importorskip("jax")
    for spec, found in _run(tmp_path, specs, "jax", JAX).items():
        _compare(found, spec, 1e-11)


def test_a_script_by_itself(tmp_path, monkeypatch, capsys):
    (tmp_path / "loop.py").write_text(export("hinge"))
    monkeypatch.setattr(sys, "argv", ["loop.py", "3"])
    monkeypatch.setitem(sys.modules, "gantheory", None)
    runpy.run_path(str(tmp_path / "loop.py"), run_name="__main__")
    printed = capsys.readouterr()
    assert printed.out.startswith("step 3: D loss") and printed.err == ""


@pytest.mark.parametrize("spec", GAMES)
@pytest.mark.parametrize("framework", ["torch", "jax"])
def test_scripts_are_short_and_import_no_gantheory(spec, framework):
    lines = export(spec, framework).splitlines()
    assert len([line for line in lines if line.strip()]) < (50 if spec != OWN else 60)
    assert not [line for line in lines if "import" in line and "gantheory" in line]
    compile("\n".join(lines), "loop", "exec")


def test_the_gradient_does_not_die_in_float32():
    """R = 2 expm1(log sigmoid(v)/2): where the value rounds to -2, autograd of expm1 gives exactly 0."""
    names: dict[str, object] = {"__name__": "loop"}
    exec(export("alpha_gan(1, 2)"), names)
    score = torch.tensor([-40.0], requires_grad=True)
    names["R"](score).sum().backward()  # type: ignore[operator]
    assert score.grad.item() == pytest.approx(2.0611536e-09, rel=1e-5)  # exp(-40/2)


def test_a_second_derivative_goes_through_the_rule():
    names: dict[str, object] = {"__name__": "loop"}
    exec(export("alpha_gan(2, 2, saturating=False)"), names)
    score = torch.linspace(-3, 3, 7, dtype=torch.float64, requires_grad=True)
    [first] = torch.autograd.grad(names["S"](score).sum(), score, create_graph=True)  # type: ignore[operator]
    [second] = torch.autograd.grad(first.sum(), score)
    expected = from_spec("alpha_gan(2, 2, saturating=False)").S.diff(v, 2)
    torch.testing.assert_close(
        second, torch.tensor([float(expected.subs(v, x)) for x in score.tolist()]).double()
    )


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        ('ipm("rkhs")', "unit ball of an RKHS"),
        ("nonsense", "nonsense"),
        (3, "objective must be"),
    ],
)
def test_what_cannot_be_exported_is_refused(objective, message):
    with pytest.raises((GantheoryError, TypeError, ValueError), match=message):
        export(objective)


def test_sums_of_two_exponentials_are_written_as_such():
    """1 - exp(v) is a difference, cosh is none: one expm1 here, and one in a comment."""
    text = export('parse(real="-cosh(v/2)", fake="1 - exp(v)", generator="1 - exp(-v)")')
    assert "torch.expm1(v)" in text and text.count("expm1") == 2


def test_another_framework_is_refused():
    with pytest.raises(ValueError, match="framework"):
        export("vanilla", "tensorflow")
    with pytest.raises(NoExportError, match="jax, which has no erfcx"):
        export('parse(real="-log(erfc(v))", fake="-log(erfc(-v))", generator="v")', "jax")


def test_every_source_has_its_paper():
    for spec in BUILT_IN:
        if not spec.startswith("parse"):
            [reason, entry] = used(from_spec(spec))[0]
            assert reason == "the objective", spec
            assert entry.short in from_spec(spec).source
    assert [entry.key for _, entry in used(from_spec("hinge"))][:2] == ["lim-ye-2017", "miyato-2018"]
    assert used(from_spec("wgan"))[0][1].key == "arjovsky-wgan-2017"


def test_the_bibliography_agrees_with_the_papers_of_the_claims():
    from gantheory.claims.catalogue import bibliography as papers

    entries = {entry.key: entry.bibtex for entry in bibliography()}
    for paper in papers().values():
        if paper.key in entries and paper.arxiv:
            assert f"{{{paper.arxiv}}}" in entries[paper.key]


def test_a_citation_is_balanced_bibtex():
    text = citation("alpha_gan(0.5, 1.2)")
    assert text.count("{") == text.count("}")
    assert "{welfert-2023," in text and "{sypherd-2022," in text and "@software{gantheory," in text


def test_variants_and_remedies_have_their_papers():
    from gantheory.training.remedies import REMEDIES
    from gantheory.training.variants import VARIANTS

    for name, kind in {**REMEDIES, **VARIANTS}.items():
        assert kind.title, name
        source = " ".join(kind.__doc__.partition("Source:")[2].split())
        for key in kind.papers:
            entry = by_key(key)
            surname = entry.short.split()[0]
            assert surname in source and entry.field("year") in source, (name, key)
            assert entry.bibtex.count("{") == entry.bibtex.count("}")
        assert kind.papers, name


def test_a_citation_of_a_variant_with_remedies():
    heads = [line for line in citation("wgan + gradient_penalty(10)").splitlines() if line[:1] == "%"]
    assert heads[-2] == "% the gradient penalty: Gulrajani et al. 2017"
    text = citation("vanilla + acgan + r1(0.1)")
    assert "% AC-GAN: Odena et al. 2017\n@inproceedings{odena-2017," in text
    assert "% R1: Mescheder et al. 2018\n" in text
    with pytest.raises(ValueError, match="remedy must be one of r1"):
        citation("vanilla + r3")

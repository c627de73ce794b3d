"""The package as a whole: what importing it costs, its lazy names, its metadata."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
import inspect
import json
import re
import time
import tomllib
from pathlib import Path

import pytest

import gantheory
from gantheory.arguments.door import checked

ROOT = Path(__file__).parent.parent

HEAVY = {"torch", "jax", "matplotlib", "sympy", "scipy", "pandas", "numpy", "mpmath", "typer", "rich"}


def test_import_loads_no_library(python):
    done = python("-c", "import gantheory, json, sys; print(json.dumps(sorted(sys.modules)))")
    assert done.status == 0, done.err
    loaded = {name.partition(".")[0] for name in json.loads(done.out)}
    assert not loaded & HEAVY


def test_import_takes_less_than_300_ms(python):
    code = "import time; t = time.perf_counter(); import gantheory; print(time.perf_counter() - t)"
    assert min(float(python("-c", code).out) for _ in range(3)) < 0.3


def test_help_takes_less_than_800_ms_with_the_start_of_python(python):
    def once() -> float:
        start = time.perf_counter()
        assert python("-m", "gantheory", "--help").status == 0
        return time.perf_counter() - start

    assert min(once() for _ in range(3)) < 0.8


@pytest.mark.parametrize("name", gantheory.__all__)
def test_every_public_name_is_found_lazily(name):
    assert getattr(gantheory, name) is not None


def test_completion_offers_the_public_names_alone():
    assert dir(gantheory) == sorted(gantheory.__all__)


def test_a_lazy_name_is_the_object_of_its_module():
    inner = importlib.import_module("gantheory.derivation.theory").derive
    assert gantheory.derive is gantheory.derivation.derive is checked(inner, "gantheory")
    assert inspect.unwrap(gantheory.derive) is inner
    assert gantheory.objectives is importlib.import_module("gantheory.objectives")


def test_an_unknown_name_is_an_attribute_error_and_loads_nothing():
    with pytest.raises(AttributeError, match="no attribute 'derrive'"):
        _ = gantheory.derrive


def test_versions_agree():
    # The installed version is read from _version.py when the package is installed.
    assert importlib.metadata.version("gantheory") == gantheory.__version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.+)$", citation, re.M).group(1) == gantheory.__version__


def test_the_package_says_that_it_is_typed():
    assert (Path(gantheory.__file__).parent / "py.typed").is_file()


def test_constraints_pin_every_dependency_and_name_no_local_file():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in pins), (
        "no URL, path or +local"
    )
    pinned = {_normal(line.partition("==")[0]) for line in pins}

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(d for e in project["optional-dependencies"].values() for d in e)]
    names = {_normal(re.match(r"[A-Za-z0-9._-]+", item).group()) for item in asked} - {"gantheory"}
    assert names <= pinned


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _public_classes():
    """What the packages list in their __all__, torch and JAX apart."""
    for path in sorted((ROOT / "gantheory").glob("*/__init__.py")):
        package = importlib.import_module(f"gantheory.{path.parent.name}")
        yield from (getattr(package, name) for name in getattr(package, "__all__", ()))


def test_results_that_hold_arrays_are_compared_as_one_object():
    """== of two arrays is no truth value, so that == of two such results would raise NumPy's error."""
    found = [c for c in _public_classes() if inspect.isclass(c) and dataclasses.is_dataclass(c)]
    assert len(found) > 40
    for one in found:
        kinds = [str(field.type) for field in dataclasses.fields(one) if field.compare]
        if any(re.match(r"(Array|NDArray|Tensor|pd\.DataFrame)\b", kind) for kind in kinds):
            assert one.__eq__ is object.__eq__, one

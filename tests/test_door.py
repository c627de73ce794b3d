"""Odd arguments at every public name: a result, or one line of the package's own, before any work."""

from __future__ import annotations

import dis
import importlib
import inspect
import math
import pickle
import pkgutil
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd
import pytest
import sympy as sp
import torch
from numpy.typing import NDArray
from scipy import sparse
from typing_extensions import TypeAliasType

import gantheory as gt
from gantheory.arguments.annotations import Numbers, taken
from gantheory.arguments.arrays import as_float64
from gantheory.arguments.door import checked
from gantheory.errors import ArgumentError

ODD = [None, "zz", math.nan, -1, 0, True, [], {}, np.array([]), np.array(["a"]), [[1, 2], [3]], 2 + 3j]
LONG = {
    "gantheory.claims.run",
    "gantheory.explorer.page",
    "gantheory.ntk.neural_tangents.load",
    "gantheory.plotting.write_regions",
}
"""Their first argument may be left out, or is any text, and then they have much to do."""

OTHER = (FileNotFoundError, ModuleNotFoundError)
"""The system's own line about a file that is not there."""


def public() -> Iterator[tuple[str, Callable[..., Any]]]:
    packages = [info.name for info in pkgutil.walk_packages(gt.__path__, "gantheory.") if info.ispkg]
    found: dict[int, tuple[str, Callable[..., Any]]] = {}
    for package in ["gantheory", *packages]:
        module = importlib.import_module(package)
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            shell = getattr(value, "_is_protocol", False) or inspect.isabstract(value)
            error = inspect.isclass(value) and issubclass(value, BaseException)
            alias = typing.get_origin(value) is not None
            if callable(value) and not shell and not error and not alias:
                found.setdefault(id(value), (f"{package}.{name}", value))
    yield from found.values()


def _is_raw(error: BaseException) -> bool:
    """Whether it comes from elsewhere, or from an operation of ours that failed, and not from a `raise`."""
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    raised = dis.opname[code.co_code[trace.tb_lasti]] in {"RAISE_VARARGS", "RERAISE"}
    return "\n" in str(error) or "gantheory/" not in code.co_filename or not raised


def test_what_is_raised_for_odd_arguments_is_the_packages_own_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw, calls = [], 0
    for name, function in public():
        try:
            parameters = inspect.signature(function).parameters.values()
        except ValueError:  # of NumPy's own
            continue
        named = [each for each in parameters if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
        needed = [each.name for each in named if each.default is each.empty]
        for value in ODD:
            if name in LONG or (named and not needed and value is named[0].default):
                continue
            calls += 1
            try:
                function(**dict.fromkeys(needed or [each.name for each in named[:1]], value))
            except OTHER:
                pass
            except Exception as error:
                if _is_raw(error):
                    raw.append(f"{name}({value!r}): {type(error).__name__}: {error}")
    assert raw == []
    assert calls > 3000


@dataclass(frozen=True)
class Record:
    count: int
    share: float = 0.5


class Word(StrEnum):
    A = "a"


Shape = tuple[int, ...]
Scalar = TypeVar("Scalar", bound=np.generic)
Alias = TypeAliasType("Alias", np.ndarray[Any, np.dtype[Scalar]], type_params=(Scalar,))
"""As NumPy 2.5 has NDArray."""

FITS: list[tuple[Any, Any]] = [
    (int, 3), (int, np.int64(3)), (int, sp.Integer(3)), (int, torch.tensor(3)),
    (float, 1), (float, np.float32(1)), (float, Fraction(1, 3)), (float, sp.sqrt(2)), (float, sp.oo),
    (float, np.array(0.5)), (float, torch.tensor(0.5)), (float, Decimal("0.1")), (bool, np.True_),
    (Numbers, 2.0), (Numbers, [[1, 2], [3, 4]]), (Numbers, pd.Series([1.0])), (Numbers, torch.ones(2)),
    (Numbers, pd.Series([1, 0], dtype="UInt8")), (Numbers, sparse.eye_array(2)),
    (Numbers, pd.Series([1.0], dtype=pd.SparseDtype("float64"))),
    (Numbers, [Fraction(1, 2)]), (NDArray[np.float64], [0.5]), (Alias[np.float64], [0.5]),
    (sp.Expr, 2), (sp.Expr, sp.Symbol("u")),
    (Sequence[float], np.linspace(0, 1, 3)), (Sequence[float], range(3)), (Sequence[float], (0.5, 1)),
    (Shape, [1, 2]), (tuple[float, float], [0, 1]), (Mapping[str, float], {"a": 1}),
    (Sequence[Any], ["a", 1]),
    (Literal["a", 1], np.str_("a")), (Literal["a", 1], Word.A),
    (str | Path, "a"), (Literal["a", "b"] | None, "b"), (Callable[[float], float], math.exp), (Any, object()),
    (Iterator[int], iter([1])), (bool | None, None),
]  # fmt: skip
UNFIT: list[tuple[Any, Any, str]] = [
    (int, 3.0, "must be a whole number, got 3.0"),
    (int, True, "must be a whole number, got True"),
    (int, np.array(2.5), "must be a whole number, got array(2.5)"),
    (int, torch.tensor(True), "must be a whole number, got tensor(True)"),
    (int, np.array([1, 2]), "must be a whole number, got array([1, 2])"),
    (float, "1", "must be a real number, got '1'"),
    (float, True, "must be a real number, got True"),
    (float, 1j, "must be a real number, got 1j"),
    (float, np.array([0.5]), "must be a real number, got array([0.5])"),
    (float, sp.Symbol("a"), "must be a real number, got a"),
    (Alias[np.float64], ["a"], "must hold real numbers, got ['a']"),
    (Numbers, ["a"], "must hold real numbers, got ['a']"),
    (Numbers, [[1, 2], [3]], "must hold real numbers, got [[1, 2], [3]]"),
    (Numbers, torch.ones(2, dtype=torch.bool), "must hold real numbers, got tensor([True, True])"),
    (sp.Expr, "u", "must be a sympy expression, got 'u'; for text use objectives.parse_expression"),
    (Sequence[str], "ab", "must be a list, each text, got 'ab'"),
    (Sequence[float], 2.0, "must be a list, each a real number, got 2.0"),
    (Sequence[float], [1, "a"], "[1] must be a real number, got 'a'"),
    (Sequence[float], np.ones((2, 2)), "[0] must be a real number, got array([1., 1.])"),
    (tuple[float, float], (1, 2, 3), "must be a list of 2, each a real number, got (1, 2, 3)"),
    (tuple[str, float], (1, 2), "[0] must be text, got 1"),
    (Mapping[str, float], {"a": "b"}, "['a'] must be a real number, got 'b'"),
    (str | Path, 3, "must be a path, got 3"),
    (bool | None, 1, "must be True, False or None, got 1"),
    (Literal["near", "far"] | None, "fra", ": did you mean 'far'? It must be one of near, far or None"),
    (Literal[1, 2], True, "must be one of 1, 2, got True"),
    (Numbers, pd.Series(["a"] * 40, dtype="string"), "must hold real numbers, got Series"),
    (int, torch.tensor(3.5), "must be a whole number, got tensor(3.5000)"),
    (Literal["near", "far"], 1, "must be one of near, far, got 1"),
    (Callable[[float], float], 3, "must be a function, got 3"),
    (gt.Objective, "hinge", "must be an Objective, got 'hinge'; for text use objectives.from_spec"),
    (Record, 3, "must be a Record, got 3"),
]


@pytest.mark.parametrize(("hint", "value"), FITS)
def test_what_fits_passes(hint, value):
    taken(value, hint, "it")


@pytest.mark.parametrize(("hint", "value", "line"), UNFIT)
def test_what_does_not_fit_is_named(hint, value, line):
    with pytest.raises(ArgumentError) as told:
        taken(value, hint, "it")
    assert str(told.value).startswith("it") and str(told.value).endswith(line)


@pytest.mark.parametrize(
    ("hint", "value", "own"),
    [
        (bool, np.False_, False),
        (int | None, np.int64(3), 3),
        (float, torch.tensor(0.5, requires_grad=True), 0.5),
        (float | str, Decimal("0.1"), 0.1),
        (str | Path, Word.A, "a"),
        (Literal["a", "b"] | None, np.str_("a"), "a"),
        (float, Fraction(1, 3), Fraction(1, 3)),
    ],
)
def test_what_passes_is_pythons_own(hint, value, own):
    found = taken(value, hint, "it")
    assert type(found) is type(own) and found == own


def test_numbers_and_words_of_other_libraries_come_through_every_door():
    alpha = gt.objectives.alpha_gan(Fraction(3, 10), 2)
    for number in (np.array(0.3), torch.tensor(0.3, dtype=torch.float64), Decimal("0.3")):
        assert gt.objectives.alpha_gan(number, 2) == alpha
    assert gt.objectives.alpha_gan(Decimal("0.12345678901234567890123"), 2).parameters[0][1] == sp.Rational(
        12345678901234567890123, 10**23
    )
    assert gt.objectives.fgan(np.array(["kl"])[0]) == gt.objectives.fgan("kl")
    theory = gt.derive(gt.objectives.vanilla())
    exact = theory.divergence([0.5, 0.5], [0.75, 0.25], dps=30).value
    assert theory.divergence([0.5, 0.5], [0.75, 0.25], dps=np.int64(30)).value == exact
    weights = [
        gt.stability.local_spectrum(gt.objectives.vanilla(), [1.0], r1=r1).r1
        for r1 in (torch.tensor(0.5), 0.5)
    ]
    assert weights[0] == weights[1] == sp.S.Half


@pytest.mark.parametrize(
    "values",
    [
        sparse.csr_array([[0, 2.5], [1, 0]]),
        torch.tensor([[0, 2.5], [1, 0]]).to_sparse(),
        pd.DataFrame([[0, 2.5], [1, 0]]).astype(pd.SparseDtype("float64", 0)),
    ],
)
def test_what_is_stored_sparsely_is_read_whole(values):
    assert as_float64(values).tolist() == [[0, 2.5], [1, 0]]


def test_a_tensor_with_a_gradient_is_its_numbers():
    _, axes = gt.plotting.canvas()
    values = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert gt.plotting.heat_map(axes, values[0], values[1], values).get_clim() == (1.0, 4.0)
    for bound in (gt.bounds.loss_lipschitz, gt.bounds.log_loss_lipschitz):
        assert bound(values, 0.5) == pytest.approx(bound(values.tolist(), 0.5), rel=1e-15)


def test_a_guarded_function_is_what_it_was_but_for_its_guard():
    inner = inspect.unwrap(gt.objectives.alpha_gan)
    assert inner is not gt.objectives.alpha_gan and inner(2, 1) == gt.objectives.alpha_gan(2, 1)
    assert inspect.signature(inner) == inspect.signature(gt.objectives.alpha_gan)
    assert inner.__doc__ == gt.objectives.alpha_gan.__doc__
    assert pickle.loads(pickle.dumps(gt.objectives.alpha_gan)) is gt.objectives.alpha_gan
    with pytest.raises(TypeError, match=r"alpha_gan\(\) missing 1 required positional argument: 'alpha_d'"):
        gt.objectives.alpha_gan()
    with pytest.raises(TypeError, match="unexpected keyword argument 'alpha'"):
        gt.objectives.alpha_gan(2, alpha=1)


def test_a_text_that_calls_a_constructor_comes_through_the_door():
    with pytest.raises(ArgumentError, match="saturating must be True or False, got 3"):
        gt.objectives.from_spec("vanilla(saturating=3)")


def test_the_fields_of_a_record_are_checked_and_the_class_stays_itself():
    guarded = checked(type("Guarded", (Record,), {"__module__": "gantheory.guarded"}), "gantheory")
    assert guarded(3).share == 0.5
    with pytest.raises(ArgumentError, match="count must be a whole number, got 'a'"):
        guarded("a")
    with pytest.raises(ArgumentError, match="share must be a real number, got None"):
        guarded(3, share=None)
    with pytest.raises(ValueError, match="share must be"):  # an ArgumentError is both
        guarded(3, None)


@pytest.mark.parametrize("odd", [3.0, [], [1.0, 2.0]])
def test_curves_of_other_lengths_are_named_and_nothing_is_drawn(odd):
    _, axes = gt.plotting.canvas()
    x = np.linspace(0.1, 0.9, 5)
    calls = [
        lambda: gt.plotting.divergence_decay(axes, odd, x, x),
        lambda: gt.plotting.total_variation(axes, x, odd),
        lambda: gt.plotting.value_convergence(axes, odd, [x, x], 1.0),
        lambda: gt.plotting.discriminator_1d(axes, x, x, [x, x], control=odd),
        lambda: gt.plotting.saturation(axes, x, x, odd),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"must have one length of at least 1, got shapes .*5,?\)"):
            call()
    assert not axes.has_data()

"""Breaking objects of the package, and seeing which of them a claim touches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import gantheory
from gantheory.claims import Claim, registry
from gantheory.claims.decision import Result, comparisons, decide
from gantheory.claims.sampling import Sampler

ROOT = str(Path(gantheory.__file__).parent)
_OWN = ("claims", "multiprecision", "exact.py", "errors.py", "strict.py", "objectives/objective.py")
"""What is the registry's own, or no object that a statement could be about."""


def modules() -> list[Any]:
    registry()
    return [m for name, m in list(sys.modules.items()) if name.split(".")[0] == "gantheory" and m is not None]


def forget() -> None:
    """Empty the caches that hold theories of objectives from before a change."""
    for module in modules():
        if module.__name__.startswith(("gantheory.claims.papers", "gantheory.derivation")):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


@contextmanager
def replaced(original: Any, new: Any) -> Iterator[None]:
    """`new` wherever a name of the package, or a value of one of its tables, is `original`."""
    forget()
    with ExitStack() as stack:
        for module in modules():
            for name, value in list(vars(module).items()):
                if value is original:
                    stack.enter_context(mock.patch.object(module, name, new))
                elif isinstance(value, dict) and not name.startswith("__"):
                    for key in [key for key, entry in value.items() if entry is original]:
                        stack.enter_context(mock.patch.dict(value, {key: new}))
        yield
    forget()


def verdict_of(name: str) -> Result:
    return decide(registry()[name])


def plan_of(claim: Claim) -> list[Any]:
    arguments: list[Any] = list(claim.parameters)
    if claim.pointwise:
        point = Sampler(1, claim.assumptions).points(claim.parameters, 1)[0]
        arguments = [point[symbol] for symbol in claim.parameters]
    return comparisons(claim.check(*arguments))


def touched(run: Callable[[], Any]) -> set[str]:
    """Functions of the package, outside the registry, that `run` calls, as "objectives/alpha.py:alpha_gan"."""
    found: set[str] = set()

    def see(frame: Any, event: str, argument: Any) -> None:
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(ROOT):
            place = file[len(ROOT) + 1 :]
            if not place.startswith(_OWN):
                found.add(f"{place}:{frame.f_code.co_qualname}")

    forget()
    previous = sys.getprofile()
    sys.setprofile(see)
    try:
        run()
    finally:
        sys.setprofile(previous)
    return found

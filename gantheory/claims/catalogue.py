"""Claims by id: those of the papers, and those of a user's file."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import traceback
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType, ModuleType

from gantheory.claims.definition import Claim, Paper
from gantheory.errors import nearest


@lru_cache(maxsize=1)
def registry() -> MappingProxyType[str, Claim]:
    """Every claim of `gantheory.claims.papers`, by id, in the order of the files and of their lines.

    Raises:
        ValueError: two claims have the same id.
    """
    found: dict[str, Claim] = {}
    for module in _modules():
        for claim in claims_of(module):
            if claim.id in found:
                raise ValueError(
                    f"claim id {claim.id} is used twice: {found[claim.id].source}, {claim.source}"
                )
            found[claim.id] = claim
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def bibliography() -> MappingProxyType[str, Paper]:
    """The papers that claims come from, by key."""
    found = [value for module in _modules() for value in vars(module).values() if isinstance(value, Paper)]
    return MappingProxyType({paper.key: paper for paper in found})


def claims_of(module: ModuleType) -> list[Claim]:
    """The claims that a module defines, in order, each once."""
    return list(dict.fromkeys(value for value in vars(module).values() if isinstance(value, Claim)))


def named(ids: list[str]) -> list[Claim]:
    """Claims of the registry by id.

    Raises:
        ValueError: an unknown id; the nearest is suggested.
    """
    known = registry()
    for name in ids:
        if name not in known:
            raise ValueError(f"unknown claim {name!r}{nearest(name, known)}; --list prints them all")
    return [known[name] for name in ids]


@dataclass(frozen=True)
class UserFile:
    """What a user's file gave: its claims, and the error that stopped it, if one did."""

    claims: tuple[Claim, ...]
    error: str = ""


@lru_cache(maxsize=64)
def load(path: Path) -> UserFile:
    """Run a user's Python file and collect its claims.

    The file is code of the user's own and runs with the user's rights. Where it raises, the claims defined
    up to there are kept.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: no Python file, an id used twice, or no claim and no error.
    """
    if not path.is_file():
        raise FileNotFoundError(f"claim file {path} {'is a folder' if path.is_dir() else 'does not exist'}")
    specification = importlib.util.spec_from_file_location(f"gantheory_user_claims_{path.stem}", path)
    if specification is None or specification.loader is None or path.suffix != ".py":
        raise ValueError(f"claim file {path} must be a Python file, NAME.py")
    module = importlib.util.module_from_spec(specification)
    error = ""
    try:
        specification.loader.exec_module(module)
    except (Exception, SystemExit) as raised:
        line = next(
            (
                f.lineno
                for f in reversed(traceback.extract_tb(raised.__traceback__))
                if f.filename == str(path)
            ),
            None,
        )
        where = f"line {line}: " if line else ""
        error = f"{where}{type(raised).__name__}: {' '.join(str(raised).split())}"
    claims = claims_of(module)
    for k, claim in enumerate(claims):
        if claim.id in registry() or any(claim.id == other.id for other in claims[:k]):
            raise ValueError(f"claim id {claim.id} in {path} is taken; choose another")
    if not claims and not error:
        raise ValueError(f"{path} defines no claim; docs/claims-of-your-own.md shows one")
    return UserFile(tuple(claims), error)


def _modules() -> list[ModuleType]:
    package = importlib.import_module("gantheory.claims.papers")
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]

"""Losses of one's own under a name, in a TOML file, for every place that takes an objective as text.

    [loss.mine]
    real = "-softplus(k - v)"        # A, maximized on real data
    fake = "-softplus(v)"            # B, maximized on fake data
    generator = "softplus(-v)"       # S, minimized on fake data
    generator_real = "0"             # R; these and the following lines may be left out
    link = "sigmoid(v)"
    domain = [-10, inf]
    parameters = { k = 0.5 }         # what "mine(k=2)" changes

The environment variable GANTHEORY_LOSSES, or ``--losses`` of any verb, names the file; "mine" and "mine(k=2)"
are then objectives. Nothing in the file is ever executed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from gantheory.errors import nearest
from gantheory.objectives.catalogue import CONSTRUCTORS
from gantheory.objectives.objective import Objective
from gantheory.objectives.parsing import parse
from gantheory.support.files import read_toml, user_path

LOSSES_VARIABLE = "GANTHEORY_LOSSES"
"""Environment variable that names the file."""

_NEEDED = ("real", "fake", "generator")
_TEXTS = (*_NEEDED, "generator_real", "link", "source")
_KEYS = (*_TEXTS, "domain", "parameters")


def read_losses(path: Path | str | None = None) -> dict[str, dict[str, Any]]:
    """Name -> arguments of `parse`, for the losses of a file; none where there is no file to read.

    Args:
        path: by default what GANTHEORY_LOSSES names, if it is set.

    Raises:
        ValueError: the file cannot be read, or holds something else than such tables; one line that names it.
    """
    place = path or os.environ.get(LOSSES_VARIABLE)
    if not place:
        return {}
    where = str(user_path(place, LOSSES_VARIABLE if path is None else "losses"))
    data = read_toml(where)
    for key in data:
        if key != "loss":
            raise ValueError(f"{where}: unknown table {key!r}; losses are tables such as [loss.mine]")
    tables = data.get("loss")
    if not isinstance(tables, dict) or not tables:
        raise ValueError(f"{where} holds no table such as [loss.mine]")
    return {name: _checked(name, table, where) for name, table in tables.items()}


def loss_of(name: str, arguments: dict[str, Any], table: dict[str, Any]) -> Objective:
    """The objective of a table, with `arguments` in place of some of its parameters.

    Raises:
        ValueError: an argument that is no parameter, or expressions that `parse` refuses.
    """
    parameters = dict(table.get("parameters", {}))
    for key in arguments:
        if key not in parameters:
            has = nearest(key, parameters) if parameters else "; it has none"
            raise ValueError(f"objective {name!r} has no parameter {key!r}{has}")
    spelled = ", ".join(f"{key}={value}" for key, value in arguments.items())
    domain = table.get("domain")
    return parse(
        **{key: table[key] for key in _TEXTS if key in table},
        domain=None if domain is None else tuple(domain),
        parameters={**parameters, **arguments},
        name=f"{name}({spelled})" if spelled else name,
    )


def _checked(name: str, table: Any, where: str) -> dict[str, Any]:
    this = f"{where}: [loss.{name}]"
    if not name.isidentifier():
        raise ValueError(f"{this} must be named by letters, digits and _, such as my_loss")
    if name in CONSTRUCTORS:
        raise ValueError(f"{this} has the name of a built-in objective; choose another")
    if not isinstance(table, dict):
        raise ValueError(f"{this} must be a table, got {table!r}")
    for key in table:
        if key not in _KEYS:
            raise ValueError(f"{this}: unknown key {key!r}{nearest(key, _KEYS)}")
    for key in _NEEDED:
        if key not in table:
            raise ValueError(f"{this}: {key} is missing")
    for key in _TEXTS:
        if not isinstance(table.get(key, ""), str):
            raise ValueError(f"{this}: {key} must be text, got {table[key]!r}")
    domain = table.get("domain", [0, 1])
    if not isinstance(domain, list) or len(domain) != 2:
        raise ValueError(f"{this}: domain must be two numbers such as [0, inf], got {domain!r}")
    if not isinstance(table.get("parameters", {}), dict):
        raise ValueError(f"{this}: parameters must be a table such as {{ k = 2 }}")
    return table

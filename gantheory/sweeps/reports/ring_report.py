"""The ring experiments of a run store beside the published ones, as numbers.

Runs of the published protocol are tested against the published rates. Runs of any other protocol, reduced or
changed, are grouped by it and named with what differs; published rates stand beside them without a test: they
are not estimates of the same rate.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

from gantheory.objectives import Objective
from gantheory.objectives.specification import from_spec
from gantheory.sweeps.reports.proportions import Rate, compare
from gantheory.sweeps.reports.ring_results import (
    ARITHMETIC,
    Cell,
    Clamping,
    Protocol,
    RingReport,
    Setting,
    Table,
)
from gantheory.sweeps.store.canonical import canonical_json
from gantheory.sweeps.store.record import Record
from gantheory.sweeps.unit import completed

_NO_PROTOCOL = {"objective", "seeds", "device", "numerics", "log_every"}
"""Settings that are no part of a protocol: what a table varies, and what does not change the result."""


def published() -> dict[str, Any]:
    """The published results, as typed in published_ring.toml."""
    text = resources.files("gantheory.sweeps").joinpath("published_ring.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def ring_report(records: Iterable[Record]) -> RingReport:
    """Compare the records of ring runs with the published results.

    Raises:
        ValueError: none of them is of a ring of 8 modes.
    """
    data = published()
    groups: dict[str, list[Record]] = {}
    for record in records:
        if _is_ring(record):
            config = completed(record.config)
            same = {name: value for name, value in config.items() if name not in _NO_PROTOCOL}
            groups.setdefault(canonical_json(same), []).append(record)
    if not groups:
        raise ValueError(
            "the store holds no ring runs; gantheory sweep experiments/ring_reduced.toml adds some"
        )
    protocols = [_protocol(group, data) for group in groups.values()]
    order = ("published", "reduced", "changed")
    protocols.sort(key=lambda protocol: (order.index(protocol.kind), str(protocol.differences)))
    return RingReport(data["source"], tuple(protocols))


def _is_ring(record: Record) -> bool:
    from gantheory.datasets import ring
    from gantheory.training import RingConfig

    mixture = record.config.get("mixture")
    if not isinstance(mixture, dict) or not {"modes", "seed"} <= set(record.table.columns):
        return False
    try:
        return RingConfig.from_dict({"objective": "vanilla", "mixture": mixture}).mixture == ring()
    except (ValueError, TypeError):
        return False


def _protocol(records: Sequence[Record], data: dict[str, Any]) -> Protocol:
    config = completed(records[0].config)
    differences = {
        name: (config.get(name), value)
        for name, value in _reference(data).items()
        if name in config and canonical_json(config[name]) != canonical_json(value)
    }
    settings = _settings(records)
    comparable = not set(differences) - set(ARITHMETIC)
    tables = [
        table
        for published_table in data["table"]
        for numerics in ("clamped", "stable")
        if (table := _compared(published_table, numerics, settings, data["runs"], comparable)).cells
    ]
    return Protocol(differences, tuple(settings), tuple(tables), tuple(_clamping(settings)))


def _reference(data: dict[str, Any]) -> dict[str, Any]:
    """The published protocol with every setting of RingConfig; what the paper leaves open has its default."""
    from gantheory.training import RingConfig

    full = RingConfig.from_dict({"objective": "vanilla", **data["protocol"]}).to_dict()
    # Another data seed is another draw of the same protocol.
    skipped = _NO_PROTOCOL | {"mixture", "data_seed"}
    return {name: value for name, value in full.items() if name not in skipped}


def _settings(records: Sequence[Record]) -> list[Setting]:
    """Runs by objective and numerics; a seed that two files hold counts once."""
    modes: dict[tuple[str, str], dict[int, int]] = {}
    diverged: dict[tuple[str, str], set[int]] = {}
    for record in records:
        one = record.config["objective"]
        for row in record.table.to_dict("records"):
            key = (one if isinstance(one, str) else str(row["objective"]), str(record.config["numerics"]))
            seed = int(row["seed"])
            if seed not in modes.setdefault(key, {}):
                modes[key][seed] = int(row["modes"])
                if row.get("diverged"):
                    diverged.setdefault(key, set()).add(seed)
    return [
        Setting(name, numerics, found, frozenset(diverged.get((name, numerics), ())), 8)
        for (name, numerics), found in modes.items()
    ]


def _compared(
    table: dict[str, Any], numerics: str, settings: Sequence[Setting], runs: int, comparable: bool
) -> Table:
    by_cell = {_cell(s.objective): s for s in settings if s.numerics == numerics}
    cells = []
    for key, alpha_d, alpha_g, percent in _published_cells(table):
        setting = by_cell.get(key)
        if setting is None:
            continue
        rate, there = setting.rate(table["rate"]), Rate(round(percent * runs / 100), runs)
        test = compare(rate, there) if comparable else None
        cells.append(Cell(setting.objective, alpha_d, alpha_g, setting, rate, there, test))
    return Table(table["name"], table["rate"], numerics, tuple(cells), sum(map(len, table["percent"])))


def _published_cells(table: dict[str, Any]) -> Iterator[tuple[Any, float | None, float | None, float]]:
    if "objective" in table:
        yield _cell(table["objective"]), None, None, table["percent"][0][0]
        return
    for alpha_g, row in zip(table["alpha_g"], table["percent"], strict=True):
        for alpha_d, percent in zip(table["alpha_d"], row, strict=True):
            yield ("alpha", alpha_d, alpha_g, table["saturating"]), alpha_d, alpha_g, percent


def published_success() -> Callable[[str], float | None]:
    """Objective -> its success rate in percent in the first published table that has it, or None."""
    data = published()
    tables = [table for table in data["table"] if table["rate"] == "success"]
    known: dict[Any, float] = {}
    for table in tables:
        for key, _, _, percent in _published_cells(table):
            known.setdefault(key, percent)  # Figure 2b has other runs of cells of Table I
    return lambda text: known.get(_cell(text))


def _cell(text: str) -> Any:
    """What identifies an objective, however it was written: vanilla is alpha_gan(1, 1)."""
    try:
        objective: Objective = from_spec(text)
    except ValueError:
        return text
    parameters = dict(objective.parameters)
    if set(parameters) <= {"alpha_d", "alpha_g", "saturating"} and "saturating" in parameters:
        alphas = (float(parameters.get(name, 1)) for name in ("alpha_d", "alpha_g"))
        return ("alpha", *alphas, parameters["saturating"])
    return objective.name


def _clamping(settings: Sequence[Setting]) -> Iterator[Clamping]:
    clamped = {s.objective: s for s in settings if s.numerics == "clamped"}
    for stable in settings:
        other = clamped.get(stable.objective)
        if stable.numerics != "stable" or other is None:
            continue
        shared = set(stable.modes) & set(other.modes)
        if not shared:
            continue
        for name in ("success", "failure"):
            rates = [_only(setting, shared).rate(name) for setting in (other, stable)]
            yield Clamping(stable.objective, name, *rates)


def _only(setting: Setting, seeds: set[int]) -> Setting:
    modes = {seed: modes for seed, modes in setting.modes.items() if seed in seeds}
    return replace(setting, modes=modes, diverged=setting.diverged & seeds)

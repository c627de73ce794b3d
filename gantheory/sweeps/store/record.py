"""What a run store keeps of one finished unit, and its text on disk: JSON that people can read."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gantheory.sweeps.store.canonical import digest

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "gantheory unit"
VERSION = 1


class DamagedError(ValueError):
    """The text is no record: truncated, changed, or of something else; the message says what."""


@dataclass(frozen=True, eq=False)
class Record:
    """One finished unit of work.

    Attributes:
        label: objective, numerics and seeds, for people.
        config: the full configuration, `to_dict()` of a `RingConfig` or a `GanConfig`.
        table: the result, a row a member.
        environment: versions, commit, device, date: text by name.
        seconds: wall time of the unit.
    """

    label: str
    config: dict[str, Any]
    table: pd.DataFrame
    environment: dict[str, str]
    seconds: float

    @cached_property
    def key(self) -> str:
        """Hash of the configuration; the file's name."""
        return digest(self.config)

    def to_json(self) -> str:
        """The record as text; floats are written so that the same float is read back.

        Columns that are the same in all rows are written once, under "constants". Numbers that JSON lacks are
        the strings "inf", "-inf" and "nan", in columns whose dtype says that they hold floats.
        """
        rows = [
            {str(name): _plain(value) for name, value in zip(self.table.columns, row, strict=True)}
            for row in self.table.itertuples(index=False, name=None)
        ]
        first = rows[0] if rows else {}
        # The text tells 1 from 1.0 and from true, which == does not.
        constant = [c for c in first if len(rows) > 1 and len({json.dumps(r[c]) for r in rows}) == 1]
        parts = {
            "format": FORMAT,
            "version": VERSION,
            "key": self.key,
            "label": self.label,
            "seeds": self.config["seeds"],
            "seconds": _plain(self.seconds),
            "environment": self.environment,
            "config": self.config,
            "dtypes": {str(name): str(dtype) for name, dtype in self.table.dtypes.items()},
            "constants": {name: first[name] for name in constant},
            "rows": [{name: row[name] for name in row if name not in constant} for row in rows],
        }
        parts["checksum"] = digest(parts)
        return _text(parts)

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Inverse of `to_json`.

        Raises:
            DamagedError: the text is truncated, was changed, or is not of this format.
        """
        import pandas as pd

        parts = _checked(text)
        rows, constants = parts["rows"], parts["constants"]
        columns = {
            name: [_restored(constants[name], dtype)] * len(rows)
            if name in constants
            else [_restored(row[name], dtype) for row in rows]
            for name, dtype in parts["dtypes"].items()
        }
        typed = {
            name: values
            if (dtype := parts["dtypes"][name]) in {"object", "str"}
            else pd.array(values, dtype=dtype)
            for name, values in columns.items()
        }
        table = pd.DataFrame(typed)
        return cls(parts["label"], parts["config"], table, parts["environment"], float(parts["seconds"]))


def _checked(text: str) -> dict[str, Any]:
    try:
        parts = json.loads(text)
    except (ValueError, RecursionError):
        raise DamagedError("not JSON, or truncated") from None
    if not isinstance(parts, dict) or parts.get("format") != FORMAT:
        raise DamagedError(f"not a {FORMAT}")
    if parts.get("version") != VERSION:
        raise DamagedError(f"of version {parts.get('version')!r}; this gantheory reads version {VERSION}")
    try:
        checksum = parts.pop("checksum")
        if digest(parts) != checksum:
            raise DamagedError("changed since it was written: its checksum differs")
        if digest(parts["config"]) != parts["key"]:
            raise DamagedError("its key is not the hash of its configuration")
    except (KeyError, TypeError):
        raise DamagedError(f"not a complete {FORMAT}") from None
    return parts


def _plain(value: Any) -> Any:
    """`value` as something that JSON holds."""
    if hasattr(value, "item"):
        value = value.item()  # NumPy scalar
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return None if str(value) in {"<NA>", "NaT"} else str(value)


def _restored(value: Any, dtype: str) -> Any:
    if dtype.startswith("float"):
        return math.nan if value is None else float(value)
    return value


def _text(parts: dict[str, Any]) -> str:
    """Indented JSON in which every row of results, and the list of seeds, stays on one line."""
    lines = []
    for name, value in parts.items():
        if name == "rows":
            rows = ",\n".join("    " + json.dumps(row, allow_nan=False) for row in value)
            body = f"[\n{rows}\n  ]" if rows else "[]"
        elif isinstance(value, dict):
            items = ",\n".join(
                f"    {json.dumps(k)}: {json.dumps(v, allow_nan=False)}" for k, v in value.items()
            )
            body = f"{{\n{items}\n  }}" if items else "{}"
        else:
            body = json.dumps(value, allow_nan=False)
        lines.append(f"  {json.dumps(name)}: {body}")
    return "{\n" + ",\n".join(lines) + "\n}\n"

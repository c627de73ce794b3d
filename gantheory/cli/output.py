"""How verbs print: JSON that any parser reads."""

from __future__ import annotations

import json
import math
from typing import Any


def print_json(value: Any) -> None:
    """Print ``value`` as strict JSON; see `json_text`."""
    print(json_text(value))


def json_text(value: Any) -> str:
    """``value`` as strict JSON, indented by two.

    JSON has no infinities: they come out as the strings ``"inf"`` and ``"-inf"``, and NaN as ``"nan"``, which
    ``float()`` reads back. What JSON has no type for comes out as its ``str``.
    """
    return json.dumps(_strict(value), indent=2, ensure_ascii=False, allow_nan=False)


def _strict(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):  # numpy.float64 too
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, dict):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    if hasattr(value, "tolist"):  # numpy arrays and other scalars
        return _strict(value.tolist())
    return str(value)

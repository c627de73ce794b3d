"""One text and one hash for a configuration, whatever order or number type it was written in."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any


def canonical_json(value: Any) -> str:
    """Text of a JSON value: keys sorted, no spaces, equal numbers written alike (1.0 as 1, -0.0 as 0).

    Floats are written with as many digits as give the same float back.

    Raises:
        TypeError: something in it is no JSON value, or a key is not text.
        ValueError: a number is infinite or NaN, which JSON cannot hold.
    """
    return json.dumps(
        _normal(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def digest(value: Any) -> str:
    """SHA-256 of `canonical_json(value)`, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def _normal(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a configuration holds finite numbers only, got {value}")
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"keys of a configuration are text, got {key!r}")
        return {key: _normal(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_normal(item) for item in value]
    raise TypeError(f"a configuration holds JSON values only, got {value!r}")

"""What a picture file says of itself: version, command, P and Q, where its format keeps such text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def metadata(ending: str, about: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Matplotlib's metadata for a format, without dates: the same numbers and command give the same bytes.

    Args:
        ending: "png" (text chunks under the names of `about`), "pdf" (Creator, Subject, Keywords) or "svg"
            (creator, description).
        about: such as {"version": "0.1", "command": "gantheory ...", "P": "norm(0, 1)"}.
    """
    about = dict(about or {})
    program = f"gantheory {about['version']}" if "version" in about else None
    rest = "; ".join(
        f"{name} = {value}" for name, value in about.items() if name not in ("version", "command")
    )
    if ending == "png":
        return {"Software": program, **about}
    if ending == "pdf":
        texts = {"Subject": about.get("command"), "Keywords": rest or None}
        return {
            "CreationDate": None,
            "Creator": program,
            "Producer": None,
            **{k: v for k, v in texts.items() if v},
        }
    description = "; ".join(text for text in (about.get("command"), rest) if text)
    found: dict[str, Any] = {"Date": None}
    if program:
        found["Creator"] = program
    return {**found, **({"Description": description} if description else {})}

"""Files that are downloaded once and kept if their hash is right."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from gantheory.support.atomic import write_atomically

_SECONDS = 60


def download(name: str, mirrors: Sequence[str], sha256: str, path: Path) -> None:
    """Fetch `name` from the first mirror that answers, into `path`, whose folder is made.

    Raises:
        ValueError: the hash is wrong; nothing was kept.
        OSError: no mirror could be reached, or the file cannot be written.
    """
    from urllib.request import urlopen

    reasons = []
    for mirror in mirrors:
        try:
            with urlopen(mirror + name, timeout=_SECONDS) as response:
                content = response.read()
        except OSError as error:
            reasons.append(f"{mirror}: {error}")
            continue
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise ValueError(f"{mirror}{name} has SHA-256 {found}, expected {sha256}; nothing was kept")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
        return
    raise OSError(f"{name} could not be downloaded: {'; '.join(reasons)}")

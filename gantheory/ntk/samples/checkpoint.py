"""The state of an unfinished flow in one NPZ file: arrays, and settings as JSON text; nothing is executed."""

from __future__ import annotations

import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gantheory.support.atomic import check_file, write_atomically
from gantheory.support.files import user_path

_FORMAT = 1
_HEADER = "header"


class FlowCheckpoint:
    """A file that holds the last saved state of a flow, or nothing yet.

    Args:
        path: the file; by convention it ends in .npz.
        belongs_to: settings that determine the run; JSON.
        fingerprint: numbers that do so where settings cannot, such as data and values of a user's kernel.

    Raises:
        ValueError: the path is a directory, or its directory is missing or read-only.
    """

    def __init__(self, path: Path | str, belongs_to: dict[str, Any], fingerprint: NDArray[Any]) -> None:
        self.path = user_path(path, "checkpoint")
        check_file(self.path, "checkpoint")
        self._belongs_to = belongs_to
        self._fingerprint = fingerprint

    def load(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
        """(numbers and texts, arrays) as saved, or None where there is nothing to resume.

        A file that cannot be read is named in a warning, and the run starts from the beginning.

        Raises:
            ValueError: the file belongs to another run; the message names what differs.
        """
        if not self.path.exists():
            return None
        try:
            with np.load(self.path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            header = json.loads(str(arrays.pop(_HEADER)))
            fingerprint, theirs = arrays.pop("fingerprint"), header["belongs_to"]
            known = header["format"] == _FORMAT
        # A truncated file may end anywhere.
        except Exception as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            warnings.warn(f"checkpoint {self.path} cannot be read, starting again: {reason}", stacklevel=2)
            return None
        mine = json.loads(json.dumps(self._belongs_to))
        differ = (
            [key for key in sorted({*mine, *theirs}) if mine.get(key) != theirs.get(key)]
            if known
            else ["format"]
        )
        same_data = fingerprint.shape == self._fingerprint.shape and np.allclose(
            fingerprint, self._fingerprint, rtol=1e-6, atol=1e-9
        )
        if not same_data:
            differ.append("data or kernel")
        if differ:
            raise ValueError(
                f"checkpoint {self.path} belongs to another run (other {', '.join(differ)}); "
                "delete it or name another"
            )
        return header["state"], arrays

    def save(self, state: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> bool:
        """Replace the file; False, with a warning, where the disk refuses: the run goes on without."""
        header = json.dumps({"format": _FORMAT, "belongs_to": self._belongs_to, "state": state})
        buffer = io.BytesIO()
        np.savez(buffer, **{_HEADER: np.array(header), "fingerprint": self._fingerprint}, **arrays)  # type: ignore[arg-type]
        try:
            write_atomically(self.path, buffer.getvalue())
        except OSError as error:
            warnings.warn(f"checkpoint {self.path} was not written: {error}", stacklevel=2)
            return False
        return True

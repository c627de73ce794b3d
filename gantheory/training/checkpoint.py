"""The state of an unfinished run in one file, replaced atomically."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

import torch

from gantheory.support.atomic import check_file
from gantheory.support.files import user_path
from gantheory.training.checks import check_positive
from gantheory.training.settings.gan_config import GanConfig
from gantheory.training.settings.ring_config import RingConfig
from gantheory.training.tensors import read_tensors

_FORMAT = 1


class Checkpoint:
    """A file that holds the last saved state of a run, or nothing yet.

    Written under a temporary name in the same directory, flushed to the disk and renamed, so that whoever
    kills the process leaves either the old state or the new one. Read without executing anything that the
    file says (torch.load with weights_only).

    Args:
        path: the file.
        seconds: least time between two saves.
        config: the run that the state belongs to.

    Raises:
        ValueError: `path` is a directory or its directory is missing or read-only; seconds not in (0, inf);
            the configuration has no text form.
    """

    def __init__(self, path: Path | str, seconds: float, config: RingConfig | GanConfig) -> None:
        self.path = user_path(path, "checkpoint")
        check_positive(seconds, "checkpoint_seconds")
        check_file(self.path, "checkpoint")
        self.seconds = seconds
        self._belongs_to = json.dumps(config.to_dict(), sort_keys=True)

    def load(self) -> dict[str, Any] | None:
        """The saved state, or None where there is none.

        A file that cannot be read is named in a warning, and the run starts from the beginning.

        Raises:
            ValueError: the file belongs to another configuration.
        """
        if not self.path.exists():
            return None
        try:
            saved = read_tensors(self.path)
        except ValueError as reason:
            warnings.warn(f"checkpoint {self.path} cannot be read, starting again: {reason}", stacklevel=2)
            return None
        if saved.get("format") != _FORMAT or saved["config"] != self._belongs_to:
            raise ValueError(
                f"checkpoint {self.path} belongs to another configuration; delete it or name another"
            )
        return dict(saved["state"])

    def save(self, state: dict[str, Any]) -> bool:
        """Replace the file; False, with a warning, where the disk refuses: the run goes on without."""
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        try:
            with open(temporary, "wb") as file:
                torch.save({"format": _FORMAT, "config": self._belongs_to, "state": state}, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        except (OSError, RuntimeError) as error:  # torch wraps what a full disk says in a RuntimeError
            temporary.unlink(missing_ok=True)
            reason = str(error).splitlines()[0]
            warnings.warn(f"checkpoint {self.path} was not written: {reason}", stacklevel=2)
            return False
        return True

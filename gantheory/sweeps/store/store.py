"""The run store: a folder with one immutable file per finished unit of work."""

from __future__ import annotations

import contextlib
import os
import secrets
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gantheory.support.atomic import remove_abandoned, write_atomically
from gantheory.support.files import user_path
from gantheory.sweeps.store.record import DamagedError, Record

if TYPE_CHECKING:
    import pandas as pd

_NAMED = 8
"""Files that a warning names; it counts the others."""

_PROBE = 1 << 16
"""Bytes written to find out whether there is room; a record takes about so much."""


class StoreError(OSError):
    """A store cannot be written; the message, one line, names it and the reason."""


class RunStore:
    """Finished units of work in a folder, each in a file HASH.json.

    The hash is the SHA-256 of the unit's full configuration, so that a name says what is inside, and a unit
    that is there need not be computed again. Files appear whole or not at all and never change; any number of
    processes on any number of hosts may read and write. What is damaged or foreign is named in a warning and
    skipped. Checkpoints of unfinished units lie in the subfolder `checkpoints`.

    Args:
        path: the folder. Reading asks that it exists; `prepare` creates it.

    Raises:
        ValueError: `path`, or a part of it, is a file.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = user_path(path, "store")
        for part in (self.path, *self.path.parents):
            if part.exists() and not part.is_dir():
                raise ValueError(f"store {self.path} must be a folder, and {part} is a file")

    def __repr__(self) -> str:
        return f"RunStore({str(self.path)!r})"

    def prepare(self) -> None:
        """Create the folder, and find out now whether it can be written.

        Raises:
            StoreError: it cannot, for lack of permission or of room.
        """
        probe = self.path / f".probe.{os.getpid()}-{secrets.token_hex(8)}.tmp"
        try:
            (self.path / "checkpoints").mkdir(parents=True, exist_ok=True)
            with open(probe, "xb") as file:
                file.write(bytes(_PROBE))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._error(error) from None
        finally:
            with contextlib.suppress(OSError):
                probe.unlink(missing_ok=True)
        remove_abandoned(self.path)

    def table(self) -> pd.DataFrame:
        """All results: a row a member, with the columns of `training.train` and the unit's key as `unit`.

        Rows are in the order of the units' labels and first seeds, whatever the order in which they finished.

        Raises:
            ValueError: the folder does not exist.
        """
        import pandas as pd

        tables = [record.table.assign(unit=record.key) for record in self.records()]
        if not tables:
            return pd.DataFrame()
        # By value and not by block: a column such as diverged_at is empty in one unit and numeric in another.
        columns = list(dict.fromkeys(name for table in tables for name in table.columns))
        joined = {
            name: [
                value for table in tables for value in (table[name] if name in table else [None] * len(table))
            ]
            for name in columns
        }
        return pd.DataFrame(joined).infer_objects()

    def records(self) -> list[Record]:
        """All whole records, ordered by label and first seed; what is skipped is named in one warning.

        Raises:
            ValueError: the folder does not exist.
        """
        found, skipped = [], []
        for path in self._files():
            try:
                found.append(self._read(path))
            except FileNotFoundError:
                continue  # removed since the folder was listed
            except (DamagedError, OSError, UnicodeDecodeError) as error:
                skipped.append(f"{path.name} ({_reason(error)})")
        if skipped:
            listed = ", ".join(skipped[:_NAMED])
            more = f" and {len(skipped) - _NAMED} more" if len(skipped) > _NAMED else ""
            files = "a file" if len(skipped) == 1 else f"{len(skipped)} files"
            warnings.warn(f"store {self.path}: skipped {files}: {listed}{more}", stacklevel=3)
        return sorted(found, key=lambda r: (r.label.partition(", seeds")[0], list(r.config["seeds"]), r.key))

    def get(self, key: str) -> Record | None:
        """The record of that key; None if there is none or it is damaged."""
        try:
            return self._read(self._file(key))
        except (DamagedError, OSError, UnicodeDecodeError):
            return None

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def add(self, record: Record) -> bool:
        """Store a record; False if a whole one of that key is there already, which then stays.

        Raises:
            StoreError: the store cannot be written; nothing in it has changed.
        """
        content = record.to_json().encode()
        if record.key in self:
            return False
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file(record.key), content)
        except OSError as error:
            raise self._error(error) from None
        return True

    def checkpoint(self, key: str) -> Path:
        """Where the state of an unfinished unit is kept."""
        return self.path / "checkpoints" / f"{key}.pt"

    def drop_checkpoint(self, key: str) -> None:
        """Delete the checkpoint of a unit that is stored."""
        with contextlib.suppress(OSError):
            self.checkpoint(key).unlink(missing_ok=True)

    def drop_stale_checkpoints(self) -> None:
        """Delete checkpoints of units that are stored: left where a process was killed between the two."""
        with contextlib.suppress(OSError):
            for path in (self.path / "checkpoints").glob("*.pt"):
                if path.stem in self:
                    self.drop_checkpoint(path.stem)
        remove_abandoned(self.path / "checkpoints")

    def _file(self, key: str) -> Path:
        return self.path / f"{key}.json"

    def _files(self) -> Iterator[Path]:
        if not self.path.is_dir():
            raise ValueError(f"store {self.path} does not exist; gantheory sweep creates it")
        # Hidden files are those being written, and what file systems and editors leave.
        return (p for p in sorted(self.path.iterdir()) if not p.name.startswith(".") and not p.is_dir())

    def _read(self, path: Path) -> Record:
        record = Record.from_json(path.read_text(encoding="utf-8"))
        if path.name != f"{record.key}.json":
            raise DamagedError("its name is not the hash of its configuration")
        return record

    def _error(self, error: OSError) -> StoreError:
        return StoreError(f"store {self.path} cannot be written: {error.strerror or error}")


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not text"
    if isinstance(error, OSError):
        return str(error.strerror or error)
    return str(error)

"""Files that appear whole or not at all, on a network file system too."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from pathlib import Path

_SUFFIX = ".tmp"

_ABANDONED = 3600.0
"""Seconds after which a temporary file has no writer any more: writing one takes well under a second."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to a temporary name in the same folder, fsync, rename to `path`, fsync the folder.

    A reader sees the old file or the new one, and after a crash of the machine too. Two writers may race: the
    last rename stays, and both files were whole.

    Raises:
        OSError: nothing was written; no temporary file is left, and what was at `path` is untouched.
    """
    # Not tempfile: its names may repeat between hosts that share the folder, and O_EXCL is not trusted there.
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(8)}{_SUFFIX}")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        # Over NFS the reply to a rename may be lost; the repeated request then finds no source and errs.
        if isinstance(error, FileNotFoundError) and _holds(path, content):
            return
        if isinstance(error, OSError) and error.errno is not None:  # of a file that users know
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    _sync_folder(path.parent)


def remove_abandoned(folder: Path) -> None:
    """Delete temporary files that a killed writer has left more than an hour ago."""
    with contextlib.suppress(OSError):
        for path in folder.glob(f".*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _ABANDONED:
                    path.unlink()


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _sync_folder(folder: Path) -> None:
    # The rename itself reaches the disk with the folder. Some file systems refuse to sync one.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check_file(path: Path, name: str) -> None:
    """Raise ValueError, in one line that begins with `name`, unless a file can be written at `path`."""
    if path.is_dir():
        raise ValueError(f"{name} must be a file, {path} is a directory")
    if not path.parent.is_dir():
        raise ValueError(f"{name} must be in a directory that exists, {path.parent} does not")
    if not os.access(path.parent, os.W_OK):
        raise ValueError(f"{name} must be in a directory that can be written, {path.parent} cannot")

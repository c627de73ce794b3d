"""The run store: one immutable file per finished unit, named by the hash of its configuration."""

from gantheory.arguments.door import open_door
from gantheory.sweeps.store.record import DamagedError, Record
from gantheory.sweeps.store.store import RunStore, StoreError

__all__ = ["DamagedError", "Record", "RunStore", "StoreError"]

open_door(__name__)

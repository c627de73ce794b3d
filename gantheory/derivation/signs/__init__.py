"""The sign of a function of u > 0, proved for all u or refuted at one."""

from gantheory.derivation.signs.decision import nonnegative
from gantheory.door import open_door

__all__ = ["nonnegative"]

open_door(__name__)

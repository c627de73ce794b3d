"""The sign of a function of u > 0, proved for all u or refuted at one."""

from gantheory.arguments.door import open_door
from gantheory.derivation.signs.decision import nonnegative

__all__ = ["nonnegative"]

open_door(__name__)

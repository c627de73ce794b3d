"""neural-tangents on today's JAX; see `load`."""

from gantheory.arguments.door import open_door
from gantheory.ntk.neural_tangents.loading import COMMAND, VERSION, load

__all__ = ["COMMAND", "VERSION", "load"]

open_door(__name__)

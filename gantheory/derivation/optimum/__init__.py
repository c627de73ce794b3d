"""The optimal score v*(u) = argmax_v [u A(v) + B(v)] over the whole domain: cut, list the local maxima,
compare."""

from gantheory.arguments.door import open_door
from gantheory.derivation.optimum.optimal_score import optimal_score

__all__ = ["optimal_score"]

open_door(__name__)

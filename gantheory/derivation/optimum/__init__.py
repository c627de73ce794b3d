"""The optimal score v*(u) = argmax_v [u A(v) + B(v)] over the whole domain: cut, list the local maxima,
compare."""

from gantheory.derivation.optimum.optimal_score import optimal_score
from gantheory.door import open_door

__all__ = ["optimal_score"]

open_door(__name__)

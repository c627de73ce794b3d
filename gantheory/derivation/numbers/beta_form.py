"""A flow divergence with incomplete beta functions in its formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import sympy as sp

from gantheory.derivation.algebra.symbols import u
from gantheory.divergences import ClosedForm, FlowForm
from gantheory.divergences.functions.high_precision import CancellationError
from gantheory.divergences.functions.score_inverse import Part


class BetaForm(FlowForm):
    """h in float64 from its integral, which is a table; to any precision from mpmath's incomplete beta
    function."""

    closed: ClosedForm

    @classmethod
    def of(cls, formula: sp.Expr, parts: Sequence[Part], **options: Any) -> Self:
        """h with its formula, and as for `FlowForm.in_pieces`."""
        self = cls.in_pieces(parts, **options)
        self.recipe = cls.of, (formula, tuple(parts)), options
        self.closed = ClosedForm(formula, u, at_zero=self.at_zero, slope_at_infinity=self.slope_at_infinity)
        return self

    def _inside(self, t: Any) -> Any:
        try:
            return self.closed.mp(t)
        except (
            CancellationError
        ):  # an argument as near to 1 as e^-10000: the integral knows it by its distance
            return super()._inside(t)

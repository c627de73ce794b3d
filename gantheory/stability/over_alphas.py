"""lambda_c over (alpha_D, alpha_G), from one formula that is derived with both alphas as symbols."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from gantheory.arguments.arrays import positive_array
from gantheory.objectives.families.alpha import alpha_gan
from gantheory.stability.spectrum import local_spectrum

if TYPE_CHECKING:
    import pandas as pd

ALPHA_D, ALPHA_G = sp.symbols("alpha_D alpha_G", positive=True)
"""The symbols of `alpha_threshold`."""

DEFAULT = np.geomspace(0.2, 5, 101)
"""Both alphas by default."""


def alpha_threshold(saturating: bool = True) -> sp.Expr:
    """lambda_c of the (alpha_D, alpha_G)-GAN in `ALPHA_D` and `ALPHA_G`:
    2^(1/alpha_D - 1/alpha_G)/(4 alpha_D^2), the same for both generators. Derived, not looked up."""
    return _threshold(saturating)


@lru_cache(maxsize=2)
def _threshold(saturating: bool) -> sp.Expr:
    found = local_spectrum(alpha_gan(ALPHA_D, ALPHA_G, saturating=saturating)).threshold
    assert found is not None
    return found


def alpha_thresholds(alpha_d: Any = None, alpha_g: Any = None, saturating: bool = True) -> pd.DataFrame:
    """lambda_c of the (alpha_D, alpha_G)-GAN over all combinations of the alphas given.

    Modes of the data with a larger lambda swing; N(0, sigma^2) has lambda = 1/sigma^2, 2/sigma^2, ...

    Args:
        alpha_d: a number or several in (0, inf); by default 101 from 0.2 to 5.
        alpha_g: the same, in (0, inf].
        saturating: which generator; lambda_c is the same.

    Returns:
        Columns alpha_d, alpha_g, lambda_c, saturating.

    Raises:
        ValueError: an alpha outside its interval.
    """
    import pandas as pd

    first, second = _alphas(alpha_d, "alpha_d", infinite=False), _alphas(alpha_g, "alpha_g", infinite=True)
    formula = alpha_threshold(saturating)
    inverse = sp.Symbol("inverse", nonnegative=True)  # 1/alpha_G, so that alpha_G = inf is 0
    evaluate = sp.lambdify((ALPHA_D, inverse), formula.subs(ALPHA_G, 1 / inverse), "numpy")
    a_d, a_g = np.meshgrid(first, second, indexing="ij")
    with np.errstate(over="ignore", under="ignore"):
        values = np.broadcast_to(evaluate(a_d, 1 / a_g), a_d.shape)
    columns = {"alpha_d": a_d.ravel(), "alpha_g": a_g.ravel(), "lambda_c": values.ravel()}
    return pd.DataFrame({**columns, "saturating": saturating})


def _alphas(given: Any, name: str, infinite: bool) -> Any:
    values = positive_array(DEFAULT if given is None else given, name, infinite=infinite).ravel()
    if not values.size:
        raise ValueError(f"{name} must hold a number, got none")
    return values

"""A user's own subclasses of scipy's distributions: which of their methods are the law's."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import numpy as np

_OTHERS = ("_cdf", "_logcdf", "_sf", "_logsf", "_ppf", "_isf", "_rvs", "_stats", "_munp", "_entropy")
_DONE = "_methods_of_one_law"


def completed(frozen: Any, name: str) -> Any:
    """A frozen law of scipy's old infrastructure whose methods are all of one law.

    scipy's own laws are returned as they are. In a user's subclass the lowest class of the resolution order
    that defines a density (`_pdf`, `_logpdf`, `_pmf`, `_logpmf`) says which law it is: scipy would go on to
    take the others from a parent, norm's `_logpdf` and `_ppf` beside a Laplace `_pdf`, and to find a density
    from its own integral where `_logpdf` is the only one. What a parent says besides is replaced by the other
    form of the density, or by the general method of `rv_continuous` and `rv_discrete`. A density of single
    numbers is evaluated one by one.

    Raises:
        TypeError: a continuous law that defines no density, which scipy would find by numerical derivatives
            of the cdf; a `_cdf` or `_ppf` of a class below the one of the density, so of another law.
    """
    from scipy import stats

    dist: Any = getattr(frozen, "dist", None)
    if not isinstance(dist, (stats.rv_continuous, stats.rv_discrete)) or type(dist).__module__.startswith(
        "scipy."
    ):
        return frozen
    continuous = isinstance(dist, stats.rv_continuous)
    generic: Any = stats.rv_continuous if continuous else stats.rv_discrete
    plain, log = ("_pdf", "_logpdf") if continuous else ("_pmf", "_logpmf")
    kind = type(dist)
    if _DONE in vars(kind):
        return frozen
    order = kind.__mro__
    top = order.index(generic)
    depth = {
        m: next(k for k, each in enumerate(order) if m in vars(each))
        for m in (plain, log, *_OTHERS)
        if hasattr(kind, m)
    }
    lowest = min(depth[plain], depth[log])
    where = f"{name}'s class {kind.__name__}"
    if lowest >= top:
        if continuous:
            raise TypeError(
                f"{where} must define a density, _pdf or _logpdf; its _cdf alone does not serve here"
            )
        return frozen
    own: dict[str, Any] = {
        m: _of_numbers(getattr(kind, m), f"{where}.{m}") for m in (plain, log) if depth[m] == lowest
    }
    own.setdefault(plain, _exponential(getattr(kind, log)))
    own |= {m: getattr(generic, m) for m in (log, *_OTHERS) if lowest < depth.get(m, top) < top}
    law, law.dist = copy.copy(frozen), copy.copy(dist)
    law.dist.__class__ = type(kind.__name__, (kind,), own | {_DONE: True})
    law.dist._attach_methods()  # its vectorized forms of the class's methods
    below = [m for m in ("_cdf", "_sf", "_ppf", "_isf") if depth[m] < lowest]
    if below and not _of_one_law(law):
        above = order[lowest].__name__
        raise TypeError(
            f"{where} must define {plain} or {log} beside its {below[0]}, which is of another law than "
            f"that of {above}"
        )
    return law


def _of_one_law(law: Any) -> bool:
    """Whether cdf, sf, ppf and isf belong to the density, to 1e-3 of the mass between two quantiles."""
    from scipy.integrate import quad

    a, b = law.ppf(0.3), law.ppf(0.8)
    if hasattr(law.dist, "pmf"):
        mass = law.pmf(np.arange(a + 1, min(b, a + 1e6) + 1)).sum()
    else:
        mass = quad(law.pdf, a, b)[0]
    others = law.cdf(b) - law.cdf(a), law.sf(a) - law.sf(b), law.sf(a) - law.sf(law.isf(law.sf(b)))
    return all(abs(each - mass) < 1e-3 for each in others)


def _exponential(log: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(log)
    def evaluate(self: Any, x: Any, *shapes: Any) -> Any:
        return np.exp(getattr(self, log.__name__)(x, *shapes))

    return evaluate


def _of_numbers(density: Callable[..., Any], where: str) -> Callable[..., Any]:
    """A method on arrays, whether it takes arrays or only numbers."""

    @wraps(density)  # scipy reads the names of shapes from the signature
    def evaluate(self: Any, x: Any, *shapes: Any) -> Any:
        try:
            return density(self, x, *shapes)
        except Exception:  # a function of numbers may raise anything when it gets an array
            try:
                return np.vectorize(partial(density, self), otypes=[np.float64])(x, *shapes)
            except Exception as error:
                line = " ".join(str(error).split())[:200]
                raise ValueError(
                    f"{where} must return a density, it raised {type(error).__name__}: {line}"
                ) from None

    return evaluate

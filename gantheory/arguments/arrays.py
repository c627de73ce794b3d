"""The type of arrays, and arrays as they come from users: NumPy, torch, JAX, pandas, lists, of any type."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gantheory.errors import shown

Array = NDArray[np.float64]


def as_float64(values: Any, name: str = "values") -> Array:
    """Real numbers as a float64 array of the same shape.

    bfloat16, which NumPy does not have, complex conjugate and negative views, sparse matrices, tensors on a
    device or with a gradient are no obstacle; complex numbers, text and truth values are refused.

    Raises:
        TypeError: not real numbers, rows of unequal length, or numbers that JAX traces.
        ValueError: some are masked.
    """
    if np.ma.is_masked(values):  # NumPy would take what is under the mask
        raise ValueError(f"{name} must hold no masked numbers; numpy.ma.compressed leaves them out")
    if is_tensor(values):
        kind = str(values.dtype)
        if "complex" in kind or kind.endswith("bool"):
            raise TypeError(f"{name} must hold real numbers, got {kind}")
        values = plain_tensor(values, name).double().numpy()
    elif hasattr(values, "toarray"):  # a sparse matrix
        values = values.toarray()
    try:
        given = np.asarray(values)
        # ml_dtypes' bfloat16 and float8, which JAX uses, are of kind "V" to NumPy.
        if given.dtype.kind == "V" and given.dtype.names is None and "float" in given.dtype.name:
            given = given.astype(np.float32)
        odd = given.dtype.kind == "O" and any(
            isinstance(x, (str, bytes, bool, np.bool_, complex, np.complexfloating, type(None)))
            for x in given.flat
        )
        if odd or given.dtype.kind not in "iufO":
            raise TypeError(given.dtype)
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        refuse_traced(error, name)
        kind = str(values.dtype) if hasattr(values, "dtype") else shown(values)
        raise TypeError(f"{name} must hold real numbers, got {kind}") from None


def positive_array(values: Any, name: str, *, zero: bool = False, infinite: bool = True) -> Array:
    """Numbers in (0, inf], with 0 if `zero` and without inf unless `infinite`; of any shape.

    Raises:
        TypeError: not real numbers.
        ValueError: one outside the interval.
    """
    array = as_float64(values, name)
    good = (array >= 0 if zero else array > 0) & (infinite | np.isfinite(array))
    if not good.all():
        interval = f"{'[' if zero else '('}0, inf{']' if infinite else ')'}"
        raise ValueError(f"{name} must be in {interval}, got {array[~good].flat[0]:g}")
    return array


def narrow_float(values: Any) -> str:
    """The type of floats below float64 that an array, tensor or number has; "" of any other."""
    kind = str(getattr(values, "dtype", "")).removeprefix("torch.").lower()
    return kind if kind.startswith(("float16", "float32", "float8", "bfloat16")) else ""


def same_columns(**tables: Any) -> None:
    """Raise ValueError where two tables (pandas, polars, pyarrow) have a column of one name in different
    places; anything else has no columns."""
    same_order(
        **{
            name: [str(each) for each in getattr(table, "column_names", getattr(table, "columns", ()))]
            for name, table in tables.items()
        }
    )


def same_order(**names: list[str]) -> None:
    """Raise ValueError where one of two lists of columns has a name of the other in another place."""
    first, second = names.values()
    places = {name: k for k, name in enumerate(first)}
    if any(places.get(name, k) != k for k, name in enumerate(second)):
        raise ValueError(
            f"{' and '.join(names)} must have the same columns in the same order, got {shown(first)} and "
            f"{shown(second)}"
        )


def is_tensor(values: Any) -> bool:
    """Whether it is a torch tensor; torch is not imported to know."""
    return hasattr(values, "detach") and hasattr(values, "cpu")


def plain_tensor(tensor: Any, name: str) -> Any:
    """A tensor of the same type that NumPy reads: on the CPU, dense, without graph or a negative bit.

    Raises:
        TypeError: it is on the meta device, traced by torch.func, or of rows of unequal length.
    """
    if tensor.device.type == "meta":
        raise TypeError(f"{name} must hold real numbers, got a tensor on the meta device, which has none")
    if getattr(tensor, "is_nested", False):
        raise TypeError(f"{name} must hold real numbers, got a nested tensor")
    plain = tensor.detach().cpu()
    plain = plain if plain.layout == sys.modules["torch"].strided else plain.to_dense()
    try:
        plain.data_ptr()
    except RuntimeError:
        raise TypeError(
            f"{name} must be known numbers here, got a tensor traced by torch (func.grad, vmap)"
        ) from None
    return plain.resolve_neg()


def refuse_traced(error: Exception, name: str) -> None:
    """Raise TypeError where NumPy failed at an array because JAX traces it."""
    if type(error).__name__.startswith("Tracer"):
        raise TypeError(
            f"{name} must be known numbers here, got numbers traced by JAX (grad, jit, vmap)"
        ) from None


def as_float(value: Any, name: str) -> float:
    """One real number, possibly infinite or NaN, as a float.

    Raises:
        TypeError: no real number, or several.
    """
    given = as_float64(value, name)
    if given.ndim:
        raise TypeError(f"{name} must be one real number, got {shown(value)}")
    return float(given)


def same_length(**given: Any) -> None:
    """Raise ValueError unless arrays (n,) or (rows, n) have one n of at least 1; None is no array."""
    shapes = {name: np.shape(each) for name, each in given.items() if each is not None}
    lengths = {shape[-1] if shape else 0 for shape in shapes.values()}
    if len(lengths) > 1 or 0 in lengths:
        told = ", ".join(map(str, shapes.values()))
        raise ValueError(f"{', '.join(shapes)} must have one length of at least 1, got shapes {told}")

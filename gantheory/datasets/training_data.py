"""What a trainer draws its batches from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from gantheory.arguments.arrays import is_tensor, narrow_float, plain_tensor
from gantheory.arguments.checks import not_one_of
from gantheory.datasets.images import ImageFolder, PictureData, StackedMnist, cifar10
from gantheory.datasets.images.digits import digits
from gantheory.datasets.images.mnist import FASHION_MNIST, MNIST
from gantheory.datasets.images.serif_digits import serif_digits
from gantheory.datasets.mixtures import GaussianMixture, training_set
from gantheory.datasets.published import NAMED as MIXTURES
from gantheory.datasets.published import named_mixture
from gantheory.support.files import user_path

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray


@runtime_checkable
class TrainingData(Protocol):
    """A finite training set of points or pictures of one shape.

    A method `on(device)` is optional: it gives a function from row numbers (...), a tensor there, to the data
    (..., *shape), for training sets that a GPU can hold. A method `labels()` is optional too: it gives the
    class of each row, 0, 1, ..., as integers (n,).
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one of them."""

    def __len__(self) -> int: ...

    def batch(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Those rows, (len(rows), *shape)."""


class ArrayData:
    """The rows of an array.

    Args:
        array: (n, *shape), finite.
        spec: what stands for it in a configuration's dictionary; its hash if left out.

    Raises:
        ValueError: not an array of at least one row of numbers, or one is not finite or masked.
        TypeError: a tensor without numbers.
    """

    def __init__(self, array: Any, spec: Any = None) -> None:
        if np.ma.is_masked(array):
            raise ValueError("data must hold no masked numbers; leave out rows that have some")
        if is_tensor(array):
            tensor = plain_tensor(array, "data")
            array = (tensor.float() if narrow_float(tensor) else tensor).numpy()
        try:
            rows = np.asarray(array)
            if rows.dtype.kind == "c":
                raise TypeError
            self._rows = rows if rows.dtype == np.float64 else rows.astype(np.float32)
        except (TypeError, ValueError):
            raise ValueError(
                f"data must be an array of numbers (n, *shape), got {type(array).__name__}"
            ) from None
        if self._rows.ndim < 2 or not self._rows.size:
            raise ValueError(f"data must be an array (n, *shape) with n >= 1, got shape {self._rows.shape}")
        if not np.isfinite(self._rows).all():
            raise ValueError(
                f"data must be finite, {np.count_nonzero(~np.isfinite(self._rows))} numbers are not"
            )
        self._spec = spec

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a row."""
        return self._rows.shape[1:]

    def __len__(self) -> int:
        return len(self._rows)

    def batch(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """See `TrainingData`."""
        return self._rows[rows]

    def on(self, device: torch.device) -> Callable[[torch.Tensor], torch.Tensor]:
        """`batch` for row numbers of any shape (...) on a device that holds the array."""
        import torch

        held = torch.tensor(self._rows, device=device)  # a copy: what is held here is read-only
        return lambda rows: held[rows]

    @property
    def spec(self) -> Any:
        """Text or a table for `training_data`, or a hash that tells two arrays apart."""
        if self._spec is not None:
            return self._spec
        content = np.ascontiguousarray(self._rows)
        return {"array": hashlib.sha256(content.tobytes()).hexdigest(), "shape": list(content.shape)}


class Labelled:
    """A training set with labels beside its rows.

    Args:
        data: what `training_data` takes but for a name: an array (n, *shape), a folder, a `TrainingData`.
        labels: the class of each row, 0, 1, ..., integers (n,).

    Raises:
        ValueError: labels that are not one such integer a row.
    """

    def __init__(self, data: Any, labels: Any) -> None:
        self._data = training_data(data, 1, 0)
        self._labels = _checked_labels(labels, len(self._data))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a row."""
        return self._data.shape

    def __len__(self) -> int:
        return len(self._data)

    def batch(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """See `TrainingData`."""
        return self._data.batch(rows)

    def labels(self) -> NDArray[np.int64]:
        """See `TrainingData`."""
        return self._labels

    @property
    def spec(self) -> Any:
        """A table with a hash that tells it from others."""
        content = json.dumps([data_spec(self._data), self._labels.tolist()], sort_keys=True)
        return {"array": hashlib.sha256(content.encode()).hexdigest(), "shape": list(self.shape)}


class _Drawn(ArrayData):
    """Points drawn from a mixture; the label of each is the component that most likely made it."""

    def __init__(self, mixture: GaussianMixture, samples: int, seed: int) -> None:
        super().__init__(training_set(mixture, samples, seed), mixture.to_dict())
        self._mixture = mixture

    def labels(self) -> NDArray[np.int64]:
        """See `TrainingData`."""
        return self._mixture.component(self._rows)


NAMED: dict[str, Callable[[int, int], TrainingData]] = {
    "stacked_mnist": StackedMnist,
    "mnist": lambda samples, seed: MNIST.pictures(),
    "fashion_mnist": lambda samples, seed: FASHION_MNIST.pictures(),
    "cifar10": lambda samples, seed: cifar10.pictures(),
    "digits": lambda samples, seed: digits(),
    "serif_digits": serif_digits,
}
"""By name, from the number of pictures that are drawn, where they are drawn, and the seed of that."""

_DRAWN = ("stacked_mnist", "serif_digits")
"""Those whose number of rows is asked for."""

NAMES = (*NAMED, *MIXTURES)
"""What data may be called."""


def training_data(data: Any, samples: int, seed: int) -> TrainingData:
    """The training set that a configuration names.

    Args:
        data: a name in `NAMES`, a folder of pictures, a `GaussianMixture`, an array (n, *shape), in which
            bytes (n, channels, rows, columns) stand for grey values, or a `TrainingData`.
        samples, seed: how many are drawn from what can be drawn from, and with which seed.

    Raises:
        ValueError: an unknown name, a folder without pictures, or an array that holds no points.
        OSError: the files of a published set are not there.
    """
    if isinstance(data, str) and data in NAMED:
        return NAMED[data](samples, seed)
    if isinstance(data, str) and data in MIXTURES:
        data = named_mixture(data)
    if isinstance(data, (str, Path)):
        if not user_path(data, "data").is_dir():
            raise ValueError(not_one_of(str(data), "data", NAMES, ", a folder of pictures, or an array"))
        return ImageFolder(data)
    if isinstance(data, GaussianMixture):
        return _Drawn(data, samples, seed)
    if isinstance(data, TrainingData):
        return data
    return _of_bytes(data) or ArrayData(data)


def _of_bytes(data: Any) -> PictureData | None:
    """Bytes (n, channels, rows, columns) are grey values and not numbers; None for anything else."""
    if not str(getattr(data, "dtype", "")).endswith("uint8") or len(data.shape) != 4 or not len(data):
        return None
    rows = np.ascontiguousarray(data)
    spec = {"array": hashlib.sha256(rows.tobytes()).hexdigest(), "shape": list(rows.shape)}
    return PictureData(spec, rows.shape[1:], len(rows), lambda: rows)


def data_labels(data: TrainingData) -> NDArray[np.int64] | None:
    """The class of each row of a training set, (n,); None where it has none.

    Raises:
        ValueError: what its `labels` returns is not one integer of at least 0 a row.
    """
    labels = getattr(data, "labels", None)
    found = labels() if callable(labels) else None
    return None if found is None else _checked_labels(found, len(data))


def _checked_labels(labels: Any, count: int) -> NDArray[np.int64]:
    found = np.asarray(labels)
    if found.shape != (count,) or found.dtype.kind not in "iu" or found.min() < 0:
        raise ValueError(
            f"labels must be {count} integers of at least 0, one a row, got {found.dtype} {found.shape}"
        )
    return found.astype(np.int64)


def mixture_of(data: Any) -> GaussianMixture | None:
    """The mixture from which the points of a training set were drawn; None where there is none."""
    spec = getattr(data, "spec", None)
    if not isinstance(spec, dict) or not drawn_data(spec):
        return None
    return GaussianMixture.from_dict(spec)


def data_spec(data: TrainingData) -> Any:
    """Text or a table that tells a training set from others; size and seed are settings of their own.

    Raises:
        ValueError: a `TrainingData` of the user's without an attribute `spec`.
    """
    spec = getattr(data, "spec", None)
    if spec is None:
        raise ValueError(f"data {data!r} has no text form: give it an attribute spec, text that names it")
    return spec


def drawn_data(spec: Any) -> bool:
    """Whether what `data_spec` gave is drawn, so that the number of rows is a setting, and not given."""
    return spec in _DRAWN if isinstance(spec, str) else "array" not in spec and "folder" not in spec


def data_from_spec(spec: Any) -> Any:
    """What `training_data` takes, from the table that `data_spec` gave.

    Raises:
        ValueError: an array, of which only the hash was kept, no mixture, or a folder of other pictures.
    """
    if "folder" in spec:
        return ImageFolder.from_spec(spec)
    if "array" in spec:
        raise ValueError("data is an array of which only the hash was kept: give the array itself")
    return GaussianMixture.from_dict(spec)


def data_name(data: TrainingData) -> str:
    """A short name, for tables."""
    spec = getattr(data, "spec", None)
    if isinstance(spec, str):
        return spec
    name = (spec.get("name") or spec.get("folder")) if isinstance(spec, dict) else None
    return str(name or type(data).__name__)

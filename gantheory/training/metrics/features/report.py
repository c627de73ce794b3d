"""All metrics of two sets of pictures in one extractor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gantheory.training.metrics.features.extractors import Extractor
from gantheory.training.metrics.features.frechet import frechet_distance
from gantheory.training.metrics.features.inception_score import inception_score
from gantheory.training.metrics.features.kernel_distance import kernel_distance
from gantheory.training.metrics.features.neighbours import precision_recall

Pictures: TypeAlias = ArrayLike | Iterator[NDArray[Any]]

_NEIGHBOURS = 5
_SPLITS = 10


class FeatureMetrics:
    """Metrics of generated pictures against real ones, whose features are computed once.

    Args:
        real: pictures (n, *shape) in [-1, 1], or points (n, d); or an iterator over such arrays, where all of
            them together are too large.
        extractor: of features.

    Raises:
        ValueError: what the extractor refuses, or features that are not finite.
    """

    def __init__(self, real: Pictures, extractor: Extractor) -> None:
        self.extractor = extractor
        self._real = np.concatenate([extractor.of(part) for part in _parts(real)])

    def check(self, count: int) -> None:
        """Raise ValueError if so many generated pictures are too few, before they are there."""
        n, d = self._real.shape
        if min(n, count) <= d:
            raise ValueError(
                f"{self.extractor.title('FID')} needs more than {d} pictures of either kind, got {n} real "
                f"and {count} generated"
            )

    def __call__(self, fake: Pictures) -> dict[str, float]:
        """ "FID (name)", "KID (name)", "precision (name)" and so on, and the Inception Score where there are
        classes.

        Generated pictures that are not finite give NaN for all.

        Raises:
            ValueError: fewer pictures of either kind than a metric needs.
        """
        title, classes = self.extractor.title, self.extractor.probabilities
        features, shares, finite = [], [], True
        for part in _parts(fake):
            finite &= bool(np.isfinite(part).all())
            shown = np.nan_to_num(part)
            features.append(self.extractor.of(shown))
            if classes is not None:
                shares.append(self.extractor.of(shown, classes))
        generated = np.concatenate(features)
        found = {title("FID"): frechet_distance(self._real, generated)}
        found[title("KID")], _ = kernel_distance(self._real, generated)
        for name, value in precision_recall(self._real, generated, _NEIGHBOURS).items():
            found[title(name)] = value
        if shares:
            found[title("Inception Score")], _ = inception_score(
                np.concatenate(shares), min(_SPLITS, len(generated))
            )
        return found if finite else dict.fromkeys(found, np.nan)


def _parts(pictures: Pictures) -> Iterator[NDArray[Any]]:
    if isinstance(pictures, Iterator):
        yield from pictures
    else:
        yield np.asarray(pictures)

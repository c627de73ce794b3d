"""All metrics of two sets of pictures in one extractor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gantheory.training.metrics.features.extractors import Extractor
from gantheory.training.metrics.features.frechet import frechet_distance
from gantheory.training.metrics.features.inception_score import inception_score
from gantheory.training.metrics.features.kernel_distance import kernel_distance
from gantheory.training.metrics.features.neighbours import precision_recall

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_NEIGHBOURS = 5
_SPLITS = 10


class FeatureMetrics:
    """Metrics of generated pictures against real ones, whose features are computed once.

    Args:
        real: pictures (n, *shape) in [-1, 1], or points (n, d).
        extractor: of features.

    Raises:
        ValueError: what the extractor refuses, or features that are not finite.
    """

    def __init__(self, real: ArrayLike, extractor: Extractor) -> None:
        self.extractor = extractor
        self._real = extractor.of(real)

    def check(self, count: int) -> None:
        """Raise ValueError if so many generated pictures are too few, before they are there."""
        n, d = self._real.shape
        if min(n, count) <= d:
            raise ValueError(
                f"{self.extractor.title('FID')} needs more than {d} pictures of either kind, got {n} real "
                f"and {count} generated"
            )

    def __call__(self, fake: ArrayLike) -> dict[str, float]:
        """ "FID (name)", "KID (name)", "precision (name)" and so on, and the Inception Score where there are
        classes.

        Generated pictures that are not finite give NaN for all.

        Raises:
            ValueError: fewer pictures of either kind than a metric needs.
        """
        title, features = self.extractor.title, np.asarray(fake)
        finite = bool(np.isfinite(features).all())
        found: dict[str, float] = {}
        generated = self.extractor.of(features) if finite else self._real
        found[title("FID")] = frechet_distance(self._real, generated)
        found[title("KID")], _ = kernel_distance(self._real, generated)
        for name, value in precision_recall(self._real, generated, _NEIGHBOURS).items():
            found[title(name)] = value
        if self.extractor.probabilities is not None:
            shares = self.extractor.of(np.nan_to_num(features), self.extractor.probabilities)
            found[title("Inception Score")], _ = inception_score(shares, min(_SPLITS, len(shares)))
        return found if finite else dict.fromkeys(found, np.nan)

"""The digits of scikit-learn: real pictures that need no download."""

from __future__ import annotations

import numpy as np

from gantheory.datasets.images.picture_data import PictureData
from gantheory.errors import MissingPackageError


def digits() -> PictureData:
    """1,797 handwritten digits of 8 x 8 pixels, grey values 0 to 16 spread over 0 to 255.

    Raises:
        MissingPackageError: scikit-learn is not installed.

    Source: Alpaydin, Kaynak, Optical recognition of handwritten digits (UCI, 1998), as in
    sklearn.datasets.load_digits.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise MissingPackageError(
            "data 'digits' needs scikit-learn: pip install 'gantheory[images]'"
        ) from None
    loaded = load_digits()
    found = np.rint(loaded.images * (255 / 16)).astype(np.uint8)[:, None]
    return PictureData("digits", found.shape[1:], len(found), lambda: found, lambda: loaded.target)

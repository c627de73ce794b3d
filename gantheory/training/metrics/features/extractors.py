"""What turns pictures into features: pixels, LeNet-5, Inception with its weights, or any function."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from gantheory.errors import MissingPackageError
from gantheory.support.files import user_path
from gantheory.training.metrics.digit_classifier import DigitClassifier

INCEPTION_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
"""Of `INCEPTION_FILE`, the network of 2015 that the FID is defined by."""

INCEPTION_FILE = "weights-inception-2015-12-05-6726825d.pth"

_AT_ONCE = 500


@dataclass(frozen=True)
class Extractor:
    """Features of pictures, under a name that stands in every number made of them.

    Attributes:
        name: such as "LeNet-5"; "Inception" is kept for the network with its published weights.
        features: pictures (n, *shape) in [-1, 1] to (n, d).
        probabilities: pictures to p(class | picture), (n, classes); None where there are no classes.

    Raises:
        ValueError: no name, or that of Inception.
    """

    name: str
    features: Callable[[Tensor], Tensor]
    probabilities: Callable[[Tensor], Tensor] | None = None

    published = False

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise ValueError(f"an extractor must have a name, such as 'LeNet-5', got {self.name!r}")
        if "inception" in self.name.lower() and not self.published:
            raise ValueError(
                f"extractor {self.name!r}: a bare FID is of Inception with its published weights; give their "
                "file to inception(weights)"
            )

    def title(self, metric: str) -> str:
        """What a number is called: "FID (LeNet-5)"; of Inception alone, "FID"."""
        return metric if self.published else f"{metric} ({self.name})"

    def of(self, pictures: Any, function: Callable[[Tensor], Tensor] | None = None) -> NDArray[np.float64]:
        """Features, or another function, of pictures (n, *shape), some at a time.

        Raises:
            ValueError: the function gives something else than (n, d).
        """
        apply = function or self.features
        rows = torch.as_tensor(np.asarray(pictures))
        with torch.no_grad():
            parts = [torch.as_tensor(apply(part.float())) for part in rows.split(_AT_ONCE)]
        found = torch.cat(parts).double().cpu().numpy()
        if found.ndim != 2 or len(found) != len(rows):
            raise ValueError(
                f"extractor {self.name!r} must give ({len(rows)}, d) for {len(rows)} pictures, got "
                f"{found.shape}"
            )
        return found


class _Published(Extractor):
    published = True


def pixels(side: int = 8) -> Extractor:
    """Means over squares of pixels, (n, channels * side^2): crude, but there for every picture.

    Points (n, d) are their own features.
    """

    def features(pictures: Tensor) -> Tensor:
        if pictures.ndim == 2:
            return pictures
        return functional.adaptive_avg_pool2d(pictures, side).flatten(1)

    return Extractor(f"pixels {side} x {side}", features)


def lenet5(classifier: DigitClassifier) -> Extractor:
    """The 84 numbers before the last layer of LeNet-5 on digits of 28 x 28 pixels, for every channel.

    Of three channels the classes are the 1,000 stacks. See `gantheory.training.metrics.digit_classifier`.
    """

    def features(pictures: Tensor) -> Tensor:
        digits = _digits(pictures)
        return classifier.features(digits).reshape(len(pictures), -1)

    def probabilities(pictures: Tensor) -> Tensor:
        of_channels = classifier.probabilities(_digits(pictures)).reshape(len(pictures), -1, 10)
        joint = of_channels[:, 0]
        for each in of_channels.unbind(1)[1:]:
            joint = (joint[:, :, None] * each[:, None, :]).flatten(1)
        return joint

    return Extractor("LeNet-5", features, probabilities)


def inception(weights: Path | str) -> Extractor:
    """Inception of 2015 as torch-fidelity runs it, 2,048 features: what a bare FID or KID is of.

    Args:
        weights: the file `INCEPTION_FILE`; its SHA-256 is checked before it is read.

    Raises:
        MissingPackageError: torch-fidelity is not installed.
        ValueError: no such file, or another.
    """
    path = user_path(weights, "weights")
    if not path.is_file():
        raise ValueError(f"no file {path}: give Inception's weights, {INCEPTION_FILE}")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != INCEPTION_SHA256:
        raise ValueError(f"{path} has SHA-256 {found}, Inception's weights have {INCEPTION_SHA256}")
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError:
        raise MissingPackageError("Inception needs torch-fidelity: pip install torch-fidelity") from None
    network = FeatureExtractorInceptionV3(
        "inception-v3-compat", ["2048", "logits_unbiased"], feature_extractor_weights_path=str(path)
    ).eval()

    def features(pictures: Tensor) -> Tensor:
        return network(_bytes(pictures))[0]

    def probabilities(pictures: Tensor) -> Tensor:
        return network(_bytes(pictures))[1].softmax(1)

    return _Published("Inception", features, probabilities)


def _digits(pictures: Tensor) -> Tensor:
    if pictures.ndim != 4 or pictures.shape[-2:] != (28, 28):
        raise ValueError(f"LeNet-5 takes pictures of 28 x 28 pixels, got shape {tuple(pictures.shape)}")
    return pictures.flatten(0, 1)


def _bytes(pictures: Tensor) -> Tensor:
    if pictures.ndim != 4 or pictures.shape[1] not in (1, 3):
        raise ValueError(f"Inception takes pictures of 1 or 3 channels, got shape {tuple(pictures.shape)}")
    colors = pictures.expand(-1, 3, -1, -1)
    return ((colors + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)

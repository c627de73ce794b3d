"""LeNet-5 on MNIST, trained once and kept: names the modes of Stacked MNIST."""

from __future__ import annotations

import hashlib
import io
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gantheory.datasets.images.mnist import mnist_images, mnist_labels
from gantheory.support.atomic import write_atomically
from gantheory.support.files import cache_folder, user_path
from gantheory.support.progress import Progress, reporting
from gantheory.training.seeding import torch_generator
from gantheory.training.tensors import read_tensors

_FORMAT = 1
_EPOCHS = 12
_SHIFT = 1
_BATCH = 128
_RATE = 2e-3
_AT_ONCE = 2500


def lenet5() -> nn.Sequential:
    """LeNet-5 for 28 x 28 pixels with average pooling, ReLU and dropout 0.2: 61,706 parameters.

    Source: LeCun, Bottou, Bengio, Haffner (1998); dropout as in Welfert, Otstot, Kurri, Sankar, ISIT 2023.
    """
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(84, 10),
    )


@dataclass(frozen=True, eq=False)
class DigitClassifier:
    """A trained LeNet-5.

    Attributes:
        network: pictures (n, 1, 28, 28) in [-1, 1] to logits (n, 10).
        accuracy: on MNIST's test split.
        data: SHA-256 of what it was trained and tested on.
        seconds: how long that took.
    """

    network: nn.Sequential
    accuracy: float
    data: str
    seconds: float

    def probabilities(self, pictures: Tensor) -> Tensor:
        """p(digit | picture), (n, 10), for pictures (n, 28, 28) in [-1, 1]."""
        return self._by_parts(pictures, lambda part: self.network(part).softmax(1))

    def features(self, pictures: Tensor) -> Tensor:
        """What the last layer sees, (n, 84), for pictures (n, 28, 28) in [-1, 1]."""
        return self._by_parts(pictures, self.network[:-1])

    def _by_parts(self, pictures: Tensor, apply: Callable[[Tensor], Tensor]) -> Tensor:
        self.network.eval()
        with torch.no_grad():
            return torch.cat([apply(part) for part in pictures.float().unsqueeze(1).split(_AT_ONCE)])

    def modes(self, stacks: Tensor) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Mode, 0 to 999, and confidence of pictures (n, 3, 28, 28) in [-1, 1].

        The mode is numbered as by `StackedMnist.labels`; the confidence is that of the least certain channel.

        Raises:
            ValueError: pictures of another shape.
        """
        if stacks.ndim != 4 or tuple(stacks.shape[1:]) != (3, 28, 28):
            raise ValueError(f"stacks must have shape (n, 3, 28, 28), got {tuple(stacks.shape)}")
        best, digit = self.probabilities(stacks.flatten(0, 1)).max(1)
        labels = digit.view(-1, 3) @ torch.tensor([1, 10, 100])
        return labels.numpy(), best.view(-1, 3).amin(1).double().numpy()


def digit_classifier(
    folder: Path | str | None = None, cache: Path | str | None = None, progress: Progress = True
) -> DigitClassifier:
    """The classifier of the MNIST in `folder`, from the cache if it was trained before.

    Adam with a rate that falls from 0.002 to zero along a half cosine, 12 epochs, batch 128, each
    batch shifted by a pixel at most. PyTorch's global generator is left as it was found.

    Args:
        folder: of MNIST's files; see `gantheory.datasets.mnist_images`.
        cache: folder in which it is kept, under a name with the data's hash; if left out, the one that the
            environment variable GANTHEORY_CACHE names, else ``~/.cache/gantheory``.
        progress: see `gantheory.training`.

    Raises:
        FileNotFoundError, ValueError: MNIST is not there, or a file is no idx file.
        ValueError: the cached file is damaged or of other data; the message names it.
    """
    splits = {
        split: (mnist_images(folder, split), mnist_labels(folder, split)) for split in ("train", "test")
    }
    for split, (images, labels) in splits.items():
        if len(images) != len(labels) or images.shape[1:] != (28, 28):
            raise ValueError(
                f"MNIST's {split} split must have a label for each picture of 28 x 28 pixels, got "
                f"{images.shape} and {len(labels)} labels"
            )
    data = hashlib.sha256(b"".join(part.tobytes() for pair in splits.values() for part in pair)).hexdigest()
    place = user_path(cache, "cache") if cache else cache_folder()
    path = place / f"lenet5-{data[:16]}.pt"
    if path.exists():
        return _read(path, data)
    found = _trained(splits, data, progress)
    place.mkdir(parents=True, exist_ok=True)
    _write(path, found)
    return found


def _trained(
    splits: dict[str, tuple[NDArray[np.uint8], NDArray[np.uint8]]], data: str, progress: Progress
) -> DigitClassifier:
    (x, y), (x_test, y_test) = (
        (_scaled(a), torch.from_numpy(b.astype(np.int64))) for a, b in splits.values()
    )
    steps = _EPOCHS * math.ceil(len(x) / _BATCH)
    start = time.perf_counter()
    with torch.random.fork_rng(devices=[]), reporting(progress, steps, "LeNet-5 on MNIST") as report:
        torch.default_generator.set_state(torch_generator(0, "digit classifier").get_state())
        network = lenet5()
        adam = torch.optim.Adam(network.parameters(), lr=_RATE)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
        done = 0
        for _ in range(_EPOCHS):
            for rows in torch.randperm(len(x)).split(_BATCH):
                # Digits stand four pixels from the border, so that a roll is a shift.
                shift = torch.randint(-_SHIFT, _SHIFT + 1, (2,)).tolist()
                loss = nn.functional.cross_entropy(network(x[rows].roll(shift, (2, 3))), y[rows])
                adam.zero_grad()
                loss.backward()
                adam.step()
                schedule.step()
                done += 1
                report(done)
    found = DigitClassifier(network.eval(), math.nan, data, time.perf_counter() - start)
    right = found.probabilities(x_test.squeeze(1)).argmax(1) == y_test
    return replace(found, accuracy=float(right.double().mean()))


def _scaled(images: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(images.astype(np.float32)).mul_(2 / 255).sub_(1).unsqueeze(1)


def _write(path: Path, classifier: DigitClassifier) -> None:
    content = io.BytesIO()
    state = {
        "format": _FORMAT,
        "data": classifier.data,
        "accuracy": classifier.accuracy,
        "seconds": classifier.seconds,
        "weights": classifier.network.state_dict(),
    }
    torch.save(state, content)
    write_atomically(path, content.getvalue())


def _read(path: Path, data: str) -> DigitClassifier:
    try:
        saved = read_tensors(path)
        network = lenet5()
        network.load_state_dict(saved["weights"])
        belongs = saved["format"] == _FORMAT and saved["data"] == data
        accuracy, seconds = float(saved["accuracy"]), float(saved["seconds"])
    except ValueError as reason:
        raise ValueError(f"classifier {path} cannot be read, delete it: {reason}") from None
    except (RuntimeError, TypeError, KeyError, AttributeError):
        raise ValueError(f"classifier {path} cannot be read, delete it: it is no LeNet-5") from None
    if not belongs:
        raise ValueError(f"classifier {path} was trained on other data than this MNIST; delete it")
    return DigitClassifier(network.eval(), accuracy, data, seconds)

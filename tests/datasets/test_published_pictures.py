"""Fashion-MNIST, CIFAR-10 and scikit-learn's digits: small files in their formats, downloads from here."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gantheory.datasets import (
    TrainingData,
    cifar10_images,
    cifar10_labels,
    fashion_mnist_images,
    fashion_mnist_labels,
    mnist_images,
    ring,
    training_set,
)
from gantheory.datasets.images import cifar10, mnist
from gantheory.datasets.training_data import data_spec, training_data

RNG = np.random.default_rng(3)
PICTURES = RNG.integers(0, 256, (7, 28, 28), dtype=np.uint8)
LABELS = np.array([3, 9, 0], dtype=np.uint8)
COLORS = RNG.integers(0, 256, (3, 3, 32, 32), dtype=np.uint8)


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def record_bytes(labels: np.ndarray, pictures: np.ndarray) -> bytes:
    """As CIFAR-10's page describes it: a byte for the label, then 1,024 of each color."""
    return b"".join(bytes([label]) + pixels.tobytes() for label, pixels in zip(labels, pictures, strict=True))


@pytest.fixture
def cifar_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for k in range(1, 6):
        (tmp_path / f"data_batch_{k}.bin").write_bytes(record_bytes((LABELS + k) % 10, COLORS + k))
    monkeypatch.setenv("GANTHEORY_CIFAR10", str(tmp_path))
    return tmp_path


def test_fashion_mnist_reads_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(PICTURES))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(LABELS))
    monkeypatch.setenv("GANTHEORY_FASHION_MNIST", str(tmp_path))
    np.testing.assert_array_equal(fashion_mnist_images(), PICTURES)
    np.testing.assert_array_equal(fashion_mnist_labels(split="test"), LABELS)
    monkeypatch.setenv("GANTHEORY_MNIST", str(tmp_path / "elsewhere"))
    with pytest.raises(FileNotFoundError, match=r"GANTHEORY_MNIST.*mnist_images.download=True"):
        mnist_images()


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_named_idx_data_are_scaled_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(PICTURES))
    monkeypatch.setenv(f"GANTHEORY_{name.upper()}", str(tmp_path))
    data = training_data(name, 10, 0)
    assert isinstance(data, TrainingData) and data_spec(data) == name
    assert (len(data), data.shape) == (7, (1, 28, 28))
    rows = np.array([6, 0])
    np.testing.assert_allclose(data.batch(rows)[:, 0], PICTURES[rows] / 127.5 - 1, rtol=0, atol=3e-7)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (idx(PICTURES)[:-5], "is cut short at byte 5499: 5504 bytes are due for shape .7, 28, 28., got 5499"),
        (idx(PICTURES)[:9], "is cut short at byte 9: the header has 16 bytes"),
        (b"\x89PNG", "bytes 0 to 3 must be 00 00 08 03, got 89 50 4e 47"),
        (b"", "bytes 0 to 3 must be 00 00 08 03, got none"),
    ],
)
def test_a_wrong_idx_file_is_named_with_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, says: str
) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(content)
    monkeypatch.setenv("GANTHEORY_FASHION_MNIST", str(tmp_path))
    with pytest.raises(ValueError, match=says) as caught:
        training_data("fashion_mnist", 1, 0).batch(np.array([0]))
    assert "train-images-idx3-ubyte" in str(caught.value) and "\n" not in str(caught.value)


def test_a_download_is_kept_only_with_the_right_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "t10k-labels-idx1-ubyte.gz"
    server, folder = tmp_path / "server", tmp_path / "kept"
    server.mkdir()
    (server / name).write_bytes(gzip.compress(idx(LABELS)))
    at_server = replace(mnist.FASHION_MNIST, mirrors=(f"{server.as_uri()}/",))
    with pytest.raises(ValueError, match=r"has SHA-256 .* expected 67da17c7.*nothing was kept"):
        at_server.labels(folder, "test", True)
    assert not folder.exists()
    right = hashlib.sha256((server / name).read_bytes()).hexdigest()
    np.testing.assert_array_equal(
        replace(at_server, sha256={name: right}).labels(folder, "test", True), LABELS
    )
    assert (folder / name).is_file()
    with pytest.raises(OSError, match="could not be downloaded"):
        replace(at_server, mirrors=(f"{server.as_uri()}/none/",)).labels(tmp_path / "x", "test", True)


def test_cifar10_reads_labels_and_colors(cifar_folder: Path) -> None:
    images, labels = cifar10_images(), cifar10_labels()
    assert images.shape == (15, 3, 32, 32) and images.dtype == np.uint8
    np.testing.assert_array_equal(images[3:6], COLORS + 2)
    np.testing.assert_array_equal(labels[:3], [4, 0, 1])
    data = training_data("cifar10", 1, 0)
    assert (len(data), data.shape, data_spec(data)) == (15, (3, 32, 32), "cifar10")
    np.testing.assert_allclose(data.batch(np.array([1]))[0], (COLORS + 1)[1] / 127.5 - 1, rtol=0, atol=3e-7)


def test_cifar10_errors_name_file_and_byte(cifar_folder: Path) -> None:
    path = cifar_folder / "data_batch_2.bin"
    content = bytearray(path.read_bytes())
    path.write_bytes(content[:-1])
    with pytest.raises(ValueError, match=r"data_batch_2.bin is cut short at byte 9218: .* 3073 bytes a pict"):
        cifar10_images()
    content[3073] = 10
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"byte 3073 must be a label from 0 to 9, got 10"):
        cifar10_images()
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"only a part of CIFAR-10: no data_batch_2.bin"):
        cifar10_images()
    with pytest.raises(ValueError, match="split must be one of train, test, got 'valid'"):
        cifar10_images(split="valid")


def test_the_pickled_cifar10_is_told_apart_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "cifar-10-batches-py").mkdir()
    with pytest.raises(FileNotFoundError, match="the version for Python, pickles, which are never read"):
        cifar10_images(tmp_path)


def test_cifar10_is_unpacked_from_its_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / cifar10.ARCHIVE
    with tarfile.open(archive, "w:gz") as packed:
        for k, name in enumerate([*cifar10._FILES["train"], *cifar10._FILES["test"], "../outside.bin"]):
            content = record_bytes(LABELS, COLORS + k)
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    monkeypatch.setattr(cifar10, "MIRRORS", (f"{tmp_path.as_uri()}/",))
    place = tmp_path / "place"
    with pytest.raises(ValueError, match="expected c4a38c50"):
        cifar10_images(place, download=True)
    monkeypatch.setattr(cifar10, "SHA256", hashlib.sha256(archive.read_bytes()).hexdigest())
    np.testing.assert_array_equal(cifar10_images(place, "test", download=True), COLORS + 5)
    found = sorted(path.name for path in place.rglob("*"))
    assert found == ["cifar-10-batches-bin", *[f"data_batch_{k}.bin" for k in range(1, 6)], "test_batch.bin"]


def test_digits_of_scikit_learn() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    data = training_data("digits", 1, 0)
    assert (len(data), data.shape, data_spec(data)) == (1797, (1, 8, 8), "digits")
    expected = datasets.load_digits().images[[5, 900]] / 8 - 1
    # Bytes hold the sixteenths to half a byte.
    np.testing.assert_allclose(data.batch(np.array([5, 900]))[:, 0], expected, rtol=0, atol=1.001 / 255)


def test_unknown_data_are_named_with_what_is_near() -> None:
    with pytest.raises(ValueError, match="data 'fashion-mnist': did you mean 'fashion_mnist'"):
        training_data("fashion-mnist", 1, 0)


def test_a_mixture_by_its_name() -> None:
    data = training_data("ring", 50, 3)
    np.testing.assert_array_equal(data.batch(np.arange(50)), training_set(ring(), 50, 3))


def test_pictures_on_a_device_are_those_of_batches(cifar_folder: Path) -> None:
    data = training_data("cifar10", 1, 0)
    rows = torch.tensor([[3, 1], [0, 14]])
    found = data.on(torch.device("cpu"))(rows)
    np.testing.assert_allclose(found.numpy(), data.batch(rows.numpy()), rtol=0, atol=2e-7)


@pytest.mark.filterwarnings("error")  # torch warns of arrays that are read-only, as drawn mixtures are
def test_points_on_a_device_are_those_of_batches() -> None:
    data = training_data("ring", 50, 3)
    rows = torch.tensor([[3, 1], [0, 14]])
    np.testing.assert_array_equal(data.on(torch.device("cpu"))(rows), data.batch(rows.numpy()))


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_bytes_are_grey_values_and_not_numbers(kind: Any) -> None:
    data = training_data(kind(COLORS), 1, 0)
    np.testing.assert_allclose(data.batch(np.array([2]))[0], COLORS[2] / 127.5 - 1, rtol=0, atol=3e-7)
    other = training_data(kind(COLORS + 1), 1, 0)
    assert data_spec(data) != data_spec(other) and data_spec(data)["shape"] == [3, 3, 32, 32]
    points = training_data(kind(COLORS[:, 0, 0, :2].astype(np.float32)), 1, 0)
    np.testing.assert_array_equal(points.batch(np.array([0])), COLORS[:1, 0, 0, :2])

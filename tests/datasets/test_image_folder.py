"""Folders of pictures: cropping, resizing, the cache, and what is wrong with files."""

from __future__ import annotations

import errno
import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gantheory.datasets import ImageFolder, TrainingData
from gantheory.datasets.images import cache, folder
from gantheory.datasets.training_data import data_from_spec, data_name, data_spec, training_data
from gantheory.objectives import vanilla
from gantheory.training import GanConfig

Image = pytest.importorskip("PIL.Image")
RNG = np.random.default_rng(5)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANTHEORY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pictures"


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Ten pictures of 16 x 16 pixels, three of them in a sub-folder, and files that are none."""
    place = tmp_path / "faces"
    (place / "more").mkdir(parents=True)
    for k in range(10):
        at = place / ("more" if k > 6 else ".") / f"{k}.png"
        Image.fromarray(RNG.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(at)
    (place / "notes.txt").write_text("no picture")
    (place / "._0.png").write_bytes(b"what another system leaves")
    return place


def pixels(path: Path) -> np.ndarray[Any, Any]:
    return np.moveaxis(np.asarray(Image.open(path)), -1, 0)


def test_pictures_of_the_right_size_stay_as_they_are(faces: Path) -> None:
    data = ImageFolder(faces, 16)
    assert isinstance(data, TrainingData) and (len(data), data.shape) == (10, (3, 16, 16))
    assert [path.name for path in data.files] == [f"{k}.png" for k in range(10)]
    for row in (0, 9):
        np.testing.assert_array_equal(data.pictures[row], pixels(data.files[row]))
    batch = data.batch(np.array([9, 0]))
    assert batch.dtype == np.float32
    np.testing.assert_allclose(batch[1], pixels(data.files[0]) / 127.5 - 1, rtol=0, atol=3e-7)


def test_sub_folders_are_classes(faces: Path, tmp_path: Path) -> None:
    assert ImageFolder(faces, 16).labels() is None  # some are in none
    for k in range(5):
        at = tmp_path / "pets" / ("cats" if k % 2 else "dogs") / "deeper"
        at.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (40 * k, 0, 0)).save(at / f"{k}.png")
    data = ImageFolder(tmp_path / "pets", 16)
    assert data.classes == {"cats": 2, "dogs": 3} == data.spec["classes"]
    assert [path.parts[-3] for path in data.files] == ["cats"] * 2 + ["dogs"] * 3
    labels = data.labels()
    assert labels is not None and labels.tolist() == [0, 0, 1, 1, 1]
    again = ImageFolder.from_spec(json.loads(json.dumps(data.spec)))
    assert again.spec == data.spec
    with pytest.raises(ValueError, match="holds other classes than the configuration was made for"):
        ImageFolder.from_spec({**data.spec, "classes": {"cats": 3, "dogs": 2}})
    config = GanConfig(
        objective=vanilla(), data=data, networks="mlp(4)", variant="acgan", batch=2, test_samples=2
    )
    assert config.classes == 2
    (tmp_path / "pets" / "cats" / "x.png").write_bytes(b"none")
    with pytest.warns(UserWarning, match="1 of 6 pictures cannot be decoded"):
        assert ImageFolder(tmp_path / "pets", 16, on_error="skip").labels() is None


def test_the_centre_is_cropped_and_resized(tmp_path: Path) -> None:
    # Columns by thirds: the middle square of 60 x 20 pixels is green.
    wide = np.zeros((20, 60, 3), dtype=np.uint8)
    wide[:, :20, 0] = wide[:, 20:40, 1] = wide[:, 40:, 2] = 255
    Image.fromarray(wide).save(tmp_path / "wide.png")
    Image.fromarray(wide.swapaxes(0, 1)).save(tmp_path / "tall.png")
    data = ImageFolder(tmp_path, 10)
    green = np.broadcast_to(np.array([0, 255, 0], dtype=np.uint8)[:, None, None], (3, 10, 10))
    np.testing.assert_array_equal(data.pictures, [green, green])


def test_resizing_averages_over_pixels(tmp_path: Path) -> None:
    checks = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    Image.fromarray(checks).save(tmp_path / "checks.png")
    small = ImageFolder(tmp_path, 8, channels=1).pictures[0, 0]
    # A filter that took single pixels would give 0 or 255.
    np.testing.assert_allclose(small, 127.5, atol=2)


def test_grey_and_turned_pictures(tmp_path: Path) -> None:
    upright = RNG.integers(0, 256, (16, 16), dtype=np.uint8)
    turned = Image.fromarray(np.rot90(upright, 1))
    exif = turned.getexif()
    exif[0x0112] = 6  # to be turned clockwise
    turned.save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(ImageFolder(tmp_path, 16, channels=1).pictures[0, 0], upright)


def test_the_cache_is_by_content_and_used_again(
    faces: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = ImageFolder(faces, 16).pictures.copy()
    (stored,) = own_cache.glob("*.npy")
    shutil.copytree(faces, tmp_path / "copy")
    decode = folder.decode
    monkeypatch.setattr(folder, "decode", None)
    again = ImageFolder(tmp_path / "copy", 16)  # the same content elsewhere: nothing is decoded
    assert isinstance(again.pictures.base, np.memmap)
    np.testing.assert_array_equal(again.pictures, first)
    monkeypatch.setattr(folder, "decode", decode)
    Image.fromarray(np.zeros((16, 16, 3), dtype=np.uint8)).save(faces / "3.png")
    assert not ImageFolder(faces, 16).pictures[3].any()
    assert ImageFolder(faces, 8).shape == (3, 8, 8)
    assert len(list(own_cache.glob("*"))) == 3
    stored.write_bytes(stored.read_bytes()[:-1])
    with pytest.raises(ValueError, match=f"cache {stored} cannot be read, delete it"):
        ImageFolder(tmp_path / "copy", 16)


@pytest.mark.parametrize("damage", [lambda content: content[:60], lambda content: b"no picture at all"])
def test_an_undecodable_picture_is_named_or_skipped(
    faces: Path, own_cache: Path, damage: Callable[[bytes], bytes]
) -> None:
    bad = faces / "4.png"
    bad.write_bytes(damage(bad.read_bytes()))
    with pytest.raises(ValueError, match=f"picture {bad} cannot be decoded: ") as caught:
        ImageFolder(faces, 16)
    assert "\n" not in str(caught.value) and not list(own_cache.iterdir())
    told = "1 of 10 pictures cannot be decoded and are left out"
    with pytest.warns(UserWarning, match=f"{told}, the first {bad}: "):
        data = ImageFolder(faces, 16, on_error="skip")
    assert len(data) == len(data.batch(np.arange(len(data)))) == 9
    np.testing.assert_array_equal(data.pictures[4], pixels(faces / "5.png"))
    with pytest.warns(UserWarning, match=told):
        assert len(ImageFolder(faces, 16, on_error="skip")) == 9
    with pytest.raises(ValueError, match="cannot be decoded"):  # a cache without it is no excuse
        ImageFolder(faces, 16)


def test_nothing_decodable(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    with pytest.raises(ValueError, match="1 of 1 pictures cannot be decoded"):
        ImageFolder(tmp_path, on_error="skip")


def test_without_cropping_all_must_be_squares_of_one_size(faces: Path) -> None:
    assert len(ImageFolder(faces, 8, crop=False)) == 10
    Image.fromarray(np.zeros((9, 9, 3), dtype=np.uint8)).save(faces / "5.png")
    with pytest.raises(ValueError, match=r"5.png is 9 x 9 pixels, .*0.png 16 x 16: leave cropping on"):
        ImageFolder(faces, 8, crop=False)
    Image.fromarray(np.zeros((9, 8, 3), dtype=np.uint8)).save(faces / "0.png")
    with pytest.raises(ValueError, match=r"0.png is 8 x 9 pixels, no square: leave cropping on"):
        ImageFolder(faces, 8, crop=False)


def test_a_full_disk_is_one_line_and_leaves_nothing(
    faces: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        usage = shutil.disk_usage(faces)._replace(free=100)
        patch.setattr(cache.shutil, "disk_usage", lambda place: usage)
        with pytest.raises(OSError, match=r"10 pictures take 0 MB in .*cache.pictures, where 0 MB are free"):
            ImageFolder(faces, 16)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache.os, "fsync", full)
    with pytest.raises(OSError, match=r"^pictures cannot be cached in .*: No space left on device$"):
        ImageFolder(faces, 16)
    assert not list(own_cache.iterdir())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"size": 4}, "size must be a number of pixels from 8 to 1024, got 4"),
        ({"size": 64.0}, "size must be a whole number, got 64.0"),
        ({"channels": 4}, "channels must be 1 .grey. or 3 .color., got 4"),
        ({"crop": "no"}, "crop must be True or False, got 'no'"),
        ({"on_error": "ignore"}, "on_error must be 'raise' or 'skip', got 'ignore'"),
        ({"folder": "nowhere"}, "no folder nowhere: give a folder of pictures"),
    ],
)
def test_bad_settings_are_one_line(faces: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ImageFolder(**{"folder": faces, **changes})


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ValueError, match=f"no picture in {tmp_path} or below: files must end in .png, .jpg"):
        ImageFolder(tmp_path)


def test_a_configuration_holds_the_hash_of_the_pictures(faces: Path) -> None:
    data = training_data(str(faces), 1, 0)
    assert isinstance(data, ImageFolder) and data.shape == (3, 64, 64)
    table = data_spec(ImageFolder(faces, 16, channels=1))
    assert data_name(data) == str(faces)
    again = data_from_spec(table)
    assert again.shape == (1, 16, 16) and data_spec(again) == table
    Image.fromarray(np.zeros((16, 16, 3), dtype=np.uint8)).save(faces / "3.png")
    with pytest.raises(ValueError, match=f"{faces} holds other pictures than the configuration was made for"):
        data_from_spec(table)
    with pytest.raises(ValueError, match="has no entry 'sizes'; did you mean 'size'"):
        data_from_spec({"folder": str(faces), "sizes": 16})


def test_faces_of_scikit_image_as_files(tmp_path: Path) -> None:
    skimage = pytest.importorskip("skimage.data")
    for k, face in enumerate(skimage.lfw_subset()[:20]):
        Image.fromarray((255 * face).round().astype(np.uint8)).save(tmp_path / f"{k:02}.jpg", quality=95)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = ImageFolder(tmp_path, 25, channels=1)
    exact = skimage.lfw_subset()[:20]
    # JPEG moves a pixel by a few grey values of 255.
    assert abs(data.pictures[:, 0] / 255 - exact).mean() < 0.01

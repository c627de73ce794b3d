"""Pictures to train on: published sets from their own files, and folders of the user's.

mnist_images(), mnist_labels(), fashion_mnist_images(), ...    # NumPy arrays of bytes
cifar10_images(), cifar10_labels()
StackedMnist()                       # three digits to a picture, 1,000 modes
ImageFolder("faces", size=64)        # decoded once, kept under their hash, mapped into memory
PictureData                          # what they are for a trainer: bytes, scaled to [-1, 1] in batches
"""

from gantheory.arguments.door import open_door
from gantheory.datasets.images.cifar10 import cifar10_images, cifar10_labels
from gantheory.datasets.images.folder import ImageFolder
from gantheory.datasets.images.mnist import (
    fashion_mnist_images,
    fashion_mnist_labels,
    mnist_images,
    mnist_labels,
)
from gantheory.datasets.images.picture_data import PictureData
from gantheory.datasets.images.stacked_mnist import StackedMnist

__all__ = [
    "ImageFolder",
    "PictureData",
    "StackedMnist",
    "cifar10_images",
    "cifar10_labels",
    "fashion_mnist_images",
    "fashion_mnist_labels",
    "mnist_images",
    "mnist_labels",
]

open_door(__name__)

"""Data distributions with known densities.

`GaussianMixture` is the type; `ring` and `grid` build the usual two, `polar` and `lattice` their variants
with major and minor modes, and `named_mixture` any of them by name:

    mixture = ring()                       # 8 Gaussians on the unit circle, variance 1e-4
    mixture = named_mixture("polar", minor_share=0.5, major_weight=8)
    mixture.sample(1000, seed=0)           # (1000, 2) float64
    mixture.log_density(points)            # (n,) float64, natural logarithm
    real = training_set(mixture, 50_000)   # drawn once: read-only, the same in every run

Pictures as densities, `letters` and `smooth_density`; points on the line, `line_set`. Pictures to train on:
`ImageFolder`, `StackedMnist`, and the images and labels of MNIST, Fashion-MNIST and CIFAR-10.
`TrainingData` is what a trainer draws from, `Labelled` adds classes to one.
"""

from gantheory.arguments.door import open_door
from gantheory.datasets.images import (
    ImageFolder,
    PictureData,
    StackedMnist,
    cifar10_images,
    cifar10_labels,
    fashion_mnist_images,
    fashion_mnist_labels,
    mnist_images,
    mnist_labels,
)
from gantheory.datasets.mixtures import GaussianMixture, training_set
from gantheory.datasets.on_the_line import LINE_SETS, line_set
from gantheory.datasets.pictures import PictureDensity, letters, smooth_density
from gantheory.datasets.published import NAMED, grid, lattice, named_mixture, polar, ring
from gantheory.datasets.training_data import ArrayData, Labelled, TrainingData

__all__ = [
    "LINE_SETS",
    "NAMED",
    "ArrayData",
    "GaussianMixture",
    "ImageFolder",
    "Labelled",
    "PictureData",
    "PictureDensity",
    "StackedMnist",
    "TrainingData",
    "cifar10_images",
    "cifar10_labels",
    "fashion_mnist_images",
    "fashion_mnist_labels",
    "grid",
    "lattice",
    "letters",
    "line_set",
    "mnist_images",
    "mnist_labels",
    "named_mixture",
    "polar",
    "ring",
    "smooth_density",
    "training_set",
]

open_door(__name__)

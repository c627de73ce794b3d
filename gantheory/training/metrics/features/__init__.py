"""Distances between sets of pictures, in the features of any network, whose name stands in every number.

real, fake = lenet.of(pictures), lenet.of(generated)   # features, (n, d); lenet = lenet5(classifier)
frechet_distance(real, fake)          # FID in these features
kernel_distance(real, fake)           # KID: mean and standard deviation over subsets
precision_recall(real, fake)          # precision, recall, density, coverage
inception_score(probabilities)        # of any classifier: mean and standard deviation over splits

FeatureMetrics(pictures, lenet)(generated)   # all of them: {"FID (LeNet-5)": ..., "KID (LeNet-5)": ...}
Extractor("mine", function)           # pictures (n, *shape) in [-1, 1] to (n, d)
pixels(8), lenet5(classifier), inception(weights)    # only the last gives a bare "FID"
"""

from gantheory.arguments.door import open_door
from gantheory.training.metrics.features.extractors import Extractor, inception, lenet5, pixels
from gantheory.training.metrics.features.frechet import frechet_distance, gaussian_frechet
from gantheory.training.metrics.features.inception_score import inception_score
from gantheory.training.metrics.features.kernel_distance import kernel_distance
from gantheory.training.metrics.features.neighbours import precision_recall
from gantheory.training.metrics.features.report import FeatureMetrics

__all__ = [
    "Extractor",
    "FeatureMetrics",
    "frechet_distance",
    "gaussian_frechet",
    "inception",
    "inception_score",
    "kernel_distance",
    "lenet5",
    "pixels",
    "precision_recall",
]

open_door(__name__)

"""Distances between sets of features: closed forms, torch-fidelity where it is there, names and errors."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import torch

from gantheory.training.metrics.digit_classifier import DigitClassifier
from gantheory.training.metrics.digit_classifier import lenet5 as untrained
from gantheory.training.metrics.features import (
    Extractor,
    FeatureMetrics,
    frechet_distance,
    gaussian_frechet,
    inception,
    inception_score,
    kernel_distance,
    lenet5,
    pixels,
    precision_recall,
)

RNG = np.random.default_rng(11)


def whitened(n: int, d: int) -> np.ndarray[Any, Any]:
    """(n, d) with sample mean 0 and sample covariance 1, exactly."""
    rows = RNG.standard_normal((n, d))
    rows -= rows.mean(0)
    return rows @ np.linalg.inv(np.linalg.cholesky(np.atleast_2d(np.cov(rows, rowvar=False)))).T


def test_frechet_distance_of_gaussians_on_the_line() -> None:
    # N(0, 1) and N(1, 4): (0 - 1)^2 + (1 - 2)^2 = 2.
    assert gaussian_frechet([0], [[1]], [1], [[4]]) == pytest.approx(2, rel=1e-14)
    x = whitened(50, 1)
    assert frechet_distance(x, 1 + 2 * x) == pytest.approx(2, rel=1e-12)


def test_frechet_distance_of_covariances_that_commute() -> None:
    turn = np.linalg.qr(RNG.standard_normal((6, 6)))[0]
    a, b = RNG.uniform(0.1, 3, 6), RNG.uniform(0.1, 3, 6)
    shift = RNG.standard_normal(6)
    # In their common basis: a sum over the axes of (sqrt a - sqrt b)^2.
    expected = shift @ shift + ((np.sqrt(a) - np.sqrt(b)) ** 2).sum()
    found = gaussian_frechet(np.zeros(6), (turn * a) @ turn.T, shift, (turn * b) @ turn.T)
    assert found == pytest.approx(expected, rel=1e-12)
    x = whitened(40, 6)
    assert frechet_distance(x * np.sqrt(a), shift + x[::-1] * np.sqrt(b)) == pytest.approx(
        expected, rel=1e-10
    )


def test_frechet_distance_of_any_covariances() -> None:
    a, b = (np.cov(RNG.standard_normal((30, 5)) * RNG.uniform(0.1, 3, 5), rowvar=False) for _ in range(2))
    root = scipy.linalg.sqrtm(a @ b).real
    expected = np.trace(a + b - 2 * root)
    assert gaussian_frechet(np.zeros(5), a, np.zeros(5), b) == pytest.approx(expected, rel=1e-10)


def test_frechet_distance_is_exact_where_the_matrix_root_is_lost() -> None:
    # Singular covariances: half of the axes are empty, and a root of their product is not unique.
    x = np.zeros((100, 40))
    x[:, :20] = whitened(100, 20)
    assert frechet_distance(x, 3 * x) == pytest.approx(20 * (3 - 1) ** 2, rel=1e-12)
    assert abs(frechet_distance(x, x)) < 1e-10


def test_frechet_distance_needs_more_samples_than_dimensions() -> None:
    x = RNG.standard_normal((20, 20))
    with pytest.raises(ValueError, match="needs more samples than dimensions, got 20 fake samples of 20"):
        frechet_distance(RNG.standard_normal((21, 20)), x)


def test_kernel_distance_by_hand() -> None:
    # d = 1, X = {0, 0}, Y = {1, 1}: 1 + 8 - 2 = 7.
    assert kernel_distance([[0], [0]], [[1], [1]], subsets=3) == (7, 0)
    x, y = RNG.standard_normal((6, 3)), RNG.standard_normal((6, 3)) + 0.5

    def k(a: Any, b: Any) -> float:
        return (a @ b / 3 + 1) ** 3

    pairs = [(i, j) for i in range(6) for j in range(6)]
    same = sum(k(s[i], s[j]) for s in (x, y) for i, j in pairs if i != j) / 30
    expected = same - 2 * sum(k(x[i], y[j]) for i, j in pairs) / 36
    mean, deviation = kernel_distance(x, y, subsets=4)
    assert mean == pytest.approx(expected, rel=1e-12) and deviation < 1e-12


def test_kernel_distance_of_equal_laws_is_zero_on_average() -> None:
    found = [kernel_distance(*RNG.standard_normal((2, 60, 2)), subsets=1)[0] for _ in range(200)]
    assert min(found) < 0  # unbiased
    assert abs(np.mean(found)) < 4 * np.std(found) / 200**0.5


def test_inception_score_by_hand() -> None:
    assert inception_score(np.eye(4)[[0, 1, 2, 3] * 5], splits=5)[0] == pytest.approx(4, rel=1e-14)
    assert inception_score(np.full((10, 7), 1 / 7))[0] == pytest.approx(1, rel=1e-14)
    # (.9, .1) and (.1, .9) equally often.
    expected = math.exp(0.9 * math.log(1.8) + 0.1 * math.log(0.2))
    score, deviation = inception_score([[0.9, 0.1], [0.1, 0.9]] * 10, splits=10)
    assert (score, deviation) == (pytest.approx(expected, rel=1e-14), pytest.approx(0, abs=1e-14))


def test_precision_and_its_kin_of_equal_and_of_distant_sets() -> None:
    x = RNG.standard_normal((60, 3))
    assert precision_recall(x, x) == {"precision": 1, "recall": 1, "density": 1, "coverage": 1}
    apart = precision_recall(x, x + 100)
    assert apart == {"precision": 0, "recall": 0, "density": 0, "coverage": 0}
    # Far from the origin, where squares of coordinates would swallow the distances.
    assert precision_recall(x + 1e6, x[:40] + 1e6)["precision"] == 1


def test_precision_and_its_kin_on_the_line_by_hand() -> None:
    real, fake = np.array([[0.0], [1], [3], [10]]), np.array([[0.5], [2.5], [2.6], [9.5]])
    # One neighbour: balls (-1, 1), (0, 2), (1, 5), (3, 17) about real points; (-1.5, 2.5), (2.4, 2.6),
    # (2.5, 2.7), (2.6, 16.4) about generated ones. Balls that hold 0.5, 2.5, 2.6, 9.5: 2, 1, 1, 1.
    found = precision_recall(real, fake, neighbours=1)
    assert found == {"precision": 1, "recall": 1, "density": 5 / 4, "coverage": 1}
    found = precision_recall(real, fake[1:3], neighbours=1)
    assert found == {"precision": 1, "recall": 0, "density": 1, "coverage": 1 / 4}


def test_density_and_coverage_of_equal_laws_have_their_known_means() -> None:
    n, k = 100, 5
    runs = [precision_recall(*RNG.standard_normal((2, n, 2)), neighbours=k) for _ in range(100)]
    expected = {"density": 1.0, "coverage": 1 - math.prod((n - j) / (2 * n - j) for j in range(1, k + 1))}
    for name, value in expected.items():
        found = [run[name] for run in runs]
        assert abs(np.mean(found) - value) < 4 * np.std(found) / 10


@pytest.mark.parametrize("d", [4, 20])
def test_numbers_are_torch_fidelitys(d: int) -> None:
    fid = pytest.importorskip("torch_fidelity.metric_fid")
    kid = pytest.importorskip("torch_fidelity.metric_kid")
    isc = pytest.importorskip("torch_fidelity.metric_isc")
    prc = pytest.importorskip("torch_fidelity.metric_prc")
    real = RNG.standard_normal((300, d)) @ RNG.standard_normal((d, d))
    fake = RNG.standard_normal((300, d)) @ RNG.standard_normal((d, d)) + 0.3
    a, b = torch.from_numpy(real), torch.from_numpy(fake)
    moments = [fid.fid_features_to_statistics(each) for each in (b, a)]
    (theirs,) = fid.fid_statistics_to_metric(*moments, verbose=False).values()
    assert frechet_distance(real, fake) == pytest.approx(theirs, rel=1e-9)
    kernel = {"kid_subsets": 1, "kid_subset_size": 300, "verbose": False, "rng_seed": 1}
    theirs = kid.kid_features_to_metric(b, a, **kernel)[kid.KEY_METRIC_KID_MEAN]
    assert kernel_distance(real, fake, subsets=1)[0] == pytest.approx(theirs, rel=1e-9)
    theirs = isc.isc_features_to_metric(b, splits=7, shuffle=False)
    ours = inception_score(b.softmax(1), splits=7)
    assert ours == pytest.approx(tuple(theirs.values()), rel=1e-9)
    theirs = prc.prc_features_to_metric(b, a, prc_neighborhood=3, prc_batch_size=100, verbose=False)
    ours = precision_recall(real, fake, neighbours=3)
    assert ours["precision"] == pytest.approx(float(theirs[prc.KEY_METRIC_PRECISION]), rel=1e-6)
    assert ours["recall"] == pytest.approx(float(theirs[prc.KEY_METRIC_RECALL]), rel=1e-6)


def pictures(n: int, channels: int = 1) -> np.ndarray[Any, Any]:
    return RNG.uniform(-1, 1, (n, channels, 28, 28)).astype(np.float32)


def test_the_extractors_name_stands_in_every_number() -> None:
    found = FeatureMetrics(pictures(40), pixels(4))(pictures(40))
    names = ["FID", "KID", "precision", "recall", "density", "coverage"]
    assert list(found) == [f"{name} (pixels 4 x 4)" for name in names]
    lenet = lenet5(DigitClassifier(untrained(), 0.1, "", 0.0))
    found = FeatureMetrics(pictures(200), lenet)(pictures(200))
    assert next(iter(found)) == "FID (LeNet-5)" and list(found)[-1] == "Inception Score (LeNet-5)"
    assert 1 <= found["Inception Score (LeNet-5)"] <= 10


def test_pixels_are_means_over_squares() -> None:
    rows = pictures(3, 2)
    found = pixels(4).of(rows).reshape(3, 2, 4, 4)
    np.testing.assert_allclose(found[1, 0, 2, 3], rows[1, 0, 14:21, 21:28].mean(), rtol=1e-5)
    points = RNG.standard_normal((5, 2))
    np.testing.assert_allclose(pixels().of(points), points, rtol=1e-6)


def test_lenets_features_feed_its_last_layer_and_stacks_have_a_thousand_classes() -> None:
    classifier = DigitClassifier(untrained().eval(), 0.1, "", 0.0)
    lenet = lenet5(classifier)
    rows = pictures(6, 3)
    features = lenet.of(rows)
    assert features.shape == (6, 3 * 84)
    last = classifier.network[-1]
    logits = features.reshape(18, 84) @ last.weight.detach().double().numpy().T + last.bias.detach().numpy()
    exact = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    of_channels = exact.reshape(6, 3, 10)
    found = lenet.of(rows, lenet.probabilities)
    expected = np.einsum("na,nb,nc->nabc", *of_channels.swapaxes(0, 1)).reshape(6, 1000)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_a_bare_fid_is_refused_without_inceptions_weights(tmp_path: Path) -> None:
    for name in ("Inception", "inception-v3", "my InceptionNet"):
        with pytest.raises(ValueError, match="a bare FID is of Inception with its published weights"):
            Extractor(name, lambda x: x)
    with pytest.raises(ValueError, match="an extractor must have a name, such as 'LeNet-5', got ''"):
        Extractor("", lambda x: x)
    with pytest.raises(ValueError, match=r"no file .*give Inception's weights, weights-inception-2015"):
        inception(tmp_path / "none.pth")
    (tmp_path / "other.pth").write_bytes(b"x")
    with pytest.raises(
        ValueError, match=r"other.pth has SHA-256 2d711642.*, Inception's weights have 6726825d"
    ):
        inception(tmp_path / "other.pth")


def test_pictures_that_are_not_finite_have_no_metrics() -> None:
    bad = pictures(40)
    bad[3] = np.nan
    found = FeatureMetrics(pictures(40), pixels(4))(bad)
    assert len(found) == 6 and np.isnan(list(found.values())).all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: frechet_distance([1.0, 2], [[1.0]]), r"real must have shape \(n, d\), got \(2,\)"),
        (lambda: frechet_distance([["a"]], [[1.0]]), "real must hold real numbers"),
        (lambda: kernel_distance([[1.0], [math.inf]], [[1.0]]), "real must be finite, 1 numbers are not"),
        (lambda: kernel_distance(np.ones((3, 2)), np.ones((3, 1))), "must have one dimension, got 2 and 1"),
        (lambda: kernel_distance(np.ones((3, 2)), np.ones((5, 2)), subset=4), "from 2 to the 3 samples"),
        (lambda: kernel_distance(np.ones((3, 2)), np.ones((5, 2)), 0), "subsets must be a positive integer"),
        (lambda: precision_recall(np.ones((5, 2)), np.ones((9, 2))), "5 real and 9 fake, got 5"),
        (lambda: inception_score([[0.5, 0.6]]), "probabilities must be nonnegative, and sum to 1"),
        (lambda: inception_score([[0.5, 0.5]], splits=2), "splits must be from 1 to the 1 samples, got 2"),
        (lambda: Extractor("flat", lambda x: x[0]).of(np.ones((3, 2))), r"must give \(3, d\) for 3 pictures"),
        (lambda: lenet5(None), "classifier must be a DigitClassifier, got None"),
        (
            lambda: lenet5(DigitClassifier(untrained(), 0.1, "", 0.0)).of(np.ones((3, 1, 8, 8))),
            r"28 x 28 pixels, got shape \(3, 1, 8, 8\)",
        ),
    ],
)
def test_bad_input_is_one_line(call: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_parts_of_pictures_count_as_all_of_them() -> None:
    real, fake = pictures(60), pictures(50)
    whole = FeatureMetrics(real, pixels(4))(fake)
    by_parts = FeatureMetrics(iter(np.split(real, 3)), pixels(4))(iter(np.split(fake, 5)))
    np.testing.assert_allclose(list(by_parts.values()), list(whole.values()), rtol=1e-6)

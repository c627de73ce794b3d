"""``gantheory stability``: its numbers beside the package's, its files, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import gantheory as gt


def test_a_table_of_modes(cli):
    done = cli("stability", "vanilla", "--count", "3", "--dirac")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "local spectrum of vanilla at P_g = P_r, data norm(0, 1)"
    assert "  lambda_c   1/4" in lines and "  gamma      1/2 or more keeps every mode from swinging" in lines
    row = next(line.split() for line in lines if line.split()[:1] == ["1"])
    assert row == ["1", "0.433", "0.25", "oscillating", "0.5", "4", "2", "2.472"]
    assert lines[-2].startswith("Dirac-GAN: cycles") and lines[-1] == "  eigenvalues  I/2, -I/2"


def test_json_holds_what_the_package_finds(cli):
    done = cli(
        "stability", "alpha_gan(0.5, 1.2)", "--eigenvalues", "0,1,40", "--r1", "0.1",
        "--rate-ratio", "2", "--json",
    )  # fmt: skip
    answer = json.loads(done.out)
    spectrum = gt.stability.local_spectrum(
        gt.objectives.alpha_gan(0.5, 1.2), [0, 1, 40], r1=0.1, rate_ratio=2
    )
    assert answer["threshold"] == pytest.approx(float(spectrum.threshold))
    assert answer["b_exact"] == "1" and answer["stable"] is True
    for k, mode in enumerate(answer["modes"]):
        assert mode["verdict"] == spectrum.verdict[k]
        assert mode["damping"] == pytest.approx(spectrum.damping[k])
        assert mode["roots"][0] == pytest.approx([spectrum.roots[k, 0].real, spectrum.roots[k, 0].imag])
    steps = gt.stability.largest_step(spectrum, "alternating")
    assert answer["largest_step_alternating"] == pytest.approx(steps.min())


def test_an_idle_constant_does_not_stop_training(cli):
    out = cli("stability", "wgan", "--r1", "1").out
    assert "no finite one keeps every mode" in out and "alternating steps of G: up to" in out
    assert "no step makes all modes settle" in cli("stability", "wgan").out


def test_noise_takes_the_eigenvalues_of_the_noisy_data(cli):
    answer = json.loads(cli("stability", "vanilla", "--noise", "1", "--count", "2", "--json").out)
    # k/(1 + 1)^k of N(0, 1) through noise of its own size
    assert [mode["lambda"] for mode in answer["modes"]] == pytest.approx([0.5, 0.5])
    assert all(mode["frequency"] == pytest.approx(0.25) for mode in answer["modes"])


def test_numbers_near_the_end_of_the_range(cli):
    # kappa is 2.7e303: c^2 is beyond a double, d/c of the slow root is not
    done = cli("stability", "alpha_gan(1e-3, 1e3)", "--json")
    assert (done.status, done.err) == (0, "")
    answer = json.loads(done.out)
    slow = answer["b"] * answer["s"] / answer["kappa"]
    for k, mode in enumerate(answer["modes"][1:], start=1):
        assert mode["damping"] == pytest.approx(k * slow) and mode["frequency"] == 0
        assert mode["largest_step_alternating"] == pytest.approx(2 / answer["kappa"])
    for ratio, said in (("1e-300", "lambda_c   2.5e-301"), ("1e300", "lambda_c   2.5e+299")):
        done = cli("stability", "vanilla", "--rate-ratio", ratio)
        assert (done.status, done.err) == (0, "") and said in done.out
        assert max(map(len, done.out.splitlines())) <= 90
    done = cli("stability", "vanilla", "--noise", "1e200")
    assert (done.status, done.err) == (0, "") and "up to 4" in done.out


def test_samples_and_own_losses(cli, tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.random.default_rng(0).normal(0, 2, 1000))
    own = ("--real", "-softplus(-v)", "--fake", "-softplus(v)", "--generator", "softplus(-v)")
    answer = json.loads(cli("stability", *own, "--samples", str(path), "--count", "2", "--json").out)
    assert answer["threshold_exact"] == "1/4"
    assert answer["modes"][1]["lambda"] == pytest.approx(0.25, rel=0.2)


def test_the_map(cli, tmp_path):
    done = cli("stability", "--map", "--out", str(tmp_path))
    assert done.status == 0, done.err
    assert {path.name for path in tmp_path.iterdir()} == {f"thresholds.{x}" for x in ("png", "pdf", "csv")}
    table = pd.read_csv(tmp_path / "thresholds.csv")
    wanted = 2 ** (1 / table["alpha_d"] - 1 / table["alpha_g"]) / (4 * table["alpha_d"] ** 2)
    np.testing.assert_allclose(table["lambda_c"], wanted, rtol=1e-10)
    assert len(table) == 101**2


def test_alphas_of_the_map():
    found = gt.stability.alpha_thresholds([0.3, 1], [1, np.inf], saturating=False)
    np.testing.assert_allclose(found["lambda_c"], [14, 2 ** (1 / 0.3) / 0.36, 0.25, 0.5], rtol=1e-3)
    with pytest.raises(ValueError, match=r"alpha_d must be in \(0, inf\), got inf"):
        gt.stability.alpha_thresholds([np.inf], [1])


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "OBJECTIVE is missing"),
        (("--map", "vanilla"), "--map maps all"),
        (("vanilla", "--p", "norm(0, 1)", "--eigenvalues", "1"), "give one of --p"),
        (("vanilla", "--p", "0.5,0.5"), "--p must have a density"),
        (("renyi(2)",), "outer function"),
        (("alpha_gan(1e-3, 1e-3)",), "tau b s lambda is beyond the range of doubles"),
        (("vanilla", "--noise", "1e-200"), "beyond its first 300000 modes"),
        (("vanilla", "--p", "norm(0, 1e200)"), "variance in"),
        (("vanilla", "--penalty", "10*(g - 1)**2"), "not smooth there"),
        (("vanilla", "--p", "laplace(0, 1)"), "continuous spectrum"),
        (("vanilla", "--r1", "-1"), "r1 must be at least 0"),
    ],
)
def test_refusals(cli, args, message):
    done = cli("stability", *args)
    assert done.status == 2 and message in done.err and len(done.err.splitlines()) == 1

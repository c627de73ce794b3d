"""The monitor's numbers beside closed forms of two Gaussians, its verdicts, its files and callbacks."""

from __future__ import annotations

import csv
import math
import sys
import types

import numpy as np
import pytest
import torch
from scipy import stats

import gantheory as gt
from gantheory.errors import MissingPackageError

LOG2 = math.log(2)


def gaussians(m, n=40_000, seed=0):
    """Samples of N(m, 1) and N(-m, 1), whose log density ratio is 2 m x."""
    rng = np.random.default_rng(seed)
    return rng.normal(m, 1, n), rng.normal(-m, 1, n)


def watched(objective, real, fake, **options):
    watch = gt.monitor(objective, every=1, **options)
    watch(real, fake)
    return watch.summary()


@pytest.mark.parametrize(
    "spec", ["vanilla", "alpha_gan(0.5, 1.2, saturating=False)", "lsgan(0, 1, 1)", 'fgan("kl")']
)
def test_numbers_of_an_optimal_discriminator(spec):
    objective, m = gt.objectives.from_spec(spec), 0.7
    theory, (x, y) = gt.derive(objective), gaussians(m)
    found = watched(objective, theory.score_at_log_ratio(2 * m * x), theory.score_at_log_ratio(2 * m * y))
    exact = theory.divergence(stats.norm(m, 1), stats.norm(-m, 1), kind="discriminator").value
    low, high = found.gap_interval
    assert low < exact < high and high - low < 0.2 * exact
    assert found.gap == pytest.approx(exact, rel=0.05)
    assert found.calibration < 0.02 and "calibrated" in found.verdict
    # Cross entropies of p = 1/(1 + exp(-t)), t ~ N(2 m^2, 4 m^2) under P_r, by quadrature.
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    t = 2 * m * (m + nodes)
    error = float((weights * np.logaddexp(0, -t)).sum() / math.sqrt(2 * math.pi))
    left = float((weights * np.logaddexp(0, t)).sum() / math.sqrt(2 * math.pi))
    assert found.errors == pytest.approx((error, error, left), rel=0.02)


@pytest.mark.parametrize("reach", [700.0, 720.0, 800.0, 1e6])
def test_errors_of_scores_whose_exponential_leaves_float64(reach):
    """The vanilla loss is the sum of the first two errors, softplus(-v) and softplus(v): |v| far out."""
    found = watched("vanilla", [-reach, 3.0], [reach / 2, -2.0])
    soft = math.log1p(math.exp(-3)), math.log1p(math.exp(-2))
    assert found.errors == pytest.approx(
        ((reach + soft[0]) / 2, (reach / 2 + soft[1]) / 2, (2 + soft[1]) / 2), rel=1e-12
    )
    assert sum(found.errors[:2]) == pytest.approx(found.loss, rel=1e-12)


def test_one_score_a_side_has_no_interval():
    assert watched("vanilla", [1.0], [-2.0, 0.5]).gap_interval is None


def test_saturation_is_the_share_of_fakes_with_a_small_slope():
    m = 2.0
    x, y = gaussians(m)
    found = watched("vanilla", 2 * m * x, 2 * m * y)
    # S' = -sigmoid(v), under 1 % for v < -log 99; v ~ N(-2 m^2, 4 m^2)
    assert found.vanishing == pytest.approx(stats.norm.cdf(-math.log(99), -2 * m * m, 2 * m), abs=0.01)
    assert found.alternative[0] == "alpha_G = 1 non-saturating" and found.alternative[1] < 0.01
    assert f"{100 * found.vanishing:.0f} % of fakes" in found.verdict


def test_verdicts_of_a_discriminator_ahead_behind_and_blind():
    x, y = gaussians(1.0, 4000)
    assert "D is ahead" in watched("vanilla", 2 * x, 2 * y).verdict
    behind = watched("vanilla", -2 * x, -2 * y).verdict
    assert "D is behind" in behind and "low on real samples" in behind
    blind = watched("vanilla", 1e-4 * x, 1e-4 * y)
    assert blind.gap == pytest.approx(0, abs=1e-3)
    assert "does not tell" in watched("vanilla", 0 * x, 0 * y).verdict
    assert "overconfident" in watched("vanilla", 5 * x, 5 * y).verdict
    assert "underconfident" in watched("vanilla", 0.5 * x, 0.5 * y).verdict


def test_check_measures_the_same():
    x, y = gaussians(0.8, 5000)
    found = watched("vanilla", 2.5 * x, 2.5 * y)
    checked = gt.validation.check(gt.objectives.vanilla(), lambda points: 2.5 * points, x, y)
    assert found.loss == pytest.approx(checked["loss"].measured, rel=1e-12)
    assert found.calibration == pytest.approx(checked["calibration"].measured, rel=1e-12)


@pytest.mark.parametrize(
    ("objective", "ideal"), [("hinge", 2), ("wgan", 0), (gt.objectives.relativistic(), 2 * LOG2)]
)
def test_objectives_whose_scores_stand_for_no_ratio_keep_loss_and_gap(objective, ideal):
    x, y = gaussians(1.0, 500)
    found = watched(objective, x, y)
    losses = gt.objectives.from_spec(objective) if isinstance(objective, str) else objective
    loss = float(losses.torch_losses()[0](torch.tensor(x), torch.tensor(y)))
    assert found.gap == pytest.approx(ideal - loss) and found.gap > 0
    assert found.errors is None and found.calibration is None and "D is ahead" in found.verdict


def test_a_window_of_looks_and_tensors_of_any_kind():
    watch = gt.monitor("vanilla", every=10, window=3)
    for step in range(60):
        scores = torch.full((4, 1), float(step), dtype=torch.float16 if step % 20 else torch.float32)
        watch(scores.requires_grad_(), scores)
    found = watch.summary()
    assert found.samples == (12, 12) and found.step == 59
    # looks at steps 30, 40, 50: E softplus(-v) + E softplus(v) = E |v| + 2 log1p(exp(-|v|))
    assert found.loss == pytest.approx(40, rel=1e-6)


def test_scores_that_are_not_finite_are_the_first_thing_said():
    watch = gt.monitor("vanilla", every=1)
    watch([0.1, 0.2], [0.0, -0.1])
    watch([0.1, math.nan], [0.0, -0.1])
    found = watch.summary()
    assert found.not_finite == 1 and found.verdict.startswith(
        "Training broke: scores are not finite, first at step 1"
    )


def test_probabilities_in_place_of_scores_are_noticed():
    x, y = gaussians(1.0, 500)
    verdict = watched("vanilla", 1 / (1 + np.exp(-2 * x)), 1 / (1 + np.exp(-2 * y))).verdict
    assert verdict.startswith("All scores lie in [0, 1]")


@pytest.mark.parametrize("spec", ["vanilla", "alpha_gan(0.5, 2)", "lsgan(0, 1, 1)", "ebgan(1)"])
def test_enormous_scores_are_no_obstacle(spec):
    found = watched(spec, np.linspace(0, 1e4, 200), np.linspace(1, 2e4, 200))
    assert math.isfinite(found.gap) or spec.startswith("alpha")
    assert "nan" not in found.verdict


def test_the_loop_is_left_as_it_was():
    scores = torch.randn(8, requires_grad=True)
    watch = gt.monitor("vanilla", every=1)
    watch(scores * 2, scores * 3)
    loss = (scores * 2).sum()
    loss.backward()
    assert scores.grad is not None and not any(
        isinstance(v, torch.Tensor) for pair in watch._looks for v in pair
    )


def test_csv_and_writers(tmp_path):
    x, y = gaussians(1.0, 50)
    scalars, runs = [], []
    board = types.SimpleNamespace(add_scalar=lambda name, value, step: scalars.append((name, value, step)))
    wandb = types.SimpleNamespace(log=runs.append)
    for log in (tmp_path / "watch.csv", board, wandb):
        watch = gt.monitor("vanilla", every=2, window=1, log=log)
        for _ in range(4):
            watch(x, y)
    rows = list(csv.DictReader((tmp_path / "watch.csv").open()))
    assert [row["step"] for row in rows] == ["0", "2"]
    loss = float(gt.objectives.vanilla().torch_losses()[0](torch.tensor(x), torch.tensor(y)))
    assert float(rows[0]["d_loss"]) == pytest.approx(loss)
    assert float(rows[0]["gap"]) == pytest.approx(2 * LOG2 - loss)
    assert ("gantheory/d_loss", pytest.approx(loss), 2) in scalars
    assert runs[1]["gantheory/step"] == 2 and runs[1]["gantheory/d_loss"] == pytest.approx(loss)


def test_lightning_gets_a_callback_of_its_own_class(monkeypatch, capsys):
    module = types.ModuleType("lightning.pytorch")
    module.Callback = type("Callback", (), {})
    monkeypatch.setitem(sys.modules, "lightning", types.ModuleType("lightning"))
    monkeypatch.setitem(sys.modules, "lightning.pytorch", module)
    watch = gt.monitor("vanilla", every=1)
    callback = watch.lightning()
    assert isinstance(callback, module.Callback)
    x, y = gaussians(1.0, 50)
    callback.on_train_batch_end(None, None, {"real_scores": x, "fake_scores": y}, None, 0)
    callback.on_train_batch_end(None, types.SimpleNamespace(real_scores=x, fake_scores=y), None, None, 1)
    callback.on_train_end(types.SimpleNamespace(is_global_zero=True), None)
    assert watch.steps == 2 and "D is ahead" in capsys.readouterr().out
    with pytest.raises(ValueError, match="training_step must return a dictionary"):
        callback.on_train_batch_end(None, None, {"loss": 1}, None, 2)


def test_accelerate_gathers_only_what_is_looked_at():
    gathered = []

    def gather(pair):
        gathered.append(pair)
        return tuple(torch.cat([scores, scores]) for scores in pair)

    for main in (True, False):
        watch = gt.monitor("vanilla", every=5, window=2)
        note = watch.accelerate(types.SimpleNamespace(gather=gather, is_main_process=main))
        for _ in range(7):
            note(torch.zeros(3, requires_grad=True), torch.zeros(3))
        assert watch.steps == 7
        if main:
            assert watch.summary().samples == (12, 12)
    assert len(gathered) == 6  # steps 0, 1 and 5 of each


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"every": 0}, "every must be a whole number"),
        ({"window": 2.5}, "window must be a whole number"),
        ({"log": "runs"}, "log must be a path that ends in .csv"),
        ({"log": "/no/such/folder/x.csv"}, "there is no folder"),
    ],
)
def test_options_are_checked(options, says):
    with pytest.raises(ValueError, match=says):
        gt.monitor("vanilla", **options)


def test_what_is_refused(monkeypatch):
    with pytest.raises(TypeError, match="objective must be"):
        gt.monitor(3)
    with pytest.raises(ValueError, match="has seen no scores"):
        gt.monitor("vanilla").summary()
    with pytest.raises(ValueError, match="real_scores must hold at least one score"):
        gt.monitor("vanilla")([], [1.0])
    with pytest.raises(TypeError, match="fake_scores must hold real numbers"):
        gt.monitor("vanilla")([1.0], ["a"])
    for name in ("wandb", "lightning.pytorch", "pytorch_lightning"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingPackageError, match="pip install wandb"):
        gt.monitor("vanilla", log="wandb")
    with pytest.raises(MissingPackageError, match="pip install lightning"):
        gt.monitor("vanilla").lightning()


def test_scores_outside_the_domain_are_refused():
    # An energy is not negative; log(-1) would be NaN and -1 no score of this game.
    with pytest.raises(
        ValueError, match=r"real_scores must lie in \[0, inf\], the domain of ebgan\(1\), got -1"
    ):
        gt.monitor("ebgan(1)")([0.5, -1.0], [1.0, 2.0])
    gt.monitor("ebgan(1)")([0.0, 1.0], [1.0, 2.0])

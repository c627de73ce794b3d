"""A user's own model against the theory: right, wrong and useless discriminators."""

import numpy as np
import pytest
import torch

from gantheory import objectives
from gantheory.errors import NoPointwiseTheoryError
from gantheory.validation import check
from gantheory.validation.experiments.optimum import optimum
from gantheory.validation.experiments.pairs import pair

LINE = pair("line")
REAL, FAKE = LINE.real.sample(20_000, seed=5), LINE.generated.sample(20_000, seed=6)


def scorer(spec, factor=1.0):
    theory = optimum(spec)
    return lambda x: theory.score(factor * LINE.log_ratio(x))


@pytest.mark.parametrize(
    "spec",
    ["vanilla", "alpha_gan(0.5, 1.2, saturating=False)", "alpha_gan(2, 2)", "lsgan(0, 1, 1)", 'fgan("kl")'],
)
def test_the_optimal_score_agrees_everywhere_and_a_wrong_one_nowhere(spec):
    objective = optimum(spec).objective
    right = check(objective, scorer(spec), REAL, FAKE, LINE.log_ratio)
    assert [p.id for p in right] == ["calibration", "loss", "optimum", "value"]
    assert {p.id: p.verdict for p in right} == dict.fromkeys(
        ["calibration", "loss", "optimum", "value"], "agrees"
    )
    assert all(p.control.verdict == "contradicts" for p in right)
    # twice the log-ratio: overconfident, but still better than chance
    wrong = check(objective, scorer(spec, 2.0), REAL, FAKE, LINE.log_ratio)
    assert {wrong[name].verdict for name in ("calibration", "optimum")} == {"contradicts"}
    assert wrong["value"].verdict != "agrees", "1/D has a heavy tail there, and a wide interval"


def test_numbers_of_a_score_that_is_wrong_everywhere_by_hand():
    """v = t/2 + 1/3 of vanilla, where D = sigma(v) and D* = sigma(t): RMS error, shortfall and controls."""
    t = [LINE.log_ratio(x)[:500] for x in (REAL, FAKE)]
    scores = [x / 2 + 1 / 3 for x in t]
    found = check(
        objectives.vanilla(), lambda x: LINE.log_ratio(x) / 2 + 1 / 3, REAL[:500], FAKE[:500], LINE.log_ratio
    )

    def share(x):
        return 1 / (1 + np.exp(-x))

    own, gap = np.concatenate([share(x) for x in scores]), found["optimum"]
    for factor, measured in ((1, gap.measured), (2, gap.control.measured)):  # the control squares the ratio
        best = np.concatenate([share(factor * x) for x in t])
        assert measured == pytest.approx(np.sqrt(np.mean((own - best) ** 2)) / best.std(), rel=1e-9)
    assert found["optimum"].predicted == found["value"].predicted == 0

    def value(x):
        return -np.logaddexp(0, -x[0]).mean() - np.logaddexp(0, x[1]).mean()

    divergence = value(t) + 2 * np.log(2)
    line = found["value"]
    assert line.measured == pytest.approx(value(t) - value(scores), rel=1e-9)
    assert line.control.measured == pytest.approx(divergence, rel=1e-9)  # a constant score has none of it
    assert line.region == pytest.approx((-0.01 * divergence, 0.05 * divergence), rel=1e-9)
    # Vanilla's scores are logarithms of ratios: those of the squared ratio are twice as large.
    twice = check(objectives.vanilla(), lambda x: LINE.log_ratio(x) + 2 / 3, REAL[:500], FAKE[:500])
    gap = found["calibration"]
    assert (gap.predicted, gap.control.measured) == (
        0.0,
        pytest.approx(twice["calibration"].measured, rel=1e-9),
    )


def test_calibration_notices_a_factor_of_the_score_that_no_density_is_needed_for():
    verdicts = [
        check(objectives.vanilla(), scorer("vanilla", k), REAL, FAKE)["calibration"].verdict
        for k in (1.0, 1.6)
    ]
    assert verdicts == ["agrees", "contradicts"]


def test_the_loss_bounds_the_divergence_from_below():
    found = check(objectives.vanilla(), scorer("vanilla"), REAL, FAKE)["loss"]
    exact = optimum("vanilla").divergence(LINE, "discriminator")
    bound = float(found.note.split()[-1])
    assert 0.9 * exact < bound < exact


def test_a_discriminator_that_knows_nothing_attains_the_ideal_loss_and_is_contradicted_on_d():
    found = check(objectives.vanilla(), lambda x: np.zeros(len(x)), REAL, FAKE, LINE.log_ratio)
    assert found["loss"].verdict == "agrees"
    assert found["loss"].note.endswith("at least 0")
    assert found["optimum"].verdict == "contradicts"
    assert found["value"].verdict == "contradicts"


def test_exchanged_labels_are_a_contradiction():
    found = check(objectives.vanilla(), lambda x: -LINE.log_ratio(x), REAL, FAKE)
    assert found["loss"].verdict == "contradicts"
    assert found["calibration"].verdict == "contradicts"


def test_few_samples_leave_the_question_open():
    found = check(objectives.vanilla(), scorer("vanilla"), REAL[:120], FAKE[:120])
    assert found["calibration"].verdict == "inconclusive"


def test_torch_models_and_ratios_given_as_arrays():
    def model(x):
        assert isinstance(x, torch.Tensor)
        return torch.as_tensor(LINE.log_ratio(x.numpy()), dtype=torch.float64)[:, None].requires_grad_()

    found = check(
        objectives.vanilla(),
        model,
        torch.as_tensor(REAL),
        torch.as_tensor(FAKE),
        (LINE.log_ratio(REAL), torch.as_tensor(LINE.log_ratio(FAKE))),
    )
    assert found.as_expected


def test_a_score_that_jumps_has_no_calibration():
    found = check(objectives.hinge(), lambda x: np.sign(LINE.log_ratio(x)), REAL, FAKE, LINE.log_ratio)
    assert [p.id for p in found] == ["loss", "optimum", "value"]
    assert found["loss"].verdict == found["optimum"].verdict == "agrees"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"discriminator": 3}, TypeError, "discriminator must be a function"),
        ({"real": REAL[:99]}, ValueError, "real must hold at least 100 samples, got 99"),
        ({"discriminator": lambda x: np.zeros(3)}, ValueError, "one score a sample"),
        ({"discriminator": lambda x: np.full(len(x), np.nan)}, ValueError, "not finite"),
        ({"log_ratio": lambda x: np.full(len(x), np.inf)}, ValueError, "log_ratio must be finite"),
        ({"log_ratio": (np.zeros(3), np.zeros(3))}, ValueError, "one value a sample"),
        ({"log_ratio": lambda x: np.zeros(len(x))}, ValueError, "log_ratio is constant"),
        (
            {"obj": objectives.ebgan(1), "discriminator": lambda x: np.full(len(x), -2.0)},
            ValueError,
            r"scores of real samples must lie in \[0, inf\], the domain of ebgan\(1\), got -2",
        ),
        ({"obj": objectives.wgan()}, NoPointwiseTheoryError, "critic"),
    ],
)
def test_bad_input_is_one_line(arguments, error, message):
    settings = {"obj": objectives.vanilla(), "discriminator": scorer("vanilla"), "real": REAL, "fake": FAKE}
    with pytest.raises(error, match=message) as raised:
        check(**{**settings, **arguments})
    assert "\n" not in str(raised.value)


def test_columns_of_two_tables_in_another_order_are_refused():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(np.zeros((100, 2)), columns=["a", "b"])
    with pytest.raises(ValueError, match="real and fake must have the same columns in the same order"):
        check(objectives.vanilla(), lambda x: x["a"], table, table[["b", "a"]])


def test_a_divergence_that_samples_put_below_zero_still_has_verdicts():
    """The tolerance of `value` is a share of it, and was then an interval with its ends exchanged."""
    ratios = np.linspace(-0.3, -0.1, 200), np.linspace(0.1, 0.3, 200)
    found = check(objectives.vanilla(), lambda x: x, *ratios, ratios)
    [value] = [each for each in found if each.id == "value"]
    assert value.region == (0, 0) and value.measured == 0 and value.verdict

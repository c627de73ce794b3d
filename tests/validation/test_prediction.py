"""How an interval, a region and a negative control make a verdict."""

import math

import numpy as np
import pytest

from gantheory.validation import Control, Joint, Prediction, Predictions, judge
from gantheory.validation.predictions.outcome import Context, strict

REGION = (0.0, 1.0)


def control(interval=(2.0, 3.0)):
    return Control(description="wrong", predicted=0.0, region=REGION, measured=2.5, interval=interval)


def prediction(interval, control_interval=(2.0, 3.0), **changes):
    settings = {"id": "a/b", "quantity": "q", "objective": "vanilla", "predicted": 0.0, "region": REGION}
    return Prediction(
        **{**settings, "measured": 0.5, "interval": interval, "control": control(control_interval), **changes}
    )


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ((0.2, 0.4), "agrees"),
        ((0.0, 1.0), "agrees"),
        ((0.5, 1.0000001), "inconclusive"),
        ((-0.1, 0.5), "inconclusive"),
        ((-5.0, 5.0), "inconclusive"),
        ((1.0001, 2.0), "contradicts"),
        ((-2.0, -0.001), "contradicts"),
        ((1.0, 2.0), "inconclusive"),
        ((-2.0, 0.0), "inconclusive"),
        ((math.nan, 0.5), "inconclusive"),
        ((0.5, math.nan), "inconclusive"),
        ((-math.inf, math.inf), "inconclusive"),
    ],
)
def test_an_interval_agrees_inside_contradicts_outside_and_decides_nothing_between(interval, verdict):
    assert judge(interval, REGION) == verdict


def test_bounds_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match="region"):
        judge((0, 1), (1, 0))
    with pytest.raises(ValueError, match="region"):
        judge((0, 1), (math.nan, 0))
    with pytest.raises(ValueError, match="interval"):
        judge((1, 0), (0, 1))


@pytest.mark.parametrize("control_interval", [(0.2, 0.4), (0.5, 3.0), (math.nan, math.nan)])
def test_agreement_counts_only_where_the_control_is_contradicted(control_interval):
    assert prediction((0.2, 0.4)).verdict == "agrees"
    assert prediction((0.2, 0.4), control_interval).verdict == "inconclusive"


def test_a_contradiction_stands_whatever_the_control_says():
    assert prediction((2.0, 3.0), (0.2, 0.4)).verdict == "contradicts"


def test_a_known_finding_is_a_contradiction_on_record_that_came_back():
    known = prediction((2.0, 3.0), expected="contradicts")
    assert (known.as_expected, known.known_finding) == (True, True)
    surprise = prediction((2.0, 3.0))
    assert (surprise.as_expected, surprise.known_finding) == (False, False)
    healed = prediction((0.2, 0.4), expected="contradicts")
    assert (healed.as_expected, healed.known_finding) == (False, False)
    with pytest.raises(ValueError, match="expected"):
        prediction((0.2, 0.4), expected="holds")


def test_a_list_of_predictions_reads_as_table_text_and_by_id():
    both = Predictions([prediction((0.2, 0.4)), prediction((2.0, 3.0), id="c")])
    assert not both.as_expected
    assert both["c"].verdict == "contradicts"
    with pytest.raises(KeyError, match="a/b, c"):
        both["d"]
    frame = both.to_frame()
    assert list(frame["verdict"]) == ["agrees", "contradicts"]
    columns = ["region_low", "region_high", "interval_low", "interval_high"]
    assert frame[columns].to_numpy().tolist() == [[0.0, 1.0, 0.2, 0.4], [0.0, 1.0, 2.0, 3.0]]
    line = "a/b: predicted 0, accepted [0, 1], measured 0.5 [0.2, 0.4]; control (wrong) contradicts"
    assert line in str(both)
    assert str(Predictions()) == "no predictions"


def test_seeds_of_a_report_are_its_own():
    first, second = (Context(joint=Joint(1), seed=seed).seeds(3) for seed in (2, 3))
    assert (len(first), len(second)) == (3, 3)
    assert not set(first) & set(second)


def test_numbers_that_json_has_no_type_for_are_words():
    given = {1: (0.5, math.inf), "a": [np.float64(-math.inf), math.nan, np.int64(3), True, "x"]}
    assert strict(given) == {"1": [0.5, "inf"], "a": ["-inf", None, 3, True, "x"]}

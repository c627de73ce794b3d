"""How numbers and formulas are written in a report."""

import math

import pytest

from gantheory.validation.report import beside, interval, math_html, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (8.0, "8"),
        (-2.0, "−2"),
        (-1.16738, "−1.167"),
        (0.064352, "0.06435"),
        (2.513e-4, "2.513e−4"),
        (1.5e9, "1.500e9"),
        (57.984, "57.98"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "–"),
    ],
)
def test_numbers_have_four_digits(value, text):
    assert number(value) == text


def test_intervals_have_the_digits_that_tell_their_ends_apart():
    assert interval((-1.16773, -1.16727)) == "[−1.16773, −1.16727]"
    assert interval((0.0, 0.3)) == "[0.00, 0.30]"
    assert interval((-math.inf, 2.0)) == "[−∞, 2]"


def test_a_number_has_the_digits_of_the_interval_beside_it():
    assert beside(-1.16738214, (-1.1673865, -1.1673815)) == "−1.1673821"
    assert beside(0.002159, (0.0007, 0.0036)) == "0.0022"
    assert beside(math.nan, (0.0, 1.0)) == "–"
    assert beside(1.38629436, (1.38629430, 1.38629442)) == "1.38629436"
    assert beside(2.0, (-math.inf, 2.5)) == "2"


def test_formulas_get_subscripts_and_names_stay_as_they_are():
    assert math_html("D_h(t) of alpha_gan(0.5, 3)") == "D<sub>h</sub>(t) of alpha_gan(0.5, 3)"
    assert math_html("D_{f_D} & E_r A") == "D<sub>f<sub>D</sub></sub> &amp; E<sub>r</sub> A"
    assert math_html("<script>P_r</script>") == "&lt;script&gt;P<sub>r</sub>&lt;/script&gt;"

"""Functions of the package's own context of mpmath, against mpmath's of three times the digits."""

import mpmath
import pytest

from gantheory.support.multiprecision import mp


@pytest.mark.parametrize("name", ["expm1", "log1p"])
@pytest.mark.parametrize("digits", [15, 34, 80])
def test_expm1_and_log1p_keep_all_digits(name, digits):
    for k in range(-99, 5):
        for share in ("0.9", "-0.3", "-0.9999"):
            with mp.workdps(digits):
                x = mp.mpf(share) * mp.mpf(10) ** (k if name == "expm1" or share == "0.9" else min(k, 0))
                found = getattr(mp, name)(x)
            with mpmath.workdps(3 * digits + 200):
                true = getattr(mpmath, name)(mpmath.mp.make_mpf(x._mpf_))
                off = abs(mpmath.mp.make_mpf(found._mpf_) / true - 1)
                assert off <= mpmath.mpf(10) ** -digits, (x, off)


def test_ends_of_expm1_and_log1p_and_what_is_not_real():
    assert [mp.expm1(x) for x in (0, mp.inf, -mp.inf)] == [0, mp.inf, -1] and mp.isnan(mp.expm1(mp.nan))
    assert [mp.log1p(x) for x in (0, mp.inf, -1)] == [0, mp.inf, -mp.inf] and mp.isnan(mp.log1p(mp.nan))
    assert mp.log1p(-3) == mp.log(-2) and abs(mp.expm1(mp.pi * 1j) + 2) < 1e-14


def test_e_to_a_number_of_too_many_bits_is_refused():
    with pytest.raises(OverflowError, match="bits"):
        mp.exp(mp.mpf(2) ** (10**6))

"""Steps of the linear game taken one by one, beside the multipliers and the largest stable step."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import gantheory as gt
from gantheory.objectives.specification import from_spec
from gantheory.stability import largest_step, local_spectrum, update_roots
from gantheory.stability.discrete import _least_root

VANILLA = gt.objectives.vanilla()


def growth(spectrum, h, scheme, d_steps=1, betas=(0.0, 0.0), steps=4000):
    """Growth per update of a mode, by playing the game: phi, eta and their momenta, in scalars."""
    lam, tau = float(spectrum.eigenvalues[0]), float(spectrum.rate_ratio)
    kappa, b, s = (float(x) for x in (spectrum.kappa, spectrum.b, spectrum.s))
    gamma = float(spectrum.gradient_weight)
    phi, eta, m, n, logs = 0.7, -0.4, 0.1, 0.2, 0.0
    for k in range(steps):
        old = phi
        for _ in range(d_steps):
            m = betas[0] * m + (1 - betas[0]) * (-(kappa + gamma * lam) * phi - b * eta)
            phi += tau * h * m
        n = betas[1] * n + (1 - betas[1]) * s * lam * (phi if scheme == "alternating" else old)
        eta += h * n
        size = max(abs(x) for x in (phi, eta, m, n))
        if k >= steps // 2:
            logs += np.log(size)
        phi, eta, m, n = (x / size for x in (phi, eta, m, n))
    return np.exp(logs / (steps - steps // 2))


CASES = [
    ("simultaneous", 1, (0.0, 0.0)),
    ("alternating", 1, (0.0, 0.0)),
    ("alternating", 3, (0.0, 0.0)),
    ("simultaneous", 1, (0.5, 0.9)),
    ("alternating", 1, (0.9, 0.5)),
    ("alternating", 2, (-0.3, 0.0)),
]


@pytest.mark.parametrize(("scheme", "d_steps", "betas"), CASES)
def test_multipliers_are_the_growth_of_the_played_game(scheme, d_steps, betas):
    for spec, lam, settings in (("vanilla", 3.0, {"r1": 0.1}), ("lsgan(0, 1, 1)", 9.0, {"rate_ratio": 2})):
        spectrum = local_spectrum(from_spec(spec), [lam], **settings)
        for h in (0.05, 0.3, 1.7):
            roots = update_roots(spectrum, h, scheme, d_steps, betas)[0]
            assert abs(roots[0]) == pytest.approx(growth(spectrum, h, scheme, d_steps, betas), rel=2e-3)


@pytest.mark.parametrize(("scheme", "d_steps", "betas"), CASES)
def test_just_below_the_largest_step_it_settles_and_just_above_it_does_not(scheme, d_steps, betas):
    for spec, settings in (("vanilla", {}), ("alpha_gan(0.5, 1.2)", {"r1": 0.2}), ("wgan", {"r1": 0.5})):
        spectrum = local_spectrum(from_spec(spec), [0, 0.1, 1.0, 20.0], rate_ratio=2, **settings)
        edges = largest_step(spectrum, scheme, d_steps, betas)
        for k, edge in enumerate(edges):
            if edge == 0:
                assert spectrum.damping[k] == 0
                continue
            below, above = (
                np.abs(update_roots(spectrum.mode(k), edge * f, scheme, d_steps, betas)).max()
                for f in (0.999, 1.001)
            )
            assert below < 1 < above


@pytest.mark.parametrize("scheme", ["simultaneous", "alternating"])
def test_closed_forms_beside_the_roots_of_polynomials(scheme):
    spectrum = local_spectrum(VANILLA, [0, 0.05, 0.25, 1, 50], r1=0.05, rate_ratio=3)
    c, d = spectrum.friction, spectrum.restoring
    modes, still = range(1, 5), (0.0, 0.0)
    wanted = largest_step(spectrum, scheme)[1:]
    found = [_least_root(c[k], d[k], scheme, 1, still) for k in modes]
    np.testing.assert_allclose(found, wanted, rtol=1e-14)


def radius(c, d, h, scheme, betas):
    """Of the roots of (P_1 + h z c) P_2 + h^2 z^(2 or 3) d, with 60 digits."""
    with mpmath.workdps(60):
        c, d, h, one = mpmath.mpf(c), mpmath.mpf(d), mpmath.mpf(h), mpmath.mpf(1)
        (b, q) = map(mpmath.mpf, betas)

        def times(x, y):
            return [
                mpmath.fsum(x[i] * y[k - i] for i in range(len(x)) if 0 <= k - i < len(y))
                for k in range(len(x) + len(y) - 1)
            ]

        first = [one, -(1 + b) + h * c * (1 - b), b]
        whole = times(first, [one, -(1 + q), q])
        whole[1 if scheme == "alternating" else 2] += h**2 * d * (1 - b) * (1 - q)
        return max(abs(z) for z in mpmath.polyroots(whole, maxsteps=500, extraprec=300))


@pytest.mark.parametrize("scheme", ["simultaneous", "alternating"])
@pytest.mark.parametrize("betas", [(0.999, 0.999), (0.5, 0.9), (0.9, 0.0), (-0.3, 0.2)])
def test_edges_of_momentum_with_sixty_digits(scheme, betas):
    # from where doubles lose the friction (lambda = 1e16) to where they lose the generator
    spectrum = local_spectrum(VANILLA, [1e-9, 40.0, 1e16])
    for c, d, edge in zip(
        spectrum.friction, spectrum.restoring, largest_step(spectrum, scheme, 1, betas), strict=True
    ):
        assert (
            radius(c, d, edge * (1 - 1e-6), scheme, betas)
            < 1
            < radius(c, d, edge * (1 + 1e-6), scheme, betas)
        )


def test_small_steps_settle_wherever_the_flow_does():
    heavy = {"scheme": "simultaneous", "momentum": 0.999}
    # found by the 60 digits above
    for spectrum, wanted in (
        (local_spectrum(VANILLA, [40.0]), 2.516982e-05),
        (local_spectrum(VANILLA, [3.0], rate_ratio=4), 5.0025e-04),
        (local_spectrum(from_spec("wgan"), [3.0], r1=0.3), 1.6094e-04),
    ):
        np.testing.assert_allclose(largest_step(spectrum, **heavy), wanted, rtol=3e-5)
    # the discriminator alone leaves at -1: 2 (1 + beta)/((1 - beta) kappa), for lambda = 0 and near it
    slow = local_spectrum(VANILLA, [0, 1e-300, 1e-11, 1e-9])
    np.testing.assert_allclose(largest_step(slow, momentum=0.5), 12, rtol=1e-7)
    np.testing.assert_allclose(largest_step(slow, d_steps=2), 4, rtol=1e-7)
    np.testing.assert_allclose(largest_step(slow, d_steps=5, momentum=0.9), 76, rtol=1e-7)


def test_several_steps_without_momentum():
    # 2 (1 + q) = h (d/c) (1 - q), q = (1 - h c)^n: the trace and determinant of one update
    spectrum = local_spectrum(VANILLA, [0.3, 5.0, 1e4])
    for c, d, h in zip(spectrum.friction, spectrum.restoring, largest_step(spectrum, d_steps=3), strict=True):
        q = (1 - h * c) ** 3
        assert 2 * (1 + q) == pytest.approx(h * d / c * (1 - q), rel=1e-8) and h * c < 2


def test_a_narrow_window_of_unstable_steps_ends_the_stable_ones():
    # unstable from 16.15 to 16.32, and again from 34.3 on
    spectrum = local_spectrum(from_spec("alpha_gan(0.5, 1.2)"), [1.0117], rate_ratio=3.0553)
    (edge,) = largest_step(spectrum, d_steps=3, momentum=0.99)
    steps = edge * np.array([0.1, 0.3, 0.5, 0.7, 0.9, 0.999, 1.001, 1.005])
    sizes = [np.abs(update_roots(spectrum, h, d_steps=3, momentum=0.99)).max() for h in steps]
    assert max(sizes[:-2]) < 1 < min(sizes[-2:])
    assert np.abs(update_roots(spectrum, 20.0, d_steps=3, momentum=0.99)).max() < 1


def test_simultaneous_multipliers_are_one_plus_h_mu():
    spectrum = local_spectrum(VANILLA, [0.1, 1, 7])
    found = update_roots(spectrum, 0.2, "simultaneous")
    np.testing.assert_allclose(
        np.sort_complex(found.ravel()), np.sort_complex((1 + 0.2 * spectrum.roots).ravel()), rtol=1e-12
    )


def test_nothing_settles_without_friction():
    spectrum = local_spectrum(from_spec("wgan"), [1.0, 4.0])
    assert not largest_step(spectrum, "simultaneous").any() and not largest_step(spectrum).any()
    # bounded on the unit circle below 2/sqrt(d), Gidel et al. 2019; outside above
    for h, on in ((0.5, True), (0.99, True), (1.01, False)):
        assert (abs(abs(update_roots(spectrum.mode(1), h)[0, 0]) - 1) < 1e-12) == on
    # and negative momentum makes alternating steps settle (their Theorem 6)
    assert (largest_step(spectrum, momentum=(0.0, -0.5)) > 0).all()
    assert not largest_step(spectrum, momentum=(0.0, 0.5)).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: largest_step(s, "altrenating"), "scheme 'altrenating': did you mean 'alternating'"),
        (lambda s: largest_step(s, "simultaneous", 2), "d_steps=2 goes with scheme='alternating'"),
        (lambda s: largest_step(s, d_steps=0), "d_steps must be a whole number of at least 1, got 0"),
        (lambda s: update_roots(s, -1.0), "step must be in"),
        (lambda s: update_roots(s, 0.1, momentum=1.0), "momentum must be in"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call(local_spectrum(VANILLA, [1.0]))

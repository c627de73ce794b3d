"""Settings of remedies and variants: what they are where nothing is said, and the ends of their ranges."""

from __future__ import annotations

import pytest

from gantheory.training.remedies import REMEDIES, remedy_from_text
from gantheory.training.variants import VARIANTS, checked_variant

DEFAULTS = {
    "r1": "gamma=0.1", "r2": "gamma=0.1", "gradient_penalty": "weight=10.0",
    "dragan": "weight=10.0, spread=0.5", "lsgan_penalty": "weight=2.34375, spread=30.0",
    "clipping": "bound=0.01", "spectral_norm": "", "adaptive_l2": "step=1e-05, low=0.9, high=1.3",
    "gap_aware": "smoothing=0.95, most=2.0, least=0.1, scale=None", "margin_skip": "margin=0.3",
    "loss_balance": "discriminator=1.0, generator=0.5", "label_smoothing": "real=0.9, fake=0.0",
    "noisy_labels": "real_low=0.7, real_high=1.2, fake_low=0.0, fake_high=0.3", "flipped_labels": "rate=0.05",
    "instance_noise": "std=0.1, decay_steps=0", "experience_replay": "size=1024, rate=0.5",
    "pulling_away": "weight=0.1", "reverse_kl": "weight=1.0", "cgan": "embedding=8",
    "acgan": "weight=1.0, embedding=8", "infogan": "categories=10, continuous=2, weight=1.0",
    "ebgan": "pulling_away=0.1, code=16", "began": "diversity=0.5, gain=0.001, code=64",
    "vaegan": "weight=0.1, deviation=1.0", "lapgan": "width=128", "coulomb": "exponent=1.0, epsilon=1.0",
    "mdgan": "code=9, deviation=0.5, radius=0.94357", "pgan": "code=9, deviation=0.5", "vral": "width=28",
}  # fmt: skip
"""Those of the papers, where the docstrings do not say otherwise; texts of stored runs rely on them."""


def test_settings_where_nothing_is_said() -> None:
    found = {name: repr(kind()).partition("(")[2][:-1] for name, kind in (REMEDIES | VARIANTS).items()}
    assert found == DEFAULTS


def made(text: str) -> object:
    return (remedy_from_text if text.partition("(")[0] in REMEDIES else checked_variant)(text)


@pytest.mark.parametrize(
    ("call", "inside", "outside"),
    [
        ("r1({})", "0 7", "-1e-9 inf"),
        ("r2({})", "0 7", "-1e-9 inf"),
        ("gradient_penalty({})", "0 99", "-1e-9 inf"),
        ("dragan({})", "0 99", "-1e-9 inf"),
        ("dragan(1, {})", "0 99", "-1e-9 inf"),
        ("lsgan_penalty({})", "0 99", "-1e-9 inf"),
        ("lsgan_penalty(1, {})", "0 99", "-1e-9 inf"),
        ("clipping({})", "1e-9 inf", "0 -1"),
        ("adaptive_l2({})", "0 9", "-1e-9 inf"),
        ("adaptive_l2(1, {}, 0.5)", "0 0.5", "-1e-9 0.5001"),
        ("adaptive_l2(1, 0, {})", "0 9", "-1e-9 inf"),
        ("gap_aware({})", "0 1", "-1e-9 1.0001"),
        ("gap_aware(most={})", "1 9", "0.9999 inf"),
        ("gap_aware(least={})", "1e-9 1", "0 1.0001"),
        ("gap_aware(scale={})", "1e-9 9", "0 inf"),
        ("margin_skip({})", "0 9", "-1e-9 inf"),
        ("loss_balance({})", "-9 9", "inf"),
        ("loss_balance(0, {})", "-9 9", "inf"),
        ("label_smoothing({})", "1e-9 1", "-1e-9 1.0001"),
        ("label_smoothing(0.5, {})", "0 0.4999", "-1e-9 0.5 0.5001"),
        ("noisy_labels(0.75, {})", "0.75 1.25", "0.7499 1.2501 inf"),
        ("noisy_labels({}, 1)", "1 -1", "1.0001 -1.0001"),
        ("noisy_labels(1, 1, {}, 0.25)", "0.25 -0.25", "0.2501 -0.2501"),
        ("noisy_labels(1, 1, 0.75, {})", "0.75 1.25", "0.7499 1.2501 inf"),
        ("flipped_labels({})", "0 0.4999", "-1e-9 0.5"),
        ("instance_noise({})", "0 9", "-1e-9 inf"),
        ("instance_noise(1, {})", "0 9", "-1 inf"),
        ("experience_replay({})", "1", "0 1.5"),
        ("experience_replay(1, {})", "0 1", "-1e-9 1.0001"),
        ("pulling_away({})", "0 9", "-1e-9 inf"),
        ("reverse_kl({})", "0 9", "-1e-9 inf"),
        ("cgan({})", "1", "0 1.5"),
        ("acgan({})", "0 9", "-1e-9 inf"),
        ("acgan(1, {})", "1", "0 1.5"),
        ("infogan({})", "0 2", "1 -1"),
        ("infogan(2, {})", "0 1", "-1 1.5"),
        ("infogan(2, 1, {})", "0 9", "-1e-9 inf"),
        ("ebgan({})", "0 9", "-1e-9 inf"),
        ("ebgan(1, {})", "1", "0 1.5"),
        ("began({})", "0 1", "-1e-9 1.0001"),
        ("began(1, {})", "0 9", "-1e-9 inf"),
        ("began(1, 1, {})", "1", "0 1.5"),
        ("vaegan({})", "0 9", "-1e-9 inf"),
        ("vaegan(1, {})", "1e-9 9", "0 inf"),
        ("lapgan({})", "1", "0 1.5"),
        ("coulomb({})", "1e-9 9", "0 inf"),
        ("coulomb(1, {})", "1e-9 9", "0 inf"),
        ("mdgan({})", "1", "0 1.5"),
        ("mdgan(1, {})", "1e-9 9", "0 inf"),
        ("mdgan(1, 1, {})", "1e-9 9", "0 inf"),
        ("pgan({})", "1", "0 1.5"),
        ("pgan(1, {})", "1e-9 9", "0 inf"),
        ("vral({})", "1", "0 1.5"),
    ],
)
def test_the_ends_of_a_range_are_allowed_and_what_is_beyond_is_refused(
    call: str, inside: str, outside: str
) -> None:
    for value in inside.split():
        made(call.format(value))
    for value in outside.split():
        with pytest.raises(ValueError, match=r"must "):
            made(call.format(value))

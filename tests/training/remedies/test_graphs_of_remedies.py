"""A step with any remedy holds nothing that a CUDA graph cannot: no number read, no constant copied."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gantheory.training import GanConfig
from gantheory.training.remedies import REMEDIES


@pytest.mark.parametrize("name", REMEDIES)
def test_the_step_reads_no_number(
    game: Callable[..., GanConfig], forbidden_calls: Callable[[GanConfig], set[str]], name: str
) -> None:
    assert not forbidden_calls(game(remedies=[name], discriminator_steps=2))

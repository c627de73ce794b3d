"""Losses as public code writes them, for ``gantheory identify gantheory.reading.example:d_loss ...``."""

from __future__ import annotations

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy


def d_loss(real_scores: torch.Tensor, fake_scores: torch.Tensor) -> torch.Tensor:
    """Cross entropy with labels 1 for real and 0 for fake scores, averaged over both."""
    on_real = cross_entropy(real_scores, torch.ones_like(real_scores))
    on_fake = cross_entropy(fake_scores, torch.zeros_like(fake_scores))
    return (on_real + on_fake) / 2


def g_loss(fake_scores: torch.Tensor) -> torch.Tensor:
    """Cross entropy with the label 1: the non-saturating loss."""
    return cross_entropy(fake_scores, torch.ones_like(fake_scores))


def swapped(fake_scores: torch.Tensor) -> torch.Tensor:
    """The same with the wrong label, a fault that `gantheory identify` finds."""
    return cross_entropy(fake_scores, torch.zeros_like(fake_scores))

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


def naive_d_loss(real_scores: torch.Tensor, fake_scores: torch.Tensor) -> torch.Tensor:
    """Logarithms of a sigmoid, which become log 0: where NaN comes from, as `gantheory identify` says."""
    on_real, on_fake = torch.sigmoid(real_scores), torch.sigmoid(fake_scores)
    return -(torch.log(on_real).mean() + torch.log(1 - on_fake).mean())


def smoothed_d_loss(real_scores: torch.Tensor, fake_scores: torch.Tensor) -> torch.Tensor:
    """Cross entropy with the label 0.9 for real scores: one-sided label smoothing."""
    on_real = cross_entropy(real_scores, torch.full_like(real_scores, 0.9))
    return on_real + cross_entropy(fake_scores, torch.zeros_like(fake_scores))

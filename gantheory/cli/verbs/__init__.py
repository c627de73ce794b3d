"""The verbs of the program, in the order of its help: each is a file of this folder."""

from __future__ import annotations

VERBS = {
    "derive": "optimal score, D*, divergences, saturation and ideal loss",
    "divergence": "value of an objective's divergence between two distributions",
    "landscape": "how much gradient reaches the generator: pictures and numbers",
    "stability": "the joint game near P_g = P_r: does it swing, what damps it",
    "identify": "which objective two losses in PyTorch code are, and what is wrong",
    "design": "the generator's loss for a wanted divergence or saturation",
    "export": "a training loop in plain PyTorch or JAX, and what to cite",
    "card": "two pages about an objective, for an appendix: HTML, PDF or LaTeX",
    "check": "published statements, each with a verdict: holds, fails, undecided",
    "ntk": "infinitely wide discriminators: flows, fields, predictions",
    "validate": "train networks and report each prediction beside its measurement",
    "train": "a GAN on pictures or points: samples, animation, metrics",
    "sample": "pictures or points of a trained generator; along great circles",
    "compare": "objectives with remedies on one task; every seed is shown",
    "sweep": "train a grid of settings over many seeds; goes on where it was",
    "report": "stored results beside the published ones, with intervals and tests",
    "figures": "the pictures of paper_figs/ as PNG and PDF, from stored results",
    "explore": "one HTML page with sliders over all of it, which works offline",
}

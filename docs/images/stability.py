"""Picture of docs/stability.md, written beside this file."""

from __future__ import annotations

from pathlib import Path

from gantheory import plotting
from gantheory.stability import alpha_thresholds

if __name__ == "__main__":
    with plotting.style():
        figure = plotting.threshold_map(alpha_thresholds())
        figure.savefig(Path(__file__).with_suffix(".png"), dpi=150)

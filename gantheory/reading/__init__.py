"""From code to theory: what the losses of a training loop are, and whether its numbers are as they should be.

* `identify(d_loss, g_loss)`: two torch callables -> objective, theory, ideal loss, findings
* `identify_penalty(penalty)`: (discriminator, real, fake) -> scalar: place, weight, target, findings
* `design(flow=..., discriminator=...)`: the inverse of `derive`: the generator's loss for a wanted divergence
* `card(objective, "card.html")`: two pages about an objective, as HTML, PDF or LaTeX
* `export(objective)`: a training loop in plain PyTorch or JAX; `citation(objective)`: BibTeX of what was used
* `monitor(objective)`: watch a training loop in three lines, with a verdict in words
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gantheory.support.lazy import on_demand

if TYPE_CHECKING:
    from gantheory.reading.citing.citation import citation
    from gantheory.reading.designing.design import NoDesignError, design
    from gantheory.reading.exporting.code import NoExportError
    from gantheory.reading.exporting.export import export
    from gantheory.reading.identification.finding import Finding
    from gantheory.reading.identification.identified import Identified
    from gantheory.reading.identification.identify import identify
    from gantheory.reading.identification.penalties.identify_penalty import (
        IdentifiedPenalty,
        identify_penalty,
    )
    from gantheory.reading.monitoring.monitor import Monitor, monitor
    from gantheory.reading.monitoring.summary import Summary
    from gantheory.reading.sheets.card import card

__all__ = [
    "Finding",
    "Identified",
    "IdentifiedPenalty",
    "Monitor",
    "NoDesignError",
    "NoExportError",
    "Summary",
    "card",
    "citation",
    "design",
    "export",
    "identify",
    "identify_penalty",
    "monitor",
]

# Imported when first asked for: measures of scores need no torch.
__getattr__, __dir__ = on_demand(__name__)

"""From code to theory: what the losses of a training loop are, and whether its numbers are as they should be.

* `identify(d_loss, g_loss)`: two torch callables -> objective, theory, ideal loss, findings
* `identify_penalty(penalty)`: (discriminator, real, fake) -> scalar: place, weight, target, findings
"""

from gantheory.reading.identification.finding import Finding
from gantheory.reading.identification.identified import Identified
from gantheory.reading.identification.identify import identify
from gantheory.reading.identification.penalty import IdentifiedPenalty, identify_penalty

__all__ = ["Finding", "Identified", "IdentifiedPenalty", "identify", "identify_penalty"]

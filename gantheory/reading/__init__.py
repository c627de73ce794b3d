"""From code to theory: what the losses of a training loop are, and whether its numbers are as they should be.

found = identify(d_loss, g_loss)     # two torch callables -> objective, theory, ideal loss, findings
"""

from gantheory.reading.identification.finding import Finding
from gantheory.reading.identification.identified import Identified
from gantheory.reading.identification.identify import identify

__all__ = ["Finding", "Identified", "identify"]

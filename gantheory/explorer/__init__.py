"""The explorer: one HTML page with sliders over the theory of GAN objectives, for offline use."""

from gantheory.arguments.door import open_door
from gantheory.explorer.build import DEFAULT, page

__all__ = ["DEFAULT", "page"]

open_door(__name__)

"""One training run as a folder: `gantheory train` makes it, `gantheory sample` draws from it.

folder = RunFolder.begin("out/faces", config)
table = train_into(folder, config, extractor=pixels(8))    # a row a seed; goes on where it was
generator = stored_generator("out/faces")                  # without the data; nothing is executed
pictures = generator(paths(generator.latent, count=4, steps=8, seed=0))    # along great circles
png(sheet(pictures, columns=8))                            # bytes of a PNG file
"""

from gantheory.arguments.door import open_door
from gantheory.runs.folder import RunFolder
from gantheory.runs.live import LiveView
from gantheory.runs.noise import great_circle, paths
from gantheory.runs.pyramid import train_pyramid_into
from gantheory.runs.recorder import Recorder
from gantheory.runs.sheets import film, png, scatter, sheet
from gantheory.runs.stored import StoredGenerator, stored_generator
from gantheory.runs.train import train_into

__all__ = [
    "LiveView",
    "Recorder",
    "RunFolder",
    "StoredGenerator",
    "film",
    "great_circle",
    "paths",
    "png",
    "scatter",
    "sheet",
    "stored_generator",
    "train_into",
    "train_pyramid_into",
]

open_door(__name__)

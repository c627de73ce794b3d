"""Predictions beside measurements: what theory says of trained networks, held against training.

    result = validation.run_preset(validation.preset("demo"), "out/demo")     # trains, writes a report
    result.predictions                                                        # each with verdict and control
    validation.check(obj, discriminator, real, fake, log_ratio=...)           # a user's own trained model

See `gantheory.validation.predictions.prediction` for how an interval and a region give a verdict, and what a
negative control is for.
"""

from gantheory.arguments.door import open_door
from gantheory.validation.check import check
from gantheory.validation.experiments.density_flow import DensityFlow, FlowError, potential_of, solve
from gantheory.validation.experiments.fits.discriminator_fit import DiscriminatorFit
from gantheory.validation.experiments.fits.ideal_loss import IdealLoss
from gantheory.validation.experiments.fits.value_lines import Wrong
from gantheory.validation.experiments.flow import FlowExperiment
from gantheory.validation.experiments.ring import RingExperiment
from gantheory.validation.predictions.intervals import Joint, mean_interval
from gantheory.validation.predictions.prediction import Control, Measurement, Prediction, Predictions, judge
from gantheory.validation.presets.built_in import PRESETS, Preset, Section, preset
from gantheory.validation.presets.user_objectives import preset_of
from gantheory.validation.result import Result
from gantheory.validation.run import run_preset

__all__ = [
    "PRESETS",
    "Control",
    "DensityFlow",
    "DiscriminatorFit",
    "FlowError",
    "FlowExperiment",
    "IdealLoss",
    "Joint",
    "Measurement",
    "Prediction",
    "Predictions",
    "Preset",
    "Result",
    "RingExperiment",
    "Section",
    "Wrong",
    "check",
    "judge",
    "mean_interval",
    "potential_of",
    "preset",
    "preset_of",
    "run_preset",
    "solve",
]

open_door(__name__)

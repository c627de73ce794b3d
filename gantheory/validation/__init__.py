"""Predictions beside measurements: what theory says of trained networks, held against training.

    result = validation.run_preset(validation.preset("demo"), "out/demo")     # trains, writes a report
    result.predictions                                                        # each with verdict and control
    validation.check(obj, discriminator, real, fake, log_ratio=...)           # a user's own trained model

See `gantheory.validation.prediction` for how an interval and a region give a verdict, and what a negative
control is for.
"""

from gantheory.validation.check import check
from gantheory.validation.density_flow import DensityFlow, FlowError, potential_of, solve
from gantheory.validation.discriminator_fit import DiscriminatorFit, Wrong
from gantheory.validation.flow_experiment import FlowExperiment
from gantheory.validation.ideal_loss import IdealLoss
from gantheory.validation.intervals import Joint, mean_interval
from gantheory.validation.prediction import Control, Measurement, Prediction, Predictions, judge
from gantheory.validation.presets import PRESETS, Preset, Section, preset
from gantheory.validation.ring_experiment import RingExperiment
from gantheory.validation.run import Result, run_preset
from gantheory.validation.user_objectives import preset_of

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

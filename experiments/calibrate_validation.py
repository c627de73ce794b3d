"""How exactly trained discriminators follow theory: the tolerances of `gantheory validate --preset demo`.

Trains the discriminators of the demo on seeds that no report uses by default and stores, for each line, its
measured value and interval in gantheory/validation/calibration.json. Tolerances follow from these by the rule
in gantheory/validation/calibration.py, and so before the report's own seeds are seen.

    python experiments/calibrate_validation.py line [--seed 7]
    python experiments/calibrate_validation.py plane [--seed 7]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import torch

from gantheory.validation import calibration
from gantheory.validation.discriminator_fit import DiscriminatorFit
from gantheory.validation.intervals import Joint
from gantheory.validation.outcome import Context
from gantheory.validation.prediction import Prediction
from gantheory.validation.presets import DEMO

STORE = Path(calibration.__file__).with_name("calibration.json")


def main() -> None:
    """Train, and write what was measured after every fit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pair", choices=("line", "plane"))
    parser.add_argument(
        "--seed", type=int, default=7, help="shifts every training seed; not 0, which is the report's"
    )
    given = parser.parse_args()
    torch.set_num_threads(1)
    context = Context(joint=Joint(DEMO.comparisons, DEMO.confidence), seed=given.seed)
    lines = {}
    for experiment in DEMO.experiments:
        if not isinstance(experiment, DiscriminatorFit) or experiment.pair != given.pair:
            continue
        start = time.process_time()
        for item in experiment.run(context):
            if isinstance(item, Prediction):
                lines[item.id] = {
                    "predicted": item.predicted,
                    "measured": item.measured,
                    "interval": list(item.interval),
                    "unit": item.power_unit or 1.0,
                    "from_below": item.region[1] - item.predicted < 0.5 * (item.predicted - item.region[0]),
                    "undecided": item.undecided,
                }
        print(f"{experiment.name}: {time.process_time() - start:.0f} s of a processor", flush=True)
        stored = json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {"lines": {}}
        stored = {"seed": given.seed, "lines": stored["lines"] | lines}
        STORE.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""How exactly trained discriminators follow theory: the tolerances of `gantheory validate --preset demo`.

Trains the discriminators of the demo on report seeds that nothing else uses, and stores of each line the mean
and the standard deviation of what all networks gave, in gantheory/validation/presets/calibration.json.
Tolerances follow from these by the rule in gantheory/validation/presets/calibration.py. A second run replaces
the first, whole.

    python experiments/calibrate_validation.py [--seeds 101 102 103 104 105 106] [--jobs 2]
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from gantheory.validation.predictions.intervals import Joint
from gantheory.validation.predictions.outcome import Context, Experiment
from gantheory.validation.predictions.prediction import Prediction
from gantheory.validation.presets import calibration
from gantheory.validation.presets.built_in import IDEAL, LINE, PLANE

STORE = Path(calibration.__file__).with_name("calibration.json")
SEEDS = (101, 102, 103, 104, 105, 106)


def measured(experiment: Experiment, seed: int) -> dict[str, tuple[float, float, tuple[float, ...]]]:
    """Predicted value, unit and what each network gave, by the id of the line."""
    import torch

    torch.set_num_threads(1)
    context = Context(joint=Joint(calibration.COMPARISONS), seed=seed)
    found = {}
    for item in experiment.run(context):
        if isinstance(item, Prediction):
            found[item.id] = (item.predicted, item.power_unit or 1.0, item.values)
    return found


def main() -> None:
    """Train all, then write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=SEEDS, help="of reports; none that a report uses"
    )
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    values: dict[str, list[float]] = defaultdict(list)
    known: dict[str, tuple[float, float]] = {}
    start = time.perf_counter()
    with ProcessPoolExecutor(given.jobs, get_context("spawn")) as pool:
        futures = [
            (experiment, seed, pool.submit(measured, experiment, seed))
            for seed in given.seeds
            for experiment in (*LINE, *PLANE, *IDEAL)
        ]
        for experiment, seed, future in futures:
            for name, (predicted, unit, numbers) in future.result().items():
                known[name] = (predicted, unit)
                values[name].extend(numbers)
            print(f"{time.perf_counter() - start:.0f} s: {experiment.name}, seed {seed}", flush=True)
    lines = {
        name: {
            "predicted": known[name][0],
            "unit": known[name][1],
            "mean": float(np.mean(numbers)),
            "deviation": float(np.std(numbers, ddof=1)),
            "networks": len(numbers),
        }
        for name, numbers in values.items()
    }
    text = json.dumps({"seeds": list(given.seeds), "lines": lines}, indent=1)
    STORE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""How exactly trained discriminators follow theory: the tolerances of `gantheory validate --preset demo`.

Trains the discriminators of the demo on report seeds that nothing else uses, and stores of each line how far
each network was from the prediction, in gantheory/validation/presets/calibration.json.
Tolerances follow from these by the rule in gantheory/validation/presets/calibration.py. A second run replaces
the first, whole.

    python experiments/calibrate_validation.py [--seeds 201 202 203 204 205 206] [--jobs 2]
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from gantheory.validation.predictions.intervals import Joint
from gantheory.validation.predictions.outcome import Context, Experiment
from gantheory.validation.predictions.prediction import Prediction
from gantheory.validation.presets import calibration
from gantheory.validation.presets.built_in import IDEAL, LINE, PLANE

STORE = Path(calibration.__file__).with_name("calibration.json")
SEEDS = (201, 202, 203, 204, 205, 206)


def errors(experiment: Experiment, seed: int) -> dict[str, list[float]]:
    """(x - predicted)/unit of each network to five digits, by the id of the line."""
    import torch

    torch.set_num_threads(1)
    context = Context(joint=Joint(calibration.COMPARISONS), seed=seed)
    return {
        item.id: [float(f"{(x - item.predicted) / (item.power_unit or 1.0):.5g}") for x in item.values]
        for item in experiment.run(context)
        if isinstance(item, Prediction)
    }


def main() -> None:
    """Train all, then write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=SEEDS, help="of reports; none that a report uses"
    )
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    (networks,) = {experiment.seeds for experiment in (*LINE, *PLANE, *IDEAL)}
    lines: dict[str, list[float]] = defaultdict(list)
    start = time.perf_counter()
    with ProcessPoolExecutor(given.jobs, get_context("spawn")) as pool:
        futures = [
            (experiment, seed, pool.submit(errors, experiment, seed))
            for seed in given.seeds
            for experiment in (*LINE, *PLANE, *IDEAL)
        ]
        for experiment, seed, future in futures:
            for name, numbers in future.result().items():
                lines[name].extend(numbers)
            print(f"{time.perf_counter() - start:.0f} s: {experiment.name}, seed {seed}", flush=True)
    head = json.dumps({"seeds": list(given.seeds), "networks": networks})[:-1]
    rows = ",\n ".join(f"{json.dumps(name)}: {json.dumps(line)}" for name, line in lines.items())
    STORE.write_text(f'{head},\n"lines": {{\n {rows}\n}}}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()

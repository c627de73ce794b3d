"""What alpha does to the field of an infinitely wide discriminator: speeds of generated samples over t.

60 generated points in the middle of eight Gaussians, 60 real ones. The discriminator depends on alpha_D
alone; it is trained to each time t, and the speeds |S'(v) grad v| of the generated samples follow for every
alpha_G, saturating and non-saturating. Stored: root mean square speeds (kernels, alpha_D, alpha_G,
generators, times), and the scores' mean at generated points. A minute on one core.

    python experiments/ntk/alpha_fields.py [--out results/ntk/alpha_fields.npz]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from gantheory.ntk import discriminator_flow
from gantheory.ntk.kernels.named import NAMED
from gantheory.ntk.samples.setups import setup
from gantheory.objectives import alpha_gan

ROOT = Path(__file__).resolve().parents[2]
KERNELS = ("relu", "sigmoid", "rbf")
ALPHA_D = (0.5, 1.0, 3.0)
ALPHA_G = (0.3, 0.5, 1.0, 3.0, np.inf)
TIMES = np.geomspace(0.03, 30.0, 10)
POINTS = 60


def main() -> None:
    """Train, measure and store."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "ntk" / "alpha_fields.npz")
    path = parser.parse_args().out
    path.parent.mkdir(parents=True, exist_ok=True)
    task = setup("ring", POINTS)
    speeds = np.zeros((len(KERNELS), len(ALPHA_D), len(ALPHA_G), 2, len(TIMES)))
    scores = np.zeros((len(KERNELS), len(ALPHA_D), len(TIMES)))
    for i, kernel in enumerate(KERNELS):
        for j, alpha_d in enumerate(ALPHA_D):
            # The non-saturating vanilla generator turns v into a velocity by a factor that is known and never
            # 0.
            base = alpha_gan(alpha_d, 1, saturating=False)
            flow = discriminator_flow(base, NAMED[kernel](), task.target, task.source)
            values = flow.scores(task.source, TIMES)
            slope = np.abs(base.functions("numpy").S.derivative(values))
            steepness = np.linalg.norm(flow.field(task.source, TIMES), axis=-1) / slope
            scores[i, j] = values.mean(-1)
            for k, alpha_g in enumerate(ALPHA_G):
                for s, saturating in enumerate((True, False)):
                    obj = alpha_gan(alpha_d, alpha_g, saturating=saturating)
                    factor = np.abs(obj.functions("numpy").S.derivative(values))
                    speeds[i, j, k, s] = np.sqrt(((factor * steepness) ** 2).mean(-1))
            print(
                kernel, alpha_d, flow.dynamics.method, f"mean v at t = 30: {scores[i, j, -1]:.2f}", flush=True
            )
    np.savez_compressed(
        path,
        kernels=np.array(KERNELS),
        alpha_d=np.array(ALPHA_D),
        alpha_g=np.array(ALPHA_G),
        times=TIMES,
        speeds=speeds,
        scores=scores,
    )
    print(path)


if __name__ == "__main__":
    main()

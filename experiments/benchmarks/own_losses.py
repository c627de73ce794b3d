"""The first divergences of losses that have no closed form of f: processor time, beside a later pair's.

The floor is the quadrature alone: a second pair of laws finds the tables of f that the first has made.

    python experiments/benchmarks/own_losses.py [--json]
"""

from __future__ import annotations

import json
import platform
import sys
import time

from scipy import stats

from gantheory.derivation import derive
from gantheory.objectives import parse

LOSSES = {  # real and fake; the generator's is minus the real one
    "penalty on logits": ("logsigmoid(v) - v**2/1000", "logsigmoid(-v) - v**2/1000"),
    "quartic penalty": ("logsigmoid(v) - v**4/50", "logsigmoid(-v)"),
    "focal": ("sigmoid(-v)**2*logsigmoid(v)", "sigmoid(v)**2*logsigmoid(-v)"),
    "poly-1": ("logsigmoid(v) - sigmoid(-v)", "logsigmoid(-v) - sigmoid(v)"),
    "log-cosh": ("-log(cosh(v - 1))", "-log(cosh(v + 1))"),
    "Welsch": ("exp(-(v - 1)**2) - 1", "exp(-(v + 1)**2) - 1"),
    "pseudo-Huber": ("-sqrt(1 + (v - 1)**2)", "-sqrt(1 + (v + 1)**2)"),
}
FIRST, SECOND = (stats.norm(0, 1), stats.norm(1, 1)), (stats.norm(0, 1), stats.norm(-0.7, 1))


def measured(real: str, fake: str) -> dict[str, float]:
    """Seconds of processor time for the theory, and for D_f and D_h of both pairs."""
    start = time.process_time()
    theory = derive(parse(real=real, fake=fake, generator=f"-({real})"))
    row = {"derive_s": time.process_time() - start}
    for kind in ("equilibrium", "flow"):
        for name, pair in (("first", FIRST), ("second", SECOND)):
            start = time.process_time()
            theory.divergence(*pair, kind=kind)
            row[f"{kind}_{name}_s"] = time.process_time() - start
    return row


def main() -> None:
    rows = []
    for name, (real, fake) in LOSSES.items():
        rows.append({"loss": name, **measured(real, fake)})
        if "--json" not in sys.argv:
            print("  ".join(f"{key} {x:.3f}" if key != "loss" else f"{x:18}" for key, x in rows[-1].items()))
    firsts = [(row[f"{kind}_first_s"], kind, row) for row in rows for kind in ("equilibrium", "flow")]
    slowest, kind, row = max(firsts, key=lambda one: one[0])
    total = {
        "slowest": f"{row['loss']}, {kind}",
        "slowest_first_s": slowest,
        "ratio_to_quadrature_alone": slowest / row[f"{kind}_second_s"],
        "machine": platform.platform(),
        "rows": rows,
    }
    print(json.dumps(total) if "--json" in sys.argv else f"slowest: {total['slowest']}, {slowest:.2f} s")


if __name__ == "__main__":
    main()

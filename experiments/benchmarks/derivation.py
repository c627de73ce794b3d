"""Cold derivation time of every built-in objective: a fresh process each, imports apart from the derivation.

The floor is the import of sympy, which each process pays once.

    python experiments/benchmarks/derivation.py [--json]
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys

from gantheory.objectives import BUILT_IN

CHILD = """
import sys, time
start = time.perf_counter()
import sympy
sympy_import = time.perf_counter() - start
start = time.perf_counter()
from gantheory.errors import NoPointwiseTheoryError
from gantheory.derivation import derive
from gantheory.objectives import from_spec
imported = time.perf_counter() - start
start = time.perf_counter()
try:
    th = derive(from_spec(sys.argv[1]))
    th.score, th.discriminator, th.f, th.h, th.f_D, th.saturation, th.ideal_loss
    derived = time.perf_counter() - start
    th.to_text()
except NoPointwiseTheoryError:
    derived = time.perf_counter() - start
print(sympy_import, imported, derived, time.perf_counter() - start)
"""


def main() -> None:
    rows = []
    for spec in BUILT_IN:
        out = subprocess.run([sys.executable, "-c", CHILD, spec], capture_output=True, text=True, check=True)
        sympy_import, imported, derived, printed = map(float, out.stdout.split())
        rows.append(
            {
                "objective": spec,
                "sympy_import_s": sympy_import,
                "package_import_s": imported,
                "derive_s": derived,
                "with_text_s": printed,
            }
        )
        if "--json" not in sys.argv:
            print(f"{spec:50} derived {derived:6.3f} s, with all properties as text {printed:6.3f} s")
    slowest = max(rows, key=lambda row: row["with_text_s"])
    total = {
        "slowest": slowest["objective"],
        "slowest_derive_s": max(row["derive_s"] for row in rows),
        "slowest_with_text_s": slowest["with_text_s"],
        "sympy_import_s": sorted(row["sympy_import_s"] for row in rows)[len(rows) // 2],
        "ratio_to_sympy_import": slowest["with_text_s"] / slowest["sympy_import_s"],
        "machine": platform.platform(),
        "rows": rows,
    }
    if "--json" in sys.argv:
        print(json.dumps(total))
    else:
        print(f"sympy's own import {total['sympy_import_s']:.3f} s; slowest {slowest['objective']}")


if __name__ == "__main__":
    main()

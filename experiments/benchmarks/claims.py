"""Time of `gantheory check` over the whole registry, as a user runs it, and where it goes.

The floor is the slowest claim beside the import of sympy and scipy in each worker process.

    python experiments/benchmarks/claims.py [--json]
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time


def main() -> None:
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "gantheory", "check", "--json"], capture_output=True, text=True, check=False
    )
    total = time.perf_counter() - start
    results = json.loads(done.stdout)
    slowest = sorted(results, key=lambda item: -item["seconds"])[:10]
    for item in slowest if "--json" not in sys.argv else []:
        print(f"{item['id']:28} {item['seconds']:6.2f} s  {item['method']}")
    summary = {
        "claims": len(results),
        "not_as_on_record": sum(not item["as_expected"] for item in results),
        "total_s": total,
        "claims_s": sum(item["seconds"] for item in results),
        "slowest": slowest[0]["id"],
        "floor_s": slowest[0]["seconds"],
        "ratio_to_floor": total / slowest[0]["seconds"],
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()

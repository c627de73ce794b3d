"""Chooses the tests that `make test` leaves to `make test-ci`: long ones where others reach the same code.

    python tools/long_tests.py

It runs what is not slow once, in one process, records the blocks of gantheory that each test reaches, and
writes tests/long_tests.txt. From the longest test on, one of more than LONG seconds is left out where each of
its blocks is reached by two of the tests that stay, or by one if it takes more than VERY_LONG. Two kinds stay
in any case: tests whose examples hypothesis draws, as they see more than their blocks tell, and the shortest
case of a test function if it takes less. `tools/mutate.py` tells which formulas are watched less for it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import is_hypothesis_test
from reached import ROOT, Importer, Reached, at_home, recording

LONG, VERY_LONG = 0.1, 0.2


def left_out(found: dict[str, tuple[float, list[str]]], drawn: set[str]) -> list[str]:
    """Names of the tests to leave out, sorted, from seconds and blocks of each; `drawn` are hypothesis's."""
    reaching = Counter(block for _, blocks in found.values() for block in blocks)
    shortest: dict[str, str] = {}
    for test in sorted(found, key=lambda test: found[test][0]):
        shortest.setdefault(test.partition("[")[0], test)
    stays = drawn | {test for test in shortest.values() if found[test][0] < VERY_LONG}
    out = []
    for test in sorted(found.keys() - stays, key=lambda test: -found[test][0]):
        seconds, blocks = found[test]
        others = 1 if seconds > VERY_LONG else 2
        if seconds > LONG and all(reaching[block] > others for block in blocks):
            out.append(test)
            reaching.subtract(blocks)
    return sorted(out)


class Drawn:
    """A pytest plugin: the names of tests whose examples hypothesis draws."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def pytest_collection_finish(self, session: Any) -> None:
        self.names = {x.nodeid for x in session.items if is_hypothesis_test(x.obj)}


def main() -> int:
    at_home()
    sys.meta_path.insert(0, Importer({file: recording(file) for file in (ROOT / "gantheory").rglob("*.py")}))
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder, "reached")
        drawn, options = Drawn(), ["-q", "-m", "not slow", "-p", "no:cacheprovider", "-p", "no:xdist"]
        if status := pytest.main(options, plugins=[Reached(record), drawn]):
            return int(status)
        found = json.loads(record.read_text())
    del found[""]
    out = left_out(found, drawn.names)
    ROOT.joinpath("tests/long_tests.txt").write_text("".join(f"{test}\n" for test in out))
    saved, whole = (sum(found[test][0] for test in tests) for tests in (out, found))
    print(f"{len(out)} of {len(found)} tests left out, {saved:.0f} of {whole:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""With gmpy2, whose integers mpmath and sympy then compute with, the same numbers come out.

The suite runs without it, as most users do: `conftest.py` sees to that. As a script, this prints its numbers.
"""

from __future__ import annotations

import importlib.util
import json
import pickle

import numpy as np
import pytest
from mpmath.libmp import BACKEND
from sympy.external.gmpy import GROUND_TYPES

import gantheory as gt
from gantheory.objectives import alpha_gan, vanilla
from gantheory.support.multiprecision import mp


def _numbers() -> dict[str, object]:
    theory, far = gt.derive(vanilla()), mp.mpf(2) ** 70
    pmfs = [0.25, 0.75], [0.5, 0.5]
    return {
        "far": [float(mp.exp(far) / mp.exp(far - 1)), float(mp.exp(-far)), mp.nstr(mp.exp(far), 14)],
        "pickled": pickle.dumps(mp.exp(far)).hex(),
        "formula": str(gt.derive(alpha_gan(0.5)).f),
        "f": theory.generating_function("flow").scaled(np.array([-1e30, -1e-9, 0.5, 1e3])).tolist(),
        "30 digits": str(theory.divergence(*pmfs, dps=30)),
        "certified": str(theory.divergence(*pmfs, certified=True)),
    }


@pytest.mark.skipif(importlib.util.find_spec("gmpy2") is None, reason="gmpy2 is not installed")
def test_gmpy2(python):
    assert BACKEND == "python"
    done = python(__file__, MPMATH_NOGMPY=None, SYMPY_GROUND_TYPES="gmpy")
    assert done.status == 0, done.err[-2000:]
    assert json.loads(done.out) == ["gmpy", "gmpy", _numbers()]


if __name__ == "__main__":
    print(json.dumps([BACKEND, GROUND_TYPES, _numbers()]))

"""Run the tests of neural-tangents' kernels on other versions of JAX, each in its own virtual environment.

Environments go to a temporary folder, or to --envs and are then used again. The oldest version that the
package allows, one between, and the newest for this Python by default; other versions, and another Python
for each, by --jax:

    python tests/ntk/jax_versions.py
    python tests/ntk/jax_versions.py --jax 0.12.0=python3.12 0.5.3 --envs /tmp/envs --slow
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ("tests/ntk/test_neural_tangents.py", "tests/ntk/test_stax.py")
VERSIONS = ("0.4.30", "0.7.2", "0.10.2")
PACKAGES = (
    "numpy>=2",
    "scipy>=1.15",
    "sympy",
    "mpmath",
    "python-flint",
    "pytest",
    "hypothesis",
    "frozendict",
)


def environment(folder: Path, version: str, interpreter: str) -> Path:
    """The Python of an environment with that JAX; what a gantheory without extras imports, and no more."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([interpreter, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, f"jax=={version}", f"jaxlib=={version}", *PACKAGES], check=True)
        subprocess.run([*install, "--no-deps", "neural-tangents==0.6.5"], check=True)
    return python


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jax", nargs="+", default=VERSIONS, metavar="VERSION[=PYTHON]")
    parser.add_argument("--envs", type=Path, help="folder that keeps the environments")
    parser.add_argument("--slow", action="store_true", help="slow tests too")
    options = parser.parse_args()
    verdicts = {}
    with tempfile.TemporaryDirectory() as temporary:
        for wanted in options.jax:
            version, _, interpreter = wanted.partition("=")
            folder = (options.envs or Path(temporary)) / f"jax-{version}"
            python = environment(folder, version, interpreter or sys.executable)
            done = subprocess.run(
                [python, "-m", "pytest", "-q", "-m", "" if options.slow else "not slow", *TESTS],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu", "OMP_NUM_THREADS": "1"},
                capture_output=True,
                text=True,
                check=False,
            )
            lines = done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or ["no output"]
            verdicts[version] = done.returncode
            print(f"jax {version}: {lines[-1]}", flush=True)
            if done.returncode:
                print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
    return int(any(verdicts.values()))


if __name__ == "__main__":
    sys.exit(main())

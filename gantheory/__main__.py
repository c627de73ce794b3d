"""``python -m gantheory`` is the program ``gantheory``."""

import sys

from gantheory.cli.app import main

if __name__ == "__main__":
    sys.exit(main())

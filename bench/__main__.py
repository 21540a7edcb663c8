"""``python -m bench``."""

import sys

from bench.processes import ROOT, SOURCE_ROOTS
from bench.run import main

if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / root) for root in SOURCE_ROOTS]
    sys.exit(main())

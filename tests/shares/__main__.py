"""`make shares`: who answers how many of 10,000 requests under each strategy, beside what its formula says.

Usage: python -m shares [--requests N] [--only NAME]
"""

import argparse
import sys
import time

from scorecard.report import text
from shares.cases import CASES
from shares.run import ENGINES, measured

TOLERANCE = 0.02


def main() -> int:
    """Measure all. Returns 1 if a share is off by more than the tolerance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    rows: list[tuple[str, ...]] = []
    worst = 0.0
    for case in CASES:
        if options.only not in case.name:
            continue
        began = time.monotonic()
        counts = measured(case, options.requests)
        off = max(abs(counts[name] / options.requests - case.expected[name]) for name in ENGINES)
        worst = max(worst, off)
        shares = (f"{counts[name] / options.requests:.3f} ({case.expected[name]:.3f})" for name in ENGINES)
        verdict = "yes" if off <= TOLERANCE else "NO"
        rows.append((case.name, *shares, f"{off:.3f}", verdict, f"{time.monotonic() - began:.0f} s", case.formula))
        print(" ".join(rows[-1]), file=sys.stderr, flush=True)
    head = ("strategy", *(f"{name} (formula)" for name in ENGINES), "off by", "within 0.02", "took", "formula")
    print(text(head, rows))
    return int(worst > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())

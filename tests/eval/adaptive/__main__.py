"""Prints the table and writes the picture: `make eval-adaptive`."""

import argparse
import sys
from pathlib import Path

from eval.adaptive.play import figures
from eval.adaptive.report import plot, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="make eval-adaptive", description="Does adaptive find and follow the best?")
    parser.add_argument("--seeds", type=int, default=20, help="plays (default: 20)")
    parser.add_argument("--plot", type=Path, default=Path("docs/img/adaptive.svg"), help="where the picture goes")
    options = parser.parse_args()
    print(table(figures(options.seeds)), end="")
    options.plot.write_text(plot(0))
    return 0


if __name__ == "__main__":
    sys.exit(main())

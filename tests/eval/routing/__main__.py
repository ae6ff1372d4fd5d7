"""`make eval-routing`: how well the complexity score does on the labelled prompts.

Usage: python -m eval.routing [--mistakes]
"""

import argparse
import sys

from eval.routing.judges import by_score
from eval.routing.prompts import read
from eval.routing.report import report
from sixnines.domain.complexity import ComplexityWeights
from sixnines.routing.complexity import points


def main() -> int:
    """Print it; the exit status."""
    parser = argparse.ArgumentParser(prog="make eval-routing", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--mistakes", action="store_true", help="what was taken for what in the tuning half, and by which points"
    )
    options = parser.parse_args()
    prompts = read()
    print(report(prompts))
    if options.mistakes:
        for each in prompts:
            found = by_score(each)
            if each.tuning and found is not each.label:  # the held-out half is not looked into
                added = {
                    name: round(value, 2) for name, value in points(each.features, ComplexityWeights()).items() if value
                }
                print(f"{each.id}: is {each.label}, taken for {found}: {added}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

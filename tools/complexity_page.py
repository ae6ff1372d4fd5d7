"""Writes the generated parts of docs/guide/features-and-complexity.md: weights, known words, evaluation.

Never holds a figure of its own: a test compares the page with the code and with the labelled prompts.
"""

import inspect
import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from eval.routing.prompts import read  # noqa: E402 - the labelled prompts are a test's
from eval.routing.report import report  # noqa: E402
from sixnines.config.shapes import section_of  # noqa: E402
from sixnines.domain.complexity import ComplexityWeights  # noqa: E402
from sixnines.routing import complexity  # noqa: E402

PAGE = ROOT / "docs" / "guide" / "features-and-complexity.md"
_THRESHOLD = "_from"


def page(written: str) -> str:
    """The page with its generated parts as they are now."""
    for name, text in parts().items():
        begin, end = f"<!-- {name}: written by tools/complexity_page.py -->\n", f"<!-- end of {name} -->\n"
        before, found, rest = written.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise SystemExit(f"{PAGE.name} lacks {begin.strip()} or {end.strip()}")
        written = f"{before}{begin}\n{text}\n{end}{after}"
    return written


def parts() -> Mapping[str, str]:
    """The generated parts."""
    fields = section_of(ComplexityWeights).fields.values()
    weights = [each for each in fields if not each.key.endswith(_THRESHOLD)]
    thresholds = [each for each in fields if each.key.endswith(_THRESHOLD)]
    rows = [f"| `{each.key}` | {each.default} | {each.text} |" for each in (*weights, *thresholds)]
    formula = re.search(r"```\n.*?```\n", inspect.getdoc(complexity) or "", re.DOTALL)
    if formula is None:
        raise SystemExit("the docstring of routing/complexity.py has no formula")
    return {
        "formula": formula[0],
        "weights": "\n".join(["| key | default | what it is for |", "| --- | --- | --- |", *rows, ""]),
        "evaluation": report(read()),
    }


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()), encoding="utf-8")

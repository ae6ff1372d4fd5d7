"""Writes the strategies into docs/guide/routing.md from the modules that implement them. Run it after changing one.

Never holds a word of its own: what each strategy does is said where it is done, and a test compares the page.
"""

import inspect
import sys
from pathlib import Path

from sixnines.domain.strategy import Chooses
from sixnines.registry import STRATEGIES
from sixnines.routing.interface import Strategy

PAGE = Path(__file__).parent.parent / "docs" / "guide" / "routing.md"
BEGIN, END = "<!-- strategies: written by tools/strategies_page.py -->\n", "<!-- end of strategies -->\n"


def section(strategy: Strategy) -> str:
    """One strategy: its module's docstring, and what config has to say for it."""
    info = strategy.info
    text = inspect.cleandoc(inspect.getdoc(sys.modules[type(strategy).__module__]) or "")
    first, _, rest = text.partition("\n\n")
    facts = ["Chooses among models." if info.chooses is Chooses.MODELS else "Chooses among deployments or models."]
    facts.append("Looks at `weight`." if info.weighs else "Does not look at `weight`.")
    if info.declares:
        facts.append(f"Goes by {' or '.join(f'`{key}`' for key in info.declares)}.")
    if info.spreads:
        facts.append("Gives way to `targets`.")
    return f"### {first}\n\n{rest}\n\n{' '.join(facts)}\n"


def page(written: str) -> str:
    """The page with its strategies as they are now."""
    before, _, rest = written.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + "\n".join(section(each) for each in STRATEGIES) + "\n" + END + after


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))

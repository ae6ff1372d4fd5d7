"""What the guide says of strategies is what their modules say."""

import runpy

from support.checkout import ROOT

TOOL = runpy.run_path(str(ROOT / "tools" / "strategies_page.py"))


def test_the_guide_has_every_strategy_as_it_is():
    written = TOOL["PAGE"].read_text()
    assert written == TOOL["page"](written), "run .venv/bin/python tools/strategies_page.py"

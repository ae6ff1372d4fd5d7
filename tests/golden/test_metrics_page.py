"""docs/reference/metrics.md says what a scrape tells."""

import runpy

from sixnines.telemetry.metrics import TABLE
from support.checkout import ROOT

TOOL = runpy.run_path(str(ROOT / "tools" / "metrics_page.py"))


def test_the_page_is_up_to_date():
    written = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    assert written == TOOL["page"](), "run .venv/bin/python tools/metrics_page.py"


def test_the_page_names_every_metric():
    page = TOOL["page"]()
    assert all(f"| `{info.name}` |" in page for info in TABLE)

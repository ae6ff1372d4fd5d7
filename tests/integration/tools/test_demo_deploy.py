"""The page of the demo is what the demo prints, but for what differs from run to run."""

import re
import runpy
from pathlib import Path

import pytest

from support.checkout import ROOT

TOOL = runpy.run_path(str(ROOT / "tools" / "demo_deploy.py"))
# What the clock, the kernel and the user's name say. Columns are as wide as the longest name in them.
VARYING = (
    (r"127\.0\.0\.1:\d+", "ADDRESS"),
    (r"\d+\.\d+ s\)", "TIME)"),
    (r"after \d+ s", "after TIME"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  \S+ +", "WHEN WHO "),
    (r"WHEN \(UTC\) +WHO +", "WHEN WHO "),
)


def settled(page: str) -> str:
    """The page without what varies."""
    for pattern, word in VARYING:
        page = re.sub(pattern, word, page)
    return page


@pytest.mark.slow
def test_the_page_of_the_demo_is_what_it_prints(tmp_path: Path) -> None:
    page = TOOL["PAGE"].read_text()
    assert settled(TOOL["transcript"](tmp_path)) == settled(page), "run make demo-deploy ARGS=--write"

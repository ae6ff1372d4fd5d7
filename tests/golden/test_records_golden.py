"""The deployment record is what is in the files, and says nothing that the evidence does not."""

import re
from dataclasses import replace

import pytest

from sixnines.control.events import Evidence
from sixnines.control.record import render
from support.golden_records import CASES, FOLDER, page


@pytest.mark.parametrize("name", CASES)
def test_the_page_is_the_one_in_the_file(name: str) -> None:
    assert render(CASES[name]) == page(name).read_text()


def test_there_is_no_file_without_a_case() -> None:
    assert {each.stem for each in FOLDER.glob("*.md")} == {*CASES}


@pytest.mark.parametrize("name", CASES)
def test_a_number_that_is_not_in_the_evidence_is_not_on_the_page(name: str) -> None:
    """With nothing measured, nothing but dates, digests and counts of what is there is a number."""
    bare = replace(CASES[name], evidence=Evidence(), outcome=None)
    shown = re.sub(
        r"sha256 [0-9a-f]{64}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC|\$\d+\.\d+|sixnines \S+|http://\S+", "", render(bare)
    )
    numbers = set(re.findall(r"(?<![\w.])\d[\d.,]*", shown))
    allowed = {"0", "6", "7", "2", "1,234", "56"}
    assert numbers <= allowed, numbers
    assert shown.count("not measured") == 4 * len(bare.providers)

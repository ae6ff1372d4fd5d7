"""Two configs, and what `plan` says leads from one to the other. A new case is a new folder: old.yaml (left out: nothing
was recorded), new.yaml, and beside them plan.txt, plan.json and plan.md. `PYTHONPATH=tests python -m support.golden_plans` writes them.
"""

from pathlib import Path

import pytest

from support.golden_plans import FORMS, PAGE, cases, page, said

CASES = cases()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_plan_is_the_one_in_the_file(case: Path, form: str) -> None:
    assert said(case, form) == (case / form).read_text()


def test_the_examples_of_the_guide_are_what_is_said() -> None:
    assert page() == PAGE.read_text()
    assert PAGE.read_text().count("$ sixnines ") >= 3


def test_there_is_nothing_beside_cases() -> None:
    known = {"old.yaml", "new.yaml", *FORMS}
    assert len(CASES) >= 10
    assert [path.name for case in CASES for path in case.iterdir() if path.name not in known] == []


@pytest.mark.parametrize(
    "shown",
    ["  + model ", "  - provider ", "  ~ model ", "    ~ ", "    + ", "    - ", " -> ", "(default)", "(number 1)", "another order",
     "(at the next start)", "No changes: ", "Plan: ", "; 1 risk", "risks (", "  high    ", "  medium  ", '"***"', "env:"],
)  # fmt: skip
def test_whatever_a_plan_can_show_is_somewhere(shown: str) -> None:
    assert [case.name for case in CASES if shown in (case / "plan.txt").read_text()] != []

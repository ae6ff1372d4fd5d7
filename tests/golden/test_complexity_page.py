"""docs/guide/features-and-complexity.md says what the code does and what the evaluation prints."""

import runpy

import msgspec
import pytest

from sixnines.domain.complexity import ComplexityWeights
from sixnines.domain.features import Features, Language
from support.checkout import ROOT

TOOL = runpy.run_path(str(ROOT / "tools" / "complexity_page.py"))
PAGE = ROOT / "docs" / "guide" / "features-and-complexity.md"


def test_the_page_is_up_to_date():
    written = PAGE.read_text()
    assert written == TOOL["page"](written), "run make reference"


@pytest.mark.parametrize("name", Features.__struct_fields__)
def test_the_page_says_how_each_feature_is_measured(name):
    assert f"| `{name}` | " in PAGE.read_text()


def test_the_page_lists_every_language():
    assert [each for each in Language if f"`{each}`" not in PAGE.read_text()] == []


def test_the_page_has_every_weight_with_its_default():
    text, defaults = PAGE.read_text(), msgspec.to_builtins(ComplexityWeights())
    assert [name for name, value in defaults.items() if f"| `{name}` | {value} |" not in text] == []


def test_a_page_without_a_place_for_the_figures_is_an_error():
    with pytest.raises(SystemExit, match="formula"):
        TOOL["page"]("# Nothing\n")

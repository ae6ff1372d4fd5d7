"""docs/reference/failures.md says what the gateway does."""

import importlib
import pkgutil
import runpy

from sixnines import providers
from sixnines.domain.failure import FailureKind
from support.checkout import ROOT

TOOL = runpy.run_path(str(ROOT / "tools" / "failures_page.py"))


def test_the_page_is_up_to_date():
    written = (ROOT / "docs" / "reference" / "failures.md").read_text()
    assert written == TOOL["page"](), "run .venv/bin/python tools/failures_page.py"


def test_the_page_names_every_failure_kind_and_every_table_of_signs():
    page = TOOL["page"]()
    assert all(f"| `{kind}` |" in page for kind in FailureKind)
    modules = [
        importlib.import_module(f"sixnines.providers.{found.name}")
        for found in pkgutil.iter_modules(providers.__path__)
    ]
    tables = [table for module in modules for table in [getattr(module, "SIGNS", None)] if table is not None]
    assert len(tables) > 2
    for table in tables:
        assert all(sign.seen.replace("|", "\\|") in page for sign in table)

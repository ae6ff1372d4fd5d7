"""Configs and what `sixnines check` says about them. A new case is a new file: NAME.yaml, and NAME.txt beside it."""

from pathlib import Path

import pytest

from sixnines.config.load import Loaded, read_config
from sixnines.config.report import render_github, render_json
from support.catalog import CATALOG

FOLDER = Path(__file__).parent / "config"
CASES = sorted(path.name for path in FOLDER.glob("*.yaml"))
ENVIRONMENT = {
    "CALLER_KEY": "behind-caller",
    "ADMIN_KEY": "behind-admin",
    "PROVIDER_KEY": "behind-provider",
    "EMPTY": "",
    "TWO_LINES": "behind-one\r\nx-injected: two",
    "TRAILING_SPACE": "behind-space ",
}
# In every secret that stands in a case in plain text, behind a variable, in a file.
SECRETS = ("hunter2", "behind-", "caller-key-from-file")


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    monkeypatch.chdir(FOLDER)
    return read_config(Path(request.param), ENVIRONMENT, CATALOG)


def test_the_report_is_the_one_beside_the_config(case: Loaded) -> None:
    assert case.report() == Path(case.name).with_suffix(".txt").read_text()


def test_no_output_shows_a_secret(case: Loaded) -> None:
    shown = [case.report(colour=True), render_json(case.diagnostics), render_github(case.diagnostics), repr(case)]
    shown.append(repr(case.snapshot))
    assert [secret for secret in SECRETS for text in shown if secret in text] == []


def test_every_report_has_its_config() -> None:
    assert sorted(path.with_suffix(".yaml").name for path in FOLDER.glob("*.txt")) == CASES

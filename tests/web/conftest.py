"""What the tests of the web page share: one browser, and one gateway for whoever only looks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from support.browsing import Browsing, chromium
from support.web_lab import WebLab, web_lab

collect_ignore = ["node"]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebLab]:
    """A gateway with traffic that is over; for tests that change nothing."""
    with web_lab(tmp_path_factory.mktemp("web")) as lab:
        yield lab


@pytest.fixture(scope="session")
def browser(lab: WebLab) -> Iterator[Browser]:
    """Chromium. After the engines, which start a loop in a thread: Playwright has its own running from here on."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def web(browser: Browser, lab: WebLab) -> Iterator[Browsing]:
    """Pages of that gateway; a test fails by whatever goes wrong in one (see `support.browsing`)."""
    with Browsing(browser, lab.url) as web:
        yield web

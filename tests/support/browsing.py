"""Chromium as tests of the web page use it: whatever goes wrong in a page fails the test that looks at it.

Faults are: words in the console, errors of scripts, what the content security policy forbids, requests that fail, and
any request to another origin. Playwright's loop runs while a browser is open: no test beside it may run one of its own.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from support.npm import install

NODE = Path(__file__).parent.parent / "web" / "node"
WIDE, PHONE = 1280, 390
SCHEMES = ("light", "dark")
WAIT_S = 20.0
_SERIOUS = ("serious", "critical")
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .map(each => [each.impact, each.id, each.help, each.nodes.map(node => node.html.slice(0, 200))])"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser."""
    program = shutil.which("chromium")
    assert program, "install Debian's package chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Browsing:
    """Contexts and pages at one gateway, closed with the block; then there must have been no fault.

    Args:
        browser: a running one.
        url: of the gateway.

    Attributes:
        faults: what went wrong so far.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.faults: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._expected: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        faults = list(self.faults)  # closing cuts short what is being asked just then
        for context in self._contexts:
            context.close()
        if kind is None:
            assert not faults, faults

    def expect(self, words: str) -> None:
        """From now on a fault with these words is none: the test brings it about."""
        self._expected.append(words)

    def context(self, *, scheme: str = "light", width: int = WIDE, height: int = 800, **more: object) -> BrowserContext:
        """A browser of somebody who was never here."""
        context = self._browser.new_context(
            base_url=self.url, viewport={"width": width, "height": height}, color_scheme=scheme, **more
        )
        self._contexts.append(context)
        return context

    def open(self, path: str = "/ui", *, scheme: str = "light", width: int = WIDE, **more: object) -> Page:
        """A page in a context of its own, once it is loaded."""
        return self.go(self.context(scheme=scheme, width=width, **more), path)

    def go(self, context: BrowserContext, path: str) -> Page:
        """A page in a context, once it is loaded."""
        page = context.new_page()
        self.watch(page)
        self.prepare(page)
        page.goto(path)
        return page

    def prepare(self, page: Page) -> None:
        """What else is to be done to a page before it is loaded; nothing."""

    def watch(self, page: Page) -> None:
        """Note what goes wrong in a page."""
        page.on("console", lambda said: self._note(f"console {said.type}: {said.text}"))
        page.on("pageerror", lambda error: self._note(f"script: {error}"))
        page.on("requestfailed", lambda request: self._failed(request.url, request.failure))
        page.on("request", lambda request: self._asked(request.url))

    def until(self, page: Page, condition: Callable[[], bool]) -> None:
        """Wait for something in a page. (What Playwright waits for by itself it evaluates, which the policy forbids.)"""
        deadline = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline, "it never happened"
            page.wait_for_timeout(50)

    def _failed(self, url: str, failure: str | None) -> None:
        if failure != "net::ERR_ABORTED":  # the page itself was left meanwhile
            self._note(f"request of {url}: {failure}")

    def _asked(self, url: str) -> None:
        if urlsplit(url).netloc != urlsplit(self.url).netloc and not url.startswith("data:"):
            self._note(f"request to another origin: {url}")

    def _note(self, fault: str) -> None:
        if not any(words in fault for words in self._expected):
            self.faults.append(fault)

    def check_accessible(self, page: Page) -> None:
        """Hold what a page shows to axe-core, in light and dark, wide and on a phone, for somebody with its cookies.

        Contexts of axe alone bypass the policy, so that its script can be put into the page.
        """
        found = []
        for scheme in SCHEMES:
            for width in (WIDE, PHONE):
                with self._browser.new_context(
                    storage_state=page.context.storage_state(), bypass_csp=True, color_scheme=scheme,
                    viewport={"width": width, "height": 800},
                ) as context:  # fmt: skip
                    held = context.new_page()
                    self.prepare(held)
                    held.goto(page.url)
                    held.add_script_tag(content=axe_script())
                    found += [
                        (scheme, width, *each) for each in held.evaluate(RUN_AXE) if each[0] in _SERIOUS
                    ]  # fmt: skip
                    beyond = held.evaluate(
                        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                    )
                    if beyond > 0:
                        found.append(
                            (scheme, width, "serious", "width", f"the page is {beyond} px wider than the screen")
                        )
        assert found == [], found


def axe_script() -> str:
    """axe-core as npm has it; skips where there is no Node to install it with."""
    if shutil.which("node") is None:
        pytest.skip("Node is not installed: pages are not held to axe-core")
    install(NODE)
    return (NODE / "node_modules" / "axe-core" / "axe.min.js").read_text()

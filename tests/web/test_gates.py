"""The gates of `support/browsing.py` catch what they are there for, and the page does without its script."""

import pytest

from support.browsing import PHONE, Browsing
from support.web_lab import web_lab

pytestmark = pytest.mark.slow

KEY = "an-admin-key-of-a-test"
UNLABELLED = "<!doctype html><html lang=en><title>x</title><main><h1>x</h1><input></main></html>"
TOO_WIDE = "<!doctype html><html lang=en><title>x</title><main><h1>x</h1><pre>" + "x" * 900 + "</pre></main></html>"


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ("console.error('planted')", "planted"),
        ("setTimeout(() => { throw new Error('planted'); }, 0)", "planted"),
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
        ("document.body.insertAdjacentHTML('beforeend', '<style>p { color: red }</style>')", "Content Security Policy"),
        (
            "document.head.append(Object.assign(document.createElement('script'), {text: '1'}))",
            "Content Security Policy",
        ),
        ("new Image().src = 'http://127.0.0.1:1/x.png'", "Content Security Policy"),
        ("fetch('http://127.0.0.1:1/').catch(() => {})", "Content Security Policy"),
        ("fetch('/ui/nowhere')", "404"),
    ],
)
def test_whatever_goes_wrong_in_a_page_is_a_fault(browser, lab, planted, fault):
    def look():
        with Browsing(browser, lab.url) as web:
            page = web.open("/ui/models")
            page.evaluate(f"() => {{ {planted} }}")
            web.until(page, lambda: web.faults != [])

    with pytest.raises(AssertionError, match=fault):
        look()


@pytest.mark.parametrize(("page_text", "found"), [(UNLABELLED, "label"), (TOO_WIDE, "wider than the screen")])
def test_a_page_that_is_not_accessible_is_found(browser, lab, page_text, found):
    class Planted(Browsing):
        """Answers with another page."""

        def prepare(self, page):
            page.route("**/ui/models", lambda route: route.fulfill(body=page_text, content_type="text/html"))

    with Planted(browser, lab.url) as web:
        page = web.open("/ui/models")
        with pytest.raises(AssertionError, match=found):
            web.check_accessible(page)


def test_without_its_script_one_can_sign_in_and_read_and_find_the_pages(browser, tmp_path):
    with web_lab(tmp_path, admin_key=KEY) as keyed, Browsing(browser, keyed.url) as web:
        page = web.open("/ui/models", width=PHONE, java_script_enabled=False)
        page.fill("#key", KEY)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/ui/models")
        assert "qwen3" in page.locator("main").inner_text()
        page.get_by_role("link", name="Providers").click()
        page.wait_for_url("**/ui/providers")

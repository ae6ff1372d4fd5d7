"""Signing in and out with a browser."""

import pytest

from support.browsing import Browsing
from support.web_lab import web_lab

pytestmark = pytest.mark.slow

KEY = "an-admin-key-of-a-test"


@pytest.fixture(scope="module")
def keyed(browser, tmp_path_factory):
    with web_lab(tmp_path_factory.mktemp("keyed"), admin_key=KEY) as lab:
        yield lab


@pytest.fixture
def web(browser, keyed):
    with Browsing(browser, keyed.url) as web:
        yield web


def test_the_form_is_accessible_with_and_without_a_problem(web):
    page = web.open("/ui/login")
    web.check_accessible(page)


def test_the_key_opens_the_page_that_was_wanted_by_keyboard_alone_and_signing_out_closes_it(web):
    page = web.open("/ui?from=here")
    assert page.url.endswith("/ui/login?next=/ui%3Ffrom%3Dhere")
    page.keyboard.type(KEY)
    page.keyboard.press("Enter")
    page.wait_for_url("**/ui?from=here")
    assert page.locator("h1").inner_text() == "Overview"
    assert KEY not in page.content()
    assert KEY not in str(page.context.cookies())
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/ui/login")
    page.goto("/ui")
    assert "/ui/login" in page.url


def test_a_wrong_key_is_said_to_be_wrong_where_the_reader_is(web):
    web.expect("status of 401")
    page = web.open("/ui/login")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]:not([hidden])")
    assert "not the admin key" in page.locator("#problem").inner_text()
    assert page.evaluate("document.activeElement.id") == "key"
    assert page.locator("#key").input_value() == ""


def test_a_session_that_ends_while_a_page_is_open_leads_to_the_form(web):
    web.expect("status of 401")
    web.expect("Error Code 401")
    web.expect("htmx:")
    page = web.open("/ui/login")
    page.keyboard.type(KEY)
    page.keyboard.press("Enter")
    page.wait_for_url("**/ui")
    page.context.clear_cookies()
    page.wait_for_url("**/ui/login", timeout=20_000)

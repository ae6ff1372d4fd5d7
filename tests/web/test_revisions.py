"""Revisions in a browser: a rollback by click, by keyboard, and one that is refused."""

import base64
import re

import pytest
from playwright.sync_api import expect

from support.browsing import PHONE, Browsing
from support.gateway_process import GatewayProcess
from support.lab import Lab, one_engine

pytestmark = pytest.mark.slow

LIST = "/ui/revisions"
SOON_MS = 20_000


class Changed:
    """A gateway that was changed twice, and a browser at it."""

    def __init__(self, gateway, web, config):
        self.gateway, self.web, self.config = gateway, web, config

    def apply(self, config, **more):
        """Apply another config; what is answered is over then."""
        text = f'version: 1\nserver: {{listen: "127.0.0.1:0"}}\n{config}'
        files = [{"path": "sixnines.yaml", "content": base64.b64encode(text.encode()).decode()}]
        quick = {"files": files, "preflight": False, "verify": False, "watch_s": 0, "author": "ada"}
        with self.gateway.client() as client:
            answer = client.post("/admin/v1/apply", json={**quick, **more})
        assert answer.status_code == 200, answer.text

    @property
    def served(self):
        """The revision that new requests are served by."""
        with self.gateway.client() as client:
            return client.get("/admin/v1/gateway").json()["revision"]


@pytest.fixture
def changed(browser, tmp_path):
    with Lab() as lab:
        config = one_engine(lab.engine(), model="context_window: 8192")
        with GatewayProcess(tmp_path, config) as gateway, Browsing(browser, gateway.url) as web:
            made = Changed(gateway, web, config)
            made.apply(config.replace("8192", "32768"), note="longer prompts")
            made.apply(config.replace("8192", "16384"), note="not that long")
            yield made


def fill_in(page):
    page.get_by_label("Who").fill("ada")
    page.get_by_label("Why").fill("it was better")


def test_a_revision_is_gone_back_to_by_click_with_a_question_first(changed):
    page = changed.web.open(LIST)
    page.get_by_role("link", name="1", exact=True).click()
    expect(page.get_by_role("heading", name="Revision 1")).to_be_visible()
    expect(page.locator(".difference")).to_contain_text("context_window: 16384 -> 8192")
    expect(page.get_by_text("risk (medium)")).to_be_visible()
    fill_in(page)
    page.get_by_role("button", name="Roll back to revision 1").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Serve the config of revision 1 again?")
    dialog.get_by_role("button", name="Cancel").click()
    assert changed.served == 3, "a question is no order"
    page.get_by_role("button", name="Roll back to revision 1").click()
    dialog.get_by_role("button", name="Do it").click()
    expect(page.locator("#progress .notice")).to_contain_text("Applied: revision 4 is served", timeout=SOON_MS)
    steps = page.locator("#progress .step").all_inner_texts()
    assert [each.partition(":")[0] for each in steps] == ["check", "record", "activate", "commit"]
    assert changed.served == 4
    page.get_by_role("link", name="To the revisions").click()
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("rollback to 1")
    expect(row).to_contain_text("it was better")
    expect(row).to_contain_text("holds")


def test_a_revision_is_gone_back_to_by_keyboard_alone(changed):
    page = changed.web.open(f"{LIST}/2")
    page.get_by_label("Who").focus()
    page.keyboard.type("ada")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.activeElement.textContent") == "Cancel", "who only presses Enter changes nothing"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#progress .notice")).to_contain_text("Applied: revision 4 is served", timeout=SOON_MS)
    assert page.evaluate("document.activeElement.textContent") == "To the revisions"
    assert changed.served == 4


def test_a_rollback_that_is_refused_is_told_and_what_is_served_stays(changed):
    dead = changed.config.replace("context_window: 8192", "context_window: 4096")
    dead = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", dead)
    changed.apply(dead, preflight=True)
    page = changed.web.open(f"{LIST}/4")
    expect(page.locator("main .badge").first).to_have_text("refused")
    fill_in(page)
    page.get_by_role("button", name="Roll back to revision 4").click()
    page.get_by_role("button", name="Do it").click()
    expect(page.locator("#progress .notice.bad")).to_contain_text("never held", timeout=SOON_MS)
    assert changed.served == 3
    page.get_by_label("I insist").check()
    page.get_by_role("button", name="Roll back to revision 4").click()
    page.get_by_role("button", name="Do it").click()
    expect(page.locator("#progress .notice.good")).to_contain_text("Applied: revision 5", timeout=SOON_MS)


def test_whoever_leaves_before_the_end_has_it_taken_back(changed):
    page = changed.web.open(f"{LIST}/1")
    fill_in(page)
    page.get_by_label("Watch requests for").select_option("300")
    page.get_by_role("button", name="Roll back to revision 1").click()
    page.get_by_role("button", name="Do it").click()
    expect(page.locator("#progress .step", has_text="watch")).to_be_visible(timeout=SOON_MS)
    assert changed.served == 4
    page.close()
    other = changed.web.open(LIST)
    for _ in range(SOON_MS // 100):
        if changed.served == 3:
            break
        other.wait_for_timeout(100)
    assert changed.served == 3


def test_two_revisions_are_chosen_and_compared(changed):
    page = changed.web.open(LIST)
    page.get_by_label("From").select_option("1")
    page.get_by_label("To").select_option("2")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="From revision 1 to 2")).to_be_visible()
    expect(page.locator(".difference")).to_contain_text("context_window: 8192 -> 32768")
    page.get_by_role("link", name="The other way round").click()
    expect(page.locator(".difference")).to_contain_text("context_window: 32768 -> 8192")


@pytest.mark.parametrize("path", [LIST, f"{LIST}/1", f"{LIST}/compare?old=1&new=3"])
def test_the_pages_are_accessible_light_and_dark_wide_and_on_a_phone(changed, path):
    changed.web.check_accessible(changed.web.open(path))


def test_a_revision_is_gone_back_to_on_a_phone(changed):
    page = changed.web.open(f"{LIST}/2", width=PHONE)
    fill_in(page)
    page.get_by_role("button", name="Roll back to revision 2").click()
    page.get_by_role("button", name="Do it").click()
    expect(page.locator("#progress .notice")).to_contain_text("Applied: revision 4", timeout=SOON_MS)

"""Providers and models with a browser: what is done by hand asks first, and what changes is shown."""

import pytest

from support.browsing import Browsing
from support.web_lab import web_lab

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def changing(browser, tmp_path_factory):
    with web_lab(tmp_path_factory.mktemp("by-hand")) as lab:
        yield lab


@pytest.fixture
def web(browser, changing):
    with Browsing(browser, changing.url) as web:
        yield web


def test_a_provider_is_held_by_keyboard_after_a_question_and_not_without_it(web):
    page = web.open("/ui/providers/ollama")
    page.locator("#hold-minutes").fill("7")
    page.keyboard.press("Enter")
    dialog = page.locator("dialog#confirm")
    dialog.wait_for(state="visible")
    assert "Have others asked before ollama?" in dialog.inner_text()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert "done=" not in page.url
    page.locator("#hold-minutes").focus()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Do it").click()
    page.wait_for_url("**/ui/providers/ollama?done=hold")
    assert page.locator("#live .badge", has_text="held by hand").is_visible()
    page.get_by_role("button", name="Hold no longer").click()
    page.wait_for_url("**?done=release")
    assert page.locator("#live .badge", has_text="held by hand").count() == 0


def test_every_button_does_what_it_says(web):
    page = web.open("/ui/providers/ollama-cloud")
    page.get_by_role("button", name="Open").click()
    page.get_by_role("button", name="Do it").click()
    page.wait_for_url("**?done=open")
    assert "open by hand" in page.locator("section[aria-labelledby=deployments]").inner_text()
    page.get_by_role("button", name="Close all breakers").click()
    page.wait_for_url("**?done=close")
    assert "closed" in page.locator("section[aria-labelledby=deployments]").inner_text()


def test_what_failed_is_told_with_the_words_of_the_provider_and_who_answered(web):
    page = web.open("/ui/providers/llamacpp")
    row = page.locator("section[aria-labelledby=failures] tbody tr").first.inner_text()
    assert "transport" in row
    assert "qwen3" in row
    assert "ollama" in row


def test_the_window_of_availability_can_be_chosen(web):
    page = web.open("/ui/providers/llamacpp")
    page.get_by_role("link", name="7d").click()
    page.wait_for_url("**?window=7d")
    assert page.locator(".tabs [aria-current]").inner_text() == "7d"


def test_a_model_shows_who_serves_it_and_who_is_asked_after_them(web):
    page = web.open("/ui/models")
    page.get_by_role("link", name="qwen3", exact=True).click()
    page.wait_for_url("**/ui/models/qwen3")
    said = page.locator("#live").inner_text()
    assert "Can be served by its fallbacks only" in said or "Can be served:" in said
    assert "llamacpp/up" in said
    assert page.locator("section[aria-labelledby=fallbacks] h3").first.inner_text() == "1. llama3.1:latest"
    assert "32,768 tokens" in said


@pytest.mark.parametrize("path", ["/ui/providers/llamacpp", "/ui/models/llama3.1:latest", "/ui/models/chat"])
def test_each_of_them_is_accessible(web, path):
    web.check_accessible(web.open(path))

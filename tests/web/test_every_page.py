"""What holds for every page of the web page: no fault, nothing from elsewhere, accessible, usable by keyboard."""

import re
from collections import Counter

import pytest

from sixnines.web.registry import PAGES
from support.browsing import PHONE

pytestmark = pytest.mark.slow

EXACT = [page.path for page in PAGES if page.place]
FOLDERS = [page.path for page in PAGES if page.path.endswith("/")]
LINKED_EACH = 2
"""So many of the pages below one folder are looked at."""


@pytest.mark.parametrize("path", EXACT)
def test_a_page_has_its_name_and_is_accessible_light_and_dark_wide_and_on_a_phone(web, path):
    page = web.open(path)
    assert page.locator("h1").count() == 1
    assert page.title().endswith("sixnines")
    web.check_accessible(page)


@pytest.mark.parametrize("path", EXACT)
def test_the_first_key_leads_to_the_content(web, path):
    page = web.open(path)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_every_link_leads_to_a_page_without_a_fault(web):
    context = web.context()
    waiting, seen, looked = list(EXACT), set(EXACT), Counter()
    while waiting:
        path = waiting.pop(0)
        page = web.go(context, path)
        assert page.locator("main h1").count() == 1, path
        assert page.locator(".problem").count() == 0, path
        links = page.eval_on_selector_all("a[href]", "each => each.map(a => a.getAttribute('href'))")
        page.close()
        for link in (re.split(r"[?#]", each)[0] for each in links):
            folder = next((each for each in FOLDERS if link.startswith(each)), None)
            if link in seen or folder is None or looked[folder] >= LINKED_EACH:
                continue
            seen.add(link)
            looked[folder] += 1
            waiting.append(link)
    assert set(looked) == set(FOLDERS), "a folder of pages to which nothing leads"


@pytest.mark.parametrize("path", EXACT)
def test_on_a_phone_the_menu_opens_and_closes_by_keyboard(web, path):
    page = web.open(path, width=PHONE)
    menu = page.get_by_role("button", name="Menu")
    assert not page.locator("#nav").is_visible()
    menu.focus()
    page.keyboard.press("Enter")
    assert page.locator("#nav").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#nav").is_visible()

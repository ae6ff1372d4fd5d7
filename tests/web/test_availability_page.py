"""Availability in a browser: the sentence that the gateway says, days that open to hours, and downtime."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.slow


def measured(lab, query):
    with lab.gateway.client() as client:
        return client.get(f"/admin/v1/availability?{query}").json()


def today():
    return datetime.now(UTC).date().isoformat()


def test_every_name_has_thirty_days_and_the_sentence_of_the_gateway(web, lab):
    page = web.open("/ui/availability")
    found = measured(lab, "window=30d")
    told = {each["name"]: each["text"] for key in ("models", "routes", "providers") for each in found[key]}
    assert page.locator("tbody tr").count() == len(told) + 1
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="qwen3-coder", exact=True))
    expect(row).to_contain_text(told["qwen3-coder"])
    expect(row.locator(".strip > span")).to_have_count(30)
    assert row.locator(".strip > span").last.get_attribute("class") in ("clean", "met", "missed", "down")
    expect(row).to_contain_text("29 days not measured")


def test_one_thing_is_told_for_every_window_in_the_same_words(web, lab):
    page = web.open("/ui/availability?model=qwen3-coder")
    for window in ("1h", "24h", "7d", "30d"):
        (found,) = measured(lab, f"window={window}&model=qwen3-coder")["models"]
        expect(page.locator("dl.facts").first).to_contain_text(found["text"])
    web.check_accessible(page)


def test_a_day_opens_to_its_hours_by_keyboard(web):
    page = web.open("/ui/availability?gateway=all")
    cell = page.locator(f"#day-{today()}")
    expect(cell).to_contain_text(today())
    cell.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**day=**")
    hours = page.locator("section", has=page.get_by_text("hour by hour")).locator("tbody tr")
    expect(hours).to_have_count(24)
    expect(hours.filter(has_text="nines supported").or_(hours.filter(has_text="nine supported")).first).to_be_visible()
    expect(page.locator(f"#day-{today()}")).to_have_attribute("aria-current", "date")
    web.check_accessible(page)


def test_downtime_is_told_with_its_cause(web, lab):
    (found,) = measured(lab, "window=30d&provider=vllm")["providers"]
    episode = found["episodes"][0]
    page = web.open("/ui/availability?provider=vllm")
    row = page.locator("section", has=page.get_by_text("Downtime of the last 30 days")).locator("tbody tr").first
    expect(row).to_contain_text(episode["cause"])
    assert row.locator("time").first.get_attribute("datetime") == episode["start"]


def test_of_the_gateway_it_is_told_when_it_was_not_there(web):
    page = web.open("/ui/availability?gateway=all")
    expect(page.locator("main")).to_contain_text("Times without any process of the gateway")
    expect(page.locator("main")).to_contain_text("None since it is recorded.")


def test_a_name_that_config_does_not_have_is_no_page(web):
    web.expect("404")
    page = web.open("/ui/availability?model=nope")
    expect(page.locator("main")).to_contain_text("Config has no model `nope`.")


def test_an_odd_day_is_passed_over(web):
    page = web.open("/ui/availability?gateway=all&day=tomorrow")
    assert page.get_by_text("hour by hour").count() == 0


def test_a_day_that_is_too_old_says_which_are_possible(web):
    web.expect("400")
    page = web.open("/ui/availability?gateway=all&day=2001-01-01")
    expect(page.locator("main")).to_contain_text("`day` is one of the last 30 days")

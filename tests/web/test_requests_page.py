"""Requests in a browser: found by what is known of them, live, and each with its whole trail; never a prompt."""

import pytest
from playwright.sync_api import expect

from support.lab import WAIT_S, chat

pytestmark = pytest.mark.slow

WAIT_MS = WAIT_S * 1000
PROMPT = "the-prompt-that-nobody-may-see"


def asked(lab, model, *, stream=False):
    """One call: its answer's headers."""
    body = chat(stream, model=model, messages=[{"role": "user", "content": PROMPT}])
    with lab.gateway.client() as client:
        answer = client.post("/v1/chat/completions", json=body)
        request_id = answer.headers["x-sixnines-request-id"]
        lab.lab.until(lambda: client.get(f"/admin/v1/requests/{request_id}").status_code == 200)
        return answer


def rows(page):
    return page.locator("#live tbody tr")


def test_they_are_found_by_what_is_known_of_them(web, lab):
    refused = asked(lab, "no-such-model").headers["x-sixnines-request-id"]
    page = web.open("/ui/requests")
    page.get_by_label("Ended").select_option("refused")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**outcome=refused**")
    expect(page.locator(f"#r-{refused}")).to_be_visible()
    expect(rows(page).filter(has_text="ok")).to_have_count(0)
    expect(page.get_by_label("Ended")).to_have_value("refused")
    page.get_by_role("link", name="All", exact=True).click()
    page.wait_for_url("**/ui/requests")
    page.get_by_label("Id, or part of it").fill(refused[4:14])
    page.keyboard.press("Enter")
    page.wait_for_url("**id=**")
    expect(rows(page)).to_have_count(1)
    page.locator(f"#r-{refused}").click()
    expect(page.locator("main")).to_contain_text("Its caller was told model_not_found.")
    expect(page.locator("main")).to_contain_text("Nobody was asked: it was refused before it was planned.")


def test_filters_work_together_and_a_list_of_none_says_so(web, lab):
    asked(lab, "qwen3-coder")
    page = web.open("/ui/requests?model=qwen3-coder&provider=ollama-cloud&size=25")
    assert 0 < rows(page).count() <= 25
    page = web.open("/ui/requests?model=gpt-oss:20b&provider=llamacpp")
    expect(page.locator("#live")).to_contain_text("No request that is remembered is so.")


def test_a_filter_that_means_nothing_says_what_is_possible(web):
    web.expect("400")
    page = web.open("/ui/requests?outcome=good")
    expect(page.locator("main")).to_contain_text("`outcome` must be one of")


def test_new_ones_appear_until_it_is_paused(web, lab):
    page = web.open("/ui/requests")
    new = asked(lab, "gpt-oss:20b").headers["x-sixnines-request-id"]
    expect(page.locator(f"#r-{new}")).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("link", name="Pause").click()
    page.wait_for_url("**live=0")
    assert page.locator("#live").get_attribute("hx-get") is None
    page.get_by_role("link", name="Go on").click()
    page.wait_for_url("**/ui/requests")
    assert page.locator("#live").get_attribute("hx-get") == "/ui/requests"


def test_one_that_fell_over_tells_its_trail_and_what_its_caller_was_told(web, lab):
    answer = asked(lab, "qwen3-coder", stream=True)
    page = web.open(f"/ui/requests/{answer.headers['x-sixnines-request-id']}")
    expect(page.locator("h1")).to_contain_text(answer.headers["x-sixnines-request-id"])
    told = {
        row.locator("td").nth(0).text_content(): row.locator("td").nth(1).text_content()
        for row in page.locator("section", has=page.get_by_text("What its caller was told")).locator("tbody tr").all()
    }
    assert told == {name: value for name, value in answer.headers.items() if name.startswith("x-sixnines-")}
    why = page.locator("ol.why")
    expect(why).to_contain_text("qwen3-coder is the name of a model")
    expect(why).to_contain_text("ollama-cloud/up was asked")
    expect(page.locator("svg.waterfall rect.part.stream")).to_have_count(1)
    now = page.locator("section", has=page.get_by_role("heading", name="As things are now"))
    expect(now).to_contain_text("ollama-cloud/up")
    expect(now).to_contain_text("down")
    assert PROMPT not in page.content()
    web.check_accessible(page)


def test_the_headers_of_a_request_that_was_tried_twice_are_told_as_they_were(web, lab):
    with lab.gateway.client() as client:
        client.post("/admin/v1/breaker", json={"provider": "llamacpp", "state": "closed"}).raise_for_status()
    answer = asked(lab, "qwen3")
    assert answer.headers["x-sixnines-attempts"] == "2"
    page = web.open(f"/ui/requests/{answer.headers['x-sixnines-request-id']}")
    expect(page.locator("svg.waterfall .result")).to_have_count(2)
    expect(page.locator("svg.waterfall rect.part.failed")).to_have_count(1)
    table = page.locator("section", has=page.get_by_text("What its caller was told")).locator("tbody")
    for name, value in answer.headers.items():
        if name.startswith("x-sixnines-"):
            expect(table.get_by_role("row").filter(has_text=name)).to_contain_text(value)


@pytest.mark.parametrize("below", ["0" * 24, "..%2Fproviders", "%3Cb%3E", "a%3Flimit=1"])
def test_one_that_is_not_remembered_says_so(web, below):
    web.expect("404")
    page = web.open(f"/ui/requests/{below}")
    expect(page.locator("main")).to_contain_text("id")
    assert page.locator("h1").count() == 1

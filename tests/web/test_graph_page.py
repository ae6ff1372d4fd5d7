"""The routing graph in a browser: drawn, as a table, by keyboard, live, and without scripts."""

import pytest
from playwright.sync_api import expect

from support.browsing import PHONE
from support.lab import WAIT_S
from support.web_lab import MODELS, PROVIDERS

pytestmark = pytest.mark.slow

WAIT_MS = WAIT_S * 1000


def node(page, kind, name):
    return page.locator(f"svg.graph a.node.{kind}").filter(has=page.get_by_text(name, exact=True))


def test_everything_is_drawn_and_said_in_a_table(web):
    page = web.open("/ui/graph")
    for kind, names in (("model", set(MODELS) - {"chat"}), ("route", {"chat"}), ("provider", set(PROVIDERS))):
        assert page.locator(f"svg.graph a.node.{kind}").count() == len(names)
        for name in names:
            expect(node(page, kind, name)).to_be_visible()
            expect(page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))).to_be_visible()


def test_no_style_of_another_page_reaches_the_drawing(web):
    page = web.open("/ui/graph")
    bar = page.locator("svg.graph .node .state-bar").first.bounding_box()
    assert (round(bar["width"]), round(bar["height"])) == (5, 40)
    before = page.locator("svg.graph").bounding_box()
    node(page, "route", "chat").hover()
    expect(page.locator("svg.graph.focused")).to_be_visible()
    assert page.locator("svg.graph").bounding_box() == before


def test_states_and_use_are_said_in_words(web):
    page = web.open("/ui/graph")
    assert "down" in node(page, "provider", "vllm").get_attribute("aria-label")
    assert "by fallbacks only" in node(page, "model", "qwen3-coder").get_attribute("aria-label")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="qwen3-coder", exact=True))
    expect(row).to_contain_text("Fallbacks: ollama-cloud")
    expect(row).to_contain_text("times")
    expect(row).to_contain_text("answered")
    assert page.locator("path.edge.fallback:not(.use0)").count() > 0
    expect(page.locator("#graph-words")).to_contain_text("Ways: the trails of")


def test_what_hangs_on_one_thing_is_marked_and_says_what_to_do(web):
    page = web.open("/ui/graph")
    assert page.locator("svg.graph a.node.model:has(path.lone)").count() == 1
    assert "hangs on only provider ollama-cloud" in node(page, "model", "gpt-oss:20b").get_attribute("aria-label")
    point = page.locator(".points li").filter(has_text="Provider ollama-cloud")
    expect(point).to_contain_text("takes away gpt-oss:20b.")
    expect(point).to_contain_text("Give it a deployment or a fallback outside provider ollama-cloud")


def test_a_name_shows_only_what_has_to_do_with_it(web):
    page = web.open("/ui/graph")
    page.get_by_label("Only what has to do with").fill("qwen3-coder")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/ui/graph?about=qwen3-coder")
    assert {each.text_content() for each in page.locator("svg.graph .node .name").all()} == {
        "qwen3-coder", "vllm", "ollama-cloud",
    }  # fmt: skip
    expect(page.locator("#graph-words")).to_contain_text("4 of 5 models and routes are not shown")
    page.get_by_label("without fallbacks").check()
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**direct=1")
    assert page.locator("svg.graph path.edge").count() == 1
    web.check_accessible(page)
    page.get_by_role("link", name="Everything").click()
    page.wait_for_url("**/ui/graph")


def test_a_name_that_nothing_has_says_so(web):
    page = web.open("/ui/graph?about=%3Cscript%3E")
    expect(page.locator("#graph-drawing")).to_have_text("No model, route or provider has “<script>” in its name.")


def test_by_keyboard_a_box_lights_what_it_is_connected_with_and_opens(web):
    page = web.open("/ui/graph")
    node(page, "model", "gpt-oss:20b").focus()
    lit = page.locator("svg.graph.focused a.node.lit .name")
    assert {each.text_content() for each in lit.all()} == {"gpt-oss:20b", "ollama-cloud", "chat"}
    page.keyboard.press("Enter")
    page.wait_for_url("**/ui/models/gpt-oss%3A20b")


def test_it_follows_what_happens_and_keeps_the_place_of_the_keyboard(web, lab):
    page = web.open("/ui/graph")
    chosen = node(page, "route", "chat")
    before = chosen.get_attribute("aria-label")
    identifier = chosen.get_attribute("id")
    chosen.focus()
    lab.traffic(1, models=("chat",))
    expect(page.locator(f"#{identifier}")).not_to_have_attribute("aria-label", before, timeout=2 * WAIT_MS)
    assert page.evaluate("document.activeElement.id") == identifier
    assert page.locator("#graph-words").count() == 1


def test_on_a_phone_it_is_scrolled_and_the_page_is_not(web, lab):
    page = web.open("/ui/graph", width=PHONE)
    box = page.locator("#graph-drawing")
    assert box.evaluate("each => each.scrollWidth > each.clientWidth")
    box.focus()
    page.keyboard.press("ArrowRight")
    lab.lab.until(lambda: box.evaluate("each => each.scrollLeft") > 0)


def test_without_scripts_it_is_all_there(web):
    page = web.open("/ui/graph", java_script_enabled=False)
    expect(page.locator("svg.graph a.node")).to_have_count(len({*MODELS}) + len(PROVIDERS))

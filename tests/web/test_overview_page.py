"""The overview: what `sixnines status` says, live, and charts that are drawn of what was measured."""

import pytest

from sixnines.client.gateway import GatewayClient
from sixnines.client.looking import look
from sixnines.client.verdict import faults
from support.browsing import Browsing
from support.web_lab import MODELS, PROVIDERS, web_lab

pytestmark = pytest.mark.slow

INK = """() => [...document.querySelectorAll('#charts canvas')].map(each => {
  const data = each.getContext('2d').getImageData(0, 0, each.width, each.height).data;
  let inked = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at]) inked++;
  return inked;
})"""
HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_it_says_what_status_says(web, lab):
    page = web.open()
    with GatewayClient.at_url(lab.url, None) as client:
        found = faults(look(client, 0.0))
    said = page.locator("[data-verdict]").inner_text()
    for each in found or ["All that is required is up."]:
        assert each in said
    rows = page.locator("section[aria-labelledby=providers] tbody tr")
    assert rows.count() == len(PROVIDERS)
    assert "down" in rows.nth(PROVIDERS.index("vllm")).inner_text()


def test_the_charts_are_drawn_and_say_what_they_show(web, lab):
    lab.traffic(1)
    page = web.open()
    page.wait_for_selector("#charts canvas")
    web.until(page, lambda: page.locator("[data-value=total_p50]").inner_text() != "-")
    assert all(inked > 100 for inked in page.evaluate(INK))
    assert page.locator("#charts canvas").count() == 4
    assert "this minute:" in page.locator(".chart").first.get_attribute("aria-label")


def test_the_charts_follow_when_the_reader_chooses_light_or_dark(web):
    page = web.open(scheme="light")
    page.wait_for_selector("#charts canvas")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(colour)
    assert dark != light
    assert page.locator("#charts canvas").count() == 4
    page.reload()
    assert page.evaluate(colour) == dark
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(colour) == light


def test_while_nobody_looks_nothing_is_asked_for(web):
    page = web.open()
    page.wait_for_selector("#charts canvas")
    page.evaluate(HIDE, True)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(5000)
    assert asked == []
    with page.expect_request("**/ui/live"):
        page.evaluate(HIDE, False)


@pytest.fixture(scope="module")
def changing(browser, tmp_path_factory):
    """A gateway that tests of this file may change."""
    with web_lab(tmp_path_factory.mktemp("changing")) as lab:
        yield lab


def test_it_follows_what_happens(browser, changing):
    with Browsing(browser, changing.url) as web:
        page = web.open()
        number = page.locator(".figures .value").nth(1)
        before = int(number.inner_text())
        changing.traffic(1, models=MODELS[:1] * 9)
        web.until(page, lambda: int(number.inner_text()) >= before + 9)


def test_it_says_when_the_gateway_is_gone_and_when_it_is_back(browser, changing):
    with Browsing(browser, changing.url) as web:
        web.expect("htmx:")
        web.expect("ERR_CONNECTION_REFUSED")
        page = web.open()
        offline = page.locator("#offline")
        assert not offline.is_visible()
        page.route("**/ui", lambda route: route.abort("connectionrefused"))
        offline.wait_for(state="visible", timeout=20_000)
        page.unroute("**/ui")
        offline.wait_for(state="hidden", timeout=20_000)

"""The page of a load run in a real browser: light, dark and on a phone, without a word in its console or a request."""

import re
import shutil

import pytest
from playwright.sync_api import sync_playwright

from sixnines.load.page import render
from sixnines.load.report import Setting, make_report
from sixnines.load.schedule import Arrivals, Plan, Profile
from support.load_runs import Answer, measure, whole

pytestmark = pytest.mark.slow

# What the least contrast between text and what is behind it must be: WCAG 2.2, 1.4.3 (AA).
LEAST_CONTRAST = 4.5
COLOURS = """() => [...document.querySelectorAll('h1,h2,p,td,th,dt,dd,li,figcaption,svg text')].map(each => {
  const style = getComputedStyle(each);
  let behind = each;
  while (behind && getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
  const under = behind ? getComputedStyle(behind).backgroundColor : 'rgb(255, 255, 255)';
  return [each.textContent.slice(0, 30), each.tagName === 'text' ? style.fill : style.color, under];
})"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """A report with good and bad answers of several providers, a mark and everything else that can be on it."""

    def play(number):
        if number % 20 == 0:
            return Answer([(0.1, b'{"error": {"message": "' + b"a long word " * 20 + b'"}}')], status=500)
        return Answer([(0.05, whole())], provider=[b"gpu-box", b"spare", b"cloud-of-a-long-name"][number // 100 % 3])

    tally, _, passed_s = measure(Plan(Profile.SOAK, 20, 60), play)
    setting = Setting(
        url="http://127.0.0.1:4000", model="a-model:with-a-long-name", stream=True, profile=Profile.SOAK,
        arrivals=Arrivals.POISSON, rps=20.0, duration_s=60.0, seed=1, most_open=10, timeout_s=60.0, prompts=1,
        max_tokens=None, began_at=1764100800.0, version="0.1.0",
    )  # fmt: skip
    tally.held = 3
    file = tmp_path_factory.mktemp("load") / "load.html"
    file.write_text(render(make_report(setting, tally, lasted_s=passed_s, cpu_s=0.5)))
    return file


@pytest.fixture(scope="module")
def browser(page_file):
    """Chromium. After the page is made, which runs a loop: Playwright has its own running from here on."""
    chromium = shutil.which("chromium")
    assert chromium, "install Debian's package chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


def luminance(colour):
    """Relative luminance of `rgb(r, g, b)` (WCAG 2.2)."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
def test_the_page_fits_can_be_read_and_asks_nobody_for_anything(browser, page_file, scheme, width):
    with browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme) as context:
        page = context.new_page()
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        assert (said, asked) == ([], [page_file.as_uri()])
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.locator("svg").count() == 3
        texts = page.evaluate(COLOURS)
        assert len(texts) > 50
        assert [each for each in texts if contrast(each[1], each[2]) < LEAST_CONTRAST] == []
        cut = """() => [...document.querySelectorAll('svg text')].filter(each => {
          const box = each.getBoundingClientRect(), svg = each.closest('svg').getBoundingClientRect();
          return box.left < svg.left - 1 || box.right > svg.right + 1;
        }).map(each => each.textContent)"""
        assert page.evaluate(cut) == []
        assert page.evaluate("[...document.querySelectorAll('svg')].every(each => each.ariaLabel)")
        behind = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (luminance(behind) < 0.1) == (scheme == "dark")

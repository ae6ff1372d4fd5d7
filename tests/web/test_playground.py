"""The playground in a browser: answers as they come, who gave them, and a failover that is watched on the page."""

import re
import subprocess
import sys
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from support.browsing import PHONE, RUN_AXE, SCHEMES, Browsing, axe_script
from support.gateway_process import GatewayProcess
from support.lab import Lab

pytestmark = pytest.mark.slow

PATH = "/ui/playground"
SOON_MS = 20_000
"""For what another process does: this machine is shared."""
PAIR = """
server: {{listen: "127.0.0.1:0", fault_injection: true{server}}}
defaults: {{health: {{interval: 500ms, unhealthy_interval: 500ms}}}}
providers:
  first: {{kind: openai-compatible, base_url: "{first}"}}
  second: {{kind: openai-compatible, base_url: "{second}"}}
models: {{pair: {{deployments: [{{provider: first, model: up}}, {{provider: second, model: up}}]}}}}
"""
SLOWLY = {"default": {"first_token_s": 0.01, "count": 10_000, "tokens_per_s": 30}}
BROKEN = {"default": {"fault": {"kind": "close_before_head"}}}


class Engine:
    """A stand-in engine as a process of its own, that can be killed."""

    def __init__(self):
        command = [sys.executable, "-m", "sixnines", "mock", "--kind", "openai", "--port", "0"]
        self.process = subprocess.Popen(
            [*command, "--script", "/dev/stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.process.stdin.write(b"models: [up]\ndefault: {count: 5}\n")
        self.process.stdin.close()
        port = re.search(rb'"port":\s*(\d+)', self.process.stdout.readline())[1].decode()
        self.base_url = f"http://127.0.0.1:{port}"

    def kill(self):
        self.process.kill()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture
def engine():
    made = Engine()
    yield made
    if made.process.poll() is None:
        made.kill()


@pytest.fixture
def pair(browser, tmp_path):
    """Opens a gateway whose model has two engines, `pair.engine` makes them; all is closed in the end."""
    with Lab() as lab, ExitStack() as stack:

        def start(first, second, *, server="", environment=None):
            config = PAIR.format(first=first.base_url, second=second.base_url, server=server)
            gateway = stack.enter_context(GatewayProcess(tmp_path, config, environment))
            return Browsing(browser, gateway.url)

        start.engine = lab.engine
        yield start


def ask(page, words="Say hello."):
    """Send a message, and wait until its answer is over; that answer."""
    before = page.locator(".answer").count()
    page.get_by_label("Your message").fill(words)
    page.keyboard.press("Enter")
    answer = page.locator(".answer").nth(before)
    expect(answer.locator(".figures")).to_contain_text("in all", timeout=SOON_MS)
    return answer


def standing(page, name):
    return page.locator(".standings li", has_text=re.compile(rf"^\s*{name}\b"))


def test_an_answer_says_who_gave_it_how_fast_and_where_its_trail_is(web):
    page = web.open(PATH)
    page.get_by_label("Model or route").select_option("gpt-oss:20b")
    answer = ask(page)
    expect(answer.locator(".text")).not_to_be_empty()
    expect(answer.locator(".who .badge")).to_have_text("ollama-cloud")
    figures = answer.locator(".figures").inner_text()
    assert re.fullmatch(r"first token after .*s · .*s in all · 16 tokens · [0-9.]+ tokens/s · trail", figures)
    assert re.fullmatch("/ui/requests/[0-9a-f]{24}", answer.locator(".figures a").get_attribute("href"))
    expect(answer.locator(".tried")).to_be_empty()
    answer.locator(".figures a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("equest")
    expect(page.locator("main")).to_contain_text("ollama-cloud")


def test_what_failed_before_is_told_under_the_answer(web):
    page = web.open(PATH)
    page.get_by_label("Model or route").select_option("qwen3")
    answer = ask(page)
    badges = answer.locator(".who .badge").all_inner_texts()
    assert "fell back: transport" in badges or answer.locator(".tried li").first.inner_text().startswith(
        "llamacpp/up was not"
    )
    assert answer.locator(".tried li").count() >= 2


def test_a_conversation_goes_on_and_a_new_one_knows_nothing_of_it(pair, browser):
    first, second = pair.engine(), pair.engine()
    with pair(first, second) as web:
        page = web.open(PATH)
        ask(page, "one")
        ask(page, "two")
        sent = [each["role"] for each in first.requests[-1].json()["messages"]]
        assert sent == ["user", "assistant", "user"]
        page.get_by_role("button", name="New conversation").click()
        assert page.locator(".said").count() == 0
        ask(page, "three")
        assert [each["content"] for each in first.requests[-1].json()["messages"]] == ["three"]


def test_a_conversation_is_kept_in_the_page_alone(web):
    page = web.open(PATH)
    ask(page, "a word that nobody keeps")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "nobody keeps" not in kept
    page.reload()
    assert page.locator(".said").count() == 0


def test_an_answer_is_stopped_and_the_engine_with_it(pair):
    first, second = pair.engine(script=SLOWLY), pair.engine()
    with pair(first, second) as web:
        page = web.open(PATH)
        page.get_by_label("Your message").fill("Count.")
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".answer .text")).not_to_be_empty(timeout=SOON_MS)
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".answer .figures")).to_contain_text("stopped", timeout=SOON_MS)
        expect(page.get_by_role("button", name="Stop")).to_be_hidden()
        page.wait_for_timeout(100)
        until(lambda: first.cancelled == 1, page)


def until(condition, page):
    """Wait for something that happens elsewhere."""
    for _ in range(SOON_MS // 50):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never happened")


def test_an_answer_that_nobody_gives_is_an_error_in_words_and_the_question_comes_back(pair):
    with pair(pair.engine(script=BROKEN), pair.engine(script=BROKEN)) as web:
        page = web.open(PATH)
        answer = ask(page, "Anybody?")
        expect(answer.get_by_role("alert")).to_contain_text("attempts failed")
        assert answer.locator(".tried li").count() >= 2
        expect(page.get_by_label("Your message")).to_have_value("Anybody?")


def test_what_a_model_says_is_never_taken_for_html(pair):
    evil = {"default": {"text": "<img src=x onerror=alert(1)><b>bold</b>"}}
    with pair(pair.engine(script=evil), pair.engine()) as web:
        answer = ask(web.open(PATH))
        expect(answer.locator(".text")).to_have_text("<img src=x onerror=alert(1)><b>bold</b>")
        assert answer.locator("img").count() == 0


def test_an_engine_that_is_killed_is_seen_to_go_down_and_the_next_answer_is_anothers(pair, engine):
    with pair(engine, pair.engine()) as web:
        page = web.open(PATH)
        expect(standing(page, "first").locator(".badge")).to_have_text("healthy", timeout=SOON_MS)
        expect(ask(page).locator(".who .badge").first).to_have_text("first")
        engine.kill()
        expect(standing(page, "first").locator(".badge")).to_have_text("down", timeout=SOON_MS)
        expect(standing(page, "second").locator(".badge")).to_have_text("healthy")
        expect(ask(page).locator(".who .badge").first).to_have_text("second")


def test_a_provider_is_broken_and_mended_by_keyboard_and_the_failover_is_watched(pair):
    with pair(pair.engine(), pair.engine()) as web:
        page = web.open(PATH)
        expect(ask(page).locator(".who .badge").first).to_have_text("first")
        page.get_by_role("button", name="Break first").focus()
        page.keyboard.press("Enter")
        expect(standing(page, "first")).to_contain_text("broken on purpose: refuse", timeout=SOON_MS)
        expect(standing(page, "first").locator(".badge")).to_have_text("down", timeout=SOON_MS)
        answer = ask(page)
        expect(answer.locator(".who .badge").first).to_have_text("second")
        expect(answer.locator(".tried")).to_contain_text("first/up")
        page.get_by_role("button", name="Mend first").focus()
        page.keyboard.press("Enter")
        expect(standing(page, "first").locator(".badge")).to_have_text("healthy", timeout=SOON_MS)
        expect(page.get_by_role("button", name="Break first")).to_be_visible()
        until(lambda: ask(page).locator(".who .badge").first.inner_text() == "first", page)


def test_the_key_stays_where_it_was_while_the_providers_are_asked_again(pair):
    with pair(pair.engine(), pair.engine()) as web:
        page = web.open(PATH)
        button = page.get_by_role("button", name="Break second")
        button.focus()
        with page.expect_response(lambda answer: "model=" in answer.url):
            pass
        page.wait_for_timeout(200)
        expect(button).to_be_focused()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_conversation_with_an_answer_and_an_error_is_accessible(pair, scheme):
    with pair(pair.engine(), pair.engine()) as web:
        page = web.go(web.context(scheme=scheme, bypass_csp=True), PATH)
        ask(page)
        for name in ("first", "second"):
            page.get_by_role("button", name=f"Break {name}").click()
            expect(standing(page, name)).to_contain_text("broken on purpose", timeout=SOON_MS)
        expect(ask(page).get_by_role("alert")).to_be_visible()
        page.add_script_tag(content=axe_script())
        found = page.evaluate(RUN_AXE)
        assert [each for each in found if each[0] in ("serious", "critical")] == []


def test_where_config_does_not_allow_it_nothing_can_be_broken(web):
    page = web.open(PATH)
    assert page.get_by_role("button", name=re.compile("Break")).count() == 0
    expect(page.get_by_text("server.fault_injection: true")).to_be_visible()


def test_a_conversation_works_on_a_phone(web):
    page = web.open(PATH, width=PHONE)
    expect(ask(page).locator(".text")).not_to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_signed_in_operator_asks_and_breaks_where_callers_need_keys(pair):
    keys = {"ADMIN_KEY": "an-admin-key-of-a-test", "CALLER_KEY": "a-caller-key-of-a-test"}
    server = ', admin_key: "env:ADMIN_KEY", api_keys: ["env:CALLER_KEY"]'
    with pair(pair.engine(), pair.engine(), server=server, environment=keys) as web:
        page = web.open(PATH)
        page.get_by_label("Admin key").fill(keys["ADMIN_KEY"])
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Playground")).to_be_visible()
        expect(ask(page).locator(".who .badge").first).to_have_text("first")
        page.get_by_role("button", name="Break first").click()
        expect(standing(page, "first")).to_contain_text("broken on purpose", timeout=SOON_MS)
        expect(ask(page).locator(".who .badge").first).to_have_text("second")

"""Who may see the web page: whom the admin API admits, and whom it gave a cookie."""

import time

import httpx
import pytest

from sixnines.web.session import COOKIE
from support.lab import Lab, one_engine

KEY = "an-admin-key-of-a-test"
KEYED = 'server: {listen: "127.0.0.1:0", admin_key: "env:ADMIN_KEY", api_keys: ["env:CALLER_KEY"]}\n'
ENVIRONMENT = {"ADMIN_KEY": KEY, "CALLER_KEY": "a-caller-key-of-a-test"}
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def keyed():
    """A gateway with an admin key."""
    with Lab() as lab:
        lab.serve(KEYED + one_engine(lab.engine()), ENVIRONMENT)
        yield lab


@pytest.fixture(scope="module")
def keyless():
    """A gateway without one."""
    with Lab() as lab:
        lab.serve(one_engine(lab.engine()))
        yield lab


@pytest.fixture
def browser(keyed):
    """Somebody who was never here: keeps cookies, follows nothing."""
    return keyed.client()


def sign_in(client: httpx.Client, key: str = KEY, **fields: str) -> httpx.Response:
    return client.post("/ui/login", data={"key": key, **fields})


def test_without_a_cookie_a_page_leads_to_the_form_and_from_there_back(browser):
    answer = browser.get("/ui/nowhere?a=b", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/login?next=/ui/nowhere%3Fa%3Db")
    form = browser.get(answer.headers["location"], headers=HTML)
    assert form.status_code == 200
    assert 'value="/ui/nowhere?a=b"' in form.text
    assert 'id="nav"' not in form.text


def test_the_right_key_gives_a_cookie_that_does_not_hold_it(browser):
    answer = sign_in(browser, next="/ui/nowhere")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/nowhere")
    said = answer.headers["set-cookie"]
    assert "HttpOnly; SameSite=Strict" in said
    assert "Path=/ui;" in said
    assert "Secure" not in said
    assert KEY not in said
    assert browser.get("/ui", headers=HTML).status_code == 200


def test_a_cookie_over_tls_is_for_tls_alone(browser):
    secure = {"origin": browser.base_url.copy_with(scheme="https").__str__().rstrip("/")}
    assert browser.post("/ui/login", data={"key": KEY}, headers=secure).headers["set-cookie"].endswith("; Secure")
    proxied = {"x-forwarded-proto": "https"}
    assert browser.post("/ui/login", data={"key": KEY}, headers=proxied).headers["set-cookie"].endswith("; Secure")


@pytest.mark.parametrize("key", ["wrong", "", "a-caller-key-of-a-test"])
def test_a_wrong_key_is_said_to_be_wrong_after_a_while_and_is_not_shown(browser, key):
    began = time.monotonic()
    answer = sign_in(browser, key)
    assert time.monotonic() - began > 0.2
    assert answer.status_code == 401
    assert "This is not the admin key" in answer.text
    assert "set-cookie" not in answer.headers
    assert not key or key not in answer.text


def test_nobody_is_led_to_another_site(browser):
    assert sign_in(browser, next="//evil.example").headers["location"] == "/ui"


def test_a_cookie_that_was_changed_lets_nobody_in(browser):
    sign_in(browser)
    good = browser.cookies[COOKIE]
    stranger = httpx.Client(base_url=browser.base_url, cookies={COOKIE: good[:-1] + "_"}, trust_env=False)
    with stranger:
        assert stranger.get("/ui", headers=HTML).status_code == 303
    with httpx.Client(base_url=browser.base_url, cookies={COOKIE: good}, trust_env=False) as same:
        assert same.get("/ui", headers=HTML).status_code == 200


def test_the_cookie_opens_the_page_and_not_the_admin_api(browser):
    sign_in(browser)
    assert (
        browser.get("/admin/v1/providers", headers={"cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}).status_code == 401
    )


def test_the_admin_key_as_a_bearer_is_enough_and_a_callers_is_not(browser):
    assert browser.get("/ui", headers={"authorization": f"Bearer {KEY}"}).status_code == 200
    assert browser.get("/ui", headers={"authorization": "Bearer a-caller-key-of-a-test"}).status_code == 403
    wrong = browser.get("/ui", headers={"authorization": "Bearer wrong"})
    assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, "Bearer")


def test_what_a_page_asks_for_by_itself_is_refused_and_not_led_elsewhere(browser):
    answer = browser.get("/ui", headers={"hx-request": "true", **HTML})
    assert answer.status_code == 401
    assert "<html" not in answer.text
    assert browser.get("/ui").status_code == 401


def test_signing_out_takes_a_form_of_the_session_and_ends_it_in_the_browser(browser):
    sign_in(browser)
    assert browser.post("/ui/logout", data={"token": "made-up"}).status_code == 403
    page = browser.get("/ui", headers=HTML).text
    token = page.partition('name="token" value="')[2].partition('"')[0]
    answer = browser.post("/ui/logout", data={"token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/login")
    assert COOKIE not in browser.cookies
    assert browser.get("/ui", headers=HTML).status_code == 303


def test_more_wrong_keys_at_once_than_a_person_types_are_not_read(keyed):
    from concurrent.futures import ThreadPoolExecutor

    def guess(number: int) -> int:
        with httpx.Client(base_url=keyed.url, trust_env=False, timeout=30) as client:
            return sign_in(client, f"guess-{number}").status_code

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(guess, range(12)))
    assert set(found) == {401, 429}


def test_other_sites_pages_and_names_that_are_not_this_machines_are_refused(keyless):
    with keyless.client() as client:
        for headers in ({"host": "evil.example"}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
            answer = client.get("/ui", headers={**HTML, **headers})
            assert answer.status_code == 403
            assert 'class="card problem"' in answer.text


def test_without_an_admin_key_the_page_is_open_on_loopback_and_login_leads_there(keyless):
    with keyless.client() as client:
        assert client.get("/ui", headers=HTML).status_code == 200
        assert client.post("/ui/login", data={"key": "any", "next": "/ui/x"}).headers["location"] == "/ui/x"

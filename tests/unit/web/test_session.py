"""Sessions of the web page: whose cookie is known, and until when."""

import pytest

from sixnines.web.session import COOKIE, LIFE_S, Sessions, cookie_in, set_cookie

OURS = Sessions(b"the digest of a key")
NOW = 1_764_100_800.0


def test_a_cookie_is_known_again_until_it_ends():
    cookie = OURS.issue(NOW, "n1")
    assert OURS.nonce_of(cookie, NOW) == "n1"
    assert OURS.nonce_of(cookie, NOW + LIFE_S - 1) == "n1"
    assert OURS.nonce_of(cookie, NOW + LIFE_S) is None


def test_another_key_ends_every_session():
    assert Sessions(b"the digest of another").nonce_of(OURS.issue(NOW, "n1"), NOW) is None


@pytest.mark.parametrize(
    "change", [lambda said: said.replace("1764", "9764"), lambda said: said[:-1] + "_", lambda _: ""]
)
def test_a_cookie_that_was_changed_is_nobodys(change):
    assert OURS.nonce_of(change(OURS.issue(NOW, "n1")), NOW) is None


@pytest.mark.parametrize("cookie", ["", ".", "..", "a.b.c", "1.2.3.4", "\xff.n.\xff", "9" * 10_000])
def test_what_is_no_cookie_of_ours_is_nobodys(cookie):
    assert OURS.nonce_of(cookie, NOW) is None


def test_a_form_token_is_no_cookie_and_differs_with_the_session():
    assert OURS.form_token("n1") != OURS.form_token("n2")
    assert OURS.nonce_of(f"{int(NOW) + 10}.n1.{OURS.form_token('n1')}", NOW) is None


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (None, None), (b"", None), (b"a=b", None), (b"sixnines_ui=x", "x"), (b"a=b; sixnines_ui=x.y; c=d", "x.y"),
        (b"not_sixnines_ui=x", None), (b"sixnines_ui", ""),
    ],
)  # fmt: skip
def test_the_cookie_is_found_among_others(header, value):
    assert cookie_in(header) == value


def test_the_cookie_is_for_this_page_alone_and_not_for_scripts():
    assert set_cookie("v", secure=False) == f"{COOKIE}=v; Path=/ui; Max-Age=43200; HttpOnly; SameSite=Strict"
    assert set_cookie("v", secure=True).endswith("; SameSite=Strict; Secure")

"""Who was asked for a request, in words: those passed over first, then every attempt with what came of it."""

from sixnines.client.seen import Attempt, Request, Skipped
from sixnines.web.chatting import tried


def request(*attempts, skipped=()):
    return Request(id="r", arrived_at="", outcome="ok", attempts=attempts, skipped=skipped)


def attempt(kind="ok", role="first", **more):
    return Attempt(deployment="a/up", provider="a", role=role, kind=kind, ms=12.4, **more)


def test_an_answer_says_after_how_long():
    assert [*tried(request(attempt()))] == ["a/up answered after 12 ms"]


def test_a_failure_says_its_kind_its_status_and_the_providers_words():
    assert [*tried(request(attempt("rate", status=429, message="slow down")))] == [
        "a/up failed after 12 ms (rate 429): slow down"
    ]
    assert [*tried(request(attempt("transport")))] == ["a/up failed after 12 ms (transport)"]


def test_each_further_attempt_says_why_it_was_made():
    roles = ("fallback", "retry", "hedge", "continuation")
    said = [*tried(request(*(attempt(role=role) for role in roles)))]
    assert [each.partition("a/up")[0] for each in said] == ["then ", "again ", "meanwhile ", "to go on, "]


def test_one_that_was_cancelled_did_not_fail():
    assert [*tried(request(attempt("cancelled")))] == ["a/up was no longer waited for after 12 ms"]


def test_those_that_were_passed_over_come_first_as_they_would_have_been_asked():
    skipped = (Skipped(deployment="b/up", reason="down: refused"),)
    assert next(tried(request(attempt(), skipped=skipped))) == "b/up was not asked: down: refused"


def test_a_providers_words_cannot_write_anywhere_else():
    assert "\x1b" not in "".join(tried(request(attempt("server", message="\x1b[2Jgone"))))

"""A request in words: every way to end, every role, and the headers as the gateway gave them."""

import pytest

from sixnines.client.seen import Attempt, Request, Skipped
from sixnines.web.request_story import Meant, ended, outcome, reasons, told

MODEL = Meant("exact", "model", "m", "weighted")


def attempt(kind="ok", who="a", role="first", **more):
    return Attempt(deployment=f"{who}/up", provider=who, kind=kind, role=role, **more)


def request(*attempts, **more):
    given = {"id": "r1", "arrived_at": "", "outcome": "ok", "asked_model": "m", "model": "m", "total_ms": 68.0, **more}
    return Request(attempts=attempts, **given)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (request(attempt(), status=200), "Answered by m at a after 68 ms (status 200)."),
        (
            request(
                attempt("server"), outcome="failed", kind="server", status=502, error="upstream_failed", model=None
            ),
            "An error instead of an answer, server (status 502), after 68 ms. Its caller was told upstream_failed.",
        ),
        (
            request(attempt("truncated", broke=True), outcome="broken", kind="truncated", status=200),
            "The answer had begun, and ended with an error, truncated (status 200), after 68 ms.",
        ),
        (request(attempt("cancelled"), outcome="client_gone"), "The caller left before the end, after 68 ms."),
        (
            request(outcome="refused", status=404, error="model_not_found"),
            "Refused before anybody was asked (status 404), after 68 ms. Its caller was told model_not_found.",
        ),
        (request(outcome="bug", status=500), "The gateway's own fault: its log says more (status 500), after 68 ms."),
        (request(outcome="of_another_version"), "of another version, after 68 ms."),
    ],
)
def test_how_it_ended_is_a_sentence(found, sentence):
    assert ended(found) == sentence


def test_the_outcome_is_told_with_the_kind():
    assert outcome(request(outcome="failed", kind="rate")) == "failed: rate"
    assert outcome(request(outcome="client_gone")) == "client gone"


@pytest.mark.parametrize(
    ("asked", "meant", "sentence"),
    [
        ("m", MODEL, "m is the name of a model. The strategy weighted puts its deployments in order, then come fallbacks."),
        ("r", Meant("route", "route", "r", "ordered"), "r is the name of a route. The strategy ordered puts its models in order, then come fallbacks."),
        ("talk", Meant("alias", "route", "r", "ordered"), "talk is an alias: it means the route r. The strategy ordered puts its models in order, then come fallbacks."),
        ("x1", Meant("pattern", "model", "m", "weighted", "x.*"), "x1 is a name that a pattern matches (x.*): it means the model m. The strategy weighted puts its deployments in order, then come fallbacks."),
        ("odd", Meant("default", "model", "m", "weighted"), "odd is no name of config, so `default_model` holds: it means the model m. The strategy weighted puts its deployments in order, then come fallbacks."),
        ("odd", None, "odd means nothing by the config of now."),
        (None, None, "No model's name could be read."),
    ],
)  # fmt: skip
def test_it_begins_with_what_the_name_means(asked, meant, sentence):
    assert next(reasons(request(attempt(), asked_model=asked), meant)) == sentence


def test_every_attempt_and_everybody_passed_over_is_told():
    found = request(
        attempt("rate", status=429),
        attempt("rate", role="retry", status=429),
        attempt("cancelled", "b", "fallback"),
        attempt("truncated", "c", "hedge", broke=True),
        attempt("ok", "d", "continuation"),
        skipped=(Skipped(deployment="e/up", reason="breaker open"),),
    )
    assert list(reasons(found, MODEL))[1:] == [
        "a/up was asked first, and failed: rate with status 429.",
        "a/up was asked once more, and failed: rate with status 429.",
        "b/up was asked next, and was stopped, because another one was quicker or the caller left.",
        "c/up was asked beside it, because it was silent for long, and broke off after its answer had begun: truncated.",
        "d/up was asked to go on with the answer, and answered.",
        "e/up was not asked: breaker open.",
    ]


def test_where_nobody_was_asked_it_says_why():
    assert list(reasons(request(outcome="refused", asked_model=None), None))[-1].startswith("Nobody was asked")


def test_words_of_providers_cannot_move_the_cursor():
    found = request(attempt(), skipped=(Skipped(deployment="e/up", reason="odd\x1b[31m"),))
    assert "\x1b" not in list(reasons(found, MODEL))[-1]


def test_headers_are_those_of_a_plain_answer():
    assert told(request(attempt()), "trail") == [
        ("x-sixnines-request-id", "r1"), ("x-sixnines-model", "m"), ("x-sixnines-attempts", "1"),
        ("x-sixnines-provider", "a"),
    ]  # fmt: skip


def test_with_minimal_exposure_no_provider_is_named():
    assert "x-sixnines-provider" not in dict(told(request(attempt()), "minimal"))


def test_a_fallback_is_told_with_its_reason():
    found = dict(told(request(attempt("rate"), attempt("ok", "b", "fallback")), "trail"))
    assert (found["x-sixnines-fallback"], found["x-sixnines-provider"], found["x-sixnines-attempts"]) == (
        "rate",
        "b",
        "2",
    )


def test_where_all_failed_the_last_is_named_and_no_model():
    found = dict(told(request(attempt("rate"), attempt("server", "b"), outcome="failed", model=None), "trail"))
    assert (found["x-sixnines-provider"], found.get("x-sixnines-model")) == ("b", None)


def test_the_head_of_a_stream_knows_nothing_of_who_went_on_with_it():
    broken, other = attempt("truncated", broke=True), attempt("ok", "b", "continuation")
    streamed = dict(told(request(broken, other, streamed=True), "trail"))
    assert (streamed["x-sixnines-attempts"], streamed["x-sixnines-provider"]) == ("1", "a")
    assert "x-sixnines-fallback" not in streamed


def test_one_that_was_refused_has_its_id_only():
    assert told(request(outcome="refused", model=None), "trail") == [("x-sixnines-request-id", "r1")]

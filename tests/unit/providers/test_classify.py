"""How the table is read: order, statuses, and what is passed on."""

import json

import pytest

from sixnines.domain.failure import RULES, FailureKind
from sixnines.providers.classify import classifier
from sixnines.providers.interface import BadAnswer
from sixnines.providers.signs import Sign, prose, statuses

classify = classifier()


def error(message: str, **fields: object) -> bytes:
    return json.dumps({"error": {"message": message, **fields}}).encode()


def test_a_401_means_the_credential_whatever_the_text_says():
    body = error("maximum context length", type="insufficient_quota", code="context_length_exceeded")
    assert classify(BadAnswer(401, [], body)).kind is FailureKind.CREDENTIAL


def test_a_kinds_own_rows_win_over_the_general_ones():
    own = Sign(FailureKind.LOADING, statuses(500), seen="a test", text=prose("warming up"))
    answer = BadAnswer(500, [], error("warming up"))
    assert classifier((own,))(answer).kind is FailureKind.LOADING
    assert classify(answer).kind is FailureKind.SERVER


def test_a_row_with_words_and_text_needs_both():
    own = Sign(FailureKind.QUOTA, statuses(418), seen="a test", words=frozenset({"w"}), text=prose(r"\Atea"))
    judge = classifier((own,))
    assert judge(BadAnswer(418, [], error("tea", type="w"))).kind is FailureKind.QUOTA
    assert judge(BadAnswer(418, [], error("tea"))).kind is FailureKind.CALLER
    assert judge(BadAnswer(418, [], error("coffee", type="w"))).kind is FailureKind.CALLER


def test_machine_words_win_over_prose():
    answer = BadAnswer(429, [], error("check your billing details", code="rate_limit_exceeded"))
    assert classify(answer).kind is FailureKind.RATE


def test_a_link_to_the_billing_page_is_not_a_used_up_balance():
    answer = BadAnswer(429, [], error("Too fast. See https://provider.example/account/billing"))
    assert classify(answer).kind is FailureKind.RATE


@pytest.mark.parametrize("status", [400, 422])
def test_a_validation_error_stays_the_callers_whatever_it_quotes(status):
    message = "Value error, 'maximum context length' does not support this"
    body = json.dumps({"detail": [{"loc": ["body", "stop"], "msg": message}]}).encode()
    failure = classify(BadAnswer(status, [], body))
    assert (failure.kind, failure.elsewhere, failure.param) == (FailureKind.CALLER, False, "stop")


def test_words_are_believed_only_under_their_statuses():
    assert classify(BadAnswer(503, [], error("", code="insufficient_quota"))).kind is FailureKind.CAPACITY
    assert classify(BadAnswer(500, [], error("", code="model_not_found"))).kind is FailureKind.SERVER


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (204, FailureKind.PROTOCOL),
        (206, FailureKind.PROTOCOL),
        (302, FailureKind.MISSING),
        (400, FailureKind.CALLER),
        (402, FailureKind.QUOTA),
        (403, FailureKind.CREDENTIAL),
        (404, FailureKind.MISSING),
        (405, FailureKind.MISSING),
        (408, FailureKind.TRANSPORT),
        (409, FailureKind.CAPACITY),
        (413, FailureKind.CALLER),
        (418, FailureKind.CALLER),
        (422, FailureKind.CALLER),
        (429, FailureKind.RATE),
        (451, FailureKind.CREDENTIAL),
        (500, FailureKind.SERVER),
        (501, FailureKind.CALLER),
        (502, FailureKind.SERVER),
        (503, FailureKind.CAPACITY),
        (504, FailureKind.TRANSPORT),
        (508, FailureKind.MISSING),
        (524, FailureKind.TRANSPORT),
        (529, FailureKind.CAPACITY),
        (599, FailureKind.SERVER),
        (600, FailureKind.PROTOCOL),
    ],
)
def test_without_a_body_the_status_decides(status, kind):
    failure = classify(BadAnswer(status, [], b""))
    assert failure.kind is kind
    assert failure.status == status
    assert failure.message.endswith(".")


def test_an_error_inside_a_200_has_the_status_that_it_names():
    failure = classify(BadAnswer(200, [], error("slow down", code=429), in_stream=True))
    assert (failure.kind, failure.status) == (FailureKind.RATE, 429)


def test_an_error_inside_a_stream_that_names_nothing_is_the_servers():
    failure = classify(BadAnswer(200, [], error("boom"), in_stream=True))
    assert (failure.kind, failure.status, failure.message) == (FailureKind.SERVER, 200, "boom")


def test_the_status_in_the_body_does_not_overrule_http():
    assert classify(BadAnswer(500, [], error("boom", code=429))).kind is FailureKind.SERVER


def test_an_error_in_a_whole_200_answer_is_the_servers_and_anything_else_unreadable():
    assert classify(BadAnswer(200, [], error("boom"))).kind is FailureKind.SERVER
    assert classify(BadAnswer(200, [], b"{}")).kind is FailureKind.PROTOCOL


def test_an_empty_stream_means_what_the_kind_says():
    answer = BadAnswer(200, [(b"retry-after", b"5")], b"", in_stream=True, empty_stream=True)
    assert classify(answer).kind is FailureKind.TRUNCATED
    context = classifier(empty_stream=FailureKind.CONTEXT)(answer)
    assert (context.kind, context.code, context.retry_after_s) == (FailureKind.CONTEXT, "context_length_exceeded", None)


def test_retry_after_is_read_from_refusals_only():
    headers = [(b"retry-after", b"7")]
    assert classify(BadAnswer(503, headers, b"")).retry_after_s == 7
    assert classify(BadAnswer(200, headers, error("boom"), in_stream=True)).retry_after_s is None


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_param_and_code_are_for_kinds_that_callers_may_see(status):
    failure = classify(BadAnswer(status, [], error("no", param="body.messages.0", code="some_code")))
    shown = ("messages.0", "some_code") if RULES[failure.kind].caller_may_see else (None, None)
    assert (failure.param, failure.code) == shown


@pytest.mark.parametrize(
    "value", ["", "body", "two words", "sk-abcdef123456", "/etc/passwd.txt", "x" * 200, "http://a/b", 7]
)
def test_a_param_or_code_that_is_no_plain_name_is_left_out(value):
    failure = classify(BadAnswer(400, [], error("no", param=value)))
    assert failure.param is None
    if value != "body":
        assert classify(BadAnswer(400, [], error("no", code=value))).code is None


def test_long_messages_are_cut():
    assert len(classify(BadAnswer(400, [], error("word " * 1000))).message) <= 500


def test_a_text_that_says_nothing_after_cleaning_is_replaced():
    assert classify(BadAnswer(500, [], error("\n\u202e "))).message == "The provider failed."

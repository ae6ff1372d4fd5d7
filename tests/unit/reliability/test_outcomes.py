"""What counts: every way in which a request or an attempt can end."""

import pytest

from sixnines.domain.availability import GOOD
from sixnines.domain.failure import Failure, FailureKind
from sixnines.reliability.outcomes import CALLERS_OWN, DRAINING, of_failure, of_request

OURS = sorted(set(FailureKind) - CALLERS_OWN)


def test_a_complete_answer_is_good():
    assert of_request("ok") == GOOD


@pytest.mark.parametrize("kind", OURS)
def test_an_error_instead_of_an_answer_is_bad_whoever_is_to_blame_behind_the_gateway(kind):
    assert of_request(kind.value, status=502, error="provider_error") == kind.value


@pytest.mark.parametrize("kind", OURS)
def test_an_answer_that_broke_off_is_bad(kind):
    assert of_request(f"broken_{kind.value}") == f"broken_{kind.value}"


@pytest.mark.parametrize("kind", sorted(CALLERS_OWN))
def test_what_the_caller_made_impossible_does_not_count(kind):
    assert of_request(kind.value, status=400, error="context_length_exceeded") is None
    assert of_request(f"broken_{kind.value}") is None


def test_a_bug_of_the_gateway_is_bad():
    assert of_request("bug", status=500, error="internal_error") == "bug"


def test_a_caller_who_left_does_not_count():
    assert of_request("client_gone") is None


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, None),
        (401, "invalid_api_key"),
        (404, "model_not_found"),
        (413, "body_too_large"),
        (415, "unsupported_media_type"),
        (508, "gateway_loop"),
    ],
)
def test_what_is_refused_for_the_callers_own_error_does_not_count(status, error):
    assert of_request("", status=status, error=error) is None


def test_what_is_refused_because_the_gateway_stops_is_bad():
    assert of_request("", status=503, error="draining") == DRAINING
    assert of_request("", status=503) == "unavailable"


def test_what_the_gateway_ends_when_it_stops_is_bad_and_its_own_doing():
    assert of_request("broken_truncated", cut=True) == DRAINING
    assert of_request("client_gone", cut=True) == DRAINING
    assert of_request("ok", cut=True) == GOOD
    cut_off = Failure(FailureKind.TRUNCATED, "stalled")
    assert of_failure(cut_off, cut=True) is None


@pytest.mark.parametrize("kind", sorted(set(FailureKind) - CALLERS_OWN - {FailureKind.LOCAL}))
def test_a_failure_of_the_provider_counts_against_it(kind):
    assert of_failure(Failure(kind, "it failed")) == kind.value


@pytest.mark.parametrize("kind", sorted(CALLERS_OWN | {FailureKind.LOCAL}))
def test_a_provider_is_not_blamed_for_the_caller_nor_for_the_gateway(kind):
    assert of_failure(Failure(kind, "too long")) is None


def test_a_provider_that_was_given_less_time_than_it_is_allowed_is_not_blamed():
    starved = Failure(FailureKind.TRANSPORT, "time is up", code="timeout", starved=True)
    assert of_failure(starved) is None

"""The rings of recent requests."""

import sys
import tracemalloc

import msgspec
import pytest

from sixnines.dialects.neutral import Usage
from sixnines.domain.attempt import Attempt, AttemptRole
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.operation import Operation
from sixnines.engine.recent import PLANNED, REFUSED, Entry, Outcome, Recent


def entry(number=0, word="ok", **changes):
    values = {
        "id": f"{number:024x}", "operation": Operation.CHAT, "asked": "m", "streamed": False, "model": "m",
        "word": word, "status": 200, "error": None, "attempts": [], "skipped": (), "usage": None,
        "ended_unix_s": float(number), "total_s": 1.0, "first_content_s": 0.0,
    }  # fmt: skip
    return Entry(**(values | changes))


def test_the_one_that_ended_last_comes_first():
    recent = Recent()
    for number in range(3):
        recent.add(entry(number))
    assert [each.ended_unix_s for each in recent.list(10)] == [2.0, 1.0, 0.0]
    assert [each.ended_unix_s for each in recent.list(2)] == [2.0, 1.0]


def test_it_holds_so_many_and_forgets_the_oldest():
    recent = Recent(planned=3, refused=2)
    for number in range(10):
        recent.add(entry(number))
    assert len(recent) == 3
    assert recent.capacity == 5
    assert [each.ended_unix_s for each in recent.list(100)] == [9.0, 8.0, 7.0]
    assert recent.get(entry(9).id) is not None
    assert recent.get(entry(0).id) is None


def test_a_flood_of_refused_requests_pushes_out_no_other():
    recent = Recent(planned=3, refused=2)
    recent.add(entry(1, "server"))
    for number in range(2, 100):
        recent.add(entry(number, "refused"))
    assert [each.word for each in recent.list(100)] == ["refused", "refused", "server"]
    assert recent.get(entry(1).id) is not None


def test_both_rings_are_listed_in_the_order_in_which_they_ended():
    recent = Recent()
    for number in range(6):
        recent.add(entry(number, "refused" if number % 2 else "ok"))
    assert [each.ended_unix_s for each in recent.list(10)] == [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]


def test_only_what_is_wanted_counts_against_the_limit():
    recent = Recent()
    for number in range(6):
        recent.add(entry(number, "ok" if number < 3 else "server"))
    assert [each.ended_unix_s for each in recent.list(2, lambda each: each.word == "ok")] == [2.0, 1.0]


@pytest.mark.parametrize(
    ("word", "outcome", "kind"),
    [
        ("ok", Outcome.OK, None),
        ("client_gone", Outcome.CLIENT_GONE, None),
        ("refused", Outcome.REFUSED, None),
        ("bug", Outcome.BUG, None),
        ("server", Outcome.FAILED, "server"),
        ("broken_truncated", Outcome.BROKEN, "truncated"),
        *((f"broken_{kind}", Outcome.BROKEN, kind.value) for kind in FailureKind),
        *((kind.value, Outcome.FAILED, kind.value) for kind in FailureKind),
    ],
)
def test_the_word_says_outcome_and_kind(word, outcome, kind):
    assert (entry(word=word).outcome, entry(word=word).kind) == (outcome, kind)


def test_an_entry_has_no_place_for_a_body_a_header_or_a_config():
    types = str(msgspec.inspect.type_info(Entry))
    assert not any(
        kind in types.replace("BytesType(min_length=None, max_length=8)", "an id")
        for kind in ("bytes", "Bytes", "Snapshot", "Generation")
    )


def test_full_rings_take_what_their_comment_says():
    """Four failures each, with messages as long as they can be: 4 MiB at most."""
    recent = Recent()
    tracemalloc.start()
    try:
        for number in range(PLANNED + REFUSED + 500):
            recent.add(worst(number))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(recent) == PLANNED
    assert 1024**2 < taken < 4 * 1024**2


def worst(number):
    attempts = [
        Attempt("p/m", "p", Failure(FailureKind.SERVER, f"{number} {at} ".ljust(500, "x"), 500), number + 0.5, at + 0.5)
        for at in range(4)
    ]
    return entry(
        number,
        "server",
        asked=f"m{number}",
        attempts=attempts,
        usage=Usage(prompt_tokens=1000 + number, completion_tokens=1000 + number),
        total_s=number + 0.5,
    )


def test_an_attempt_made_as_before_is_the_first():
    attempt = Attempt("p/m", "p", None, 12.5)
    assert (attempt.started_ms, attempt.role) == (0.0, AttemptRole.FIRST)
    assert sys.getsizeof(attempt) < 100

"""Every fault has a meaning for streams and for whole answers, and no fault is forgotten in either place."""

import pytest

from sixnines.testing import faults
from sixnines.testing.faults import ErrorSpec, Fault, Preset
from sixnines.testing.spoiling import spoil
from sixnines.testing.staging import Ending, Take, Voice, play, stage
from sixnines.testing.wire import Reel, Reply, frame, frames, head_bytes, unframe

FAULTS = Fault.__args__
ERROR = Reply(503, [], b"error")
VOICE = Voice(lambda _: ERROR, lambda spec: frame(b"data: " + spec.preset.encode()), done_after_error=True, seed=1)
REPLY = Reply(200, [(b"content-type", b"application/json")], b'{"a": "0123456789"}')


def reel() -> Reel:
    steps = iter([frame(b"data: %d\n\n" % number) for number in range(4)])
    head = [(b"content-type", b"text/event-stream")]
    return Reel(head, frame(b"<"), steps, frame(b"F"), frame(b"T"), ping=frame(b":\n\n"))


def content(take: Take) -> bytes:
    """Everything that a take sends, framing undone."""
    return unframe(take.opening + b"".join(take.steps) + take.closing)


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_means_something_for_a_stream(fault: type[faults.FaultBase]) -> None:
    assert isinstance(stage(fault(), reel(), VOICE), Take | Reply)


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_means_something_for_a_whole_answer(fault: type[faults.FaultBase]) -> None:
    assert isinstance(spoil(fault(), REPLY, VOICE), Take | Reply)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault is not faults.NoTerminator])
def test_every_fault_changes_a_stream(fault: type[faults.FaultBase]) -> None:
    spoiled = stage(fault(), reel(), VOICE)
    whole = play(reel())
    if isinstance(spoiled, Take) and spoiled.headers == whole.headers:
        same = (list(spoiled.steps), spoiled.opening, spoiled.closing) == (
            list(whole.steps),
            whole.opening,
            whole.closing,
        )
        assert not same or spoiled.ending is not whole.ending


def test_no_terminator_is_all_but_the_terminator() -> None:
    assert content(stage(faults.NoTerminator(), reel(), VOICE)) == content(play(reel()))[:-1]


@pytest.mark.parametrize(
    ("fault", "ending"),
    [(faults.Hang, Ending.HANG), (faults.Close, Ending.CUT), (faults.Reset, Ending.RESET), (faults.End, Ending.KEEP)],
)
@pytest.mark.parametrize("after", [0, 2, 9])
def test_a_stream_is_cut_behind_as_many_chunks_as_said(fault: type[faults.Hang], ending: Ending, after: int) -> None:
    take = stage(fault(after_chunks=after), reel(), VOICE)
    assert isinstance(take, Take)
    assert take.ending is ending
    assert content(take) == b"<" + b"".join(b"data: %d\n\n" % number for number in range(min(after, 4)))


@pytest.mark.parametrize(("done", "tail"), [(None, b"T"), (True, b"T"), (False, b"")])
def test_an_error_event_is_followed_by_the_terminator_as_said(done: bool | None, tail: bytes) -> None:
    fault = faults.ErrorEvent(after_chunks=1, error=ErrorSpec(preset=Preset.OVERLOADED), done=done)
    assert content(stage(fault, reel(), VOICE)) == b"<data: 0\n\ndata: overloaded" + tail


def test_an_error_instead_of_a_whole_answer_may_itself_be_a_stream() -> None:
    voice = Voice(lambda _: reel(), lambda _: b"", done_after_error=False, seed=1)
    assert isinstance(spoil(faults.ErrorEvent(), REPLY, voice), Take)
    assert spoil(faults.ErrorEvent(), REPLY, VOICE) is ERROR


def test_a_reel_that_closes_ends_its_connection() -> None:
    closing = reel()
    closing.close = True
    assert (play(reel()).ending, play(closing).ending) == (Ending.KEEP, Ending.FINISH)


def test_framing_can_be_undone() -> None:
    assert frames([b"one", b"", b"two"]) == b"3\r\none\r\n3\r\ntwo\r\n"
    assert unframe(frames([b"one", b"", b"two"])) == b"onetwo"
    assert frame(b"") == b""


def test_a_head_of_our_own_closes_the_connection() -> None:
    assert head_bytes(404, [(b"a", b"b")]) == b"HTTP/1.1 404 Not Found\r\na: b\r\nconnection: close\r\n\r\n"

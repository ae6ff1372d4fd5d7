"""An answer as a page is told of it: pieces however they are cut, faults in words, and a trail where one is remembered."""

import asyncio

import msgspec

from sixnines.web.asking import Asking
from sixnines.web.chatting import Chat, Message, told

CHAT = Chat("m", [Message("user", "hi")])
HEADERS = [(b"x-sixnines-request-id", b"abc"), (b"x-sixnines-provider", b"a"), (b"x-sixnines-attempts", b"2")]
REQUEST = {
    "id": "abc", "arrived_at": "", "outcome": "ok", "model": "m", "usage": {"completion_tokens": 7},
    "attempts": [{"deployment": "a/up", "provider": "a", "kind": "ok", "ms": 3.0}],
}  # fmt: skip
DONE = b"data: [DONE]\n\n"


def event(**delta) -> bytes:
    return b"data: " + msgspec.json.encode({"choices": [{"delta": delta}]}) + b"\n\n"


def lines(*pieces, status=200, abort=False, remembered=True):
    """What a page is told where the gateway answers so."""

    async def application(request, responder):
        if request.path == "/admin/v1/requests/abc":
            if remembered:
                responder.send(200, [], msgspec.json.encode(REQUEST))
            else:
                responder.send(404, [], b'{"error": {"message": "not remembered", "code": "request_not_found"}}')
            return
        assert (request.method, request.path) == ("POST", "/v1/chat/completions")
        responder.start(status, HEADERS)
        for piece in pieces:
            await responder.write(piece)
        responder.abort() if abort else responder.end()

    async def main():
        return [msgspec.json.decode(each) async for each in told(Asking(application), CHAT)]

    return asyncio.run(main())


def test_an_answer_is_told_piece_by_piece_between_who_gives_it_and_how_it_went():
    head, one, two, trail = lines(event(content="Hel"), event(content="lo"), DONE)
    assert head == {
        "type": "head", "request": "abc", "model": None, "provider": "a", "attempts": "2", "fallback": None,
    }  # fmt: skip
    assert (one["text"], two["text"]) == ("Hel", "lo")
    assert trail == {
        "type": "trail", "tried": ["a/up answered after 3 ms"], "provider": "a", "model": "m", "outcome": "ok",
        "completion_tokens": 7,
    }  # fmt: skip


def test_events_are_told_however_they_are_cut():
    whole = event(content="Hel") + b": ping\n\n" + event(role="assistant", content="lo") + DONE
    expected = lines(whole)
    for cut in range(1, len(whole)):
        assert lines(whole[:cut], whole[cut:]) == expected


def test_what_a_model_thinks_is_told_apart_from_what_it_says():
    _, thought, said, _ = lines(event(reasoning_content="Hm."), event(content="Yes."), DONE)
    assert (thought["thought"], thought["text"]) == ("Hm.", "")
    assert (said["thought"], said["text"]) == ("", "Yes.")


def test_events_that_say_nothing_are_passed_over():
    usage = b'data: {"choices": [], "usage": {"completion_tokens": 7}}\n\n'
    assert [each["type"] for each in lines(event(role="assistant"), usage, b"data: odd\n\n", DONE)] == ["head", "trail"]


def test_an_error_in_the_middle_is_told_where_it_came():
    error = b'data: {"error": {"message": "it \\u001b[2J broke", "code": 502}}\n\n'
    assert lines(event(content="Hel"), error, DONE)[2] == {"type": "failed", "message": "it  [2J broke", "code": "502"}


def test_an_answer_without_its_end_broke_off():
    assert lines(event(content="Hel"), abort=True)[2]["message"] == "The answer broke off."
    assert lines(event(content="Hel"))[2]["message"] == "The answer broke off."
    assert lines(event(content="Hel"), DONE, abort=True)[2]["type"] == "failed"


def test_an_error_instead_of_an_answer_is_told():
    said = lines(b'{"error": {"message": "All 4 attempts failed.", "code": "provider_error"}}', status=502)
    assert [each["type"] for each in said] == ["head", "failed", "trail"]
    assert said[1] == {"type": "failed", "message": "All 4 attempts failed.", "code": "provider_error"}


def test_a_request_that_is_not_remembered_has_no_trail():
    assert [each["type"] for each in lines(event(content="Hi"), DONE, remembered=False)] == ["head", "piece"]

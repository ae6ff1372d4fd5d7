"""A rollback as a page is told of it: lines however they are cut, and an end in every case."""

import asyncio

import msgspec
import pytest

from sixnines.control.asked import RollbackAsked
from sixnines.control.events import Began, Ended, Ending, Step
from sixnines.web.asking import Asking
from sixnines.web.change_story import rolled_back

BEGAN = msgspec.json.encode(Began(step=Step.RECORD, message="as revision 4", after_s=0.0)) + b"\n"
ENDED = msgspec.json.encode(Ended(ending=Ending.APPLIED, revision=4, holds=4, running=4)) + b"\n"
ERROR = b'{"error": {"message": "The gateway is stopping.", "type": "server_error", "code": "draining"}}'


def told(*pieces, status=200):
    """What a page is told where the admin path answers so."""

    async def application(request, responder):
        assert (request.method, request.path) == ("POST", "/admin/v1/rollback")
        assert msgspec.json.decode(request.body, type=RollbackAsked).revision == 2
        responder.start(status, [])
        for piece in pieces:
            await responder.write(piece)
        responder.end()

    async def main():
        return [each async for each in rolled_back(Asking(application), RollbackAsked(revision=2))]

    return [(each.tone, each.text, each.is_end) for each in asyncio.run(main())]


def test_lines_are_told_however_they_are_cut():
    whole = BEGAN + b"\n" + ENDED
    expected = told(whole)
    assert [(tone, is_end) for tone, _, is_end in expected] == [("step", False), ("good", True)]
    for cut in range(1, len(whole)):
        assert told(whole[:cut], whole[cut:]) == expected


def test_a_change_that_fails_after_it_has_begun_ends_with_what_was_said():
    assert told(BEGAN, ERROR + b"\n")[-1] == ("bad", "The gateway is stopping.", True)


def test_a_change_of_which_nobody_says_how_it_ended_was_broken_off():
    tone, text, is_end = told(BEGAN)[-1]
    assert (tone, is_end) == ("bad", True)
    assert "broken off" in text


@pytest.mark.parametrize("status", [404, 409, 503])
def test_a_change_that_is_refused_at_once_ends_with_the_reason(status):
    assert told(ERROR, status=status) == [("bad", "The gateway is stopping.", True)]

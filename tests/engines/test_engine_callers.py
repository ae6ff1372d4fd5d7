"""Callers of engines of every make who come all at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.lab import Lab
from support.real_engines import Engine
from support.real_front import chat, in_front_of, stream

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_more_streams_than_an_engine_has_slots_all_come_to_their_end(lab: Lab, shared: Engine) -> None:
    client = lab.serve(in_front_of(shared))
    with ThreadPoolExecutor(6) as callers:
        answers = list(callers.map(lambda number: stream(client, chat(f"Count to {number}.")), range(6)))
    for answer in answers:
        assert (answer.status, answer.headers["x-sixnines-attempts"], answer.data[-1]) == (200, "1", "[DONE]")
        assert len(answer.finish_reasons) == 1
        assert len({chunk["id"] for chunk in answer.chunks}) == 1
    assert len({answer.chunks[0]["id"] for answer in answers}) == 6

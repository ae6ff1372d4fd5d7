"""Callers who send slowly are sent away; they do not hold others up."""

import time

from sixnines.server.interface import Limits
from support.lab import Lab, chat, one_engine
from support.raw_http import RawClient

IMPATIENT = Limits(head_s=0.3, body_gap_s=0.3)


def test_a_head_and_a_body_that_do_not_come_are_timed_out_while_others_are_served():
    with Lab() as lab:
        engine = lab.engine("openai")
        client = lab.serve(one_engine(engine), limits=IMPATIENT)
        with client, RawClient(lab.address) as slow_head, RawClient(lab.address) as slow_body:
            began = time.monotonic()
            slow_head.send(b"POST /v1/chat/completions HT")
            slow_body.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
            assert client.post("/v1/chat/completions", json=chat()).status_code == 200
            assert slow_head.answer().status == 408
            assert slow_body.answer().status == 408
            assert time.monotonic() - began < 5
        assert len(engine.requests) == 1

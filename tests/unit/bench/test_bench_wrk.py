"""The script for wrk and its result: nothing wrong goes unseen, nothing is misread."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.bench_scripts import load_bench

wrk = load_bench("loads.wrk")

WRK_OUTPUT = """\
Running 4s test @ http://127.0.0.1:4000/v1/chat/completions
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.05ms  400.00us   9.00ms   90.00%
    Req/Sec    15.20k     1.00k   17.00k    75.00%
  60800 requests in 4.00s, 31.31MB read
Requests/sec:  15200.00
Transfer/sec:      7.83MB
SIXNINES-WRK {"duration_us": 4000000, "requests": 60800, "bytes": 32832540, "p50_us": 1020, "p99_us": 2400, \
"connect": 0, "read": 2, "write": 0, "status": 0, "timeout": 0, "wrong": 0}
"""


def bytes_of_lua(literal: str) -> bytes:
    """Lua's escapes as Lua reads them: a backslash and three decimal digits are one byte."""
    data, at, inner = bytearray(), 0, literal[1:-1]
    while at < len(inner):
        escaped = inner[at] == "\\"
        data.append(int(inner[at + 1 : at + 4]) if escaped else ord(inner[at]))
        at += 4 if escaped else 1
    return bytes(data)


def test_wrks_own_figures_are_read_exactly() -> None:
    result = wrk.read(WRK_OUTPUT)
    assert (result.requests, result.received, result.seconds) == (60800, 32832540, 4.0)
    assert (result.p50_us, result.p99_us) == (1020, 2400)
    assert result.errors == {"read": 2}


def test_output_without_a_result_is_an_error_that_shows_it() -> None:
    with pytest.raises(ValueError, match="unable to connect"):
        wrk.read("unable to connect to 127.0.0.1:1 Connection refused\n")


def test_what_did_not_go_wrong_is_not_listed() -> None:
    counts = dict.fromkeys(("connect", "read", "write", "status", "timeout", "wrong"), 0)
    sizes = {"duration_us": 1, "requests": 1, "bytes": 1, "p50_us": 1, "p99_us": 1}
    assert wrk.read(wrk.MARK + json.dumps(counts | sizes)).errors == {}


@given(st.binary())
def test_any_body_survives_as_a_lua_string(body: bytes) -> None:
    literal = wrk.lua_string(body)
    assert literal.isascii()
    assert bytes_of_lua(literal) == body


def test_the_script_prints_the_mark_that_is_looked_for() -> None:
    script = wrk.script([b'{"a": "b"}'], {"X-Key": "k"}, wrk.Check.SIZE)
    assert wrk.MARK in script
    assert r'wrk.body = "{\034a\034: \034b\034}"' in script
    assert 'wrk.headers["X-Key"] = "k"' in script


def test_one_body_and_a_check_by_size_cost_wrk_no_function_for_each_request() -> None:
    script = wrk.script([b"{}"], {}, wrk.Check.SIZE)
    assert "function request" not in script
    assert "function response" not in script


def test_several_bodies_are_sent_in_turn() -> None:
    script = wrk.script([b"1", b"2"], {}, wrk.Check.SIZE)
    assert 'local bodies, requests, turn = {"1", "2"}' in script


@pytest.mark.parametrize(
    ("check", "expected", "written"),
    [("SAME", b"text", 'local expected = "text"'), ("COUNTED", 200, "local expected = 200")],
)
def test_a_check_of_content_looks_at_every_answer(check: str, expected: bytes | int, written: str) -> None:
    script = wrk.script([b"{}"], {}, wrk.Check[check], expected)
    assert "function response" in script
    assert written in script


@pytest.mark.parametrize(
    ("received", "right"),
    [(1000 * 540, True), (1000 * 540 + 16 * 540, True), (1000 * 540 - 1, False), (1000 * 541 + 16 * 540, False)],
)
def test_bytes_that_do_not_fit_the_answers_are_a_fault(received: int, right: bool) -> None:
    result = wrk.Result(4.0, 1000, received, 1, 2, {})
    assert (wrk.faults(result, answer_size=540, connections=16) == ()) is right
    assert wrk.faults(result, answer_size=None, connections=16) == ()


def test_every_kind_of_error_is_a_fault() -> None:
    result = wrk.Result(4.0, 0, 0, 0, 0, {"status": 3, "timeout": 1, "wrong": 2})
    found = wrk.faults(result, answer_size=540, connections=16)
    assert found == ("3 status errors", "1 timeout errors", "2 wrong answers", "no answer at all")

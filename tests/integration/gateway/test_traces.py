"""`server.tracing`: the spans that a collector of OpenTelemetry gets of the real gateway, and what it costs nobody."""

import asyncio
import random
import time

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from sixnines.config.load import read_text
from sixnines.domain.trace_context import read_parent
from sixnines.engine import usual
from sixnines.registry import CATALOG
from sixnines.server import observing
from sixnines.telemetry.metrics import DROPPED_TRACES
from support.collector import Collector, attributes
from support.lab import WAIT_S, Lab, chat, config_text, one_engine, two_engines

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
RATE = {"default": {"error": {"preset": "rate", "retry_after_s": 60}}}
USAGE = {"text": "four words of answer", "usage": {"prompt_tokens": 11, "completion_tokens": 4}}
GONE = "http://127.0.0.1:9"  # discard (RFC 863): nobody listens there


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def collector():
    with Collector() as collector:
        yield collector


def traced(url, more=""):
    return f'server: {{listen: "127.0.0.1:0", tracing: {{endpoint: "{url}"{more}}}}}\n'


def ask(client, headers=None, **more):
    return client.post("/v1/chat/completions", json=chat(**more), headers=headers or {})


def told(span):
    return {key: value for key, value in attributes(span).items() if key != "sixnines.request.id"}


def context_sent_to(engine):
    """The trace contexts that an engine was sent."""
    return [read_parent([(k.lower(), v) for k, v in each.request.headers]) for each in engine.requests]


def test_a_request_is_a_span_and_its_attempt_one_below(lab, collector):
    engine = lab.engine("openai", {"default": USAGE})
    client = lab.serve(traced(collector.url) + one_engine(engine))
    began = time.time_ns()
    answer = ask(client)
    request, attempt = collector.until(2)
    assert (request.name, request.kind) == ("chat m", Span.SPAN_KIND_SERVER)
    assert (attempt.name, attempt.kind) == ("chat up", Span.SPAN_KIND_CLIENT)
    assert (attempt.trace_id, attempt.parent_span_id) == (request.trace_id, request.span_id)
    assert (request.parent_span_id, request.status.code) == (b"", Status.STATUS_CODE_UNSET)
    assert began - 50_000_000 < request.start_time_unix_nano <= attempt.start_time_unix_nano
    assert attempt.start_time_unix_nano < attempt.end_time_unix_nano <= request.end_time_unix_nano < time.time_ns()
    assert attributes(request)["sixnines.request.id"] == answer.headers["x-sixnines-request-id"]
    assert told(request) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai-compatible",
        "gen_ai.request.model": "m",
        "gen_ai.response.model": "m",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.usage.input_tokens": 11,
        "gen_ai.usage.output_tokens": 4,
        "gen_ai.usage.reasoning.output_tokens": 0,
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "sixnines.attempts": 1,
        "sixnines.cost_micros": 0,
        "sixnines.outcome": "ok",
        "sixnines.provider": "a",
    }
    assert told(attempt) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai-compatible",
        "gen_ai.request.model": "up",
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": engine.port,
        "sixnines.attempt.number": 1,
        "sixnines.attempt.outcome": "ok",
        "sixnines.attempt.role": "first",
        "sixnines.deployment": "a/up",
        "sixnines.provider": "a",
    }
    assert collector.paths == ["/v1/traces"]
    assert collector.resources[0]["service.name"] == "sixnines"
    assert collector.resources[0]["service.instance.id"].endswith("-1")


def test_the_other_operations_have_names_of_their_own(lab, collector):
    client = lab.serve(traced(collector.url) + one_engine(lab.engine("openai")))
    client.post("/v1/completions", json={"model": "m", "prompt": "Say hello."})
    client.post("/v1/embeddings", json={"model": "m", "input": "hello"})
    names = {each.name for each in collector.until(4)}
    assert names == {"text_completion m", "text_completion up", "embeddings m", "embeddings up"}


def test_a_fallback_is_an_event_and_a_failed_attempt_an_error(lab, collector):
    client = lab.serve(traced(collector.url) + two_engines(lab.engine("openai", RATE), lab.engine("openai")))
    assert ask(client).headers["x-sixnines-provider"] == "b"
    request, first, second = collector.until(3)
    assert (request.status.code, second.status.code) == (Status.STATUS_CODE_UNSET,) * 2
    assert (first.status.code, first.status.message) == (Status.STATUS_CODE_ERROR, "rate")
    failed = told(first)
    assert (failed["error.type"], failed["http.response.status_code"]) == ("rate", 429)
    assert (failed["sixnines.attempt.outcome"], failed["sixnines.retry_after_s"]) == ("rate", 60)
    assert (told(second)["sixnines.attempt.number"], told(second)["sixnines.attempt.role"]) == (2, "fallback")
    (event,) = request.events
    assert event.name == "sixnines.fallback"
    assert attributes(event) == {"sixnines.from": "a/up", "sixnines.to": "b/up", "sixnines.reason": "rate"}
    assert abs(event.time_unix_nano - second.start_time_unix_nano) < 1_000_000


def test_a_request_that_nobody_answers_is_an_error(lab, collector):
    broken = {"default": {"error": {"preset": "server_error"}}}
    client = lab.serve(traced(collector.url) + one_engine(lab.engine("openai", broken), model="attempts: 1"))
    assert ask(client).status_code == 502
    request, attempt = collector.until(2)
    assert (request.status.code, attempt.status.code) == (Status.STATUS_CODE_ERROR,) * 2
    assert told(request)["sixnines.outcome"] == told(attempt)["error.type"] == "server"
    assert told(request)["http.response.status_code"] == 502


def test_a_callers_fault_is_no_error_of_the_gateway(lab, collector):
    client = lab.serve(traced(collector.url) + one_engine(lab.engine("openai")))
    assert ask(client, model="sk-planted-000000000000").status_code == 404
    (request,) = collector.until(1)
    assert (request.name, request.status.code) == ("chat", Status.STATUS_CODE_UNSET)
    assert told(request)["error.type"] == "model_not_found"
    assert told(request)["gen_ai.request.model"] == "[secret]"


def test_a_stream_commits_and_its_attempt_lasts_to_its_end(lab, collector):
    engine = lab.engine("vllm", {"default": {"count": 6, "tokens_per_s": 40}})
    client = lab.serve(traced(collector.url) + one_engine(engine, kind="vllm"))
    ask(client, stream=True)
    request, attempt = collector.until(2)
    (event,) = request.events
    assert (event.name, attributes(event)) == ("sixnines.commit", {"sixnines.deployment": "a/up"})
    about = told(request)
    assert about["gen_ai.request.stream"] is True
    assert about["gen_ai.response.finish_reasons"] == ["stop"]
    first = about["gen_ai.response.time_to_first_chunk"]
    assert abs(event.time_unix_nano - request.start_time_unix_nano - first * 1e9) < 1_000_000
    assert attempt.end_time_unix_nano == request.end_time_unix_nano
    assert attempt.end_time_unix_nano - event.time_unix_nano > 50_000_000


def test_a_stream_that_another_goes_on_with_has_both_attempts(lab, collector):
    a = lab.engine("vllm", {"default": {"count": 9, "tokens_per_s": 50, "fault": {"kind": "close", "after_chunks": 3}}})
    b = lab.engine("vllm", {"default": {"text": " and the rest"}})
    model = "stream_failure: continue\n    timeouts: {first_token: 2s, idle: 1s}"
    client = lab.serve(traced(collector.url) + two_engines(a, b, kind="vllm", model=model))
    ask(client, stream=True)
    request, broken, rest = collector.until(3)
    assert [each.name for each in request.events] == ["sixnines.commit", "sixnines.fallback"]
    assert told(broken)["error.type"] == "truncated"
    assert told(rest)["sixnines.attempt.role"] == "continuation"
    assert told(request)["sixnines.provider"] == "a"
    assert abs(broken.end_time_unix_nano - rest.start_time_unix_nano) < 1_000_000
    assert rest.end_time_unix_nano == request.end_time_unix_nano


def test_a_stream_that_breaks_is_an_error(lab, collector):
    a = lab.engine("vllm", {"default": {"count": 9, "fault": {"kind": "close", "after_chunks": 3}}})
    client = lab.serve(traced(collector.url) + one_engine(a, kind="vllm"))
    ask(client, stream=True)
    request, attempt = collector.until(2)
    assert (request.status.code, request.status.message) == (Status.STATUS_CODE_ERROR, "broken_truncated")
    assert told(attempt)["error.type"] == "truncated"
    assert "gen_ai.response.finish_reasons" not in told(request)


def test_a_hedge_runs_beside_the_first_attempt(lab, collector):
    silent = {"default": {"fault": {"kind": "hang_before_head"}}}
    config = two_engines(
        lab.engine("vllm", silent), lab.engine("vllm"), kind="vllm", model="hedge: {after: 100ms, max_ratio: 1}"
    )
    client = lab.serve(traced(collector.url) + config)
    ask(client)
    request, first, hedge = collector.until(3)
    assert told(first)["sixnines.attempt.outcome"] == "cancelled"
    assert first.status.code == Status.STATUS_CODE_UNSET
    assert (told(hedge)["sixnines.attempt.role"], told(request)["sixnines.provider"]) == ("hedge", "b")
    assert first.start_time_unix_nano < hedge.start_time_unix_nano < first.end_time_unix_nano
    assert len({each.span_id for each in (request, first, hedge)}) == 3
    assert not request.events


def test_a_caller_who_leaves_is_told_of(lab, collector):
    silent = {"default": {"fault": {"kind": "hang_before_head"}}}
    client = lab.serve(traced(collector.url) + one_engine(lab.engine("openai", silent)))
    with pytest.raises(httpx.ReadTimeout):
        client.post("/v1/chat/completions", json=chat(), timeout=0.3)
    request, attempt = collector.until(2)
    assert (told(request)["sixnines.outcome"], told(attempt)["sixnines.attempt.outcome"]) == (
        "client_gone",
        "cancelled",
    )
    assert "http.response.status_code" not in told(request)


def test_the_callers_span_is_the_parent_and_each_attempt_that_of_its_provider(lab, collector):
    a, b = lab.engine("openai", RATE), lab.engine("openai")
    client = lab.serve(traced(collector.url, ", sample: 0") + two_engines(a, b))
    ask(client, {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "congo=t61rcWkgMzE, rojo=1"})
    request, first, second = collector.until(3)
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    assert request.trace_state == "congo=t61rcWkgMzE,rojo=1"
    for engine, attempt in ((a, first), (b, second)):
        (sent,) = context_sent_to(engine)
        assert (sent.trace_id.hex(), sent.sampled, sent.state) == (TRACE, True, b"congo=t61rcWkgMzE,rojo=1")
        assert sent.span_id == attempt.span_id
    assert first.span_id != second.span_id


def test_a_caller_who_does_not_record_is_not_recorded_but_passed_on(lab, collector):
    engine = lab.engine("openai")
    client = lab.serve(traced(collector.url) + one_engine(engine))
    ask(client, {"traceparent": f"00-{TRACE}-{PARENT}-00"})
    ask(client)  # is recorded, and came later
    assert len(collector.until(2)) == 2
    not_recorded, recorded = context_sent_to(engine)
    assert (not_recorded.trace_id.hex(), not_recorded.sampled) == (TRACE, False)
    assert recorded.sampled
    assert collector.spans[0].trace_id.hex() == recorded.trace_id.hex() != TRACE


def test_a_malformed_parent_begins_a_new_trace_and_drops_the_state(lab, collector):
    engine = lab.engine("openai")
    client = lab.serve(traced(collector.url) + one_engine(engine))
    assert ask(client, {"traceparent": f"00-{TRACE}-{PARENT}-01-more", "tracestate": "a=1"}).status_code == 200
    twice = [("traceparent", f"00-{TRACE}-{PARENT}-01")] * 2
    assert client.post("/v1/chat/completions", json=chat(), headers=twice).status_code == 200
    requests = collector.until(4)[:2]
    assert all(each.trace_id.hex() != TRACE and not each.parent_span_id and not each.trace_state for each in requests)
    assert [each.state for each in context_sent_to(engine)] == [b"", b""]


def test_a_part_of_the_requests_is_recorded(lab, collector):
    engine = lab.engine("openai")
    client = lab.serve(traced(collector.url, ", sample: 0.5") + one_engine(engine))
    lab.gateway.observing._rng = random.Random(1)
    for _ in range(40):
        ask(client)
    sampled = sum(each.sampled for each in context_sent_to(engine))
    assert 8 < sampled < 32
    lab.call(lab.gateway.observing.aclose())
    assert len(collector.until(2 * sampled)) == 2 * sampled


def test_without_tracing_nobody_is_told_of_a_trace(lab):
    engine = lab.engine("openai")
    client = lab.serve(one_engine(engine))
    ask(client, {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "a=1"})
    assert not {"traceparent", "tracestate"} & {k.decode().lower() for k, _ in engine.requests[0].request.headers}
    assert lab.gateway.app.observing is None


def test_headers_go_to_the_collector_with_their_secrets_and_the_environment_has_no_say(lab, collector, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-other=planted")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "planted=1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    config = traced(f"{collector.url}/in/otel/v1/traces", ', headers: {authorization: "env:TOKEN"}, service_name: lab')
    client = lab.serve(config + one_engine(lab.engine("openai")), {"TOKEN": "Bearer planted-token"})
    ask(client)
    collector.until(2)
    assert collector.paths == ["/in/otel/v1/traces"]
    (headers,) = collector.headers
    assert {key.lower(): value for key, value in headers.items()}["authorization"] == "Bearer planted-token"
    assert "x-other" not in headers
    assert (collector.resources[0]["service.name"], "planted" in collector.resources[0]) == ("lab", False)
    assert "planted" not in repr(lab.gateway.cell.current.snapshot)


def test_a_collector_that_is_gone_costs_a_counter(lab, caplog):
    client = lab.serve(traced(GONE) + one_engine(lab.engine("openai")))
    for _ in range(3):
        assert ask(client).status_code == 200
    lab.call(lab.gateway.observing.aclose())
    lab.until(lambda: lab.gateway.observing.dropped_spans == {"queue": 0, "collector": 3})
    assert f'{DROPPED_TRACES.name}_total{{reason="collector"}} 3' in client.get("/metrics").text
    said = [each.getMessage() for each in caplog.records if "traces are lost" in each.getMessage()]
    assert said == ["traces are lost: the collector of server.tracing does not take them: the connection was refused"]


def held(lab, collector, engine):
    """A client whose first request's spans are on their way to a collector that does not answer; and what sends them."""
    collector.hold.clear()
    client = lab.serve(traced(collector.url) + one_engine(engine))
    traces = lab.gateway.observing._traces
    ask(client)
    lab.until(lambda: traces._taken == 1)
    return client, traces


def test_a_collector_that_does_not_answer_makes_nobody_wait(lab, collector):
    client, traces = held(lab, collector, lab.engine("openai"))
    traces._capacity = 5
    began = time.monotonic()
    for _ in range(12):
        assert ask(client).status_code == 200
    assert time.monotonic() - began < 2
    dropped = lambda: lab.gateway.observing.dropped_spans  # noqa: E731
    lab.until(lambda: traces._offered - 1 + dropped()["queue"] == 12)  # told of some at a time
    assert dropped() == {"queue": dropped()["queue"], "collector": 0}
    assert dropped()["queue"] >= 7
    collector.hold.set()
    sent = 2 * (13 - dropped()["queue"])
    assert len(collector.until(sent)) == sent


@pytest.mark.parametrize("status", [503, 429])
def test_what_a_collector_asks_to_be_sent_again_is_sent_again(lab, collector, status):
    collector.statuses = [status]
    client = lab.serve(traced(collector.url) + one_engine(lab.engine("openai")))
    ask(client)
    assert len(collector.until(2)) == 2
    assert lab.gateway.observing.dropped_spans == {"queue": 0, "collector": 0}


@pytest.mark.parametrize("status", [400, 307])
def test_what_a_collector_refuses_is_lost_and_goes_nowhere_else(lab, collector, status, caplog):
    caplog.set_level("INFO")
    collector.statuses = [status]
    client = lab.serve(traced(collector.url) + one_engine(lab.engine("openai")))
    ask(client)
    lab.until(lambda: lab.gateway.observing.dropped_spans["collector"] == 1)
    ask(client)
    assert len(collector.until(2)) == 2
    lab.until(lambda: any("takes traces again" in each.getMessage() for each in caplog.records))


def test_a_collector_may_be_restarted(lab):
    with Collector() as first:
        client = lab.serve(traced(first.url) + one_engine(lab.engine("openai")))
        ask(client)
        first.until(2)
    ask(client)
    with Collector(first.port) as second:
        assert len(second.until(2)) == 2
    assert lab.gateway.observing.dropped_spans == {"queue": 0, "collector": 0}


def test_a_reload_turns_traces_on_and_off(lab, collector):
    engine = lab.engine("openai")
    client = lab.serve(one_engine(engine))

    def reload(config):
        snapshot = read_text(config_text(config + one_engine(engine)), "lab.yaml", {}, CATALOG).snapshot
        lab.loop.call_soon_threadsafe(lambda: lab.gateway.swap(lab.gateway.prepare(snapshot)))
        lab.until(lambda: lab.gateway.cell.current.snapshot is snapshot)

    ask(client)
    reload(traced(collector.url))
    ask(client)
    assert len(collector.until(2)) == 2
    reload(traced(collector.url, ", service_name: other"))
    ask(client)
    assert len(collector.until(4)) == 4
    assert [each["service.name"] for each in collector.resources] == ["sixnines", "other"]
    reload("")
    ask(client)
    assert lab.gateway.app.observing is None
    assert len(collector.spans) == 4
    assert lab.gateway.observing.dropped_spans == {"queue": 0, "collector": 0}


def test_what_has_ended_before_another_config_goes_where_it_was_to_go(lab, collector, monkeypatch):
    monkeypatch.setattr(observing, "_EVERY_S", 600)
    engine = lab.engine("openai")
    client = lab.serve(traced(collector.url) + one_engine(engine))
    ask(client)
    snapshot = read_text(config_text(one_engine(engine)), "lab.yaml", {}, CATALOG).snapshot
    lab.until(lambda: lab.gateway.observing._waiting)
    lab.loop.call_soon_threadsafe(lambda: lab.gateway.swap(lab.gateway.prepare(snapshot)))
    assert len(collector.until(2)) == 2


def test_as_many_as_are_told_of_at_once_wait_for_no_time(lab, collector, monkeypatch):
    monkeypatch.setattr(observing, "_EVERY_S", 600)
    client = lab.serve(traced(collector.url) + one_engine(lab.engine("openai")))
    for _ in range(observing.SLICE):
        ask(client)
    assert len(collector.until(2 * observing.SLICE)) == 2 * observing.SLICE


def test_streams_that_end_together_are_told_of_bit_by_bit_and_one_that_cannot_be_costs_no_other(
    lab, collector, monkeypatch, caplog
):
    client = lab.serve(traced(collector.url) + one_engine(lab.engine("openai")))
    made, turns = usual.spans_of, [0]

    def spans_of(ended):
        if not turns[-1]:
            lab.loop.call_soon(turns.append, 0)
        turns[-1] += 1
        return 1 / 0 if turns == [1] else made(ended)

    monkeypatch.setattr(usual, "spans_of", spans_of)
    for _ in range(20):
        ask(client, stream=True)
    assert len(collector.until(2 * 19)) == 2 * 19
    assert (sum(turns), max(turns) <= 8) == (20, True)
    assert [each.getMessage() for each in caplog.records if each.exc_info] == ["nothing can be told of 1 requests"]


def test_what_waits_is_sent_when_the_gateway_stops(lab, collector):
    client = lab.serve(traced(collector.url) + one_engine(lab.engine("openai")))
    ask(client)
    lab.call(lab.gateway.stop())
    assert len(collector.spans) == 2


def test_what_comes_while_others_are_sent_is_sent_when_the_gateway_stops(lab, collector):
    client, traces = held(lab, collector, lab.engine("openai"))
    ask(client)
    lab.until(lambda: traces._offered == 2)
    stopping = asyncio.run_coroutine_threadsafe(lab.gateway.stop(), lab.loop)
    lab.until(traces._stopping.is_set)
    collector.hold.set()
    stopping.result(WAIT_S)
    assert len(collector.spans) == 4


def test_a_gateway_that_stops_waits_for_what_goes_where_an_earlier_config_wanted_it(lab, collector):
    engine = lab.engine("openai")
    held(lab, collector, engine)
    snapshot = read_text(config_text(one_engine(engine)), "lab.yaml", {}, CATALOG).snapshot
    lab.loop.call_soon_threadsafe(lambda: lab.gateway.swap(lab.gateway.prepare(snapshot)))
    lab.until(lambda: lab.gateway.observing._former)
    stopping = asyncio.run_coroutine_threadsafe(lab.gateway.stop(), lab.loop)
    with pytest.raises(TimeoutError):
        stopping.result(0.3)
    collector.hold.set()
    stopping.result(WAIT_S)
    assert len(collector.spans) == 2


def test_a_bug_on_the_way_to_the_collector_is_told_of_and_ends_nothing(lab, collector, monkeypatch, caplog):
    client = lab.serve(traced(collector.url) + one_engine(lab.engine("openai")))
    wire = lab.gateway.observing._traces._wire
    post = wire.post

    async def broken(_):
        raise ZeroDivisionError

    monkeypatch.setattr(wire, "post", broken)
    ask(client)
    lab.until(lambda: lab.gateway.observing.dropped_spans["collector"] == 1)
    monkeypatch.setattr(wire, "post", post)
    ask(client)
    assert len(collector.until(2)) == 2
    assert [each.getMessage() for each in caplog.records if each.exc_info] == ["spans cannot be sent"]


def test_a_gateway_whose_collector_hangs_stops_in_time(lab, collector):
    collector.hold.clear()
    client = lab.serve(traced(collector.url) + one_engine(lab.engine("openai")))
    ask(client)
    began = time.monotonic()
    lab.call(lab.gateway.stop())
    assert time.monotonic() - began < WAIT_S / 2

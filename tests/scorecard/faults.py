"""The scorecard's faults: the table as data. A new fault is a new line here.

What each must lead to is derived in `expect` from how an attempt ends that meets it.
"""

from collections.abc import Iterator, Mapping

from scorecard import broken_servers
from scorecard.rows import (
    BREAKS_AFTER,
    CONNECT_S,
    FIRST_TOKEN_S,
    IDLE_S,
    LEAKY,
    PACE,
    TOKENS,
    WHOLE_S,
    Contract,
    Ends,
    Fault,
    Place,
    Played,
    Raw,
    Row,
)
from support.front import KINDS

CONTRACTS: tuple[Contract, ...] = (Contract.ERROR, Contract.BUFFER, Contract.CONTINUE)
"""Those that are built."""

Behaviour = Mapping[str, object]
_COUNT: Behaviour = {"count": TOKENS}
_PACED: Behaviour = {"count": TOKENS, "tokens_per_s": PACE}
_LED_S = BREAKS_AFTER / PACE
_FINE = Ends()


def _wire(fault: str, **keys: object) -> Behaviour:
    return {**_COUNT, "fault": {"kind": fault, **keys}}


def _status(status: int, body: object = None, **headers: str) -> Behaviour:
    body = _error(f"status {status} {LEAKY}") if body is None else body
    return {"respond": {"status": status, "body": body, "headers": headers}}


def _error(message: str, error_type: str = "some_error", *, param: str | None = None, code: object = None) -> object:
    return {"error": {"message": message, "type": error_type, "param": param, "code": code}}


def _same(behaviour: Behaviour) -> Played:
    return Played(behaviour, behaviour)


def _both(name: str, stage: Played | Raw | Place, ends: Ends, **more: object) -> Fault:
    return Fault(name, stage, stream=ends, whole=ends, **more)  # type: ignore[arg-type]


_HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx at http://10.0.0.7:8080</body></html>"
_TOO_LONG = _error(f"This model's maximum context length is 4096 tokens. {LEAKY}", code="context_length_exceeded")
_TOO_HOT = f"temperature must be at most 2 {LEAKY}"

_TRANSPORT, _TRUNCATED, _PROTOCOL, _SERVER = Ends("transport"), Ends("truncated"), Ends("protocol"), Ends("server")
_NO_CONNECTION = Ends("transport", limit_s=CONNECT_S)
_NO_FIRST_TOKEN = Ends("transport", limit_s=FIRST_TOKEN_S)
_NO_ANSWER = Ends("transport", limit_s=WHOLE_S)


def _silent(name: str, behaviour: Behaviour, **more: object) -> Fault:
    """No content comes."""
    return Fault(name, _same(behaviour), stream=_NO_FIRST_TOKEN, whole=_NO_ANSWER, **more)  # type: ignore[arg-type]


# Before there is an HTTP answer.
CONNECTING: tuple[Fault, ...] = (
    _both("connection refused", Place.REFUSED, _TRANSPORT),
    _both("DNS failure", Place.UNRESOLVED, _TRANSPORT),
    _both("connect hang", Place.FULL, _NO_CONNECTION),
    _both("TLS: bad certificate", Raw(broken_servers.well, "https", "DNS:elsewhere.test"), _TRANSPORT),
    _both("TLS: the server speaks plain HTTP", Place.PLAIN, _TRANSPORT),
    _both("TLS: handshake hang", Raw(broken_servers.silent_socket, "https"), _NO_CONNECTION),
    _both("reset before headers", _same(_wire("reset_before_head")), _TRANSPORT),
    _both("close before headers", _same(_wire("close_before_head")), _TRANSPORT),
    _both("close amid headers", Raw(broken_servers.close_amid_head), _TRANSPORT),
    _silent("header hang", _wire("hang_before_head")),
    _both("garbage instead of headers", _same(_wire("garbage_head")), _PROTOCOL),
    _both("oversized header", _same(_wire("huge_headers")), _PROTOCOL),
)

# Headers came, content did not.
OPENING: tuple[Fault, ...] = (
    _both("reset after headers", Raw(broken_servers.reset_after_head), _TRUNCATED),
    _both("close after headers", Raw(broken_servers.close_after_head), _TRUNCATED),
    _silent("first-token hang", _wire("hang_after_head")),
    _silent("first-token hang with pings", _wire("hang_after_head", pings_every_s=0.05)),
    _both("wrong content type (html)", _same(_wire("html")), _PROTOCOL),
    _both("wrong content type (html)", _same(_wire("html")), _PROTOCOL, engine="llamacpp-python"),
    Fault("whole answer to a stream request", Raw(broken_servers.whole_instead), stream=_PROTOCOL, whole=_FINE),
    _both("gzip header over plain bytes", _same(_wire("bad_gzip")), _FINE),
    _both("gzip nobody asked for", Raw(broken_servers.zipped), _PROTOCOL),
    Fault("empty stream, empty body", _same(_wire("empty_stream")), stream=_TRUNCATED, whole=_PROTOCOL),
    _both("204 without a body", _same(_status(204, "")), _PROTOCOL),
    Fault(
        "error inside 200 before content",
        Played(
            _wire("error_event", after_chunks=0, error={"preset": "server_error", "message": LEAKY}),
            _status(200, _error(f"CUDA error {LEAKY}", "server_error")),
        ),
        stream=_SERVER,
        whole=_SERVER,
    ),
    _both("malformed JSON before content", _same(_wire("invalid_json", after_chunks=0)), _PROTOCOL),
    Fault("half of a JSON", _same(_wire("truncated_json")), stream=_TRUNCATED, whole=_PROTOCOL),
    Fault("garbage before content", _same(_wire("garbage", after_chunks=0)), stream=_TRUNCATED, whole=_PROTOCOL),
    _both("bad chunk size before content", _same(_wire("bad_chunk_size", after_chunks=0)), _PROTOCOL),
    Fault("end before content", _same(_wire("end", after_chunks=0)), stream=_TRUNCATED, whole=_PROTOCOL),
    _both("terminator before content", _same(_wire("done_without_finish", after_chunks=0)), _TRUNCATED),
    Fault("content-length too large", _same(_wire("wrong_length")), stream=_FINE, whole=_TRUNCATED),
    Fault("content-length too small", Raw(broken_servers.short_length), stream=_TRUNCATED, whole=_PROTOCOL),
    _both(
        "trickle (slow but alive)",
        _same(_wire("trickle", size=32, every_s=0.01)),
        Ends(takes_s=1.5),
    ),
    _both(
        "trickle under min_tokens_per_s",
        _same({"count": 100, "tokens_per_s": 5}),
        Ends("truncated", limit_s=5.0),  # for so long the gateway looks before it judges
        engine="llamacpp",
        contracts=(Contract.BUFFER,),
        more={"min_tokens_per_s": "20"},
        total_s=9.0,
    ),
)


def _broken(name: str, kind: str, whole: Ends, *, stalls: bool = False, **wire: object) -> Fault:
    """A stream that breaks after content; `whole` is what the same fault does to an answer that is not streamed."""
    wire = {"after_chunks": BREAKS_AFTER, **wire}
    fault = str(wire.pop("fault"))
    if fault == "no_terminator":
        del wire["after_chunks"]
    finished = fault == "no_terminator"
    takes_s = TOKENS / PACE if finished else _LED_S
    ends = Ends(kind, True, finished, limit_s=IDLE_S if stalls else 0.0, takes_s=takes_s)
    played = Played({**_PACED, "fault": {"kind": fault, **wire}}, _wire(fault, **wire))
    return Fault(name, played, stream=ends, whole=whole, contracts=CONTRACTS)


_LEAKY_ERROR = {"preset": "server_error", "message": LEAKY}
_STALLED = "stall mid-stream"
# After content has come. For an answer that is not streamed the stand-in's nearest is played.
MID_STREAM: tuple[Fault, ...] = (
    _broken(_STALLED, "truncated", _NO_ANSWER, stalls=True, fault="hang"),
    _broken(f"{_STALLED} with pings", "truncated", _NO_ANSWER, stalls=True, fault="hang", pings_every_s=0.05),
    _broken("cut mid-stream (close)", "truncated", _TRUNCATED, fault="close"),
    _broken("cut mid-stream (reset)", "truncated", _TRUNCATED, fault="reset"),
    _broken("end without finish and terminator", "truncated", _PROTOCOL, fault="end"),
    _broken("finish without terminator", "truncated", _FINE, fault="no_terminator"),
    _broken("terminator without finish", "truncated", _TRUNCATED, fault="done_without_finish"),
    _broken("error inside 200 after content", "server", _SERVER, fault="error_event", error=_LEAKY_ERROR, done=False),
    _broken("the same, then the terminator", "server", _SERVER, fault="error_event", error=_LEAKY_ERROR, done=True),
    _broken("malformed JSON after content", "protocol", _PROTOCOL, fault="invalid_json"),
    _broken("garbage after content", "truncated", _PROTOCOL, fault="garbage"),
    _broken("bad chunk size after content", "protocol", _PROTOCOL, fault="bad_chunk_size"),
)

_MISSING = _error("The model `up` does not exist", "invalid_request_error", code="model_not_found")
# Statuses, as any server of this dialect sends them.
STATUSES: tuple[Fault, ...] = (
    _both(
        "400 (the caller's own fault)",
        _same(_status(400, _error(_TOO_HOT, "invalid_request_error", param="temperature"))),
        Ends("caller"),
        said="temperature must be at most 2",
    ),
    _both("401", _same(_status(401)), Ends("credential")),
    _both("402", _same(_status(402)), Ends("quota")),
    _both("403", _same(_status(403)), Ends("credential")),
    _both("404 (the model)", _same(_status(404, _MISSING)), Ends("missing")),
    _both("404 (the path)", _same(_status(404, "Not Found")), Ends("missing")),
    _both("302", _same(_status(302, "", location="http://10.0.0.7:8080/login")), Ends("missing")),
    _both("408", _same(_status(408)), _TRANSPORT),
    _both("413 (context)", _same(_status(413, _TOO_LONG)), Ends("context")),
    _both("413 (the body)", _same(_status(413)), Ends("caller", elsewhere=True)),
    _both("429 with Retry-After", _same(_status(429, **{"retry-after": "7"})), Ends("rate"), retry_after_s=7),
    _both(
        "429 with Retry-After (a date)",
        _same(_status(429, **{"retry-after": "Thu, 31 Dec 2099 23:59:59 GMT"})),
        Ends("rate"),
        retry_after_s=3600,
    ),
    _both("429 without Retry-After", _same(_status(429)), Ends("rate")),
    _both("429 (the balance)", _same(_status(429, _error(LEAKY, code="insufficient_quota"))), Ends("quota")),
    _both("500", _same(_status(500)), _SERVER),
    _both("500 without a word", _same(_status(500, "")), _SERVER),
    _both("502 (html)", _same(_status(502, _HTML)), _SERVER),
    _both("503 loading", _same(_status(503, _error("Loading model", "unavailable_error", code=503))), Ends("loading")),
    _both("503 busy", _same(_status(503)), Ends("capacity")),
    _both(
        "503 busy with Retry-After",
        _same(_status(503, **{"retry-after": "7"})),
        Ends("capacity"),
        retry_after_s=7,
    ),
    _both("504", _same(_status(504)), _TRANSPORT),
    _both(
        "508 (a loop)",
        _same(_status(508)),
        Ends("missing"),
        told=(508, "invalid_request_error", "gateway_loop"),
    ),
    _both("529", _same(_status(529)), Ends("capacity")),
)

# The first call meets it, the next is answered: with nobody else to ask, waiting is the answer.
PASSING: tuple[Fault, ...] = (
    _both("503 loading, once", _same(_status(503, _error("Loading model"))), Ends("loading"), passes=True),
    _both("503 busy, once", _same(_status(503)), Ends("capacity"), passes=True),
    _both("429, once", _same(_status(429)), Ends("rate"), passes=True),
    _both(
        "429 with Retry-After, once",
        _same(_status(429, **{"retry-after": "1"})),
        Ends("rate"),
        passes=True,
        retry_after_s=1,
    ),
    _both(
        "429 with retry-after-ms, once",
        _same(_status(429, **{"retry-after-ms": "300"})),
        Ends("rate"),
        passes=True,
        retry_after_s=0.3,
    ),
    _both("500, once", _same(_status(500)), _SERVER, passes=True),
    _both("reset before headers, once", _same(_wire("reset_before_head")), _TRANSPORT, passes=True),
    _silent("first-token hang, once", _wire("hang_after_head"), passes=True),
)

_PRESETS = {
    "rate": "rate",
    "quota": "quota",
    "overloaded": "capacity",
    "loading": "loading",
    "context": "context",
    "unauthorized": "credential",
    "missing": "missing",
    "server_error": "server",
    "policy": "policy",
}
# These have no word of their own for it: to them it is a wrong request.
_NO_POLICY = {"vllm", "ollama"}


def _preset_faults() -> Iterator[Fault]:
    for preset, kind in _PRESETS.items():
        for engine in KINDS:
            ends = Ends("caller" if preset == "policy" and engine in _NO_POLICY else kind)
            yield _both(f"{preset}, in its own words", _same({"error": {"preset": preset}}), ends, engine=engine)


# How a whole answer ends that an engine of this kind breaks off; both llama.cpp servers are made to stream it.
_WHOLE_BREAKS = {
    "vllm": {"hang": _NO_ANSWER, "close": _TRUNCATED, "end": _PROTOCOL, "error_event": _SERVER},
    "llamacpp": {
        "hang": Ends("truncated", limit_s=IDLE_S),
        "close": _TRUNCATED,
        "end": _TRUNCATED,
        "error_event": _SERVER,
    },
    "llamacpp-python": {"hang": Ends("truncated", limit_s=IDLE_S), "close": _TRUNCATED, "end": _TRUNCATED},
    "ollama": {"hang": _NO_ANSWER, "close": _TRUNCATED, "end": _PROTOCOL, "error_event": _SERVER},
    "anthropic": {"hang": _NO_ANSWER, "close": _TRUNCATED, "end": _PROTOCOL, "error_event": _SERVER},
}


def _kind_faults() -> Iterator[Fault]:
    """The breaks whose signs differ from dialect to dialect, by each kind of engine."""
    for engine, wholes in _WHOLE_BREAKS.items():
        for fault, whole in wholes.items():
            kind = "server" if fault == "error_event" else "truncated"
            found = _broken(f"mid-stream {fault}".replace("_", " "), kind, whole, stalls=fault == "hang", fault=fault)
            yield Fault(found.name, found.stage, found.stream, found.whole, engine, contracts=(Contract.ERROR,))


FAULTS: tuple[Fault, ...] = (
    *CONNECTING,
    *OPENING,
    *MID_STREAM,
    *STATUSES,
    *PASSING,
    *_preset_faults(),
    *_kind_faults(),
)
ROWS: tuple[Row, ...] = tuple(Row(fault, contract) for fault in FAULTS for contract in fault.contracts)
assert len({row.id for row in ROWS}) == len(ROWS), "two rows of one name"

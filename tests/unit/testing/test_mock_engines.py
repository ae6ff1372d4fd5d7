"""Every kind renders every error in its envelope, inside and outside streams."""

import json

import pytest

from sixnines.testing.asks import Ask
from sixnines.testing.engines.interface import Engine, Talk, Visit, retry_after
from sixnines.testing.engines.registry import ENGINES, KINDS
from sixnines.testing.faults import ErrorSpec, Preset
from sixnines.testing.script import Asked, Script
from sixnines.testing.stamp import Stamp
from sixnines.testing.wire import Reel, Reply, unframe

STAMP = Stamp(1, 1, 1_800_000_000.0)
SCRIPT = Script(models=("mock", "other"), context_window=100)
STATUSES = {
    "openai": [429, 429, 503, 503, 400, 401, 404, 500, 400],
    "ollama": [429, 429, 503, 503, 400, 401, 404, 500, 400],
    "llamacpp": [429, 402, 503, 503, 400, 401, 404, 500, 400],
    "llamacpp-python": [429, 402, 503, 503, 400, 401, 404, 500, 400],
    "vllm": [429, 402, 503, 503, 400, 401, 404, 500, 400],
    "anthropic": [429, 400, 529, 503, 400, 401, 404, 500, 400],
}
EXPECTED = [
    (name, preset, status)
    for name, statuses in STATUSES.items()
    for preset, status in zip(Preset, statuses, strict=True)
]


def visit_of(engine: Engine, *, stream: bool = False) -> Visit:
    path = next(path for path, route in engine.routes.items() if isinstance(route, Talk))
    ask = Ask(Asked.CHAT, model="nonsuch", prompt_tokens=250, stream=stream)
    return Visit("POST", path, STAMP, ask=ask)


def message_of(body: dict[str, object]) -> object:
    """Where the four envelopes keep the text."""
    error = body.get("error", body.get("detail"))
    return error.get("message") if isinstance(error, dict) else error


def test_the_tables_cover_every_kind() -> None:
    assert STATUSES.keys() == KINDS.keys()
    assert len(ENGINES) == len(KINDS)


@pytest.mark.parametrize(("name", "preset", "status"), EXPECTED)
def test_an_error_has_its_status_and_its_words(name: str, preset: Preset, status: int) -> None:
    engine = KINDS[name]
    reply = engine.error(ErrorSpec(preset=preset, retry_after_s=9), visit_of(engine), SCRIPT)
    assert isinstance(reply, Reply)
    assert reply.status == status
    assert message_of(json.loads(reply.body))
    told = engine.error(ErrorSpec(preset=preset, message="in other words"), visit_of(engine), SCRIPT)
    assert isinstance(told, Reply)
    assert message_of(json.loads(told.body)) == "in other words"


@pytest.mark.parametrize("name", STATUSES)
def test_an_error_tells_the_facts(name: str) -> None:
    engine = KINDS[name]
    bodies = {preset: engine.error(ErrorSpec(preset=preset), visit_of(engine), SCRIPT) for preset in Preset}
    missing, context = bodies[Preset.MISSING], bodies[Preset.CONTEXT]
    assert isinstance(missing, Reply)
    assert isinstance(context, Reply)
    assert b"nonsuch" in missing.body
    if name != "ollama":  # which names no numbers
        assert b"250" in context.body
        assert b"100" in context.body


@pytest.mark.parametrize("name", STATUSES)
def test_an_error_inside_a_stream_is_an_event_or_silence(name: str) -> None:
    engine = KINDS[name]
    event = unframe(engine.error_event(ErrorSpec(preset=Preset.OVERLOADED, message="oh"), visit_of(engine), SCRIPT))
    if name == "llamacpp-python":
        assert event == b""
    else:
        data = event.strip().rpartition(b"\n")[2].removeprefix(b"data: ")
        assert message_of(json.loads(data)) == "oh"


def test_ollama_swallows_an_error_inside_a_stream_of_its_openai_routes() -> None:
    visit = Visit("POST", "/v1/chat/completions", STAMP)
    assert KINDS["ollama"].error_event(ErrorSpec(preset=Preset.SERVER_ERROR), visit, SCRIPT) == b""
    reply = KINDS["ollama"].error(ErrorSpec(preset=Preset.SERVER_ERROR), visit, SCRIPT)
    assert isinstance(reply, Reply)
    assert json.loads(reply.body)["error"]["type"] == "api_error"


def test_the_python_server_says_nothing_when_a_streamed_prompt_is_too_long() -> None:
    engine = KINDS["llamacpp-python"]
    reel = engine.error(ErrorSpec(preset=Preset.CONTEXT), visit_of(engine, stream=True), SCRIPT)
    assert isinstance(reel, Reel)
    assert b"".join((reel.opening, *reel.steps, reel.closing, reel.terminator)) == b""


def test_retry_after_is_sent_only_when_scripted() -> None:
    assert retry_after(ErrorSpec(preset=Preset.RATE)) == []
    assert retry_after(ErrorSpec(preset=Preset.RATE, retry_after_s=0)) == [(b"retry-after", b"0")]


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_a_path_that_is_not_there_is_a_404(engine: Engine) -> None:
    assert engine.find("/nonsuch") is None
    assert engine.stray(Visit("GET", "/nonsuch", STAMP), ()).status == 404


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_a_body_that_is_no_json_is_refused(engine: Engine) -> None:
    expected = 500 if engine.name == "llamacpp-python" else 400
    for body in (b"", b"{", b"[]"):
        assert engine.unreadable(visit_of(engine), body).status == expected


def test_a_key_is_a_bearer_token_or_the_kinds_own_header() -> None:
    def visit(**headers: bytes) -> Visit:
        given = {name.replace("_", "-").encode(): value for name, value in headers.items()}
        return Visit("POST", "/", STAMP, header=given.get)

    for engine in ENGINES:
        assert engine.key(visit(authorization=b"Bearer one")) == "one"
        assert engine.key(visit(authorization=b"Basic one")) is None
        assert engine.key(visit()) is None
        assert engine.key(visit(x_api_key=b"two")) == ("two" if engine.name == "anthropic" else None)


def test_paths_with_a_star_stand_for_all_that_begin_so() -> None:
    engine = KINDS["openai"]
    assert engine.find("/v1/models/mock") is engine.routes["/v1/models/*"]
    assert engine.find("/v1/models") is engine.routes["/v1/models"]

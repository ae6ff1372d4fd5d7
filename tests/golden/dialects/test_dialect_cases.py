"""What the dialects make of requests, answers and streams: recorded ones, and those that the engines' documents show.

A new case is a new file. `requests/` hold what an OpenAI caller asks (`given`) and, per dialect, the body that a provider
of that dialect must get, or the field for which it is refused. `answers/` and `streams/` hold what a provider sent, either
`recorded` (a file below `tests/fixtures/captures`) or `written` (with the `source` it was written down from), what it
means, and what an OpenAI caller must get.
"""

import json
from pathlib import Path

import msgspec
import pytest
from ruamel.yaml import YAML

from sixnines.dialects import anthropic, ollama, openai
from sixnines.dialects.interface import AnswerHead, AnyFormat
from sixnines.dialects.neutral import Delta
from sixnines.domain.operation import Dialect, Operation
from sixnines.errors import MalformedRequest
from support.merged import Merged, merged
from support.recorded_answers import read_recorded_answer

FOLDER = Path(__file__).parent
FORMATS = {Dialect.OPENAI: openai.FORMATS, Dialect.OLLAMA: ollama.FORMATS, Dialect.ANTHROPIC: anthropic.FORMATS}
HEAD = AnswerHead("answer-1", "asked-for", 1_700_000_000, include_usage=True)


def cases(kind: str) -> list:
    paths = sorted((FOLDER / kind).glob("*.yaml"))
    return [pytest.param(YAML(typ="safe").load(path), id=path.stem) for path in paths]


def form(case: dict) -> AnyFormat:
    return FORMATS[Dialect(case["dialect"])][Operation(case["operation"])]


def sent(case: dict) -> bytes:
    if "recorded" in case:
        return read_recorded_answer(case["recorded"]).body
    assert case["source"]
    return case["written"].encode()


def plain(value: object) -> object:
    """JSON for comparing, without what is at its default."""
    builtins = msgspec.to_builtins(value)
    if isinstance(builtins, dict):
        return {str(key): plain(each) for key, each in builtins.items() if each not in (None, "", [], (), {})}
    return [plain(each) for each in builtins] if isinstance(builtins, (list, tuple)) else builtins


def told(stream: bytes) -> list[object]:
    """The events of an OpenAI stream, without what every chunk repeats."""
    events = [event.removeprefix("data: ") for event in stream.decode().split("\n\n")[:-1]]
    assert events[-1] == "[DONE]"
    chunks = [json.loads(event) for event in events[:-1]]
    for chunk in chunks:
        assert (chunk.pop("id"), chunk.pop("model"), chunk.pop("created")) == (HEAD.id, HEAD.model, HEAD.created)
        assert chunk.pop("object") in ("chat.completion.chunk", "text_completion")
    return [chunk["usage"] if not chunk["choices"] else short(chunk["choices"]) for chunk in chunks]


def short(choices: list[dict]) -> object:
    (choice,) = choices
    kept = {key: value for key, value in choice.items() if value is not None and (key, value) != ("index", 0)}
    return {**kept.pop("delta", {}), **kept}


@pytest.mark.parametrize("case", cases("requests"))
def test_a_request_is_put_into_the_words_of_each_dialect(case: dict) -> None:
    operation = Operation(case["operation"])
    request = openai.FORMATS[operation].parse_request(json.dumps(case["given"]).encode())
    if "context_window" in case:
        request = msgspec.structs.replace(request, context_window=case["context_window"])
    for dialect in set(case) & set(Dialect):
        expected = case[dialect]
        if "refused" in expected:
            with pytest.raises(MalformedRequest) as refusal:
                FORMATS[dialect][operation].render_request(request)
            assert refusal.value.param == expected["refused"]
        else:
            assert json.loads(FORMATS[dialect][operation].render_request(request)) == expected


@pytest.mark.parametrize("case", cases("answers"))
def test_an_answer_means_what_its_case_says_and_is_told_to_an_openai_caller(case: dict) -> None:
    if "refused" in case:
        with pytest.raises(ValueError, match=case["refused"]):
            form(case).parse_response(sent(case))
        return
    answer = form(case).parse_response(sent(case))
    assert plain(answer) == case["means"]
    if "openai" in case:
        body = openai.FORMATS[Operation(case["operation"])].render_response(answer, HEAD)
        assert json.loads(body) == case["openai"]


@pytest.mark.parametrize("case", cases("streams"))
def test_a_stream_means_what_its_case_says_and_is_told_to_an_openai_caller(case: dict) -> None:
    parser = form(case).stream_parser()
    events = [*parser.feed(sent(case)), *parser.end()]
    assert plain(summary(merged(events))) == case["means"]
    if "openai" in case:
        renderer = openai.FORMATS[Operation(case["operation"])].stream_renderer(HEAD)
        steps = [renderer.delta(event) for event in events if isinstance(event, Delta)]
        assert told(b"".join([*steps, renderer.done()])) == case["openai"]


def summary(stream: Merged) -> dict[str, object]:
    choices = [{key: value for key, value in vars(said).items() if key != "words"} for said in stream.choices.values()]
    return {"choices": choices, "usage": stream.usage, "done": stream.done, "faults": stream.faults}


@pytest.mark.parametrize("kind", ["requests", "answers", "streams"])
def test_there_are_cases(kind: str) -> None:
    assert len(cases(kind)) > 5

"""Whether an answer is one that its caller may get: complete and correct, or an error that says what it must.

Knows no luck: with the same answer it always says the same. Everything that is neither is a fault, in one sentence.
"""

import json
from dataclasses import dataclass

from sixnines.domain.failure import FailureKind
from sixnines.server.errors import FAILURES
from soak.callers import MODELS, Caller, Sort
from soak.wire import Answer

DONE = "[DONE]"
# What an engine that plays faults can bring a caller to be told; a bug of the gateway's own is never right.
ALLOWED = {(row.status, row.type, row.code) for kind, row in FAILURES.items() if kind is not FailureKind.LOCAL}
ALLOWED.add((504, "upstream_error", "provider_timeout"))
BROKEN_CODES = {kind.value for kind in FailureKind} - {"local"} | {"timeout"}
_NOT_FOR_CALLERS = ("127.0.0.1", "Traceback", "sk-upstream")


class Fault(Exception):  # noqa: N818 - it is the word for it
    """The answer is not one that the caller may get; the message says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer is: `complete`, `refused CODE`, `broken CODE`, `left`, or a fault."""

    outcome: str
    fault: str = ""


def judge(caller: Caller, answer: Answer) -> Verdict:
    """The verdict on one answer."""
    if answer.left:
        return Verdict("left")
    try:
        return Verdict(_judge(caller, answer))
    except Fault as fault:
        return Verdict("fault", str(fault))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        return Verdict("fault", f"not the shape of an answer: {type(error).__name__}: {error}")


def _judge(caller: Caller, answer: Answer) -> str:
    _require(answer.whole and not answer.trouble, answer.trouble or "the answer did not end")
    _require(not answer.more, "bytes behind the answer")
    _require(answer.header("x-sixnines-request-id") != "", "no request id")
    if answer.status != 200:
        return f"refused {_refusal(caller, answer)}"
    _require(caller.told is None, "a wrong request was answered")
    _require(answer.header("x-sixnines-provider") != "", "it does not say who answered")
    if caller.streams:
        return _stream(caller, bytes(answer.body).decode(), answer.header("content-type"))
    _whole(caller, json.loads(answer.body))
    return "complete"


def _refusal(caller: Caller, answer: Answer) -> str:
    text = bytes(answer.body).decode()
    error = json.loads(text)["error"]
    code = error["code"]
    _require(isinstance(error["message"], str) and error["message"] != "", "an error without a message")
    _require(not any(word in text for word in _NOT_FOR_CALLERS), "an error tells what is not for callers")
    if caller.told is not None:
        _require((answer.status, code) == caller.told, f"{answer.status} {code} where {caller.told} was due")
        _require(error["type"] == "invalid_request_error", f"type {error['type']}")
        return f"{answer.status} {code}"
    _require((answer.status, error["type"], code) in ALLOWED, f"{answer.status} {error['type']} {code}")
    trail = error.get("trail")
    _require(bool(trail) and all(row["kind"] for row in trail), "an error without its trail")
    if answer.status in {429, 503}:
        _require(answer.header("retry-after").isdigit(), f"{answer.status} without Retry-After")
    return f"{answer.status} {code}"


def _whole(caller: Caller, body: dict[str, object]) -> None:
    if caller.sort is Sort.EMBEDDING:
        (entry,) = body["data"]
        _require(len(entry["embedding"]) == 8, "not the vector that was due")
        return
    _require(body["model"] == caller.model, f"model {body['model']}")
    (choice,) = body["choices"]
    text = choice["text"] if caller.sort is Sort.COMPLETION else choice["message"]["content"]
    _require(text == MODELS[caller.model].text, f"the text is {text[:200]!r}")
    _require(choice["finish_reason"] == "stop", f"finish reason {choice['finish_reason']}")


def _stream(caller: Caller, text: str, content_type: str) -> str:
    _require(content_type.startswith("text/event-stream"), f"content type {content_type}")
    _require(text.endswith("\n\n"), "the last event has no end")
    events = [event for event in text.split("\n\n") if event and not event.startswith(":")]
    _require(all(event.startswith("data: ") and "\n" not in event for event in events), "a line that is no event")
    data = [event.removeprefix("data: ") for event in events]
    _require(data.count(DONE) == 1 and data[-1] == DONE, "it does not end with one [DONE]")
    chunks = [json.loads(each) for each in data[:-1]]
    errors = [number for number, chunk in enumerate(chunks) if "error" in chunk]
    _require(errors in ([], [len(chunks) - 1]), "an error that is not the last event")
    error = chunks.pop()["error"] if errors else None
    said, reasons = _pieces(caller, chunks)
    expected, contract = MODELS[caller.model].text, MODELS[caller.model].contract
    if contract == "continue":
        said = _last_half(said, expected)
    if error is None:
        _require(said == expected, f"the text is {said[:200]!r}")
        _require(reasons == ["stop"], f"finish reasons {reasons}")
        return "complete"
    _require(contract != "buffer", "a model that holds answers back showed half of one")
    _require(said != "" and expected.startswith(said), f"the text before the error is {said[:200]!r}")
    _require(error["type"] == "upstream_error" and error["code"] in BROKEN_CODES, f"the error is {error}")
    _require(error["message"] != "" and not any(word in error["message"] for word in _NOT_FOR_CALLERS), f"{error}")
    return f"broken {error['code']}"


def _last_half(said: str, expected: str) -> str:
    """What the last of several engines said: each begins to count anew where the one before it broke off."""
    *halves, last = said.split("0")[1:]
    _require(said.startswith("0") and all(expected.startswith("0" + half) for half in halves), f"{said[:200]!r}")
    return "0" + last


def _pieces(caller: Caller, chunks: list[dict[str, object]]) -> tuple[str, list[str]]:
    """The text and the finish reasons of the events of one answer."""
    _require(len({chunk["id"] for chunk in chunks}) == 1, "not one id")
    _require({chunk["model"] for chunk in chunks} == {caller.model}, "another model's name")
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    reasons = [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]
    if caller.sort is Sort.COMPLETION:
        return "".join(choice["text"] or "" for choice in choices), reasons
    roles = [choice["delta"]["role"] for choice in choices if choice["delta"].get("role")]
    _require(roles[:1] == ["assistant"] and bool(choices[0]["delta"].get("role")), "it does not begin with the role")
    _require(len(roles) == 1 or MODELS[caller.model].contract != "continue", "a second half with a role of its own")
    return "".join(choice["delta"].get("content") or "" for choice in choices), reasons


def _require(condition: bool, fault: str) -> None:
    if not condition:
        raise Fault(fault)

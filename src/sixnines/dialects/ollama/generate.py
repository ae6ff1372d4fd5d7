"""Completions in Ollama's native format (`/api/generate`), requests and complete answers, both ways.

Never lets a chat template near a plain prompt: `raw` is true unless the caller says otherwise or gives a `suffix`,
which only a template can put in its place. Refused, because Ollama has no such thing: `echo`, several answers.
Source: Ollama's OpenAPI document, `GenerateRequest` and `GenerateResponse`; `api/types.go`.
"""

import msgspec

from sixnines.dialects import extras, validation
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import Choice, CompletionRequest, GenerationResponse
from sixnines.dialects.ollama import answers, chat_requests, options
from sixnines.dialects.ollama.options import WireOptions
from sixnines.dialects.validation import inexpressible

_PASSED_ON = frozenset({"keep_alive", "options", "raw", "shift", "system", "template", "think", "truncate"})


class _Body(msgspec.Struct, kw_only=True):
    model: str
    prompt: str = ""
    suffix: str | None = None
    options: WireOptions | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    stream: bool | None = None


class _Answer(answers.Metrics, kw_only=True):
    response: str = ""
    thinking: str | None = None
    model: str = ""
    created_at: str = ""
    logprobs: list[dict[str, object]] | None = None


_KNOWN = frozenset(_Body.__struct_fields__) - {"options"}
_DECODER = msgspec.json.Decoder(_Body)
_decode_answer = msgspec.json.Decoder(_Answer).decode
_encode = msgspec.json.Encoder().encode


def parse_request(body: bytes) -> CompletionRequest:
    """What a request means.

    Raises:
        MalformedRequest: it breaks the format.
    """
    wire = validation.decode(body, _DECODER)
    stream = wire.stream is not False
    kept = chat_requests.without_defaults(validation.unread(body, _KNOWN))
    if bytes(kept.get("raw", b"")) == _raw(wire.suffix):
        del kept["raw"]
    return CompletionRequest(
        model=wire.model,
        prompt=wire.prompt,
        suffix=wire.suffix or None,
        sampling=options.parse(wire.options, logprobs=wire.logprobs, top_logprobs=wire.top_logprobs),
        stream=stream,
        include_usage=stream,  # the last line of every stream tells it
        extras=kept,
    )


def render_request(request: CompletionRequest) -> bytes:
    """The request in Ollama's words.

    Raises:
        MalformedRequest: it asks for what Ollama has not.
    """
    if request.echo:
        raise inexpressible("echo", "its provider does not repeat the prompt")
    passed_on = extras.forwarded(request.extras, _PASSED_ON)
    fields: dict[str, object] = {
        "suffix": request.suffix,
        "logprobs": request.sampling.logprobs,
        "top_logprobs": request.sampling.top_logprobs,
    }
    given = {name: value for name, value in fields.items() if value is not None} | passed_on
    wire_options = options.render(request.sampling, request.context_window, passed_on)
    if wire_options is not None:
        given["options"] = wire_options
    return _encode({
        "model": request.model,
        "prompt": request.prompt,
        "raw": msgspec.Raw(_raw(request.suffix)),
        "stream": request.stream,
        "truncate": False,
        "shift": False,
    } | given)  # fmt: skip


def parse_response(body: bytes) -> GenerationResponse:
    """What an answer means.

    Raises:
        ValueError: it is none, or not complete.
    """
    try:
        wire = _decode_answer(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not wire.done:
        raise ValueError("an answer that is not done")
    choice = Choice(
        text=wire.response,
        reasoning=wire.thinking or None,
        finish=wire.finish(called_tools=False),
        logprobs=answers.parse_logprobs(wire.logprobs),
    )
    return GenerationResponse(
        id="",
        model=wire.model,
        created=answers.unix_time(wire.created_at),
        choices=(choice,),
        usage=wire.usage(),
    )


def render_response(response: GenerationResponse, head: AnswerHead) -> bytes:
    """The first choice in Ollama's words."""
    choice = response.choices[0]
    answer = answers.opening(head) | {"response": choice.text}
    if choice.reasoning:
        answer["thinking"] = choice.reasoning
    if (listed := answers.render_logprobs(choice.logprobs)) is not None:
        answer["logprobs"] = listed
    return _encode(answer | answers.ending(choice.finish, response.usage))


def _raw(suffix: str | None) -> bytes:
    """`raw` as it is said without the caller's word."""
    return b"false" if suffix else b"true"

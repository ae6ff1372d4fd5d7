"""Legacy completions in OpenAI's format, requests and complete answers, both ways.

Never translates token numbers: they mean something only to the model whose tokenizer made them. An answer's thinking
has no place in this format and is left out.
Source: OpenAI API reference, "Create completion" and "The completion object".
"""

import msgspec

from sixnines.dialects import validation
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import Choice, CompletionRequest, Finish, GenerationResponse
from sixnines.dialects.openai import finish, logprobs, sampling
from sixnines.dialects.openai.chat_responses import render_usage
from sixnines.dialects.openai.chunks import WireUsage
from sixnines.dialects.validation import empty_array, inexpressible


class _Body(sampling.SamplingFields, kw_only=True):
    model: str
    prompt: str | list[object]
    suffix: str | None = None
    echo: bool | None = None
    logprobs: int | None = None


class _Choice(msgspec.Struct):
    text: str
    index: int = 0
    finish_reason: str | None = None
    logprobs: dict[str, object] | None = None


class _Answer(msgspec.Struct):
    choices: list[_Choice]
    id: str | None = None
    model: str | None = None
    created: int | float | None = None
    usage: WireUsage | None = None


_KNOWN = frozenset(_Body.__struct_fields__)
_DECODER = msgspec.json.Decoder(_Body)
_decode_answer = msgspec.json.Decoder(_Answer).decode
_encode = msgspec.json.Encoder().encode


def parse_request(body: bytes) -> CompletionRequest:
    """What a request means.

    Raises:
        MalformedRequest: it breaks the format, or has other than one prompt in text.
    """
    wire = validation.decode(body, _DECODER)
    return CompletionRequest(
        model=wire.model,
        prompt=_prompt(wire.prompt),
        suffix=wire.suffix,
        echo=wire.echo,
        sampling=sampling.parse(
            wire,
            logprobs=None if wire.logprobs is None else True,
            top_logprobs=wire.logprobs,
            max_tokens=wire.max_tokens,
        ),
        user=wire.user,
        stream=wire.stream is True,
        include_usage=wire.stream is True and wire.include_usage,
        extras=validation.unread(body, _KNOWN),
    )


def render_request(request: CompletionRequest) -> bytes:
    """The request in OpenAI's words."""
    wanted = request.sampling.logprobs
    fields: dict[str, object] = {
        "prompt": request.prompt,
        "suffix": request.suffix,
        "echo": request.echo,
        "logprobs": (request.sampling.top_logprobs or 0) if wanted else None,
    }
    shared = sampling.render(
        request.sampling, stream=request.stream, include_usage=request.include_usage, user=request.user
    )
    given = {name: value for name, value in fields.items() if value is not None}
    return _encode({"model": request.model} | given | shared | request.extras)


def parse_response(body: bytes) -> GenerationResponse:
    """What an answer means.

    Raises:
        ValueError: it is none.
    """
    try:
        wire = _decode_answer(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not wire.choices:
        raise ValueError("an answer without choices")
    return GenerationResponse(
        id=wire.id or "",
        model=wire.model or "",
        created=int(wire.created or 0),
        choices=tuple(
            Choice(
                index=each.index,
                text=each.text,
                finish=None if each.finish_reason is None else finish.parse(each.finish_reason),
                logprobs=None if each.logprobs is None else logprobs.to_chat(each.logprobs),
            )
            for each in wire.choices
        ),
        usage=None if wire.usage is None else wire.usage.neutral(),
    )


def render_response(response: GenerationResponse, head: AnswerHead) -> bytes:
    """The answer in OpenAI's words."""
    answer: dict[str, object] = {
        "id": head.id,
        "object": "text_completion",
        "created": head.created,
        "model": head.model,
        "choices": [
            {
                "index": each.index,
                "text": each.text,
                "logprobs": None if each.logprobs is None else logprobs.to_legacy(each.logprobs, 0)[0],
                "finish_reason": finish_reason(each.finish),
            }
            for each in response.choices
        ],
    }
    usage = render_usage(response.usage)
    if usage is not None:
        answer["usage"] = usage
    return _encode(answer)


def finish_reason(reason: Finish | None) -> str | None:
    """The reason as this format knows it, which has no tools."""
    if reason is None:
        return None
    return Finish.STOP.value if reason is Finish.TOOL_CALLS else reason.value


def _prompt(wire: str | list[object]) -> str:
    match wire:
        case str():
            return wire
        case []:
            raise empty_array("prompt")
        case [str() as prompt]:
            return prompt
        case [str(), *_]:
            raise inexpressible("prompt", "its provider takes one prompt per request")
        case _:
            raise inexpressible("prompt", "its provider takes text, not tokens")

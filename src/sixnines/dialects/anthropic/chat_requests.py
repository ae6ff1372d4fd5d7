"""Requests for chats in Anthropic's format (`/v1/messages`), both ways.

Never changes a value in silence. Refused, because the API has no such thing: several answers, log probabilities,
penalties, `min_p`, a temperature above 1, JSON without a schema, a stop sequence of white space alone.
Left out, because it changes nothing that was promised: `seed`, which is best effort everywhere; the name and strictness
of a JSON Schema.

`max_tokens` is required here and not in other dialects: a request without it gets 16,384, more than nearly every answer
needs, or half the declared context window if that is less.
`reasoning_effort` is `output_config.effort` with adaptive thinking, as models since Claude 4.6 take it (`minimal` is
`low`), and `none` is thinking disabled. Older models take a token budget instead: their callers give `thinking`
themselves, which is passed on and wins. A budget in a request that is read counts as low below 4,096 tokens, as medium
below 16,384, else as high.
Source: Anthropic API reference, "Create a Message"; "Structured outputs"; "Effort".
"""

import msgspec

from sixnines.dialects import extras, validation
from sixnines.dialects.anthropic import messages, tools
from sixnines.dialects.anthropic.messages import WireBlock, WireTurn
from sixnines.dialects.anthropic.tools import WireChoice, WireTool
from sixnines.dialects.neutral import ChatRequest, OutputFormat, Sampling
from sixnines.dialects.validation import inexpressible, wrong_type, wrong_value

_DEFAULT_MAX_TOKENS = 16_384
_EFFORTS = {
    "none": None,
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "xhigh",
    "max": "max",
}
_LOW_BUDGET = 4_096
_MEDIUM_BUDGET = 16_384
_PASSED_ON = frozenset({
    "cache_control", "container", "context_management", "inference_geo", "mcp_servers", "output_config", "speed",
    "thinking",
})  # fmt: skip


class _Metadata(msgspec.Struct):
    user_id: str | None = None


class _Thinking(msgspec.Struct):
    type: str
    budget_tokens: int | None = None


class _Format(msgspec.Struct):
    type: str
    schema: dict[str, object]


class _OutputConfig(msgspec.Struct):
    effort: str | None = None
    format: _Format | None = None


class _Body(msgspec.Struct, kw_only=True):
    model: str
    max_tokens: int
    messages: list[WireTurn]
    system: str | list[WireBlock] | None = None
    stop_sequences: list[str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    tools: list[WireTool] | None = None
    tool_choice: WireChoice | None = None
    metadata: _Metadata | None = None
    thinking: _Thinking | None = None
    output_config: _OutputConfig | None = None
    stream: bool | None = None


_KNOWN = frozenset(_Body.__struct_fields__)
_DECODER = msgspec.json.Decoder(_Body)
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


def parse_request(body: bytes) -> ChatRequest:
    """What a request means.

    Raises:
        MalformedRequest: it breaks the format, or asks for what only this dialect has.
    """
    wire = validation.decode(body, _DECODER)
    choice, parallel = tools.parse_choice(wire.tool_choice)
    config = wire.output_config or _OutputConfig()
    return ChatRequest(
        model=wire.model,
        messages=messages.parse(wire.messages, wire.system),
        tools=tools.parse_tools(wire.tools or ()),
        tool_choice=choice,
        parallel_tool_calls=parallel,
        output=None if config.format is None else OutputFormat(schema=config.format.schema),
        sampling=Sampling(
            max_tokens=wire.max_tokens,
            temperature=wire.temperature,
            top_p=wire.top_p,
            top_k=wire.top_k,
            stop=tuple(wire.stop_sequences or ()),
        ),
        reasoning_effort=_effort(wire.thinking, config.effort),
        user=None if wire.metadata is None else wire.metadata.user_id,
        stream=wire.stream is True,
        include_usage=wire.stream is True,  # every stream tells it
        extras=validation.unread(body, _KNOWN),
    )


def render_request(request: ChatRequest) -> bytes:
    """The request in Anthropic's words.

    Raises:
        MalformedRequest: it asks for what the API has not.
    """
    sampling = request.sampling
    _refuse(sampling)
    passed_on = extras.forwarded(request.extras, _PASSED_ON)
    turns, system = messages.render(request.messages)
    fields: dict[str, object] = {
        "system": system or None,
        "stop_sequences": sampling.stop or None,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "metadata": None if request.user is None else {"user_id": request.user},
        "thinking": _thinking(request.reasoning_effort),
    }
    if request.tools:
        fields["tools"] = tools.render_tools(request.tools)
        fields["tool_choice"] = tools.render_choice(request.tool_choice, parallel=request.parallel_tool_calls)
    given = {name: value for name, value in fields.items() if value is not None} | passed_on
    if config := _output_config(request, passed_on.get("output_config")):
        given["output_config"] = config
    return _encode({
        "model": request.model,
        "max_tokens": _max_tokens(request),
        "messages": turns,
        "stream": request.stream,
    } | given)  # fmt: skip


def _max_tokens(request: ChatRequest) -> int:
    if request.sampling.max_tokens is not None:
        return request.sampling.max_tokens
    if request.context_window is None:
        return _DEFAULT_MAX_TOKENS
    return max(1, min(_DEFAULT_MAX_TOKENS, request.context_window // 2))


def _refuse(sampling: Sampling) -> None:
    """Say what cannot be said in this format.

    Raises:
        MalformedRequest: the first field that cannot.
    """
    if sampling.n not in (None, 1):
        raise inexpressible("n", "its provider gives one answer per request")
    if sampling.temperature is not None and sampling.temperature > 1:
        raise inexpressible("temperature", "its provider takes no temperature above 1")
    for name in ("logprobs", "top_logprobs", "presence_penalty", "frequency_penalty", "min_p"):
        if getattr(sampling, name):  # zero and false ask for nothing
            raise inexpressible(name, "its provider has no such parameter")
    if any(not each.strip() for each in sampling.stop):
        raise inexpressible("stop", "its provider takes no stop sequence of white space alone")


def _thinking(effort: str | None) -> dict[str, str] | None:
    if effort is None:
        return None
    if effort not in _EFFORTS:
        raise wrong_value("reasoning_effort", effort, tuple(_EFFORTS))
    return {"type": "adaptive" if _EFFORTS[effort] else "disabled"}


def _output_config(request: ChatRequest, given: msgspec.Raw | None) -> dict[str, object]:
    config: dict[str, object] = {}
    effort = _EFFORTS.get(request.reasoning_effort or "none")
    if effort is not None and "thinking" not in request.extras:
        config["effort"] = effort
    if request.output is not None:
        if request.output.schema is None:
            raise inexpressible("response_format", "its provider gives JSON only for a schema; use 'json_schema'")
        config["format"] = {"type": "json_schema", "schema": request.output.schema}
    if given is None:
        return config
    try:
        return config | _decode_members(given)
    except (ValueError, RecursionError):
        raise wrong_type("output_config", "an object", "something else") from None


def _effort(thinking: _Thinking | None, effort: str | None) -> str | None:
    match thinking:
        case None:
            return effort
        case _Thinking(type="disabled"):
            return "none"
        case _Thinking(budget_tokens=int() as budget) if effort is None:
            return "low" if budget < _LOW_BUDGET else "medium" if budget < _MEDIUM_BUDGET else "high"
        case _:
            return effort or "high"
